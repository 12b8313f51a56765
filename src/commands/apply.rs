//! How a run is reported while it goes, and what to type after it.

use super::output::{Format, OutputArgs, choice, style};
use crate::execution::MaxFail;
use crate::languages::lists::listed;
use crate::model::event::Mode;
use crate::model::name::BackendName;
use crate::model::notice::Notice;
use crate::model::site::Site;
use crate::planning::plan::Plan;
use crate::reporting::{Json, NextSteps, Reporter, Terminal};
use crate::session::error::{Error, ErrorKind};
use crate::session::lab::Lab;
use crate::session::options::RunOptions;
use crate::session::run::{RunRequest, drive, end};
use crate::session::signal::Listener;
use std::io;
use tokio_util::sync::CancellationToken;

/// The command that was typed: how it runs, and how to continue it.
pub struct Invocation {
    /// The verb, as recorded: `up`.
    pub verb: &'static str,
    /// Whether anything may be changed.
    pub mode: Mode,
    /// The whole command to type next: it continues where this one ended.
    pub again: String,
    /// The command that puts aside what stands in the way, if there is one.
    pub take_over: Option<String>,
    /// How many hosts may fail before nothing more begins; `None`: any number.
    pub max_fail: Option<MaxFail>,
}

/// Runs a plan, records it, and reports it to people or programs.
pub async fn apply(
    lab: &Lab,
    plan: Plan,
    options: &RunOptions,
    invocation: Invocation,
    output: &OutputArgs,
) -> Result<Option<ErrorKind>, Error> {
    let Invocation { verb, mode, again, take_over, max_fail } = invocation;
    let closing = closing(lab, mode, again, take_over);
    let mut people = Terminal::new(anstream::AutoStream::new(io::stdout(), choice(output)), style(output), closing);
    let mut programs = Json::new(io::stdout());
    let audience: &mut dyn Reporter = if output.format == Format::Json { &mut programs } else { &mut people };
    let cancel = CancellationToken::new();
    let ctrl_c = Listener::new(cancel.clone(), Some((lab.notices.clone(), Notice::RunStops)));
    let transport = lab.transport();
    let request = RunRequest {
        plan,
        mode,
        facts: false,
        max_fail,
        recorded_as: Some(verb),
        secrets: transport.ssh.secrets(),
        transport,
        cancel,
    };
    let driven = drive(lab, options, request, vec![audience]).await;
    people.clear();
    drop(ctrl_c);
    Ok(end(&driven?, mode))
}

/// What to type after a run.
pub(super) fn closing(lab: &Lab, mode: Mode, again: String, take_over: Option<String>) -> NextSteps {
    let open = |site: &Site| {
        let backends: Vec<&str> = site.names().map(BackendName::as_str).collect();
        (site.domain.clone(), listed(&backends, ", "))
    };
    let open = match mode {
        Mode::Apply => lab.inventory.sites().iter().map(open).collect(),
        Mode::Check => Vec::new(),
    };
    let bad = match mode {
        Mode::Apply => vec!["when the cause named above is put right,".to_owned(), format!("go on with: {again}")],
        Mode::Check => vec![format!("make it so with: {again}")],
    };
    let take_over = take_over.map(|command| format!("or let labctl put aside what stands in the way: {command}"));
    NextSteps { open, bad, take_over }
}
