//! What a user chose about a lab, independent of the command line's parser: as typed, and resolved.

use crate::config::inventory::{Inventory, Setting};
use crate::model::name::HostName;
use crate::model::shard::Shard;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Which lab, and how to work on it, as typed.
#[derive(Debug, Clone, Default)]
pub struct LabRequest {
    /// The inventory file; `None`: the usual one.
    pub inventory: Option<PathBuf>,
    /// Variables that override all others.
    pub settings: Vec<Setting>,
    /// Only these hosts and groups: `app*,!app2`.
    pub limit: Option<String>,
    /// Only this part of the hosts; `None`: all of them.
    pub shard: Option<Shard>,
    /// How many machines work at once; `None`: one.
    pub forks: Option<u16>,
    /// The hosts file of this computer, if it is not the system's.
    pub hosts_file: Option<PathBuf>,
}

/// How to work on an open lab, with everything resolved.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// The hosts that may be worked on: those that `--limit` chose, or all.
    pub hosts: BTreeSet<HostName>,
    /// Only this part of those hosts; `None`: all of them.
    pub shard: Option<Shard>,
    /// How many machines work at once.
    pub forks: u16,
    /// The hosts file of this computer, if it is not the system's.
    pub hosts_file: Option<PathBuf>,
    /// Whether files of the user's that stand in the way may be put aside.
    pub take_over: bool,
    /// `--limit` as typed, for the command to type next.
    pub limit: Option<String>,
    /// `--set` as typed, likewise. The inventory holds the values.
    pub settings: Vec<Setting>,
}

impl RunOptions {
    /// All hosts of an inventory, one at a time.
    pub fn all(inventory: &Inventory) -> Self {
        let hosts = inventory.hosts.iter().map(|host| host.name.clone()).collect();
        Self { hosts, shard: None, forks: 1, hosts_file: None, take_over: false, limit: None, settings: Vec::new() }
    }
}
