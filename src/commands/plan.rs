//! plan: what would be sent where, and in which order.

use super::output::{self, Format, OutputArgs};
use super::run_args::TargetArgs;
use crate::model::event::Mode;
use crate::model::name::HostName;
use crate::model::problem::did_you_mean;
use crate::planning::plan::{Plan, PlannedStep};
use crate::planning::script::{Header, script};
use crate::reporting::{plan_json, plan_text};
use crate::session::build_plan::{all_steps, plan_dry};
use crate::session::error::{Error, ErrorKind};
use crate::session::lab::Lab;
use clap::Args;

#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    work: TargetArgs,
    /// Print the whole script of one host
    #[arg(long, value_name = "HOST")]
    script: Option<String>,
}

pub async fn run(args: PlanArgs, output: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let (mut lab, options) = args.work.open_one()?;
    let playbooks = all_steps(&lab)?;
    let plan = plan_dry(&mut lab, &options, &playbooks).await?;
    if args.script.is_some() {
        lab.all_have_addresses()?;
    }
    output::out(&match args.script {
        Some(name) => host_script(&lab, &plan, &name)?,
        None if output.format == Format::Json => plan_json(&plan),
        None => plan_text(&plan, output.verbose),
    });
    Ok(None)
}

/// All work of one host, as one script that does what `up` does there.
fn host_script(lab: &Lab, plan: &Plan, name: &str) -> Result<String, Error> {
    let hosts = plan.hosts();
    let unknown = || {
        let near = did_you_mean(name, hosts.iter().map(HostName::as_str));
        let hint = near.map_or_else(
            || format!("there are: {}", hosts.iter().map(HostName::as_str).collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        Error::input(format!("nothing is planned for the host `{name}`")).hint(hint)
    };
    let host = hosts.iter().find(|host| host.as_str() == name && !host.is_controller()).ok_or_else(unknown)?;
    let steps: Vec<&PlannedStep> = plan.of(host).flat_map(|(_, job)| &job.steps).collect();
    let user = lab.inventory.host(host).and_then(|host| lab.inventory.user(host));
    let header = Header::new(&plan.lab, user, Mode::Apply, "labctl", "a script from labctl plan");
    Ok(script(&Header { proxy: plan.proxy(host), ..header }, &steps))
}
