//! Holds the rules of the house: a file uses its own floor and those below, and no two files use each other.
#![allow(clippy::unwrap_used, clippy::print_stderr)] // a test that cannot go on has failed

#[path = "support/skip.rs"]
mod skip;

use skip::skip;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The floors from the ground up, as `src/lib.rs` names them: each is a folder.
fn floors() -> Vec<String> {
    let map = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs")).unwrap();
    let declared =
        map.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'));
    let floors: Vec<String> = declared.map(str::to_owned).collect();
    let folders: BTreeSet<String> = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name != "lib.rs" && name != "main.rs")
        .collect();
    assert_eq!(
        floors.iter().cloned().collect::<BTreeSet<_>>(),
        folders,
        "every floor is a folder, and nothing else is"
    );
    floors
}

/// What only some parts of the house may do: a text, and who may write it.
const RIGHTS: &[(&str, &[&str])] = &[
    ("std::process::Command", &["infra"]),
    ("process::Command", &["infra"]),
    ("std::net::Tcp", &["infra"]),
    ("tokio::net", &["infra"]),
    ("russh", &["infra"]),
    ("tokio", &["infra", "execution", "session", "commands"]),
    (
        "std::fs",
        &[
            "config/class/read.rs",
            "config/inventory/read.rs",
            "config/playbook/read.rs",
            "infra",
            "reporting/watch/follow.rs",
            "session",
            "commands",
        ],
    ),
    ("stdout()", &["reporting", "commands"]),
    ("stderr()", &["reporting", "commands"]),
    ("println!", &[]),
    ("todo!", &[]),
    ("dbg!", &[]),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") && !path.to_string_lossy().ends_with("tests.rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Code without comments and without the tests at its end.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}

fn part(path: &Path) -> (String, String) {
    let inside = path.strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned();
    (first, inside.to_string_lossy().replace('\\', "/"))
}

/// The paths that code names from `crate` or `super` on, with lists in braces written out.
fn uses(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for root in ["crate::", "super::"] {
        for (mut at, _) in code.match_indices(root) {
            // `super::super::` is read from its beginning.
            if !code[..at].ends_with(|c: char| c == ':' || c.is_alphanumeric() || c == '_') {
                written_out(code, &mut at, &[], &mut found);
            }
        }
    }
    found
}

fn written_out(code: &str, at: &mut usize, before: &[String], found: &mut Vec<Vec<String>>) {
    let blank = |at: &mut usize| *at += code[*at..].len() - code[*at..].trim_start().len();
    blank(at);
    if code[*at..].starts_with('{') {
        while code[*at..].starts_with(['{', ',']) {
            *at += 1;
            written_out(code, at, before, found);
            blank(at);
        }
        *at += 1;
        return;
    }
    let word: String = code[*at..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    *at += word.len();
    let path = [before, &[word]].concat();
    if code[*at..].starts_with("::") {
        *at += 2;
        written_out(code, at, &path, found);
    } else {
        found.push(path);
    }
}

/// The module of a file: `src/a/b.rs` and `src/a/b/mod.rs` are `a::b`.
fn module(path: &Path) -> Vec<String> {
    let (_, name) = part(path);
    name.trim_end_matches(".rs").trim_end_matches("/mod").split('/').map(Into::into).collect()
}

/// How high a part stands; `main.rs` and `lib.rs` stand above all.
fn floor(floors: &[String], part: &str) -> usize {
    floors.iter().position(|floor| floor == part).unwrap_or(floors.len())
}

#[test]
fn nobody_uses_a_floor_above() {
    let floors = floors();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for path in sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))) {
        let (own, name) = part(&path);
        let code = code(&path);
        for path in uses(&code).into_iter().filter(|path| path[0] == "crate") {
            seen += 1;
            if floor(&floors, &path[1]) > floor(&floors, &own) {
                wrong.push(format!("{name} uses {}, which stands above it", path[1]));
            }
        }
    }
    assert!(seen > 100, "the test reads the sources: {seen} uses seen");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_files_use_each_other() {
    let mut all: BTreeMap<Vec<String>, BTreeSet<Vec<String>>> = BTreeMap::new();
    for path in sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))) {
        let own = module(&path);
        let from = |used: Vec<String>| -> Vec<String> {
            let up = used.iter().take_while(|word| *word == "super").count();
            let base = if up > 0 { &own[..own.len() - up] } else { &[] };
            base.iter().chain(used.iter().skip(up.max(1))).cloned().collect()
        };
        let used = uses(&code(&path)).into_iter().map(from).collect();
        all.insert(own, used);
    }
    let modules: Vec<_> = all.keys().cloned().collect();
    for (own, used) in &mut all {
        let file = |path: &Vec<String>| modules.iter().rfind(|module| path.starts_with(module)).cloned();
        // A folder and what is in it are one thing.
        let other = |module: &Vec<String>| !own.starts_with(module) && !module.starts_with(own);
        *used = used.iter().filter_map(file).filter(other).collect();
    }
    assert!(all.values().map(BTreeSet::len).sum::<usize>() > 300, "the test reads the sources");
    // Whoever uses nobody who is left is taken away, until nobody is left or all are in circles.
    while let Some(done) = all.iter().find(|(_, used)| used.is_empty()).map(|(own, _)| own.clone()) {
        all.remove(&done);
        all.values_mut().for_each(|used| {
            used.remove(&done);
        });
    }
    let tied: Vec<_> = all.iter().map(|(own, used)| format!("{} {used:?}", own.join("::"))).collect();
    assert!(tied.is_empty(), "in circles, or using such a file:\n{}", tied.join("\n"));
}

#[test]
fn only_those_with_the_right_touch_the_world() {
    let mut wrong = Vec::new();
    for path in sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))) {
        let (own, name) = part(&path);
        let code = code(&path);
        for (text, allowed) in RIGHTS {
            if code.contains(text) && !allowed.iter().any(|a| *a == own || *a == name) {
                wrong.push(format!("{name} holds `{text}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_has_grown_beyond_its_word() {
    let long: Vec<String> = sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")))
        .into_iter()
        .map(|path| (code(&path).lines().count(), part(&path).1))
        .filter(|(lines, _)| *lines > 300)
        .map(|(lines, name)| format!("{name}: {lines} lines without tests and comments"))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

/// `cargo fmt` does not see modules that a macro declares.
#[test]
fn modules_of_macros_are_formatted_as_everything_else() {
    let src = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    let files = ["languages", "infra/machines"].map(|folder| sources(&src.join(folder))).concat();
    let Ok(seen) = Command::new("rustfmt").args(["--check", "--edition", "2024"]).args(&files).output() else {
        return skip("there is no rustfmt here");
    };
    assert!(
        seen.status.success(),
        "run rustfmt on src/languages and src/infra/machines: {}",
        String::from_utf8_lossy(&seen.stdout)
    );
}
