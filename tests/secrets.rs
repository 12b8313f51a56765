//! What holds secrets shows them to nobody: not in a core dump, not to other processes of the same user, not by a slip in
//! the source. `tests/lab/secrets.rs` follows them through whole runs.
#![cfg(target_os = "linux")] // core dumps and /proc
#![allow(clippy::unwrap_used, clippy::print_stderr)] // a test that cannot go on has failed

#[path = "support/skip.rs"]
mod skip;

use skip::skip;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

const WORD: &str = "Sesame-93b1";
/// Another one, for a process that hides nothing: what is not seen of labctl must be seen of it.
const CONTROL: &str = "Control-93b1";

fn root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// The program as an ordinary user (where this test is root's), with core dumps of any size.
fn ordinary(folder: &Path, program: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -c unlimited && exec \"$@\"", "sh"]);
    if root() {
        command.args(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]);
    }
    command.arg(program).current_dir(folder).env("HOME", folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// labctl that has read one secret and waits for another, as a user who owns nothing.
struct Held {
    folder: tempfile::TempDir,
    labctl: Child,
}

impl Held {
    fn begin() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777)).unwrap();
        fs::copy(env!("CARGO_BIN_EXE_labctl"), at("labctl")).unwrap();
        let text = "lab: held\nssh: { sudo_password: { env: LABCTL_TEST_WORD } }\nhosts:\n  \
                    web: { connection: local, groups: [web] }\n  \
                    app: { address: 192.0.2.1, groups: [app], ssh: { user: x, config: false, sudo_password: { command: \"echo > reading; while [ -e reading ]; do sleep 0.2; done\" } } }\n";
        fs::write(at("inventory.yaml"), text).unwrap();
        let mut labctl = ordinary(folder.path(), &at("labctl").display().to_string());
        labctl.args(["exec", "app", "-i", "inventory.yaml", "--", "id"]);
        let labctl = labctl.env("LABCTL_TEST_WORD", WORD).spawn().unwrap();
        let held = Self { folder, labctl };
        let limit = Instant::now() + Duration::from_secs(60);
        while !held.folder.path().join("reading").exists() {
            assert!(Instant::now() < limit, "labctl asks for the second secret");
            std::thread::sleep(Duration::from_millis(20));
        }
        held
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.labctl.kill().and_then(|()| self.labctl.wait());
    }
}

fn crashed(child: &mut Child) -> ExitStatus {
    assert!(Command::new("kill").args(["-ABRT", &child.id().to_string()]).status().unwrap().success());
    child.wait().unwrap()
}

fn holding(folder: &Path, word: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    files.filter(|file| fs::read(file).unwrap().windows(word.len()).any(|part| part == word.as_bytes())).collect()
}

#[test]
fn a_crash_writes_no_secret_to_a_disk() {
    let mut held = Held::begin();
    let folder = held.folder.path().to_owned();
    let mut other = ordinary(&folder, "sleep").arg("60").env("BAIT", CONTROL).spawn().unwrap();
    settled(other.id(), "sleep");
    let control = crashed(&mut other);
    if !control.core_dumped() {
        eprintln!("SKIPPED: this computer writes no core dumps at all ({control})");
        return;
    }
    let ended = crashed(&mut held.labctl);
    assert_eq!((ended.signal(), ended.core_dumped()), (Some(6), false), "{ended}");
    assert_eq!(holding(&folder, WORD), Vec::<PathBuf>::new());
    // Where the kernel writes into the folder of the process, the search must find what it looks for.
    if fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap().trim() == "core" {
        assert_eq!(holding(&folder, CONTROL).len(), 1, "the core dump of a process that hides nothing");
    }
}

/// Waits until a process has become the program that was asked for.
fn settled(process: u32, name: &str) {
    let limit = Instant::now() + Duration::from_secs(60);
    while fs::read_to_string(format!("/proc/{process}/comm")).unwrap().trim() != name {
        assert!(Instant::now() < limit, "{name} runs");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn processes_of_the_same_user_cannot_look_inside() {
    if !root() {
        skip("needs root, to be two processes of somebody else");
        return;
    }
    let held = Held::begin();
    let folder = held.folder.path();
    let mut other = ordinary(folder, "sleep").arg("60").env("BAIT", CONTROL).spawn().unwrap();
    settled(other.id(), "sleep");
    let read = |process: u32| {
        let file = format!("/proc/{process}/environ");
        let mut cat = ordinary(folder, "cat");
        let seen = cat.arg(file).stdout(Stdio::piped()).output().unwrap();
        String::from_utf8_lossy(&seen.stdout).into_owned()
    };
    let (labctl, bait) = (read(held.labctl.id()), read(other.id()));
    let _ = other.kill().and_then(|()| other.wait());
    assert!(bait.contains(CONTROL), "this is how one process looks into another");
    assert_eq!(labctl, "");
}

/// A secret is revealed where it is used, and nowhere else: the list is what a review looks at.
#[test]
fn secrets_are_revealed_in_few_places() {
    const PLACES: [&str; 4] =
        ["infra/transport/secrets.rs", "infra/transport/ssh/auth.rs", "infra/transport/ssh/keys.rs", "model/secret.rs"];
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut found) = (vec![source.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs")
                && fs::read_to_string(&path).unwrap().contains(".reveal()")
            {
                found.push(path.strip_prefix(&source).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    assert_eq!(found, PLACES);
    let text = fs::read_to_string(source.join("model/secret.rs")).unwrap();
    let derived = text.lines().find(|line| line.starts_with("#[derive(")).unwrap();
    assert_eq!(derived, "#[derive(Clone, PartialEq, Eq)]", "neither Debug nor Serialize nor Display is derived");
    assert!(!text.contains("Serialize") && !text.contains("Display"));
}
