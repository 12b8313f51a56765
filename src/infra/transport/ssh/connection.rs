//! A login that stands, and is shared by all that goes through it.

use super::handler::{ConnectionFate, Watch};
use crate::model::unreachable::Endpoint;
use russh::client::Handle;
use std::fmt;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// A login that stands.
pub(super) struct SshConnection {
    pub(super) handle: Handle<Watch>,
    pub(super) told: Arc<ConnectionFate>,
    /// Where it leads.
    pub(super) place: Endpoint,
    /// Whether the login is root's.
    pub(super) root: bool,
    pub(super) sessions: Semaphore,
    /// Kept, since a tunnel lives no longer than the connection around it.
    pub(super) _via: Option<Arc<SshConnection>>,
}

impl fmt::Debug for SshConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connection({})", self.place)
    }
}
