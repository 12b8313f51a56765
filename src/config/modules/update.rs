//! Package lists that are fresh, and packages that are up to date.

use super::{Call, Limits, ManualStep, Module, Purpose, Shell};
use crate::config::shape::{Shape, field};

/// `update: { upgrade: true, every: 24h }`
pub const MODULE: Module = Module {
    name: "update",
    doc: "apt's lists are fresh, and no upgrade is waiting",
    example: "  - update: { upgrade: true, every: 24h }\n",
    shape: Shape::Map(&[
        field("upgrade", Shape::Text, "whether packages are upgraded (true)"),
        field("every", Shape::Text, "how old the last update may be (24h)"),
    ]),
    shell: Shell::new("update", include_str!("update.sh")),
    limits: Limits::seconds(3600, 900),
    label: |_| "apt update and upgrade".into(),
    call: |args| {
        let every = args.text_or("every", "24h")?;
        let Some(age) = crate::config::shape::duration(&every) else {
            return Err(args.problem("every", format!("`{every}` is not a duration"), "write it as 24h, 30m or 90s"));
        };
        let upgrade = if args.truth("upgrade")? { "upgrade" } else { "lists" };
        Ok(Call::new(MODULE.shell, [upgrade.into(), age.as_secs().to_string().into()]))
    },
    by_hand: |call, _| {
        vec![match call.word(0) {
            "upgrade" => ManualStep::there(Purpose::Upgrade, "sudo apt update && sudo apt upgrade -y"),
            _ => ManualStep::there(Purpose::Lists, "sudo apt update"),
        }]
    },
};
