//! What ends the work on a host that was logged in to.

use super::Endpoint;
use crate::model::quote::{quote, typed};
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
    /// The user's account or password is locked, or has expired.
    Expired,
    /// sudo is not installed.
    NoSudo,
    /// sudo itself does not run: its program or its files have another owner or other rights than it takes, or cannot be read.
    Broken,
    /// The login finds no programs, not even `sh`: something sets its PATH wrongly.
    NoPrograms,
    /// It gave none of the answers above.
    Unclear,
}

/// How a script ended before its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ScriptFailure {
    /// The lab's user does not exist there.
    NoUser {
        /// The user of the login.
        user: String,
    },
    /// It is not root's: it cannot write where it must.
    NotRoot {
        /// The folder that cannot be written.
        folder: String,
    },
    /// It was told to stop while it waited for another run.
    StoppedWaiting,
    /// It stopped itself for a reason that this labctl does not know.
    Stopped {
        /// What the program printed.
        #[serde(rename = "said")]
        output: String,
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
    /// The script ended without its last word.
    BrokeOff {
        /// Its exit status, where it has one.
        status: Option<u32>,
    },
    /// The lock of the host could not be held.
    NoLock {
        /// The host, by its name.
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
        #[serde(rename = "said")]
        output: String,
    },
}

/// How a connection broke while something ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Lost {
    /// The SSH connection ended.
    Link {
        /// The SSH server at its other end.
        at: Endpoint,
        /// How the connection ended.
        end: LinkEnd,
    },
    /// The server opens no session.
    NoSession {
        /// The SSH server at its other end.
        at: Endpoint,
        /// What the SSH library says of it.
        error: String,
    },
    /// The server opens no more sessions (MaxSessions).
    NoMoreSessions {
        /// The SSH server at its other end.
        at: Endpoint,
    },
    /// The server refuses to run a command.
    CommandRefused {
        /// The SSH server at its other end.
        at: Endpoint,
    },
    /// The login shell did not get to the command. What was to be sent, a password or a script, was not.
    NotStarted {
        /// The SSH server at its other end.
        at: Endpoint,
        /// What was said last instead; may be empty.
        #[serde(rename = "said")]
        output: String,
        /// What became of the shell.
        how: ShellFailure,
        /// The line of a startup file that is to blame, if it was found.
        line: Option<Box<StartupLine>>,
    },
    /// The command was closed without an exit status.
    NoExitStatus {
        /// The SSH server at its other end.
        at: Endpoint,
    },
    /// A file of this computer that the command should get cannot be read.
    Input {
        /// The path on this computer.
        file: String,
        /// The operating system's error message.
        error: String,
    },
    /// `sh` cannot be run on this computer.
    LocalShell {
        /// The operating system's error message.
        error: String,
    },
}

/// What became of a login shell that did not get to its command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShellFailure {
    /// Something took its input and waited for more of it.
    Taken,
    /// The shell ended without running it.
    Ended,
    /// It is a program that only turns people away (`/usr/sbin/nologin`).
    NoLogin,
    /// The user must change an expired password first.
    PasswordExpired,
}

/// A line of a startup file of a login shell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartupLine {
    /// The startup file, by its full path: `/home/vera/.bashrc`.
    pub file: String,
    /// The number of the line, from 1.
    pub line: usize,
    /// The line as it stands in the file, cut to what a report can show.
    pub text: String,
}

impl StartupLine {
    /// What to type on that machine so that only the logins of people get to the line.
    pub fn guard(&self) -> String {
        let Self { file, line, .. } = self;
        let edit = match file.rsplit(['/', '.']).next() {
            Some("fish") => format!("{line}s/^ */&status is-interactive; and /"),
            Some("cshrc" | "tcshrc") => format!("{line}s/^ */&if ($?prompt) /"),
            _ => format!("{line}i case $- in *i*) ;; *) return ;; esac"),
        };
        let sudo = if file.starts_with("/etc/") { "sudo " } else { "" };
        format!("{sudo}sed -i {} {}", quote(&edit), typed(file))
    }
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
        #[serde(rename = "said")]
        output: String,
    },
    /// The connection broke in between.
    Broken {
        /// What the SSH library says of it.
        error: String,
    },
    /// It ended, and nobody said why.
    Unknown,
}
