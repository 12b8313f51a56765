//! What this computer has for hosts: archives in a folder, repositories, and large files, packed as they are asked for.

mod git;
mod pack_error;
mod scratch_dir;
mod snapshot;

pub use pack_error::PackError;

use crate::config::payload::{Archive, Content, NoArchives, NoRepository, Payload, Repository, Stock};
use crate::infra::transport::Input;
use git::{bundle, canonical, git};
use scratch_dir::ScratchDir;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{Mutex, OnceCell};

/// The stock of one lab.
#[derive(Debug, Clone)]
pub struct ArtifactStore {
    /// Where relative paths start: the inventory's folder.
    base: PathBuf,
    /// The lab's state folder, for what must be packed.
    state: PathBuf,
    /// What was packed for one host is what all hosts need that have the same: forty machines of a class do.
    packed: Arc<Mutex<HashMap<Wanted, Arc<Packing>>>>,
    scratch: Arc<std::sync::Mutex<Option<Arc<ScratchDir>>>>,
}

/// The payload, and what the host has.
type Wanted = (String, String);

/// A pack, or its making, for which others wait.
type Packing = OnceCell<Arc<Packed>>;

/// A payload, ready to be sent.
#[derive(Debug)]
pub struct Packed {
    path: PathBuf,
    /// Its length in bytes.
    pub size: u64,
    /// Removed with the last pack of it.
    _scratch: Option<Arc<ScratchDir>>,
}

impl Packed {
    /// As standard input of a command.
    pub fn input(&self) -> Input {
        Input::File(self.path.clone())
    }
}

impl ArtifactStore {
    /// The store of a lab: paths start at `base`, and packs are made in `state`.
    pub fn new(base: PathBuf, state: PathBuf) -> Self {
        Self { base, state, packed: Arc::default(), scratch: Arc::default() }
    }

    /// Takes away what runs of this lab left that were killed while they packed.
    pub fn tidy(&self) {
        scratch_dir::clear(&self.state);
    }

    fn scratch(&self) -> std::io::Result<Arc<ScratchDir>> {
        let mut scratch = self.scratch.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(scratch) = &*scratch {
            return Ok(scratch.clone());
        }
        Ok(scratch.insert(Arc::new(ScratchDir::new(&self.state)?)).clone())
    }

    /// Makes a payload ready: only what a host that has the commits `have` lacks. Once for all hosts that have the same.
    ///
    /// # Errors
    /// What could not be read or packed.
    pub async fn pack(&self, payload: &Payload, have: &str) -> Result<Arc<Packed>, PackError> {
        let wanted = (payload.id.clone(), have.to_owned());
        let cell = self.packed.lock().await.entry(wanted).or_default().clone();
        let packing = async {
            let (artifacts, payload, have) = (self.clone(), payload.clone(), have.to_owned());
            let packed = tokio::task::spawn_blocking(move || artifacts.pack_now(&payload, &have)).await;
            packed.map_err(PackError::BrokenOff)?.map(Arc::new)
        };
        cell.get_or_try_init(|| packing).await.cloned()
    }

    fn pack_now(&self, payload: &Payload, have: &str) -> Result<Packed, PackError> {
        let failed = |error| PackError::Disk { what: payload.id.clone(), error };
        let own = || {
            let scratch = self.scratch()?;
            let (_, path) = tempfile::NamedTempFile::new_in(scratch.path())?.keep().map_err(|kept| kept.error)?;
            Ok((path, Some(scratch)))
        };
        let (path, scratch) = match &payload.content {
            Content::File(path) => (path.clone(), None),
            Content::Text(text) => {
                let (path, scratch) = own().map_err(failed)?;
                std::fs::write(&path, text.as_bytes()).map_err(failed)?;
                (path, scratch)
            }
            Content::Repository { git_dir, commit } => {
                let (path, scratch) = own().map_err(failed)?;
                bundle(git_dir, commit, have, &path)?;
                (path, scratch)
            }
        };
        let size = std::fs::metadata(&path).map_err(failed)?.len();
        Ok(Packed { path, size, _scratch: scratch })
    }

    fn at(&self, path: &Path) -> PathBuf {
        match path.strip_prefix("~") {
            Ok(rest) => std::env::home_dir().unwrap_or_default().join(rest),
            Err(_) => self.base.join(path),
        }
    }
}

impl Stock for ArtifactStore {
    fn repository(&self, path: &Path, version: &str) -> Result<Repository, NoRepository> {
        let folder = self.at(path);
        if !folder.is_dir() {
            return Err(NoRepository::NoFolder(folder));
        }
        let folder = canonical(&folder)?;
        let own = folder.join(".git");
        let git_dir = if own.exists() {
            PathBuf::from(git(&own, &["rev-parse", "--absolute-git-dir"], &[])?)
        } else if folder.join("HEAD").is_file() && folder.join("objects").is_dir() {
            folder
        } else {
            return Ok(self.snapshot(&folder)?);
        };
        let wanted = [format!("refs/heads/{version}"), format!("refs/tags/{version}"), version.to_owned()];
        for name in &wanted {
            if let Ok(commit) = git(&git_dir, &["rev-parse", "-q", "--verify", &format!("{name}^{{commit}}")], &[]) {
                return Ok(Repository { git_dir, commit });
            }
        }
        let branches = git(&git_dir, &["for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags"], &[])?;
        let has = branches.lines().map(str::to_owned).collect();
        Err(NoRepository::NoVersion { git_dir, version: version.to_owned(), has })
    }

    fn node_archives(&self, folder: &Path, version: &str) -> Result<Vec<Archive>, NoArchives> {
        let folder = self.at(folder).join(format!("v{version}"));
        let list = folder.join("SHASUMS256.txt");
        let unreadable =
            |file: &Path, error: std::io::Error| NoArchives::Unreadable { file: file.into(), error: error.to_string() };
        let sums = std::fs::read_to_string(&list).map_err(|error| unreadable(&list, error))?;
        let mut archives = Vec::new();
        for (sum, file) in sums.lines().filter_map(|line| line.split_once(char::is_whitespace)) {
            let file = file.trim().trim_start_matches('*');
            let arch =
                file.strip_prefix(&format!("node-v{version}-linux-")).and_then(|rest| rest.strip_suffix(".tar.gz"));
            let path = folder.join(file);
            let (Some(arch), true) = (arch, path.is_file()) else { continue };
            let found = sha256(&path).map_err(|error| unreadable(&path, error))?;
            if !found.eq_ignore_ascii_case(sum) {
                return Err(NoArchives::Damaged { archive: path, found, list, listed: sum.to_owned() });
            }
            archives.push(Archive { path, arch: arch.to_owned(), sha256: found });
        }
        if archives.is_empty() {
            return Err(NoArchives::None { folder, version: version.to_owned() });
        }
        Ok(archives)
    }
}

fn sha256(path: &Path) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex::encode(hasher.finalize())),
            n => hasher.update(&buffer[..n]),
        }
    }
}

#[cfg(test)]
#[path = "artifacts/tests.rs"]
mod tests;
