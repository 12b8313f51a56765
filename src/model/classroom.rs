//! What people should know of the files of a class, and what is no mistake: whom a table names that is nobody, who could not be
//! found in it. Nothing is left out without a word.

/// What there is to know of a class's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClassNotice {
    /// A table was read as if it were of an old Windows: its letters with accents may be wrong.
    Windows1252 {
        /// The file.
        file: String,
    },
    /// A row stands for a student that a system made up: Canvas' `Student, Test`.
    TestStudent {
        /// The file.
        file: String,
        /// The row's line.
        line: usize,
    },
    /// Columns that labctl has no use for.
    UnusedColumns {
        /// The file.
        file: String,
        /// What they are called there.
        columns: Vec<String>,
    },
}
