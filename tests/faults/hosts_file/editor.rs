//! Somebody who edits the file at the same moment.

use super::super::ledger::Ledger;
use super::super::seen::Seen;
use super::desk::{BLOCK, LOCAL, MOUNTED, STEP, ScratchDir};
use super::record;
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Somebody edits the file while labctl is held in the middle of its own edit: it has read the file and has the lock, and
/// what it will put there is on the disk, but not in its place.
pub fn editors(ledger: &Ledger) {
    let class = "hosts file: an editor";
    // Through the mount the file is the other one; its own name there is in labctl's namespace only.
    let points: Vec<(&str, &[&str], &str, &str)> = vec![
        (
            "replaces the file",
            &[],
            "cp etc/hosts etc/edit && echo 10.1.1.1 mine >> etc/edit && mv etc/edit etc/hosts",
            ".hosts.labctl.new",
        ),
        ("appends", &[], "echo 10.1.1.1 mine >> etc/hosts", ".hosts.labctl.new"),
        ("appends to a mounted file", MOUNTED, "echo 10.1.1.1 mine >> source", ".hosts.labctl.old"),
    ];
    for (what, mount, line, mark) in ledger.chosen(class, points, 3) {
        record(ledger, class, what, || editor(mount, line, mark));
    }
}

fn editor(mount: &[&str], line: &str, mark: &str) {
    let desk = ScratchDir::new(LOCAL);
    let watched = desk.watched();
    // Of a file that is mounted both texts are kept first; then the folder is synced, so that they have their name.
    let hold = if mount.is_empty() {
        "inject=fsync:delay_exit=1500000:when=1"
    } else {
        "inject=fsync:delay_exit=1500000:when=3"
    };
    let before = [mount, &watched.iter().map(String::as_str).collect::<Vec<_>>(), &["-e", hold]].concat();
    let mut child = desk.labctl(&before, STEP, "fahosts").stdout(Stdio::piped()).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(20);
    while !desk.path("etc").join(mark).exists() {
        assert!(Instant::now() < end && child.try_wait().unwrap().is_none(), "labctl never came to {mark}");
        std::thread::sleep(Duration::from_millis(2));
    }
    // What comes before the delay takes microseconds.
    std::thread::sleep(Duration::from_millis(200));
    assert!(Command::new("sh").args(["-c", line]).current_dir(desk.folder()).status().unwrap().success());
    assert!(
        desk.path("etc").join(mark).exists() && child.try_wait().unwrap().is_none(),
        "labctl is held in the middle"
    );
    let seen = Seen::of(child.wait_with_output().unwrap());
    assert_eq!(seen.code, 0, "{seen}");
    let wanted = format!("{LOCAL}10.1.1.1 mine\n{BLOCK}");
    let file = if mount.is_empty() { desk.hosts() } else { desk.path("source") };
    assert_eq!(fs::read_to_string(file).unwrap(), wanted, "nothing is lost, of both");
    desk.converges(STEP, mount, &wanted);
}
