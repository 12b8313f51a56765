//! Hosts behind other hosts: each bastion is logged in to once, and all hosts behind it share its connection.

use super::super::Unreachable;
use super::Inner;
use super::connection::Connection;
use super::errors::{seconds, unreachable};
use super::stream::Link;
use super::target::Target;
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
    Up(Arc<Connection>),
    Down(Instant, Unreachable),
}

/// Bastions, each logged in to once.
#[derive(Debug, Default)]
pub(super) struct Bastions(Mutex<HashMap<String, Arc<tokio::sync::Mutex<Bastion>>>>);

impl Inner {
    /// The connection to a bastion, shared by all hosts behind it. Boxed, since bastions may stand behind bastions.
    pub(super) fn bastion<'a>(
        &'a self,
        chain: &'a [Target],
    ) -> Pin<Box<dyn Future<Output = Result<Arc<Connection>, Unreachable>> + Send + 'a>> {
        Box::pin(async move {
            let key =
                chain.iter().map(|t| format!("{}\0{:?}\0{:?}", t.hop(), t.key, t.known_hosts)).collect::<Vec<_>>();
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
                    let why = Unreachable { reason: format!("on the way through a bastion: {}", why.reason), ..why };
                    *bastion = Bastion::Down(Instant::now(), why.clone());
                    Err(why)
                }
            }
        })
    }
}

/// A way from a bastion to the next place.
pub(super) async fn tunnel(target: &Target, via: &Connection, deadline: Instant) -> Result<impl Link, Unreachable> {
    let opening = via.handle.channel_open_direct_tcpip(target.host.as_str(), target.port.into(), "127.0.0.1", 0);
    let at = format!("cannot reach {target} from the bastion {}", via.place);
    match timeout_at(deadline, opening).await {
        Ok(Ok(channel)) => Ok(channel.into_stream()),
        Err(_) => Err(unreachable(
            format!("{at}: no answer within {}", seconds(target.connect_timeout)),
            ["is the machine running, and can the bastion reach that address?"],
        )),
        Ok(Err(russh::Error::ChannelOpenFailure(ChannelOpenFailure::AdministrativelyProhibited))) => Err(unreachable(
            format!("{at}: the bastion forbids forwarding"),
            ["set `AllowTcpForwarding yes` in its sshd_config"],
        )),
        Ok(Err(russh::Error::ChannelOpenFailure(_))) => Err(unreachable(
            format!("{at}: the bastion could not connect"),
            ["is the machine running, with SSH on that port?", "the name is looked up on the bastion, not here"],
        )),
        Ok(Err(_)) => Err(unreachable(via.told.lost(&via.place).reason, ["try again"])),
    }
}
