//! Debian packages that are installed.

use super::hand::line;
use super::{Call, Hand, Limits, Module, Shell, Why, Word};
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
    by_hand: |call, _| vec![Hand::there(Why::Install, format!("sudo apt install -y {}", line(&call.words)))],
};

fn packages(node: &Node) -> Vec<&str> {
    node.text().into_iter().chain(node.items().iter().filter_map(Node::text)).collect()
}
