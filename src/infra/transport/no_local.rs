//! This computer as a host on systems without `sh`: every attempt is refused with an error that says so.

use super::{Ended, Exec, Listening, Session, Transport};
use crate::config::inventory::Host;
use crate::model::unreachable::{Lost, SetupFailure, Unreachable};
use tokio_util::sync::CancellationToken;

/// Stands in for the local transport where there is no POSIX shell, and refuses every command.
#[derive(Debug, Clone, Copy, Default)]
pub struct Local;

/// The session of that transport, which is never opened.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalSession;

impl Transport for Local {
    type Session = LocalSession;

    async fn open(&self, host: &Host) -> Result<LocalSession, Unreachable> {
        Err(SetupFailure::NoLocalShell { host: host.name.clone() }.into())
    }
}

impl Session for LocalSession {
    async fn run(
        &self,
        _: Exec,
        _: &mut (dyn FnMut(&[u8]) -> Listening + Send),
        _: &CancellationToken,
    ) -> Result<Ended, Lost> {
        Err(Lost::LocalShell { error: "there is none".into() })
    }
}
