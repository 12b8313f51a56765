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
        /// The host, by its name in the inventory.
        host: HostName,
    },
    /// The host has no address yet.
    NoAddress {
        /// The host, by its name in the inventory.
        host: HostName,
    },
    /// The address is not one.
    BadAddress {
        /// As it was written.
        address: String,
    },
    /// Nobody says whom to log in as.
    NoUser {
        /// The address that was given.
        address: String,
    },
    /// A word of a jump list is not `[user@]host[:port]`.
    BadJump {
        /// The list of bastions, as written.
        list: String,
        /// The word in it that is none.
        word: String,
    },
    /// Bastions lead to bastions without an end.
    TooManyBastions {
        /// The address that was to be reached.
        address: String,
        /// How many there may be.
        most: usize,
    },
    /// `ssh -G` does not say what the SSH configuration means.
    SshConfig {
        /// What it was asked about.
        address: String,
        /// Why `ssh -G` gave no answer.
        why: SshConfigFailure,
    },
    /// The system's `ssh` cannot be started.
    NoSshClient {
        /// The operating system's error message.
        error: String,
    },
    /// The host is this computer, which has no POSIX shell.
    NoLocalShell {
        /// The host, by its name in the inventory.
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
        /// The operating system's error message.
        error: String,
    },
    /// It found a mistake.
    Failed {
        /// Its first words; empty if it said nothing.
        #[serde(rename = "said")]
        output: String,
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
    /// The password of a login.
    Password {
        /// The user that logs in.
        user: String,
    },
    /// The password for sudo.
    SudoPassword {
        /// The host, by its name.
        host: String,
    },
    /// The passphrase of a private key.
    Passphrase {
        /// The path of the key.
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
        /// The name of the environment variable.
        name: String,
    },
    /// The environment variable is empty.
    VariableEmpty {
        /// The name of the environment variable.
        name: String,
    },
    /// The environment variable is not UTF-8.
    VariableNotText {
        /// The name of the environment variable.
        name: String,
    },
    /// The file cannot be read.
    FileUnreadable {
        /// The path of the file.
        file: String,
        /// The operating system's error message.
        error: String,
    },
    /// Others on this computer may read or change the file.
    FileOpen {
        /// The path of the file.
        file: String,
        /// Its permission bits, such as 0o644.
        mode: u32,
    },
    /// The first line of the file is empty.
    FileEmpty {
        /// The path of the file.
        file: String,
    },
    /// The command did not end.
    CommandTimeout {
        /// How long it was waited for, in seconds.
        seconds: u64,
    },
    /// The command could not be run.
    CommandNotRun {
        /// The operating system's error message.
        error: String,
    },
    /// The command ended with an error.
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
        /// The path of the file.
        file: String,
    },
    /// The file cannot be read.
    Unreadable {
        /// The path of the file.
        file: String,
        /// The operating system's error message.
        error: String,
    },
    /// It is locked, nobody has named a passphrase, and no agent holds it.
    Locked {
        /// The path of the file.
        file: String,
    },
    /// The passphrase does not open it.
    WrongPassphrase {
        /// The path of the file.
        file: String,
    },
    /// The passphrase could not be read.
    NoPassphrase {
        /// Why there is no secret, or no key.
        secret: NoSecret,
    },
    /// It is not a private key that labctl can read.
    NotAKey {
        /// The path of the file.
        file: String,
        /// What the SSH library says of it.
        error: String,
    },
}

/// Why an account may not log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountFailure {
    /// Its expiry date (`chage -E`) has passed.
    Expired,
    /// The machine is starting or going down, and lets only root in.
    NotYet,
    /// For another reason, which is in the words.
    Other,
}

/// How a login failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LoginFailure {
    /// The only key that may be shown cannot be: nothing was tried.
    Key {
        /// Why there is no secret, or no key.
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
        /// How the connection ended.
        end: LinkEnd,
        /// What it was shown before.
        tried: Vec<String>,
        /// Whether it had seen too many failures.
        too_many: bool,
    },
    /// The server took what it was shown, but the account may not log in, and it hung up.
    Account {
        /// Why the account cannot log in.
        why: AccountFailure,
        /// What the server said about it; a recording calls it `said`.
        #[serde(rename = "said")]
        output: String,
    },
    /// The server did not answer in time.
    Silent {
        /// How long it was waited for, in milliseconds.
        waited_ms: u64,
    },
}
