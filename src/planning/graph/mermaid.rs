//! For Markdown: GitHub, GitLab and many editors draw Mermaid.

use super::Graph;
use crate::model::page::escaped;
use std::fmt::Write;

/// The picture as a Mermaid flowchart.
pub fn mermaid(graph: &Graph) -> String {
    let mut out = String::from("flowchart LR\n");
    for (n, node) in graph.nodes.iter().enumerate() {
        let label: Vec<String> = [node.signed(), node.detail.clone(), node.why.clone()]
            .iter()
            .filter(|text| !text.is_empty())
            .map(|text| entities(text))
            .collect();
        let _ = writeln!(out, "    n{n}[\"{}\"]:::{}", label.join("<br/>"), node.class());
    }
    for edge in &graph.edges {
        let label = if edge.label.is_empty() { String::new() } else { format!("|\"{}\"|", entities(&edge.label)) };
        let _ = writeln!(out, "    n{} -->{label} n{}", edge.from, edge.to);
    }
    out.push_str("    classDef plain stroke:#57606a\n");
    if graph.nodes.iter().any(|node| node.state.is_some()) {
        out.push_str("    classDef good stroke:#1a7f37,stroke-width:2px\n");
        out.push_str("    classDef bad stroke:#cf222e,stroke-width:3px\n");
        out.push_str("    classDef unsure stroke:#9a6700,stroke-width:2px,stroke-dasharray:4\n");
    }
    out
}

/// Within quotes Mermaid knows entities, but a `#` or `;` of the text would begin or end one of its own.
fn entities(text: &str) -> String {
    let mut out = String::new();
    for role in text.split_inclusive(['#', ';', '`']) {
        let plain = role.trim_end_matches(['#', ';', '`']);
        out.push_str(&escaped(plain).replace("&#39;", "'"));
        match &role[plain.len()..] {
            "#" => out.push_str("#35;"),
            ";" => out.push_str("#59;"),
            "`" => out.push_str("#96;"),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_mermaid_are_only_text() {
        assert_eq!(entities("a\"b#c;d`<e>'f"), "a&quot;b#35;c#59;d#96;&lt;e&gt;'f");
    }
}
