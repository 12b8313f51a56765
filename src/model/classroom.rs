//! What people should know of the files of a class, and what is no mistake: whom a table names that is nobody, who could not be
//! found in it. Nothing is left out without a word.

use super::name::StudentId;
use super::points::Points;

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

/// Who is who, between a roster and a gradebook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GradebookNotice {
    /// No row is a student's, who has a grade.
    NotInFile {
        /// The student.
        student: StudentId,
    },
    /// Several rows could be a student's, or a row could be that of several.
    Ambiguous {
        /// The student.
        student: StudentId,
        /// The lines of those rows.
        lines: Vec<usize>,
    },
    /// A row is left as it was: nobody of the roster, or nobody who has a grade.
    NotGraded {
        /// The row's line.
        line: usize,
        /// Whom it names.
        name: String,
        /// The student of the roster, if that is known.
        student: Option<StudentId>,
    },
    /// A row is left as it was: the student is excused.
    Excused {
        /// The student.
        student: StudentId,
        /// The row's line.
        line: usize,
    },
    /// A row is left as it was: the assignment is not given to this student.
    NotAssigned {
        /// The student.
        student: StudentId,
        /// The row's line.
        line: usize,
    },
    /// There are more points than the platform takes.
    AboveMaximum {
        /// The student.
        student: StudentId,
        /// The points.
        points: Points,
        /// The most that the file allows.
        maximum: Points,
    },
    /// What the file's encoding has no letters for became question marks.
    LettersLost {
        /// The student whose feedback it is.
        student: StudentId,
    },
    /// The file has no column for what was to be told to students.
    NoFeedbackColumn,
    /// A student lacks what the others are told apart by, in a file for the platform.
    NotIdentified {
        /// The student.
        student: StudentId,
    },
}
