//! What a lab consists of, as far as a picture of it needs to know. No secret is in it.

use crate::model::name::HostName;
use serde::{Deserialize, Serialize};

/// Who serves what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topology {
    /// The web server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web: Option<Machine>,
    /// The hosts that may be application servers, in the order of the inventory.
    pub apps: Vec<Machine>,
    /// The sites, in the order of the inventory.
    pub sites: Vec<Site>,
}

/// A machine of a lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Its name.
    pub name: HostName,
    /// Where it is, as far as that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// A site as the templates of nginx see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Its domain.
    pub domain: String,
    /// What its upstream is called in nginx.
    pub name: String,
    /// How requests are shared out.
    pub balance: String,
    /// Who answers.
    pub servers: Vec<Server>,
}

/// A server of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Its host.
    pub name: HostName,
    /// Its address and port.
    pub socket: String,
    /// Its share, relative to the others.
    pub weight: u16,
}
