//! From a target to an open connection: TCP or a bastion's tunnel, key exchange, login; all within one deadline.

use super::super::known_hosts::KnownHosts;
use super::SshState;
use super::auth::log_in;
use super::bastion::tunnel;
use super::connection::SshConnection;
use super::dial::dial;
use super::errors::{MAX_STARTUPS, PENALTY, no_ssh};
use super::handler::{ConnectionFate, Watch};
use super::login_deadline::Pace;
use super::stream::{ByteStream, Wire};
use super::target::SshTarget;
use crate::model::unreachable::{HandshakeFailure, HostKeyFailure, SetupFailure, Unreachable};
use russh::client::{Config, Handle, connect_stream};
use russh::keys::Algorithm;
use russh::{Preferred, cipher};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

/// sshd begins to drop connections at ten that have not logged in (MaxStartups 10:30:100).
const LOGINS: usize = 8;
/// More at once than this fail now and then: sshd clears away ended sessions late (MaxSessions 10).
const SESSIONS: usize = 4;
/// One window for a link of 1 Gbit/s at 60 ms.
const WINDOW: u32 = 8 << 20;
/// How often a server is asked again that hung up without a word: it may be busy, or never say more.
const SILENT_TRIES: usize = 2;
/// How long a server is asked again that says it has too many logins. It lives, so the deadline of one try does not apply.
const PATIENCE: Duration = Duration::from_secs(30);
/// The first pause before another try, and the longest. Each is varied by half, lest all who were sent away return at once.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(3)];

/// Counts the logins under way at each SSH server, by its address.
#[derive(Debug, Default)]
pub(super) struct LoginLimits(Mutex<HashMap<String, Arc<Semaphore>>>);

impl LoginLimits {
    fn at(&self, address: &str) -> Arc<Semaphore> {
        let mut limits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        limits.entry(address.into()).or_insert_with(|| Arc::new(Semaphore::new(LOGINS))).clone()
    }
}

impl SshState {
    /// Logs in to the last target of a chain, perhaps over a connection that was dialled already.
    pub(super) async fn connect(
        &self,
        chain: &[SshTarget],
        dialled: Option<TcpStream>,
    ) -> Result<Arc<SshConnection>, Unreachable> {
        let Some((target, before)) = chain.split_last() else {
            return Err(SetupFailure::Nowhere.into());
        };
        let credentials = self.credentials(target).await?;
        let via = match before.last() {
            Some(_) => Some(self.bastion(before).await?),
            None => None,
        };
        let known = self.known_hosts(target).await?;
        let address = via.as_ref().map_or_else(|| target.socket(), |via| via.endpoint.to_string());
        let gate = self.gates.at(&address);
        // Only fails for a closed semaphore, and nobody closes it.
        let _permit: Option<SemaphorePermit<'_>> = gate.acquire().await.ok();
        let (mut handle, fate, pace) = self.greet(target, &known, via.as_deref(), dialled).await?;
        log_in(&mut handle, target, credentials, &fate, &pace).await?;
        let sessions = Semaphore::new(SESSIONS);
        Ok(Arc::new(SshConnection {
            startup: target.connect_timeout * 2,
            handle,
            fate,
            endpoint: target.endpoint(),
            root: target.user == "root",
            sessions,
            _via: via,
        }))
    }

    pub(super) async fn known_hosts(&self, target: &SshTarget) -> Result<Arc<KnownHosts>, Unreachable> {
        let (known, file) = (self.known.clone(), target.known_hosts.clone());
        let (host, port) = (target.host.clone(), target.port);
        let read = tokio::task::spawn_blocking(move || known.about(&file, &host, port)).await;
        read.map_err(std::io::Error::other).flatten().map(Arc::new).map_err(|e| {
            let file = target.known_hosts.display().to_string();
            let why = Box::new(HostKeyFailure::FileUnreadable { file, error: e.to_string() });
            Unreachable::HostKey { at: target.endpoint(), why }
        })
    }
}

struct Failed {
    why: Unreachable,
    /// What the server said first: nothing, where it hung up without a word.
    greeting: Vec<u8>,
    /// Whether it was the server that ended it.
    hung_up: bool,
}

type Shaken = (Handle<Watch>, Arc<ConnectionFate>, Pace);

impl SshState {
    /// Comes to an agreement on keys with a server, which may be too busy for the first try. Also says how long the
    /// login may take.
    async fn greet(
        &self,
        target: &SshTarget,
        known: &Arc<KnownHosts>,
        via: Option<&SshConnection>,
        mut dialled: Option<TcpStream>,
    ) -> Result<Shaken, Unreachable> {
        let patience = Instant::now() + PATIENCE;
        let [mut pause, longest] = PAUSES;
        let mut silent = 0;
        loop {
            let deadline = Instant::now() + target.connect_timeout;
            let shaken = match via {
                None => {
                    let tcp = match dialled.take() {
                        Some(tcp) => tcp,
                        None => dial(target, deadline).await?,
                    };
                    self.shake_hands(target, known, tcp, deadline).await
                }
                Some(via) => self.shake_hands(target, known, tunnel(target, via, deadline).await?, deadline).await,
            };
            let failed = match shaken {
                Ok(shaken) => return Ok(shaken),
                Err(failed) => failed,
            };
            let again = Instant::now() + pause.mul_f64(0.5 + fastrand::f64());
            let hopeful = if failed.greeting.is_empty() {
                silent += 1;
                failed.hung_up && silent <= SILENT_TRIES
            } else {
                [MAX_STARTUPS, PENALTY].iter().any(|words| failed.greeting.starts_with(words)) && again < patience
            };
            if !hopeful {
                return Err(failed.why);
            }
            sleep_until(again).await;
            pause = longest.min(pause * 2);
        }
    }

    async fn shake_hands(
        &self,
        target: &SshTarget,
        known: &Arc<KnownHosts>,
        link: impl ByteStream,
        deadline: Instant,
    ) -> Result<Shaken, Failed> {
        let fate = Arc::new(ConnectionFate::default());
        let watch = Watch {
            target: target.clone(),
            known: known.clone(),
            files: self.known.clone(),
            fate: fate.clone(),
            inventory: self.inventory.as_ref().map(|path| path.display().to_string()),
            pinned: self.pinned.clone(),
        };
        let (wire, received) = Wire::new(link, target.silence());
        let pace = Pace::new(received.clone(), target.connect_timeout, deadline);
        let outcome = pace.within(connect_stream(config(target, known), wire, watch)).await;
        let greeting = received.greeting();
        match outcome {
            Ok(Ok(handle)) => Ok((handle, fate, pace)),
            Ok(Err(e)) => {
                let why = fate.refused().unwrap_or_else(|| no_ssh(target, &e, &greeting));
                Err(Failed { why, greeting, hung_up: true })
            }
            Err(_) => {
                let waited_ms = target.connect_timeout_ms();
                let why = match greeting.is_empty() {
                    true => HandshakeFailure::NoGreeting { waited_ms },
                    false => HandshakeFailure::KeyExchangeSilent { waited_ms },
                };
                let why = Unreachable::Handshake { at: target.endpoint(), why };
                Err(Failed { why, greeting, hung_up: false })
            }
        }
    }
}

pub(super) fn config(target: &SshTarget, known: &KnownHosts) -> Arc<Config> {
    let mut preferred = Preferred::default();
    let usual = preferred.key.to_vec();
    let mut first: Vec<Algorithm> = known.algorithms(&target.host, target.port);
    // A key kind that russh cannot verify (a security key, say) must not be asked for.
    first.retain(|algorithm| usual.contains(algorithm));
    first.extend(usual.iter().filter(|algorithm| !first.contains(algorithm)).cloned().collect::<Vec<_>>());
    if known.has_authority(&target.host, target.port) {
        preferred.host_key_certificates = usual.into();
    }
    preferred.key = first.into();
    if aes_in_hardware() {
        let mut ciphers = preferred.cipher.to_vec();
        ciphers.sort_by_key(|name| *name != cipher::AES_256_GCM);
        preferred.cipher = ciphers.into();
    }
    Arc::new(Config {
        preferred,
        window_size: WINDOW,
        keepalive_interval: Some(target.keepalive),
        // Not counted: the answer may come late over a slow link, and `Wire` knows how late.
        keepalive_max: 0,
        inactivity_timeout: None,
        nodelay: true,
        ..Config::default()
    })
}

fn aes_in_hardware() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("aes");
    #[cfg(target_arch = "aarch64")]
    return std::arch::is_aarch64_feature_detected!("aes");
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    return false;
}
