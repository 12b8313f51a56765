//! Users of the host.

use super::{Call, Limits, Module, Shell, written};
use crate::shape::{Shape, field, required};

/// `user: { name: deploy }`
pub const MODULE: Module = Module {
    name: "user",
    doc: "a user is there, with a home and these groups",
    example: "  - user: { name: deploy, groups: [www-data] }\n",
    shape: Shape::Map(&[
        required("name", Shape::Text, "the login name"),
        field("groups", Shape::List(&Shape::Text), "groups beside its own"),
    ]),
    shell: Shell { verb: "user", text: include_str!("user.sh") },
    limits: Limits::SHORT,
    label: |node| format!("make the user {}", written(node, "name")),
    call: |args| {
        let mut words = vec![args.text("name")?.into()];
        if let Some(groups) = args.node.get("groups") {
            words.extend(args.texts(groups)?.into_iter().map(Into::into));
        }
        Ok(Call::new(MODULE.shell, words))
    },
};
