//! Debian packages that are installed.

use super::{Call, Limits, Module, Shell, Word};
use crate::shape::Shape;
use crate::yaml::Node;

/// `apt: [git, curl]`
pub const MODULE: Module = Module {
    name: "apt",
    doc: "these Debian packages are installed",
    example: "  - apt: [git, curl]\n",
    shape: Shape::List(&Shape::Text),
    shell: Shell { verb: "apt", text: include_str!("apt.sh") },
    limits: Limits::LONG,
    label: |node| format!("install {}", packages(node).join(", ")),
    call: |args| Ok(Call::new(MODULE.shell, args.texts(args.node)?.into_iter().map(Word::Text))),
};

fn packages(node: &Node) -> Vec<&str> {
    node.text().into_iter().chain(node.items().iter().filter_map(Node::text)).collect()
}
