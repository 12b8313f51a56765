//! Looks at the key that a host shows, without trusting it and without logging in.

use super::super::known_hosts::{HostKeyVerdict, Key, KnownHosts};
use super::bastion::tunnel;
use super::connect::config;
use super::dial::dial;
use super::errors::no_ssh;
use super::stream::{ByteStream, Wire};
use super::target::SshTarget;
use super::{Ssh, SshState};
use crate::config::inventory::Host;
use crate::model::unreachable::{HandshakeFailure, SetupFailure, Unreachable};
use russh::client::{Handler, connect_stream};
use russh::keys::{PublicKey, PublicKeyOrCertificate};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::time::{Instant, timeout_at};

/// What stands at a place on the way to a host: the key that is shown, and what is known of it.
#[derive(Debug)]
pub struct Shown {
    /// `user@host:port`: the host itself, or the first bastion before it whose key is not trusted.
    pub endpoint: String,
    /// Its name in a file of host keys.
    pub host: String,
    /// The TCP port of its SSH server.
    pub port: u16,
    /// The file of host keys that counts for it.
    pub file: PathBuf,
    /// The key that it shows (of a certificate: the key in it).
    pub key: PublicKey,
    /// What the file says of it.
    pub verdict: HostKeyVerdict,
    /// All keys that the file has for it.
    pub pinned: Vec<(usize, Key)>,
}

impl Ssh {
    /// Looks at the keys on the way to a host, up to the first that is not trusted.
    ///
    /// # Errors
    /// A place cannot be reached, or a bastion lets nobody through.
    pub async fn probe(&self, host: &Host) -> Result<Shown, Unreachable> {
        let chain = self.inner.resolve(host).await?;
        let mut upto = 1;
        loop {
            let shown = self.inner.probe(&chain[..upto]).await?;
            if shown.verdict != HostKeyVerdict::Trusted || upto == chain.len() {
                return Ok(shown);
            }
            upto += 1;
        }
    }
}

impl SshState {
    async fn probe(&self, chain: &[SshTarget]) -> Result<Shown, Unreachable> {
        let Some((target, before)) = chain.split_last() else {
            return Err(SetupFailure::Nowhere.into());
        };
        let via = match before {
            [] => None,
            _ => Some(self.bastion(before).await?),
        };
        let known = self.known_hosts(target).await?;
        let deadline = Instant::now() + target.connect_timeout;
        let seen = match &via {
            None => peek(target, &known, dial(target, deadline).await?, deadline).await?,
            Some(via) => peek(target, &known, tunnel(target, via, deadline).await?, deadline).await?,
        };
        let (key, verdict) = seen;
        let SshTarget { host, port, known_hosts, .. } = target;
        Ok(Shown {
            endpoint: target.endpoint().to_string(),
            host: host.clone(),
            port: *port,
            file: known_hosts.clone(),
            pinned: known.pinned(host, *port),
            key,
            verdict,
        })
    }
}

/// Goes as far as the server's key, and hangs up.
async fn peek(
    target: &SshTarget,
    known: &Arc<KnownHosts>,
    link: impl ByteStream,
    deadline: Instant,
) -> Result<(PublicKey, HostKeyVerdict), Unreachable> {
    let seen = Arc::default();
    let eye = Eye { target: target.clone(), known: known.clone(), seen: Arc::clone(&seen) };
    let (wire, received) = Wire::new(link, target.silence());
    let outcome = timeout_at(deadline, connect_stream(config(target, known), wire, eye)).await;
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (seen, outcome) {
        (Some(seen), _) => Ok(seen),
        (None, Ok(Err(error))) => Err(no_ssh(target, &error, &received.greeting())),
        (None, _) => {
            let why = HandshakeFailure::KeyExchangeSilent { waited_ms: target.connect_timeout_ms() };
            Err(Unreachable::Handshake { at: target.endpoint(), why })
        }
    }
}

/// The listener that only wants to see the key.
struct Eye {
    target: SshTarget,
    known: Arc<KnownHosts>,
    seen: Arc<Mutex<Option<(PublicKey, HostKeyVerdict)>>>,
}

impl Handler for Eye {
    type Error = russh::Error;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        let SshTarget { host, port, .. } = &self.target;
        let seen = match shown {
            PublicKeyOrCertificate::PublicKey { key, .. } => (key.clone(), self.known.check(host, *port, key)),
            PublicKeyOrCertificate::Certificate(certificate) => {
                let key = PublicKey::new(certificate.public_key().clone(), "");
                (key, self.known.check_certificate(host, *port, certificate))
            }
        };
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
        Ok(false)
    }
}
