//! Looks at every process and at what is written for a moment, while labctl works.

use super::{Vault, holds};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// All files below a folder; how many.
pub fn walk(folder: &Path, into: &mut Vec<PathBuf>) -> usize {
    let before = into.len();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => {
                walk(&entry.path(), into);
            }
            Ok(kind) if kind.is_file() => into.push(entry.path()),
            _ => {}
        }
    }
    into.len() - before
}

pub fn is_labctl(process: &Path) -> bool {
    fs::read_link(process.join("exe")).is_ok_and(|exe| exe == Path::new(env!("CARGO_BIN_EXE_labctl")))
}

pub fn processes() -> impl Iterator<Item = PathBuf> {
    let number = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().parse::<u32>().is_ok());
    fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path()).filter(number)
}

/// Whether a labctl of this test waits on a terminal that shows nothing of what is typed.
pub fn hidden() -> bool {
    processes().any(|process| {
        let ours =
            fs::read(process.join("cmdline")).is_ok_and(|line| holds(&line, "prompt.yaml")) && is_labctl(&process);
        let terminal = fs::read_link(process.join("fd/0")).ok().filter(|file| ours && file.starts_with("/dev/pts"));
        terminal.is_some_and(|file| {
            let said = Command::new("stty").arg("-F").arg(file).arg("-a").output().unwrap();
            holds(&said.stdout, "-echo ")
        })
    })
}

#[derive(Default)]
pub struct Found {
    pub looks: usize,
    pub leaks: BTreeSet<String>,
    pub seen: BTreeSet<&'static str>,
}

/// A process whose environment is to be found.
pub struct Bait(std::process::Child);

impl Drop for Bait {
    fn drop(&mut self) {
        let _ = self.0.kill().and_then(|()| self.0.wait());
    }
}

/// Looks at all processes, and at what labctl has for a moment on the machine, until it is told to end.
pub struct Spy {
    pub stop: Arc<AtomicBool>,
    pub thread: JoinHandle<Found>,
    pub bait: Bait,
}

impl Spy {
    pub fn begin(vault: &Vault) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let bait = Command::new("sleep")
            .arg("600")
            .env("BAIT", &vault.control)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let words: Vec<(&str, String)> = vault.words.iter().map(|(name, _, word)| (*name, word.clone())).collect();
        let (ended, control) = (stop.clone(), vault.control.clone());
        let machine = PathBuf::from(format!("/proc/{}/root", vault.class.init_of("web")));
        let mut places = vec![vault.class.path("tmp"), vault.class.path(".labctl")];
        places.extend(["run/labctl", "tmp", "var/tmp", "dev/shm", "var/lib/labctl"].map(|at| machine.join(at)));
        let thread = std::thread::spawn(move || {
            let mut found = Found::default();
            while !ended.load(Ordering::Relaxed) {
                processes().for_each(|process| look(&process, &words, &control, &mut found));
                let mut files = Vec::new();
                for place in &places {
                    walk(place, &mut files);
                }
                for file in files {
                    let Ok(bytes) = fs::read(&file) else { continue };
                    if words.iter().any(|(_, word)| holds(&bytes, word)) {
                        if is_for_root_alone(&file) {
                            found.seen.insert("what a program printed");
                        } else {
                            found.leaks.insert(format!("a secret in {}", file.display()));
                        }
                    }
                }
                found.looks += 1;
            }
            found
        });
        Self { stop, thread, bait: Bait(bait) }
    }

    pub fn end(self, way: &str) {
        // So that the bait is looked at in any case.
        std::thread::sleep(Duration::from_millis(300));
        self.stop.store(true, Ordering::Relaxed);
        let found = self.thread.join().unwrap();
        drop(self.bait);
        eprintln!("{way}: {} looks at everything; seen: {:?}", found.looks, found.seen);
        assert!(found.leaks.is_empty(), "{way}: {:#?}", found.leaks);
        let mut wanted =
            vec!["bait in an environment", "control in a command line", "sudo -S", "labctl", "what a program printed"];
        match way {
            "env" => wanted.push("labctl's own environment"),
            "command" => wanted.push("command of a secret"),
            _ => {}
        }
        for each in wanted {
            assert!(found.seen.contains(each), "{way}: {each} was not seen in {} looks: {:?}", found.looks, found.seen);
        }
    }
}

/// What a program on the machine prints lies in the folder of the run until it is sent, whatever it is; there only root
/// comes in. Everywhere else a secret in a file is a leak, whoever may read it.
pub fn is_for_root_alone(file: &Path) -> bool {
    let shut = |path: &Path| {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        fs::symlink_metadata(path).is_ok_and(|of| of.uid() == 0 && of.permissions().mode() & 0o077 == 0)
    };
    let inside = file.ancestors().any(|folder| folder.ends_with("run/labctl"));
    inside && file.ancestors().take_while(|path| !path.ends_with("run/labctl")).any(shut)
}

#[test]
pub fn only_the_folder_of_a_run_may_hold_what_was_printed() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    if std::os::unix::fs::MetadataExt::uid(&fs::metadata(folder.path()).unwrap()) != 0 {
        return eprintln!("SKIPPED: the folders of a run are root's");
    }
    let file = |name: &str, mode: u32, above: u32| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "x").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        fs::set_permissions(path.parent().unwrap(), fs::Permissions::from_mode(above)).unwrap();
        is_for_root_alone(&path)
    };
    assert!(file("run/labctl/lab/out", 0o644, 0o700) && file("run/labctl/lab/out", 0o600, 0o755));
    assert!(!file("run/labctl/lab/out", 0o644, 0o755), "others may read it");
    assert!(!file("tmp/askpass", 0o600, 0o700) && !file("tmp/askpass", 0o644, 0o755), "no other file may hold it");
}

pub fn look(process: &Path, words: &[(&str, String)], control: &str, found: &mut Found) {
    // First of all: between a fork and its exec, a child still shows the memory of labctl itself.
    let labctl = is_labctl(process);
    let line = fs::read(process.join("cmdline")).unwrap_or_default();
    let environment = fs::read(process.join("environ")).unwrap_or_default();
    for (name, word) in words {
        let told = String::from_utf8_lossy(&line).replace('\0', " ");
        if holds(&line, word) {
            found.leaks.insert(format!("the {name} in the command line {told}"));
        }
        match (holds(&environment, word), labctl) {
            (true, true) => found.seen.insert("labctl's own environment"),
            (true, false) => found.leaks.insert(format!("the {name} in the environment of {told}")),
            (false, _) => false,
        };
    }
    for (what, seen) in [
        ("labctl", labctl),
        ("control in a command line", holds(&line, control)),
        ("bait in an environment", holds(&environment, control)),
        ("sudo -S", holds(&line, "sudo\0-S")),
        ("command of a secret", holds(&line, "cat store/")),
    ] {
        if seen {
            found.seen.insert(what);
        }
    }
}
