//! A host: its address and how to log in to it.

use crate::config::shape::duration;
use crate::config::yaml::Node;
use crate::model::name::{GroupName, HostName};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// A machine of the lab.
#[derive(Debug, Clone, PartialEq)]
pub struct Host {
    /// Its name in reports.
    pub name: HostName,
    /// An IP address or a name that resolves. `None` until a provider has made the machine.
    pub address: Option<String>,
    /// What the address means on this computer, where it is a name that does.
    pub resolved: Option<IpAddr>,
    /// The groups it belongs to, as written.
    pub groups: Vec<GroupName>,
    /// How to log in.
    pub login: Login,
}

impl Host {
    /// Where packets go: the address behind its name where that is known, else what is written. Another machine need not know
    /// the name, so configurations hold this one.
    pub fn reached_at(&self) -> Option<String> {
        self.resolved.map(|ip| ip.to_string()).or_else(|| self.address.clone())
    }

    /// Its address, if that is a name.
    pub fn named_address(&self) -> Option<&str> {
        self.address.as_deref().filter(|address| address.parse::<IpAddr>().is_err())
    }
}

/// How labctl logs in to a host. What the inventory leaves out is `None`, and `~/.ssh/config` may fill it.
#[derive(Debug, Clone, PartialEq)]
pub struct Login {
    /// `ssh`, or `local` for a host that is this very computer.
    pub connection: Connection,
    /// The user to log in as; without one, `~/.ssh/config`'s, then the current user's name.
    pub user: Option<String>,
    /// TCP port; without one, `~/.ssh/config`'s, then 22.
    pub port: Option<u16>,
    /// A private key to offer first. Without one: the agent's keys, then `~/.ssh/id_*`.
    pub key: Option<PathBuf>,
    /// Opens `key` if it is encrypted.
    pub passphrase: Option<SecretSource>,
    /// For servers that ask for a password, also over keyboard-interactive.
    pub password: Option<SecretSource>,
    /// The password that sudo asks for. `None` means `sudo -n`.
    pub sudo_password: Option<SecretSource>,
    /// `[user@]host[:port]` of a bastion to go through, or several with commas, as in ProxyJump.
    pub jump: Option<String>,
    /// The file that host keys are kept in, relative to the inventory's folder.
    pub known_hosts: Option<PathBuf>,
    /// What to do with a host key that is not in `known_hosts`.
    pub host_keys: HostKeys,
    /// Whether `~/.ssh/config` (or the given file) fills what is left out.
    pub ssh_config: SshConfig,
    /// The longest time to wait for TCP, key exchange and login together.
    pub connect_timeout: Duration,
    /// How often the link is checked; it is given up after three times this long without an answer.
    pub keepalive: Duration,
}

/// How a host is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// Over SSH, which is the default.
    Ssh,
    /// `sh` on this computer.
    Local,
}

/// What to do with a host key that nobody has seen before. A *changed* key is always refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostKeys {
    /// Remember it, and refuse another one from then on.
    AcceptNew,
    /// Refuse it, as `StrictHostKeyChecking=yes` does.
    Strict,
}

/// Which OpenSSH client configuration is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SshConfig {
    /// The user's own, as `ssh` reads it.
    Default,
    /// The file at this path, as with `ssh -F`.
    File(PathBuf),
    /// No configuration file at all.
    Ignore,
}

/// Where a secret comes from. It is read once, when it is first needed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretSource {
    /// Ask the person at the terminal.
    Prompt,
    /// An environment variable of labctl.
    Env(String),
    /// The first line of a file.
    File(PathBuf),
    /// The first line that a line of shell prints, on this computer.
    Command(String),
}

impl Login {
    /// The environment variables that hold secrets.
    pub fn secret_variables(&self) -> impl Iterator<Item = &str> {
        let all = [&self.passphrase, &self.password, &self.sudo_password];
        all.into_iter().filter_map(|source| match source {
            Some(SecretSource::Env(name)) => Some(name.as_str()),
            _ => None,
        })
    }

    /// A login of which everything that is written has the right shape, or was reported. The last layer wins, and gives
    /// the whole of what it names: a host's own secret is not mixed with that of all hosts.
    pub(super) fn of(layers: &[&Node]) -> Self {
        let get = |key: &str| layers.iter().rev().find_map(|ssh| ssh.get(key));
        let text = |key: &str| get(key).and_then(Node::text).map(str::to_owned);
        let time = |key: &str| get(key).and_then(Node::text).and_then(duration);
        let secret = |key: &str| {
            let node = get(key)?;
            let env = node.get("env").and_then(Node::text).map(|name| SecretSource::Env(name.into()));
            let file = || node.get("file").and_then(Node::text).map(|path| SecretSource::File(path.into()));
            let command = || node.get("command").and_then(Node::text).map(|line| SecretSource::Command(line.into()));
            env.or_else(file).or_else(command).or(Some(SecretSource::Prompt))
        };
        let config = get("config");
        let default = Self::default();
        Self {
            connection: Connection::Ssh,
            user: text("user"),
            port: text("port").and_then(|port| port.parse().ok()),
            key: text("key").map(PathBuf::from),
            passphrase: secret("passphrase"),
            password: secret("password"),
            sudo_password: secret("sudo_password"),
            jump: text("jump"),
            known_hosts: text("known_hosts").map(PathBuf::from),
            host_keys: if text("host_keys").as_deref() == Some("strict") {
                HostKeys::Strict
            } else {
                HostKeys::AcceptNew
            },
            ssh_config: match config.and_then(Node::text) {
                Some("false") => SshConfig::Ignore,
                Some("true") | None => SshConfig::Default,
                Some(path) => SshConfig::File(path.into()),
            },
            connect_timeout: time("connect_timeout").unwrap_or(default.connect_timeout),
            keepalive: time("keepalive").unwrap_or(default.keepalive),
        }
    }
}

impl Default for Login {
    fn default() -> Self {
        Self {
            connection: Connection::Ssh,
            user: None,
            port: None,
            key: None,
            passphrase: None,
            password: None,
            sudo_password: None,
            jump: None,
            known_hosts: None,
            host_keys: HostKeys::AcceptNew,
            ssh_config: SshConfig::Default,
            connect_timeout: Duration::from_secs(10),
            keepalive: Duration::from_secs(15),
        }
    }
}
