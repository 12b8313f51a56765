//! From where a site was seen: a page that only the web server itself gets is no page for a visitor.

use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// From where a site was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "place", rename_all = "snake_case")]
pub enum SeenFrom {
    /// From this computer, by the domain, as a visitor sees it.
    ThisComputer {
        /// The address that the domain means here; `None` if it means none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<IpAddr>,
        /// The web server's address in the inventory, where that is another one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instead_of: Option<IpAddr>,
    },
    /// From the web server itself only.
    WebItself {
        /// Why not from this computer.
        why: Indirect,
    },
}

/// Why this computer cannot ask a web server for a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "no_way", rename_all = "snake_case")]
pub enum Indirect {
    /// The login goes through another machine.
    Bastion {
        /// `user@host:port` of the last one before the web server.
        through: String,
    },
    /// The login goes through a forwarded port, so that its address is not the web server's own.
    ForwardedPort {
        /// `address:port` of the login.
        at: String,
    },
    /// The playbook has the question asked on the machine itself (`hosts: web`).
    Playbook,
}

impl SeenFrom {
    /// Whether it was seen where visitors are.
    pub fn is_here(&self) -> bool {
        matches!(self, Self::ThisComputer { .. })
    }
}
