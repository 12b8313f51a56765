//! What a teacher wrote about a class: one lab for each of its students, what they do in it, and until when.

mod due;
mod lab;
mod late;
mod read;
mod roster;
mod shapes;
mod students;

pub use due::Due;
pub use lab::student_at;
pub use late::Late;
pub use read::{parse, read};
pub use roster::{Address, LmsIds, PublicKey, Roster, Student, parse as parse_roster, with_ids};
pub use shapes::schema;

pub(super) use roster::{CanvasRow, Column, Layout, plain, spoken};

use crate::model::name::{ClassName, StepName};
use std::path::PathBuf;

/// A class, as its file describes it.
#[derive(Debug, Clone)]
pub struct Class {
    /// Its name, from the key `class`.
    pub name: ClassName,
    /// The file it was read from.
    pub path: PathBuf,
    /// The inventory of one student's lab, from where labctl runs.
    pub inventory: PathBuf,
    /// Who is in it.
    pub roster: Roster,
    /// What they do.
    pub exercise: Option<Exercise>,
    /// How far `up` brings every lab. The rest is the lesson.
    pub start: Option<StepName>,
    /// When it is due.
    pub due: Option<Due>,
    /// What is left of points that come later, the soonest first.
    pub late: Vec<Late>,
    /// Which attempt counts.
    pub keep: Keep,
}

impl Class {
    /// When a student's work is due: their own time comes before that of all.
    pub fn due(&self, student: &Student) -> Option<Due> {
        student.due.or(self.due)
    }
}

/// Where an exercise is described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exercise {
    /// It ships with labctl, under this name.
    Shipped(String),
    /// This file, from where labctl runs.
    File(PathBuf),
}

/// Which attempt of a student counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// The one with the most points.
    Best,
    /// The last one.
    Last,
}
