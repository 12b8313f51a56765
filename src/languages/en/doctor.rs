//! The doctor in English.

use super::plural;
use crate::languages::DoctorTexts;
use crate::model::computer::{About, PartState};
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
    no_inventory: "no inventory was named, and none is in this folder",
    ready: "nothing prevents a lab",
    prevented: |things| {
        let verb = if things == 1 { "prevents" } else { "prevent" };
        format!("{} {verb} any lab", plural(things, "thing"))
    },
    about: |part| match part {
        About::System => "system",
        About::Ssh => "ssh",
        About::Agent => "agent",
        About::Keys => "keys",
        About::Git => "git",
        About::HostsFile => "hosts file",
        About::Names => "names",
        About::Sandbox => "sandbox",
        About::Machines => "machines",
        About::Memory => "memory",
        About::Disk => "disk",
    },
    state: |state| match state {
        PartState::Well => "ok",
        PartState::Noted => "note",
        PartState::Wrong => "wrong",
        PartState::Prevents => "prevents",
    },
    type_here: "type",
    ways: "next:",
};
