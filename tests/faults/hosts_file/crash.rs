//! Killed at every call of the edit to the system.

use super::super::ledger::Ledger;
use super::super::seen::Seen;
use super::desk::{BLOCK, DOWN, LOCAL, STEP, ScratchDir};
use super::record;
use std::fs;

/// What an edit begins with, what it is, and what it makes.
type Edit = (&'static str, &'static str, &'static [&'static str], fn() -> String);

/// Longer than the block that replaces it.
const LONGER: &str = "127.0.0.1\tlocalhost\n# BEGIN labctl fahosts\n10.9.9.9\told.test\n10.9.9.9\tolder.test\n10.9.9.9\toldest.test\n\
    10.9.9.9\tforgotten.test\n# END labctl fahosts\n::1 six\n10.1.1.1 mine\n";
const SHORTER: &str =
    "127.0.0.1\tlocalhost\n# BEGIN labctl fahosts\n10.9.9.9\told.test\n# END labctl fahosts\n::1 six\n10.1.1.1 mine\n";
const EDITS: [Edit; 4] = [
    ("a block is added", LOCAL, STEP, || format!("{LOCAL}{BLOCK}")),
    ("a block is changed", SHORTER, STEP, || format!("{LOCAL}{BLOCK}::1 six\n10.1.1.1 mine\n")),
    ("a block is changed to a shorter one", LONGER, STEP, || format!("{LOCAL}{BLOCK}::1 six\n10.1.1.1 mine\n")),
    ("a block is removed", LONGER, DOWN, || format!("{LOCAL}::1 six\n10.1.1.1 mine\n")),
];

/// Killed at each call that touches the file, its folder, its lock or what is kept of it.
pub fn crashes(ledger: &Ledger, class: &'static str, mount: &[&str], few: usize) {
    let mut points = Vec::new();
    for edit in EDITS {
        points.extend(calls(edit, mount).into_iter().map(|(call, time)| (edit, call, time)));
    }
    // Between the last byte that is written and the new length: the worst of all, so it is never left out.
    let (worst, points): (Vec<_>, Vec<_>) = points.into_iter().partition(|(_, call, _)| call == "ftruncate");
    assert!(mount.is_empty() == worst.is_empty(), "in place the length is set");
    for (edit, call, time) in [ledger.chosen(class, worst, usize::MAX), ledger.chosen(class, points, few)].concat() {
        let (what, old, verb, wanted) = edit;
        record(ledger, class, &format!("{what}, killed at {call} {time}"), || {
            let (desk, wanted) = (ScratchDir::new(old), wanted());
            let seen = traced(&desk, verb, mount, &format!("inject={call}:signal=KILL:when={time}"));
            assert!(seen.code != 0, "it was killed: {seen}");
            if mount.is_empty() {
                let text = desk.text();
                assert!(text == old || text == wanted, "half done: {text:?}");
            }
            desk.converges(verb, mount, &wanted);
        });
    }
}

/// The calls of the whole edit: each by its name, and which time it is called.
fn calls((_, old, verb, _): Edit, mount: &[&str]) -> Vec<(String, usize)> {
    let desk = ScratchDir::new(old);
    let seen = traced(&desk, verb, mount, "trace=all");
    assert_eq!(seen.code, 0, "{seen}");
    let log = fs::read_to_string(desk.path("trace")).unwrap();
    let mut calls = Vec::new();
    // `1234 openat(…`; strace counts for each process and each name.
    for line in log.lines().filter(|line| line.contains('(') && !line.contains("resumed>")) {
        let (process, rest) = line.split_once(' ').unwrap();
        let name = rest.trim_start().split('(').next().unwrap();
        // `???(` is a call that it could not see: its thread ended meanwhile, with all others.
        if name != "???" {
            calls.push((process.to_owned(), name.to_owned()));
        }
    }
    assert!(calls.len() > 8, "the edit was seen: {log}");
    let times = |at: usize| calls[..=at].iter().filter(|call| **call == calls[at]).count();
    let mut points: Vec<_> = calls.iter().enumerate().map(|(at, (_, name))| (name.clone(), times(at))).collect();
    points.sort();
    points.dedup();
    points
}

fn traced(desk: &ScratchDir, verb: &[&str], mount: &[&str], what: &str) -> Seen {
    let watched = desk.watched();
    let line = [mount, &watched.iter().map(String::as_str).collect::<Vec<_>>(), &["-e", what]].concat();
    Seen::of(desk.labctl(&line, verb, "fahosts").output().unwrap())
}
