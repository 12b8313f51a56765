//! What there is to know of a class's files.

use crate::languages::lists::listed;
use crate::model::classroom::{ClassNotice, GradebookNotice};

/// A line of its own, or to follow one.
pub fn class_notice(notice: &ClassNotice) -> String {
    match notice {
        ClassNotice::Windows1252 { file } => format!(
            "{file} is not UTF-8, and was read as the old encoding of Windows: look whether the letters with accents are right, \
             or save it as \"CSV UTF-8\""
        ),
        ClassNotice::TestStudent { file, line } => {
            format!("{file}:{line}: left out: a test student that Canvas made up, who is nobody")
        }
        ClassNotice::UnusedColumns { file, columns } => {
            let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
            format!("{file}: labctl has no use for these columns: {}", listed(&columns, ", "))
        }
    }
}

/// A line of its own, or to follow the name of the file.
pub fn gradebook_notice(notice: &GradebookNotice) -> String {
    match notice {
        GradebookNotice::NotInFile { student } => {
            format!(
                "{student} has a grade, and no row: add what the file knows them by to the roster (`lms_id`, `email`)"
            )
        }
        GradebookNotice::Ambiguous { student, lines } => {
            let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
            match &lines[..] {
                [line] => format!("line {line} could be {student}'s, or another's: add an `lms_id` to the roster"),
                _ => format!(
                    "each of the lines {} could be {student}'s: add an `lms_id` to the roster",
                    lines.join(", ")
                ),
            }
        }
        GradebookNotice::NotGraded { line, name, student: Some(student) } => {
            format!("line {line}: {name} ({student}) has no grade, and is left as they were")
        }
        GradebookNotice::NotGraded { line, name, student: None } => {
            format!("line {line}: {name} is nobody of the roster for sure, and is left as they were")
        }
        GradebookNotice::Excused { student, line } => format!("line {line}: {student} is excused, and stays so"),
        GradebookNotice::NotAssigned { student, line } => {
            format!("line {line}: {student} has not been given this assignment, and is left as they were")
        }
        GradebookNotice::AboveMaximum { student, points, maximum } => {
            format!(
                "{student} has {points} points, and the platform takes {maximum} at most: it may refuse the whole file"
            )
        }
        GradebookNotice::LettersLost { student } => format!(
            "the file is in an old encoding that lacks letters of the feedback for {student}: they became question marks; export it \
             as UTF-8"
        ),
        GradebookNotice::NoFeedbackColumn => {
            "the file has no column for feedback: let Moodle export it with feedback, or students see points only"
                .to_owned()
        }
        GradebookNotice::NotIdentified { student } => {
            format!(
                "{student} is not in the file: the roster lacks what Moodle knows the others by (`lms_id`, `email`)"
            )
        }
    }
}
