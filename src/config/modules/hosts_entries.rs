//! Names in the hosts file of the computer that labctl runs on. The controller does this itself, in Rust, because
//! Windows has no sh.

use super::manual_step::fed;
use super::{Call, Limits, ManualStep, Module, Purpose, Shell, Word};
use crate::config::shape::{Shape, required};
use serde_json::Value;

/// `hosts_entries: { address: "{{ web.address }}", sites: sites }`
pub const MODULE: Module = Module {
    name: "hosts_entries",
    doc: "this computer finds the sites by name (only with `hosts: controller`)",
    example: "  - hosts_entries: { address: \"{{ web.address }}\", sites: sites }\n",
    shape: Shape::Map(&[
        required("address", Shape::Text, "the address of the web server"),
        required("sites", Shape::Text, "the variable that lists the sites"),
    ]),
    shell: Shell::new("hosts_entries", ""),
    limits: Limits::SHORT,
    label: |_| "put the domains into this computer's hosts file".into(),
    call: |args| {
        let address = args.text("address")?;
        let mut call = Call::new(MODULE.shell, [address.into()]);
        for site in args.listed("sites")? {
            call.words.push(site.get("domain").and_then(Value::as_str).unwrap_or_default().into());
        }
        Ok(call)
    },
    by_hand: |call, typist| {
        let names = call.words.iter().skip(1).map(Word::text);
        let lines: Vec<String> = names.map(|name| format!("{} {name}", call.word(0))).collect();
        if lines.is_empty() {
            return Vec::new();
        }
        let words: Vec<String> = lines.iter().map(|line| format!("'{line}'")).collect();
        let to = format!("sudo tee -a {} > /dev/null", typist.hosts_file);
        let windows = format!("Add-Content C:\\Windows\\System32\\drivers\\etc\\hosts -Value {}", words.join(", "));
        let by_hand = ManualStep::here(Purpose::Names, fed(&(lines.join("\n") + "\n"), &to));
        vec![ManualStep { windows: Some(windows), ..by_hand }]
    },
};
