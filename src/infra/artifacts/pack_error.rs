//! Why something cannot be packed on this computer.

use crate::config::payload::NoRepository;
use std::path::PathBuf;

/// Why something cannot be packed on this computer.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A file cannot be read or written.
    #[error("cannot pack {what}: {error}")]
    Disk {
        /// The payload's id, or the repository.
        what: String,
        /// The operating system's error.
        #[source]
        error: std::io::Error,
    },
    /// A folder for git cannot be made or opened.
    #[error("cannot {doing} {}: {error}", .folder.display())]
    Folder {
        /// `make`, `open` or `write to`.
        doing: &'static str,
        /// The folder that could not be opened or made.
        folder: PathBuf,
        /// The operating system's error.
        #[source]
        error: std::io::Error,
    },
    /// git cannot be started.
    #[error("cannot run git on this computer: {0} (a folder as `repo` needs it: install git)")]
    NoGit(#[source] std::io::Error),
    /// A git command failed.
    #[error("git {command}: {output}")]
    Git {
        /// The git subcommand, such as `bundle`.
        command: String,
        /// What git wrote to standard error.
        output: String,
    },
    /// The work was broken off.
    #[error("packing broke off: {0}")]
    BrokenOff(#[source] tokio::task::JoinError),
}

impl From<PackError> for NoRepository {
    fn from(error: PackError) -> Self {
        Self::Unusable(error.to_string())
    }
}
