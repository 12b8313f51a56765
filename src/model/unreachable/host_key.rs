//! Whether a host is the one that was meant.

use crate::model::name::HostName;
use serde::{Deserialize, Serialize};

/// What is wrong with a host key, or with the file of known host keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum HostKeyFailure {
    /// The file of known host keys cannot be read.
    FileUnreadable {
        /// The path of the file of known hosts.
        file: String,
        /// The operating system's error message.
        error: String,
    },
    /// A new key cannot be written into the file.
    FileNotWritable {
        /// The path of the file of known hosts.
        file: String,
        /// The operating system's error message.
        error: String,
    },
    /// Nobody has seen the host before, and with `host_keys: strict` nobody may.
    Unknown {
        /// The file that should have its key.
        file: String,
        /// The fingerprint of the key that it shows.
        shown: String,
        /// Lines of the file (from 1) that could not be read, each with why: the key may stand in one of them.
        skipped: Vec<String>,
        /// The host of the inventory that it is, or stands before.
        host: HostName,
        /// The inventory, where one is known.
        inventory: Option<String>,
    },
    /// It shows another key than the known one.
    Changed {
        /// The path of the file of known hosts.
        file: String,
        /// The line (from 1) that has the other key.
        line: usize,
        /// The fingerprint on file: `SHA256:…`.
        known: String,
        /// The fingerprint of the key that it shows.
        shown: String,
        /// The host of the inventory that it is, or stands before.
        host: HostName,
        /// The inventory, where one is known.
        inventory: Option<String>,
    },
    /// Somebody has marked its key `@revoked`.
    Revoked {
        /// The path of the file of known hosts.
        file: String,
        /// The line (from 1).
        line: usize,
        /// The fingerprint of the key.
        shown: String,
    },
    /// It shows a certificate that does not hold.
    Certificate {
        /// The file with the authorities.
        file: String,
        /// What the SSH library says of it.
        error: String,
    },
}
