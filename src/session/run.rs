//! Drives a plan to its end, and hands its events to the reporters.

use super::error::{Error, ErrorKind};
use super::lab::Lab;
use super::options::RunOptions;
use super::record;
use super::site_config;
use crate::execution::{Controller, MaxFail, Run, execute};
use crate::infra::transport::{Secrets, Transport, max_open_hosts};
use crate::model::event::{Event, Kind, Mode, Outcome};
use crate::model::notice::Notice;
use crate::model::summary::Summary;
use crate::planning::plan::Plan;
use crate::reporting::{FanOut, Json, Reporter};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A plan, and how it is run.
pub struct RunRequest<T> {
    /// The jobs of every host.
    pub plan: Plan,
    /// Whether anything may be changed.
    pub mode: Mode,
    /// Whether to collect facts about the hosts while checking them.
    pub facts: bool,
    /// How many hosts may fail before nothing more begins; `None`: any number.
    pub max_fail: Option<MaxFail>,
    /// The verb under which the run is recorded. `None` for inspections and parts of other commands: they are not recorded.
    pub recorded_as: Option<&'static str>,
    /// How the hosts are reached.
    pub transport: T,
    /// The passwords that the transport has read: sudo needs them, and events must not show them.
    pub secrets: Arc<Secrets>,
    /// Ends the run: running tasks are ended on their hosts, and nothing else begins.
    pub cancel: CancellationToken,
}

/// Runs a plan to its end, and hands every event to the reporters.
///
/// # Errors
/// A defect in labctl. A failed host or task is not an error: the summary has it.
pub async fn drive<T: Transport>(
    lab: &Lab,
    options: &RunOptions,
    request: RunRequest<T>,
    reporters: Vec<&mut dyn Reporter>,
) -> Result<Summary, Error> {
    let RunRequest { plan, mode, facts, max_fail, recorded_as, transport, secrets, cancel } = request;
    let order = record::order(lab, &plan);
    let forks = usize::from(options.forks);
    let hosts = lab.inventory.hosts.iter();
    let run = Run {
        max_open_hosts: max_open_hosts(plan.talks(mode, forks)),
        hosts: hosts.clone().map(|host| (host.name.clone(), host.clone())).collect(),
        users: hosts.filter_map(|host| Some((host.name.clone(), lab.inventory.user(host)?))).collect(),
        mode,
        facts,
        take_over: options.take_over,
        shard: options.shard,
        forks,
        max_fail,
        owner: owner(),
        token: token(),
        secrets,
        artifacts: lab.artifacts(),
        controller: Controller::new(&lab.inventory.lab, options.hosts_file.clone())
            .asking(lab.inventory.web().cloned(), site_config::configs(lab, &plan)?),
        plan,
    };
    let mut record = None;
    if recorded_as.is_some() {
        lab.artifacts().tidy();
        show_limits(lab, &run);
        record = record::begin(lab, options.shard).map(Json::recording);
    }
    let mut summary = Summary::default();
    let mut all: Vec<&mut dyn Reporter> = vec![&mut summary];
    all.extend(reporters.into_iter().map(|reporter| reporter as _));
    all.extend(record.as_mut().map(|record| record as _));
    let mut fan = FanOut::new(order, all);
    let (sender, mut events) = mpsc::unbounded_channel();
    let work = tokio::spawn(execute(run, transport, sender, cancel));
    while let Some(event) = events.recv().await {
        let at_ms = event.at_ms;
        let described = recorded_as
            .filter(|_| matches!(event.kind, Kind::RunStarted { .. }))
            .map(|verb| record::described(lab, verb));
        fan.emit(event);
        if let Some(kind) = described {
            fan.emit(Event { at_ms, kind });
        }
    }
    drop(fan);
    work.await.map_err(|error| Error::failed(format!("a defect in labctl: {error}")))?;
    Ok(summary)
}

fn show_limits(lab: &Lab, run: &Run) {
    let at_once = run.forks.min(run.plan.hosts().len());
    if run.max_open_hosts < at_once {
        lab.notices.show(&Notice::FewerHosts { at_once: run.max_open_hosts, wanted: at_once });
    }
}

/// How a run ended, for the exit code; `None` if it ended well.
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

/// Who runs this, to tell those who have to wait: `budi on laptop`.
pub fn owner() -> String {
    let name = std::env::var("SUDO_USER").or_else(|_| std::env::var("USER")).or_else(|_| std::env::var("USERNAME"));
    let computer = std::fs::read_to_string("/etc/hostname").ok().or_else(|| std::env::var("COMPUTERNAME").ok());
    let owner =
        format!("{} on {}", name.as_deref().unwrap_or("somebody"), computer.as_deref().map_or("a computer", str::trim));
    owner.chars().filter(|c| !c.is_control()).collect()
}

/// An unguessable word of 32 hexadecimal digits.
pub fn token() -> String {
    use std::hash::{BuildHasher, Hasher};
    // Seeded by the operating system; nobody outside of this process can know the keys of the hash.
    let random = || std::collections::hash_map::RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}
