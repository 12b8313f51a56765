//! check: what `up` would change.

use super::apply::{Invocation, apply};
use super::class::{self, Verb};
use super::output::{self, Format, OutputArgs};
use super::run_args::{ApplyArgs, Opened};
use crate::model::event::Mode;
use crate::reporting::{plan_json, plan_text};
use crate::session::build_plan::{Machines, all_steps, plan_dry, plan_with_machines};
use crate::session::error::{Error, ErrorKind};
use crate::session::rerun_command::{command, taking_over};
use clap::Args;

#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    apply: ApplyArgs,
}

pub async fn run(args: CheckArgs, output: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let ApplyArgs { work, halt } = args.apply;
    let forks = work.options.spread.forks;
    let (mut lab, options) = match work.open()? {
        Opened::Lab(lab, options) => (lab, options),
        Opened::Class(class) => return class::run(class, Verb::Check, halt.max_fail, forks, output).await,
    };
    let playbooks = all_steps(&lab)?;
    if lab.lacks_every_machine()? {
        let plan = plan_dry(&mut lab, &options, &playbooks).await?;
        output::out(&if output.format == Format::Json { plan_json(&plan) } else { plan_text(&plan, output.verbose) });
        let lab = &lab.inventory.lab;
        output::progress(&format!(
            "  none of the machines of {lab} exists yet: labctl up creates them, and does all of this"
        ));
        return Ok(Some(ErrorKind::Changes));
    }
    let plan = plan_with_machines(&mut lab, &options, &playbooks, Machines::Find).await?;
    let again = command(&lab, "up", &options) + &halt.typed();
    let take_over = Some(taking_over(&lab, &options) + &halt.typed());
    let invocation = Invocation { verb: "check", mode: Mode::Check, again, take_over, max_fail: halt.max_fail };
    apply(&lab, plan, &options, invocation, output).await
}
