//! Hosts over SSH: resolves a login, connects (perhaps through bastions), proves both sides to each other.

mod agent;
mod auth;
mod bastion;
mod config;
mod connect;
mod connection;
mod credentials;
mod dial;
mod errors;
mod exec;
mod handler;
mod host_key_probe;
mod keys;
mod known_hosts_cache;
mod login_deadline;
mod preconnect;
mod process;
mod resolve;
mod session;
mod startup;
mod stdin;
mod stream;
mod target;

pub use agent::agent_keys;
pub use config::ResolvedConfig as ConfigAnswer;
pub use host_key_probe::Shown;
pub use keys::{keys_beside, public_half};
pub use session::SshSession;

use super::{Pinned, Secrets, Transport};
use crate::config::inventory::{Host, HostKeys};
use crate::model::name::HostName;
use crate::model::quote::quote;
use crate::model::unreachable::Unreachable;
use crate::model::visitor::Indirect;
use bastion::Bastions;
use config::ConfigAnswers;
use connect::LoginLimits;
use keys::KeyRing;
use known_hosts_cache::Known;
use preconnect::Preconnect;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use target::SshTarget;

/// What holds for all logins of a lab.
#[derive(Debug, Clone)]
pub struct SshDefaults {
    /// The lab's own file of host keys, for hosts whose login names none.
    pub known_hosts: PathBuf,
    /// The folder that relative paths of the inventory are relative to.
    pub base: PathBuf,
}

/// The person that labctl runs for: what `ssh` would find out about them.
#[derive(Debug, Clone, Default)]
pub struct Person {
    /// The home folder, with `.ssh` in it.
    pub home: Option<PathBuf>,
    /// The name that is used where no user is given.
    pub user: Option<String>,
    /// The socket of the ssh-agent.
    pub agent: Option<PathBuf>,
}

impl Person {
    /// As the environment of this process tells: `HOME`, `USER`, `SSH_AUTH_SOCK`. Windows has one agent, on a pipe.
    pub fn current() -> Self {
        let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            home: std::env::home_dir().filter(|home| !home.as_os_str().is_empty()),
            user: text("USER").or_else(|| text("LOGNAME")).or_else(|| text("USERNAME")),
            agent: text("SSH_AUTH_SOCK")
                .map(PathBuf::from)
                .or_else(|| cfg!(windows).then(|| PathBuf::from(r"\\.\pipe\openssh-ssh-agent"))),
        }
    }
}

/// Logs in over SSH. One for a run: keys are opened, secrets read and bastions logged in to once for all hosts.
#[derive(Debug, Clone)]
pub struct Ssh {
    inner: Arc<SshState>,
}

#[derive(Debug)]
struct SshState {
    defaults: SshDefaults,
    /// Named in the words that a person is told to type.
    inventory: Option<PathBuf>,
    person: Person,
    /// Host keys that were seen for the first time, and not reported yet.
    pinned: Arc<Mutex<Vec<(HostName, Pinned)>>>,
    answers: ConfigAnswers,
    keys: KeyRing,
    known: Known,
    secrets: Arc<Secrets>,
    bastions: Bastions,
    gates: LoginLimits,
    early: Preconnect,
}

impl Ssh {
    /// For the person of this process.
    pub fn new(defaults: SshDefaults) -> Self {
        Self::with_person(defaults, Person::current())
    }

    /// For the person of this process, and the hosts of this inventory.
    pub fn of_inventory(defaults: SshDefaults, inventory: PathBuf) -> Self {
        Self::around(defaults, Person::current(), Some(inventory))
    }

    /// For somebody else: tests have a home of their own.
    pub fn with_person(defaults: SshDefaults, person: Person) -> Self {
        Self::around(defaults, person, None)
    }

    fn around(defaults: SshDefaults, person: Person, inventory: Option<PathBuf>) -> Self {
        let secrets = Arc::new(Secrets::new(&defaults.base, person.home.clone()));
        let inner = SshState {
            answers: ConfigAnswers::default(),
            keys: KeyRing::new(secrets.clone()),
            known: Known::default(),
            secrets,
            bastions: Bastions::default(),
            gates: LoginLimits::default(),
            early: Preconnect::default(),
            pinned: Arc::default(),
            defaults,
            inventory,
            person,
        };
        Self { inner: Arc::new(inner) }
    }

    /// The secrets of this run: sudo passwords come from the same place, and no prompt is shown twice.
    pub fn secrets(&self) -> Arc<Secrets> {
        self.inner.secrets.clone()
    }

    /// The arguments with which the system's `ssh` logs in to the same host, without the word `ssh` itself.
    ///
    /// # Errors
    /// The inventory or the SSH configuration does not say how to log in.
    pub async fn command_line(&self, host: &Host) -> Result<Vec<String>, Unreachable> {
        let chain = self.inner.resolve(host).await?;
        let Some((target, bastions)) = chain.split_last() else { return Ok(Vec::new()) };
        Ok(arguments(target, bastions))
    }
}

impl Transport for Ssh {
    type Session = SshSession;

    async fn open(&self, host: &Host) -> Result<SshSession, Unreachable> {
        let chain = self.inner.resolve(host).await?;
        let dialled = self.inner.early.take(&host.name).await.transpose()?;
        let connection = self.inner.connect(&chain, dialled).await?;
        Ok(SshSession::new(connection))
    }

    fn pinned(&self, host: &HostName) -> Vec<Pinned> {
        let mut all = self.inner.pinned.lock().unwrap_or_else(PoisonError::into_inner);
        all.extract_if(.., |(named, _)| named == host).map(|(_, pinned)| pinned).collect()
    }

    async fn indirect(&self, host: &Host) -> Option<Indirect> {
        let chain = self.inner.resolve(host).await.ok()?;
        let (target, bastions) = chain.split_last()?;
        match bastions.last() {
            Some(bastion) => Some(Indirect::Bastion { through: bastion.endpoint().to_string() }),
            // sshd on another port of this very computer: hardly anybody's, while every NAT of a virtual machine looks so.
            None if target.port != 22 && is_loopback(&target.host) => {
                Some(Indirect::ForwardedPort { at: target.socket() })
            }
            None => None,
        }
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn arguments(target: &SshTarget, bastions: &[SshTarget]) -> Vec<String> {
    // Whatever the person's own configuration says: root of a lab machine could use an agent that is forwarded to it.
    let mut words = vec!["-a".into(), "-p".into(), target.port.to_string()];
    // Without it, ssh waits for minutes for a machine that is off.
    let patience = target.connect_timeout.as_secs().max(1);
    words.extend(["-o".into(), format!("ConnectTimeout={patience}")]);
    if let Some(key) = &target.key {
        // Or all keys of the agent come first, and the server has had enough before ours is shown.
        words.extend(["-o".into(), "IdentitiesOnly=yes".into(), "-i".into(), key.display().to_string()]);
    }
    // A file name with a blank would be taken for two files.
    let known_hosts = format!("UserKnownHostsFile=\"{}\"", target.known_hosts.display());
    let strict = match target.host_keys {
        HostKeys::AcceptNew => "StrictHostKeyChecking=accept-new",
        HostKeys::Strict => "StrictHostKeyChecking=yes",
    };
    words.extend(["-o".into(), known_hosts, "-o".into(), strict.into()]);
    if let Some((bastion, before)) = bastions.split_last() {
        // Not -J: that would give the bastion neither our key nor our file of host keys.
        let mut proxy = vec!["ssh".into(), "-W".into(), "[%h]:%p".into()];
        proxy.extend(arguments(bastion, before).iter().map(|word| word.replace('%', "%%")));
        let proxy: Vec<_> = proxy.iter().map(|word| quote(word)).collect();
        words.extend(["-o".into(), format!("ProxyCommand={}", proxy.join(" "))]);
    }
    words.extend(["-l".into(), target.user.clone(), target.host.clone()]);
    words
}
