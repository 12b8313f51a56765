//! A file of host keys, as it was read last. Of a file to which keys were only added, only those are read again: on first
//! contact with a thousand hosts the file changes a thousand times.

use super::{HostKeyVerdict, KnownHosts, entry_line, lock_of};
use russh::keys::PublicKey;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::time::SystemTime;

/// What was read of a file.
#[derive(Debug, Default)]
pub struct HostKeyFile {
    /// Its time of change and its length, before it was read.
    stamp: Option<(SystemTime, u64)>,
    bytes: Vec<u8>,
    /// How many line ends are in them.
    lines: usize,
    known: KnownHosts,
    /// How many bytes were read from the disk.
    #[cfg(test)]
    fetched: u64,
}

fn stamp(file: &Path) -> Option<(SystemTime, u64)> {
    fs::metadata(file).and_then(|found| Ok((found.modified()?, found.len()))).ok()
}

impl HostKeyFile {
    /// Reads the file as it is now. A missing one is empty; an unreadable one is an error, or every key in it would look new.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(&mut self, file: &Path) -> io::Result<&KnownHosts> {
        // Looked at before it is read: what is written in between is seen the next time.
        let now = stamp(file);
        if now.is_none() || self.stamp != now {
            let bytes = match fs::read(file) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
                Err(error) => return Err(error),
            };
            #[cfg(test)]
            let fetched = self.fetched + bytes.len() as u64;
            let whole_lines = self.bytes.last().is_none_or(|last| *last == b'\n');
            match bytes.strip_prefix(self.bytes.as_slice()).filter(|_| whole_lines) {
                Some(more) => self.add(more),
                None => {
                    *self = Self::default();
                    self.add(&bytes);
                }
            }
            self.stamp = now;
            #[cfg(test)]
            {
                self.fetched = fetched;
            }
        }
        Ok(&self.known)
    }

    fn add(&mut self, more: &[u8]) {
        self.known.add(more, self.lines);
        self.lines += more.iter().filter(|byte| **byte == b'\n').count();
        self.bytes.extend(more);
    }

    /// Remembers the key of a host that nobody has seen before, unless another process was faster: the verdict is then
    /// the one that holds now. Creates file and folder.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn learn(&mut self, file: &Path, host: &str, port: u16, key: &PublicKey) -> io::Result<HostKeyVerdict> {
        if let Some(folder) = file.parent().filter(|f| !f.as_os_str().is_empty()) {
            fs::create_dir_all(folder)?;
        }
        // A sibling is locked: the file itself may be replaced at any time by `ssh-keygen -R`.
        let lock = File::create(lock_of(file))?;
        lock.lock()?;
        match self.read(file)?.check(host, port, key) {
            HostKeyVerdict::Unknown => {}
            other => return Ok(other),
        }
        // A last line without an end must not swallow ours.
        let end = if self.bytes.last().is_none_or(|last| *last == b'\n') { "" } else { "\n" };
        let text = format!("{end}{}\n", entry_line(host, port, key)?);
        OpenOptions::new().append(true).create(true).open(file)?.write_all(text.as_bytes())?;
        if end.is_empty() {
            self.add(text.as_bytes());
            // As long as what was read and what was written: nobody else has added anything.
            let length = u64::try_from(self.bytes.len()).ok();
            self.stamp = stamp(file).filter(|(_, now)| Some(*now) == length);
        } else {
            self.stamp = None;
        }
        Ok(HostKeyVerdict::Trusted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: usize) -> PublicKey {
        let mut bytes = [7; 32];
        bytes[..8].copy_from_slice(&n.to_le_bytes());
        let key = russh::keys::ssh_key::public::Ed25519PublicKey(bytes);
        PublicKey::new(key.into(), "")
    }

    #[test]
    fn what_was_read_is_what_a_fresh_reader_reads() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("known_hosts");
        let (mut ours, mut others) = (HostKeyFile::default(), HostKeyFile::default());
        let fresh = |file: &Path| format!("{:?}", HostKeyFile::default().read(file).unwrap());
        let same = |ours: &mut HostKeyFile| assert_eq!(format!("{:?}", ours.read(&file).unwrap()), fresh(&file));
        same(&mut ours);
        for n in 0..4 {
            assert_eq!(ours.learn(&file, &format!("h{n}"), 22, &key(n)).unwrap(), HostKeyVerdict::Trusted);
            same(&mut ours);
            assert_eq!(others.learn(&file, &format!("o{n}"), 2222, &key(n)).unwrap(), HostKeyVerdict::Trusted);
            same(&mut ours);
        }
        // A person adds a line without an end, changes one in the middle, and takes the file away.
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, format!("{text}@revoked * {}", key(9).to_openssh().unwrap())).unwrap();
        same(&mut ours);
        assert_eq!(ours.learn(&file, "h9", 22, &key(9)).unwrap(), HostKeyVerdict::Revoked { line: 9 });
        assert_eq!(ours.learn(&file, "h5", 22, &key(5)).unwrap(), HostKeyVerdict::Trusted);
        same(&mut ours);
        fs::write(&file, format!("h1 {}\n{text}", key(8).to_openssh().unwrap())).unwrap();
        same(&mut ours);
        assert!(matches!(ours.learn(&file, "h1", 22, &key(7)).unwrap(), HostKeyVerdict::Changed { line: 1, .. }));
        fs::remove_file(&file).unwrap();
        same(&mut ours);
    }

    #[test]
    fn on_first_contact_with_many_hosts_the_file_is_not_read_for_each() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("known_hosts");
        let mut keys = HostKeyFile::default();
        for n in 0..1000 {
            let host = format!("10.{}.{}.{}", n >> 16, n >> 8 & 255, n & 255);
            let mine = keys.read(&file).unwrap().about(&host, 2222);
            assert!(mine.algorithms(&host, 2222).is_empty());
            assert_eq!(keys.learn(&file, &host, 2222, &key(n)).unwrap(), HostKeyVerdict::Trusted);
            assert_eq!(
                keys.read(&file).unwrap().about(&host, 2222).check(&host, 2222, &key(n)),
                HostKeyVerdict::Trusted
            );
        }
        assert!(fs::metadata(&file).unwrap().len() > 90_000);
        assert_eq!(keys.fetched, 0, "all that is in it was written by us");
        // Another process has added a key: read once more, and no more often than that.
        HostKeyFile::default().learn(&file, "other", 22, &key(1)).unwrap();
        assert_eq!(keys.read(&file).unwrap().check("other", 22, &key(1)), HostKeyVerdict::Trusted);
        keys.read(&file).unwrap();
        assert_eq!(keys.fetched, fs::metadata(&file).unwrap().len());
    }
}
