//! YAML as a tree that remembers where in the file each value stands, so that all mistakes can be shown at once, each at
//! its location. Only this file knows the parser.

use crate::model::problem::{Location, Problems, Source};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// A value and its place in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The bytes of the file that hold it.
    pub location: Location,
    /// The value that was read there.
    pub value: Value,
}

/// What a [`Node`] can be.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value: empty, `~` or `null`.
    Null,
    /// A string, number or boolean: the text as written, and how YAML reads it.
    Scalar(String, ScalarKind),
    /// The items in the order of the file.
    List(Vec<Node>),
    /// Unique keys with their values, in the order of the file.
    Map(Vec<(Node, Node)>),
}

/// How YAML reads a scalar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ScalarKind {
    /// A string, which may be a template.
    Text,
    /// A string that is not a template, whatever braces it holds. It never comes from a file.
    Verbatim,
    /// A boolean; `yes` and `no` are strings.
    Bool(bool),
    /// A whole number that fits 64 bits.
    Integer(i64),
    /// A number with a fraction or an exponent.
    Float(f64),
}

/// Reads a text as one YAML document.
///
/// # Errors
/// The first mistake in the syntax, or every key that is written twice.
pub fn parse(source: &Arc<Source>) -> Result<Node, Problems> {
    let mut problems = Problems::default();
    let options = serde_saphyr::options! {
        strict_booleans: true,
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::PassThrough,
        budget: serde_saphyr::budget! { max_nodes: NODES.max(source.text.len()), max_depth: DEPTH, flow_nesting_limit: DEPTH },
    };
    let node = match serde_saphyr::from_str_with_options::<Spanned<Raw>>(&source.text, options) {
        Ok(raw) => Some(node(raw, source, &mut problems)),
        Err(error) => {
            let span = error.location().map_or(0..0, |at| {
                let start = at
                    .span()
                    .byte_offset()
                    .map_or_else(|| byte_of(&source.text, at.line(), at.column()), |n| usize::try_from(n).unwrap_or(0));
                start..start + 1
            });
            let error = error.without_snippet().to_string();
            let what = error.split_once(": ").map_or(error.as_str(), |(at, what)| {
                if at.starts_with("error") || at.starts_with("line") { what } else { &error }
            });
            let what = breached(what).unwrap_or_else(|| what.trim().to_owned());
            let tab = what.contains("tab").then(|| "indent with spaces: YAML does not allow tabs".to_owned());
            problems.add(&Location { source: source.clone(), span }, format!("this is not YAML: {what}"), tab);
            None
        }
    };
    problems.or(node)
}

/// The most values in one file, each use of an alias counted: an inventory of 3000 hosts has 30 000. A long file may hold
/// as many as it has bytes, so that no alias makes more of it than was written.
const NODES: usize = 200_000;
/// The deepest that values may stand in each other; ours need eight. The parser calls itself, with up to 32 KB of stack for
/// each level, and Windows has 1 MB of it.
const DEPTH: usize = 24;

/// What the parser calls a breach of its budget, in plain words.
fn breached(what: &str) -> Option<String> {
    if what.contains("budget breached: Depth") || what.contains("recursion limit exceeded") {
        return Some(format!("its values are nested more than {DEPTH} levels deep"));
    }
    what.contains("budget breached").then(|| "it holds too many values: every use of an alias counts".to_owned())
}

fn byte_of(text: &str, line: u64, column: u64) -> usize {
    let line = usize::try_from(line).unwrap_or(1).saturating_sub(1);
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let column = usize::try_from(column).unwrap_or(1).saturating_sub(1);
    start + text[start.min(text.len())..].chars().take(column).map(char::len_utf8).sum::<usize>()
}

/// What the parser hands over, before the places are put in.
enum Raw {
    Null,
    Scalar(String, ScalarKind),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<Raw>, Spanned<Raw>)>),
}

fn node(raw: Spanned<Raw>, source: &Arc<Source>, problems: &mut Problems) -> Node {
    let span = raw.referenced.span();
    let byte = |n: Option<u64>| n.and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let start = byte(span.byte_offset());
    let end = (start + byte(span.byte_len())).min(source.text.len());
    let location_of = |span| Location { source: source.clone(), span };
    let value = match raw.value {
        Raw::Null => Value::Null,
        Raw::Scalar(text, ScalarKind::Text) => Value::Scalar(text, ScalarKind::Text),
        // `1.20` stays `1.20` where a text is wanted.
        Raw::Scalar(text, kind) => {
            let written = source.text.get(start..end).map(str::trim).filter(|t| !t.is_empty() && !t.contains('*'));
            Value::Scalar(written.map_or(text, str::to_owned), kind)
        }
        Raw::List(items) => Value::List(items.into_iter().map(|item| node(item, source, problems)).collect()),
        Raw::Map(pairs) => {
            let mut seen: Vec<(Node, Node)> = Vec::new();
            let mut first: HashMap<String, usize> = HashMap::new();
            for (key, value) in pairs {
                let key = node(key, source, problems);
                let value = node(value, source, problems);
                let Some(text) = key.text() else {
                    problems.add(&key.location, "a key must be a word", None);
                    continue;
                };
                if let Some(first) = first.get(text) {
                    let line = seen[*first].0.location.line_column().0;
                    let what = format!("duplicate key `{text}` (first on line {line})");
                    problems.add(&key.location, what, Some("keep one of them".into()));
                } else {
                    first.insert(text.to_owned(), seen.len());
                    seen.push((key, value));
                }
            }
            Value::Map(seen)
        }
    };
    Node { location: location_of(start..end), value }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Raw;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("YAML")
            }
            fn visit_unit<E>(self) -> Result<Raw, E> {
                Ok(Raw::Null)
            }
            fn visit_none<E>(self) -> Result<Raw, E> {
                Ok(Raw::Null)
            }
            fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Raw, D::Error> {
                from.deserialize_any(self)
            }
            fn visit_bool<E>(self, b: bool) -> Result<Raw, E> {
                Ok(Raw::Scalar(b.to_string(), ScalarKind::Bool(b)))
            }
            fn visit_i64<E>(self, n: i64) -> Result<Raw, E> {
                Ok(Raw::Scalar(n.to_string(), ScalarKind::Integer(n)))
            }
            fn visit_u64<E: de::Error>(self, n: u64) -> Result<Raw, E> {
                Ok(i64::try_from(n).map_or_else(
                    |_| Raw::Scalar(n.to_string(), ScalarKind::Text),
                    |i| Raw::Scalar(i.to_string(), ScalarKind::Integer(i)),
                ))
            }
            fn visit_f64<E>(self, n: f64) -> Result<Raw, E> {
                Ok(Raw::Scalar(n.to_string(), ScalarKind::Float(n)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
                Ok(Raw::Scalar(text.into(), ScalarKind::Text))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Raw::List(list))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Raw, A::Error> {
                let mut map = Vec::new();
                while let Some(pair) = pairs.next_entry()? {
                    map.push(pair);
                }
                Ok(Raw::Map(map))
            }
        }
        from.deserialize_any(Any)
    }
}

impl Node {
    /// A node that no file holds, such as a default.
    pub fn made(location: &Location, value: Value) -> Self {
        Self { location: location.clone(), value }
    }

    /// The text of a scalar, as it was written.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text, _) => Some(text),
            _ => None,
        }
    }

    /// The text, if it is not a template.
    pub fn verbatim(&self) -> Option<&str> {
        self.text().filter(|_| matches!(&self.value, Value::Scalar(_, ScalarKind::Verbatim)))
    }

    /// The pairs of a map; none for anything else.
    pub fn pairs(&self) -> &[(Node, Node)] {
        match &self.value {
            Value::Map(pairs) => pairs,
            _ => &[],
        }
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The value under a key of a map.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.pairs().iter().find(|(k, _)| k.text() == Some(key)).map(|(_, v)| v)
    }

    /// A short word for what it is, for messages.
    pub fn what(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Scalar(_, ScalarKind::Text | ScalarKind::Verbatim) => "a text",
            Value::Scalar(_, ScalarKind::Bool(_)) => "true or false",
            Value::Scalar(_, ScalarKind::Integer(_) | ScalarKind::Float(_)) => "a number",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }

    /// This tree with `over` laid on it: maps are joined key by key, anything else is replaced.
    pub fn overlaid(&self, over: &Node) -> Node {
        let (Value::Map(below), Value::Map(above)) = (&self.value, &over.value) else {
            return over.clone();
        };
        let mut joined = below.clone();
        for (key, value) in above {
            match joined.iter_mut().find(|(k, _)| k.text() == key.text()) {
                Some((k, v)) => {
                    *v = v.overlaid(value);
                    *k = key.clone();
                }
                None => joined.push((key.clone(), value.clone())),
            }
        }
        Node { location: over.location.clone(), value: Value::Map(joined) }
    }
}

/// Trees serialise as the plain data they stand for, so that templates can name what is in them.
impl serde::Serialize for Node {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match &self.value {
            Value::Null => to.serialize_unit(),
            Value::Scalar(text, ScalarKind::Text | ScalarKind::Verbatim) => to.serialize_str(text),
            Value::Scalar(_, ScalarKind::Bool(b)) => to.serialize_bool(*b),
            Value::Scalar(_, ScalarKind::Integer(n)) => to.serialize_i64(*n),
            // As a text: a version 1.20 must not become 1.2.
            Value::Scalar(text, ScalarKind::Float(_)) => to.serialize_str(text),
            Value::List(items) => to.collect_seq(items),
            Value::Map(pairs) => to.collect_map(pairs.iter().map(|(k, v)| (k.text().unwrap_or_default(), v))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Node, Problems> {
        parse(&Source::new("t.yaml", text))
    }

    #[test]
    fn places_and_texts_are_those_of_the_file() {
        let node = read("a: 1\nb:\n  version: 1.20\n  'on': \"x y\"\n").unwrap();
        let version = node.get("b").unwrap().get("version").unwrap();
        assert_eq!(version.text(), Some("1.20"));
        assert_eq!(version.location.line_column(), (3, 12));
        assert_eq!(node.get("b").unwrap().get("on").unwrap().text(), Some("x y"));
    }

    #[test]
    fn every_key_that_is_written_twice_is_shown() {
        let problems = read("a: 1\na: 2\nb: {c: 1, c: 2}\n").unwrap_err();
        assert_eq!(problems.0.len(), 2, "{problems}");
        assert!(problems.to_string().contains("duplicate key `a` (first on line 1)"), "{problems}");
    }

    #[test]
    fn bad_syntax_is_a_problem_with_a_place() {
        for text in ["a: [1, 2\nb: 3\n", "a:\n\t- b\n", "a: \"x\nb: 1\n", "a: *nothing\n"] {
            let problems = read(text).unwrap_err().to_string();
            assert!(problems.contains("t.yaml:"), "{problems}");
        }
    }

    #[test]
    fn laying_over_joins_maps_and_replaces_the_rest() {
        let below = read("app: {port: 3000, name: x}\nl: [1]\n").unwrap();
        let above = read("app: {port: 8080}\nl: [2, 3]\n").unwrap();
        let json = serde_json::to_string(&below.overlaid(&above)).unwrap();
        assert_eq!(json, r#"{"app":{"port":8080,"name":"x"},"l":[2,3]}"#);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,80}", lines in proptest::collection::vec("[ a-c:#\\-\\[\\]{},&*!|>'\"\\t]{0,12}", 0..8)) {
            for text in [text, lines.join("\n")] {
                if let Err(problems) = read(&text) { let _ = problems.to_string(); }
            }
        }
    }
}
