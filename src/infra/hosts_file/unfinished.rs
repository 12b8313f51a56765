//! A write in place that may be cut off: what it keeps until it is whole, and how the next run tells what became of it.

use super::files::{appear, beside, beyond, like, same, sync_folder};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Disks write this much at once or not at all, and many of them in any order.
const SECTOR: usize = 512;

/// How long after its copy the writer may still write the file. Bytes alone cannot tell: where a block grew by one line, a
/// file of which somebody deleted another line of that length is byte for byte a write that was cut off there. What was
/// written later than this was written by somebody else.
const WRITING: Duration = Duration::from_secs(30);

/// The old and the new text of a hosts file that is written in place, on the disk before its first byte changes.
///
/// Whoever finds it finishes the write instead of taking it back: the new text has every line that is not ours, too, and
/// a finish that is cut off leaves again the beginning of the new text and the rest of the old one.
#[derive(Debug, PartialEq, Eq)]
pub struct Unfinished {
    copy: PathBuf,
    /// The old and the new one; none if the file cannot be read, or is not as labctl wrote it.
    texts: Option<(Vec<u8>, Vec<u8>)>,
    /// Whether the file was written when the write was long over.
    written_since: bool,
}

/// What became of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// All old or all new.
    Whole,
    /// Partly the one and partly the other.
    Torn,
    /// Somebody has edited it since.
    Else,
}

impl Unfinished {
    /// Keeps both texts, at the first place that can be written.
    ///
    /// # Errors
    /// No place for the copy can be written.
    pub fn keep(path: &Path, old: &[u8], new: &[u8]) -> io::Result<Self> {
        let head = head(old, new);
        let mut cause = io::Error::from(io::ErrorKind::PermissionDenied);
        for (half, copy) in copies(path) {
            let put = || {
                // Beside the file there is a folder; the others may be the first that labctl keeps there.
                copy.parent().map_or(Ok(()), fs::create_dir_all)?;
                // Who may write the file but not give files away keeps a copy that only they (and root) can read.
                appear(&half, &copy, &[head.as_bytes(), old, new], |file| like(path, file).or(Ok(())), || Ok(true))
            };
            match put() {
                Ok(_) => return Ok(Self { copy, texts: Some((old.to_vec(), new.to_vec())), written_since: false }),
                // The home of a service may be `/dev/null`.
                Err(error) if beyond(&error) || error.kind() == io::ErrorKind::NotADirectory => cause = error,
                Err(error) => return Err(named(&copy, &error)),
            }
        }
        Err(io::Error::new(cause.kind(), format!("cannot keep a copy of it during the write: {cause}")))
    }

    /// What a writer left, if it was cut off, at whatever place.
    pub fn find(path: &Path) -> Option<Self> {
        copies(path).into_iter().find_map(|(_, copy)| {
            // Anything but a file is not ours, and no link is followed.
            fs::symlink_metadata(&copy).ok().filter(fs::Metadata::is_file)?;
            let texts = match read(&copy) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
                read => read.ok().and_then(|bytes| texts(&bytes)),
            };
            let written_since = written_since(path, &copy);
            Some(Self { copy, texts, written_since })
        })
    }

    /// The path of the copy, beside the hosts file.
    pub fn copy(&self) -> &Path {
        &self.copy
    }

    /// What became of the file that now has these bytes; and if it is torn, the old and the new text.
    pub fn became(&self, now: &[u8]) -> (Became, &[u8], &[u8]) {
        let Some((old, new)) = &self.texts else { return (Became::Else, &[], &[]) };
        let became = match now {
            _ if now == old || now == new => Became::Whole,
            _ if !self.written_since && torn(now, old, new) => Became::Torn,
            _ => Became::Else,
        };
        (became, old, new)
    }

    /// The write begins anew: should it be cut off again, that is known by the time of this copy.
    pub fn renew(&self) {
        // Who may not do this finishes the write all the same; only what is cut off again is then for a person to look at.
        let copy = File::options().write(true).open(&self.copy);
        let _ = copy.and_then(|copy| copy.set_modified(SystemTime::now()).and_then(|()| copy.sync_all()));
    }

    /// Takes it away: the file is whole.
    ///
    /// # Errors
    /// The copy cannot be removed.
    pub fn forget(self) -> io::Result<()> {
        fs::remove_file(&self.copy).map_err(|error| named(&self.copy, &error))?;
        sync_folder(&self.copy);
        Ok(())
    }
}

/// Whether somebody wrote the file when the writer that left this copy no longer did. Where no time can be had, nobody did.
fn written_since(path: &Path, copy: &Path) -> bool {
    let time = |path: &Path| fs::metadata(path).and_then(|file| file.modified());
    let (Ok(file), Ok(copy)) = (time(path), time(copy)) else { return false };
    file.duration_since(copy).is_ok_and(|later| later > WRITING)
}

/// Where it may be, and where it is until it is whole, best first. Beside the file everybody finds it who may write there.
/// Where that folder is closed it is the computer's, or else the user's own; never one where others may write, too.
fn copies(path: &Path) -> Vec<(PathBuf, PathBuf)> {
    let mut copies: Vec<_> = beside(path, "new").into_iter().zip(beside(path, "old")).collect();
    let system = cfg!(unix).then(|| PathBuf::from("/var/lib/labctl"));
    let home = std::env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(".local/state/labctl"));
    let whose = hex::encode(&Sha256::digest(path.as_os_str().as_encoded_bytes())[..8]);
    copies.extend([system, home].into_iter().flatten().map(|folder| {
        let copy = |end| folder.join(format!("hosts-{whose}.{end}"));
        (copy("new"), copy("old"))
    }));
    copies
}

/// The error is not of the hosts file itself.
fn named(copy: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", copy.display()))
}

/// The first line; people who compare by hand read it, too.
fn head(old: &[u8], new: &[u8]) -> String {
    let sum = hex::encode(Sha256::new().chain_update(old).chain_update(new).finalize());
    format!("# labctl: {} bytes that were in the hosts file, then {} that replace them; {sum}\n", old.len(), new.len())
}

/// The old and the new text, if every byte is there.
fn texts(bytes: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let end = bytes.iter().position(|b| *b == b'\n')? + 1;
    let (line, rest) = bytes.split_at(end);
    let length = std::str::from_utf8(line).ok()?.split(' ').nth(2)?.parse().ok()?;
    let (old, new) = rest.split_at_checked(length)?;
    (head(old, new).as_bytes() == line).then(|| (old.to_vec(), new.to_vec()))
}

fn read(copy: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(copy)?;
    if !same(&file, copy) {
        return Err(io::ErrorKind::NotFound.into());
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether this is what a write of the new text over the old one leaves that is cut off: in every sector the beginning of
/// the new text, and then the rest of the old one, or nothing where that had ended.
fn torn(now: &[u8], old: &[u8], new: &[u8]) -> bool {
    // It grows bit by bit, and shrinks at once.
    let length = [old.len(), new.len()].contains(&now.len()) || (old.len()..new.len()).contains(&now.len());
    length
        && now.chunks(SECTOR).zip((0..).step_by(SECTOR)).all(|(sector, at)| {
            let (old, new) = (old.get(at..).unwrap_or_default(), new.get(at..).unwrap_or_default());
            let written = sector.iter().zip(new).take_while(|(now, new)| now == new).count();
            sector.iter().enumerate().skip(written).all(|(at, byte)| *byte == old.get(at).copied().unwrap_or(0))
        })
}

#[cfg(test)]
#[path = "unfinished_tests.rs"]
mod tests;
