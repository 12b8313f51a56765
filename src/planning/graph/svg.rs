//! For a page: one SVG file that needs nothing else. Dark and light follow the reader's system.

use super::layout::{Connector, LETTER, Layout, Rect, heading, layout};
use super::{Graph, GraphNode, NodeRole};
use crate::model::page::escaped;
use std::fmt::Write;

/// The picture's style. Every rule is for this picture alone, so that it can stand in a page.
pub const CSS: &str = "\
  .lab text { font: 11px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #424a53 }
  .lab .page { fill: #ffffff } .lab .name { font-size: 16px; font-weight: 600; fill: #1f2328 }
  .lab .title { font-size: 13px; font-weight: 600; fill: #1f2328 } .lab .head { fill: #57606a }
  .lab .label { font-size: 10px }
  .lab .box { fill: #f6f8fa; stroke: #57606a; stroke-width: 1.2 }
  .lab .line { fill: none; stroke: #818b98; stroke-width: 1.3 } .lab .tip { fill: #818b98 }
  .lab .good .box { fill: #dafbe1; stroke: #1a7f37; stroke-width: 1.8 }
  .lab .bad .box { fill: #ffebe9; stroke: #cf222e; stroke-width: 2.4 }
  .lab .unsure .box { fill: #fff8c5; stroke: #9a6700; stroke-width: 1.8; stroke-dasharray: 5 3 }
  @media (prefers-color-scheme: dark) {
    .lab text { fill: #c9d1d9 } .lab .page { fill: #0d1117 } .lab .name, .lab .title { fill: #f0f6fc }
    .lab .head { fill: #9198a1 } .lab .box { fill: #161b22; stroke: #9198a1 } .lab .line { stroke: #6e7681 }
    .lab .tip { fill: #6e7681 }
    .lab .good .box { fill: #0f2d1a; stroke: #3fb950 } .lab .bad .box { fill: #3c1418; stroke: #f85149 }
    .lab .unsure .box { fill: #332701; stroke: #d29922 }
  }
";
/// Remarks are cut after this many letters.
const REMARK: usize = 110;

/// The picture as an SVG file.
pub fn svg(graph: &Graph) -> String {
    let drawn = layout(graph);
    let remarks = remarks(graph);
    let written = remarks.iter().map(|text| text.chars().count()).max().unwrap_or(0) as f64 * LETTER[1] + 48.0;
    let (width, height) = (drawn.width.max(written).max(320.0), drawn.height + remarks.len() as f64 * 18.0);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"lab\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" role=\"img\" aria-labelledby=\"lab-title lab-desc\">\n"
    );
    named(graph, &mut out);
    let _ = writeln!(out, "<style>\n{CSS}</style>");
    let _ = writeln!(out, "<rect class=\"page\" width=\"100%\" height=\"100%\"/>");
    let _ = writeln!(out, "<text class=\"name\" x=\"24\" y=\"36\">{}</text>", escaped(graph.lab.as_str()));
    heads(graph, &drawn, &mut out);
    // Lines first, then boxes, then words: nothing that is read lies under something else.
    drawn.lines.iter().for_each(|line| curve(line, &mut out));
    graph.nodes.iter().zip(&drawn.boxes).for_each(|(node, rect)| boxed(node, *rect, &mut out));
    labels(graph, &drawn, &mut out);
    for (n, remark) in remarks.iter().enumerate() {
        let y = drawn.height + n as f64 * 18.0;
        let _ = writeln!(out, "<text x=\"24\" y=\"{y:.1}\">{}</text>", escaped(remark));
    }
    out.push_str("</svg>\n");
    out
}

/// The picture for a page that moves it: without a style of its own and without remarks. Node `n` is the element `nN`
/// (its title in `.title`), edge `n` is `eN`; what moves along the edges goes into `moving`, above the lines and below the
/// boxes.
pub fn stage(graph: &Graph) -> String {
    let drawn = layout(graph);
    // What stands above the columns in a file is the page's own heading here.
    let (top, width, height) = (44.0, drawn.width.max(320.0), drawn.height - 44.0);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"lab\" viewBox=\"0 {top:.0} {width:.0} {height:.0}\" role=\"img\" \
         aria-labelledby=\"lab-title lab-desc\">\n"
    );
    named(graph, &mut out);
    heads(graph, &drawn, &mut out);
    for (n, line) in drawn.lines.iter().enumerate() {
        let _ = writeln!(out, "<g id=\"e{n}\">");
        curve(line, &mut out);
        out.push_str("</g>\n");
    }
    out.push_str("<g id=\"moving\"></g>\n");
    for (n, (node, rect)) in graph.nodes.iter().zip(&drawn.boxes).enumerate() {
        let _ = writeln!(out, "<g id=\"n{n}\">");
        boxed(node, *rect, &mut out);
        out.push_str("</g>\n");
    }
    labels(graph, &drawn, &mut out);
    out.push_str("</svg>\n");
    out
}

fn named(graph: &Graph, out: &mut String) {
    let _ = writeln!(
        out,
        "<title id=\"lab-title\">{}</title>",
        escaped(&(graph.language.picture.title)(graph.lab.as_str()))
    );
    let _ = writeln!(out, "<desc id=\"lab-desc\">{}</desc>", escaped(&described(graph)));
}

fn heads(graph: &Graph, drawn: &Layout, out: &mut String) {
    for (role, x) in &drawn.columns {
        let _ = writeln!(out, "<text class=\"head\" x=\"{x:.1}\" y=\"66\">{}</text>", heading(graph, *role));
    }
}

/// The picture in words, for whoever cannot see it.
fn described(graph: &Graph) -> String {
    let names = |role| graph.of(role).map(|(_, node)| node.title.as_str()).collect::<Vec<_>>().join(", ");
    (graph.language.picture.described)(&names(NodeRole::Domain), &names(NodeRole::Web), &names(NodeRole::App))
}

fn remarks(graph: &Graph) -> Vec<String> {
    let open = graph.nodes.iter().filter(|node| !node.why.is_empty());
    let mut remarks: Vec<String> = open
        .map(|node| format!("{}: {}", node.signed(), node.why))
        .map(|text| {
            if text.chars().count() <= REMARK {
                text
            } else {
                text.chars().take(REMARK - 1).collect::<String>() + "…"
            }
        })
        .collect();
    remarks.dedup();
    remarks
}

fn curve(line: &Connector, out: &mut String) {
    let ((x1, y1), (x2, y2)) = (line.from, line.to);
    let (middle, end) = ((x1 + line.straight) / 2.0, line.straight.min(x2 - 7.0));
    let _ = writeln!(
        out,
        "<path class=\"line\" d=\"M{x1:.1} {y1:.1}C{middle:.1} {y1:.1} {middle:.1} {y2:.1} {end:.1} {y2:.1}H{:.1}\"/>\
         <path class=\"tip\" d=\"M{x2:.1} {y2:.1}l-8 -3.5v7z\"/>",
        x2 - 7.0,
    );
}

fn boxed(node: &GraphNode, rect: Rect, out: &mut String) {
    let Rect { x, y, w, h, flat } = rect;
    let (title, detail) = (escaped(&node.signed()), escaped(&node.detail));
    let whole: Vec<&str> = [&node.title, &node.detail, &node.why]
        .into_iter()
        .map(String::as_str)
        .filter(|text| !text.is_empty())
        .collect();
    let _ = writeln!(out, "<g class=\"{}\"><title>{}</title>", node.class(), escaped(&whole.join(", ")));
    let _ =
        writeln!(out, "<rect class=\"box\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{w:.1}\" height=\"{h:.1}\" rx=\"6\"/>");
    let (left, middle) = (x + 12.0, y + h / 2.0);
    let (title_y, detail_x, detail_y) = match flat {
        Some(detail_x) => (middle + 4.5, detail_x, middle + 4.0),
        None => (middle - 3.5, left, middle + 13.5),
    };
    let _ = writeln!(out, "<text class=\"title\" x=\"{left:.1}\" y=\"{title_y:.1}\">{title}</text>");
    let _ = writeln!(out, "<text x=\"{detail_x:.1}\" y=\"{detail_y:.1}\">{detail}</text></g>");
}

fn labels(graph: &Graph, drawn: &Layout, out: &mut String) {
    for (edge, line) in graph.edges.iter().zip(&drawn.lines) {
        if !edge.label.is_empty() {
            let (x, y) = (line.to.0 - 12.0, line.to.1 + 3.5);
            let (w, label) = (edge.label.chars().count() as f64 * LETTER[2] + 6.0, escaped(&edge.label));
            let (left, top) = (x - w + 3.0, y - 9.5);
            let _ =
                writeln!(out, "<rect class=\"page\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{w:.1}\" height=\"12\"/>");
            let _ = writeln!(out, "<text class=\"label\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"end\">{label}</text>");
        }
    }
}
