//! What to type instead when a run cannot be split.

use super::error::Error;
use super::lab::Lab;
use super::options::RunOptions;
use super::rerun_command::command;
use crate::model::name::StepName;
use crate::model::shard::Shard;
use crate::planning::plan::NoSplit;

/// Why a run cannot be split, and how to get the same result.
pub fn no_split(lab: &Lab, options: &RunOptions, shard: Shard, why: NoSplit) -> Error {
    match why {
        NoSplit::Few { hosts } => {
            let of = shard.of();
            Error::input(format!("{hosts} hosts cannot be split into {of} shards: some would have nothing to do"))
                .hint(format!("use at most {hosts} shards"))
        }
        NoSplit::WaitsForOtherShard { step, hosts, need, before, rest } => {
            let steps = |steps: &[StepName], options: &RunOptions| {
                let names: Vec<&str> = steps.iter().map(StepName::as_str).collect();
                command(lab, &format!("step {} -i", names.join(" ")), options)
            };
            let mut whole = options.clone();
            whole.shard = None;
            let what =
                format!("the step {step} ({hosts}) waits for {need} on hosts of other shards, which it cannot see");
            let error = Error::input(what)
                .hint(format!("first, in every shard, run what comes before it: {}", steps(&before, options)))
                .hint(format!("then, when every shard is done, run the rest: {}", steps(&rest, &whole)));
            if hosts == "all" {
                return error;
            }
            let limit = options.limit.iter().map(|limit| format!("{limit},")).collect::<String>();
            error.hint(format!("or leave out the hosts that wait: --limit '{limit}!{hosts}' --shard {shard}"))
        }
    }
}
