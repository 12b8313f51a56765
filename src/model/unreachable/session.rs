//! What ends the work on a host that was logged in to.

use super::Endpoint;
use serde::{Deserialize, Serialize};

/// Why there is no shell as root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RootFailure {
    /// The password is wrong.
    WrongPassword,
    /// sudo wants a password, and none is configured.
    WantsPassword,
    /// sudo wants a terminal (`requiretty`), and one did not help.
    WantsTerminal,
    /// The user may not use sudo.
    NotAllowed,
    /// sudo is not installed.
    NoSudo,
    /// It gave none of the answers above.
    Unclear,
}

/// How a script ended before its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ScriptFailure {
    /// The lab's user does not exist there.
    NoUser {
        /// The user.
        user: String,
    },
    /// It is not root's: it cannot write where it must.
    NotRoot {
        /// The folder.
        folder: String,
    },
    /// It was told to stop while it waited for another run.
    StoppedWaiting,
    /// It stopped itself for a reason that this labctl does not know.
    Stopped {
        /// Its words.
        said: String,
    },
    /// It said more than labctl listens to.
    SaidTooMuch {
        /// How much that is, in MB.
        megabytes: usize,
    },
    /// It did not answer in time, and was ended.
    GivenUp,
    /// A signal ended its shell.
    Killed {
        /// The signal, such as `KILL`.
        signal: String,
    },
    /// It broke off.
    BrokeOff {
        /// Its exit status, where it has one.
        status: Option<u32>,
    },
    /// The lock of the host could not be held.
    NoLock {
        /// The host.
        host: String,
    },
}

/// Why a file was not sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PayloadFailure {
    /// It could not be packed on this computer.
    NotPacked {
        /// What git or the system says.
        error: String,
    },
    /// It did not arrive whole.
    Incomplete {
        /// What the host said.
        said: String,
    },
}

/// How a connection broke while something ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Lost {
    /// The connection ended.
    Link {
        /// Where to.
        at: Endpoint,
        /// How.
        end: LinkEnd,
    },
    /// The server opens no session.
    NoSession {
        /// Where.
        at: Endpoint,
        /// What the SSH library says of it.
        error: String,
    },
    /// The server opens no more sessions (MaxSessions).
    NoMoreSessions {
        /// Where.
        at: Endpoint,
    },
    /// The server refuses to run a command.
    CommandRefused {
        /// Where.
        at: Endpoint,
    },
    /// The command was closed without an exit status.
    NoExitStatus {
        /// Where.
        at: Endpoint,
    },
    /// A file of this computer that the command should get cannot be read.
    Input {
        /// The file.
        file: String,
        /// The system's words.
        error: String,
    },
    /// `sh` cannot be run on this computer.
    LocalShell {
        /// The system's words.
        error: String,
    },
}

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum LinkEnd {
    /// The other side was silent for too long.
    Silent {
        /// How long, in milliseconds.
        waited_ms: u64,
    },
    /// The server said that it ends it.
    ByServer {
        /// Its words; may be empty.
        said: String,
    },
    /// It broke.
    Broken {
        /// What the SSH library says of it.
        error: String,
    },
    /// Nobody said why.
    Unknown,
}
