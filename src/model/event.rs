//! What can happen in a run. The executor and the reporters meet here and nowhere else; nothing about display rides in
//! an event, and a recording of events is a recording of the run.

mod drill;
mod hint;
mod logged;
mod note;
mod outputs;
mod reason;
mod remark;
mod sighting;
mod task;
mod topology;
mod worded;

use crate::model::name::{BackendName, HostName, LabName, StepName};
use crate::model::shard::Shard;
use crate::model::unreachable::Unreachable;
use crate::model::visitor::{Losses, SeenFrom};
pub use drill::{
    Drill, DrillFailure, DrillMode, Drilled, FaultError, Figures, ProxyDirective, ProxyTimeouts, Shares, Tick, Turn,
    TurnKind,
};
pub use hint::{Hint, KnownFailure};
pub use logged::{LoggedError, NginxError, began_to_listen_before_it_answered};
pub use note::{HostsNote, Note};
pub use reason::Reason;
pub use remark::Remark;
use serde::{Deserialize, Serialize};
pub use sighting::{Sighting, SiteWarning};
use std::collections::BTreeMap;
pub use task::{Component, Outcome, TaskRef, TaskResult};
pub use topology::{Machine, Topology};

/// Something that happened, so many milliseconds after the run began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Milliseconds since the run began.
    pub at_ms: u64,
    /// What happened, with its fields beside `at_ms`.
    #[serde(flatten)]
    pub kind: Kind,
}

/// The kinds of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Kind {
    /// The first of all.
    RunStarted {
        /// The version of labctl.
        version: String,
        /// The lab's name in the inventory.
        lab: LabName,
        /// Whether anything may be changed.
        mode: Mode,
        /// The steps, in order.
        steps: Vec<StepName>,
        /// The hosts, in order.
        hosts: Vec<HostName>,
        /// When, in seconds since 1970.
        started: u64,
        /// Which part it is, of a run that was split.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shard: Option<Shard>,
    },
    /// What the run is about, right after its beginning: a recording can be understood without the inventory.
    LabDescribed {
        /// The verb that was typed: `up`, `drill`.
        verb: String,
        /// Hosts, sites and who serves them.
        #[serde(flatten)]
        topology: Topology,
    },
    /// What follows was joined from several recordings (`labctl report merge`).
    RunsMerged {
        /// How many recordings were joined.
        recordings: usize,
        /// What is missing in them, and why.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        missing: Vec<String>,
    },
    /// A login succeeded, and the script began.
    HostReached {
        /// The host, by its name in the inventory.
        host: HostName,
        /// Its system, such as `debian 12 x86_64`.
        system: String,
        /// From the first packet to the script's first word.
        took_ms: u64,
    },
    /// A host could not be reached, or was lost on the way.
    HostUnreachable {
        /// The host, by its name in the inventory.
        host: HostName,
        /// Why, with its fields beside `host`.
        #[serde(flatten, with = "crate::model::unreachable::recorded")]
        why: Unreachable,
    },
    /// A host key was seen for the first time on the way to a host, and is remembered from now on.
    HostKeyPinned {
        /// On the way to which host.
        host: HostName,
        /// Whose key it is: `user@host:port`.
        #[serde(rename = "place")]
        endpoint: String,
        /// Its kind and fingerprint: `ED25519 SHA256:…`.
        key: String,
        /// The file that remembers it.
        file: String,
    },
    /// What a host says of itself, when it is asked for that while it is looked at (`labctl status`).
    HostFact {
        /// The host, by its name in the inventory.
        host: HostName,
        /// What it is about: `memory_total_kb`, `memory_used_kb`, `disk_total_kb`, `disk_used_kb` (of `/`), `load`,
        /// `uptime_s`; `clock_ms` (how far its clock is ahead of this computer's) and `clock_margin_ms` (how far this may
        /// be wrong); `nginx` and `app.NAME` (`ok …`, `stale …` or `failed …`); `see.…` for the doctor. What they mean is
        /// decided in [`crate::model::health`], and nowhere else.
        key: String,
        /// Its value, as the host said it.
        value: String,
    },
    /// How a site shared out many requests among its backends, compared with what its balance method promises.
    SiteBalanced {
        /// Whose task it was: `controller`, or a machine of a playbook that has it asked there.
        host: HostName,
        /// The web server that was asked. Recordings of older versions do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        web: Option<HostName>,
        /// From where. Recordings of older versions do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen_from: Option<SeenFrom>,
        /// The counts of each backend.
        #[serde(flatten)]
        balance: Balance,
    },
    /// A host has something to say to whoever watches: it waits for another run, or an upload goes on.
    HostSaid {
        /// The host, by its name in the inventory.
        host: HostName,
        /// What it says. Recordings of older versions have words.
        #[serde(flatten, with = "worded::needed")]
        remark: Remark,
    },
    /// A drill begins, before its load.
    DrillStarted {
        /// What is to be broken, and how.
        #[serde(flatten)]
        drill: Drill,
    },
    /// A turn in the story of the drill that goes on.
    DrillTurned {
        /// Which turn, and what there is to say about it.
        #[serde(flatten)]
        turn: Turn,
        /// When, in milliseconds since the load began.
        after_ms: u64,
    },
    /// What came of the load since the last of these.
    DrillTick {
        /// The figures of this stretch of time.
        #[serde(flatten)]
        tick: Tick,
    },
    /// A drill came to its end; everything serves again.
    DrillFinished {
        /// What was asked for and measured.
        #[serde(flatten)]
        drilled: Drilled,
    },
    /// A drill gave no figures.
    DrillFailed {
        /// What kept it from measuring.
        #[serde(flatten)]
        failure: DrillFailure,
    },
    /// A task began. Only for live displays.
    TaskStarted {
        /// The task, by host, step and name.
        #[serde(flatten)]
        task: TaskRef,
    },
    /// The last line that a running task printed. Only for live displays.
    TaskOutput {
        /// The task, by host, step and name.
        #[serde(flatten)]
        task: TaskRef,
        /// The line, without its end.
        line: String,
    },
    /// A task came to its end.
    TaskFinished {
        /// The task, its outcome, and what it said.
        #[serde(flatten)]
        result: TaskResult,
    },
    /// A host is through with a step.
    StepFinished {
        /// The host, by its name in the inventory.
        host: HostName,
        /// The step, by its name.
        step: StepName,
        /// How long its tasks took.
        took_ms: u64,
        /// Whether it was done at all.
        verdict: Verdict,
    },
    /// More hosts have failed or were not reached than `--max-fail` allows: nothing more is begun.
    RunHalted {
        /// How many have, when it was too many.
        failed: usize,
        /// How many hosts the run has.
        hosts: usize,
        /// What was allowed: `5`, `20%`.
        max_fail: String,
    },
    /// The last of all.
    RunFinished {
        /// How long the run took.
        took_ms: u64,
        /// Whether it was interrupted.
        interrupted: bool,
    },
}

/// Many requests to one site, counted by who answered. What it comes to is decided by [`Balance::fault`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// The domain that was asked.
    pub site: String,
    /// How requests are shared out: `round_robin`, `least_conn`, `ip_hash` or `random`; `proxy` for a single backend.
    pub method: String,
    /// Requests that were sent.
    pub sent: u64,
    /// Requests without a good answer, by what they met instead.
    #[serde(default, skip_serializing_if = "Losses::is_empty")]
    pub lost_why: Losses,
    /// Every backend of the site, in the order of the inventory.
    pub backends: Vec<Share>,
    /// Answers of others than those: address (empty if the answer named none) and how many.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub strangers: BTreeMap<String, u64>,
    /// Pages without the application's marker, of those that were looked at.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub other_pages: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde wants it
fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// What one backend answered, and what the balance method promises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// The name of the backend.
    pub host: BackendName,
    /// Its address and port as nginx writes them: `10.0.0.2:3000`.
    pub address: String,
    /// Its `weight` in the inventory; 1 if none is written.
    pub weight: u64,
    /// How many requests it answered.
    pub answered: u64,
    /// At least so many were promised.
    pub least: u64,
    /// At most so many were promised.
    pub most: u64,
}

/// Whether a run may change anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Change what is not as it should be.
    Apply,
    /// Look, and change nothing.
    Check,
}

/// How a host came through a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every task of it has an outcome.
    Finished,
    /// The host could not be reached.
    Unreachable,
    /// It was not begun, because of this.
    Skipped(Reason),
}

impl Event {
    /// The host and step that an ordered report files this event under; `None` for the run itself.
    pub fn cell(&self) -> Option<(&HostName, &StepName)> {
        match &self.kind {
            Kind::TaskFinished { result } => Some((&result.task.host, &result.task.step)),
            Kind::StepFinished { host, step, .. } => Some((host, step)),
            _ => None,
        }
    }
}
