//! Puts another key in place of those that a file has for a host. Every other byte of the file stays as it is.

use super::{Changing, HostKeyVerdict, Key, KnownHosts, entry_line, label, lock_of};
use crate::model::glob;
use russh::keys::PublicKey;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// Makes `key` the only one that a file has for a host, and gives the keys that it replaced. `seen` is what a person was
/// shown before they said yes: where the file says something else by now, nothing is done.
///
/// An old key does not stay: it would still be believed. Of a line for several hosts only this host's name goes.
///
/// # Errors
/// The key is revoked, the file has changed, a line is a pattern for several hosts, or the disk says no.
pub fn replace(
    file: &Path,
    host: &str,
    port: u16,
    key: &PublicKey,
    seen: &[(usize, Key)],
) -> Result<Vec<(usize, Key)>, Changing> {
    if let Some(folder) = file.parent().filter(|f| !f.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    // What a link leads to is replaced, not the link.
    let file = &fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let lock = File::create(lock_of(file))?;
    lock.lock()?;
    let old = match fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let known = KnownHosts::parse(&old);
    match known.check(host, port, key) {
        HostKeyVerdict::Revoked { line } => return Err(Changing::Revoked(line)),
        HostKeyVerdict::Trusted => return Ok(Vec::new()),
        _ => {}
    }
    let pinned = known.pinned(host, port);
    if pinned != seen {
        return Err(Changing::Moved);
    }
    let new = rewritten(&old, &label(host, port), &entry_line(host, port, key)?, &pinned)?;
    write_whole(file, &new)?;
    Ok(pinned)
}

/// The text with the new line in place of the first old one, or at its end.
fn rewritten(old: &[u8], name: &str, entry: &str, pinned: &[(usize, Key)]) -> Result<Vec<u8>, Changing> {
    let mut new = Vec::with_capacity(old.len() + entry.len() + 2);
    let mut written = false;
    for (at, line) in old.split_inclusive(|b| *b == b'\n').enumerate() {
        if !pinned.iter().any(|(number, _)| *number == at + 1) {
            new.extend(line);
            continue;
        }
        let rest = without(line, name).ok_or(Changing::Pattern(at + 1))?;
        new.extend(rest);
        if !written {
            written = true;
            new.extend(entry.as_bytes());
            new.extend(if line.ends_with(b"\r\n") { b"\r\n".as_slice() } else { b"\n" });
        }
    }
    if !written {
        if new.last().is_some_and(|last| *last != b'\n') {
            new.push(b'\n');
        }
        new.extend(entry.as_bytes());
        new.push(b'\n');
    }
    Ok(new)
}

/// What is left of a line without a name: nothing, or the line with the other names. `None` if a pattern covers it.
fn without(line: &[u8], name: &str) -> Option<Vec<u8>> {
    let start = line.iter().position(|b| !b.is_ascii_whitespace())?;
    let length = line[start..].iter().position(u8::is_ascii_whitespace)?;
    let (names, rest) = line[start..].split_at(length);
    // A hashed name is one name.
    if names.starts_with(b"|") {
        return Some(Vec::new());
    }
    let names: Vec<&[u8]> = names.split(|b| *b == b',').collect();
    let kept: Vec<&[u8]> = names.iter().copied().filter(|n| !n.eq_ignore_ascii_case(name.as_bytes())).collect();
    // Another word of the list covers the host too: who else is meant by it cannot be known.
    if kept.len() == names.len()
        || kept.iter().any(|pattern| glob::fits_any_case(&String::from_utf8_lossy(pattern), name))
    {
        return None;
    }
    if kept.is_empty() {
        return Some(Vec::new());
    }
    let mut left = [&line[..start], &kept.join(&b","[..]), rest].concat();
    if !left.ends_with(b"\n") {
        left.push(b'\n');
    }
    Some(left)
}

/// Whoever reads the file sees the old one or the new one, also after a crash.
fn write_whole(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = file.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut new = tempfile::Builder::new().prefix(".known_hosts-").tempfile_in(folder)?;
    new.write_all(bytes)?;
    #[cfg(unix)]
    if let Ok(old) = fs::metadata(file) {
        use std::os::unix::fs::{MetadataExt, fchown};
        fchown(new.as_file(), Some(old.uid()), Some(old.gid()))?;
        new.as_file().set_permissions(old.permissions())?;
    }
    new.as_file().sync_all()?;
    new.persist(file).map_err(|error| error.error)?;
    Ok(())
}
