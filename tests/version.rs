//! What `labctl --version` tells, and where `build.rs` has it from.
#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

#[path = "../build.rs"]
#[allow(dead_code)] // its `main` is cargo's to call
mod build;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn git(folder: &Path, args: &[&str]) -> String {
    let who = ["-c", "user.name=t", "-c", "user.email=t@t.test", "-c", "commit.gpgsign=false"];
    let mut git = Command::new("git");
    // Whoever runs the tests from a hook of git has set where its own repository is.
    ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"].iter().for_each(|name| {
        git.env_remove(name);
    });
    let seen = git.current_dir(folder).args(who).args(args).output().unwrap();
    assert!(seen.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&seen.stderr));
    String::from_utf8(seen.stdout).unwrap().trim().to_owned()
}

/// A checkout on a branch with a slash in its name, and its commit.
fn checkout() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q", "-b", "topic/one"]);
    git(folder.path(), &["commit", "-q", "--allow-empty", "-m", "first"]);
    let commit = git(folder.path(), &["rev-parse", "HEAD"]);
    (folder, commit)
}

/// What `build.rs` finds, and what makes cargo run it again.
fn found(folder: &Path) -> (Option<String>, Vec<PathBuf>) {
    let mut watched = Vec::new();
    let commit = build::commit(folder, &mut |file| watched.push(file.to_owned()));
    for file in &watched {
        assert!(file.exists(), "a file that is not there makes every build a new one: {}", file.display());
    }
    (commit, watched)
}

/// Whether something that is watched has changed, as cargo sees it.
fn changed(watched: &[PathBuf], since: std::time::SystemTime) -> bool {
    let newer = |path: &Path| fs::metadata(path).unwrap().modified().unwrap() > since;
    watched.iter().any(|path| {
        newer(path) || path.is_dir() && fs::read_dir(path).unwrap().any(|entry| newer(&entry.unwrap().path()))
    })
}

#[test]
fn the_commit_of_every_kind_of_checkout_is_found_and_the_next_one_noticed() {
    let (folder, first) = checkout();
    let own = folder.path();
    let other = tempfile::tempdir().unwrap();
    let tree = other.path().join("tree");
    git(own, &["worktree", "add", "-q", "-b", "second", tree.to_str().unwrap()]);
    let packed = |at: &Path| git(at, &["pack-refs", "--all"]);
    let alone = |at: &Path| git(at, &["checkout", "-q", "--detach"]);
    let nothing = |_: &Path| String::new();
    let mut last = first;
    for (kind, at, make) in [
        ("a branch", own, &nothing as &dyn Fn(&Path) -> String),
        ("packed", own, &packed),
        ("another work tree", &tree, &nothing),
        ("another work tree, packed", &tree, &packed),
        ("no branch", own, &alone),
    ] {
        make(at);
        let head = git(at, &["rev-parse", "HEAD"]);
        let (commit, watched) = found(at);
        assert_eq!(commit.as_deref(), Some(head.as_str()), "{kind}");
        let now = std::time::SystemTime::now();
        assert!(!changed(&watched, now), "{kind}");
        // File systems that count in ticks of the clock must see a later time.
        std::thread::sleep(std::time::Duration::from_millis(20));
        git(at, &["commit", "-q", "--allow-empty", "-m", kind]);
        assert!(changed(&watched, now), "{kind}: the next commit changes none of {watched:?}");
        let next = git(at, &["rev-parse", "HEAD"]);
        assert_eq!(found(at).0.as_deref(), Some(next.as_str()), "{kind}");
        assert_ne!(last, next);
        last = next;
    }
}

#[test]
fn without_a_checkout_the_published_crate_tells_or_nobody() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(found(folder.path()), (None, Vec::new()));
    let file = folder.path().join(".cargo_vcs_info.json");
    let commit = "0123456789abcdef0123456789abcdef01234567";
    fs::write(&file, format!("{{\n  \"git\": {{\n    \"sha1\": \"{commit}\"\n  }},\n  \"path_in_vcs\": \"\"\n}}"))
        .unwrap();
    assert_eq!(found(folder.path()), (Some(commit.to_owned()), vec![file.clone()]));
    for broken in ["", "{}", "{\"git\":{\"sha1\":\"no\"}}", "{\"git\":{\"sha1\""] {
        fs::write(&file, broken).unwrap();
        assert_eq!(found(folder.path()).0, None, "{broken}");
    }
    // A repository without a commit, and what is none.
    fs::remove_file(&file).unwrap();
    git(folder.path(), &["init", "-q"]);
    assert_eq!(found(folder.path()).0, None);
    fs::write(folder.path().join(".git/HEAD"), "ref: refs/heads/\n").unwrap();
    assert_eq!(found(folder.path()).0, None);
}

#[test]
fn what_is_known_stands_behind_the_version() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    for (commit, debug, told) in [
        (Some(commit), false, "0123456, x86_64-unknown-linux-gnu"),
        (Some(commit), true, "0123456, x86_64-unknown-linux-gnu"),
        (Some("v1"), false, "v1, x86_64-unknown-linux-gnu"),
        (None, true, "debug build, x86_64-unknown-linux-gnu"),
        (None, false, "x86_64-unknown-linux-gnu"),
    ] {
        assert_eq!(build::build(commit, debug, "x86_64-unknown-linux-gnu"), told);
    }
}

#[test]
fn labctl_tells_its_version_and_its_target() {
    let system = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };
    for args in [&["--version"][..], &["-V"], &["up", "--version"]] {
        let seen = Command::new(env!("CARGO_BIN_EXE_labctl")).args(args).output().unwrap();
        let told = String::from_utf8(seen.stdout).unwrap();
        let (name, rest) = told.trim_end().split_once(' ').unwrap();
        assert!(seen.status.success() && name.starts_with("labctl"), "{told}");
        let (version, build) = rest.split_once(" (").unwrap();
        assert_eq!(version, env!("CARGO_PKG_VERSION"), "{told}");
        let target = build.strip_suffix(')').unwrap().rsplit(", ").next().unwrap();
        assert!(target.starts_with(std::env::consts::ARCH) && target.contains(system), "{told}");
    }
}
