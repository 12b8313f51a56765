//! Installs Debian packages.

use super::manual_step::line;
use super::{Call, Limits, ManualStep, Module, Piece, Purpose, Shell, Word};
use crate::config::shape::Shape;
use crate::config::yaml::Node;
use crate::model::name::machine::PACKAGE;

/// The site of nginx's own package, where a machine has no IPv6.
pub const NGINX_DEFAULT: Piece = Piece::Shell(include_str!("nginx_default.sh"));

/// Installs Debian packages: `apt: [git, curl]`.
pub const MODULE: Module = Module {
    name: "apt",
    doc: "these Debian packages are installed",
    example: "  - apt: [git, curl]\n",
    shape: Shape::List(&Shape::Text),
    shell: Shell::new("apt", include_str!("apt.sh")).with(&[NGINX_DEFAULT]),
    limits: Limits::LONG,
    label: |node| format!("install {}", packages(node).join(", ")),
    call: |args| {
        let packages = args.texts(args.node)?.into_iter();
        let packages: Result<Vec<Word>, _> =
            packages.map(|name| args.named("apt", name, &PACKAGE).map(Word::Text)).collect();
        Ok(Call::new(MODULE.shell, packages?))
    },
    by_hand: |call, _| vec![ManualStep::there(Purpose::Install, format!("sudo apt install -y {}", line(&call.words)))],
};

fn packages(node: &Node) -> Vec<&str> {
    node.text().into_iter().chain(node.items().iter().filter_map(Node::text)).collect()
}
