//! One labctl at a time works on a lab, and one makes the base. The kernel frees these locks when a process ends in
//! any way; they lie outside the lab's folder because `down` removes that.

use super::trouble::{trouble, while_doing};
use super::{MachinesError, Notify};
use std::fs::{File, TryLockError};
use std::path::Path;

/// Holds a lock until it is dropped.
#[derive(Debug)]
pub struct LabLock(#[allow(dead_code, reason = "held for its drop")] File);

/// Takes the lock of that name in a folder; says so when it has to wait for another labctl.
///
/// # Errors
/// The folder cannot be written, or the system refuses the lock.
pub async fn take(folder: &Path, name: &str, notify: Notify<'_>) -> Result<LabLock, MachinesError> {
    std::fs::create_dir_all(folder).map_err(while_doing("make", folder))?;
    let path = folder.join(format!("{name}.lock"));
    let file = File::create(&path).map_err(while_doing("open", &path))?;
    match file.try_lock() {
        Ok(()) => return Ok(LabLock(file)),
        Err(TryLockError::WouldBlock) => notify(format!("waiting for another labctl that works on {name}")),
        Err(TryLockError::Error(error)) => return Err(while_doing("lock", &path)(error)),
    }
    let waited = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
    let file = waited.map_err(|error| trouble(format!("waiting for a lock ended early: {error}")))?;
    file.map(LabLock).map_err(while_doing("lock", &path))
}
