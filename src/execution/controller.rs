//! Runs the tasks of this computer itself, in Rust, because Windows has no sh.

use super::transcript::TaskTranscript;
use crate::config::modules::{HOSTS_ENTRIES, Word};
use crate::infra::hosts_file::{HostsEntry, HostsError, HostsFile};
use crate::model::event::{Mode, Outcome};
use crate::model::name::LabName;
use crate::planning::plan::PlannedTask;
use std::path::PathBuf;
use std::time::Instant;

/// This computer, as the host `controller`.
#[derive(Debug, Clone)]
pub struct Controller {
    lab: LabName,
    hosts_file: HostsFile,
}

impl Controller {
    /// This computer, for a lab. `hosts_file` takes the place of the system's.
    pub fn new(lab: &LabName, hosts_file: Option<PathBuf>) -> Self {
        Self { lab: lab.clone(), hosts_file: hosts_file.map_or_else(HostsFile::default, HostsFile::at) }
    }

    /// Runs a task: checks, acts, checks again.
    pub fn task(&self, task: &PlannedTask, mode: Mode) -> TaskTranscript {
        let began = Instant::now();
        let mut done = if task.call.shell.verb == HOSTS_ENTRIES.shell.verb {
            self.hosts_entries(&task.call.words, mode)
        } else {
            failed(format!("`{}` works on machines, not on this computer", task.call.shell.verb))
        };
        done.took = began.elapsed();
        done
    }

    /// Removes the lab's block from the hosts file; returns whether there was one.
    ///
    /// # Errors
    /// The file cannot be changed, or its marks are broken.
    pub fn forget(&self) -> Result<bool, HostsError> {
        if self.hosts_file.look(self.lab.as_str(), &[])?.holds {
            self.hosts_file.tidy();
            return Ok(false);
        }
        self.hosts_file.write(self.lab.as_str(), &[])
    }

    fn hosts_entries(&self, words: &[Word], mode: Mode) -> TaskTranscript {
        let texts = words.iter().filter_map(|word| match word {
            Word::Text(text) => Some(text.as_str()),
            Word::Path(_) | Word::User => None,
        });
        let (addresses, names): (Vec<_>, Vec<_>) = texts.enumerate().partition(|(n, _)| *n == 0);
        let Some(Ok(address)) = addresses.first().map(|(_, text)| text.parse()) else {
            return failed("the web server's address is not an IP address, and a hosts file needs one".to_owned());
        };
        let entries: Vec<HostsEntry> =
            names.iter().map(|(_, name)| HostsEntry { address, name: (*name).to_owned() }).collect();
        let lab = self.lab.as_str();
        let looked = match self.hosts_file.look(lab, &entries) {
            Ok(looked) if looked.holds => {
                if mode == Mode::Apply {
                    self.hosts_file.tidy();
                }
                return TaskTranscript { outcome: Some(Outcome::Ok), ..TaskTranscript::default() };
            }
            Ok(looked) => looked,
            Err(error) => return refused(error),
        };
        let changed = TaskTranscript {
            outcome: Some(Outcome::Changed),
            diff: looked.diff.trim_end().to_owned(),
            ..TaskTranscript::default()
        };
        if mode == Mode::Check {
            return changed;
        }
        match self.hosts_file.write(lab, &entries).and_then(|_| self.hosts_file.look(lab, &entries)) {
            Ok(looked) if looked.holds => changed,
            Ok(looked) => TaskTranscript { diff: looked.diff, ..failed("unverified".to_owned()) },
            Err(error) => refused(error),
        }
    }
}

fn failed(reason: String) -> TaskTranscript {
    TaskTranscript { outcome: Some(Outcome::Failed), reason: Some(reason), ..TaskTranscript::default() }
}

/// A file that may not be written is not a failure: the lab works, and a person is told what to do. Contradicting lines
/// are one: the names would lead elsewhere.
fn refused(error: HostsError) -> TaskTranscript {
    match error {
        HostsError::Denied { path, lines, command } => {
            let mut notes = vec![format!("{} needs these lines:", path.display())];
            notes.extend(lines.iter().map(|line| format!("  {line}")));
            notes.push("to add them, paste this:".to_owned());
            notes.extend(command.lines().map(|line| format!("  {line}")));
            let reason = Some(format!("no permission to change {}", path.display()));
            TaskTranscript { outcome: Some(Outcome::Skipped), reason, notes, ..TaskTranscript::default() }
        }
        error => failed(error.to_string()),
    }
}
