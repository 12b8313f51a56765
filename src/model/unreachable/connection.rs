//! From this computer to the SSH server: TCP, perhaps through a bastion, and the first words of SSH.

use serde::{Deserialize, Serialize};

/// Why there is no TCP connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ConnectionFailure {
    /// The name does not resolve.
    Unresolved {
        /// The resolver's error message.
        error: String,
    },
    /// The name server did not answer in time.
    NameServerSilent {
        /// How long it was waited for, in milliseconds.
        waited_ms: u64,
    },
    /// The machine is up, and nothing listens on the port.
    Refused,
    /// Nothing came back within the deadline.
    Silent {
        /// How long it was waited for, in milliseconds.
        waited_ms: u64,
    },
    /// No route leads there.
    NoRoute {
        /// The operating system's error message.
        error: String,
    },
    /// This computer forbids the connection.
    Forbidden {
        /// The operating system's error message.
        error: String,
    },
    /// Another error of the network, or of SSH.
    Other {
        /// The operating system's error message.
        error: String,
    },
}

/// Why a bastion does not lead on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TunnelFailure {
    /// The host behind it did not answer in time.
    Silent {
        /// How long it was waited for, in milliseconds.
        waited_ms: u64,
    },
    /// The bastion forbids forwarding.
    Forbidden,
    /// The bastion could not connect.
    NoConnection,
}

/// Why no encrypted connection came of a TCP connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum HandshakeFailure {
    /// It accepted the connection, but never greeted.
    NoGreeting {
        /// How long it was waited for, in milliseconds.
        waited_ms: u64,
    },
    /// It greeted, but the key exchange did not end.
    KeyExchangeSilent {
        /// How long it was waited for, in milliseconds.
        waited_ms: u64,
    },
    /// It closed the connection without a word.
    ClosedAtOnce {
        /// What the SSH library says of it.
        error: String,
    },
    /// Too many logins are under way there (MaxStartups).
    TooManyLogins {
        /// What it said instead of a greeting.
        #[serde(rename = "said")]
        output: String,
    },
    /// It bars this computer for a while (PerSourcePenalties).
    Barred {
        /// What it said instead of a greeting.
        #[serde(rename = "said")]
        output: String,
    },
    /// It is not an SSH server.
    NotSsh {
        /// What it said first.
        #[serde(rename = "said")]
        output: String,
    },
    /// It offers no algorithm that labctl trusts.
    NoAlgorithm {
        /// The kind of algorithm, as the SSH library calls it: `Cipher`, `Kex`, …
        algorithm: String,
        /// The algorithms that the server offers.
        offered: Vec<String>,
    },
    /// Another error of the network, or of SSH.
    Other {
        /// What the SSH library says of it.
        error: String,
        /// What the other side said.
        #[serde(rename = "said")]
        output: String,
    },
}
