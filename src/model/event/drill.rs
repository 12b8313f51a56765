//! What happens in a drill. All times named `…_ms` are counted from when its load began, except where it is said.

use crate::model::name::HostName;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is done to the server in a drill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DrillMode {
    /// `pm2 stop`.
    Stop,
    /// `kill -9` of the whole family of processes; pm2 is kept from starting it again.
    Kill,
    /// The processes are stopped in their tracks: the kernel still takes connections for them.
    Freeze,
    /// Packets to the port are dropped.
    Drop,
    /// The machine is started anew.
    Reboot,
}

impl DrillMode {
    /// All of them, from harmless to rough.
    pub const ALL: [Self; 5] = [Self::Stop, Self::Kill, Self::Freeze, Self::Drop, Self::Reboot];

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Kill => "kill",
            Self::Freeze => "freeze",
            Self::Drop => "drop",
            Self::Reboot => "reboot",
        }
    }
}

/// A drill, as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drill {
    /// What is done.
    pub mode: DrillMode,
    /// To whom.
    pub host: HostName,
    /// The domain that is asked.
    pub site: String,
    /// `lab`, or `defaults` for nginx's own.
    pub template: String,
    /// Requests a second.
    pub rate: u32,
    /// How long the fault is to last, in seconds.
    pub seconds: u64,
}

/// What comes of the load in a stretch of time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// Where the stretch begins.
    pub from_ms: u64,
    /// Where it ends.
    pub to_ms: u64,
    /// Requests that were sent in it.
    pub sent: u64,
    /// Good answers that came in it, by who gave them. Every server of the site is named.
    pub answered: BTreeMap<HostName, u64>,
    /// Requests that ended in it without a good answer.
    pub lost: u64,
    /// Requests that have waited longer than a second when it ends, and wait on.
    pub stalled: u64,
    /// Half of the requests that ended in it took no longer than this; 0 if none ended.
    pub p50_ms: u64,
    /// 99 of 100 took no longer.
    pub p99_ms: u64,
    /// The slowest.
    pub max_ms: u64,
}

/// The turns of a drill's story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// The load began.
    Load,
    /// The machine has something to say.
    Note,
    /// The fault is there.
    Broken,
    /// The proxy sends no request to the server any more.
    LeftOut,
    /// The fault is being undone.
    Undoing,
    /// The server answers again.
    Back,
}

/// Who answered how much, in percent.
pub type Shares = BTreeMap<HostName, f64>;

/// What a drill measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Requests that were sent.
    pub sent: usize,
    /// Requests without a good answer.
    pub lost: usize,
    /// Why, and how often.
    pub lost_why: BTreeMap<String, usize>,
    /// Requests that took longer than a second.
    pub slow: usize,
    /// The longest time without any good answer.
    pub longest_gap_ms: u64,
    /// Half of the requests took no longer than this, counted from when they were due.
    pub p50_ms: u64,
    /// 99 of 100 took no longer.
    pub p99_ms: u64,
    /// The slowest.
    pub max_ms: u64,
    /// From the broken server's last good answer until no request was sent to it for a second.
    pub left_out_ms: Option<u64>,
    /// How many requests tried the broken server and were answered by another.
    pub moved: usize,
    /// The longest time without an answer from the broken server.
    pub silent_ms: u64,
    /// From the first attempt to undo the fault until the server answered again.
    pub back_ms: u64,
    /// Shares before the fault.
    pub before: Shares,
    /// Shares while the fault was there.
    pub during: Shares,
    /// Shares after the server answered again.
    pub after: Shares,
}

/// A drill that ran to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drilled {
    /// What was asked for.
    #[serde(flatten)]
    pub drill: Drill,
    /// What was measured.
    #[serde(flatten)]
    pub figures: Figures,
    /// In a sentence.
    pub verdict: String,
}
