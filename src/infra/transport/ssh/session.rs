//! A login on a host: runs commands, and asks why where one does not start.

use super::super::{Ended, Exec, Listening, Session};
use super::connection::SshConnection;
use super::exec::{Gate, attempt};
use super::startup;
use crate::model::unreachable::Lost;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// A login on a host over SSH.
#[derive(Debug, Clone)]
pub struct SshSession {
    connection: Arc<SshConnection>,
}

impl SshSession {
    pub(super) fn new(connection: Arc<SshConnection>) -> Self {
        Self { connection }
    }
}

impl Session for SshSession {
    async fn run(
        &self,
        exec: Exec,
        on_line: &mut (dyn FnMut(&[u8]) -> Listening + Send),
        cancel: &CancellationToken,
    ) -> Result<Ended, Lost> {
        match attempt(&self.connection, exec, Gate::First, on_line, cancel).await {
            Err(Lost::NotStarted { at, output, how, .. }) => {
                let line = startup::line(&self.connection, how, cancel).await.map(Box::new);
                Err(Lost::NotStarted { at, output, how, line })
            }
            ended => ended,
        }
    }
}
