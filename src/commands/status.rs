//! status: how everything is, once or repeatedly.

use super::class::{self, Verb};
use super::output::{self, Format, OutputArgs, choice, colored};
use super::run_args::{Opened, TargetArgs};
use crate::model::event::Mode;
use crate::reporting::{Json, Reporter, Status};
use crate::session::build_plan::all_steps;
use crate::session::error::{Error, ErrorKind};
use crate::session::inspect::{Inspector, WaitNotice};
use crate::session::rerun_command::command;
use crate::session::run::end;
use crate::session::signal::Listener;
use clap::Args;
use std::io::{self, IsTerminal};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

#[derive(Debug, Args)]
pub struct StatusArgs {
    #[command(flatten)]
    work: TargetArgs,
    /// Repeat every so many seconds (2), until Ctrl-C
    #[arg(short, long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "2", require_equals = true,
        value_parser = clap::value_parser!(u32).range(1..))]
    watch: Option<u32>,
}

pub async fn run(args: StatusArgs, output: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let StatusArgs { work, watch } = args;
    let forks = work.options.spread.forks;
    let (mut lab, options) = match work.open_shown()? {
        Opened::Lab(lab, options) => (lab, options),
        Opened::Class(_) if watch.is_some() => {
            return Err(
                Error::input("--watch follows one lab").hint("name a student: labctl status class.yaml s07 --watch")
            );
        }
        Opened::Class(class) => return class::run(class, Verb::Status, None, forks, output).await,
    };
    let playbooks = all_steps(&lab)?;
    let cancel = CancellationToken::new();
    let inspector = Inspector::new(&mut lab, &options, &playbooks, cancel.clone()).await?;
    let _ctrl_c = Listener::new(cancel.clone(), None);
    let redraw = watch.is_some() && io::stdout().is_terminal() && output.format == Format::Human;
    if redraw {
        output::out("\x1b[2J");
    }
    loop {
        // Without colour a block is still drawn over the one before it.
        let choice = if redraw { anstream::ColorChoice::AlwaysAnsi } else { choice(output) };
        let out = anstream::AutoStream::new(io::stdout(), choice);
        let advice = format!("make it so with: {}", command(&lab, "up", &options));
        let mut people = Status::new(out, colored(output), output.quiet, lab.inventory.sites(), advice);
        if let Some(seconds) = watch {
            people = people.again(format!(", every {seconds} s"), redraw);
        }
        let mut programs = Json::new(io::stdout());
        let audience: &mut dyn Reporter = if output.format == Format::Json { &mut programs } else { &mut people };
        let mut waits = WaitNotice(lab.notices.clone());
        let summary = inspector.inspect(&lab, &options, vec![audience, &mut waits]).await?;
        let Some(seconds) = watch.filter(|_| !summary.interrupted()) else { return Ok(end(&summary, Mode::Check)) };
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(u64::from(seconds))) => {}
            () = cancel.cancelled() => return Ok(Some(ErrorKind::Interrupted)),
        }
    }
}
