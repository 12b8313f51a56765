//! A plain folder as a repository: what a student has there goes to the machines without a commit of their own.

use super::git::{canonical, git};
use super::{ArtifactStore, PackError};
use crate::config::payload::Repository;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// The newest snapshot of a repository and its tree, so that git need not be asked.
const SNAPSHOT: &str = "labctl-snapshot";

impl ArtifactStore {
    /// A plain folder as a repository of one commit. The same files give the same commit on every computer.
    pub(super) fn snapshot(&self, folder: &Path) -> Result<Repository, PackError> {
        self.snapshot_once(folder).or_else(|_| {
            // A full disk or a power cut may have left half a repository, and everything in it can be made again.
            let _ = std::fs::remove_dir_all(self.snapshots(folder));
            self.snapshot_once(folder)
        })
    }

    fn snapshots(&self, folder: &Path) -> PathBuf {
        let key = hex::encode(&Sha256::digest(folder.as_os_str().as_encoded_bytes())[..8]);
        self.state.join("snapshots").join(format!("{key}.git"))
    }

    fn snapshot_once(&self, folder: &Path) -> Result<Repository, PackError> {
        let git_dir = self.snapshots(folder);
        let failed = |doing, folder: &Path, error| PackError::Folder { doing, folder: folder.into(), error };
        if !git_dir.join("HEAD").exists() {
            std::fs::create_dir_all(&git_dir).map_err(|error| failed("make", &git_dir, error))?;
            git(&git_dir, &["init", "-q", "--bare"], &[])?;
        }
        let git_dir = canonical(&git_dir)?;
        let scratch = self.scratch().map_err(|error| failed("write to", &self.state, error))?;
        let index = tempfile::tempdir_in(scratch.path()).map_err(|error| failed("write to", scratch.path(), error))?;
        let index = index.path().join("index").display().to_string();
        // A new index each time: what an old one holds that is ignored by now would be sent all the same.
        let tree_of = [("GIT_INDEX_FILE", index.as_str()), ("GIT_WORK_TREE", &folder.display().to_string())];
        git(&git_dir, &["-C", &folder.display().to_string(), "add", "-A", "--", "."], &tree_of)?;
        let tree = git(&git_dir, &["write-tree"], &tree_of)?;
        let same = [
            ("GIT_AUTHOR_NAME", "labctl"),
            ("GIT_AUTHOR_EMAIL", "labctl@localhost"),
            ("GIT_AUTHOR_DATE", "1000000000 +0000"),
            ("GIT_COMMITTER_NAME", "labctl"),
            ("GIT_COMMITTER_EMAIL", "labctl@localhost"),
            ("GIT_COMMITTER_DATE", "1000000000 +0000"),
        ];
        // A new snapshot follows the one before it, so that a checkout of it can be brought forward; the first has no
        // parent, and so is the same on every computer.
        let before = newest_snapshot(&git_dir);
        let before = before.as_deref().and_then(|line| line.split_once(' '));
        let mut commit = vec!["commit-tree", tree.as_str(), "-m", "snapshot of a folder"];
        match before {
            Some((before, its_tree)) if its_tree == tree => {
                return Ok(Repository { git_dir, commit: before.to_owned() });
            }
            Some((before, _)) => commit.extend(["-p", before]),
            None => {}
        }
        let commit = git(&git_dir, &commit, &same)?;
        git(&git_dir, &["update-ref", "refs/heads/snapshot", &commit], &[])?;
        Ok(Repository { git_dir, commit })
    }
}

/// The newest snapshot and its tree, if there is one. What labctl noted holds as long as it is the branch's commit.
fn newest_snapshot(git_dir: &Path) -> Option<String> {
    let read = |file: &str| std::fs::read_to_string(git_dir.join(file)).ok();
    if let (Some(noted), Some(branch)) = (read(SNAPSHOT), read("refs/heads/snapshot"))
        && let Some((commit, tree)) = noted.trim_end().split_once(' ')
        && commit == branch.trim_end()
        && tree.len() == commit.len()
    {
        return Some(format!("{commit} {tree}"));
    }
    let newest = git(git_dir, &["log", "-1", "--format=%H %T", "refs/heads/snapshot", "--"], &[]).ok()?;
    // Where it cannot be written, git is asked again.
    let _ = std::fs::write(git_dir.join(SNAPSHOT), &newest);
    Some(newest)
}
