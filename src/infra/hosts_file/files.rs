//! The files that labctl keeps beside a hosts file: each is whole, or is not there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What labctl keeps beside the file.
pub(super) fn beside(path: &Path, what: &str) -> Option<PathBuf> {
    Some(path.parent()?.join(format!(".{}.labctl.{what}", path.file_name()?.display())))
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

/// Whether the place itself forbids it, and another way may do: it is not a fault of the disk, and does not pass.
pub(super) fn beyond(error: &io::Error) -> bool {
    use io::ErrorKind::{CrossesDevices, PermissionDenied, ReadOnlyFilesystem, ResourceBusy};
    // Windows: somebody has the file open, and lets others write it but not replace it.
    let shared = cfg!(windows) && error.raw_os_error() == Some(32);
    shared || matches!(error.kind(), ResourceBusy | CrossesDevices | PermissionDenied | ReadOnlyFilesystem)
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
