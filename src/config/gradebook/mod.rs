//! The gradebook of a learning platform: the file that it exported, with grades filled in, every other byte as it was. It is a text
//! of the user's that is edited where it stands, as a hosts file is, with mistakes at their places: so it lives with what the
//! user wrote. `reporting` says what came of it.

mod cell;
mod columns;
mod fill;
mod moodle;
mod people;

pub use columns::Platform;
pub use moodle::{Made, make};

use crate::config::table::Table;
use crate::model::classroom::{ClassNotice, GradebookNotice};
use crate::model::name::StudentId;
use crate::model::points::Points;
use columns::Columns;

/// What a student gets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grade {
    /// None where nobody knows: that is no grade, and not the worst one.
    pub points: Option<Points>,
    /// Why, in words for the student.
    pub feedback: Option<String>,
}

/// A gradebook, as it was exported.
#[derive(Debug, Clone)]
pub struct Gradebook {
    name: String,
    table: Table,
    columns: Columns,
}

/// A gradebook with grades.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// The file.
    pub bytes: Vec<u8>,
    /// What is in it now, in the order of the file.
    pub changes: Vec<Change>,
    /// How it was read.
    pub reading: Vec<ClassNotice>,
    /// Who is not who, or was left as they were.
    pub notices: Vec<GradebookNotice>,
}

/// A cell with points that has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Whose it is.
    pub student: StudentId,
    /// Its line.
    pub line: usize,
    /// What was there.
    pub before: String,
    /// The points that are there now.
    pub points: Points,
}
