//! Bytes onto the disk, so that no moment leaves a broken or an open file.

use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::Path;

/// Held until dropped. The lock is a file of the temporary folder, named after the hosts file: nothing is left in `/etc`,
/// and the hosts file itself cannot be the lock, for it is replaced.
pub fn lock(path: &Path) -> io::Result<Option<File>> {
    let mut name = DefaultHasher::new();
    path.hash(&mut name);
    let lock = std::env::temp_dir().join(format!("labctl-hosts-{:016x}.lock", name.finish()));
    // A lock that another user made cannot be written, but reading is enough to hold it.
    let made = OpenOptions::new().write(true).create_new(true).open(&lock);
    let file = match made.or_else(|_| File::open(&lock)) {
        Ok(file) => file,
        // Somebody else's lock may be closed to us; then only the rename keeps order.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(None),
        Err(error) => return Err(error),
    };
    file.lock()?;
    Ok(Some(file))
}

/// Puts the new bytes in place of the old ones at once; where the file cannot be replaced (a container mounts it, the
/// folder is closed), in place.
pub fn replace(path: &Path, old: &[u8], new: &[u8]) -> io::Result<()> {
    swap(path, new).or_else(|_| rewrite(path, old, new))
}

/// A new file with the mode and owner of the old one, renamed over it.
fn swap(path: &Path, new: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let mut file = tempfile::Builder::new().prefix(".hosts-labctl").tempfile_in(folder)?;
    file.write_all(new)?;
    like(path, file.as_file())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
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
