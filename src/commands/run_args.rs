//! The arguments that verbs share which look at machines or change them.

use super::inventory_args::{InventoryArgs, no_inventory, open};
use super::output;
use crate::config::inventory::Setting;
use crate::execution::MaxFail;
use crate::model::shard::Shard;
use crate::session::class::{self, OpenClass, StudentLab, is_class};
use crate::session::error::Error;
use crate::session::lab::{Lab, inventory_here};
use crate::session::open::one_lab;
use crate::session::options::{LabRequest, RunOptions};
use clap::Args;
use std::path::PathBuf;

/// An inventory, and how to work on it.
#[derive(Debug, Clone, Args)]
pub struct TargetArgs {
    #[command(flatten)]
    pub which: InventoryArgs,
    /// Of a class: only these students, by their ids
    #[arg(value_name = "STUDENT", value_parser = no_inventory)]
    pub students: Vec<String>,
    #[command(flatten)]
    pub options: Options,
}

/// What a word of the command line named.
pub enum Opened {
    /// One lab.
    Lab(Box<Lab>, RunOptions),
    /// Many.
    Class(OpenClass),
}

impl TargetArgs {
    /// Opens the lab, or the labs of the class, and resolves the options.
    pub fn open(self) -> Result<Opened, Error> {
        let Self { which, students, options } = self;
        let path = which.inventory().or_else(inventory_here);
        if path.as_deref().is_none_or(|path| !is_class(path)) {
            if let Some(student) = students.first() {
                let hint = "a class names its students: `labctl up class.yaml s07`; hosts are chosen with --limit";
                return Err(Error::input(format!("`{student}` is no student of this lab")).hint(hint));
            }
            let (lab, options) = options.open(path)?;
            return Ok(Opened::Lab(Box::new(lab), options));
        }
        let Options { limit, settings, spread: ParallelArgs { shard, forks }, hosts_file } = options;
        let request = LabRequest { inventory: path, settings, limit, shard, forks: Some(forks), hosts_file };
        class::open(request, &students, |student| output::notices_of(student.id.as_str())).map(Opened::Class)
    }

    /// As [`Self::open`], for what shows a lab as a whole: of a class with one student chosen, theirs.
    pub fn open_shown(self) -> Result<Opened, Error> {
        Ok(match self.open()? {
            Opened::Class(mut of) if of.labs.len() == 1 => match of.labs.pop() {
                Some(StudentLab { lab, options, .. }) => {
                    Opened::Lab(Box::new(lab), RunOptions { limit: None, ..options })
                }
                None => Opened::Class(of),
            },
            opened => opened,
        })
    }

    /// As [`Self::open_shown`], for what is done to one lab.
    pub fn open_one(self) -> Result<(Lab, RunOptions), Error> {
        match self.open_shown()? {
            Opened::Lab(lab, options) => Ok((*lab, options)),
            Opened::Class(of) => Err(one_lab(&of.class.path)),
        }
    }

    /// Whether nothing that was typed is about a lab, and no inventory is here.
    pub fn no_lab(&self) -> bool {
        let Options { limit, settings, spread, hosts_file: _ } = &self.options;
        limit.is_none() && settings.is_empty() && spread.shard.is_none() && self.which.is_nowhere()
    }
}

/// How to work on an inventory.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Only these hosts and groups: `web`, `app*,!app2`
    #[arg(short, long, value_name = "HOSTS")]
    pub limit: Option<String>,
    /// Override a variable: `app.port=8080`
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub settings: Vec<Setting>,
    #[command(flatten)]
    pub spread: ParallelArgs,
    /// The hosts file of this computer
    #[arg(long, value_name = "PATH", env = "LABCTL_HOSTS_FILE")]
    pub hosts_file: Option<PathBuf>,
}

impl Options {
    /// Opens the lab of an inventory, and resolves the options.
    pub fn open(self, inventory: Option<PathBuf>) -> Result<(Lab, RunOptions), Error> {
        let Self { limit, settings, spread: ParallelArgs { shard, forks }, hosts_file } = self;
        open(LabRequest { inventory, settings, limit, shard, forks: Some(forks), hosts_file })
    }
}

/// An inventory, how to work on it, and when to stop.
#[derive(Debug, Clone, Args)]
pub struct ApplyArgs {
    #[command(flatten)]
    pub work: TargetArgs,
    #[command(flatten)]
    pub halt: FailureArgs,
}

/// How many machines a run works on.
#[derive(Debug, Clone, Args)]
pub struct ParallelArgs {
    /// Only this part of the hosts, such as 3/10: the other parts run elsewhere, and `report merge` joins them
    #[arg(long, value_name = "N/OF")]
    pub shard: Option<Shard>,
    /// How many machines work at once
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..))]
    pub forks: u16,
}

/// When a run stops early.
#[derive(Debug, Clone, Args)]
pub struct FailureArgs {
    /// Start nothing more once more hosts than this have failed or were not reached: `5`, or `20%` of the run's hosts
    #[arg(long, value_name = "N|P%")]
    pub max_fail: Option<MaxFail>,
}

impl FailureArgs {
    /// As it was typed, to append to a command line.
    pub fn typed(&self) -> String {
        self.max_fail.map(|most| format!(" --max-fail {most}")).unwrap_or_default()
    }
}
