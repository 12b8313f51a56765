//! A file of grades for Moodle, where nothing was exported before. Moodle refuses a whole file for one user whom it does not know,
//! so each row must be sure; and who has no grade has no row, because an empty one would take away what is there.

use super::{Grade, cell};
use crate::config::class::{Roster, Student};
use crate::config::table::written;
use crate::model::classroom::GradebookNotice;
use crate::model::name::StudentId;
use std::collections::{BTreeMap, BTreeSet};

/// A file that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// CSV in UTF-8, with commas.
    pub text: String,
    /// How many students are in it.
    pub students: usize,
    /// Who is not in it, and why.
    pub notices: Vec<GradebookNotice>,
}

/// How Moodle can be told whom a row is about: what its import form calls it, and where a student has it.
type Identity = (&'static str, fn(&Student) -> Option<&String>);

const IDENTITIES: [Identity; 3] = [
    ("ID number", |student| student.lms.number.as_ref().or(student.lms.id.as_ref())),
    ("Username", |student| student.lms.login.as_ref()),
    ("Email address", |student| student.email.as_ref()),
];

/// Grades for `Grades` / `Import` / `CSV file` of Moodle: whose it is, the points under this title, and what the student reads.
pub fn make(title: &str, roster: &Roster, grades: &BTreeMap<StudentId, Grade>) -> Made {
    let graded: Vec<(&Student, &Grade, String)> = roster
        .students
        .iter()
        .filter_map(|student| {
            let grade = grades.get(&student.id)?;
            Some((student, grade, grade.points?.to_string()))
        })
        .collect();
    // Moodle reads one identity for all; the one that most of them have.
    let had =
        |(_, identity): &&Identity| graded.iter().filter(|(student, ..)| sure(*identity, student).is_some()).count();
    let (header, identity) = IDENTITIES.iter().rev().max_by_key(had).unwrap_or(&IDENTITIES[0]);
    let with_feedback = graded.iter().any(|(_, grade, _)| grade.feedback.is_some());
    let mut text = row(&[header, &cell::harmless(title)], with_feedback.then_some("Feedback"));
    let (mut notices, mut taken) = (Vec::new(), BTreeSet::new());
    for (student, grade, points) in &graded {
        match sure(*identity, student).filter(|identity| taken.insert(*identity)) {
            Some(identity) => {
                let feedback = grade.feedback.as_deref().map(cell::harmless).unwrap_or_default();
                text.push_str(&row(&[identity, points], with_feedback.then_some(&feedback)));
            }
            None => notices.push(GradebookNotice::NotIdentified { student: student.id.clone() }),
        }
    }
    Made { text, students: taken.len(), notices }
}

/// What identifies a student, if it can stand in a file as it is.
fn sure(identity: fn(&Student) -> Option<&String>, student: &Student) -> Option<&str> {
    identity(student).map(String::as_str).filter(|text| cell::harmless(text) == *text)
}

fn row(cells: &[&str], feedback: Option<&str>) -> String {
    let cells = cells.iter().copied().chain(feedback).map(|text| written(text, false, b','));
    cells.collect::<Vec<_>>().join(",") + "\n"
}
