//! New bytes for a file that others read and edit, so that no moment leaves a broken one.

use super::files::{appear, beside, beyond, like};
use super::unfinished::Unfinished;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Puts the new bytes in place of the old ones at once; where the file cannot be replaced (a container mounts it, the
/// folder is closed), in place. `false`: somebody has changed it, and nothing was done.
///
/// # Errors
/// What the system says; the file is as before, or a copy of both texts is kept.
pub fn replace(path: &Path, old: &[u8], new: &[u8]) -> io::Result<bool> {
    match swap(path, old, new) {
        Err(error) if beyond(&error) => rewrite(path, old, new),
        done => done,
    }
}

/// Whether the file still is what was read. Programs that know of no lock edit it, too.
fn still(path: &Path, old: &[u8]) -> io::Result<bool> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(old.is_empty()),
        now => Ok(now? == old),
    }
}

fn swap(path: &Path, old: &[u8], new: &[u8]) -> io::Result<bool> {
    let Some(beside) = beside(path, "new") else { return Err(io::ErrorKind::InvalidInput.into()) };
    appear(&beside, path, &[new], |file| like(path, file), || still(path, old))
}

/// In place. If that is cut off, both texts are kept, and the next run finishes it.
pub(super) fn rewrite(path: &Path, old: &[u8], new: &[u8]) -> io::Result<bool> {
    drop(opened(path)?); // who may not write it leaves no copy, either
    let kept = Unfinished::keep(path, old, new)?;
    let put = match still(path, old) {
        Ok(true) => over(path, old, new).map(|()| true),
        other => other,
    };
    // Neither the new text nor, after that, the old one could be written: the copy is all that there is.
    let whole = put.is_ok() || still(path, old).unwrap_or(false);
    let forgotten = if whole { kept.forget() } else { Ok(()) };
    put.and_then(|put| forgotten.map(|()| put))
}

/// Writes the new bytes over the old ones, or else leaves the old ones.
pub(super) fn over(path: &Path, old: &[u8], new: &[u8]) -> io::Result<()> {
    let put = |bytes: &[u8]| {
        let mut file = opened(path)?;
        file.write_all(bytes)?;
        file.set_len(bytes.len() as u64)?;
        file.sync_all()
    };
    put(new).inspect_err(|_| {
        let _ = put(old);
    })
}

fn opened(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).open(path)
}
