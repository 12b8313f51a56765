//! From playbooks to a plan, for machines that exist, will exist, or are made on the way.

use super::error::Error;
use super::lab::Lab;
use super::options::RunOptions;
use super::rerun_command::command;
use super::shard::no_split;
use crate::config::inventory::Host;
use crate::config::playbook::{self, Playbook};
use crate::model::name::StepName;
use crate::model::notice::Notice;
use crate::model::problem::did_you_mean;
use crate::planning::plan::{Plan, Split};

/// Reads the playbooks of these steps.
///
/// # Errors
/// There is no such step, or a playbook has mistakes.
pub fn read_all(lab: &Lab, steps: &[StepName]) -> Result<Vec<Playbook>, Error> {
    steps.iter().map(|step| Ok(playbook::read(step, &lab.library)?)).collect()
}

/// Reads the playbooks of all steps of a lab, in their order.
///
/// # Errors
/// A playbook is missing or has mistakes.
pub fn all_steps(lab: &Lab) -> Result<Vec<Playbook>, Error> {
    read_all(lab, &playbook::order(&lab.library)?)
}

/// Reads the playbooks of all steps up to one of them, in their order.
///
/// # Errors
/// There is no such step, or a playbook is missing or has mistakes.
pub fn steps_up_to(lab: &Lab, last: &StepName) -> Result<Vec<Playbook>, Error> {
    let order = playbook::order(&lab.library)?;
    let Some(at) = order.iter().position(|step| step == last) else {
        let names: Vec<&str> = order.iter().map(StepName::as_str).collect();
        let hint = did_you_mean(last.as_str(), names.iter().copied())
            .map_or_else(|| format!("there are: {}", names.join(", ")), |near| format!("did you mean `{near}`?"));
        return Err(Error::input(format!("there is no step `{last}` to start from")).hint(hint));
    };
    read_all(lab, &order[..=at])
}

/// The plan before any machine is made. It finds every mistake.
///
/// # Errors
/// A playbook or a template has mistakes.
pub async fn plan_dry(lab: &mut Lab, options: &RunOptions, playbooks: &[Playbook]) -> Result<Plan, Error> {
    lab.plan_machines().await?;
    build_plan(lab, options, playbooks)
}

/// Whether a command makes missing machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machines {
    /// Makes the missing ones.
    Make,
    /// Fails if one is missing.
    Find,
}

/// The plan for machines that exist, or that it makes. Every mistake is found before one is made. Planning asks git what
/// this computer has for the hosts, so it is repeated only if a machine's address turns out to be another one.
///
/// # Errors
/// A playbook or a template has mistakes, or the machines cannot be made or found.
pub async fn plan_with_machines(
    lab: &mut Lab,
    options: &RunOptions,
    playbooks: &[Playbook],
    machines: Machines,
) -> Result<Plan, Error> {
    lab.plan_machines().await?;
    // Planning takes about as long as a server's greeting.
    if !lab.makes_machines() && options.shard.is_none() {
        let members = playbooks.iter().flat_map(|playbook| lab.inventory.members(&playbook.hosts));
        lab.preconnect(members.filter(|host| options.hosts.contains(&host.name)));
    }
    let plan = build_plan(lab, options, playbooks)?;
    let thought = lab.places();
    match machines {
        Machines::Make => lab.make_machines().await?,
        Machines::Find => lab.find_machines().await?,
    }
    if lab.places() == thought { Ok(plan) } else { build_plan(lab, options, playbooks) }
}

/// The plan of some playbooks for the hosts that the options choose.
///
/// # Errors
/// A playbook or a template has mistakes, or the options choose no host.
pub fn build_plan(lab: &Lab, options: &RunOptions, playbooks: &[Playbook]) -> Result<Plan, Error> {
    let chosen = |host: &Host| options.hosts.contains(&host.name);
    let plan = match options.shard {
        None => Plan::new(&lab.inventory, chosen, playbooks, &lab.library, &lab.artifacts())?,
        Some(shard) => {
            let split = Split::new(&lab.inventory, chosen, playbooks, shard)
                .map_err(|why| no_split(lab, options, shard, why))?;
            let own = split.playbooks(playbooks);
            if shard.first() && !split.after_all().is_empty() {
                let steps: Vec<&str> = split.after_all().iter().map(StepName::as_str).collect();
                let mut whole = RunOptions { limit: None, ..options.clone() };
                whole.shard = None;
                let next = command(lab, &format!("step {} -i", steps.join(" ")), &whole);
                lab.notices.show(&Notice::AfterAllShards {
                    steps: split.after_all().iter().cloned().collect(),
                    command: next,
                });
            }
            Plan::new(&lab.inventory, |host| split.has(host), &own, &lab.library, &lab.artifacts())?
        }
    };
    if plan.jobs.is_empty() {
        // A run that does nothing must not look like success.
        return Err(Error::input("none of the chosen hosts takes part in this").hint("see which hosts do: labctl plan"));
    }
    Ok(plan)
}
