//! What a lab consists of, as far as a picture of it needs to know. No secret is in it.

use crate::model::name::HostName;
use crate::model::site::Site;
use serde::{Deserialize, Serialize};

/// Hosts, sites and who serves them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topology {
    /// The host that nginx runs on; none if the lab has no sites.
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
    /// Its name in the inventory.
    pub name: HostName,
    /// Where it is, as far as that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}
