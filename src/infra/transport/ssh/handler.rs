//! What an SSH connection reports on its own: the server's key, to be judged, and why it came to its end.

use super::super::Pinned;
use super::super::known_hosts::{HostKeyVerdict, Key, KnownHosts};
use super::errors::link_end;
use super::known_hosts_cache::Known;
use super::target::SshTarget;
use crate::config::inventory::HostKeys;
use crate::model::name::HostName;
use crate::model::unreachable::{Endpoint, HostKeyFailure, LinkEnd, Lost, Unreachable};
use russh::client::{DisconnectReason, Handler, Session};
use russh::keys::{HashAlg, PublicKey, PublicKeyOrCertificate};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// What was reported, for those who hold the connection.
#[derive(Debug, Default)]
pub(super) struct ConnectionFate {
    refused: Mutex<Option<Unreachable>>,
    ended: Mutex<Option<LinkEnd>>,
    banner: Mutex<String>,
}

impl ConnectionFate {
    /// Why the server's key was refused.
    pub(super) fn refused(&self) -> Option<Unreachable> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Why the connection ended.
    pub(super) fn ended(&self) -> Option<LinkEnd> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the server said last while somebody logged in: the last line, at most 200 characters of it; may be empty.
    pub(super) fn banner(&self) -> String {
        self.banner.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Why the connection ended, for a command that was running on `endpoint`.
    pub(super) fn lost(&self, endpoint: &Endpoint) -> Lost {
        Lost::Link { at: endpoint.clone(), end: self.ended().unwrap_or(LinkEnd::Unknown) }
    }
}

/// The listener that russh wants.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) target: SshTarget,
    /// What was known of the host when the connection was begun.
    pub(super) known: Arc<KnownHosts>,
    pub(super) files: Known,
    pub(super) fate: Arc<ConnectionFate>,
    /// The inventory, for whoever is told how to accept another key.
    pub(super) inventory: Option<String>,
    /// Where new keys are reported.
    pub(super) pinned: Arc<Mutex<Vec<(HostName, Pinned)>>>,
}

impl Watch {
    fn refuse(&self, why: HostKeyFailure) -> Result<bool, russh::Error> {
        let why = Unreachable::HostKey { at: self.target.endpoint(), why: Box::new(why) };
        *self.fate.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
        Err(russh::Error::UnknownKey)
    }

    fn pin(&self, key: &PublicKey) {
        let (endpoint, file) = (self.target.endpoint().to_string(), self.target.known_hosts.clone());
        let pinned = Pinned { endpoint, key: Key::of(key).to_string(), file };
        let mut all = self.pinned.lock().unwrap_or_else(PoisonError::into_inner);
        all.push((self.target.named.clone(), pinned));
    }

    async fn learn(&self, key: &PublicKey) -> io::Result<HostKeyVerdict> {
        let (file, key) = (self.target.known_hosts.clone(), key.clone());
        let (host, port) = (self.target.host.clone(), self.target.port);
        let files = self.files.clone();
        let task = tokio::task::spawn_blocking(move || files.learn(&file, &host, port, &key));
        task.await.map_err(io::Error::other).flatten()
    }
}

impl Handler for Watch {
    type Error = russh::Error;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        let SshTarget { host, port, known_hosts, host_keys, .. } = &self.target;
        let (mut verdict, print, key) = match shown {
            PublicKeyOrCertificate::PublicKey { key, .. } => {
                (self.known.check(host, *port, key), key.fingerprint(HashAlg::Sha256), Some(key))
            }
            PublicKeyOrCertificate::Certificate(certificate) => {
                let verdict = self.known.check_certificate(host, *port, certificate);
                (verdict, certificate.public_key().fingerprint(HashAlg::Sha256), None)
            }
        };
        let file = known_hosts.display().to_string();
        if let (HostKeyVerdict::Unknown, HostKeys::AcceptNew, Some(key)) = (&verdict, host_keys, key) {
            verdict = match self.learn(key).await {
                Ok(verdict) => {
                    // Another process may have been faster: then it has reported it.
                    if verdict == HostKeyVerdict::Trusted {
                        self.pin(key);
                    }
                    verdict
                }
                Err(error) => return self.refuse(HostKeyFailure::FileNotWritable { file, error: error.to_string() }),
            };
        }
        let (host, inventory, shown) = (self.target.named.clone(), self.inventory.clone(), print.to_string());
        self.refuse(match verdict {
            HostKeyVerdict::Trusted => return Ok(true),
            HostKeyVerdict::Unknown => {
                HostKeyFailure::Unknown { file, shown, skipped: self.known.skipped.clone(), host, inventory }
            }
            HostKeyVerdict::Changed { line, known } => {
                HostKeyFailure::Changed { file, line, known, shown, host, inventory }
            }
            HostKeyVerdict::Revoked { line } => HostKeyFailure::Revoked { file, line, shown },
            HostKeyVerdict::BadCertificate(error) => HostKeyFailure::Certificate { file, error },
        })
    }

    async fn auth_banner(&mut self, banner: &str, _: &mut Session) -> Result<(), russh::Error> {
        if let Some(line) = banner.lines().map(str::trim).rfind(|line| !line.is_empty()) {
            let output = line.chars().take(200).collect();
            *self.fate.banner.lock().unwrap_or_else(PoisonError::into_inner) = output;
        }
        Ok(())
    }

    async fn disconnected(&mut self, reason: DisconnectReason<russh::Error>) -> Result<(), russh::Error> {
        let (why, outcome) = match reason {
            DisconnectReason::ReceivedDisconnect(info) => {
                (LinkEnd::ByServer { output: info.message.trim().to_owned() }, Ok(()))
            }
            DisconnectReason::Error(e) => (link_end(&e, self.target.silence()), Err(e)),
        };
        *self.fate.ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
        outcome
    }
}
