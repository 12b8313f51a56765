//! A mistake in a file that a person wrote, shown where it is: file, line, column, the line itself, and what to do.

use super::userinfo;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// A file as it was read.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// What the user calls it: a path, or `--set`.
    pub name: String,
    /// The whole text of the file.
    pub text: String,
}

impl Source {
    /// Keeps a text under the name that messages will use.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.into() })
    }
}

/// A stretch of a [`Source`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file, with its text.
    pub source: Arc<Source>,
    /// Bytes of its text.
    pub span: Range<usize>,
}

impl Location {
    /// Line and column, both counted from 1, of its beginning.
    pub fn line_column(&self) -> (usize, usize) {
        let before = &self.source.text[..floor(&self.source.text, self.span.start)];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }
}

/// The last character boundary of `text` at or before `byte`: a parser may point into the middle of a character.
fn floor(text: &str, byte: usize) -> usize {
    (0..=byte.min(text.len())).rev().find(|n| text.is_char_boundary(*n)).unwrap_or(0)
}

/// One mistake in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// File, line and column of the mistake.
    pub location: Location,
    /// What is wrong, as a lowercase fragment that names the thing.
    pub what: String,
    /// What to write instead.
    pub hint: Option<String>,
}

/// All the mistakes of a reading, in the order of the file. Never empty when it is an `Err`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Adds a mistake at this place.
    pub fn add(&mut self, location: &Location, what: impl Into<String>, hint: Option<String>) {
        self.0.push(Problem { location: location.clone(), what: what.into(), hint });
    }

    /// The value if nothing was wrong, else every mistake in the order of the file.
    ///
    /// # Errors
    /// At least one mistake was added.
    pub fn or<T>(mut self, value: Option<T>) -> Result<T, Self> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => {
                self.0.sort_by_key(|p| (p.location.source.name.clone(), p.location.span.start));
                self.0.dedup();
                Err(self)
            }
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Location { source, span } = &self.location;
        let (start, end) = (floor(&source.text, span.start), floor(&source.text, span.end));
        // The mark stays on its first line: a whole block underlined helps nobody.
        let end = source.text[start..end.max(start)].find('\n').map_or(end, |n| start + n);
        let mark = AnnotationKind::Primary.span(start..end.max(start));
        let report = Level::ERROR
            .primary_title(self.what.as_str())
            .element(Snippet::source(source.text.as_str()).path(source.name.as_str()).annotation(mark));
        let report = match &self.hint {
            Some(hint) => report.element(Level::HELP.message(hint.as_str())),
            None => report,
        };
        // The line itself may hold what nobody is to read over a shoulder.
        let mut shown = Renderer::plain().render(&[report]);
        userinfo::mask(&mut shown);
        f.write_str(&shown)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.0.iter().enumerate() {
            write!(f, "{}{problem}", if n == 0 { "" } else { "\n\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Why something that a person wrote could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A file or folder.
    #[error("cannot read {path}: {cause}")]
    File {
        /// The path as the user gave it.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// No step of that name.
    #[error("there is no step `{name}`; {hint}")]
    NoStep {
        /// The name that was looked for.
        name: String,
        /// The names that there are, or the nearest one.
        hint: String,
    },
    /// The mistakes in it.
    #[error("{0}")]
    Problems(#[from] Problems),
}

/// The one of `known` that `written` was most likely meant to be: at most one letter in three is changed, added, removed
/// or swapped with its neighbour.
pub fn did_you_mean<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|word| (strsim::osa_distance(&written.to_lowercase(), &word.to_lowercase()), word))
        .filter(|(far, word)| *far <= (word.len().max(written.len()) / 3).max(1))
        .min_by_key(|(far, _)| *far)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        assert_eq!(did_you_mean("adress", ["address", "groups"]), Some("address"));
        assert_eq!(did_you_mean("gruops", ["address", "groups"]), Some("groups"));
        assert_eq!(did_you_mean("wbe", ["web", "app1"]), Some("web"));
        assert_eq!(did_you_mean("database", ["web", "app1"]), None);
    }

    #[test]
    fn a_problem_shows_file_line_column_and_hint() {
        let source = Source::new("lab.yaml", "lab: x\nhosts: {}\n");
        let mut problems = Problems::default();
        problems.add(&Location { source, span: 7..12 }, "no hosts", Some("add one".into()));
        let shown = problems.or(Some(())).unwrap_err().to_string();
        assert!(
            shown.contains("lab.yaml:2:1") && shown.contains("hosts: {}") && shown.contains("help: add one"),
            "{shown}"
        );
    }

    #[test]
    fn places_outside_of_the_text_do_not_panic() {
        let source = Source::new("x", "ä");
        let problem = Problem { location: Location { source, span: 2..90 }, what: "w".into(), hint: None };
        assert!(problem.to_string().contains('w'));
    }
}
