//! Why tasks and steps ended as they did, and what hosts remark meanwhile.

use crate::model::event::{Reason, Remark};
use crate::model::name::HostName;

/// Why a task failed, was skipped or is not known, or a step was not begun.
pub fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Exit { status } => format!("ended with status {status}"),
        Reason::Unverified => "it was done, but the state still does not hold".to_owned(),
        Reason::TookTooLong { seconds } => format!("took longer than {seconds} s"),
        Reason::SaidNothing { seconds } => format!("printed nothing for {seconds} s"),
        Reason::PrintedTooMuch { megabytes } => format!("printed more than {megabytes} MB"),
        Reason::EngineKilled => "labctl's script on the machine was killed".to_owned(),
        Reason::StoppedByUser => "stopped by the user".to_owned(),
        Reason::Interrupted => "interrupted".to_owned(),
        Reason::HostLost => "the machine was lost while it ran".to_owned(),
        Reason::NothingSaid => "the machine's script ended without reporting on it".to_owned(),
        Reason::InTheWay { .. } => "something stands in the way".to_owned(),
        Reason::DoesNotHold => "does not hold".to_owned(),
        Reason::Until { task, host: None } => format!("not known until `{task}` is done"),
        Reason::Until { task, host: Some(host) } => format!("not known until `{task}` is done on {}", label(host)),
        Reason::UntilReached { host } => format!("not known until {} is reached", label(host)),
        Reason::EarlierFailure => "something before it failed".to_owned(),
        Reason::TaskFailed { task, host } => format!("`{task}` failed on {}", label(host)),
        Reason::TaskSkipped { task, host } => format!("`{task}` was not started on {}", label(host)),
        Reason::NotReached { host } => format!("{} was not reached", label(host)),
        Reason::TooManyFailed { failed, of, most } => {
            format!("not started: {failed} of {of} hosts have failed, and --max-fail is {most}")
        }
        Reason::RunEnded => "the run ended".to_owned(),
        Reason::SitesFail => "not every site answers as it should".to_owned(),
        Reason::NoWayToWeb { web } => {
            format!("this computer cannot reach {web} directly, and that machine is not part of this run")
        }
        Reason::NoIpAddress => "the web server's address is not an IP address, and a hosts file needs one".to_owned(),
        Reason::HostsFileDenied { path } => format!("no permission to change {}", path.display()),
        Reason::NotForThisComputer { verb } => format!("`{verb}` works on machines, not on this computer"),
        Reason::WebLost => {
            "the web server cannot be reached any more; the servers after it are left as they are".to_owned()
        }
        Reason::NotBack { output } if output.is_empty() => {
            "the web server does not get its page; the servers after it are left as they are".to_owned()
        }
        Reason::NotBack { output } => format!("{output}; the servers after it are left as they are"),
        Reason::Words(text) => text.clone(),
    }
}

/// What a host remarks, so that it can follow the host's name.
pub fn remark(remark: &Remark) -> String {
    match remark {
        Remark::Waits { by } => format!("waits for another run: {by}"),
        Remark::Receives { id, kilobytes } => format!("receives {id} ({kilobytes} KB)"),
        Remark::OutOfTurns { web } => format!("{web} sends it no visitors while it is changed"),
        Remark::BackInTurns { web } => format!("{web} gets its page, and sends it visitors again"),
        Remark::Words(text) => text.clone(),
    }
}

fn label(host: &HostName) -> &str {
    if host.is_controller() { "this computer" } else { host.as_str() }
}
