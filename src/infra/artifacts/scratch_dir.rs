//! The folder where one run packs. It goes with the run; what a run left that was killed, the next one takes away.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

const PREFIX: &str = "packing-";
/// In the folder, locked as long as its run lives.
const HELD: &str = "held";
/// A folder without that file is about to get it.
const YOUNG: Duration = Duration::from_secs(60);

/// A folder of one run's own.
#[derive(Debug)]
pub struct ScratchDir {
    // Let go before the folder is removed, for Windows.
    _held: File,
    folder: TempDir,
}

impl ScratchDir {
    /// A new one, in the state folder of a lab.
    ///
    /// # Errors
    /// The state folder cannot be written.
    pub fn new(state: &Path) -> io::Result<Self> {
        fs::create_dir_all(state)?;
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(state)?;
        let held = File::create_new(folder.path().join(HELD))?;
        held.lock()?;
        Ok(Self { _held: held, folder })
    }

    /// The path of the folder, which goes when this is dropped.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Takes away the folders of runs that have ended.
pub fn clear(state: &Path) {
    for entry in fs::read_dir(state).into_iter().flatten().flatten() {
        let path = entry.path();
        let left = match File::open(path.join(HELD)) {
            _ if !entry.file_name().to_string_lossy().starts_with(PREFIX) => false,
            Ok(held) => held.try_lock().is_ok(),
            Err(_) => entry
                .metadata()
                .and_then(|own| own.modified())
                .is_ok_and(|at| at.elapsed().is_ok_and(|age| age > YOUNG)),
        };
        if left {
            let _ = fs::remove_dir_all(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_left_goes_and_what_a_living_one_has_stays() {
        let state = tempfile::tempdir().unwrap();
        let living = ScratchDir::new(state.path()).unwrap();
        let dead = state.path().join("packing-dead");
        let young = state.path().join("packing-young");
        let other = state.path().join("runs");
        for folder in [&dead, &young, &other] {
            fs::create_dir(folder).unwrap();
        }
        fs::write(dead.join(HELD), "").unwrap();
        fs::write(dead.join("half"), "PACK").unwrap();
        clear(state.path());
        assert!(living.path().is_dir() && young.is_dir() && other.is_dir() && !dead.exists());
        let path = living.path().to_owned();
        drop(living);
        assert!(!path.exists());
    }
}
