//! Everything that a run needs.

use super::lab::Lab;
use super::options::RunOptions;
use crate::execution::{Controller, Run};
use crate::infra::transport::{Secrets, max_open_hosts};
use crate::model::event::Mode;
use crate::planning::plan::Plan;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that a run needs.
pub fn prepared(lab: &Lab, plan: Plan, mode: Mode, options: &RunOptions, secrets: Arc<Secrets>) -> Run {
    let hosts: BTreeMap<_, _> = lab.inventory.hosts.iter().map(|host| (host.name.clone(), host.clone())).collect();
    let users = hosts.values().filter_map(|host| Some((host.name.clone(), lab.inventory.user(host)?))).collect();
    let forks = usize::from(options.forks);
    Run {
        max_open_hosts: max_open_hosts(plan.talks(mode, forks)),
        plan,
        hosts,
        mode,
        facts: false,
        shard: options.shard,
        forks,
        max_fail: None,
        owner: owner(),
        token: token(),
        users,
        secrets,
        artifacts: lab.artifacts(),
        controller: Controller::new(&lab.inventory.lab, options.hosts_file.clone()),
    }
}

/// Who runs this, for whoever must wait: `budi on laptop`.
pub fn owner() -> String {
    let name = std::env::var("SUDO_USER").or_else(|_| std::env::var("USER")).or_else(|_| std::env::var("USERNAME"));
    let computer = std::fs::read_to_string("/etc/hostname").ok().or_else(|| std::env::var("COMPUTERNAME").ok());
    let owner =
        format!("{} on {}", name.as_deref().unwrap_or("somebody"), computer.as_deref().map_or("a computer", str::trim));
    owner.chars().filter(|c| !c.is_control()).collect()
}

/// A word that nobody can guess.
pub fn token() -> String {
    use std::hash::{BuildHasher, Hasher};
    // Seeded by the operating system; nobody outside of this process can know the keys of the hash.
    let random = || std::collections::hash_map::RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}
