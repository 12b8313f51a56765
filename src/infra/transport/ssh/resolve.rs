//! From what the inventory says to all that a login needs, for the host and for every bastion before it.

use super::super::secrets::resolve_path;
use super::SshState;
use super::config::{Question, ResolvedConfig};
use super::target::SshTarget;
use crate::config::inventory::{Host, Login, SshConfig};
use crate::model::name::HostName;
use crate::model::unreachable::{SetupFailure, Unreachable};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

/// More bastions than this one behind the other are a circle in somebody's configuration.
const MOST_HOPS: usize = 8;

/// Questions without a pause would keep the line busy.
const SHORTEST: Duration = Duration::from_millis(100);

/// One word of a jump list.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hop {
    user: Option<String>,
    host: String,
    port: Option<u16>,
}

impl SshState {
    /// The bastions in the order of travel, and last the host itself.
    pub(super) async fn resolve(&self, host: &Host) -> Result<Vec<SshTarget>, Unreachable> {
        let Some(address) = &host.address else {
            return Err(SetupFailure::NoAddress { host: host.name.clone() }.into());
        };
        let (login, named) = (&host.login, &host.name);
        let (target, jump) = self.target(named, address, login.user.as_deref(), login.port, login).await?;
        let mut chain = vec![target];
        // The inventory's word wins, and `none` is a word.
        let mut jump = login.jump.clone().or(jump).filter(|jump| jump != "none");
        // Bastions keep no password of the host: it was given for another machine.
        let login = Login { password: None, ..login.clone() };
        let mut ahead = VecDeque::new();
        while let Some(list) = jump.take() {
            for (at, word) in list.split(',').enumerate() {
                ahead.insert(at, hop(word.trim()).ok_or_else(|| bad_jump(&list, word))?);
            }
            if chain.len() + ahead.len() > MOST_HOPS + 1 {
                return Err(SetupFailure::TooManyBastions { address: address.clone(), most: MOST_HOPS }.into());
            }
            // Only the first one is reached directly, so only its own ProxyJump counts.
            if let Some(first) = ahead.pop_front() {
                let (target, before) =
                    self.target(named, &first.host, first.user.as_deref(), first.port, &login).await?;
                let mut rest = Vec::new();
                for hop in ahead.drain(..) {
                    rest.push(self.target(named, &hop.host, hop.user.as_deref(), hop.port, &login).await?.0);
                }
                chain.splice(0..0, std::iter::once(target).chain(rest));
                jump = before;
            }
        }
        Ok(chain)
    }

    async fn target(
        &self,
        named: &HostName,
        address: &str,
        user: Option<&str>,
        port: Option<u16>,
        login: &Login,
    ) -> Result<(SshTarget, Option<String>), Unreachable> {
        if address.is_empty() || address.starts_with('-') || address.contains(char::is_whitespace) {
            return Err(SetupFailure::BadAddress { address: address.to_owned() }.into());
        }
        let home = self.person.home.as_deref();
        let at = |path: &PathBuf| resolve_path(&self.defaults.base, home, path);
        let file = match &login.ssh_config {
            SshConfig::File(file) => Some(at(file)),
            _ => None,
        };
        let question = Question { address: address.into(), user: user.map(Into::into), port, file };
        let answer = self.answers.ask(question, &login.ssh_config, home).await?;
        let user = user.map(str::to_owned).or(answer.user.clone()).or(self.person.user.clone());
        let Some(user) = user else {
            return Err(SetupFailure::NoUser { address: address.to_owned() }.into());
        };
        let host = answer.hostname.clone().unwrap_or_else(|| address.into());
        let target = SshTarget {
            named: named.clone(),
            port: port.or(answer.port).unwrap_or(22),
            identities: self.identities(&answer, &host, &user),
            identities_only: answer.identities_only,
            key: login.key.as_ref().map(at),
            passphrase: login.passphrase.clone(),
            password: login.password.clone(),
            known_hosts: login.known_hosts.as_ref().map_or_else(|| self.defaults.known_hosts.clone(), at),
            host_keys: login.host_keys,
            connect_timeout: login.connect_timeout,
            keepalive: login.keepalive.max(SHORTEST),
            host,
            user,
        };
        Ok((target, answer.jump))
    }

    /// `ssh -G` leaves `~` and `%` in file names as they are.
    fn identities(&self, answer: &ResolvedConfig, host: &str, user: &str) -> Vec<PathBuf> {
        let home = self.person.home.clone().unwrap_or_default();
        let (home, me) = (home.display().to_string(), self.person.user.clone().unwrap_or_default());
        let expand = |text: &String| {
            let mut full = String::new();
            let mut rest = text.chars();
            while let Some(c) = rest.next() {
                match (c, if c == '%' { rest.next() } else { None }) {
                    ('%', Some('h')) => full.push_str(host),
                    ('%', Some('r')) => full.push_str(user),
                    ('%', Some('u')) => full.push_str(&me),
                    ('%', Some('d')) => full.push_str(&home),
                    ('%', Some('%')) => full.push('%'),
                    (c, next) => full.extend([Some(c), next].into_iter().flatten()),
                }
            }
            full
        };
        let named = answer.identities.iter().filter(|file| *file != "none").map(expand);
        named.map(|file| resolve_path(&self.defaults.base, self.person.home.as_deref(), file.as_ref())).collect()
    }
}

fn bad_jump(list: &str, word: &str) -> SetupFailure {
    SetupFailure::BadJump { list: list.to_owned(), word: word.to_owned() }
}

fn hop(word: &str) -> Option<Hop> {
    let word = word.strip_prefix("ssh://").unwrap_or(word).trim_end_matches('/');
    let (user, address) = match word.rsplit_once('@') {
        Some((user, address)) => (Some(user.to_owned()), address),
        None => (None, word),
    };
    let (host, port) = match address.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            (host, if port.is_empty() { None } else { Some(port.strip_prefix(':')?) })
        }
        // More than one colon is a bare IPv6 address.
        None => match address.split_once(':') {
            Some((host, port)) if !port.contains(':') => (host, Some(port)),
            _ => (address, None),
        },
    };
    let port = port.map(str::parse).transpose().ok()?;
    let fits = !host.is_empty() && !user.as_ref().is_some_and(String::is_empty);
    fits.then(|| Hop { user, host: host.into(), port })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jump_words() {
        let is = |word, user: Option<&str>, host: &str, port| {
            assert_eq!(hop(word), Some(Hop { user: user.map(Into::into), host: host.into(), port }), "{word}");
        };
        is("gate", None, "gate", None);
        is("me@gate:2200", Some("me"), "gate", Some(2200));
        is("a@b@gate", Some("a@b"), "gate", None);
        is("me@[fe80::1]:22", Some("me"), "fe80::1", Some(22));
        is("[::1]", None, "::1", None);
        is("fe80::1", None, "fe80::1", None);
        is("ssh://me@gate:22/", Some("me"), "gate", Some(22));
        for word in ["", "@gate", "me@", "gate:x", "gate:99999", "[::1", "[::1]x"] {
            assert_eq!(hop(word), None, "{word}");
        }
    }
}
