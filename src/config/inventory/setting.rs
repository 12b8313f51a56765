//! Variables on the command line: `--set app.port=8080`.

use super::shapes::VARS;
use crate::config::shape::Shape;
use crate::config::yaml::{self, Node, Value};
use crate::model::problem::{Location, Problem, Problems, Source};
use std::str::FromStr;

/// One `--set`: the path of a variable and its value, such as `app.port=8080`.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting(Node);

impl Setting {
    /// The variables that it sets, as a tree to lay over others.
    pub(super) fn node(&self) -> &Node {
        &self.0
    }

    /// As the user typed it.
    pub fn written(&self) -> &str {
        self.0.location.source.name.trim_start_matches("--set ")
    }
}

/// Why a `--set` sets nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// There is no `=`.
    #[error("write it as NAME=VALUE, such as app.port=8080")]
    NoValue,
    /// An empty word in the name.
    #[error("`{0}` is not the name of a variable")]
    BadName(String),
    /// The value is not YAML, or has the wrong shape.
    #[error("{}", brief(.0))]
    BadValue(Problems),
}

/// On a command line, the value itself is all the context there is: no snippet.
fn brief(problems: &Problems) -> String {
    let brief = |problem: &Problem| match &problem.hint {
        Some(hint) => format!("{}; {hint}", problem.what),
        None => problem.what.clone(),
    };
    problems.0.iter().map(brief).collect::<Vec<_>>().join("; ")
}

impl FromStr for Setting {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, SettingError> {
        let (path, value) = text.split_once('=').ok_or(SettingError::NoValue)?;
        let source = Source::new(format!("--set {text}"), value.to_owned());
        let mut node = yaml::parse(&source).map_err(SettingError::BadValue)?;
        let location = Location { source: source.clone(), span: 0..value.len() };
        for key in path.rsplit('.') {
            if key.is_empty() {
                return Err(SettingError::BadName(path.to_owned()));
            }
            let key = Node::made(&location, Value::Scalar(key.into(), yaml::ScalarKind::Text));
            node = Node::made(&location, Value::Map(vec![(key, node)]));
        }
        let mut problems = Problems::default();
        Shape::Open(VARS).check(&node, "--set", &mut problems);
        problems.or(Some(Setting(node))).map_err(SettingError::BadValue)
    }
}
