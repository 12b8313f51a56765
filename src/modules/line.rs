//! Parts of files that others own too: one line, or a marked block.

use super::{Call, Limits, Module, Shell, Word, written};
use crate::shape::{Shape, required};

/// `line: { path: /etc/environment, line: "LANG=C.UTF-8" }`
pub const LINE: Module = Module {
    name: "line",
    doc: "a file holds this line; everything else in it stays",
    example: "  - line: { path: /etc/environment, line: \"LANG=C.UTF-8\" }\n",
    shape: Shape::Map(&[required("path", Shape::Text, "the file"), required("line", Shape::Text, "the whole line")]),
    shell: Shell { verb: "line", text: include_str!("line.sh") },
    limits: Limits::SHORT,
    label: |node| format!("put `{}` into {}", written(node, "line"), written(node, "path")),
    call: |args| {
        let line = args.text("line")?;
        if line.contains('\n') {
            return Err(args.problem("line", "this is more than one line", "use `block` for several lines"));
        }
        Ok(Call::new(LINE.shell, [Word::Path(args.text("path")?), line.into()]))
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
    ]),
    shell: Shell { verb: "block", text: include_str!("block.sh") },
    limits: Limits::SHORT,
    label: |node| format!("put the block {} into {}", written(node, "name"), written(node, "path")),
    call: |args| {
        let words = [Word::Path(args.text("path")?), args.text("name")?.into(), args.text("text")?.into()];
        Ok(Call::new(BLOCK.shell, words))
    },
};
