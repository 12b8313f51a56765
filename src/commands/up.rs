//! up: machines, every step, and the proof.

use super::apply::{Invocation, apply};
use super::class::{self, Verb};
use super::output::OutputArgs;
use super::run_args::{ApplyArgs, Opened};
use crate::model::event::Mode;
use crate::session::build_plan::{Machines, all_steps, plan_with_machines};
use crate::session::error::{Error, ErrorKind};
use crate::session::rerun_command::{command, taking_over};
use clap::Args;

#[derive(Debug, Args)]
pub struct UpArgs {
    #[command(flatten)]
    apply: ApplyArgs,
    /// Put aside what stands in the way: other nginx files that answer for the lab's domains (they are kept), and what else
    /// has the application's port (its files stay)
    #[arg(long)]
    take_over: bool,
}

pub async fn run(args: UpArgs, output: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let (ApplyArgs { work, halt }, take_over) = (args.apply, args.take_over);
    let forks = work.options.spread.forks;
    let (mut lab, mut options) = match work.open()? {
        Opened::Lab(lab, options) => (lab, options),
        Opened::Class(class) => return class::run(class, Verb::Up { take_over }, halt.max_fail, forks, output).await,
    };
    options.take_over = args.take_over;
    let playbooks = all_steps(&lab)?;
    let plan = plan_with_machines(&mut lab, &options, &playbooks, Machines::Make).await?;
    let plain = command(&lab, "up", &options) + &halt.typed();
    let take_over = taking_over(&lab, &options) + &halt.typed();
    let again = if args.take_over { take_over.clone() } else { plain };
    let invocation =
        Invocation { verb: "up", mode: Mode::Apply, again, take_over: Some(take_over), max_fail: halt.max_fail };
    apply(&lab, plan, &options, invocation, output).await
}
