//! What a login needs of this computer, and how a server refuses it.

use super::session::LinkEnd;
use crate::model::name::HostName;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why it is not clear how to log in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SetupFailure {
    /// The way to the host has no stations, not even the host.
    Nowhere,
    /// The inventory does not have the host.
    NotInInventory {
        /// The host.
        host: HostName,
    },
    /// The host has no address yet.
    NoAddress {
        /// The host.
        host: HostName,
    },
    /// The address is not one.
    BadAddress {
        /// As it was written.
        address: String,
    },
    /// Nobody says whom to log in as.
    NoUser {
        /// Where.
        address: String,
    },
    /// A word of a jump list is not `[user@]host[:port]`.
    BadJump {
        /// The list.
        list: String,
        /// The word.
        word: String,
    },
    /// Bastions lead to bastions without an end.
    TooManyBastions {
        /// Where to.
        address: String,
        /// How many there may be.
        most: usize,
    },
    /// `ssh -G` does not tell what the SSH configuration says.
    SshConfig {
        /// What it was asked about.
        address: String,
        /// What went wrong.
        why: SshConfigFailure,
    },
    /// The system's `ssh` cannot be started.
    NoSshClient {
        /// The system's words.
        error: String,
    },
    /// The host is this computer, which has no POSIX shell.
    NoLocalShell {
        /// The host.
        host: HostName,
    },
}

/// Why `ssh -G` gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum SshConfigFailure {
    /// It did not end: a `Match exec` may hang.
    Timeout {
        /// How long it was waited for, in seconds.
        seconds: u64,
    },
    /// It could not be run.
    NotRun {
        /// The system's words.
        error: String,
    },
    /// It found a mistake.
    Failed {
        /// Its first words; empty if it said nothing.
        said: String,
    },
}

/// A secret that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoSecret {
    /// What it is for.
    pub what: SecretUse,
    /// Why it could not be read.
    pub why: SecretFailure,
}

/// What a secret is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "use", rename_all = "snake_case")]
pub enum SecretUse {
    /// A login.
    Password {
        /// Whose.
        user: String,
    },
    /// Becoming root.
    SudoPassword {
        /// On which host.
        host: String,
    },
    /// A private key.
    Passphrase {
        /// Its file.
        key: String,
    },
}

/// In the words of a prompt.
impl fmt::Display for SecretUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password { user } => write!(f, "password of {user}"),
            Self::SudoPassword { host } => write!(f, "sudo password for {host}"),
            Self::Passphrase { key } => write!(f, "passphrase of {key}"),
        }
    }
}

/// Why a secret could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SecretFailure {
    /// The environment variable is not set.
    VariableMissing {
        /// Its name.
        name: String,
    },
    /// The environment variable is empty.
    VariableEmpty {
        /// Its name.
        name: String,
    },
    /// The environment variable is not UTF-8.
    VariableNotText {
        /// Its name.
        name: String,
    },
    /// The file cannot be read.
    FileUnreadable {
        /// The file.
        file: String,
        /// The system's words.
        error: String,
    },
    /// Others on this computer may read or change the file.
    FileOpen {
        /// The file.
        file: String,
        /// Its permission bits.
        mode: u32,
    },
    /// The first line of the file is empty.
    FileEmpty {
        /// The file.
        file: String,
    },
    /// The command did not end.
    CommandTimeout {
        /// How long it was waited for, in seconds.
        seconds: u64,
    },
    /// The command could not be run.
    CommandNotRun {
        /// The system's words.
        error: String,
    },
    /// The command failed.
    CommandFailed {
        /// How it ended: `exit status: 1`.
        status: String,
    },
    /// The command printed nothing.
    CommandEmpty,
    /// There is no terminal to ask on.
    NoTerminal,
    /// The person broke off the prompt.
    NotGiven,
    /// labctl is being stopped.
    Stopping,
}

/// Why a key file gives no key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum KeyFailure {
    /// There is no such file.
    Missing {
        /// The file.
        file: String,
    },
    /// The file cannot be read.
    Unreadable {
        /// The file.
        file: String,
        /// The system's words.
        error: String,
    },
    /// It is locked, nobody has named a passphrase, and no agent holds it.
    Locked {
        /// The file.
        file: String,
    },
    /// The passphrase does not open it.
    WrongPassphrase {
        /// The file.
        file: String,
    },
    /// The passphrase could not be read.
    NoPassphrase {
        /// Why not.
        secret: NoSecret,
    },
    /// It is not a private key that labctl can read.
    NotAKey {
        /// The file.
        file: String,
        /// What the SSH library says of it.
        error: String,
    },
}

/// Why an account may not log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountFailure {
    /// It has expired.
    Expired,
    /// The machine is starting or going down, and lets only root in.
    NotYet,
    /// For another reason, which the words tell.
    Other,
}

/// How a login failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LoginFailure {
    /// The only key that may be shown cannot be: nothing was tried.
    Key {
        /// Why not.
        key: KeyFailure,
    },
    /// The server took nothing that it was shown.
    Denied {
        /// What it was shown: files of keys, keys of the agent, `password`, `keyboard-interactive`.
        tried: Vec<String>,
        /// Keys that could not be shown.
        passed_over: Vec<KeyFailure>,
        /// The methods that the server would take.
        takes: Vec<String>,
        /// The first key of a file that it was shown.
        own_key: Option<String>,
        /// Whether a password was shown, too.
        password: bool,
    },
    /// The server ended the connection.
    HungUp {
        /// How.
        end: LinkEnd,
        /// What it was shown before.
        tried: Vec<String>,
        /// Whether it had seen too many failures.
        too_many: bool,
    },
    /// The server took what it was shown, but the account may not log in, and it hung up.
    Account {
        /// Why not.
        why: AccountFailure,
        /// Its words.
        said: String,
    },
    /// The server did not answer in time.
    Silent {
        /// How long it was waited for, in milliseconds.
        waited_ms: u64,
    },
}
