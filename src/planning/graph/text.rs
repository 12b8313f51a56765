//! For the terminal: a tree, which fits any width. The web server and an application server stand in it once for each
//! site that leads there.

use super::{Graph, GraphNode, NodeRole};
use crate::model::health::State;
use anstyle::{AnsiColor, Style};
use std::fmt::Write;

/// The picture as a tree; with colour, if wanted.
pub fn text(graph: &Graph, color: bool) -> String {
    let mut out = format!("{}\n\n", graph.lab);
    let Some((user, node)) = graph.of(NodeRole::User).next() else { return out };
    let _ = writeln!(out, "{}", line(node, "", color));
    branches(graph, user, None, "", color, &mut out);
    if graph.of(NodeRole::Domain).next().is_none() {
        for (_, web) in graph.of(NodeRole::Web) {
            let _ = writeln!(out, "{}   no sites lead there", line(web, "", color));
        }
    }
    let lonely = graph.of(NodeRole::App).filter(|(at, _)| !graph.edges.iter().any(|edge| edge.to == *at));
    for (_, node) in lonely {
        let _ = writeln!(out, "{}", line(node, "", color));
    }
    out
}

/// What hangs on a node. All sites lead through one web server; below it, only the site's own upstream is meant.
fn branches(graph: &Graph, node: usize, site: Option<usize>, indent: &str, color: bool, out: &mut String) {
    let all: Vec<_> = graph.after(node).collect();
    let own: Vec<_> = match (graph.nodes[node].role, site) {
        (NodeRole::Web, Some(site)) => all.into_iter().skip(site).take(1).collect(),
        _ => all,
    };
    for (n, edge) in own.iter().enumerate() {
        let last = n + 1 == own.len();
        let (mark, more) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        let _ = writeln!(out, "{indent}{mark}{}", line(&graph.nodes[edge.to], &edge.label, color));
        let site = if graph.nodes[node].role == NodeRole::User { Some(n) } else { site };
        branches(graph, edge.to, site, &format!("{indent}{more}"), color, out);
    }
}

fn line(node: &GraphNode, label: &str, color: bool) -> String {
    let paint = match node.state.filter(|_| color) {
        Some(State::Good) => Style::new().fg_color(Some(AnsiColor::Green.into())),
        Some(State::Bad) => Style::new().fg_color(Some(AnsiColor::Red.into())),
        Some(State::Unsure) => Style::new().fg_color(Some(AnsiColor::Yellow.into())),
        None => Style::new(),
    };
    let mut line = format!("{paint}{}{paint:#}  {}", node.signed(), node.detail);
    for more in [label, &node.why] {
        if !more.is_empty() {
            let _ = write!(line, "  {more}");
        }
    }
    line
}
