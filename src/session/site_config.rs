//! The configuration of the sites, as the library makes it.

use super::build_plan::all_steps;
use super::error::Error;
use super::lab::Lab;
use crate::config::modules::SiteConfig;
use crate::config::playbook;
use crate::model::event::Component;
use crate::model::name::HostName;
use crate::planning::plan::Plan;
use std::collections::BTreeMap;

/// The part of `labctl up` that configures the sites, whatever the step is called: its tasks of the module `nginx`.
///
/// # Errors
/// A playbook or a template has mistakes.
pub fn plan(lab: &Lab) -> Result<Plan, Error> {
    let mut playbooks = all_steps(lab)?;
    playbooks.retain(|playbook| playbook.has(Component::Sites));
    if playbooks.is_empty() {
        // A step that is left out of `labctl up` can still be done alone.
        let others = lab.library.playbooks().filter_map(|name| playbook::read(&name.parse().ok()?, &lab.library).ok());
        playbooks.extend(others.filter(|playbook| playbook.has(Component::Sites)).take(1));
    }
    playbooks.iter_mut().for_each(|playbook| playbook.tasks.retain(|task| task.component() == Some(Component::Sites)));
    Ok(Plan::new(&lab.inventory, |_| true, &playbooks, &lab.library, &lab.artifacts())?)
}

/// The configuration of a site, if the library's playbook makes one.
pub fn config(plan: &Plan, domain: &str) -> Option<SiteConfig> {
    let tasks = plan.jobs.iter().flat_map(|job| &job.steps).flat_map(|step| &step.tasks);
    tasks.flat_map(|task| SiteConfig::of(&task.call)).find(|site| site.domain == domain)
}

/// The hash of the configuration of every site that a plan asks from this computer: as the plan itself makes it, else as the
/// library would.
///
/// # Errors
/// A playbook or a template has mistakes.
pub fn configs(lab: &Lab, own: &Plan) -> Result<BTreeMap<String, String>, Error> {
    if !own
        .of(&HostName::controller())
        .any(|(_, job)| job.tasks().any(|t| t.task.component == Some(Component::Answers)))
    {
        return Ok(BTreeMap::new());
    }
    let made = |plan: &Plan| -> BTreeMap<String, String> {
        let tasks = plan.jobs.iter().flat_map(|job| &job.steps).flat_map(|step| &step.tasks);
        tasks.flat_map(|task| SiteConfig::of(&task.call)).map(|site| (site.domain, site.hash)).collect()
    };
    Ok(if own.has(Component::Sites) { made(own) } else { made(&plan(lab)?) })
}
