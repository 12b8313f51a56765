//! What would be sent where, and after what.

use super::output;
use crate::commands::cli::{Format, OutputArgs, TargetArgs};
use crate::config::playbook;
use crate::model::event::Mode;
use crate::model::name::HostName;
use crate::model::problem::did_you_mean;
use crate::planning::plan::{Plan, PlannedStep};
use crate::planning::script::{Header, script};
use crate::session::error::{Error, ErrorKind};
use crate::session::lab::Lab;
use crate::session::planning::build_plan;
use serde_json::json;

/// `labctl plan`.
pub async fn plan(work: TargetArgs, host: Option<&str>, look: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let mut lab = super::open(work.which.inventory(), &work.options.settings)?;
    lab.plan_machines().await?;
    let steps = playbook::order(&lab.library)?;
    let playbooks = steps.iter().map(|step| playbook::read(step, &lab.library)).collect::<Result<Vec<_>, _>>()?;
    let plan = build_plan(&lab, &work.options.into(), &playbooks)?;
    output::out(&match host {
        Some(name) => host_script(&lab, &plan, name)?,
        None if look.format == Format::Json => described(&plan),
        None => shown(&plan, look.verbose),
    });
    Ok(None)
}

/// The whole share of one host, as one script that does the same as `up` does there.
fn host_script(lab: &Lab, plan: &Plan, name: &str) -> Result<String, Error> {
    let hosts = plan.hosts();
    let unknown = || {
        let near = did_you_mean(name, hosts.iter().map(HostName::as_str));
        let hint = near.map_or_else(
            || format!("there are: {}", hosts.iter().map(HostName::as_str).collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        Error::input(format!("nothing is planned for a host `{name}`")).hint(hint)
    };
    let host = hosts.iter().find(|host| host.as_str() == name && !host.is_controller()).ok_or_else(unknown)?;
    let steps: Vec<&PlannedStep> = plan.of(host).flat_map(|(_, job)| &job.steps).collect();
    let user = lab.inventory.host(host).and_then(|host| lab.inventory.user(host));
    Ok(script(&Header::new(&plan.lab, user, Mode::Apply, "labctl", "a script from labctl plan"), &steps))
}

fn shown(plan: &Plan, verbose: bool) -> String {
    let mut out = format!("{}: {} scripts\n", plan.lab, plan.jobs.len());
    for (n, job) in plan.jobs.iter().enumerate() {
        let steps: Vec<&str> = job.steps.iter().map(|step| step.name.as_str()).collect();
        let needs: Vec<String> = job
            .needs
            .iter()
            .map(|id| &plan.jobs[id.0])
            .filter(|needed| needed.host != job.host)
            .map(|needed| format!("{} on {}", needed.steps.last().map_or("", |s| s.name.as_str()), needed.host))
            .collect();
        let after = if needs.is_empty() { String::new() } else { format!("   after {}", needs.join(", ")) };
        out.push_str(&format!("\n  {}. {}: {}{after}\n", n + 1, job.host, steps.join(", ")));
        for task in job.tasks() {
            out.push_str(&format!("       {:<10} {}\n", task.task.step, task.task.task));
            if verbose {
                out.push_str(&format!("                  {} {:?}\n", task.call.shell.verb, task.call.words));
            }
        }
    }
    out
}

fn described(plan: &Plan) -> String {
    let jobs: Vec<_> = plan
        .jobs
        .iter()
        .map(|job| {
            let tasks: Vec<_> = job.tasks().map(|t| json!({"step": t.task.step, "task": t.task.task})).collect();
            json!({"host": job.host, "needs": job.needs.iter().map(|id| id.0).collect::<Vec<_>>(), "tasks": tasks})
        })
        .collect();
    format!("{}\n", json!({"lab": plan.lab, "steps": plan.steps, "jobs": jobs}))
}
