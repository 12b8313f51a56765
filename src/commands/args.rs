//! The arguments that many verbs share, and what becomes of them: labs that are open.

use super::output;
use crate::config::inventory::Setting;
use crate::execution::MaxFail;
use crate::model::shard::Shard;
use crate::session::error::Error;
use crate::session::lab::Lab;
use crate::session::options::{LabRequest, RunOptions};
use clap::Args;
use std::path::PathBuf;

/// Which inventory.
#[derive(Debug, Clone, Args)]
pub struct InventoryArgs {
    /// The inventory file; without it $LABCTL_INVENTORY, ./inventory.yaml or ./inventory/lab.yaml
    #[arg(value_name = "INVENTORY", conflicts_with = "named")]
    file: Option<PathBuf>,
    // Verbs with words of their own take it so; nobody should have to remember which those are.
    #[arg(short = 'i', long = "inventory", value_name = "INVENTORY", hide = true)]
    named: Option<PathBuf>,
}

impl InventoryArgs {
    /// The file, if one was named.
    pub fn inventory(self) -> Option<PathBuf> {
        self.file.or(self.named)
    }
}

/// Which inventory, for verbs whose first words are something else.
#[derive(Debug, Clone, Args)]
pub struct NamedInventory {
    /// The inventory file
    #[arg(short, long, env = "LABCTL_INVENTORY")]
    pub inventory: Option<PathBuf>,
}

impl NamedInventory {
    /// Opens its lab.
    pub fn open(self) -> Result<(Lab, RunOptions), Error> {
        open(LabRequest { inventory: self.inventory, ..LabRequest::default() })
    }
}

/// Opens a lab; notices go to standard error.
pub fn open(request: LabRequest) -> Result<(Lab, RunOptions), Error> {
    crate::session::open::open(request, output::notices())
}

/// An inventory, and how to work on it.
#[derive(Debug, Clone, Args)]
pub struct TargetArgs {
    /// Of which lab.
    #[command(flatten)]
    pub which: InventoryArgs,
    /// How.
    #[command(flatten)]
    pub options: Options,
}

impl TargetArgs {
    /// Opens the lab, and resolves what was typed about it.
    pub fn open(self) -> Result<(Lab, RunOptions), Error> {
        self.options.open(self.which.inventory())
    }
}

/// How to work on an inventory.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Only these hosts and groups: `web`, `app*,!app2`
    #[arg(short, long, value_name = "HOSTS")]
    pub limit: Option<String>,
    /// Set a variable above all others: `app.port=8080`
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub settings: Vec<Setting>,
    /// On how many machines.
    #[command(flatten)]
    pub spread: ParallelArgs,
    /// The hosts file of this computer
    #[arg(long, value_name = "PATH", env = "LABCTL_HOSTS_FILE")]
    pub hosts_file: Option<PathBuf>,
}

impl Options {
    /// Opens the lab of an inventory, and resolves what was typed about it.
    pub fn open(self, inventory: Option<PathBuf>) -> Result<(Lab, RunOptions), Error> {
        let Self { limit, settings, spread: ParallelArgs { shard, forks }, hosts_file } = self;
        open(LabRequest { inventory, settings, limit, shard, forks: Some(forks), hosts_file })
    }
}

/// An inventory, how to work on it, and how far.
#[derive(Debug, Clone, Args)]
pub struct ApplyArgs {
    /// On what, and how.
    #[command(flatten)]
    pub work: TargetArgs,
    /// How far.
    #[command(flatten)]
    pub halt: FailureArgs,
}

/// On how many machines a run works.
#[derive(Debug, Clone, Args)]
pub struct ParallelArgs {
    /// Only this part of the hosts, the third of ten: the other parts run elsewhere, and `report merge` joins them
    #[arg(long, value_name = "N/OF")]
    pub shard: Option<Shard>,
    /// How many machines work at once
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..))]
    pub forks: u16,
}

/// When a run goes no further.
#[derive(Debug, Clone, Args)]
pub struct FailureArgs {
    /// Begin nothing more when more hosts than this have failed or were not reached: `5`, or `20%` of the run's hosts
    #[arg(long, value_name = "N|P%")]
    pub max_fail: Option<MaxFail>,
}

impl FailureArgs {
    /// As it was typed, behind other words.
    pub fn typed(&self) -> String {
        self.max_fail.map(|most| format!(" --max-fail {most}")).unwrap_or_default()
    }
}
