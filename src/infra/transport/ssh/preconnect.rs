//! Knocks at the doors of hosts while labctl still thinks. A server takes some milliseconds to greet, and a distant one is an
//! answer away: whoever logs in next takes the connection over. Nothing is said there, and nobody is logged in.

use super::dial::dial;
use super::{Ssh, SshState};
use crate::config::inventory::Host;
use crate::model::name::HostName;
use crate::model::unreachable::Unreachable;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// At how many doors: fewer than sshd lets stand about that have not logged in (MaxStartups 10:30:100), if all are one door.
const MOST: usize = 8;
/// For how long such a connection is as good as new: sshd waits two minutes for a login (LoginGraceTime), others less.
const FRESH: Duration = Duration::from_secs(5);

type Dialling = JoinHandle<Option<Result<TcpStream, Unreachable>>>;

/// The connections under way.
#[derive(Debug, Default)]
pub(super) struct Preconnect(Mutex<HashMap<HostName, (Instant, Dialling)>>);

impl Ssh {
    /// Dials the first few of these hosts in the background, for whoever opens them in the next seconds.
    pub fn preconnect<'a>(&self, hosts: impl IntoIterator<Item = &'a Host>) {
        let mut early = self.inner.early.0.lock().unwrap_or_else(PoisonError::into_inner);
        for host in hosts {
            if early.len() == MOST {
                break;
            }
            early.entry(host.name.clone()).or_insert_with(|| {
                let (inner, host) = (self.inner.clone(), host.clone());
                (Instant::now(), tokio::spawn(async move { inner.dialled(&host).await }))
            });
        }
    }
}

impl SshState {
    /// `None` where there is more to do than to dial: a bastion, or a login that cannot be resolved.
    async fn dialled(&self, host: &Host) -> Option<Result<TcpStream, Unreachable>> {
        let chain = self.resolve(host).await.ok()?;
        let [target] = &chain[..] else { return None };
        Some(dial(target, Instant::now() + target.connect_timeout).await)
    }
}

impl Preconnect {
    /// What came of the knocking at this host's door, if somebody knocked and it is not long ago.
    pub(super) async fn take(&self, host: &HostName) -> Option<Result<TcpStream, Unreachable>> {
        let (since, dialling) = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(host)?;
        if since.elapsed() > FRESH {
            dialling.abort();
            return None;
        }
        dialling.await.ok().flatten()
    }
}
