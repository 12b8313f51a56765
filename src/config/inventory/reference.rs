//! The inventory reference as Markdown, made from the table that reading checks against and from the shipped defaults.

use super::shapes::{HOST, INVENTORY, SITE, SSH, VARS};
use crate::config::shape::{Field, Shape};
use crate::config::yaml::{self, Node};
use crate::model::problem::Source;

/// Every key that an inventory may hold: one section for each map, one row for each key with its type, its default and
/// what it means. `docs/inventory.md` holds this text.
pub fn reference() -> String {
    let source = Source::new("defaults.yaml", include_str!("defaults.yaml"));
    let defaults = yaml::parse(&source).ok();
    let mut page = String::new();
    section(&mut page, "The file", INVENTORY, None);
    section(&mut page, "A host", HOST, None);
    section(&mut page, "A login: `ssh`", SSH, None);
    section(&mut page, "Variables: `vars`", VARS, defaults.as_ref());
    section(&mut page, "A site", SITE, None);
    page
}

fn section(page: &mut String, title: &str, fields: &[Field], defaults: Option<&Node>) {
    let (head, line) = if defaults.is_some() {
        ("| key | value | default | means |", "|---|---|---|---|")
    } else {
        ("| key | value | means |", "|---|---|---|")
    };
    page.push_str(&format!("\n### {title}\n\n{head}\n{line}\n"));
    rows(page, "", fields, defaults.is_some(), defaults);
}

/// Maps with keys of their own are written out as `outer.inner`, unless they have a section.
fn rows(page: &mut String, outer: &str, fields: &[Field], with_default: bool, defaults: Option<&Node>) {
    for field in fields {
        let key = format!("{outer}{}", field.key);
        let default = defaults.and_then(|node| node.get(field.key));
        let inner = match &field.shape {
            Shape::Map(inner) if !matches!(field.key, "ssh" | "vars") => Some(*inner),
            _ => None,
        };
        let needed = if field.required { " (required)" } else { "" };
        let default_cell = match default.and_then(Node::text) {
            Some("") => "none | ".to_owned(),
            Some(text) => format!("`{text}` | "),
            None if with_default => " | ".to_owned(),
            None => String::new(),
        };
        let row = format!("| `{key}`{needed} | {} | {default_cell}{} |\n", value(field), field.doc);
        page.push_str(&row.replace("|  |", "| |"));
        if let Some(inner) = inner {
            rows(page, &format!("{key}."), inner, with_default, default);
        }
    }
}

fn value(field: &Field) -> String {
    match (field.key, &field.shape) {
        ("ssh", _) => "a [login](#a-login-ssh)".into(),
        ("vars", _) => "[variables](#variables-vars)".into(),
        ("hosts", _) => "a map of names, each with a [host](#a-host)".into(),
        ("groups", Shape::Named(_)) => "a map of names, each with `ssh` and `vars`".into(),
        ("sites", _) => "a list of [sites](#a-site)".into(),
        (_, shape) => kind(shape),
    }
}

fn kind(shape: &Shape) -> String {
    match shape {
        Shape::Text => "text".into(),
        Shape::Name(rule) => rule.what.into(),
        Shape::NameOrNone(rule) => format!("{}; or empty", rule.what),
        Shape::Integer(min, max) => format!("{min} to {max}"),
        Shape::Choice(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        Shape::Bool => "`true` or `false`".into(),
        Shape::Duration => "a time, such as 250ms, 30s, 5m or 1h".into(),
        Shape::List(item) => format!("{}; several as a list", kind(item)),
        Shape::Map(fields) => {
            let keys: Vec<String> = fields.iter().map(|field| format!("`{}`", field.key)).collect();
            format!("a map with {}", keys.join(", "))
        }
        Shape::Open(_) | Shape::Named(_) => "a map".into(),
        Shape::Either(shapes) => shapes.iter().map(kind).collect::<Vec<_>>().join("; or "),
        Shape::Any => "anything".into(),
    }
}
