//! How many hosts a run is logged in to at a time: the caller must have room for these connections.

use super::{Job, Plan};
use crate::model::event::Mode;

impl Plan {
    /// The most hosts that a run is logged in to at a time, if `forks` of them work at once. A host that waits for others
    /// stays logged in, and all may wait at once; if none waits, only those that work are logged in.
    pub fn talks(&self, mode: Mode, forks: usize) -> usize {
        let hosts = self.of_host.len();
        // Who waits for its turn stays logged in as well.
        let waits = |job: &Job| {
            let others = || job.needs.iter().any(|id| self.jobs[id.0].host != job.host);
            !job.host.is_controller() && (job.is_rolling() && self.rotation(&job.host).is_some() || others())
        };
        // A check is over before any host waits.
        if mode == Mode::Apply && self.jobs.iter().any(waits) { hosts } else { hosts.min(forks) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::inventory;
    use crate::config::library::Library;
    use crate::config::payload::Nothing;
    use crate::config::playbook;
    use crate::model::problem::Source;
    use std::path::Path;

    #[test]
    fn room_is_made_for_the_hosts_of_the_run_and_not_of_the_inventory() {
        let mut text = "lab: t\nhosts:\n  web: {address: 10.0.0.1, groups: [web]}\n".to_owned();
        for n in 1..=200 {
            text.push_str(&format!("  app{n}: {{address: 10.1.0.{n}, groups: [app]}}\n"));
        }
        text.push_str("vars: {sites: [{domain: a.b, upstream: [app1]}]}\n");
        let lab = inventory::parse(&Source::new("t.yaml", text), Path::new("t.yaml"), &[]).unwrap();
        let library = Library::shipped();
        let plan = |steps: &[&str], most: usize| {
            let books: Vec<_> = steps.iter().map(|s| playbook::read(&s.parse().unwrap(), &library).unwrap()).collect();
            let chosen: Vec<_> = lab.hosts.iter().take(most).map(|host| host.name.clone()).collect();
            Plan::new(&lab, |host| chosen.contains(&host.name), &books, &library, &Nothing).unwrap()
        };
        for (steps, most, mode, forks, talks) in [
            (&["update"][..], 201, Mode::Apply, 50, 50),
            (&["update"], 7, Mode::Apply, 50, 7),
            (&["update"], 201, Mode::Apply, 1000, 201),
            // The web server waits for all others, and whoever else would wait does so with a login.
            (&["update", "pm2", "proxy"], 201, Mode::Apply, 50, 201),
            (&["update", "pm2", "proxy"], 7, Mode::Apply, 50, 7),
            (&["update", "pm2", "proxy"], 201, Mode::Check, 50, 50),
            // Nobody logs in to this computer, but it counts as one of all hosts.
            (&["update", "pm2", "proxy", "hosts"], 7, Mode::Apply, 50, 8),
        ] {
            assert_eq!(plan(steps, most).talks(mode, forks), talks, "{steps:?} on {most}, {mode:?}, {forks} at once");
        }
    }
}
