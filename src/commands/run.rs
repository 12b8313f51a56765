//! up, step, check: choose, plan, execute, report.

use super::output;
use crate::commands::cli::{ApplyArgs, Color, FailureArgs, Format, Options, OutputArgs};
use crate::config::playbook;
use crate::execution::{MaxFail, execute};
use crate::model::event::{Event, Kind, Mode, Outcome};
use crate::model::name::StepName;
use crate::model::summary::Summary;
use crate::planning::plan::Plan;
use crate::reporting::{FanOut, Json, NextSteps, Reporter, Style, Terminal};
use crate::session::error::{Error, ErrorKind};
use crate::session::lab::Lab;
use crate::session::options::RunOptions;
use crate::session::planning::{Machines, plan_with_machines, read_all};
use crate::session::record;
use crate::session::rerun_command::command;
use crate::session::run::prepared;
use crate::session::signal::signal;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// `labctl up`.
pub async fn up(build: ApplyArgs, look: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let ApplyArgs { work, halt } = build;
    let mut lab = super::open(work.which.inventory(), &work.options.settings)?;
    let options = work.options.into();
    let steps = playbook::order(&lab.library)?;
    let playbooks = read_all(&lab, &steps)?;
    let plan = plan_with_machines(&mut lab, &options, &playbooks, Machines::Make).await?;
    let again = command(&lab, "up", &options) + &halt.typed();
    run(&lab, plan, &options, RunRequest { verb: "up", mode: Mode::Apply, again, max_fail: halt.max_fail }, look).await
}

/// `labctl step`.
pub async fn step(
    steps: &[StepName],
    inventory: Option<PathBuf>,
    options: Options,
    halt: FailureArgs,
    look: &OutputArgs,
) -> Result<Option<ErrorKind>, Error> {
    let mut lab = super::open(inventory, &options.settings)?;
    let options = options.into();
    let playbooks = read_all(&lab, steps)?;
    let plan = plan_with_machines(&mut lab, &options, &playbooks, Machines::Find).await?;
    let names: Vec<&str> = steps.iter().map(StepName::as_str).collect();
    let again = command(&lab, &format!("step {} -i", names.join(" ")), &options) + &halt.typed();
    run(&lab, plan, &options, RunRequest { verb: "step", mode: Mode::Apply, again, max_fail: halt.max_fail }, look)
        .await
}

/// `labctl check`.
pub async fn check(build: ApplyArgs, look: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let ApplyArgs { work, halt } = build;
    let mut lab = super::open(work.which.inventory(), &work.options.settings)?;
    let options = work.options.into();
    let steps = playbook::order(&lab.library)?;
    let playbooks = read_all(&lab, &steps)?;
    let plan = plan_with_machines(&mut lab, &options, &playbooks, Machines::Find).await?;
    let again = command(&lab, "up", &options) + &halt.typed();
    run(&lab, plan, &options, RunRequest { verb: "check", mode: Mode::Check, again, max_fail: halt.max_fail }, look)
        .await
}

/// What a run is for.
pub struct RunRequest {
    /// What was typed.
    pub verb: &'static str,
    /// Whether anything may be changed.
    pub mode: Mode,
    /// The command that goes on where this one ended.
    pub again: String,
    /// How many hosts may fail.
    pub max_fail: Option<MaxFail>,
}

/// Runs a plan, records it, and tells people or programs of it.
pub async fn run(
    lab: &Lab,
    plan: Plan,
    options: &RunOptions,
    doing: RunRequest,
    look: &OutputArgs,
) -> Result<Option<ErrorKind>, Error> {
    let RunRequest { verb, mode, again, max_fail } = doing;
    lab.artifacts().tidy();
    let transport = lab.transport();
    let order = record::order(lab, &plan);
    let closing = closing(lab, &plan, mode, again);
    let mut run = prepared(lab, plan, mode, options, transport.ssh.secrets());
    run.max_fail = max_fail;
    let at_once = run.forks.min(run.plan.hosts().len());
    if run.max_open_hosts < at_once {
        output::progress(&format!(
            "  {} hosts at a time instead of {at_once}: this computer allows labctl no more open files (see `ulimit -Hn`)",
            run.max_open_hosts
        ));
    }
    let cancel = CancellationToken::new();
    let listener = tokio::spawn(listen(cancel.clone(), STOPPING));
    let (events, mut heard) = mpsc::unbounded_channel();
    let work = tokio::spawn(execute(run, transport, events, cancel));

    let mut summary = Summary::default();
    let mut people = Terminal::new(anstream::AutoStream::new(io::stdout(), choice(look)), style(look), closing);
    let mut programs = Json::new(io::stdout());
    let mut record = record::begin(lab, options.shard).map(Json::new);
    let audience: &mut dyn Reporter = if look.format == Format::Json { &mut programs } else { &mut people };
    let mut reporters: Vec<&mut dyn Reporter> = vec![audience, &mut summary];
    if let Some(record) = &mut record {
        reporters.push(record);
    }
    let mut fan = FanOut::new(order, reporters);
    while let Some(event) = heard.recv().await {
        let first = matches!(event.kind, Kind::RunStarted { .. });
        let at_ms = event.at_ms;
        fan.tell(event);
        if first {
            fan.tell(Event { at_ms, kind: record::described(lab, verb) });
        }
    }
    drop(fan);
    people.clear();
    listener.abort();
    if let Err(error) = work.await {
        return Err(Error::failed(format!("a defect in labctl: {error}")));
    }
    Ok(end(&summary, mode))
}

/// How a run ends, for the exit code.
pub fn end(summary: &Summary, mode: Mode) -> Option<ErrorKind> {
    if summary.interrupted() {
        Some(ErrorKind::Interrupted)
    } else if summary.count(Outcome::Failed) > 0 {
        Some(ErrorKind::Failed)
    } else if !summary.unreachable().is_empty() {
        Some(ErrorKind::Unreachable)
    } else if mode == Mode::Check && summary.count(Outcome::Changed) + summary.count(Outcome::Unknown) > 0 {
        Some(ErrorKind::Changes)
    } else {
        None
    }
}

fn closing(lab: &Lab, plan: &Plan, mode: Mode, again: String) -> NextSteps {
    let serves = plan.steps.iter().any(|step| matches!(step.as_str(), "proxy" | "verify"));
    let open = |site: &crate::config::inventory::Site| {
        let backends: Vec<&str> = site.upstream.iter().map(|b| b.host.as_str()).collect();
        format!("open http://{}/   ({})", site.domain, backends.join(", "))
    };
    let good = match mode {
        Mode::Apply if serves => lab.inventory.sites.iter().map(open).collect(),
        _ => Vec::new(),
    };
    let bad = match mode {
        Mode::Apply => vec![format!("go on with: {again}")],
        Mode::Check => vec![format!("make it so with: {again}")],
    };
    NextSteps { good, bad }
}

fn style(look: &OutputArgs) -> Style {
    let live = look.format == Format::Human && output::on_terminal() && !look.quiet;
    Style { color: colored(look), live, verbose: look.verbose, quiet: look.quiet }
}

/// Whether colour is wanted on standard output.
pub fn colored(look: &OutputArgs) -> bool {
    match choice(look) {
        anstream::ColorChoice::Never => false,
        anstream::ColorChoice::Auto => {
            io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
        }
        _ => true,
    }
}

/// When to use colour, for streams.
pub fn choice(look: &OutputArgs) -> anstream::ColorChoice {
    match look.color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
}

const STOPPING: &str = "the running tasks are ended on their machines (Ctrl-C again: leave at once)";

/// The first Ctrl-C asks for a clean end, told in these words; the second takes none for an answer.
pub(super) async fn listen(cancel: CancellationToken, stopping: &'static str) {
    signal().await;
    cancel.cancel();
    output::progress(&format!("  stopping: {stopping}"));
    signal().await;
    std::process::exit(i32::from(ErrorKind::Interrupted.code()));
}
