//! Chooses by host: over SSH, or on this computer.

use super::{Ended, Exec, Listening, Local, LocalSession, Pinned, Session, Ssh, SshSession, Transport};
use crate::config::inventory::{Connection, Host};
use crate::model::name::HostName;
use crate::model::unreachable::{Lost, Unreachable};
use crate::model::visitor::Indirect;
use tokio_util::sync::CancellationToken;

/// Reaches each host the way its `connection` says.
#[derive(Debug, Clone)]
pub struct Either {
    /// Opens hosts with `connection: ssh`.
    pub ssh: Ssh,
    /// Opens hosts with `connection: local`.
    pub local: Local,
}

/// A login of either kind.
#[derive(Debug, Clone)]
pub enum AnySession {
    /// A login over SSH.
    Ssh(SshSession),
    /// A shell on this computer, for `connection: local`.
    Local(LocalSession),
}

impl Transport for Either {
    type Session = AnySession;

    async fn open(&self, host: &Host) -> Result<AnySession, Unreachable> {
        match host.login.connection {
            Connection::Ssh => self.ssh.open(host).await.map(AnySession::Ssh),
            Connection::Local => self.local.open(host).await.map(AnySession::Local),
        }
    }

    fn pinned(&self, host: &HostName) -> Vec<Pinned> {
        self.ssh.pinned(host)
    }

    async fn indirect(&self, host: &Host) -> Option<Indirect> {
        match host.login.connection {
            Connection::Ssh => self.ssh.indirect(host).await,
            Connection::Local => None,
        }
    }
}

impl Session for AnySession {
    async fn run(
        &self,
        exec: Exec,
        on_line: &mut (dyn FnMut(&[u8]) -> Listening + Send),
        cancel: &CancellationToken,
    ) -> Result<Ended, Lost> {
        match self {
            Self::Ssh(session) => session.run(exec, on_line, cancel).await,
            Self::Local(session) => session.run(exec, on_line, cancel).await,
        }
    }
}
