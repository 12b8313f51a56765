//! How a command ends: a kind, which is the exit code; what happened; and, kept apart, what to do about it.

use crate::infra::machines::MachinesError;
use crate::model::problem::{Problems, ReadError};
use crate::model::unreachable::Unreachable;
use crate::reporting::sentences::unreachable::{hints, reason};
use std::fmt;

/// A command that could not do its own work. A failed task is not an `Error`: it is an outcome.
#[derive(Debug)]
pub struct Error {
    /// The kind, which decides the exit code.
    pub kind: ErrorKind,
    /// What happened, in one sentence.
    pub what: String,
    /// What to do about it, each in one line.
    pub hints: Vec<String>,
}

/// How a command can end other than well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A task failed, or machines could not be made.
    Failed,
    /// What the user wrote is wrong.
    Input,
    /// `check` found something that would change.
    Changes,
    /// A host could not be reached.
    Unreachable,
    /// The user interrupted it.
    Interrupted,
}

impl ErrorKind {
    /// The exit code, never 0.
    pub fn code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Input => 2,
            Self::Changes => 3,
            Self::Unreachable => 4,
            Self::Interrupted => 130,
        }
    }
}

impl Error {
    /// A mistake in what the user wrote or typed.
    pub fn input(what: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Input, what: what.into(), hints: Vec::new() }
    }

    /// Something that went wrong.
    pub fn failed(what: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Failed, what: what.into(), hints: Vec::new() }
    }

    /// Something that the user interrupted.
    pub fn interrupted(what: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Interrupted, what: what.into(), hints: Vec::new() }
    }

    /// Adds a hint on what to do.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Problems bring their own heading, place by place.
        if !self.what.starts_with("error") {
            f.write_str("error: ")?;
        }
        f.write_str(&self.what)?;
        self.hints.iter().try_for_each(|hint| write!(f, "\n  hint: {hint}"))
    }
}

impl std::error::Error for Error {}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Self::input(problems.to_string())
    }
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        let missing = matches!(&error, ReadError::File { cause, .. } if cause.kind() == std::io::ErrorKind::NotFound);
        let what = Self::input(error.to_string());
        if missing { what.hint("write an inventory to start from: labctl init") } else { what }
    }
}

impl From<MachinesError> for Error {
    fn from(error: MachinesError) -> Self {
        Self { kind: ErrorKind::Failed, what: error.reason, hints: error.hints }
    }
}

impl From<Unreachable> for Error {
    fn from(why: Unreachable) -> Self {
        Self { kind: ErrorKind::Unreachable, what: reason(&why), hints: hints(&why) }
    }
}
