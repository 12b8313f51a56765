//! Users of the host.

use super::{Call, Limits, ManualStep, Module, Purpose, Shell, Word, written};
use crate::config::shape::{Shape, field, required};
use crate::model::name::machine::USER;

/// `user: { name: deploy }`
pub const MODULE: Module = Module {
    name: "user",
    doc: "a user is there, with a home and these groups",
    example: "  - user: { name: deploy, groups: [www-data] }\n",
    shape: Shape::Map(&[
        required("name", Shape::Text, "the login name"),
        field("groups", Shape::List(&Shape::Text), "groups beside its own"),
    ]),
    shell: Shell::new("user", include_str!("user.sh")),
    limits: Limits::SHORT,
    label: |node| format!("make the user {}", written(node, "name")),
    call: |args| {
        let mut words = vec![args.name("name", &USER)?];
        if let Some(groups) = args.node.get("groups") {
            for group in args.texts(groups)? {
                words.push(args.named("groups", group, &USER)?.into());
            }
        }
        Ok(Call::new(MODULE.shell, words))
    },
    by_hand: |call, _| {
        let name = call.typed(0);
        let mut command = format!("id {name} || sudo useradd --create-home --shell /bin/bash {name}");
        let groups: Vec<&str> = call.words.iter().skip(1).map(Word::text).collect();
        if !groups.is_empty() {
            command.push_str(&format!("\nsudo usermod --append --groups {} {name}", groups.join(",")));
        }
        vec![ManualStep::there(Purpose::User, command)]
    },
};
