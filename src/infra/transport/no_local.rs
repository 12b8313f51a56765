//! This computer as a host, where there is no `sh`: it cannot be one, and says so.

use super::{Ended, Exec, Flow, Lost, Session, Transport, Unreachable};
use crate::config::inventory::Host;
use tokio_util::sync::CancellationToken;

/// Cannot run anything.
#[derive(Debug, Clone, Copy, Default)]
pub struct Local;

/// Never opened.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalSession;

impl Transport for Local {
    type Session = LocalSession;

    async fn open(&self, host: &Host) -> Result<LocalSession, Unreachable> {
        Err(Unreachable {
            reason: format!("{} is this computer, which has no sh", host.name),
            hints: vec!["`connection: local` needs Linux or macOS".into()],
        })
    }
}

impl Session for LocalSession {
    async fn run(
        &self,
        _: Exec,
        _: &mut (dyn FnMut(&[u8]) -> Flow + Send),
        _: &CancellationToken,
    ) -> Result<Ended, Lost> {
        Err(Lost { reason: "this computer has no sh".into() })
    }
}
