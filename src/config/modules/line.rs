//! Parts of files that others own too: one line, or a marked block.

use super::manual_step::fed;
use super::{Call, Limits, ManualStep, Module, Purpose, Shell, written};
use crate::config::shape::{Field, Shape, field, required};

const OWNER: Field = field("owner", Shape::Text, "the owner of a new file (root, or the lab's user under ~/)");

/// `line: { path: /etc/environment, line: "LANG=C.UTF-8" }`
pub const LINE: Module = Module {
    name: "line",
    doc: "a file holds this line; everything else in it stays",
    example: "  - line: { path: /etc/environment, line: \"LANG=C.UTF-8\" }\n",
    shape: Shape::Map(&[
        required("path", Shape::Text, "the file"),
        required("line", Shape::Text, "the whole line"),
        OWNER,
    ]),
    shell: Shell::new("line", include_str!("line.sh")),
    limits: Limits::SHORT,
    label: |node| format!("put `{}` into {}", written(node, "line"), written(node, "path")),
    call: |args| {
        let line = args.text("line")?;
        if line.contains('\n') {
            return Err(args.problem("line", "this is more than one line", "use `block` for several lines"));
        }
        Ok(Call::new(LINE.shell, [args.path("path")?, line.into(), args.owner()?]))
    },
    by_hand: |call, _| {
        let (line, path) = (call.typed(1), call.typed(0));
        let command = format!("grep -qxF -e {line} {path} || echo {line} | sudo tee -a {path} > /dev/null");
        vec![ManualStep::there(Purpose::Add(call.word(0).to_owned()), command)]
    },
};

/// `block: { path: /etc/hosts, name: lab, text: "10.0.0.1 web\n" }`
pub const BLOCK: Module = Module {
    name: "block",
    doc: "a file holds this block between two marks; everything else in it stays",
    example: "  - block: { path: /etc/hosts, name: peers, text: \"10.0.0.1 web\\n\" }\n",
    shape: Shape::Map(&[
        required("path", Shape::Text, "the file"),
        required("name", Shape::Text, "tells this block from others in the file"),
        required("text", Shape::Text, "the lines between the marks"),
        OWNER,
    ]),
    shell: Shell::new("block", include_str!("block.sh")),
    limits: Limits::SHORT,
    label: |node| format!("put the block {} into {}", written(node, "name"), written(node, "path")),
    call: |args| {
        let words = [args.path("path")?, args.text("name")?.into(), args.text("text")?.into(), args.owner()?];
        Ok(Call::new(BLOCK.shell, words))
    },
    by_hand: |call, _| {
        let (name, text) = (call.word(1), call.word(2));
        let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        let block = format!("# BEGIN labctl {name}\n{text}{gap}# END labctl {name}\n");
        let command = fed(&block, &format!("sudo tee -a {} > /dev/null", call.typed(0)));
        vec![ManualStep::there(Purpose::Add(call.word(0).to_owned()), command)]
    },
};
