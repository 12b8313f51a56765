//! Holds the rule of floors: a file uses its own floor and those below.
#![allow(clippy::unwrap_used, clippy::print_stderr)] // a test that cannot go on has failed

use std::fs;
use std::path::{Path, PathBuf};

/// From the ground up. The names are those of `src/`.
const FLOORS: &[&[&str]] = &[
    &[
        "balance",
        "event",
        "health",
        "name",
        "page",
        "problem",
        "quote",
        "recording",
        "secret",
        "shard",
        "summary",
        "symptom",
    ],
    &["inventory", "library", "modules", "payload", "playbook", "scope", "shape", "yaml"],
    &["doctor", "explain", "graph", "plan", "script"],
    &["hosts_file", "machines", "stock", "transport"],
    &["drill", "executor"],
    &["report", "watch"],
    &["cli", "commands", "error", "main", "lib"],
];

/// What only some parts of the house may do: a text, and who may write it.
const RIGHTS: &[(&str, &[&str])] = &[
    ("std::process::Command", &["machines", "stock", "transport"]),
    ("process::Command", &["machines", "stock", "transport"]),
    ("std::net::Tcp", &["machines", "transport"]),
    ("tokio::net", &["machines", "transport"]),
    ("russh", &["machines", "transport"]),
    ("tokio", &["machines", "stock", "hosts_file", "transport", "drill", "executor", "commands"]),
    (
        "std::fs",
        &[
            "inventory/read.rs",
            "playbook/read.rs",
            "machines",
            "stock",
            "hosts_file",
            "transport",
            "watch/follow.rs",
            "commands",
        ],
    ),
    ("stdout()", &["report", "commands"]),
    ("stderr()", &["report", "commands"]),
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

fn floor(part: &str) -> usize {
    FLOORS.iter().position(|parts| parts.contains(&part)).unwrap_or_else(|| {
        panic!("`{part}` stands on no floor: put it into the table of tests/architecture.rs, and into lib.rs")
    })
}

#[test]
fn nobody_uses_a_floor_above() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for path in sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))) {
        let (own, name) = part(&path);
        let code = code(&path);
        for (at, _) in code.match_indices("crate::") {
            let rest = &code[at + "crate::".len()..];
            let used: Vec<String> = if let Some(list) = rest.strip_prefix('{') {
                let list = list.split("};").next().unwrap_or_default();
                // The first word of each item at the outer level of the braces.
                let mut depth = 0;
                let mut items = vec![String::new()];
                for c in list.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        ',' if depth == 0 => items.push(String::new()),
                        c => items.last_mut().unwrap().push(c),
                    }
                }
                items
                    .iter()
                    .map(|i| i.trim().split("::").next().unwrap().to_owned())
                    .filter(|i| !i.is_empty())
                    .collect()
            } else {
                vec![rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()]
            };
            for other in used {
                seen += 1;
                if floor(&other) > floor(&own) {
                    wrong.push(format!("{name} uses {other}, which stands above it"));
                }
            }
        }
    }
    assert!(seen > 100, "the test reads the sources: {seen} uses seen");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
