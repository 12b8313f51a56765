//! How to work on a lab, free of the command line's parser.

use crate::config::inventory::Setting;
use crate::model::shard::Shard;
use std::path::PathBuf;

/// What a user chose beside the inventory.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Only these hosts and groups, as typed.
    pub limit: Option<String>,
    /// Variables above all others; they are in the inventory already, and belong to the command that does the same again.
    pub settings: Vec<Setting>,
    /// Only this part of the hosts.
    pub shard: Option<Shard>,
    /// How many machines work at once.
    pub forks: u16,
    /// The hosts file of this computer, if it is not the usual one.
    pub hosts_file: Option<PathBuf>,
}
