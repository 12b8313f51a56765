//! exec: one command on many machines.

use super::apply::{Invocation, apply};
use super::inventory_args::{NamedInventory, open};
use super::output::OutputArgs;
use super::run_args::{FailureArgs, ParallelArgs};
use crate::config::playbook;
use crate::model::event::Mode;
use crate::model::quote::{quote, typed};
use crate::session::build_plan::build_plan;
use crate::session::error::{Error, ErrorKind};
use crate::session::options::LabRequest;
use clap::Args;

#[derive(Debug, Args)]
pub struct ExecArgs {
    /// Hosts and groups: `app*,!app2`
    hosts: String,
    #[command(flatten)]
    which: NamedInventory,
    #[command(flatten)]
    spread: ParallelArgs,
    #[command(flatten)]
    halt: FailureArgs,
    /// The command, with its arguments
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

pub async fn run(args: ExecArgs, output: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let ExecArgs { hosts, which, spread, halt, command } = args;
    let (mut lab, options) = open(LabRequest {
        inventory: which.inventory,
        limit: Some(hosts.clone()),
        shard: spread.shard,
        forks: Some(spread.forks),
        ..LabRequest::default()
    })?;
    lab.plan_machines().await?;
    lab.find_machines().await?;
    // As with ssh, one word is a line of shell; several are a command and its arguments.
    let line = match &command[..] {
        [line] => line.clone(),
        words => words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" "),
    };
    let plan = build_plan(&lab, &options, &[playbook::one_command(&line)])?;
    let more = options.shard.map(|shard| format!(" --shard {shard}")).unwrap_or_default() + &halt.typed();
    let again = format!(
        "labctl exec {} -i {}{more} -- {}",
        quote(&hosts),
        typed(&lab.inventory.path.display().to_string()),
        quote(&line)
    );
    let invocation = Invocation { verb: "exec", mode: Mode::Apply, again, take_over: None, max_fail: halt.max_fail };
    apply(&lab, plan, &options, invocation, &OutputArgs { verbose: true, ..output.clone() }).await
}
