//! The nginx module with a real nginx, in namespaces of its own: transactions, proofs and crashes (`nginx/try.sh`);
//! and bursts of visitors through the shipped template (`nginx/bursts.rs`).

mod bursts;

use super::skip::skip;
use std::path::{Path, PathBuf};
use std::process::Command;

fn run(folder: &Path, program: &str, words: &[&str]) -> bool {
    Command::new(program).args(words).current_dir(folder).output().is_ok_and(|o| o.status.success())
}

/// Debian's nginx, unpacked in a folder of its own; `None` where it cannot be had.
fn unpacked(folder: &Path) -> Option<PathBuf> {
    let root = Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.starts_with(b"0\n"));
    if !cfg!(target_os = "linux") || !root {
        skip("namespaces need Linux and root");
        return None;
    }
    let nginx = folder.join("nginx");
    let there = run(folder, "apt-get", &["-q", "download", "nginx", "nginx-common"]);
    if !there {
        skip("Debian's nginx packages cannot be had here (apt-get download)");
        return None;
    }
    for package in std::fs::read_dir(folder).unwrap() {
        let package = package.unwrap().path().display().to_string();
        if package.ends_with(".deb") {
            assert!(run(folder, "dpkg", &["-x", &package, &nginx.display().to_string()]), "{package}");
        }
    }
    Some(nginx)
}

/// Tries a file of cases with a shell; more lines than `fewest` say how they went.
fn tried(cases: Option<&str>, shell: &str, fewest: usize) {
    let folder = tempfile::tempdir().unwrap();
    let Some(nginx) = unpacked(folder.path()) else { return };
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/nginx");
    let tried = Command::new("sh")
        .args([&format!("{here}/try.sh"), shell])
        .env("NGINX_ROOT", &nginx)
        .env("CASES", cases.map(|file| format!("{here}/{file}")).unwrap_or_default())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&tried.stdout);
    let err = String::from_utf8_lossy(&tried.stderr);
    assert!(tried.status.success(), "{shell}: {said}\n{err}");
    assert!(said.lines().count() > fewest, "{shell}: the cases were tried: {said}");
}

// Two tests, so that they run beside each other: most of their time they wait for nginx.
#[test]
fn transactions_proofs_and_crashes_under_dash() {
    tried(None, "dash", 20);
}

#[test]
fn transactions_proofs_and_crashes_under_bash() {
    tried(None, "bash", 20);
}

#[test]
fn other_files_with_a_name_of_the_lab() {
    tried(Some("rivals.sh"), "dash", 40);
}

#[test]
fn what_a_machine_makes_of_a_site() {
    tried(Some("machine.sh"), "dash", 35);
}
