//! Runs a plan: checks all hosts at once, then acts in order. Knows nothing of SSH or terminals.

mod bastion_limits;
mod clock;
mod controller;
mod controller_run;
pub mod drill;
mod emit;
mod host_run;
mod host_session;
mod job_states;
mod known_failures;
mod lease;
mod max_fail;
mod rotation;
mod site_count;
mod sudo;
mod transcript;

pub use bastion_limits::BastionLimits;
pub use controller::Controller;
pub use max_fail::MaxFail;
pub use site_count::SiteQuestion;
pub use sudo::Sudo;
pub use transcript::Transcript;

use crate::config::inventory::Host;
use crate::infra::artifacts::ArtifactStore;
use crate::infra::transport::{Secrets, Transport};
use crate::model::event::{Event, Kind, Mode, Reason};
use crate::model::name::HostName;
use crate::model::shard::Shard;
use crate::model::unreachable::Unreachable;
use crate::planning::plan::Plan;
use job_states::JobStates;
use max_fail::{Exceeded, Failures};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Everything that a run needs besides a transport.
pub struct Run {
    /// The jobs of every host.
    pub plan: Plan,
    /// The hosts of the plan.
    pub hosts: BTreeMap<HostName, Host>,
    /// Whether anything may be changed.
    pub mode: Mode,
    /// Whether to collect facts about the hosts while checking them.
    pub facts: bool,
    /// Whether files of the user's that stand in the way may be put aside.
    pub take_over: bool,
    /// Which part of a split run this is; `None`: it is not split.
    pub shard: Option<Shard>,
    /// How many hosts work at once.
    pub forks: usize,
    /// How many hosts are logged in to at once, working or waiting.
    pub max_open_hosts: usize,
    /// How many hosts may fail before nothing more begins; `None`: any number.
    pub max_fail: Option<MaxFail>,
    /// Who runs it, to tell those who have to wait.
    pub owner: String,
    /// Marks the lines of this run's scripts.
    pub token: String,
    /// The lab's user on each host, if the inventory names one.
    pub users: BTreeMap<HostName, String>,
    /// Reads the passwords for sudo, and masks them in events.
    pub secrets: Arc<Secrets>,
    /// The artifacts that this computer can send to hosts.
    pub artifacts: ArtifactStore,
    /// Runs the tasks of this computer itself.
    pub controller: Controller,
}

/// What the runs on all hosts share.
struct RunContext<T> {
    run: Run,
    transport: T,
    job_states: JobStates,
    failures: Failures,
    /// In the order of the plan.
    hosts: Vec<HostName>,
    slots: Arc<Semaphore>,
    places: Arc<Semaphore>,
    bastion_limits: BastionLimits,
    events: mpsc::UnboundedSender<Event>,
    began: Instant,
    cancel: CancellationToken,
}

/// Why the run on a host ends early.
enum Abort {
    /// The host cannot be reached, or cannot be worked on.
    Unreachable(Unreachable),
    /// The run goes no further.
    Stopped(Reason),
}

impl Abort {
    fn interrupted() -> Self {
        Self::Stopped(Reason::Interrupted)
    }
}

impl From<Exceeded> for Abort {
    fn from(why: Exceeded) -> Self {
        Self::Stopped(why.into())
    }
}

impl From<Unreachable> for Abort {
    fn from(error: Unreachable) -> Self {
        Self::Unreachable(error)
    }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Runs a plan, and reports everything that happens. Every step of every host is reported as finished exactly once,
/// whatever becomes of it. When `cancel` fires, running tasks are ended on their hosts, and nothing else begins. When too
/// many hosts have failed, running tasks may finish, and nothing else begins.
pub async fn execute<T: Transport>(
    run: Run,
    transport: T,
    events: mpsc::UnboundedSender<Event>,
    cancel: CancellationToken,
) {
    let began = Instant::now();
    let started = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let job_states = JobStates::new(&run.plan);
    let slots = Arc::new(Semaphore::new(run.forks.clamp(1, Semaphore::MAX_PERMITS)));
    let places = Arc::new(Semaphore::new(run.max_open_hosts.clamp(1, Semaphore::MAX_PERMITS)));
    let hosts = run.plan.hosts();
    let bastion_limits = BastionLimits::new(hosts.iter().filter_map(|host| run.hosts.get(host)));
    let machines = hosts.iter().filter(|host| !host.is_controller()).count();
    let failures = Failures::new(run.max_fail, machines);
    let context = Arc::new(RunContext {
        run,
        transport,
        job_states,
        failures,
        hosts,
        slots,
        places,
        bastion_limits,
        events,
        began,
        cancel,
    });
    context.emit(Kind::RunStarted {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        lab: context.run.plan.lab.clone(),
        mode: context.run.mode,
        steps: context.run.plan.steps.clone(),
        hosts: context.hosts.clone(),
        started,
        shard: context.run.shard,
    });
    let mut visits = JoinSet::new();
    for host in &context.hosts {
        visits.spawn(host_run::visit(context.clone(), host.clone()));
    }
    while let Some(visited) = visits.join_next().await {
        if let Err(error) = visited {
            // A defect of ours: it must not look like success.
            std::panic::resume_unwind(error.into_panic());
        }
    }
    context.emit(Kind::RunFinished { took_ms: millis(began), interrupted: context.cancel.is_cancelled() });
}
