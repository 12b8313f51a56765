//! The command that continues or repeats this one.

use super::lab::Lab;
use super::options::RunOptions;
use crate::model::quote::{quote, typed};

/// The command line that runs `up` with the same options, and puts aside what stands in its way.
pub fn taking_over(lab: &Lab, options: &RunOptions) -> String {
    command(lab, "up", options) + " --take-over"
}

/// The command line that runs `verb` again with the same options.
pub fn command(lab: &Lab, verb: &str, options: &RunOptions) -> String {
    command_on(&typed(&lab.inventory.path.display().to_string()), verb, options)
}

/// The command line that runs `verb` with the same options on an inventory or class, and what else is typed behind it.
pub fn command_on(target: &str, verb: &str, options: &RunOptions) -> String {
    let mut line = format!("labctl {verb} {target}");
    if let Some(limit) = &options.limit {
        line.push_str(&format!(" --limit {}", quote(limit)));
    }
    for setting in &options.settings {
        line.push_str(&format!(" --set {}", typed(setting.written())));
    }
    if let Some(shard) = options.shard {
        line.push_str(&format!(" --shard {shard}"));
    }
    if let Some(path) = &options.hosts_file {
        line.push_str(&format!(" --hosts-file {}", typed(&path.display().to_string())));
    }
    line
}
