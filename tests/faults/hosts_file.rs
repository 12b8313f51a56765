//! Faults of the edit of the hosts file: at every call of the edit to the system, and by everybody else who edits.
//! No machine is needed: the step `hosts` is this computer's alone.

mod crash;
mod desk;
mod editor;

use super::ledger::{Ledger, Outcome};
use super::seen::Seen;
use super::skip::skip;
use super::stage::words;
use desk::{BLOCK, LOCAL, MOUNTED, SHUT, STEP, ScratchDir};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Stdio};
use std::time::Instant;

/// What cannot be injected on this computer, and why.
struct NotHere(&'static str);

fn record(ledger: &Ledger, class: &'static str, what: &str, injection: impl FnOnce()) {
    let began = Instant::now();
    let outcome = match catch_unwind(AssertUnwindSafe(injection)) {
        Ok(()) => Outcome::Converged,
        Err(panic) => match panic.downcast_ref::<NotHere>() {
            Some(NotHere(why)) => Outcome::Exception((*why).to_owned()),
            None => Outcome::Failed(words(&*panic)),
        },
    };
    ledger.record(class, what, outcome, began.elapsed());
}

pub fn all(ledger: &Ledger) {
    if !ledger.wants(&["hosts file"]) {
        return;
    }
    if Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_err() {
        skip("the crash points of the hosts file need strace");
    } else {
        crash::crashes(ledger, "hosts file: crash", &[], 6);
        crash::crashes(ledger, "hosts file: crash in place", MOUNTED, 6);
        crash::crashes(ledger, "hosts file: crash in a closed folder", SHUT, 2);
        editor::editors(ledger);
    }
    others(ledger);
}

fn others(ledger: &Ledger) {
    let class = "hosts file: others";
    let points: Vec<(&str, fn())> = vec![
        ("eight labs at once", eight_labs),
        ("CRLF", || {
            shape("127.0.0.1 localhost\r\n", &format!("127.0.0.1 localhost\r\n{}", BLOCK.replace('\n', "\r\n")))
        }),
        ("no final newline", || {
            shape(
                "127.0.0.1 localhost",
                &format!(
                    "127.0.0.1 localhost\n{}",
                    BLOCK.replacen('\n', "\n# (the line above this block had no line end)\n", 1)
                ),
            )
        }),
        ("empty", || shape("", BLOCK)),
        ("a block twice", twice),
        ("a block without an end", || shape_refused("# BEGIN labctl fahosts\n10.0.0.9 x\n")),
        ("a symbolic link", link),
        ("a link into nowhere", dangling),
        ("immutable", immutable),
        ("a closed folder", closed),
        ("10 MB", ten_megabytes),
        ("a full disk", full),
        ("no file", || {
            let desk = ScratchDir::new("");
            fs::remove_file(desk.hosts()).unwrap();
            desk.converges_to(BLOCK);
        }),
    ];
    for (what, injection) in ledger.chosen(class, points, 3) {
        record(ledger, class, what, injection);
    }
}

fn shape(old: &str, wanted: &str) {
    ScratchDir::new(old).converges_to(wanted);
}

fn shape_refused(old: &str) {
    let desk = ScratchDir::new(old);
    let seen = desk.run(&[]);
    assert!(seen.code == 1 && seen.out.contains("hosts:1"), "the line is named: {seen}");
    assert_eq!(desk.text(), old);
    fs::write(desk.hosts(), LOCAL).unwrap();
    desk.converges_to(&format!("{LOCAL}{BLOCK}"));
}

fn twice() {
    let desk = ScratchDir::new(&format!("{LOCAL}{BLOCK}x\n{BLOCK}"));
    let seen = desk.run(&[]);
    if seen.code == 0 {
        assert_eq!(desk.text().matches("# BEGIN labctl fahosts").count(), 1, "{}", desk.text());
    } else {
        assert!(seen.out.contains("hosts:"), "the line is named: {seen}");
    }
    fs::write(desk.hosts(), LOCAL).unwrap();
    desk.converges_to(&format!("{LOCAL}{BLOCK}"));
}

fn eight_labs() {
    let desk = ScratchDir::new(LOCAL);
    let labs: Vec<String> = (0..8).map(|n| format!("lab{n}")).collect();
    labs.iter().for_each(|lab| desk.inventory(lab));
    let children: Vec<_> =
        labs.iter().map(|lab| desk.labctl(&[], STEP, lab).stdout(Stdio::null()).spawn().unwrap()).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    for lab in &labs {
        assert_eq!(desk.text().matches(&format!("# END labctl {lab}\n")).count(), 1, "{}", desk.text());
    }
    assert!(desk.text().starts_with(LOCAL));
    let all = desk.text();
    desk.converges_to(&format!("{all}{BLOCK}"));
}

fn link() {
    let desk = ScratchDir::new(LOCAL);
    let real = desk.path("real");
    fs::rename(desk.hosts(), &real).unwrap();
    symlink(&real, desk.hosts()).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o664)).unwrap();
    desk.converges_to(&format!("{LOCAL}{BLOCK}"));
    assert!(fs::symlink_metadata(desk.hosts()).unwrap().is_symlink());
    assert_eq!(fs::metadata(&real).unwrap().mode() & 0o7777, 0o664);
}

/// There is no hosts file: one is made, and the link makes way for it.
fn dangling() {
    let desk = ScratchDir::new(LOCAL);
    fs::remove_file(desk.hosts()).unwrap();
    symlink("nowhere/hosts", desk.hosts()).unwrap();
    let seen = desk.run(&[]);
    assert!(seen.code == 0 && seen.out.contains("changed 1 "), "{seen}");
    assert!(fs::symlink_metadata(desk.hosts()).unwrap().is_file());
    desk.converges_to(BLOCK);
}

/// The run goes on, and a person is told what to paste.
fn told(desk: &ScratchDir, seen: &Seen) {
    let hosts = desk.hosts().display().to_string();
    assert_eq!(seen.code, 0, "{seen}");
    for line in [
        format!("  hosts      controller  skipped    no permission to change {hosts}"),
        format!("note: {hosts} needs these lines:"),
        format!(
            "note:   printf '%s\\n' '# BEGIN labctl fahosts' '10.0.0.9    one.fa.test' '10.0.0.9    two.fa.test' \
             '# END labctl fahosts' | sudo tee -a '{hosts}' >/dev/null"
        ),
        "  ok 0   changed 0   failed 0   skipped 1 ".to_owned(),
    ] {
        assert!(seen.out.contains(&line), "{line:?} is said: {seen}");
    }
    assert_eq!(desk.text(), LOCAL);
    let names: Vec<_> = fs::read_dir(desk.path("etc")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["hosts"], "beside the file");
}

fn immutable() {
    let desk = ScratchDir::new(LOCAL);
    let chattr = |flag: &str| Command::new("chattr").arg(flag).arg(desk.hosts()).stderr(Stdio::null()).status();
    if !chattr("+i").is_ok_and(|done| done.success()) {
        std::panic::panic_any(NotHere("this file system knows no immutable files"));
    }
    let seen = desk.run(&[]);
    assert!(chattr("-i").unwrap().success());
    told(&desk, &seen);
    desk.converges_to(&format!("{LOCAL}{BLOCK}"));
}

/// Root may write in every folder, so this is somebody else.
fn closed() {
    let desk = ScratchDir::new(LOCAL);
    let home = desk.path("home");
    fs::create_dir(&home).unwrap();
    for (path, mode) in [(desk.folder(), 0o755), (&desk.path("etc"), 0o555), (&home, 0o777)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    // The program may lie where nobody else comes.
    let program = desk.path("labctl");
    fs::copy(env!("CARGO_BIN_EXE_labctl"), &program).unwrap();
    let nobody = || {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).arg(&program);
        command.args(STEP).args(["-i", "fahosts.yaml"]).current_dir(desk.folder()).stdin(Stdio::null());
        command.env_remove("LABCTL_INVENTORY").env("NO_COLOR", "1").env("HOME", &home);
        Seen::of(command.env("LABCTL_HOSTS_FILE", desk.hosts()).output().unwrap())
    };
    let seen = nobody();
    if seen.err.contains("setpriv") {
        std::panic::panic_any(NotHere("only root may become somebody else"));
    }
    told(&desk, &seen);
    // The file may be written, but not replaced.
    fs::set_permissions(desk.hosts(), fs::Permissions::from_mode(0o666)).unwrap();
    let inode = fs::metadata(desk.hosts()).unwrap().ino();
    let seen = nobody();
    assert!(seen.code == 0 && seen.out.contains("changed 1 "), "{seen}");
    assert_eq!(fs::metadata(desk.hosts()).unwrap().ino(), inode);
    assert_eq!(fs::read_dir(home.join(".local/state/labctl")).unwrap().count(), 0, "no copy is left");
    desk.converges_to(&format!("{LOCAL}{BLOCK}"));
}

fn ten_megabytes() {
    let large = format!("{LOCAL}{}", "0.0.0.0 advertisement.example.invalid # no thanks\n".repeat(210_000));
    assert!(large.len() > 10_000_000);
    let began = Instant::now();
    ScratchDir::new(&large).converges_to(&format!("{large}{BLOCK}"));
    assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
}

fn full() {
    let desk = ScratchDir::new(LOCAL);
    let line = "mount -t tmpfs -o size=4k,nr_inodes=3 tmpfs etc && cp source etc/hosts && \"$@\"; code=$?; cp etc/hosts source; \
                ls -A etc > names; exit $code";
    fs::write(desk.path("source"), LOCAL).unwrap();
    let seen = desk.run(&["unshare", "-m", "sh", "-c", line, "sh"]);
    let text = fs::read_to_string(desk.path("source")).unwrap();
    let wanted = format!("{LOCAL}{BLOCK}");
    assert!(text == LOCAL && seen.code != 0 || text == wanted && seen.code == 0, "{text:?} {seen}");
    fs::write(desk.hosts(), text).unwrap();
    desk.converges_to(&wanted);
}
