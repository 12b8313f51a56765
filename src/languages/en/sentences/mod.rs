//! What happened, in English: what every language has, and what only the terminal, JUnit and errors say. Pure functions
//! from a type to a text; nothing reads the text again.

pub mod balance;
pub mod classroom;
pub mod drill;
pub mod hint;
pub mod note;
pub mod notice;
pub mod symptom;
pub mod task;
pub mod unreachable;
pub mod visitor;

use crate::languages::Sentences;

pub(super) const SENTENCES: Sentences = Sentences {
    visit_error: visitor::visit_error,
    advice: symptom::row,
    next: "next",
    fault: balance::clause,
    promise: balance::promise,
    name_elsewhere: visitor::name_elsewhere,
    seen_from_web: visitor::seen_from_web,
    https_only: visitor::https_only,
    multicast_dns: visitor::multicast_dns,
    not_inspected: "not inspected",
    see_step: |step| format!("see the step {step}"),
    answered_by: |servers| format!("answered by {servers}"),
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
