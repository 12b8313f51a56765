//! Who is in a class: what a learning platform exports, or what a teacher wrote.

mod cell;
mod columns;
mod duplicates;
mod ids;
mod layout;
mod student;
mod table;
mod write_ids;

pub use student::{Address, LmsIds, PublicKey, Student};
pub use table::parse;
pub use write_ids::with_ids;

pub(super) use cell::Cell;
pub(super) use columns::{KEYS, of_key};
pub(super) use student::roster;
pub(in crate::config) use {
    columns::{Column, plain},
    layout::{CanvasRow, Layout, spoken},
};

use crate::model::classroom::ClassNotice;
use crate::model::name::StudentId;

/// The students of a class, in the order of the file.
#[derive(Debug, Clone)]
pub struct Roster {
    /// All of them, also those who are skipped.
    pub students: Vec<Student>,
    /// What there is to know of its reading.
    pub notices: Vec<ClassNotice>,
}

impl Roster {
    /// The student of that id.
    pub fn student(&self, id: &StudentId) -> Option<&Student> {
        self.students.iter().find(|student| &student.id == id)
    }
}
