//! Bytes onto the disk, so that no moment leaves a broken or an open file.

use super::unfinished::Unfinished;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Whether a writer that was killed left its lock, or a new file that never came into its place. (On Windows the lock stays.)
pub fn left(path: &Path) -> bool {
    let there = |place: Option<PathBuf>| place.is_some_and(|place| fs::symlink_metadata(place).is_ok());
    there(beside(path, "new")) || (!cfg!(windows) && there(place(path)))
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
pub struct Lock {
    _held: Option<File>,
    file: Option<PathBuf>,
}

impl Lock {
    /// Waits for its turn.
    pub fn take(path: &Path) -> io::Result<Self> {
        let Some(lock) = place(path) else { return Ok(Self { _held: closed(path)?, file: None }) };
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

impl Drop for Lock {
    fn drop(&mut self) {
        // While it is still held; a lock that a crash left is taken, and taken away, by the next writer.
        if let Some(file) = &self.file {
            let _ = fs::remove_file(file);
        }
    }
}

/// Windows takes away no file that somebody has open, so the lock stays; in the user's own temporary folder.
fn place(path: &Path) -> Option<PathBuf> {
    let lock = beside(path, "lock")?;
    if cfg!(windows) { Some(std::env::temp_dir().join(lock.file_name()?)) } else { Some(lock) }
}

/// What labctl keeps beside the file.
pub(super) fn beside(path: &Path, what: &str) -> Option<PathBuf> {
    Some(path.parent()?.join(format!(".{}.labctl.{what}", path.file_name()?.display())))
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

/// Whether what is open is what is there, and no link to it.
#[cfg(unix)]
pub(super) fn same(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let own = file.metadata().map(|own| (own.dev(), own.ino()));
    let found = fs::symlink_metadata(path).map(|found| (found.dev(), found.ino()));
    matches!((own, found), (Ok(own), Ok(found)) if own == found)
}

#[cfg(not(unix))]
pub(super) fn same(_file: &File, _path: &Path) -> bool {
    true
}

/// Puts the new bytes in place of the old ones at once; where the file cannot be replaced (a container mounts it, the
/// folder is closed), in place. `false`: somebody has changed it, and nothing was done.
pub fn replace(path: &Path, old: &[u8], new: &[u8]) -> io::Result<bool> {
    match swap(path, old, new) {
        Err(error) if beyond(&error) => rewrite(path, old, new),
        done => done,
    }
}

/// Whether the place itself forbids it, and another way may do: it is no fault of the disk, and does not pass.
pub(super) fn beyond(error: &io::Error) -> bool {
    use io::ErrorKind::{CrossesDevices, PermissionDenied, ReadOnlyFilesystem, ResourceBusy};
    // Windows: somebody has the file open, and lets others write it but not replace it.
    let shared = cfg!(windows) && error.raw_os_error() == Some(32);
    shared || matches!(error.kind(), ResourceBusy | CrossesDevices | PermissionDenied | ReadOnlyFilesystem)
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

/// A whole file, on the disk, renamed to its name if that still is wanted at the last moment. The first name is always the
/// same, and only who holds the lock uses it: what a crash left is taken away by the next writer.
pub(super) fn appear(
    first: &Path,
    at: &Path,
    parts: &[&[u8]],
    dress: impl FnOnce(&File) -> io::Result<()>,
    wanted: impl FnOnce() -> io::Result<bool>,
) -> io::Result<bool> {
    let _ = fs::remove_file(first);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(first)?;
    let put = || {
        parts.iter().try_for_each(|part| file.write_all(part))?;
        dress(&file)?;
        file.sync_all()?;
        drop(file);
        let wanted = wanted()?;
        if wanted {
            fs::rename(first, at)?;
        }
        Ok(wanted)
    };
    let put = put();
    if let Ok(true) = put {
        sync_folder(at);
    } else {
        let _ = fs::remove_file(first);
    }
    put
}

/// So that a name is on the disk, too. Not every file system can.
pub(super) fn sync_folder(path: &Path) {
    #[cfg(unix)]
    let _ = path.parent().map(|folder| File::open(folder).and_then(|folder| folder.sync_all()));
    #[cfg(not(unix))]
    let _ = path;
}

#[cfg(unix)]
pub(super) fn like(path: &Path, file: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    match fs::metadata(path) {
        Ok(old) => {
            fchown(file, Some(old.uid()), Some(old.gid()))?;
            file.set_permissions(old.permissions())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            file.set_permissions(fs::Permissions::from_mode(0o644))
        }
        Err(error) => Err(error),
    }
}

#[cfg(not(unix))]
pub(super) fn like(_path: &Path, _file: &File) -> io::Result<()> {
    Ok(())
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
