//! A fold over events: what a run comes to.

use crate::model::event::{Event, Kind, Outcome, Reason};
use crate::model::name::HostName;
use std::collections::BTreeMap;

/// How often each outcome was seen, and which hosts were not reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    counts: BTreeMap<Outcome, usize>,
    unreachable: Vec<HostName>,
    interrupted: bool,
    take_over: bool,
    took_ms: u64,
}

impl Summary {
    /// Takes an event into account.
    pub fn add(&mut self, event: &Event) {
        match &event.kind {
            Kind::TaskFinished { result } => {
                *self.counts.entry(result.outcome).or_default() += 1;
                self.take_over |= result.reason == Some(Reason::InTheWay { take_over: true });
            }
            Kind::HostUnreachable { host, .. } if !self.unreachable.contains(host) => {
                self.unreachable.push(host.clone());
            }
            Kind::RunFinished { interrupted, took_ms } => {
                self.interrupted = *interrupted;
                self.took_ms = *took_ms;
            }
            _ => {}
        }
    }

    /// How many tasks ended so.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.counts.get(&outcome).copied().unwrap_or_default()
    }

    /// The hosts that were not reached.
    pub fn unreachable(&self) -> &[HostName] {
        &self.unreachable
    }

    /// Whether the run was interrupted.
    pub fn interrupted(&self) -> bool {
        self.interrupted
    }

    /// Whether something stands in the way that `--take-over` would put aside.
    pub fn would_take_over(&self) -> bool {
        self.take_over
    }

    /// How long the run took.
    pub fn took_ms(&self) -> u64 {
        self.took_ms
    }

    /// Whether nothing went wrong. What was skipped for another reason than a failure or a lost host (a hosts file that
    /// may not be written) counts as well: whoever reads the report was told what to do.
    pub fn converged(&self) -> bool {
        let bad = [Outcome::Failed, Outcome::Unknown].iter().any(|o| self.count(*o) > 0);
        !bad && self.unreachable.is_empty() && !self.interrupted
    }
}
