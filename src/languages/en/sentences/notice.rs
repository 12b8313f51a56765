//! What people should know before and during a run.

use super::{drill, task};
use crate::model::notice::Notice;

/// A line of its own, or to follow one.
pub fn notice(notice: &Notice) -> String {
    match notice {
        Notice::Provider(text) => text.clone(),
        Notice::Remark { host, remark } => format!("{host}: {}", task::remark(remark)),
        Notice::NotRecorded { folder, error } => format!("this run is not recorded: {}: {error}", folder.display()),
        Notice::FewerHosts { at_once, wanted } => format!(
            "{at_once} hosts at a time instead of {wanted}: this computer allows labctl no more open files (see `ulimit \
             -Hn`)"
        ),
        Notice::AfterAllShards { steps, command } => {
            let steps: Vec<&str> = steps.iter().map(|step| step.as_str()).collect();
            let waits = if steps.len() == 1 { "waits" } else { "wait" };
            format!("{} {waits} for every shard: when all are done, run {command}", steps.join(", "))
        }
        Notice::RunStops => {
            "stopping: ending the running tasks on their machines (Ctrl-C again: quit at once)".to_owned()
        }
        Notice::DrillStops => "stopping: what was broken is restored first (Ctrl-C again: quit at once; then the \
                               machine's own timer restores it)"
            .to_owned(),
        Notice::DrillStopped => "interrupted; everything serves as before".to_owned(),
        Notice::ModeSkipped { mode, why } => format!("{} is skipped: {}", mode.word(), drill::failure(why)),
        Notice::NginxDefaults => "nginx uses its own defaults during the drill".to_owned(),
        Notice::NginxRestored => "nginx gets the lab's configuration back".to_owned(),
        Notice::Ejected { server, lasts } => format!(
            "waiting {} s, until every worker of nginx sends visitors to {server} again (Ctrl-C: do not wait)",
            lasts.as_secs_f64()
        ),
    }
}
