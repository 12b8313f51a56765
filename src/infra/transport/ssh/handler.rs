//! What an SSH connection tells on its own: the server's key, to be judged, and why it came to its end.

use super::super::known_hosts::{Key, KnownHosts, Verdict, label};
use super::super::{Lost, Pinned, Unreachable};
use super::errors::{ended_because, unreachable};
use super::known_hosts_cache::Known;
use super::target::Target;
use crate::config::inventory::HostKeys;
use crate::model::name::HostName;
use russh::client::{DisconnectReason, Handler};
use russh::keys::{HashAlg, PublicKey, PublicKeyOrCertificate};
use std::sync::{Arc, Mutex, PoisonError};

/// What was told, for those who hold the connection.
#[derive(Debug, Default)]
pub(super) struct Told {
    refused: Mutex<Option<Unreachable>>,
    ended: Mutex<Option<String>>,
}

impl Told {
    /// Why the server's key was refused.
    pub(super) fn refused(&self) -> Option<Unreachable> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Why the connection ended.
    pub(super) fn ended(&self) -> Option<String> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The same, for a command that was running on `place`.
    pub(super) fn lost(&self, place: &str) -> Lost {
        let why = self.ended().unwrap_or_else(|| "it was closed without a reason".into());
        Lost { reason: format!("the connection to {place} was lost: {why}") }
    }
}

/// The listener that russh wants.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) target: Target,
    /// What was known of the host when the connection was begun.
    pub(super) known: Arc<KnownHosts>,
    pub(super) files: Known,
    pub(super) told: Arc<Told>,
    /// What to type to accept another key.
    pub(super) trust: String,
    /// Where new keys are told of.
    pub(super) pinned: Arc<Mutex<Vec<(HostName, Pinned)>>>,
}

impl Watch {
    fn refuse(&self, why: Unreachable) -> Result<bool, russh::Error> {
        *self.told.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
        Err(russh::Error::UnknownKey)
    }

    /// The missing key may stand in a line with a typing mistake.
    fn skipped(&self) -> String {
        match self.known.skipped.as_slice() {
            [] => String::new(),
            lines => format!(" that can be read (passed over: line {})", lines.join(", line ")),
        }
    }

    fn pin(&self, key: &PublicKey) {
        let (place, file) = (self.target.hop(), self.target.known_hosts.clone());
        let pinned = Pinned { place, key: Key::of(key).to_string(), file };
        let mut all = self.pinned.lock().unwrap_or_else(PoisonError::into_inner);
        all.push((self.target.named.clone(), pinned));
    }

    async fn learn(&self, key: &PublicKey) -> Result<Verdict, String> {
        let (file, key) = (self.target.known_hosts.clone(), key.clone());
        let (host, port) = (self.target.host.clone(), self.target.port);
        let files = self.files.clone();
        let task = tokio::task::spawn_blocking(move || files.learn(&file, &host, port, &key));
        task.await.map_err(|e| e.to_string())?.map_err(|e| e.to_string())
    }
}

impl Handler for Watch {
    type Error = russh::Error;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        let Target { host, port, known_hosts, host_keys, .. } = &self.target;
        let (mut verdict, print, key) = match shown {
            PublicKeyOrCertificate::PublicKey { key, .. } => {
                (self.known.check(host, *port, key), key.fingerprint(HashAlg::Sha256), Some(key))
            }
            PublicKeyOrCertificate::Certificate(certificate) => {
                let verdict = self.known.check_certificate(host, *port, certificate);
                (verdict, certificate.public_key().fingerprint(HashAlg::Sha256), None)
            }
        };
        let file = known_hosts.display();
        if let (Verdict::Unknown, HostKeys::AcceptNew, Some(key)) = (&verdict, host_keys, key) {
            verdict = match self.learn(key).await {
                Ok(verdict) => {
                    // Another process may have been faster: then it has told.
                    if verdict == Verdict::Trusted {
                        self.pin(key);
                    }
                    verdict
                }
                Err(why) => {
                    let reason = format!("cannot keep the host key of {}: {file}: {why}", self.target);
                    return self
                        .refuse(unreachable(reason, ["make that file writable, or name another `known_hosts`"]));
                }
            };
        }
        let me = &self.target;
        let name = label(host, *port);
        self.refuse(match verdict {
            Verdict::Trusted => return Ok(true),
            Verdict::Unknown => unreachable(
                format!("the host key of {me} is not known: it shows {print}, and {file} has none{}", self.skipped()),
                [
                    format!("compare with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the machine, then add it to {file}"),
                    "or let the first key be remembered: `host_keys: accept-new`".into(),
                ],
            ),
            Verdict::Changed { line, known } => unreachable(
                format!("the host key of {me} has changed: {file}:{line} has {known}, the machine shows {print}"),
                [
                    format!("if the machine was made anew, accept its new key: {}", self.trust),
                    format!("(the same by hand: ssh-keygen -R '{name}' -f '{file}')"),
                    "if not, somebody may be in between: do not go on".into(),
                ],
            ),
            Verdict::Revoked { line } => unreachable(
                format!("the host key of {me} is revoked by {file}:{line}: {print}"),
                ["give the machine a new host key"],
            ),
            Verdict::BadCertificate(why) => unreachable(
                format!("the host certificate of {me} does not hold: {why}"),
                [format!("look at the @cert-authority lines of {file}")],
            ),
        })
    }

    async fn disconnected(&mut self, reason: DisconnectReason<russh::Error>) -> Result<(), russh::Error> {
        let (why, outcome) = match reason {
            DisconnectReason::ReceivedDisconnect(info) => {
                (format!("the server ended it: {}", info.message.trim()), Ok(()))
            }
            DisconnectReason::Error(e) => (ended_because(&e, self.target.silence()), Err(e)),
        };
        *self.told.ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
        outcome
    }
}
