//! The words for runs on many machines.

use crate::execution::MaxFail;
use crate::model::shard::Shard;
use clap::Args;

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
