//! Runs the tasks of this computer itself, in Rust, because Windows has no sh.

mod sites;

use super::transcript::TaskTranscript;
use crate::config::inventory::Host;
use crate::config::modules::{HOSTS_ENTRIES, Word};
use crate::infra::hosts_file::{HostsEntry, HostsError, HostsFile, Second, Surroundings};
use crate::model::event::{HostsNote, Mode, Note, Outcome, Reason};
use crate::model::name::{HostName, LabName};
use crate::planning::plan::PlannedTask;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

/// This computer, as the host `controller`.
#[derive(Debug, Clone)]
pub struct Controller {
    lab: LabName,
    hosts_file: HostsFile,
    around: Surroundings,
    /// Whether `hosts_file` is another one than the system's: no resolver reads it then.
    own_file: bool,
    web: Option<Host>,
    configs: BTreeMap<String, String>,
}

impl Controller {
    /// This computer, for a lab. `hosts_file` takes the place of the system's: then nothing else is looked at.
    pub fn new(lab: &LabName, hosts_file: Option<PathBuf>) -> Self {
        let around = if hosts_file.is_some() { Surroundings::default() } else { Surroundings::found() };
        let own_file = hosts_file.is_some();
        Self { own_file, ..Self::among(lab, hosts_file.map_or_else(HostsFile::default, HostsFile::at), around) }
    }

    fn among(lab: &LabName, hosts_file: HostsFile, around: Surroundings) -> Self {
        let (web, configs) = (None, BTreeMap::new());
        Self { lab: lab.clone(), hosts_file, around, own_file: false, web, configs }
    }

    /// With what it needs to ask sites: the web server, and the hash of the configuration that it should have loaded, by domain.
    #[must_use]
    pub fn asking(mut self, web: Option<Host>, configs: BTreeMap<String, String>) -> Self {
        (self.web, self.configs) = (web, configs);
        self
    }

    /// The web server, if the inventory has one.
    pub fn web(&self) -> Option<&Host> {
        self.web.as_ref()
    }

    /// The web server's name in the inventory, if it has one.
    pub fn web_name(&self) -> Option<HostName> {
        self.web.as_ref().map(|web| web.name.clone())
    }

    /// Runs a task: checks, acts, checks again.
    pub fn task(&self, task: &PlannedTask, mode: Mode) -> TaskTranscript {
        let began = Instant::now();
        let mut done = if task.call.shell.verb == HOSTS_ENTRIES.shell.verb {
            self.hosts_entries(&task.call.words, mode)
        } else {
            failed(Reason::NotForThisComputer { verb: task.call.shell.verb.to_owned() })
        };
        done.took = began.elapsed();
        done
    }

    /// Removes the lab's block from the hosts file, and from the other files that have it; returns whether there was one.
    ///
    /// # Errors
    /// A file cannot be changed, or its marks are broken.
    pub fn forget(&self) -> Result<bool, HostsError> {
        let mut removed = Ok(false);
        for file in std::iter::once(&self.hosts_file).chain(self.around.seconds.iter().map(|(_, file)| file)) {
            removed = match (removed, self.forget_in(file)) {
                (Ok(before), Ok(now)) => Ok(before || now),
                (Err(error), _) | (_, Err(error)) => Err(error),
            };
        }
        removed
    }

    fn forget_in(&self, file: &HostsFile) -> Result<bool, HostsError> {
        if file.check(self.lab.as_str(), &[])?.holds {
            file.tidy();
            return Ok(false);
        }
        file.write(self.lab.as_str(), &[])
    }

    fn hosts_entries(&self, words: &[Word], mode: Mode) -> TaskTranscript {
        let texts = words.iter().filter_map(|word| match word {
            Word::Text(text) => Some(text.as_str()),
            Word::Path(_) | Word::User => None,
        });
        let (addresses, names): (Vec<_>, Vec<_>) = texts.enumerate().partition(|(n, _)| *n == 0);
        let Some(Ok(address)) = addresses.first().map(|(_, text)| text.parse()) else {
            return failed(Reason::NoIpAddress);
        };
        let entries: Vec<HostsEntry> =
            names.iter().map(|(_, name)| HostsEntry { address, name: (*name).to_owned() }).collect();
        let mut done = self.entries_in(&self.hosts_file, &entries, mode);
        for (why, file) in &self.around.seconds {
            join(&mut done, second(*why, file, self.entries_in(file, &entries, mode)));
        }
        if let Some(from) = self.around.visitor.filter(|_| done.outcome == Some(Outcome::Changed)) {
            let lines = entries.iter().map(|HostsEntry { address, name }| format!("{address} {name}")).collect();
            done.notes.push(HostsNote::VisitorElsewhere { from, lines }.into());
        }
        done
    }

    /// The block in one file.
    fn entries_in(&self, file: &HostsFile, entries: &[HostsEntry], mode: Mode) -> TaskTranscript {
        let lab = self.lab.as_str();
        let checked = match file.check(lab, entries) {
            Ok(checked) if checked.holds => {
                if mode == Mode::Apply {
                    file.tidy();
                }
                return TaskTranscript { outcome: Some(Outcome::Ok), ..TaskTranscript::default() };
            }
            Ok(checked) => checked,
            Err(error) => return refused(error),
        };
        let changed = TaskTranscript {
            outcome: Some(Outcome::Changed),
            diff: checked.diff.trim_end().to_owned(),
            ..TaskTranscript::default()
        };
        if mode == Mode::Check {
            return changed;
        }
        match file.write(lab, entries).and_then(|_| file.check(lab, entries)) {
            Ok(checked) if checked.holds => changed,
            Ok(checked) => TaskTranscript { diff: checked.diff, ..failed(Reason::Unverified) },
            Err(error) => refused(error),
        }
    }
}

/// What became of a second file, with the reason why it matters.
fn second(why: Second, file: &HostsFile, mut done: TaskTranscript) -> TaskTranscript {
    if done.outcome != Some(Outcome::Ok) {
        for note in &mut done.notes {
            if let Note::HostsFile(HostsNote::Denied { in_windows, .. }) = note {
                *in_windows = why == Second::Windows;
            }
        }
        let path = file.shown();
        let note = match why {
            Second::Windows => HostsNote::WithinWindows { path },
            Second::CloudInit => HostsNote::CloudInit { path },
        };
        done.notes.insert(0, note.into());
    }
    done
}

/// Two files as one task: the worse outcome, and everything that is to be said.
fn join(all: &mut TaskTranscript, one: TaskTranscript) {
    let weight = |outcome: Option<Outcome>| match outcome {
        Some(Outcome::Failed) => 3,
        Some(Outcome::Skipped) => 2,
        Some(Outcome::Changed) => 1,
        Some(Outcome::Ok | Outcome::Unknown) | None => 0,
    };
    if weight(one.outcome) > weight(all.outcome) {
        (all.outcome, all.reason) = (one.outcome, one.reason);
    }
    if !one.diff.is_empty() {
        all.diff = [all.diff.as_str(), one.diff.as_str()].join("\n").trim().to_owned();
    }
    all.notes.extend(one.notes);
}

fn failed(reason: Reason) -> TaskTranscript {
    TaskTranscript { outcome: Some(Outcome::Failed), reason: Some(reason), ..TaskTranscript::default() }
}

/// A file that may not be written is not a failure: the lab works, and a person is shown what to do. Contradicting lines
/// are one: the names would lead elsewhere.
fn refused(error: HostsError) -> TaskTranscript {
    match error {
        HostsError::Denied { path, lines, command } => {
            let note = HostsNote::Denied { path: path.clone(), lines, command, in_windows: false };
            let reason = Some(Reason::HostsFileDenied { path });
            TaskTranscript {
                outcome: Some(Outcome::Skipped),
                reason,
                notes: vec![note.into()],
                ..TaskTranscript::default()
            }
        }
        error => failed(Reason::Words(error.to_string())),
    }
}

#[cfg(test)]
#[path = "controller_tests.rs"]
mod tests;
