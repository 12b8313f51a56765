//! Opens TCP connections: all addresses of a name, a little one after the other, and the first one wins.

use super::errors::{no_connection, no_tcp};
use super::target::SshTarget;
use crate::model::unreachable::{ConnectionFailure, Unreachable};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};

/// How much later the next address is tried (RFC 8305).
const STAGGER: Duration = Duration::from_millis(250);

/// Connects, or says why not.
pub(super) async fn dial(target: &SshTarget, deadline: Instant) -> Result<TcpStream, Unreachable> {
    let lookup = tokio::net::lookup_host((target.host.as_str(), target.port));
    let waited_ms = target.connect_timeout_ms();
    let addresses: Vec<SocketAddr> = match timeout_at(deadline, lookup).await {
        Err(_) => return Err(no_connection(target, ConnectionFailure::NameServerSilent { waited_ms })),
        Ok(Err(e)) => return Err(no_connection(target, ConnectionFailure::Unresolved { error: e.to_string() })),
        Ok(Ok(found)) => found.collect(),
    };
    match timeout_at(deadline, first(addresses)).await {
        Err(_) => Err(no_connection(target, ConnectionFailure::Silent { waited_ms })),
        Ok(Err(e)) => Err(no_tcp(target, &e)),
        Ok(Ok(tcp)) => {
            // Only speed depends on it.
            let _ = tcp.set_nodelay(true);
            Ok(tcp)
        }
    }
}

async fn first(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let mut tries = JoinSet::new();
    for (at, address) in (0u32..).zip(addresses) {
        tries.spawn(async move {
            sleep(STAGGER * at).await;
            TcpStream::connect(address).await
        });
    }
    let mut worst = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    while let Some(outcome) = tries.join_next().await {
        match outcome {
            Ok(Ok(tcp)) => return Ok(tcp),
            Ok(Err(e)) => worst = e,
            Err(e) => worst = io::Error::other(e),
        }
    }
    Err(worst)
}
