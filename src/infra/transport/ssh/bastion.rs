//! Hosts behind other hosts: each bastion is logged in to once, and all hosts behind it share its connection.

use super::SshState;
use super::connection::SshConnection;
use super::stream::ByteStream;
use super::target::SshTarget;
use crate::model::unreachable::{TunnelFailure, Unreachable};
use russh::ChannelOpenFailure;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How long the failure of a bastion is the answer for the hosts behind it, which all ask at once.
const FRESH: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
enum Bastion {
    #[default]
    New,
    Up(Arc<SshConnection>),
    Down(Instant, Unreachable),
}

/// Bastions, each logged in to once.
#[derive(Debug, Default)]
pub(super) struct Bastions(Mutex<HashMap<String, Arc<tokio::sync::Mutex<Bastion>>>>);

impl SshState {
    /// The connection to a bastion, shared by all hosts behind it. Boxed, since bastions may stand behind bastions.
    pub(super) fn bastion<'a>(
        &'a self,
        chain: &'a [SshTarget],
    ) -> Pin<Box<dyn Future<Output = Result<Arc<SshConnection>, Unreachable>> + Send + 'a>> {
        Box::pin(async move {
            let key =
                chain.iter().map(|t| format!("{}\0{:?}\0{:?}", t.endpoint(), t.key, t.known_hosts)).collect::<Vec<_>>();
            let cell = {
                let mut all = self.bastions.0.lock().unwrap_or_else(PoisonError::into_inner);
                all.entry(key.join("\n")).or_default().clone()
            };
            let mut bastion = cell.lock().await;
            match &*bastion {
                Bastion::Up(connection) if !connection.handle.is_closed() => return Ok(connection.clone()),
                Bastion::Down(when, why) if when.elapsed() < FRESH => return Err(why.clone()),
                _ => {}
            }
            match self.connect(chain, None).await {
                Ok(connection) => {
                    *bastion = Bastion::Up(connection.clone());
                    Ok(connection)
                }
                Err(why) => {
                    let why = Unreachable::Bastion { why: Box::new(why) };
                    *bastion = Bastion::Down(Instant::now(), why.clone());
                    Err(why)
                }
            }
        })
    }
}

/// A way from a bastion to the next place.
pub(super) async fn tunnel(
    target: &SshTarget,
    via: &SshConnection,
    deadline: Instant,
) -> Result<impl ByteStream, Unreachable> {
    let opening = via.handle.channel_open_direct_tcpip(target.host.as_str(), target.port.into(), "127.0.0.1", 0);
    let failed = |why| Err(Unreachable::Tunnel { at: target.endpoint(), bastion: Box::new(via.endpoint.clone()), why });
    match timeout_at(deadline, opening).await {
        Ok(Ok(channel)) => Ok(channel.into_stream()),
        Err(_) => failed(TunnelFailure::Silent { waited_ms: target.connect_timeout_ms() }),
        Ok(Err(russh::Error::ChannelOpenFailure(ChannelOpenFailure::AdministrativelyProhibited))) => {
            failed(TunnelFailure::Forbidden)
        }
        Ok(Err(russh::Error::ChannelOpenFailure(_))) => failed(TunnelFailure::NoConnection),
        Ok(Err(_)) => Err(via.fate.lost(&via.endpoint).into()),
    }
}
