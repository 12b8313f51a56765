//! step: runs one or more steps again.

use super::apply::{Invocation, apply};
use super::inventory_args::NamedInventory;
use super::output::OutputArgs;
use super::run_args::{FailureArgs, Options};
use crate::model::event::Mode;
use crate::model::name::StepName;
use crate::session::build_plan::{Machines, plan_with_machines, read_all};
use crate::session::error::{Error, ErrorKind};
use crate::session::rerun_command::{command, taking_over};
use clap::Args;

#[derive(Debug, Args)]
pub struct StepArgs {
    /// Names of steps: update, nginx, node, dumbflix, pm2, proxy, hosts, verify, or your own playbooks
    #[arg(required = true)]
    steps: Vec<StepName>,
    #[command(flatten)]
    which: NamedInventory,
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    halt: FailureArgs,
}

pub async fn run(args: StepArgs, output: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let StepArgs { steps, which, options, halt } = args;
    let (mut lab, options) = options.open(which.inventory)?;
    let playbooks = read_all(&lab, &steps)?;
    let plan = plan_with_machines(&mut lab, &options, &playbooks, Machines::Find).await?;
    let names: Vec<&str> = steps.iter().map(StepName::as_str).collect();
    let again = command(&lab, &format!("step {} -i", names.join(" ")), &options) + &halt.typed();
    let take_over = Some(taking_over(&lab, &options) + &halt.typed());
    let invocation = Invocation { verb: "step", mode: Mode::Apply, again, take_over, max_fail: halt.max_fail };
    apply(&lab, plan, &options, invocation, output).await
}
