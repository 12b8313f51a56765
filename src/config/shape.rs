//! What may stand where in a file of ours. One table is the check of what the user wrote, the words of the errors,
//! and the JSON Schema that editors read; they cannot disagree.

use crate::config::yaml::{Node, ScalarKind, Value};
use crate::model::name::machine::Rule;
use crate::model::problem::{Problems, did_you_mean};
use serde_json::{Map, json};

/// What a value may be.
#[derive(Debug)]
pub enum Shape {
    /// Any text or number, taken as a text.
    Text,
    /// A whole number in a range.
    Integer(i64, i64),
    /// A text that a machine takes for this kind of name.
    Name(&'static Rule),
    /// Such a name; or nothing, for the default.
    NameOrNone(&'static Rule),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A YAML boolean: `true` or `false`.
    Bool,
    /// A number with a unit: `30s`, `5m`, `1h`.
    Duration,
    /// A list of one shape; a single value stands for a list of one.
    List(&'static Shape),
    /// A map with these keys and no others.
    Map(&'static [Field]),
    /// A map with keys that the user chooses, all of one shape.
    Named(&'static Shape),
    /// A map with these keys, and keys of the user's own.
    Open(&'static [Field]),
    /// Any of these shapes; the first of the same kind (map, list or scalar) counts.
    Either(&'static [Shape]),
    /// Any value, not checked here.
    Any,
}

/// A key of a map.
#[derive(Debug)]
pub struct Field {
    /// The key, as written in the file.
    pub key: &'static str,
    /// What its value may be.
    pub shape: Shape,
    /// Whether it must be there.
    pub required: bool,
    /// What it means, for editors and hand-outs.
    pub doc: &'static str,
}

/// A field that may be left out.
pub const fn field(key: &'static str, shape: Shape, doc: &'static str) -> Field {
    Field { key, shape, required: false, doc }
}

/// A field that must be there.
pub const fn required(key: &'static str, shape: Shape, doc: &'static str) -> Field {
    Field { key, shape, required: true, doc }
}

impl Shape {
    /// Adds a problem for everything in `node` that does not fit. `name` is what messages call the node.
    pub fn check(&self, node: &Node, name: &str, problems: &mut Problems) {
        let mut wrong = |wanted: String, hint: Option<String>| {
            let shown = node.text().map_or_else(|| node.what().to_owned(), |text| format!("`{text}`"));
            problems.add(&node.location, format!("{} must be {wanted}, not {shown}", quoted(name)), hint);
        };
        match self {
            Shape::Any => {}
            Shape::Text if node.text().is_some() => {}
            Shape::Name(rule) if node.text().is_some_and(rule.holds) => {}
            Shape::NameOrNone(rule) if node.text().is_some_and(|text| text.is_empty() || (rule.holds)(text)) => {}
            Shape::Bool if matches!(node.value, Value::Scalar(_, ScalarKind::Bool(_))) => {}
            Shape::Integer(min, max) => match node.text().and_then(|text| text.parse::<i64>().ok()) {
                Some(n) if (*min..=*max).contains(&n) => {}
                _ => wrong(format!("a number from {min} to {max}"), None),
            },
            Shape::Duration if node.text().and_then(duration).is_some() => {}
            Shape::Choice(words) => match node.text() {
                Some(text) if words.contains(&text) => {}
                text => {
                    let hint = did_you_mean(text.unwrap_or_default(), words.iter().copied());
                    wrong(format!("one of {}", words.join(", ")), hint.map(|w| format!("did you mean `{w}`?")));
                }
            },
            Shape::List(item) => match &node.value {
                Value::List(items) => items.iter().for_each(|i| item.check(i, name, problems)),
                Value::Null => {}
                _ => item.check(node, name, problems),
            },
            Shape::Map(fields) => match &node.value {
                Value::Map(pairs) => check_map(fields, pairs, node, name, false, problems),
                _ => wrong(format!("a map with {}", keys(fields)), None),
            },
            Shape::Open(fields) => match &node.value {
                Value::Map(pairs) => check_map(fields, pairs, node, name, true, problems),
                Value::Null => {}
                _ => wrong("a map of variables".into(), None),
            },
            Shape::Named(item) => match &node.value {
                Value::Map(pairs) => {
                    for (key, value) in pairs {
                        item.check(value, key.text().unwrap_or(name), problems);
                    }
                }
                Value::Null => {}
                _ => wrong("a map of names".into(), None),
            },
            Shape::Either(shapes) => {
                let of_kind = |s: &&Shape| match (&node.value, s) {
                    (Value::Map(_), Shape::Map(_) | Shape::Named(_) | Shape::Open(_)) => true,
                    (Value::List(_), Shape::List(_)) => true,
                    (Value::Scalar(..), Shape::Map(_) | Shape::Named(_) | Shape::Open(_) | Shape::List(_)) => false,
                    (Value::Scalar(..), _) => true,
                    _ => false,
                };
                match shapes.iter().find(of_kind) {
                    // The other forms must be named as well.
                    Some(Shape::Choice(words)) if !node.text().is_some_and(|text| words.contains(&text)) => {
                        wrong(self.wanted(), None);
                    }
                    Some(shape) => shape.check(node, name, problems),
                    None => wrong(shapes.iter().map(Shape::wanted).collect::<Vec<_>>().join(" or "), None),
                }
            }
            Shape::Text | Shape::Name(_) | Shape::NameOrNone(_) | Shape::Bool | Shape::Duration => {
                wrong(self.wanted(), None)
            }
        }
    }

    fn wanted(&self) -> String {
        match self {
            Shape::Text => "a text".into(),
            Shape::Name(rule) | Shape::NameOrNone(rule) => rule.what.into(),
            Shape::Integer(min, max) => format!("a number from {min} to {max}"),
            Shape::Choice(words) => format!("one of {}", words.join(", ")),
            Shape::Bool => "true or false".into(),
            Shape::Duration => "a time such as 30s, 5m or 1h".into(),
            Shape::List(_) => "a list".into(),
            Shape::Map(fields) => format!("a map with {}", keys(fields)),
            Shape::Open(_) | Shape::Named(_) => "a map".into(),
            Shape::Either(shapes) => shapes.iter().map(Shape::wanted).collect::<Vec<_>>().join(" or "),
            Shape::Any => "anything".into(),
        }
    }

    /// The JSON Schema (draft-07, which editors understand best) of this shape.
    pub fn schema(&self) -> serde_json::Value {
        match self {
            Shape::Text | Shape::Name(_) | Shape::NameOrNone(_) => json!({"type": ["string", "number", "boolean"]}),
            Shape::Integer(min, max) => json!({"type": "integer", "minimum": min, "maximum": max}),
            Shape::Choice(words) => json!({"enum": words}),
            Shape::Bool => json!({"type": "boolean"}),
            Shape::Duration => json!({"type": "string", "pattern": "^[0-9]+(ms|s|m|h)$"}),
            Shape::List(item) => {
                json!({"anyOf": [{"type": "array", "items": item.schema()}, {"type": "null"}, item.schema()]})
            }
            Shape::Map(fields) => map_schema(fields, json!(false)),
            Shape::Open(fields) => map_schema(fields, json!(true)),
            Shape::Named(item) => json!({"type": ["object", "null"], "additionalProperties": item.schema()}),
            Shape::Either(shapes) => json!({"anyOf": shapes.iter().map(Shape::schema).collect::<Vec<_>>()}),
            Shape::Any => json!(true),
        }
    }
}

/// A key as messages show it; a whole file is named without quotes, as "the inventory".
fn quoted(name: &str) -> String {
    if name.starts_with("the ") { name.to_owned() } else { format!("`{name}`") }
}

fn check_map(fields: &[Field], pairs: &[(Node, Node)], node: &Node, name: &str, open: bool, problems: &mut Problems) {
    for (key, value) in pairs {
        let text = key.text().unwrap_or_default();
        if let Some(field) = fields.iter().find(|f| f.key == text) {
            field.shape.check(value, text, problems);
            continue;
        }
        let near = did_you_mean(text, fields.iter().map(|f| f.key));
        if open && near.is_none() {
            continue;
        }
        let hint = near.map_or_else(|| format!("known keys: {}", keys(fields)), |k| format!("did you mean `{k}`?"));
        problems.add(&key.location, format!("unknown key `{text}` in {}", quoted(name)), Some(hint));
    }
    for field in fields.iter().filter(|f| f.required) {
        if !pairs.iter().any(|(k, _)| k.text() == Some(field.key)) {
            problems.add(
                &node.location,
                format!("missing key `{}` in {}", field.key, quoted(name)),
                Some(field.doc.to_owned()),
            );
        }
    }
}

fn map_schema(fields: &[Field], more: serde_json::Value) -> serde_json::Value {
    let properties: Map<_, _> = fields
        .iter()
        .map(|f| {
            let mut schema = f.shape.schema();
            if let Some(schema) = schema.as_object_mut() {
                schema.insert("description".into(), json!(f.doc));
            }
            (f.key.to_owned(), schema)
        })
        .collect();
    let required: Vec<_> = fields.iter().filter(|f| f.required).map(|f| f.key).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": more})
}

fn keys(fields: &[Field]) -> String {
    fields.iter().map(|f| f.key).collect::<Vec<_>>().join(", ")
}

/// Reads `250ms`, `30s`, `5m` or `1h`.
pub fn duration(text: &str) -> Option<std::time::Duration> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let number: u64 = number.parse().ok()?;
    let ms = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.checked_mul(ms).map(std::time::Duration::from_millis)
}
