//! One writer of a hosts file at a time, and what one that was killed leaves behind.

use super::files::{beside, beyond, same};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Whether a writer that was killed left its lock, or a new file that never came into its place. (On Windows the lock stays.)
pub fn left(path: &Path) -> bool {
    let there = |lock_path: Option<PathBuf>| lock_path.is_some_and(|lock_path| fs::symlink_metadata(lock_path).is_ok());
    there(beside(path, "new")) || (!cfg!(windows) && there(lock_path(path)))
}

/// Takes away, under the lock, a new file that never came into its place.
pub fn sweep(path: &Path) {
    if let Some(half) = beside(path, "new") {
        let _ = fs::remove_file(half);
    }
}

/// One writer at a time, until this is dropped.
///
/// The lock is a file beside the hosts file, for only who may write there can put it there; the hosts file itself cannot
/// be the lock, for it is replaced. Where the folder is closed it is not replaced, and is the lock.
pub struct HostsLock {
    _held: Option<File>,
    file: Option<PathBuf>,
}

impl HostsLock {
    /// Waits for its turn.
    ///
    /// # Errors
    /// The lock file cannot be made, or the system refuses the lock.
    pub fn take(path: &Path) -> io::Result<Self> {
        let Some(lock) = lock_path(path) else { return Ok(Self { _held: closed(path)?, file: None }) };
        loop {
            // Not followed if it is a link (`create_new`), and not opened if it is anything but a file.
            let file = match OpenOptions::new().write(true).create_new(true).open(&lock) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match fs::symlink_metadata(&lock) {
                    Ok(found) if found.is_file() => match File::open(&lock) {
                        Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                        other => other?,
                    },
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    _ => return Err(io::Error::other(format!("{} is in the way: remove it", lock.display()))),
                },
                Err(error) if beyond(&error) => return Ok(Self { _held: closed(path)?, file: None }),
                Err(error) => return Err(error),
            };
            file.lock()?;
            // Who held it before has taken it away: what is locked is no longer what others find.
            if same(&file, &lock) {
                return Ok(Self { _held: Some(file), file: cfg!(unix).then_some(lock) });
            }
        }
    }
}

impl Drop for HostsLock {
    fn drop(&mut self) {
        // While it is still held; a lock that a crash left is taken, and taken away, by the next writer.
        if let Some(file) = &self.file {
            let _ = fs::remove_file(file);
        }
    }
}

/// Windows takes away no file that somebody has open, so the lock stays; in the user's own temporary folder.
fn lock_path(path: &Path) -> Option<PathBuf> {
    let lock = beside(path, "lock")?;
    if cfg!(windows) { Some(std::env::temp_dir().join(lock.file_name()?)) } else { Some(lock) }
}

/// The hosts file itself, held. Where there is none, none can be made either: nothing is to be guarded.
fn closed(path: &Path) -> io::Result<Option<File>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    file.lock()?;
    Ok(Some(file))
}
