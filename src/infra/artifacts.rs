//! What this computer has for hosts: archives in a folder, repositories, and large files, packed as they are asked for.

mod scratch_dir;
mod snapshot;

use crate::config::payload::{Archive, Content, NoArchives, NoRepository, Payload, Repository, Stock};
use crate::infra::transport::Input;
use crate::infra::transport::std_command;
use scratch_dir::ScratchDir;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
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
    desk: Arc<std::sync::Mutex<Option<Arc<ScratchDir>>>>,
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
    _desk: Option<Arc<ScratchDir>>,
}

impl Packed {
    /// As standard input of a command.
    pub fn input(&self) -> Input {
        Input::File(self.path.clone())
    }
}

/// Why something cannot be packed on this computer.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A file cannot be read or written.
    #[error("cannot pack {what}: {error}")]
    Disk {
        /// The payload's id, or the repository.
        what: String,
        /// The operating system's error.
        #[source]
        error: std::io::Error,
    },
    /// A folder for git cannot be made or opened.
    #[error("cannot {doing} {}: {error}", .folder.display())]
    Folder {
        /// `make`, `open` or `write to`.
        doing: &'static str,
        /// The folder that could not be opened or made.
        folder: PathBuf,
        /// The operating system's error.
        #[source]
        error: std::io::Error,
    },
    /// There is no git.
    #[error("cannot run git on this computer: {0} (a folder as `repo` needs it: install git)")]
    NoGit(#[source] std::io::Error),
    /// A git command failed.
    #[error("git {command}: {said}")]
    Git {
        /// The git subcommand, such as `bundle`.
        command: String,
        /// What git wrote to standard error.
        said: String,
    },
    /// The work was broken off.
    #[error("packing broke off: {0}")]
    BrokenOff(#[source] tokio::task::JoinError),
}

impl From<PackError> for NoRepository {
    fn from(error: PackError) -> Self {
        Self::Unusable(error.to_string())
    }
}

impl ArtifactStore {
    /// A shelf that packs into `state`.
    pub fn new(base: PathBuf, state: PathBuf) -> Self {
        Self { base, state, packed: Arc::default(), desk: Arc::default() }
    }

    /// Takes away what runs of this lab left that were killed while they packed.
    pub fn tidy(&self) {
        scratch_dir::clear(&self.state);
    }

    fn desk(&self) -> std::io::Result<Arc<ScratchDir>> {
        let mut desk = self.desk.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(desk) = &*desk {
            return Ok(desk.clone());
        }
        Ok(desk.insert(Arc::new(ScratchDir::new(&self.state)?)).clone())
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
            let desk = self.desk()?;
            let (_, path) = tempfile::NamedTempFile::new_in(desk.path())?.keep().map_err(|kept| kept.error)?;
            Ok((path, Some(desk)))
        };
        let (path, desk) = match &payload.content {
            Content::File(path) => (path.clone(), None),
            Content::Text(text) => {
                let (path, desk) = own().map_err(failed)?;
                std::fs::write(&path, text.as_bytes()).map_err(failed)?;
                (path, desk)
            }
            Content::Repository { git_dir, commit } => {
                let (path, desk) = own().map_err(failed)?;
                bundle(git_dir, commit, have, &path)?;
                (path, desk)
            }
        };
        let size = std::fs::metadata(&path).map_err(failed)?.len();
        Ok(Packed { path, size, _desk: desk })
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

/// Packs `commit` and what it needs beyond `have` (hashes, with spaces between).
///
/// As `git bundle create` would do it; but that packs only what has a name, and a name would have to be written into the
/// user's own repository, where two runs could want it for different commits.
/// The format: <https://git-scm.com/docs/gitformat-bundle>.
fn bundle(git_dir: &Path, commit: &str, have: &str, to: &Path) -> Result<(), PackError> {
    let hash = |word: &&str| word.len() >= 40 && word.chars().all(|c| c.is_ascii_hexdigit());
    let known: Vec<&str> = have
        .split_whitespace()
        .filter(hash)
        .filter(|have| git(git_dir, &["cat-file", "-e", &format!("{have}^{{commit}}")], &[]).is_ok())
        .collect();
    let objects = pack(git_dir, commit, &known, to)?;
    if objects == 0 && !known.is_empty() {
        // Everything is there already, only not checked out: a whole bundle is small trouble.
        pack(git_dir, commit, &[], to)?;
    }
    Ok(())
}

/// Writes a bundle, and says how many objects are in it.
fn pack(git_dir: &Path, commit: &str, known: &[&str], to: &Path) -> Result<u32, PackError> {
    let failed = |error| PackError::Disk { what: git_dir.display().to_string(), error };
    let mut header = String::from("# v2 git bundle\n");
    let mut wanted = format!("{commit}\n");
    for known in known {
        header.push_str(&format!("-{known} \n"));
        wanted.push_str(&format!("^{known}\n"));
    }
    header.push_str(&format!("{commit} refs/labctl/send\n\n"));
    let mut file = std::fs::File::create(to).map_err(failed)?;
    file.write_all(header.as_bytes()).map_err(failed)?;
    let mut packing =
        git_command(git_dir, &["pack-objects", "--revs", "--stdout", "--thin", "--delta-base-offset", "-q"])
            .stdin(Stdio::piped())
            .stdout(file)
            .stderr(Stdio::piped())
            .spawn()
            .map_err(PackError::NoGit)?;
    // A few hashes fit into the pipe: git cannot wait for us while we wait for it.
    let told = packing.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(wanted.as_bytes()));
    let out = packing.wait_with_output().map_err(failed)?;
    if !out.status.success() {
        return Err(git_failed("pack-objects", &out.stderr));
    }
    told.map_err(failed)?;
    // "PACK", the version, and the number of objects.
    let mut count = [0; 4];
    let mut file = std::fs::File::open(to).map_err(failed)?;
    file.seek(SeekFrom::Start(header.len() as u64 + 8)).map_err(failed)?;
    file.read_exact(&mut count).map_err(failed)?;
    Ok(u32::from_be_bytes(count))
}

/// Runs git on a repository, and gives what it prints.
fn git(git_dir: &Path, args: &[&str], environment: &[(&str, &str)]) -> Result<String, PackError> {
    let out = git_command(git_dir, args)
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .map_err(PackError::NoGit)?;
    if out.status.success() {
        return Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned());
    }
    Err(git_failed(args.first().unwrap_or(&""), &out.stderr))
}

/// git on a repository, away from the user's own configuration.
fn git_command(git_dir: &Path, args: &[&str]) -> Command {
    let mut command = std_command("git");
    command.arg(format!("--git-dir={}", git_dir.display())).args(args);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("LC_ALL", "C");
    command
}

fn git_failed(command: &str, said: &[u8]) -> PackError {
    PackError::Git { command: command.to_owned(), said: String::from_utf8_lossy(said).trim().to_owned() }
}

/// The folder without symbolic links in its path.
fn canonical(folder: &Path) -> Result<PathBuf, PackError> {
    folder.canonicalize().map_err(|error| PackError::Folder { doing: "open", folder: folder.into(), error })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository() -> (tempfile::TempDir, impl Fn(&[&str]) -> String) {
        let folder = tempfile::tempdir().unwrap();
        let git_dir = folder.path().join(".git");
        let at = folder.path().display().to_string();
        let run = move |args: &[&str]| {
            let who = ["-C", &at, "-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"];
            let out = Command::new("git").args(who).args(args).output().unwrap();
            assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
            String::from_utf8(out.stdout).unwrap().trim().to_owned()
        };
        run(&["init", "-q"]);
        assert!(git_dir.is_dir());
        (folder, run)
    }

    #[test]
    fn a_bundle_brings_what_is_lacking_and_leaves_the_repository_alone() {
        let (from, git_from) = repository();
        let mut commits = Vec::new();
        for n in 0..3 {
            std::fs::write(from.path().join("file"), format!("{n}\n").repeat(2000)).unwrap();
            git_from(&["add", "file"]);
            git_from(&["commit", "-qm", "a change"]);
            commits.push(git_from(&["rev-parse", "HEAD"]));
        }
        let refs = git_from(&["for-each-ref"]);
        let (to, git_to) = repository();
        let bundle_file = to.path().join("bundle");
        let path = bundle_file.display().to_string();
        let git_dir = from.path().join(".git");
        let none = "0".repeat(40);
        // All of it; what the first commit lacks; what is unknown here is not counted on; nothing is lacking.
        for (commit, have) in [
            (&commits[0], String::new()),
            (&commits[1], format!("{} {none}", commits[0])),
            (&commits[2], none.clone()),
            (&commits[2], commits[2].clone()),
        ] {
            bundle(&git_dir, commit, &have, &bundle_file).unwrap();
            git_to(&["bundle", "verify", "-q", &path]);
            git_to(&["fetch", "-q", &path, "refs/labctl/send:refs/remotes/labctl/send"]);
            assert_eq!(&git_to(&["rev-parse", "refs/remotes/labctl/send"]), commit);
            git_to(&["fsck", "--strict", "--connectivity-only"]);
        }
        assert_eq!(git_from(&["for-each-ref"]), refs);
        let error = bundle(&git_dir, &none, "", &bundle_file).unwrap_err();
        assert!(matches!(&error, PackError::Git { command, .. } if command == "pack-objects"), "{error}");
    }

    #[test]
    fn half_a_snapshot_is_made_again() {
        let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(folder.path().join("file"), "x").unwrap();
        let artifacts = ArtifactStore::new(folder.path().into(), state.path().into());
        let whole = artifacts.snapshot(folder.path()).unwrap();
        for broken in ["HEAD", "objects", "refs/heads/snapshot"] {
            let path = whole.git_dir.join(broken);
            let _ = std::fs::remove_file(&path);
            let _ = std::fs::remove_dir_all(&path);
            std::fs::write(&path, "").unwrap();
            assert_eq!(artifacts.snapshot(folder.path()).unwrap().commit, whole.commit, "{broken}");
            git(&whole.git_dir, &["fsck", "--strict"], &[]).unwrap();
        }
    }

    #[test]
    fn a_snapshot_is_what_the_folder_is_now() {
        let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let artifacts = ArtifactStore::new(folder.path().into(), state.path().into());
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let holds = |wanted: &[&str]| {
            let taken = artifacts.snapshot(folder.path()).unwrap();
            let names = git(&taken.git_dir, &["ls-tree", "--name-only", &taken.commit], &[]).unwrap();
            assert_eq!(names.lines().collect::<Vec<_>>(), wanted);
            assert_eq!(artifacts.snapshot(folder.path()).unwrap().commit, taken.commit, "the same again");
            taken
        };
        write(".env", "SECRET=1");
        write("file", "one");
        let first = holds(&[".env", "file"]);
        // What is ignored from now on is sent no more.
        write(".gitignore", ".env\n");
        write("file", "two");
        let second = holds(&[".gitignore", "file"]);
        let shown = |spec: String| git(&second.git_dir, &["show", &spec], &[]).unwrap();
        assert_eq!(shown(format!("{}:file", second.commit)), "two");
        assert_eq!(shown(format!("{}^:file", second.commit)), "one", "it follows the one before");
        assert_ne!(first.commit, second.commit);
    }

    #[tokio::test]
    async fn hosts_that_have_the_same_share_one_pack() {
        let (from, git_from) = repository();
        let state = tempfile::tempdir().unwrap();
        let mut commits = Vec::new();
        for n in 0..2 {
            std::fs::write(from.path().join("file"), format!("{n}\n")).unwrap();
            git_from(&["add", "file"]);
            git_from(&["commit", "-qm", "a change"]);
            commits.push(git_from(&["rev-parse", "HEAD"]));
        }
        let artifacts = ArtifactStore::new(from.path().into(), state.path().into());
        let (git_dir, commit) = (from.path().join(".git"), commits[1].clone());
        let payload = |id: &str, content| Payload { id: id.into(), content };
        let repository = payload("app", Content::Repository { git_dir, commit });
        let class = tokio::join!(artifacts.pack(&repository, ""), artifacts.pack(&repository, ""));
        let (one, two) = (class.0.unwrap(), class.1.unwrap());
        let third = artifacts.clone().pack(&repository, "").await.unwrap();
        assert!(Arc::ptr_eq(&one, &two) && Arc::ptr_eq(&one, &third));
        let further = artifacts.pack(&repository, &commits[0]).await.unwrap();
        assert!(!Arc::ptr_eq(&one, &further) && further.size < one.size, "{} {}", further.size, one.size);
        // What failed for one is tried again for the next.
        let gone = payload("gone", Content::File(from.path().join("later")));
        assert!(artifacts.pack(&gone, "").await.unwrap_err().to_string().starts_with("cannot pack gone: "));
        std::fs::write(from.path().join("later"), "x").unwrap();
        assert_eq!(artifacts.pack(&gone, "").await.unwrap().size, 1);
        // Two packs, and what says that their run lives.
        let desk = std::fs::read_dir(state.path()).unwrap().next().unwrap().unwrap();
        assert_eq!(std::fs::read_dir(desk.path()).unwrap().count(), 3);
        drop((one, two, third, further, artifacts));
        assert_eq!(std::fs::read_dir(state.path()).unwrap().count(), 0, "nothing is left");
    }

    #[test]
    fn what_the_store_does_not_have_is_a_fact_and_a_sentence() {
        let (from, git_from) = repository();
        let state = tempfile::tempdir().unwrap();
        let artifacts = ArtifactStore::new(from.path().to_owned(), state.path().to_owned());
        let wanted = |version: &str| artifacts.repository(Path::new("."), version).unwrap_err();
        let none = wanted("main");
        assert!(matches!(&none, NoRepository::NoVersion { has, .. } if has.is_empty()), "{none}");
        assert!(none.to_string().ends_with("has no branch, tag or commit `main`; it has: none"), "{none}");
        git_from(&["commit", "-q", "--allow-empty", "-m", "first"]);
        git_from(&["branch", "-M", "main"]);
        git_from(&["tag", "v1"]);
        let other = wanted("v2");
        assert!(other.to_string().ends_with("has no branch, tag or commit `v2`; it has: main, v1"), "{other}");
        let gone = artifacts.repository(Path::new("gone"), "main").unwrap_err();
        assert_eq!(gone, NoRepository::NoFolder(from.path().join("gone")));

        let folder = from.path().join("v22.1.0");
        let (list, archive) = (folder.join("SHASUMS256.txt"), folder.join("node-v22.1.0-linux-x64.tar.gz"));
        let archives = || artifacts.node_archives(Path::new("."), "22.1.0");
        let unreadable = archives().unwrap_err();
        assert!(matches!(&unreadable, NoArchives::Unreadable { file, .. } if *file == list), "{unreadable}");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(&list, "0123  node-v22.1.0-linux-x64.tar.gz\n").unwrap();
        assert_eq!(archives().unwrap_err(), NoArchives::None { folder, version: "22.1.0".into() });
        std::fs::write(&archive, "node").unwrap();
        let found = sha256(&archive).unwrap();
        let damaged = NoArchives::Damaged { archive, found: found.clone(), list: list.clone(), listed: "0123".into() };
        assert_eq!(archives().unwrap_err(), damaged);
        std::fs::write(&list, format!("{found}  node-v22.1.0-linux-x64.tar.gz\n")).unwrap();
        assert_eq!(archives().unwrap().len(), 1);
    }
}
