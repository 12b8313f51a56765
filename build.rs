//! Tells the program which commit it is made of, and for which target. It reads a few files and starts nothing.
#![allow(clippy::print_stdout)] // cargo reads it there

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// How many digits of a commit are shown.
const DIGITS: usize = 7;

fn main() {
    println!("cargo::rerun-if-env-changed=LABCTL_COMMIT");
    // A file that is not there would make every build run this again.
    println!("cargo::rerun-if-changed=build.rs");
    let folder = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let target = env::var("TARGET").unwrap_or_default();
    let named = env::var("LABCTL_COMMIT").ok().filter(|commit| !commit.is_empty());
    // Each commit would otherwise make whoever works on labctl compile all of it once more.
    let debug = env::var("PROFILE").is_ok_and(|profile| profile == "debug");
    let commit = if named.is_some() || debug { named } else { commit(&folder, &mut watch) };
    println!("cargo::rustc-env=LABCTL_BUILD={}", build(commit.as_deref(), debug, &target));
}

/// Makes cargo run this again when the file has changed.
fn watch(file: &Path) {
    println!("cargo::rerun-if-changed={}", file.display());
}

/// What stands in brackets behind the version.
pub fn build(commit: Option<&str>, debug: bool, target: &str) -> String {
    let commit = commit.map(|commit| commit.chars().take(DIGITS).collect::<String>());
    let made = commit.or_else(|| debug.then(|| "debug build".to_owned()));
    made.into_iter().chain([target.to_owned()]).collect::<Vec<_>>().join(", ")
}

/// The commit of a folder's sources: of its checkout, or of a published crate. `read` hears of each file that says so.
pub fn commit(folder: &Path, read: &mut dyn FnMut(&Path)) -> Option<String> {
    let mut text = |file: PathBuf| {
        let text = fs::read_to_string(&file).ok()?;
        read(&file);
        Some(text)
    };
    // Written by `cargo package`: {"git":{"sha1":"…"},…}.
    if let Some(published) = text(folder.join(".cargo_vcs_info.json")) {
        return published.split("\"sha1\"").nth(1)?.split('"').nth(1).and_then(hash);
    }
    let git = folder.join(".git");
    // In a second work tree, and in a submodule, it is a file that names the folder.
    let git = match text(git.clone()).and_then(|link| Some(link.strip_prefix("gitdir:")?.trim().to_owned())) {
        Some(elsewhere) => folder.join(elsewhere),
        None => git,
    };
    let head = text(git.join("HEAD"))?;
    let Some(branch) = head.trim().strip_prefix("ref: ") else { return hash(head.trim()) };
    let shared = text(git.join("commondir")).map_or_else(|| git.clone(), |shared| git.join(shared.trim()));
    if let Some(commit) = text(shared.join(branch)) {
        return hash(commit.trim());
    }
    // The next commit makes a file of its own for the branch, and that is beside this one.
    let packed = text(shared.join("packed-refs"))?;
    read(shared.join(branch).ancestors().find(|folder| folder.is_dir())?);
    packed.lines().find_map(|line| line.strip_suffix(branch)?.strip_suffix(' ')).and_then(hash)
}

/// A commit, if it is one.
fn hash(text: &str) -> Option<String> {
    (text.len() >= 40 && text.bytes().all(|digit| digit.is_ascii_hexdigit())).then(|| text.to_owned())
}
