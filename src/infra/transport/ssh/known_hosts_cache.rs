//! Files of host keys: read once for all hosts, and again when they have changed.

use super::super::known_hosts::{HostKeyFile, HostKeyVerdict, KnownHosts};
use russh::keys::PublicKey;
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The files that were read.
#[derive(Debug, Clone, Default)]
pub(super) struct Known(Arc<Mutex<HashMap<PathBuf, HostKeyFile>>>);

impl Known {
    /// What a file says of a host now. Whoever comes while it is read waits for that.
    pub(super) fn about(&self, file: &Path, host: &str, port: u16) -> io::Result<KnownHosts> {
        self.with(file, |keys| Ok(keys.read(file)?.about(host, port)))
    }

    /// Remembers the key of a host that nobody has seen before.
    pub(super) fn learn(&self, file: &Path, host: &str, port: u16, key: &PublicKey) -> io::Result<HostKeyVerdict> {
        self.with(file, |keys| keys.learn(file, host, port, key))
    }

    fn with<T>(&self, file: &Path, then: impl FnOnce(&mut HostKeyFile) -> T) -> T {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        then(files.entry(file.to_owned()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_is_read_again_when_it_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("known_hosts");
        let known = Known::default();
        let skipped = || known.about(&file, "web", 22).unwrap().skipped.len();
        assert_eq!(skipped(), 0, "a file that is not there knows nobody");
        fs::write(&file, "nonsense\n").unwrap();
        assert_eq!((skipped(), skipped()), (1, 1));
        fs::write(&file, "nonsense\nand more\n").unwrap();
        assert_eq!(skipped(), 2);
        fs::remove_file(&file).unwrap();
        assert_eq!(skipped(), 0);
    }
}
