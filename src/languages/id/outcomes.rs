//! What came of tasks and steps, in Indonesian.

use crate::languages::Outcomes;

pub const OUTCOMES: Outcomes = Outcomes {
    ok: "ok",
    changed: "berubah",
    would_change: "akan berubah",
    failed: "gagal",
    skipped: "dilewati",
    unknown: "belum diketahui",
    unreachable: "tidak terjangkau",
};
