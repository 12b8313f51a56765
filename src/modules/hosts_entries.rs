//! Names in the hosts file of the computer that labctl runs on. The controller does this itself, in Rust: on Windows
//! there is no sh.

use super::{Call, Limits, Module, Shell};
use crate::shape::{Shape, required};
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
    shell: Shell { verb: "hosts_entries", text: "" },
    limits: Limits::SHORT,
    label: |_| "put the domains into this computer's hosts file".into(),
    call: |args| {
        let address = args.text("address")?;
        let mut call = Call::new(MODULE.shell, [address.into()]);
        for site in args.variable("sites")?.as_array().into_iter().flatten() {
            call.words.push(site.get("domain").and_then(Value::as_str).unwrap_or_default().into());
        }
        Ok(call)
    },
};
