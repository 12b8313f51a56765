//! Files of host keys: read once for all hosts, and again when they have changed.

use super::super::known_hosts::KnownHosts;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// The files that were read.
#[derive(Debug, Clone, Default)]
pub(super) struct Known(Arc<Mutex<HashMap<PathBuf, File>>>);

/// A file as it was when it was read.
#[derive(Debug)]
struct File {
    /// Its time of change, and its length.
    stamp: (SystemTime, u64),
    known: Arc<KnownHosts>,
}

impl Known {
    /// A file as it is now. Whoever comes while it is read waits for that.
    pub(super) fn read(&self, file: &Path) -> io::Result<Arc<KnownHosts>> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Looked at before it is read: what is written in between is seen the next time.
        let stamp = fs::metadata(file).and_then(|found| Ok((found.modified()?, found.len()))).ok();
        match (files.get(file), stamp) {
            (Some(file), Some(now)) if file.stamp == now => return Ok(file.known.clone()),
            _ => {}
        }
        let known = Arc::new(KnownHosts::read(file)?);
        if let Some(stamp) = stamp {
            files.insert(file.to_owned(), File { stamp, known: known.clone() });
        }
        Ok(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_again_only_when_it_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("known_hosts");
        let known = Known::default();
        assert!(known.read(&file).unwrap().skipped.is_empty(), "a file that is not there knows nobody");
        fs::write(&file, "nonsense\n").unwrap();
        let first = known.read(&file).unwrap();
        assert_eq!(first.skipped.len(), 1);
        assert!(Arc::ptr_eq(&first, &known.read(&file).unwrap()));
        fs::write(&file, "nonsense\nand more\n").unwrap();
        assert_eq!(known.read(&file).unwrap().skipped.len(), 2);
        fs::remove_file(&file).unwrap();
        assert!(known.read(&file).unwrap().skipped.is_empty());
    }
}
