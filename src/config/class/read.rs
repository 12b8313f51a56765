//! Reads a class file, with the roster that it names. Every mistake in both is shown at once.

use super::due::DueError;
use super::shapes::CLASS;
use super::{Class, Due, Exercise, Keep, Roster, late, roster, students};
use crate::config::shape::Shape;
use crate::config::yaml::{self, Node, Value};
use crate::model::name::{ClassName, HostName, NameError, StepName};
use crate::model::problem::{Problems, ReadError, Source};
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

/// Reads the class at `path`.
///
/// # Errors
/// The file cannot be read, or every mistake in it and in its roster.
pub fn read(path: &Path) -> Result<Class, ReadError> {
    let text = std::fs::read_to_string(path).map_err(|cause| ReadError::File { path: path.to_owned(), cause })?;
    Ok(parse(&Source::new(path.display().to_string(), text), path, &|path| std::fs::read(path))?)
}

/// Reads a class from its text. `open` reads the files that it names.
///
/// # Errors
/// Every mistake in it, in its roster, and in the syntax of its inventory.
pub fn parse(
    source: &Arc<Source>,
    path: &Path,
    open: &dyn Fn(&Path) -> io::Result<Vec<u8>>,
) -> Result<Class, Problems> {
    let root = yaml::parse(source)?;
    let mut reader = Reader { root: &root, path, open, problems: Problems::default() };
    Shape::Map(CLASS).check(&root, "the class", &mut reader.problems);
    let class = reader.class();
    reader.problems.or(class)
}

struct Reader<'a> {
    root: &'a Node,
    path: &'a Path,
    open: &'a dyn Fn(&Path) -> io::Result<Vec<u8>>,
    problems: Problems,
}

impl Reader<'_> {
    fn class(&mut self) -> Option<Class> {
        let name = self.name::<ClassName>("class");
        let inventory = self.root.get("inventory").and_then(|node| Some((node, self.below(node.text()?))));
        let hosts = inventory.as_ref().map(|(node, path)| self.hosts(node, path)).unwrap_or_default();
        let roster = self.roster(&hosts);
        let due = self.due();
        let rules: Vec<&Node> = self.root.get("late").map(Node::items).unwrap_or_default().iter().collect();
        let single = self.root.get("late").filter(|node| matches!(node.value, Value::Map(_)));
        let rules = if let Some(single) = single { vec![single] } else { rules };
        let late = late::read(&rules, &mut self.problems);
        // A student may have a time of their own.
        let ever_due = due.is_some()
            || self.root.get("due").is_some()
            || roster.iter().flat_map(|roster| &roster.students).any(|student| student.due.is_some());
        if let Some(node) = self.root.get("late").filter(|_| !rules.is_empty() && !ever_due) {
            let hint = "write when it is due: `due: 2026-12-04T17:00+07:00`";
            self.problems.add(&node.location, "nothing is ever late: the class has no `due`", Some(hint.into()));
        }
        let last = self.root.get("keep").and_then(Node::text) == Some("last");
        Some(Class {
            path: self.path.to_owned(),
            exercise: self.exercise(),
            start: self.name::<StepName>("start"),
            due,
            late,
            keep: if last { Keep::Last } else { Keep::Best },
            name: name?,
            inventory: inventory?.1,
            roster: roster?,
        })
    }

    /// A path that is written in the class file starts from its folder.
    fn below(&self, written: &str) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(written)
    }

    fn name<T: FromStr<Err = NameError>>(&mut self, key: &str) -> Option<T> {
        let node = self.root.get(key)?;
        let name = node.text()?.parse().map_err(|error: NameError| {
            self.problems.add(&node.location, error.to_string(), None);
        });
        name.ok()
    }

    /// The machines of the inventory, which may be columns of the roster. What else is wrong with it is told when it is read.
    fn hosts(&mut self, node: &Node, path: &Path) -> Vec<HostName> {
        let Some(bytes) = self.file(node, path) else { return Vec::new() };
        let source = Source::new(path.display().to_string(), String::from_utf8_lossy(&bytes));
        match yaml::parse(&source) {
            Ok(root) => {
                let hosts = root.get("hosts").map(Node::pairs).unwrap_or_default().iter();
                hosts.filter_map(|(key, _)| key.text()?.parse().ok()).collect()
            }
            Err(problems) => {
                self.problems.0.extend(problems.0);
                Vec::new()
            }
        }
    }

    fn file(&mut self, node: &Node, path: &Path) -> Option<Vec<u8>> {
        let bytes = (self.open)(path).map_err(|error| {
            let what = format!("cannot read {}: {error}", path.display());
            self.problems.add(&node.location, what, Some("paths start from the folder of the class file".into()));
        });
        bytes.ok()
    }

    fn roster(&mut self, hosts: &[HostName]) -> Option<Roster> {
        match (self.root.get("roster"), self.root.get("students")) {
            (Some(node), None) => {
                let path = self.below(node.text()?);
                let bytes = self.file(node, &path)?;
                let roster = roster::parse(&path.display().to_string(), &bytes, hosts);
                roster.map_err(|problems| self.problems.0.extend(problems.0)).ok()
            }
            (None, Some(list)) => Some(students::read(list, hosts, &mut self.problems)),
            (Some(_), Some(list)) => {
                let hint = "keep one of `roster:` and `students:`";
                self.problems.add(&list.location, "the students are in two places", Some(hint.into()));
                None
            }
            (None, None) => {
                let hint =
                    "write `roster: roster.csv`, which may be what Moodle or Canvas exports, or a list of `students:`";
                self.problems.add(&self.root.location, "the class has no students", Some(hint.into()));
                None
            }
        }
    }

    fn due(&mut self) -> Option<Due> {
        let node = self.root.get("due")?;
        let text = node.text()?;
        let due = text.parse().map_err(|error: DueError| {
            let what = format!("`{text}` is not a date with a time");
            self.problems.add(&node.location, what, Some(error.hint().into()));
        });
        due.ok()
    }

    fn exercise(&self) -> Option<Exercise> {
        let written = self.root.get("exercise")?.text()?;
        let is_file = written.contains(['/', '\\']) || written.ends_with(".yaml") || written.ends_with(".yml");
        Some(if is_file { Exercise::File(self.below(written)) } else { Exercise::Shipped(written.to_owned()) })
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
