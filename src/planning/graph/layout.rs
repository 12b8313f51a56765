//! Where everything stands in a drawing: a column for each role, every column centred. Letters are counted, not measured:
//! the font is monospaced.

use super::{Edge, Graph, NodeRole};

/// Widths of one letter of a title, of a detail and of a label.
pub const LETTER: [f64; 3] = [7.9, 6.7, 6.1];
/// From this number of application servers on, each has one line instead of two.
const CROWD: usize = 9;
const ROLES: [NodeRole; 5] = [NodeRole::User, NodeRole::Domain, NodeRole::Web, NodeRole::Upstream, NodeRole::App];
const TOP: f64 = 84.0;
const EDGE: f64 = 24.0;

/// The places of all nodes, in pixels.
pub struct Layout {
    /// The width of the whole drawing, in pixels.
    pub width: f64,
    /// The height down to the last box, in pixels.
    pub height: f64,
    /// A box for each node.
    pub boxes: Vec<Rect>,
    /// A line for each edge.
    pub lines: Vec<Connector>,
    /// The columns that are not empty: their role, and the x where they begin.
    pub columns: Vec<(NodeRole, f64)>,
}

/// A box of the drawing, in pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
    /// Where the detail begins, if it shares the title's line.
    pub flat: Option<f64>,
}

/// From the right side of a box to the left side of another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Connector {
    pub from: (f64, f64),
    /// From here on it goes straight: words on it meet no other line.
    pub straight: f64,
    pub to: (f64, f64),
}

/// Gives each node its place.
pub fn layout(graph: &Graph) -> Layout {
    let mut boxes = vec![Rect::default(); graph.nodes.len()];
    let mut columns: Vec<(NodeRole, f64)> = Vec::new();
    let mut x = EDGE;
    let crowd = graph.of(NodeRole::App).count() >= CROWD;
    let mut tall: f64 = 0.0;
    for role in ROLES {
        let own: Vec<usize> = graph.of(role).map(|(n, _)| n).collect();
        if own.is_empty() {
            continue;
        }
        let flat = role == NodeRole::App && crowd;
        if !columns.is_empty() {
            x += between(graph, &own);
        }
        let mut y = 0.0;
        let title = own.iter().map(|n| counted(&graph.nodes[*n].signed(), LETTER[0])).fold(0.0, f64::max);
        let detail = own.iter().map(|n| counted(&graph.nodes[*n].detail, LETTER[1])).fold(0.0, f64::max);
        let inside = if flat { title + 12.0 + detail } else { title.max(detail) };
        let width = (24.0 + inside).max(counted(heading(graph, role), LETTER[1]));
        for n in &own {
            let into = graph.edges.iter().filter(|edge| edge.to == *n).count() as f64;
            // The web server's lines meet in one point; those of an application server may carry words.
            let needed = if role == NodeRole::App { into * 15.0 } else { 0.0 };
            let h = needed.max(if flat { 24.0 } else { 46.0 });
            boxes[*n] = Rect { x, y, w: width, h, flat: flat.then_some(x + title + 24.0) };
            y += h + if flat { 7.0 } else { 16.0 };
        }
        tall = tall.max(y - if flat { 7.0 } else { 16.0 });
        columns.push((role, x));
        x += width;
    }
    for role in ROLES {
        let own: Vec<usize> = graph.of(role).map(|(n, _)| n).collect();
        let bottom = own.last().map_or(0.0, |n| boxes[*n].y + boxes[*n].h);
        own.iter().for_each(|n| boxes[*n].y += TOP + (tall - bottom) / 2.0);
    }
    let lines = graph.edges.iter().enumerate().map(|(n, _)| line(graph, &boxes, n)).collect();
    Layout { width: x + EDGE, height: TOP + tall + EDGE, boxes, lines, columns }
}

/// The word above a column.
pub fn heading(graph: &Graph, role: NodeRole) -> &'static str {
    graph.language.picture.columns[role as usize]
}

fn counted(text: &str, letter: f64) -> f64 {
    text.chars().count() as f64 * letter
}

/// Room for the lines into a column: more where they fan out far, and where they carry words.
fn between(graph: &Graph, column: &[usize]) -> f64 {
    let into = graph.edges.iter().filter(|edge| column.contains(&edge.to));
    let fan = (column.len() as f64 * 4.0).min(80.0);
    56.0 + fan + words(into)
}

/// How long lines with these words go straight.
fn words<'a>(edges: impl Iterator<Item = &'a Edge>) -> f64 {
    let longest = edges.map(|edge| edge.label.chars().count()).max().unwrap_or(0);
    if longest == 0 { 0.0 } else { longest as f64 * LETTER[2] + 22.0 }
}

fn line(graph: &Graph, boxes: &[Rect], edge: usize) -> Connector {
    let this = &graph.edges[edge];
    let (from, to) = (boxes[this.from], boxes[this.to]);
    // Lines into an application server arrive one below the other, in the order of whence they come.
    let port = if graph.nodes[this.to].role == NodeRole::App {
        let into: Vec<usize> =
            graph.edges.iter().enumerate().filter(|(_, other)| other.to == this.to).map(|(n, _)| n).collect();
        let position = into.iter().position(|other| *other == edge).unwrap_or(0);
        to.h * (position as f64 + 1.0) / (into.len() as f64 + 1.0)
    } else {
        to.h / 2.0
    };
    let same = |other: &&Edge| graph.nodes[other.to].role == graph.nodes[this.to].role;
    let straight = to.x - words(graph.edges.iter().filter(same));
    Connector { from: (from.x + from.w, from.y + from.h / 2.0), straight, to: (to.x, to.y + port) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::problem::Source;
    use std::path::Path;

    fn lab(backends: usize, sites: usize) -> Graph {
        let mut text = "lab: t\nhosts:\n  web: {address: 10.0.0.1, groups: [web]}\n".to_owned();
        (0..backends).for_each(|n| text.push_str(&format!("  app{n}: {{address: 10.0.1.{n}, groups: [app]}}\n")));
        text.push_str("vars:\n  sites:\n");
        (0..sites).for_each(|n| text.push_str(&format!("    - {{domain: site{n}.lab.test, upstream: [app]}}\n")));
        Graph::new(&crate::config::inventory::parse(&Source::new("t", text), Path::new("t"), &[]).unwrap())
    }

    #[test]
    fn nothing_overlaps_and_nothing_leaves_the_page() {
        for (backends, sites) in [(1, 1), (2, 1), (3, 2), (8, 1), (9, 1), (12, 4), (30, 1), (30, 6)] {
            let graph = lab(backends, sites);
            let drawn = layout(&graph);
            for (n, a) in drawn.boxes.iter().enumerate() {
                assert!(a.x >= 0.0 && a.y >= 40.0 && a.x + a.w <= drawn.width && a.y + a.h <= drawn.height, "{a:?}");
                for b in &drawn.boxes[n + 1..] {
                    let apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
                    assert!(apart, "{backends} backends, {sites} sites: {a:?} {b:?}");
                }
            }
            assert!(
                drawn.lines.iter().all(|line| line.straight - line.from.0 >= 50.0),
                "every line leads to the right"
            );
        }
    }
}
