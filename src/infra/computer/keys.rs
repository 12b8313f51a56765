//! The private keys of the person, and whether ssh will take them.

use crate::model::computer::{KeyFault, KeyFile};
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

/// A private key begins with its kind, in a line that is no longer.
const FIRST_LINE: u64 = 64;

/// The private keys in a folder, by name.
pub fn seen(folder: &Path) -> Vec<KeyFile> {
    let mut files: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.sort();
    files.iter().filter_map(|file| key(file)).collect()
}

fn key(path: &Path) -> Option<KeyFile> {
    let file = path.display().to_string();
    let mut open = match File::open(path) {
        Ok(open) => open,
        // Known by its name alone: what is in it cannot be read.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            let named = path.file_name()?.to_str()?;
            let usual = named.starts_with("id_") && !named.ends_with(".pub");
            return usual.then_some(KeyFile { file, fault: Some(KeyFault::Unreadable) });
        }
        Err(_) => return None,
    };
    let mut begin = Vec::new();
    open.by_ref().take(FIRST_LINE).read_to_end(&mut begin).ok()?;
    let first = String::from_utf8_lossy(&begin);
    let first = first.lines().next()?;
    let private = first.starts_with("-----BEGIN ") && first.contains("PRIVATE KEY");
    private.then(|| KeyFile { file, fault: fault(&open) })
}

/// What ssh objects to.
#[cfg(unix)]
fn fault(file: &File) -> Option<KeyFault> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata().ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(KeyFault::Open { mode })
}

/// Windows has other permissions, and a home folder there is the user's own.
#[cfg(not(unix))]
fn fault(_file: &File) -> Option<KeyFault> {
    None
}
