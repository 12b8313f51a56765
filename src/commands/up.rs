//! up: machines, every step, and the proof.

use super::apply::{Invocation, apply};
use super::class::{self, Verb};
use super::output::OutputArgs;
use super::run_args::{ApplyArgs, Opened};
use crate::model::event::Mode;
use crate::model::quote::typed;
use crate::session::build_plan::{Machines, all_steps, plan_with_machines, steps_up_to};
use crate::session::class::{OpenClass, StudentLab};
use crate::session::error::{Error, ErrorKind};
use crate::session::options::RunOptions;
use crate::session::rerun_command::{command, command_on};
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
    let (mut lab, mut options, start) = match work.open()? {
        Opened::Lab(lab, options) => (*lab, options, None),
        // The lab of one student is shown as a lab is, and built as far as the class begins.
        Opened::Class(OpenClass { class, mut labs }) if labs.len() == 1 && class.start.is_some() => {
            let Some(StudentLab { student, lab, options }) = labs.pop() else { return Ok(None) };
            let named = format!("{} {}", typed(&class.path.display().to_string()), student.id);
            (lab, options, class.start.map(|start| (start, named)))
        }
        Opened::Class(class) => return class::run(class, Verb::Up { take_over }, halt.max_fail, forks, output).await,
    };
    options.take_over = take_over;
    let playbooks = match &start {
        Some((start, _)) => steps_up_to(&lab, start)?,
        None => all_steps(&lab)?,
    };
    let plan = plan_with_machines(&mut lab, &options, &playbooks, Machines::Make).await?;
    let plain = match &start {
        Some((_, named)) => command_on(named, "up", &RunOptions { limit: None, ..options.clone() }),
        None => command(&lab, "up", &options),
    };
    let plain = plain + &halt.typed();
    let aside = format!("{plain} --take-over");
    let again = if take_over { aside.clone() } else { plain };
    let invocation =
        Invocation { verb: "up", mode: Mode::Apply, again, take_over: Some(aside), max_fail: halt.max_fail };
    apply(&lab, plan, &options, invocation, output).await
}
