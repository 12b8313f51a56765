//! The state of a whole lab: its machines, the hosts file, and what labctl keeps on this computer.

use super::class::Class;
use super::stage::{HOSTS, root};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// One line for each thing that is as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot(BTreeSet<String>);

impl Snapshot {
    pub fn of(class: &Class) -> Self {
        let mut lines = BTreeSet::new();
        std::thread::scope(|scope| {
            let looks = HOSTS.map(|host| scope.spawn(move || (host, root(class, host, include_str!("snapshot.sh")))));
            for look in looks {
                let (host, seen) = look.join().unwrap();
                lines.extend(seen.out.lines().map(|line| format!("{host}: {line}")));
            }
        });
        let hosts = fs::read_to_string(class.hosts_file()).unwrap_or_else(|error| error.to_string());
        lines.extend(hosts.lines().map(|line| format!("hosts file: {line}")));
        names(&class.path(""), &class.path(""), &mut lines);
        Self(lines)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// What is otherwise here than there; nothing if nothing is.
    pub fn against(&self, reference: &Self) -> Option<String> {
        let mut lines: Vec<String> = self.0.difference(&reference.0).map(|line| format!("+ {line}")).collect();
        lines.extend(reference.0.difference(&self.0).map(|line| format!("- {line}")));
        let more = lines.len().saturating_sub(40);
        lines.truncate(40);
        if more > 0 {
            lines.push(format!("… and {more} more"));
        }
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}

/// The names of the files on this computer: a temporary file that a crash left would be among them.
fn names(top: &Path, folder: &Path, lines: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = path.strip_prefix(top).unwrap().display().to_string();
        // Recordings and git's objects are as many as there were runs.
        if name.ends_with("/runs") || name.ends_with(".git/objects") {
            continue;
        }
        if path.is_dir() {
            names(top, &path, lines)
        } else {
            lines.insert(format!("controller: {name}"));
        }
    }
}
