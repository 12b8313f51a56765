//! What tasks have to say beside their outcome.

use crate::languages::lists::indented;
use crate::model::event::{HostsNote, Note};

/// What a task has to say beside its outcome; it may have several lines.
pub fn note(note: &Note) -> String {
    match note {
        Note::Words(text) => text.clone(),
        Note::HostsFile(note) => hosts_note(note),
    }
}

fn hosts_note(note: &HostsNote) -> String {
    match note {
        HostsNote::VisitorElsewhere { from, lines } => format!(
            "you are logged in here from {from}: a browser there reads that computer's hosts file, which needs\n{}\n\
             in /etc/hosts (Linux, macOS) or C:\\Windows\\System32\\drivers\\etc\\hosts (Windows), as an administrator",
            indented(lines)
        ),
        HostsNote::Denied { path, lines, command, in_windows } => {
            let place =
                if *in_windows { " in a PowerShell of Windows that was started as an administrator" } else { "" };
            format!(
                "{} needs these lines:\n{}\nto add them, paste this{place}:\n{}",
                path.display(),
                indented(lines),
                indented(command.lines())
            )
        }
        HostsNote::WithinWindows { path } => format!(
            "this Linux runs within Windows (WSL): the browser reads {path}, and WSL writes this computer's own file again from it"
        ),
        HostsNote::CloudInit { path } => {
            format!("cloud-init writes this computer's hosts file again from {path} at every boot (manage_etc_hosts)")
        }
    }
}
