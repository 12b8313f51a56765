//! Why a host cannot be worked on: one type, from the connection that failed to the report that shows it. It holds facts
//! and what programs said; `reporting::sentences` makes the words, and whoever decides something matches on the kind.

mod connection;
mod host_key;
mod login;
mod outputs;
pub mod recorded;
#[cfg(test)]
pub mod samples;
mod session;

pub use connection::{ConnectionFailure, HandshakeFailure, TunnelFailure};
pub use host_key::HostKeyFailure;
pub use login::{
    AccountFailure, KeyFailure, LoginFailure, NoSecret, SecretFailure, SecretUse, SetupFailure, SshConfigFailure,
};
pub use outputs::Change;
pub use session::{LinkEnd, Lost, PayloadFailure, RootFailure, ScriptFailure, ShellFailure, StartupLine};

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a host cannot be worked on, by how far labctl came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum Unreachable {
    /// Inventory and SSH configuration do not say how to log in.
    Setup {
        /// What is missing or wrong.
        why: SetupFailure,
    },
    /// A password or passphrase could not be read on this computer.
    Secret {
        /// Which, and why not.
        why: NoSecret,
    },
    /// No TCP connection came about.
    Connection {
        /// The SSH server that was to be reached.
        at: Endpoint,
        /// What the network answered.
        why: ConnectionFailure,
    },
    /// A bastion was logged in to, but does not lead on.
    Tunnel {
        /// The SSH server that was to be reached.
        at: Endpoint,
        /// The last bastion on the way.
        bastion: Box<Endpoint>,
        /// Why the bastion opened no tunnel.
        why: TunnelFailure,
    },
    /// Something answered, but no encrypted SSH connection came of it.
    Handshake {
        /// The SSH server that was reached.
        at: Endpoint,
        /// Where the handshake failed.
        why: HandshakeFailure,
    },
    /// The host cannot prove that it is the one that was meant.
    HostKey {
        /// The SSH server that was reached.
        at: Endpoint,
        /// What is wrong with its key, or with the file of known keys.
        why: Box<HostKeyFailure>,
    },
    /// The SSH server let nobody in.
    Login {
        /// Where, and as whom.
        at: Endpoint,
        /// Why the server took no login.
        why: Box<LoginFailure>,
    },
    /// It failed at a bastion on the way.
    Bastion {
        /// Why the bastion cannot be reached.
        why: Box<Unreachable>,
    },
    /// The login works, but gives no shell as root.
    Root {
        /// Why the user does not become root.
        why: RootFailure,
        /// The last words before the shell should have begun; may be empty.
        #[serde(rename = "said")]
        output: String,
    },
    /// The script on the host did not come to its end.
    Script {
        /// How the script came to its end.
        why: ScriptFailure,
    },
    /// A file for the host could not be sent.
    Payload {
        /// Its id in the plan.
        id: String,
        /// Why the payload cannot be sent.
        why: PayloadFailure,
    },
    /// The connection broke while something ran.
    Lost {
        /// How the host was lost.
        why: Lost,
    },
    /// What the host said was put aside on the disk of this computer, and cannot be read back.
    OutputGone {
        /// The operating system's error message.
        error: String,
    },
    /// Told in words only: recorded by a labctl that knew no kinds, or by one that knows more of them.
    Words {
        /// The reason, in English.
        reason: String,
        /// What to do about it.
        hints: Vec<String>,
    },
}

/// Where SSH logs in, and as whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// The user to log in as.
    pub user: String,
    /// Host name or IP address.
    pub host: String,
    /// The TCP port of sshd.
    pub port: u16,
}

/// `user@host:port`, as ProxyJump writes it; IPv6 addresses stand in brackets.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, host, port } = self;
        if host.contains(':') { write!(f, "{user}@[{host}]:{port}") } else { write!(f, "{user}@{host}:{port}") }
    }
}

impl From<Lost> for Unreachable {
    fn from(why: Lost) -> Self {
        Self::Lost { why }
    }
}

impl From<NoSecret> for Unreachable {
    fn from(why: NoSecret) -> Self {
        Self::Secret { why }
    }
}

impl From<SetupFailure> for Unreachable {
    fn from(why: SetupFailure) -> Self {
        Self::Setup { why }
    }
}

#[cfg(test)]
mod tests {
    use super::samples::{endpoint, samples};
    use super::*;
    use crate::model::event::{Event, Kind};
    use serde_json::{Value, json};

    fn event(why: Unreachable) -> Event {
        Event { at_ms: 3, kind: Kind::HostUnreachable { host: "web".parse().unwrap(), why } }
    }

    #[test]
    fn every_kind_comes_back_as_it_was() {
        for why in samples() {
            let event = event(why);
            let text = serde_json::to_string(&event).unwrap();
            assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event, "{text}");
        }
    }

    #[test]
    fn what_a_machine_says_is_masked_in_every_kind() {
        for mut why in samples() {
            why.change_outputs(&mut |text| *text = text.replace("hush", "***"));
            let text = serde_json::to_string(&event(why)).unwrap();
            assert!(!text.contains("hush"), "{text}");
        }
    }

    #[test]
    fn words_without_a_kind_are_read_and_written_as_they_were() {
        let old =
            json!({"at_ms": 3, "event": "host_unreachable", "host": "web", "reason": "no route", "hints": ["a", "b"]});
        let read: Event = serde_json::from_value(old.clone()).unwrap();
        assert_eq!(read, event(Unreachable::Words { reason: "no route".into(), hints: vec!["a".into(), "b".into()] }));
        assert_eq!(serde_json::to_value(&read).unwrap(), old);
    }

    #[test]
    fn a_kind_that_is_not_known_yet_is_read_by_its_words() {
        let read = |kind: Value, words: bool| {
            let mut event = json!({"at_ms": 3, "event": "host_unreachable", "host": "web", "why": kind});
            if words {
                event["reason"] = json!("the moon is full");
            }
            serde_json::from_value::<Event>(event)
        };
        let words = Unreachable::Words { reason: "the moon is full".into(), hints: Vec::new() };
        for kind in [json!({"stage": "moon"}), json!({"stage": "script", "why": {"kind": "moon"}}), json!(7)] {
            assert_eq!(read(kind.clone(), true).unwrap(), event(words.clone()));
            assert!(read(kind, false).is_err());
        }
        let known = json!({"stage": "script", "why": {"kind": "given_up"}});
        assert_eq!(read(known, true).unwrap(), event(Unreachable::Script { why: ScriptFailure::GivenUp }));
    }

    #[test]
    fn an_endpoint_is_written_as_proxyjump_writes_it() {
        let six = Endpoint { host: "fe80::1".into(), ..endpoint() };
        assert_eq!([endpoint(), six].map(|at| at.to_string()), ["student@10.0.0.7:2222", "student@[fe80::1]:2222"]);
    }
}
