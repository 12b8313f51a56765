//! For Graphviz.

use super::{Graph, NodeRole};
use crate::model::health::State;
use std::fmt::Write;

/// The picture as a Graphviz digraph.
pub fn dot(graph: &Graph) -> String {
    let mut out = format!("digraph {} {{\n", quoted(graph.lab.as_str()));
    out.push_str("    rankdir=LR; ranksep=0.8; nodesep=0.15;\n");
    out.push_str("    node [shape=box, style=rounded, fontname=\"monospace\", fontsize=11];\n");
    out.push_str("    edge [fontname=\"monospace\", fontsize=9, arrowsize=0.7];\n");
    for (n, node) in graph.nodes.iter().enumerate() {
        let lines = [node.signed(), node.detail.clone(), node.why.clone()];
        let lines: Vec<&str> = lines.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
        let style = match node.state {
            None => "",
            Some(State::Good) => ", color=\"#1a7f37\", penwidth=2",
            Some(State::Bad) => ", color=\"#cf222e\", penwidth=3",
            Some(State::Unsure) => ", color=\"#9a6700\", penwidth=2, style=\"rounded,dashed\"",
        };
        let _ = writeln!(out, "    n{n} [label={}{style}];", quoted(&lines.join("\n")));
    }
    // One column for each part, also where a line is missing.
    for role in [NodeRole::Domain, NodeRole::Upstream, NodeRole::App] {
        let same: Vec<String> = graph.of(role).map(|(n, _)| format!("n{n};")).collect();
        if same.len() > 1 {
            let _ = writeln!(out, "    {{ rank=same; {} }}", same.join(" "));
        }
    }
    for edge in &graph.edges {
        let label = if edge.label.is_empty() { String::new() } else { format!(" [label={}]", quoted(&edge.label)) };
        let _ = writeln!(out, "    n{} -> n{}{label};", edge.from, edge.to);
    }
    out.push_str("}\n");
    out
}

/// A text of DOT: a backslash would begin one of its escapes.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{}\"", text.replace(char::is_control, " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_within_their_quotes() {
        assert_eq!(quoted("a\"b\\n\nc"), "\"a\\\"b\\\\n\\nc\"");
    }
}
