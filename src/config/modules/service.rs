//! systemd services.

use super::{Call, Limits, ManualStep, Module, Purpose, Shell, written};
use crate::config::shape::{Shape, field, required};
use crate::model::name::machine::UNIT;

/// `service: { name: nginx, running: true, enabled: true }`
pub const MODULE: Module = Module {
    name: "service",
    doc: "a systemd service runs now, and after the next boot",
    example: "  - service: { name: nginx, running: true, enabled: true }\n",
    shape: Shape::Map(&[
        required("name", Shape::Text, "the unit, such as nginx"),
        field("running", Shape::Bool, "whether it runs now (true)"),
        field("enabled", Shape::Bool, "whether it starts at boot (true)"),
        field("unless", Shape::Text, "a line of shell: while it succeeds, a service that is down is left alone"),
    ]),
    shell: Shell::new("service", include_str!("service.sh")),
    limits: Limits::seconds(120, 120),
    label: |node| format!("run {} now and at boot", written(node, "name")),
    call: |args| {
        let running = if args.truth("running")? { "active" } else { "inactive" };
        let enabled = if args.truth("enabled")? { "enabled" } else { "disabled" };
        let unless = args.node.get("unless").map_or_else(|| Ok(String::new()), |node| args.scope.shell(node))?;
        let words = [args.name("name", &UNIT)?, running.into(), enabled.into(), unless.into()];
        Ok(Call::new(MODULE.shell, words))
    },
    by_hand: |call, _| {
        let name = call.typed(0);
        let command = match (call.word(1), call.word(2)) {
            ("active", "enabled") => format!("sudo systemctl enable --now {name}"),
            ("inactive", "disabled") => format!("sudo systemctl disable --now {name}"),
            ("active", _) => format!("sudo systemctl disable {name} && sudo systemctl start {name}"),
            _ => format!("sudo systemctl enable {name} && sudo systemctl stop {name}"),
        };
        vec![ManualStep::there(Purpose::Service, command)]
    },
};
