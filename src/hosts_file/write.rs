//! Bytes onto the disk, so that no moment leaves a broken or an open file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Takes away the lock of a writer that was killed after its work was done; waits for one that still works.
pub fn forget_lock(path: &Path) {
    if !cfg!(windows) && place(path).is_some_and(|lock| fs::symlink_metadata(lock).is_ok()) {
        let _ = Lock::take(path);
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
                Err(_) => return Ok(Self { _held: closed(path)?, file: None }),
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
    let name = format!(".{}.labctl.lock", path.file_name()?.display());
    if cfg!(windows) { Some(std::env::temp_dir().join(name)) } else { Some(path.parent()?.join(name)) }
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

#[cfg(unix)]
fn same(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let own = file.metadata().map(|own| (own.dev(), own.ino()));
    let found = fs::symlink_metadata(path).map(|found| (found.dev(), found.ino()));
    matches!((own, found), (Ok(own), Ok(found)) if own == found)
}

#[cfg(not(unix))]
fn same(_file: &File, _path: &Path) -> bool {
    true
}

/// Puts the new bytes in place of the old ones at once; where the file cannot be replaced (a container mounts it, the
/// folder is closed), in place.
pub fn replace(path: &Path, old: &[u8], new: &[u8]) -> io::Result<()> {
    swap(path, new).or_else(|_| rewrite(path, old, new))
}

/// A new file with the mode and owner of the old one, renamed over it. Its name is always the same, and only who holds
/// the lock uses it: what a crash left is taken away by the next writer.
fn swap(path: &Path, new: &[u8]) -> io::Result<()> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let beside = folder.join(format!(".{}.labctl.new", name.display()));
    let _ = fs::remove_file(&beside);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    let put = || {
        file.write_all(new)?;
        like(path, &file)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&beside, path)
    };
    put().inspect_err(|_| {
        let _ = fs::remove_file(&beside);
    })?;
    #[cfg(unix)]
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

#[cfg(unix)]
fn like(path: &Path, file: &File) -> io::Result<()> {
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
fn like(_path: &Path, _file: &File) -> io::Result<()> {
    Ok(())
}

/// In place: the old bytes stay in memory until the new ones are on the disk.
pub(super) fn rewrite(path: &Path, old: &[u8], new: &[u8]) -> io::Result<()> {
    let put = |bytes: &[u8]| {
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        file.write_all(bytes)?;
        file.set_len(bytes.len() as u64)?;
        file.sync_all()
    };
    put(new).inspect_err(|_| {
        let _ = put(old);
    })
}
