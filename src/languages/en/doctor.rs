//! The doctor in English.

use super::plural;
use crate::languages::DoctorTexts;
use crate::model::layer::Layer;

pub const DOCTOR: DoctorTexts = DoctorTexts {
    // The causes themselves speak English.
    sentences: &[],
    well: "nothing is wrong",
    asked: |machines, sites| format!("{}, {}", plural(machines, "machine"), plural(sites, "site")),
    open: |things| {
        format!("it serves; `labctl check` shows {} that labctl would do otherwise", plural(things, "thing"))
    },
    found: |causes| format!("{} to put right, the first cause first", plural(causes, "thing")),
    here: "this computer",
    on: |host| format!("on {host}"),
    layer: Layer::word,
    seen: "seen",
    typed: |host| format!("type  on {host}:"),
    consequence: |cause, host, sentence| format!("also  {cause} on {host}, probably because of it: {sentence}"),
    consequences: |n| {
        let them = if n == 1 { "it" } else { "them" };
        format!("also  {}, probably because of it (-v shows {them})", plural(n, "other thing"))
    },
    again: "then look again:",
    visited: |url, met| format!("from this computer, {url}: {met}"),
};
