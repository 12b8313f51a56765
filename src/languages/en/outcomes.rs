//! What came of tasks and steps, in English.

use crate::languages::Outcomes;

pub const OUTCOMES: Outcomes = Outcomes {
    ok: "ok",
    changed: "changed",
    would_change: "would change",
    failed: "failed",
    skipped: "skipped",
    unknown: "unknown",
    unreachable: "unreachable",
};
