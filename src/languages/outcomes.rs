//! How tasks and steps ended, in a word.

use crate::model::event::Outcome;
use serde::Serialize;

/// The words for outcomes, on every page. The live page gets them by the words of `labctl status`.
#[derive(Debug, Serialize)]
pub struct Outcomes {
    /// The state was in place already.
    pub ok: &'static str,
    /// It was put in place.
    pub changed: &'static str,
    /// It is not in place, and the run only looks.
    #[serde(rename = "would change")]
    pub would_change: &'static str,
    /// It could not be put in place.
    pub failed: &'static str,
    /// Something before it failed.
    pub skipped: &'static str,
    /// It depends on something that would have to change first.
    pub unknown: &'static str,
    /// The host was not reached.
    pub unreachable: &'static str,
}

impl Outcomes {
    /// The word for an outcome: what a run that only looks (`check`) would change is not changed.
    pub fn word(&self, outcome: Outcome, check: bool) -> &'static str {
        match outcome {
            Outcome::Ok => self.ok,
            Outcome::Changed if check => self.would_change,
            Outcome::Changed => self.changed,
            Outcome::Failed => self.failed,
            Outcome::Skipped => self.skipped,
            Outcome::Unknown => self.unknown,
        }
    }
}
