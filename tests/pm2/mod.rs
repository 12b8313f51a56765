//! The module pm2 with a real pm2, in namespaces of its own: names, other people's processes, start scripts (`pm2/try.sh`).

use super::skip::skip;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

/// Where that version of pm2 is. It comes from the npm registry, once for all runs.
fn pm2(version: &str) -> Option<PathBuf> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _held = ONE_AT_A_TIME.lock().unwrap();
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("pm2-{version}"));
    let whole = folder.join("whole");
    if !whole.exists() {
        let npm = Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--prefix"])
            .arg(&folder)
            .arg(format!("pm2@{version}"))
            .output();
        if !npm.is_ok_and(|npm| npm.status.success()) {
            skip("pm2 cannot be had here (npm install)");
            return None;
        }
        std::fs::write(whole, "").unwrap();
    }
    Some(folder)
}

/// Runs the cases of one file; there are at least so many.
fn tried(cases: &str, shell: &str, version: &str, at_least: usize) {
    let root = Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.starts_with(b"0\n"));
    if !cfg!(target_os = "linux") || !root {
        skip("namespaces need Linux and root");
        return;
    }
    for program in ["node", "tmux", "screen", "curl"] {
        if Command::new("sh").args(["-c", &format!("command -v {program}")]).output().is_ok_and(|o| o.stdout.is_empty())
        {
            skip(&format!("there is no {program} here"));
            return;
        }
    }
    let Some(pm2) = pm2(version) else { return };
    let tried = Command::new("sh")
        .args([concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pm2/try.sh"), shell, cases])
        .env("PM2_ROOT", &pm2)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&tried.stdout);
    let err = String::from_utf8_lossy(&tried.stderr);
    assert!(tried.status.success() && !said.contains("WRONG"), "{cases} under {shell}, pm2 {version}: {said}\n{err}");
    let held = said.lines().filter(|line| line.starts_with("ok ")).count();
    assert!(held >= at_least, "{cases}: the cases were tried: {said}");
}

#[test]
fn an_application_has_the_name_that_pm2_gives_it_and_no_files() {
    tried("names", "dash", "5.4.3", 13);
}

#[test]
fn newer_versions_of_pm2_are_asked_alike() {
    tried("names", "bash", "6.0.14", 13);
}

#[test]
fn whoever_has_the_port_in_some_pm2_is_replaced_or_named() {
    tried("same_port", "dash", "5.4.3", 24);
}

#[test]
fn at_most_npm_and_its_children_are_ended_in_a_terminal() {
    tried("terminal", "bash", "5.4.3", 11);
}

#[test]
fn a_port_that_the_application_fixes_itself_is_named_with_its_place() {
    tried("fixed", "dash", "5.4.3", 11);
}

#[test]
fn users_homes_and_files_may_be_as_students_have_them() {
    tried("files", "bash", "5.4.3", 10);
}

#[test]
fn a_unit_of_somebody_elses_is_accepted_or_put_right() {
    tried("boot", "dash", "5.4.3", 16);
}

#[test]
fn several_instances_have_a_name_and_a_port_each() {
    tried("instances", "dash", "5.4.3", 15);
}
