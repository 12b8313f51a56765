//! Faults of the edit of the hosts file: at every call of the edit to the system, and by everybody else who edits.
//! No machine is needed: the step `hosts` is this computer's alone.

use super::class::Seen;
use super::ledger::{Ledger, Outcome};
use super::stage::words;
use crate::skip::skip;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

const LOCAL: &str = "127.0.0.1\tlocalhost\n";
const BLOCK: &str = "# BEGIN labctl fahosts\n10.0.0.9\tone.fa.test\n10.0.0.9\ttwo.fa.test\n# END labctl fahosts\n";

/// What cannot be injected on this computer, and why.
struct NotHere(&'static str);

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new(hosts: &str) -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(desk.path("etc")).unwrap();
        fs::write(desk.hosts(), hosts).unwrap();
        desk.inventory("fahosts");
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn hosts(&self) -> PathBuf {
        self.path("etc/hosts")
    }

    fn text(&self) -> String {
        String::from_utf8(fs::read(self.hosts()).unwrap()).unwrap()
    }

    fn inventory(&self, lab: &str) {
        let (one, two) =
            if lab == "fahosts" { ("one.fa".into(), "two.fa".into()) } else { (lab.to_owned(), format!("{lab}2")) };
        let text = format!(
            "lab: {lab}\nhosts:\n  web: {{ address: 10.0.0.9, groups: [web] }}\n  app1: {{ address: 10.0.0.10, groups: [app] }}\n\
             vars:\n  app: {{ name: demo, repo: https://example.invalid/demo, version: main, port: 3000 }}\n  sites:\n\
             \x20   - {{ domain: {one}.test, upstream: [app1] }}\n    - {{ domain: {two}.test, upstream: [app1] }}\n"
        );
        fs::write(self.path(&format!("{lab}.yaml")), text).unwrap();
    }

    /// `labctl step hosts` on this file, begun by these words.
    fn step(&self, before: &[&str], lab: &str) -> Command {
        let file = format!("{lab}.yaml");
        let line = [before, &[env!("CARGO_BIN_EXE_labctl"), "step", "hosts", "-i", &file]].concat();
        let mut command = Command::new(line[0]);
        command.args(&line[1..]).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env_remove("LABCTL_INVENTORY").env("NO_COLOR", "1").env("LABCTL_HOSTS_FILE", self.hosts());
        command
    }

    fn run(&self, before: &[&str]) -> Seen {
        Seen::of(self.step(before, "fahosts").output().unwrap())
    }

    /// The next run ends well, says so, and leaves exactly this and nothing beside it.
    fn converges_to(&self, wanted: &str) {
        let seen = self.run(&[]);
        assert_eq!(seen.code, 0, "the next run: {seen}");
        assert_eq!(self.text(), wanted);
        let names: Vec<_> = fs::read_dir(self.path("etc")).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names.len(), 1, "beside the file: {names:?}");
        let again = self.run(&[]);
        assert!(again.code == 0 && again.out.contains("changed 0"), "{again}");
    }
}

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
        crashes(ledger, "hosts file: crash", false, 6);
        crashes(ledger, "hosts file: crash in place", true, 2);
    }
    others(ledger);
}

/// Killed at each call that touches the file, its folder, its lock or what is beside it.
fn crashes(ledger: &Ledger, class: &'static str, mounted: bool, few: usize) {
    // A mounted file cannot be replaced: it is written in place.
    const MOUNTED: [&str; 6] = ["unshare", "-m", "sh", "-c", "mount --bind source etc/hosts && exec \"$@\"", "sh"];
    let shapes: &[(&str, &str)] = if mounted {
        &[("a block is added", LOCAL)]
    } else {
        &[
            ("a block is added", LOCAL),
            (
                "a block is changed",
                "127.0.0.1\tlocalhost\n# BEGIN labctl fahosts\n10.9.9.9\told.test\n# END labctl fahosts\n::1 six\n",
            ),
        ]
    };
    let after = |old: &str| match old {
        LOCAL => format!("{LOCAL}{BLOCK}"),
        _ => format!("{LOCAL}{BLOCK}::1 six\n"),
    };
    let mut points = Vec::new();
    for (what, old) in shapes {
        for (call, time) in calls(old, mounted, &MOUNTED) {
            points.push((*what, *old, call, time));
        }
    }
    for (what, old, call, time) in ledger.chosen(class, points, few) {
        record(ledger, class, &format!("{what}, killed at {call} {time}"), || {
            let desk = Desk::new(old);
            let wanted = after(old);
            if mounted {
                fs::write(desk.path("source"), old).unwrap();
            }
            let seen = traced(&desk, mounted, &MOUNTED, &format!("inject={call}:signal=KILL:when={time}"));
            assert!(seen.code != 0, "it was killed: {seen}");
            let file = if mounted { desk.path("source") } else { desk.hosts() };
            let text = fs::read_to_string(&file).unwrap();
            if mounted {
                // Nobody else's line is lost, and what is there of ours is the beginning of it.
                assert!(wanted.starts_with(&text) && text.starts_with(old), "half done: {text:?}");
                fs::copy(&file, desk.hosts()).unwrap();
            } else {
                assert!(text == old || text == wanted, "half done: {text:?}");
            }
            desk.converges_to(&wanted);
        });
    }
}

/// The calls of the whole edit: each by its name, and which time it is called.
fn calls(old: &str, mounted: bool, before: &[&str]) -> Vec<(String, usize)> {
    let desk = Desk::new(old);
    fs::write(desk.path("source"), old).unwrap();
    let seen = traced(&desk, mounted, before, "trace=all");
    assert_eq!(seen.code, 0, "{seen}");
    let log = fs::read_to_string(desk.path("trace")).unwrap();
    let mut calls = Vec::new();
    // `1234 openat(…`; strace counts for each process and each name.
    for line in log.lines().filter(|line| line.contains('(') && !line.contains("resumed>")) {
        let (process, rest) = line.split_once(' ').unwrap();
        let name = rest.trim_start().split('(').next().unwrap();
        calls.push((process.to_owned(), name.to_owned()));
    }
    assert!(calls.len() > 8, "the edit was seen: {log}");
    let times = |at: usize| calls[..=at].iter().filter(|call| **call == calls[at]).count();
    let mut points: Vec<_> = calls.iter().enumerate().map(|(at, (_, name))| (name.clone(), times(at))).collect();
    points.sort();
    points.dedup();
    points
}

fn traced(desk: &Desk, mounted: bool, mount: &[&str], what: &str) -> Seen {
    let etc = desk.path("etc").canonicalize().unwrap();
    let path = |name: &str| etc.join(name).display().to_string();
    let (hosts, lock, new) = (path("hosts"), path(".hosts.labctl.lock"), path(".hosts.labctl.new"));
    let trace = desk.path("trace").display().to_string();
    let mut line = if mounted { mount.to_vec() } else { Vec::new() };
    let folder = etc.display().to_string();
    line.extend([
        "strace", "-f", "-qq", "-o", &trace, "-P", &hosts, "-P", &lock, "-P", &new, "-P", &folder, "-e", what,
    ]);
    desk.run(&line)
}

fn others(ledger: &Ledger) {
    let class = "hosts file: others";
    let points: Vec<(&str, fn())> = vec![
        ("eight labs at once", eight_labs),
        ("an editor that replaces the file", || {
            editor("cp etc/hosts etc/edit && echo 10.1.1.1 mine >> etc/edit && mv etc/edit etc/hosts")
        }),
        ("an editor that appends", || editor("echo 10.1.1.1 mine >> etc/hosts")),
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
            let desk = Desk::new("");
            fs::remove_file(desk.hosts()).unwrap();
            desk.converges_to(BLOCK);
        }),
    ];
    for (what, injection) in ledger.chosen(class, points, 3) {
        record(ledger, class, what, injection);
    }
}

fn shape(old: &str, wanted: &str) {
    Desk::new(old).converges_to(wanted);
}

fn shape_refused(old: &str) {
    let desk = Desk::new(old);
    let seen = desk.run(&[]);
    assert!(seen.code == 1 && seen.out.contains("hosts:1"), "the line is named: {seen}");
    assert_eq!(desk.text(), old);
    fs::write(desk.hosts(), LOCAL).unwrap();
    desk.converges_to(&format!("{LOCAL}{BLOCK}"));
}

fn twice() {
    let desk = Desk::new(&format!("{LOCAL}{BLOCK}x\n{BLOCK}"));
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
    let desk = Desk::new(LOCAL);
    let labs: Vec<String> = (0..8).map(|n| format!("lab{n}")).collect();
    labs.iter().for_each(|lab| desk.inventory(lab));
    let children: Vec<_> = labs.iter().map(|lab| desk.step(&[], lab).stdout(Stdio::null()).spawn().unwrap()).collect();
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

/// Edits while labctl is held up in the middle of its own edit, after it has the lock.
fn editor(line: &str) {
    let desk = Desk::new(LOCAL);
    for round in 0..20 {
        fs::write(desk.hosts(), LOCAL).unwrap();
        let mut child = desk.step(&[], "fahosts").stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(round * 4));
        let edited = Command::new("sh").args(["-c", line]).current_dir(desk.folder.path()).status().unwrap();
        // It looks again afterwards, and says so if its block is gone already.
        assert!(edited.success() && matches!(child.wait().unwrap().code(), Some(0 | 1)));
        let text = desk.text();
        assert!(text.starts_with(LOCAL), "{text}");
        // An editor that knows of no lock may win or lose as a whole; no line is ever half there.
        let rest = text.replacen(LOCAL, "", 1).replacen(BLOCK, "", 1).replacen("10.1.1.1 mine\n", "", 1);
        assert_eq!(rest, "", "{text}");
    }
    let text = desk.text();
    let wanted = if text.contains("# BEGIN") { text } else { format!("{text}{BLOCK}") };
    desk.converges_to(&wanted);
}

fn link() {
    let desk = Desk::new(LOCAL);
    let real = desk.path("real");
    fs::rename(desk.hosts(), &real).unwrap();
    symlink(&real, desk.hosts()).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o664)).unwrap();
    desk.converges_to(&format!("{LOCAL}{BLOCK}"));
    assert!(fs::symlink_metadata(desk.hosts()).unwrap().is_symlink());
    assert_eq!(fs::metadata(&real).unwrap().mode() & 0o7777, 0o664);
}

fn dangling() {
    let desk = Desk::new(LOCAL);
    fs::remove_file(desk.hosts()).unwrap();
    symlink("nowhere/hosts", desk.hosts()).unwrap();
    let seen = desk.run(&[]);
    assert!(seen.code == 0 || seen.out.contains("hosts"), "{seen}");
    let _ = fs::remove_file(desk.hosts());
    fs::write(desk.hosts(), LOCAL).unwrap();
    desk.converges_to(&format!("{LOCAL}{BLOCK}"));
}

fn immutable() {
    let desk = Desk::new(LOCAL);
    let chattr = |flag: &str| Command::new("chattr").arg(flag).arg(desk.hosts()).stderr(Stdio::null()).status();
    if !chattr("+i").is_ok_and(|done| done.success()) {
        std::panic::panic_any(NotHere("this file system knows no immutable files"));
    }
    let seen = desk.run(&[]);
    let text = desk.text();
    assert!(chattr("-i").unwrap().success());
    assert_eq!(text, LOCAL);
    assert!(seen.out.contains("# BEGIN labctl fahosts") || seen.out.contains("hosts"), "{seen}");
    desk.converges_to(&format!("{LOCAL}{BLOCK}"));
}

fn closed() {
    let desk = Desk::new(LOCAL);
    fs::set_permissions(desk.path("etc"), fs::Permissions::from_mode(0o555)).unwrap();
    desk.converges_to(&format!("{LOCAL}{BLOCK}"));
}

fn ten_megabytes() {
    let large = format!("{LOCAL}{}", "0.0.0.0 advertisement.example.invalid # no thanks\n".repeat(210_000));
    assert!(large.len() > 10_000_000);
    let began = Instant::now();
    Desk::new(&large).converges_to(&format!("{large}{BLOCK}"));
    assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
}

fn full() {
    let desk = Desk::new(LOCAL);
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
