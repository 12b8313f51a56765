//! An established login, shared by all the sessions that run over it.

use super::handler::{ConnectionFate, Watch};
use crate::model::unreachable::Endpoint;
use russh::client::Handle;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// An authenticated SSH connection.
pub(super) struct SshConnection {
    pub(super) handle: Handle<Watch>,
    pub(super) fate: Arc<ConnectionFate>,
    /// The host it leads to, as `user@host:port`, for messages.
    pub(super) endpoint: Endpoint,
    /// Whether the user is root, for whom sshd passes on no signals.
    pub(super) root: bool,
    /// How long a login shell may take to get to a command: its startup files may load much on a busy machine.
    pub(super) startup: Duration,
    pub(super) sessions: Semaphore,
    /// Keeps the connection to the bastion open, since a tunnel ends with it.
    pub(super) _via: Option<Arc<SshConnection>>,
}

impl fmt::Debug for SshConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connection({})", self.endpoint)
    }
}
