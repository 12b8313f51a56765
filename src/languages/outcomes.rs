//! What came of tasks and steps, in a word.

use crate::model::event::Outcome;
use serde::Serialize;

/// The words for outcomes, on every page. The live page gets them by the words of `labctl status`.
#[derive(Debug, Serialize)]
pub struct Outcomes {
    /// The state held already.
    pub ok: &'static str,
    /// It was made to hold.
    pub changed: &'static str,
    /// The same, of a run that only looks.
    #[serde(rename = "would change")]
    pub would_change: &'static str,
    /// It could not be made to hold.
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
