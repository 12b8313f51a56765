//! Anything else: a line of shell, and how to see whether it is still needed.

use super::{Call, Limits, ManualStep, Module, Purpose, Shell, Word, written};
use crate::config::shape::{Shape, field, required};

/// `command: { run: "make", creates: /srv/x }`
pub const MODULE: Module = Module {
    name: "command",
    doc: "a line of shell has been run; with `creates` or `unless` only when it is needed",
    example: "  - command: { run: \"touch {{ app.dir }}/x\", creates: \"{{ app.dir }}/x\" }\n",
    shape: Shape::Map(&[
        required("run", Shape::Text, "a line of shell; values in it are quoted"),
        field("creates", Shape::Text, "a path: when it is there, nothing is to be done"),
        field("unless", Shape::Text, "a line of shell: when it succeeds, nothing is to be done"),
        field("user", Shape::Text, "who runs it (root)"),
    ]),
    shell: Shell::new("command", include_str!("command.sh")),
    limits: Limits::seconds(900, 600),
    label: |node| format!("run {}", written(node, "run")),
    call: |args| {
        let shell = |key| args.node.get(key).map_or_else(|| Ok(String::new()), |node| args.scope.shell(node));
        // `user: ""` is the lab's user; without the key it is root.
        let user = if args.node.get("user").is_some() { args.user()? } else { "root".into() };
        let creates = if args.text("creates")?.is_empty() { Word::Path(String::new()) } else { args.path("creates")? };
        let words = [creates, shell("unless")?.into(), user, shell("run")?.into()];
        Ok(Call::new(MODULE.shell, words))
    },
    by_hand: |call, _| {
        let (run, user) = (call.typed(3), &call.words[2]);
        vec![ManualStep::there(
            Purpose::Run,
            match user {
                Word::User => call.word(3).to_owned(),
                user if user.text() == "root" => format!("sudo sh -c {run}"),
                user => format!("sudo -u {} sh -c {run}", user.typed()),
            },
        )]
    },
};
