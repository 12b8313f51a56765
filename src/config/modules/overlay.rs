//! Declared files of a checkout, such as `src/config/api.js`: made from templates, and kept apart from what a
//! student changed by hand.

use super::git::overlay;
use super::{Call, Limits, ManualStep, Module, Shell, Word, written};
use crate::config::shape::{Shape, field, required};

/// `overlay: { dest: ~/app, overlay: app.files }`
pub const MODULE: Module = Module {
    name: "overlay",
    doc: "declared files of a checkout are what their templates say",
    example: "  - overlay: { dest: \"{{ app.dir }}\", overlay: app.files }\n",
    shape: Shape::Map(&[
        required("dest", Shape::Text, "the checkout"),
        required("overlay", Shape::Text, "the variable that maps files of the checkout to templates"),
        field("user", Shape::Text, "whose files they are (the lab's user)"),
    ]),
    shell: Shell::new("overlay", include_str!("overlay.sh")),
    limits: Limits::SHORT,
    label: |node| format!("put the declared files into {}", written(node, "dest")),
    call: |args| {
        let mut call = Call::new(MODULE.shell, [args.user()?, args.path("dest")?]);
        for (path, template) in overlay(args)? {
            let rendered = args.scope.template(&template, args.location("overlay"))?;
            call.words.extend([path.clone().into(), rendered.content.clone().into()]);
            call.rendered.push((path, rendered));
        }
        Ok(call)
    },
    by_hand: |call, _| {
        let dest = call.word(1).trim_end_matches('/');
        let pairs = call.words[2..].chunks_exact(2);
        pairs.map(|pair| ManualStep::file(&Word::Path(format!("{dest}/{}", pair[0].text())), pair[1].text())).collect()
    },
};
