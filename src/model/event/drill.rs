//! What happens in a drill. All times named `…_ms` are counted from when its load began, except where it is said.

mod failure;
mod turn;

pub use failure::{DrillFailure, FaultError};
pub use turn::{Turn, TurnKind};

use super::logged::{LoggedError, NginxError};
use crate::model::name::BackendName;
use crate::model::visitor::Losses;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is done to the server in a drill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DrillMode {
    /// pm2 stops the application: `pm2 stop`.
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

    /// Its name: as typed for `--mode`, and in recordings.
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
    /// What is done to the server.
    pub mode: DrillMode,
    /// The server that is broken.
    pub host: BackendName,
    /// The domain that is asked.
    pub site: String,
    /// `lab` for the shipped one, `own` for another in its place, `defaults` for nginx's own.
    pub template: String,
    /// Requests per second, from 1 to 500.
    pub rate: u32,
    /// How long the fault is to last, in seconds.
    pub seconds: u64,
}

/// What comes of the load in a stretch of time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// Where the stretch begins.
    pub from_ms: u64,
    /// Where the stretch ends.
    pub to_ms: u64,
    /// Requests that were sent in it.
    pub sent: u64,
    /// Good answers that came in it, by who gave them. Every server of the site is named.
    pub answered: BTreeMap<BackendName, u64>,
    /// Requests that ended in it without a good answer.
    pub lost: u64,
    /// Requests that have waited longer than a second when it ends, and wait on.
    pub stalled: u64,
    /// Half of the requests that ended in it took no longer than this; 0 if none ended.
    pub p50_ms: u64,
    /// 99 of 100 took no longer.
    pub p99_ms: u64,
    /// The slowest request that ended took this long.
    pub max_ms: u64,
}

/// Who answered how much, in percent.
pub type Shares = BTreeMap<BackendName, f64>;

/// What a drill measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Requests that were sent.
    pub sent: usize,
    /// Requests without a good answer.
    pub lost: usize,
    /// What they met instead.
    pub lost_why: Losses,
    /// Requests that took longer than a second.
    pub slow: usize,
    /// Those among them that the broken server answered itself: it had taken the connection, and then took its time.
    #[serde(default)]
    pub slow_at_broken: usize,
    /// Those among them that another server answered, after the broken one had been waited for in vain.
    #[serde(default)]
    pub slow_moved: usize,
    /// The longest time without any good answer.
    pub longest_gap_ms: u64,
    /// Half of the requests took no longer than this, counted from when they were due.
    pub p50_ms: u64,
    /// 99 of 100 took no longer.
    pub p99_ms: u64,
    /// The slowest request that ended took this long.
    pub max_ms: u64,
    /// From the broken server's last good answer until no request was sent to it for a second (or a few turns, if that is
    /// longer); none if that never was.
    #[serde(rename = "left_out_ms")]
    pub ejected_ms: Option<u64>,
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

/// How long nginx waits for a server of the site, as its configuration says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxyTimeouts {
    /// How long a connection may take: `proxy_connect_timeout`.
    pub connect: ProxyDirective,
    /// How long an answer may take: `proxy_read_timeout`.
    pub read: ProxyDirective,
    /// `max_fails` of the servers.
    pub max_fails: String,
    /// `fail_timeout` of the servers.
    pub fail_timeout: String,
}

/// The value of a directive of nginx.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxyDirective {
    /// As nginx writes it: `60s`.
    pub value: String,
    /// Whether it is nginx's own default, because the site does not set it.
    pub default: bool,
}

/// A drill that ran to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drilled {
    /// What was asked for.
    #[serde(flatten)]
    pub drill: Drill,
    /// What the load measured.
    #[serde(flatten)]
    pub figures: Figures,
    /// What the site's configuration makes nginx wait for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeouts: Option<Box<ProxyTimeouts>>,
    /// What nginx wrote into its error log meanwhile, the most frequent first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logged: Vec<LoggedError>,
    /// Only in recordings of older versions, which worded it when it happened: what it came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
}

/// The longest that a visitor waits by the shipped template's promise, in milliseconds.
pub const PROMISED_MS: u64 = 3500;

impl Drilled {
    /// Whether the shipped template kept its promise: nobody is lost, and nobody waits longer than [`PROMISED_MS`]. `None` for
    /// another configuration, which promises nothing.
    pub fn keeps_promise(&self) -> Option<bool> {
        (self.drill.template == "lab").then_some(self.figures.lost == 0 && self.figures.max_ms <= PROMISED_MS)
    }

    /// Shows `change` what machines said, as [`super::Kind::change_outputs`] does.
    pub fn change_outputs(&mut self, change: &mut dyn FnMut(&mut String)) {
        self.figures.lost_why.change_outputs(change);
        for each in &mut self.logged {
            if let NginxError::Other { text } = &mut each.what {
                change(text);
            }
        }
        self.verdict.iter_mut().for_each(change);
    }
}
