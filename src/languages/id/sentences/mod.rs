//! What happened, in Indonesian.

mod balance;
mod classroom;
mod drill;
mod hint;
mod note;
mod symptom;
mod task;
mod unreachable;
mod visitor;

use crate::languages::Sentences;

pub const SENTENCES: Sentences = Sentences {
    visit_error: visitor::visit_error,
    advice: symptom::row,
    next: "berikutnya",
    fault: balance::clause,
    promise: balance::promise,
    name_elsewhere: visitor::name_elsewhere,
    seen_from_web: visitor::seen_from_web,
    https_only: visitor::https_only,
    multicast_dns: visitor::multicast_dns,
    not_inspected: "belum diperiksa",
    see_step: |step| format!("lihat langkah {step}"),
    answered_by: |servers| format!("dijawab oleh {servers}"),
    verdict: drill::verdict,
    turn: drill::turn,
    failure: drill::failure,
    reason: task::reason,
    remark: task::remark,
    hint: hint::hint,
    note: note::note,
    unreachable: unreachable::reason,
    unreachable_hints: unreachable::hints,
    class_notice: classroom::class_notice,
    gradebook_notice: classroom::gradebook_notice,
};
