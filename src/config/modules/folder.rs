//! Folders.

use super::{Call, Limits, ManualStep, Module, Purpose, Shell, written};
use crate::config::shape::{Shape, field, required};

/// `folder: { path: /etc/nginx/dumbways }`
pub const MODULE: Module = Module {
    name: "folder",
    doc: "a folder is there",
    example: "  - folder: { path: /etc/nginx/dumbways }\n",
    shape: Shape::Map(&[
        required("path", Shape::Text, "where it is on the host"),
        field("mode", Shape::Text, "permissions in octal (755)"),
        field("owner", Shape::Text, "the owner (root, or the lab's user under ~/)"),
    ]),
    shell: Shell::new("folder", include_str!("folder.sh")),
    limits: Limits::SHORT,
    label: |node| format!("make the folder {}", written(node, "path")),
    call: |args| {
        let mode = super::file::mode(args, "755")?;
        Ok(Call::new(MODULE.shell, [args.path("path")?, mode.into(), args.owner()?]))
    },
    by_hand: |call, _| {
        let (path, mode, owner) = (call.typed(0), call.word(1), call.typed(2));
        let command = if call.word(0).starts_with("~/") {
            format!("mkdir -p {path} && chmod {mode} {path}")
        } else {
            format!("sudo mkdir -p {path} && sudo chmod {mode} {path} && sudo chown {owner} {path}")
        };
        vec![ManualStep::there(Purpose::Folder(call.word(0).to_owned()), command)]
    },
};
