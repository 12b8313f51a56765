//! Everything needed to log in to one host.

use crate::config::inventory::{HostKeys, SecretSource};
use crate::model::name::HostName;
use crate::model::unreachable::Endpoint;
use std::path::PathBuf;
use std::time::Duration;

/// A host to log in to, with every default filled in.
#[derive(Debug, Clone)]
pub(super) struct SshTarget {
    /// The inventory host that this login is for; for a bastion, the host behind it.
    pub(super) named: HostName,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) user: String,
    /// The private key that the inventory names; offered first.
    pub(super) key: Option<PathBuf>,
    /// Keys that the SSH configuration names.
    pub(super) identities: Vec<PathBuf>,
    pub(super) identities_only: bool,
    pub(super) passphrase: Option<SecretSource>,
    pub(super) password: Option<SecretSource>,
    pub(super) known_hosts: PathBuf,
    pub(super) host_keys: HostKeys,
    pub(super) connect_timeout: Duration,
    pub(super) keepalive: Duration,
}

impl SshTarget {
    /// Where it is, and whom it logs in as.
    pub(super) fn endpoint(&self) -> Endpoint {
        Endpoint { user: self.user.clone(), host: self.host.clone(), port: self.port }
    }

    /// How long it may take to connect, in milliseconds.
    pub(super) fn connect_timeout_ms(&self) -> u64 {
        u64::try_from(self.connect_timeout.as_millis()).unwrap_or(u64::MAX)
    }

    /// How long it may be silent before it is given up.
    pub(super) fn silence(&self) -> Duration {
        self.keepalive.saturating_mul(3)
    }

    /// Its address and port, for messages: `10.0.0.2:22`.
    pub(super) fn socket(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}
