//! What the controller has and a host may lack: an archive, a repository, a large file. A host says in its look what it
//! needs; only that travels, over a channel of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Something that can be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// What the host's script calls it: letters, digits, `.`, `_` and `-`.
    pub id: String,
    /// Where its bytes come from.
    pub content: Content,
}

/// What a [`Payload`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A text too large for the script.
    Text(Arc<str>),
    /// A file of the controller.
    File(PathBuf),
    /// The commits of a repository that the host lacks.
    Repository {
        /// The repository's git folder.
        git_dir: PathBuf,
        /// The commit that the host shall have.
        commit: String,
    },
}

/// A repository on the controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// Its `.git` folder, or itself if it is bare.
    pub git_dir: PathBuf,
    /// The commit that the wanted version stands for: a full hash.
    pub commit: String,
}

/// Why there is no commit to be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRepository {
    /// There is no such folder.
    #[error("there is no folder {}", .0.display())]
    NoFolder(PathBuf),
    /// It is not in stock.
    #[error("{} is not in stock", .0.display())]
    NotInStock(PathBuf),
    /// It has no such branch, tag or commit.
    #[error("{} has no branch, tag or commit `{version}`; it has: {}", .git_dir.display(), listed(.has))]
    NoVersion {
        /// The repository's git folder on this computer.
        git_dir: PathBuf,
        /// What was wanted of it.
        version: String,
        /// Its branches and tags; none in a repository without a commit.
        has: Vec<String>,
    },
    /// It could not be read, or nothing can be kept about it: in the words of git or the system.
    #[error("{0}")]
    Unusable(String),
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Why there are no archives to be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoArchives {
    /// The folder is not in stock.
    #[error("{} is not in stock", .0.display())]
    NotInStock(PathBuf),
    /// A file cannot be read.
    #[error("cannot read {}: {error}", .file.display())]
    Unreadable {
        /// Its path on this computer.
        file: PathBuf,
        /// The operating system's error message.
        error: String,
    },
    /// An archive is not what its checksum says.
    #[error("{} is damaged: its sha256 is {found}, but {} says {listed}", .archive.display(), .list.display())]
    Damaged {
        /// The archive's path on this computer.
        archive: PathBuf,
        /// Its SHA-256, in hexadecimal digits.
        found: String,
        /// The list of checksums.
        list: PathBuf,
        /// The SHA-256 that the list has for it.
        listed: String,
    },
    /// The list names no archive that is there.
    #[error("{} holds no node-v{version}-linux-*.tar.gz that SHASUMS256.txt lists", .folder.display())]
    None {
        /// The folder of that version.
        folder: PathBuf,
        /// The branch, tag or commit that was asked for.
        version: String,
    },
}

/// An archive on the controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// Its path on this computer.
    pub path: PathBuf,
    /// The architecture in its name, as Node's archives call it.
    pub arch: String,
    /// Its checksum, as listed beside it and checked.
    pub sha256: String,
}

/// What the controller has in stock. Planning asks it instead of the world, and so stays pure.
pub trait Stock {
    /// The commit of `version` in the repository or plain folder at `path`.
    ///
    /// # Errors
    /// What is wrong with the folder or the version.
    fn repository(&self, path: &Path, version: &str) -> Result<Repository, NoRepository>;

    /// The archives of Node `version` in a folder laid out like nodejs.org's.
    ///
    /// # Errors
    /// Nothing there, or a checksum that does not hold.
    fn node_archives(&self, folder: &Path, version: &str) -> Result<Vec<Archive>, NoArchives>;
}

/// An empty stock: everything comes from elsewhere.
pub struct Nothing;

impl Stock for Nothing {
    fn repository(&self, path: &Path, _: &str) -> Result<Repository, NoRepository> {
        Err(NoRepository::NotInStock(path.to_owned()))
    }

    fn node_archives(&self, folder: &Path, _: &str) -> Result<Vec<Archive>, NoArchives> {
        Err(NoArchives::NotInStock(folder.to_owned()))
    }
}
