//! What there is to know of a class's files.

use crate::languages::lists::listed;
use crate::model::classroom::ClassNotice;

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
