//! The drill: constant load through the domain, one fault on one application server, and what the visitors noticed of it.
//! Whatever was broken is undone on every way out; should labctl itself be gone, the machine's own timer does it.

mod error_log;
mod fault;
mod figures;
mod host_lock;
mod live_stats;
mod load;
mod proxy_timeouts;
#[cfg(test)]
mod tests;

pub use crate::model::event::DrillMode as Mode;
pub use crate::model::event::Figures;
pub use error_log::ErrorLog;
pub use fault::Target;
pub use figures::Request;
pub use host_lock::HeldHosts;
pub use load::{Names, Visit, jittered, visit};
pub use proxy_timeouts::{ejection, proxy_timeouts};

use crate::execution::Sudo;
use crate::infra::transport::Transport;
use crate::infra::transport::http::{Ask, get};
use crate::model::event::{DrillFailure, FaultError, Kind, Turn};
use crate::model::name::BackendName;
use crate::model::unreachable::Unreachable;
use crate::model::visitor::VisitError;
use crate::planning::script::FaultMessage;
use fault::{Fault, GRACE};
use figures::{Marks, figures};
use live_stats::LiveStats;
use load::{Load, outcome};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// How long the load runs before anything is broken, and after everything serves again.
const CALM: Duration = Duration::from_secs(3);
/// How long both servers may take until they serve, before the fault: nginx ejects one for ten seconds after the last.
const READY: Duration = Duration::from_secs(30);
/// How long undoing and coming back may take.
const BACK: Duration = Duration::from_secs(180);

/// A drill with everything it needs to know.
#[derive(Debug, Clone)]
pub struct DrillPlan {
    /// What is done to the server.
    pub mode: Mode,
    /// The application that is broken.
    pub target: Target,
    /// The request that visitors send.
    pub ask: Ask,
    /// The servers of the site.
    pub names: Names,
    /// Whether one visitor always gets the same server, so that the load sees only one.
    pub sticky: bool,
    /// Requests in a second.
    pub rate: u32,
    /// How long the fault lasts.
    pub lasting: Duration,
}

/// Why there are no figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DrillError {
    /// The machine could not be reached.
    Unreachable(Unreachable),
    /// The drill itself came to nothing.
    Drill(DrillFailure),
}

impl From<DrillFailure> for DrillError {
    fn from(failure: DrillFailure) -> Self {
        Self::Drill(failure)
    }
}

/// Runs one drill to its end, restored and proved; emits its turns and the load while it happens.
///
/// # Errors
/// See [`DrillError`].
pub async fn run<T: Transport>(
    drill: DrillPlan,
    transport: T,
    sudo: Sudo,
    events: UnboundedSender<Kind>,
    cancel: CancellationToken,
) -> Result<Figures, DrillError> {
    let broken = drill.target.name.clone();
    let servers: Vec<BackendName> = drill.names.values().cloned().collect();
    let fault = Arc::new(Fault::prepare(transport, sudo, drill.target.clone(), drill.mode).await?);
    tokio::select! {
        ready = ready(&drill) => ready?,
        () = cancel.cancelled() => return Err(DrillFailure::Interrupted.into()),
    }
    let load = Arc::new(Load::begin(drill.ask.clone(), drill.names.clone(), drill.rate));
    let mut live_stats = LiveStats::begin(load.clone(), broken.clone(), servers.clone(), events.clone());
    let emit = {
        let load = load.clone();
        // Nobody has to listen.
        move |turn| drop(events.send(Kind::DrillTurned { turn, after_ms: whole(load.now()) }))
    };
    emit(Turn::Load { rate: drill.rate, site: drill.ask.domain.clone() });

    // A task of its own: should it panic, what follows still restores.
    let making = live_stats.making.clone();
    let work = break_it(drill.clone(), fault.clone(), load.clone(), cancel.clone(), making.clone(), emit.clone());
    let broke = tokio::spawn(work).await;
    let undoing = load.now();
    *lock(&making) = None;
    emit(Turn::Undoing { host: broken.clone(), mode: drill.mode });
    let ended = fault.end(BACK).await;
    let back = match ended {
        Ok(()) => back(&load, &broken, undoing).await,
        Err(why) => Err(why),
    };
    let undone = back.map_err(|why| DrillFailure::NotRestored { host: broken.clone(), why });
    if let Ok(at) = &undone {
        emit(Turn::Back { host: broken.clone(), took_ms: whole(at - undoing) });
    }
    let finish = async |load: Arc<Load>| {
        drop(emit);
        let last = live_stats.end().await;
        let requests = match Arc::try_unwrap(load) {
            Ok(load) => load.finish().await,
            Err(_) => Vec::new(),
        };
        last.emit(&requests);
        requests
    };
    let (making, made) = match broke {
        Ok(Ok(marks)) if undone.is_ok() => marks,
        other => {
            // What is under way is of no interest any more.
            load.cancel();
            undone?;
            return Err(match other {
                Ok(Ok(_)) => DrillFailure::Interrupted.into(),
                Ok(Err(failure)) => failure,
                Err(panic) => DrillFailure::Defect { text: panic.to_string() }.into(),
            });
        }
    };
    let undone = undone?;
    sleep(CALM).await;
    let marks = Marks { making, made, undoing, undone };
    let figures = figures(finish(load).await, &marks, &broken, &servers);
    // Its own silence is the proof that it was broken; a machine that was started anew has proved it already.
    let window = whole(undoing - made);
    if drill.mode != Mode::Reboot && figures.silent_ms * 2 < window {
        return Err(DrillFailure::NotReached { host: broken, why: FaultError::StillAnswers }.into());
    }
    Ok(figures)
}

fn lock<V>(mutex: &Mutex<V>) -> MutexGuard<'_, V> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn whole(ms: f64) -> u64 {
    Duration::try_from_secs_f64(ms / 1000.0).map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
}

/// Everything between the quiet before and the end of the fault. Gives when the fault was begun, and seen.
async fn break_it<T: Transport>(
    drill: DrillPlan,
    fault: Arc<Fault<T>>,
    load: Arc<Load>,
    cancel: CancellationToken,
    begun: Arc<Mutex<Option<f64>>>,
    emit: impl Fn(Turn) + Clone + Send + Sync + 'static,
) -> Result<(f64, f64), DrillError> {
    let work = async {
        sleep(CALM).await;
        let host = &drill.target.name;
        let making = Mutex::new(load.now());
        let on_message = |word: &FaultMessage| match word {
            FaultMessage::Making => *lock(&making) = load.now(),
            FaultMessage::Remark(text) => emit(Turn::Note { host: host.clone(), text: text.clone() }),
            _ => {}
        };
        fault.begin(drill.lasting, &on_message).await?;
        let making = *lock(&making);
        let made = load.now();
        let limit_s = (drill.mode != Mode::Reboot).then(|| (drill.lasting + GRACE).as_secs());
        emit(Turn::Broken { host: host.clone(), mode: drill.mode, limit_s });
        // From now on it is looked for, but it may have come to that while the fault was made.
        *lock(&begun) = Some(making);
        sleep(drill.lasting).await;
        Ok((making, made))
    };
    tokio::select! {
        done = work => done,
        () = cancel.cancelled() => Err(DrillFailure::Interrupted.into()),
    }
}

/// The site answers from every server: else nobody could tell what the fault did.
async fn ready(drill: &DrillPlan) -> Result<(), DrillFailure> {
    let until = Instant::now() + READY;
    let (broken, site) = (&drill.target.name, || drill.ask.domain.clone());
    loop {
        let mut seen = BTreeSet::new();
        let (mut named, mut met) = (true, None);
        for _ in 0..drill.names.len() * 4 {
            match outcome(get(&drill.ask).await, &drill.names) {
                Ok(tried) => match tried.last() {
                    Some(by) => drop(seen.insert(by.clone())),
                    None => named = false,
                },
                // A web server that does not answer HTTP at all is not going to.
                Err(error) if error == VisitError::Refused || error.is_silence() => {
                    return Err(DrillFailure::SiteFails { site: site(), met: error });
                }
                Err(error) => met = Some(error),
            }
        }
        if met.is_none() && (seen.len() == drill.names.len() || drill.sticky && seen.contains(broken)) {
            return Ok(());
        }
        if Instant::now() >= until {
            return Err(match met {
                Some(met) => DrillFailure::SiteFails { site: site(), met },
                None if !named => DrillFailure::Unnamed { site: site() },
                None if drill.sticky => {
                    DrillFailure::KeptElsewhere { host: broken.clone(), answered: seen.into_iter().collect() }
                }
                None => {
                    let hosts = drill.names.values().filter(|name| !seen.contains(name)).cloned().collect();
                    DrillFailure::ServersMissing { site: site(), hosts }
                }
            });
        }
        sleep(Duration::from_millis(500)).await;
    }
}

/// Waits until the server has answered a request of the load; gives when.
async fn back(load: &Load, broken: &BackendName, since: f64) -> Result<f64, FaultError> {
    let until = Instant::now() + BACK;
    while Instant::now() < until {
        if let Some(at) = load.answered(broken, since) {
            return Ok(at);
        }
        sleep(Duration::from_millis(50)).await;
    }
    Err(FaultError::NotBack)
}
