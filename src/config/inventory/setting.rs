//! Variables on the command line: `--set app.port=8080`.

use super::shapes::VARS;
use crate::config::shape::Shape;
use crate::config::yaml::{self, Node, Value};
use crate::model::problem::{Place, Problems, Source};
use std::str::FromStr;

/// `--set app.port=8080`.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting(Node);

impl Setting {
    /// The variables that it sets, as a tree to lay over others.
    pub(super) fn node(&self) -> &Node {
        &self.0
    }

    /// As the user typed it.
    pub fn written(&self) -> &str {
        self.0.place.source.name.trim_start_matches("--set ")
    }
}

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (path, value) = text.split_once('=').ok_or("write it as NAME=VALUE, such as app.port=8080")?;
        let source = Source::new(format!("--set {text}"), value.to_owned());
        // On a command line, the value itself is all the context there is: no snippet.
        let brief = |problems: Problems| {
            let brief = |p: &crate::model::problem::Problem| match &p.hint {
                Some(hint) => format!("{}; {hint}", p.what),
                None => p.what.clone(),
            };
            problems.0.iter().map(brief).collect::<Vec<_>>().join("; ")
        };
        let mut node = yaml::parse(&source).map_err(brief)?;
        let place = Place { source: source.clone(), span: 0..value.len() };
        for key in path.rsplit('.') {
            if key.is_empty() {
                return Err(format!("`{path}` is no name of a variable"));
            }
            let key = Node::made(&place, Value::Scalar(key.into(), yaml::Kind::Text));
            node = Node::made(&place, Value::Map(vec![(key, node)]));
        }
        let mut problems = Problems::default();
        Shape::Open(VARS).check(&node, "--set", &mut problems);
        problems.or(Some(Setting(node))).map_err(brief)
    }
}
