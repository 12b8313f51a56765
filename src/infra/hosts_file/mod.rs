//! The hosts file of the computer that labctl runs on: the block of a lab in it, and nothing else of it.

mod diff;
mod files;
mod lock;
mod surroundings;
mod text;
mod unfinished;
mod write;

pub use surroundings::{Second, Surroundings};
pub use text::{Conflict, HostsEntry, HostsText};

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::{fs, io};
use unfinished::{Became, Unfinished};

/// How often another program may change the file under our hands, in a row.
const TRIES: usize = 10;

/// A hosts file on disk.
#[derive(Debug, Clone)]
pub struct HostsFile {
    path: PathBuf,
    /// Where it is Windows': its path there.
    windows: Option<String>,
}

/// How the hosts file differs from what a lab wants: the result of [`HostsFile::check`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostsCheck {
    /// Whether the lab's block is there, complete and as wanted.
    pub holds: bool,
    /// What [`HostsFile::write`] would change, as a unified diff; empty when it holds.
    pub diff: String,
}

/// Why the hosts file is not as wanted.
#[derive(Debug, thiserror::Error)]
pub enum HostsError {
    /// Lines that only their author can put right.
    #[error("{}", .conflicts.iter().map(|c| format!("{}:{c}", .path.display())).collect::<Vec<_>>().join("\n"))]
    Conflicts {
        /// The path of the hosts file.
        path: PathBuf,
        /// The lines that are in the way, from top to bottom.
        conflicts: Vec<Conflict>,
    },
    /// labctl may not write it.
    #[error("no permission to change {}; as an administrator run:\n{command}", .path.display())]
    Denied {
        /// The path of the hosts file.
        path: PathBuf,
        /// The lines that should be in it.
        lines: Vec<String>,
        /// What puts them there, ready to paste.
        command: String,
    },
    /// A write was cut off, and cannot be finished.
    #[error("{}: labctl was interrupted while it wrote this file, {why}; {} has its text before and after", .path.display(), .kept.display())]
    Unfinished {
        /// The path of the hosts file.
        path: PathBuf,
        /// What is in the way, and what to do.
        why: String,
        /// The file with both texts.
        kept: PathBuf,
    },
    /// Somebody writes it again and again.
    #[error("{}: another program keeps changing this file; labctl changed nothing: run it again when that is over", .path.display())]
    Restless {
        /// The path of the hosts file.
        path: PathBuf,
    },
    /// Anything else that the system says.
    #[error("{}: {cause}", .path.display())]
    Io {
        /// The path of the hosts file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

impl Default for HostsFile {
    fn default() -> Self {
        #[cfg(windows)]
        let path = PathBuf::from(std::env::var_os("SystemRoot").unwrap_or_else(|| r"C:\Windows".into()))
            .join(r"System32\drivers\etc\hosts");
        #[cfg(not(windows))]
        let path = PathBuf::from("/etc/hosts");
        Self::at(path)
    }
}

impl HostsFile {
    /// A hosts file at another place than the system's.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let windows = cfg!(windows).then(|| path.display().to_string());
        Self { path, windows }
    }

    /// The path as given; symbolic links are resolved only when it is written.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is Windows', and this is not Windows.
    fn mounted(&self) -> bool {
        self.windows.is_some() && !cfg!(windows)
    }

    /// As its own system calls it.
    pub fn shown(&self) -> String {
        self.windows.clone().unwrap_or_else(|| self.path.display().to_string())
    }

    /// What a person adds by hand, and the command that does it.
    pub fn by_hand(&self, lab: &str, entries: &[HostsEntry]) -> (Vec<String>, String) {
        let old = self.read().unwrap_or_default();
        let lines = if entries.is_empty() { Vec::new() } else { HostsText::wanted(lab, entries) };
        let outdated = matches!(HostsText::parse(&old).block(lab), Ok(Some(_)));
        let command = command(&self.path, self.windows.as_deref(), lab, &lines, outdated, &old);
        (lines, command)
    }

    /// Compares, and changes nothing. No entries means: no block.
    ///
    /// # Errors
    /// The file cannot be read, has lines that only their author can put right, or was edited after a write that was cut off.
    pub fn check(&self, lab: &str, entries: &[HostsEntry]) -> Result<HostsCheck, HostsError> {
        let (now, whole) = self.seen()?;
        let new = self.applied(&whole, lab, entries)?;
        Ok(HostsCheck { holds: now == new, diff: self.diff(&now, &new) })
    }

    /// The address that the file gives a name, as a resolver reads it: of the first line that has the name.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn address(&self, name: &str) -> Result<Option<IpAddr>, HostsError> {
        Ok(HostsText::parse(&self.read()?).address(name))
    }

    /// Makes the lab's block as wanted; says whether anything had to be written.
    /// The file is read again under a lock, so that two runs at once lose nothing; and once more at the last moment, for
    /// other programs know of no lock.
    ///
    /// # Errors
    /// As for [`Self::check`]; or it may not be written, or another program keeps changing it.
    pub fn write(&self, lab: &str, entries: &[HostsEntry]) -> Result<bool, HostsError> {
        let path = self.real();
        let _lock = lock::HostsLock::take(&path).map_err(|cause| self.denied_or(cause, lab, entries))?;
        let finished = self.finish(&path)?;
        for _ in 0..TRIES {
            let old = self.read()?;
            let new = self.applied(&old, lab, entries)?;
            if old == new {
                return Ok(finished);
            }
            // In place, it keeps the rights that Windows gives it.
            let put = if self.mounted() { write::rewrite } else { write::replace };
            if put(&path, &old, &new).map_err(|cause| self.denied_or(cause, lab, entries))? {
                return Ok(true);
            }
        }
        Err(HostsError::Restless { path: self.path.clone() })
    }

    /// For a file that is as wanted: takes away what a writer left that was killed after its last word.
    pub fn tidy(&self) {
        let path = self.real();
        if !lock::left(&path) && Unfinished::find(&path).is_none() {
            return;
        }
        // What cannot be taken away stands in nobody's way, and is met again by the next run.
        if let Ok(_lock) = lock::HostsLock::take(&path)
            && self.finish(&path).is_ok()
        {
            lock::sweep(&path);
        }
    }

    /// Finishes a write in place that was cut off; says whether there was one. Only under the lock.
    fn finish(&self, path: &Path) -> Result<bool, HostsError> {
        let mut finished = false;
        while let Some(left) = Unfinished::find(path) {
            let now = self.read()?;
            let (became, old, new) = left.became(&now);
            match became {
                Became::Whole => {}
                Became::Torn => {
                    let why =
                        |cause| format!("and it cannot be finished ({cause}): run this as a user who may write it");
                    left.renew();
                    write::over(path, old, new).map_err(|cause| self.unfinished(&left, why(cause)))?;
                    finished = true;
                }
                Became::Else => return Err(self.edited(&left)),
            }
            left.forget().map_err(|cause| self.io(cause))?;
        }
        Ok(finished)
    }

    /// The bytes of the file, and what they are when a write is finished that was cut off, or is under way.
    fn seen(&self) -> Result<(Vec<u8>, Vec<u8>), HostsError> {
        let path = self.real();
        let mut left = Unfinished::find(&path);
        loop {
            let now = self.read()?;
            // Without a lock, another run may have begun or ended meanwhile.
            let after = Unfinished::find(&path);
            if left != after {
                left = after;
                continue;
            }
            let Some(left) = left else { return Ok((now.clone(), now)) };
            return match left.became(&now) {
                (Became::Whole, ..) => Ok((now.clone(), now)),
                (Became::Torn, _, new) => Ok((now, new.to_vec())),
                (Became::Else, ..) => Err(self.edited(&left)),
            };
        }
    }

    fn edited(&self, left: &Unfinished) -> HostsError {
        // Theirs stays; what of the old text it lacks, only they can tell.
        let why = "and somebody has edited it since: check that no line is missing or cut off, then delete the copy";
        self.unfinished(left, why.to_owned())
    }

    fn unfinished(&self, left: &Unfinished, why: String) -> HostsError {
        HostsError::Unfinished { path: self.path.clone(), why, kept: left.copy().to_owned() }
    }

    /// Where a link leads.
    fn real(&self) -> PathBuf {
        fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone())
    }

    fn read(&self) -> Result<Vec<u8>, HostsError> {
        match fs::read(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            other => other.map_err(|cause| self.io(cause)),
        }
    }

    fn applied(&self, old: &[u8], lab: &str, entries: &[HostsEntry]) -> Result<Vec<u8>, HostsError> {
        let applied = HostsText::parse(old).apply(lab, entries);
        applied.map_err(|conflicts| HostsError::Conflicts { path: self.path.clone(), conflicts })
    }

    fn diff(&self, old: &[u8], new: &[u8]) -> String {
        if old == new {
            return String::new();
        }
        let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(new));
        diff::unified(&old, &new, &self.path.display().to_string())
    }

    fn io(&self, cause: io::Error) -> HostsError {
        HostsError::Io { path: self.path.clone(), cause }
    }

    fn denied_or(&self, cause: io::Error, lab: &str, entries: &[HostsEntry]) -> HostsError {
        // Another system's file may not be mounted at all.
        let beyond =
            self.mounted() && matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::ReadOnlyFilesystem);
        if cause.kind() != io::ErrorKind::PermissionDenied && !beyond {
            return self.io(cause);
        }
        let (lines, command) = self.by_hand(lab, entries);
        HostsError::Denied { path: PathBuf::from(self.shown()), lines, command }
    }
}

/// What a person pastes who may write the file. An old block is taken out first, so that it is never there twice.
fn command(path: &Path, windows: Option<&str>, lab: &str, lines: &[String], outdated: bool, old: &[u8]) -> String {
    let end_missing = !old.is_empty() && !old.ends_with(b"\n");
    if let Some(path) = windows {
        let quote = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let (file, words) = (quote(path), lines.iter().map(|line| quote(line)).collect::<Vec<_>>().join(","));
        let out = format!(
            "$t = [IO.File]::ReadAllText({file}) -replace '(?ms)^# BEGIN labctl {lab}\\r?$.*?^# END labctl {lab}\\r?$\\n?', ''; [IO.File]::WriteAllText({file}, $t)"
        );
        let gap = if end_missing { "''," } else { "" };
        let add = format!("Add-Content -LiteralPath {file} -Value {gap}{words}");
        return match (outdated, lines.is_empty()) {
            (true, true) => out,
            (true, false) => format!("{out}; {add}"),
            (false, _) => add,
        };
    }
    let quote = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let file = quote(&path.display().to_string());
    let words = lines.iter().map(|line| quote(line)).collect::<Vec<_>>().join(" ");
    let gap = if end_missing { "'' " } else { "" };
    let add = format!("printf '%s\\n' {gap}{words} | sudo tee -a {file} >/dev/null");
    // GNU and BSD sed agree on `-i.bak`; the copy is a welcome way back.
    let out =
        format!("sudo sed -i.bak '/^# BEGIN labctl {lab}[[:space:]]*$/,/^# END labctl {lab}[[:space:]]*$/d' {file}");
    match (outdated, lines.is_empty()) {
        (true, true) => out,
        (true, false) => format!("{out} && {add}"),
        (false, _) => add,
    }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
