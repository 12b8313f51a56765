//! What a task has to say beside its outcome.

use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::path::PathBuf;

/// What a task has to say beside its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Note {
    /// In words: of a module on a machine, or of an older labctl.
    Words(String),
    /// About this computer's hosts file.
    HostsFile(HostsNote),
}

/// What the names in this computer's hosts file do not do for every browser, or what a person has to do there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "hosts_file", rename_all = "snake_case")]
pub enum HostsNote {
    /// Somebody is logged in here from another computer, whose browser reads that computer's file.
    VisitorElsewhere {
        /// The address that they came from.
        from: IpAddr,
        /// What its file needs, `ADDRESS NAME` each.
        lines: Vec<String>,
    },
    /// This user may not change a file.
    Denied {
        /// The hosts file that this user may not change.
        path: PathBuf,
        /// The lines of the lab's block, with its marks.
        lines: Vec<String>,
        /// What adds them, to be pasted.
        command: String,
        /// Whether that is to be pasted into a PowerShell of Windows, while labctl runs in a Linux beside it (WSL).
        in_windows: bool,
    },
    /// This Linux runs within Windows: browsers read the file of Windows.
    WithinWindows {
        /// The file of Windows, as it is seen from here.
        path: String,
    },
    /// cloud-init writes the hosts file again at every boot.
    CloudInit {
        /// What it makes it from.
        path: String,
    },
}

impl Note {
    /// Changes what programs said.
    pub fn change_outputs(&mut self, change: &mut dyn FnMut(&mut String)) {
        if let Self::Words(text) = self {
            change(text);
        }
    }
}

impl From<HostsNote> for Note {
    fn from(note: HostsNote) -> Self {
        Self::HostsFile(note)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_as_it_was_written() {
        let lines = || vec!["10.0.0.1 demo.lab.test".to_owned()];
        let (path, command) = (PathBuf::from("/etc/hosts"), "sudo tee".to_owned());
        for note in [
            Note::Words("pm2 restarted it".into()),
            HostsNote::VisitorElsewhere { from: "192.168.1.20".parse().unwrap(), lines: lines() }.into(),
            HostsNote::Denied { path, lines: lines(), command, in_windows: true }.into(),
            HostsNote::WithinWindows { path: "/mnt/c/hosts".into() }.into(),
            HostsNote::CloudInit { path: "/etc/cloud/templates/hosts.debian.tmpl".into() }.into(),
        ] {
            let written = serde_json::to_value(&note).unwrap();
            assert_eq!(serde_json::from_value::<Note>(written.clone()).unwrap(), note, "{written}");
        }
    }
}
