//! The hosts files that the names of a lab go into, and whether labctl can change them.

use super::Place;
use crate::infra::hosts_file::{HostsFile, Second, Surroundings};
use crate::model::computer::{HostsAccess, HostsOwner, HostsSeen};
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;

/// The lab of nobody: a block with its name is asked for, and none is made.
const NOBODY: &str = "nobody";

/// The file that was named; otherwise the system's, and those around it.
pub fn seen(place: &Place) -> Vec<HostsSeen> {
    if let Some(file) = &place.hosts_file {
        return vec![one(&HostsFile::at(file), HostsOwner::Nobody)];
    }
    let own = if cfg!(windows) { HostsFile::default() } else { HostsFile::at(place.root.join("etc/hosts")) };
    let seconds = if cfg!(windows) { Vec::new() } else { Surroundings::under(&place.root, None).seconds };
    let owner = |why| match why {
        Second::Windows => HostsOwner::Windows,
        Second::CloudInit => HostsOwner::CloudInit,
    };
    let others = seconds.iter().map(|(why, file)| one(file, owner(*why)));
    std::iter::once(one(&own, HostsOwner::System)).chain(others).collect()
}

/// Whether this is Linux within Windows.
pub fn within_windows(root: &Path) -> bool {
    Surroundings::under(root, None).seconds.iter().any(|(why, _)| *why == Second::Windows)
}

fn one(file: &HostsFile, owner: HostsOwner) -> HostsSeen {
    let access = match file.check(NOBODY, &[]) {
        Err(error) => HostsAccess::Refused { why: error.to_string() },
        Ok(_) if writable(file.path()) => HostsAccess::Writable,
        Ok(_) => HostsAccess::Denied,
    };
    HostsSeen { file: file.shown(), owner, access }
}

/// Whether a file can be written to. Nothing is written.
fn writable(path: &Path) -> bool {
    match OpenOptions::new().append(true).open(path) {
        Ok(_) => true,
        // Whoever may make a file without a name in its folder may make it.
        Err(error) if error.kind() == ErrorKind::NotFound => {
            path.parent().is_some_and(|folder| tempfile::tempfile_in(folder).is_ok())
        }
        Err(_) => false,
    }
}
