//! Shards end to end: each by a labctl of its own, their recordings joined, beside the run that was not split.

use crate::skip::skip;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A step of all hosts, and one of some, which fails on one of them.
const TIDY: &str = r#"
hosts: all
tasks:
  - name: a file of its own
    command: { run: "echo {{ host.name }} > /run/{{ host.name }}", creates: "/run/{{ host.name }}" }
"#;
const GREET: &str = r#"
hosts: app
tasks:
  - name: greet
    command: { run: "cat /run/{{ host.name }}; test {{ host.name }} != app3" }
"#;

/// A lab whose hosts are this computer, but for one that is nowhere.
fn lab(folder: &Path) {
    let mut text = "lab: split\nssh: { user: root, config: false, connect_timeout: 2s }\nhosts:\n".to_owned();
    text.push_str("  web: { connection: local, groups: [web] }\n");
    for n in 1..=6 {
        text.push_str(&format!("  app{n}: {{ connection: local, groups: [app] }}\n"));
    }
    text.push_str("  gone: { address: 127.0.0.1, groups: [app], ssh: { port: 1 } }\n");
    text.push_str("vars:\n  app: { name: demo, repo: \"https://example.invalid/demo\", version: main, port: 3000 }\n");
    text.push_str("  sites: [{ domain: demo.test, upstream: app }]\n");
    fs::write(folder.join("lab.yaml"), text).unwrap();
    fs::create_dir(folder.join("playbooks")).unwrap();
    fs::write(folder.join("playbooks/tidy.yaml"), TIDY).unwrap();
    fs::write(folder.join("playbooks/greet.yaml"), GREET).unwrap();
}

/// Folders in which hosts keep things are new, and the hosts file of this computer is not to be had.
const NEW: &str = "mount -t tmpfs new /run && mount -t tmpfs new /var/lib && mount --bind /dev/null /etc/hosts";

/// Whether there may be namespaces, in which nothing of this computer is touched.
fn namespaces() -> bool {
    let made = Command::new("unshare").args(["--mount", "true"]).output().is_ok_and(|output| output.status.success());
    if !made {
        skip("a mount namespace needs Linux and root");
    }
    made
}

/// In a namespace of its own, where the folders that hosts keep things in are new.
fn labctl(folder: &Path, words: &[&str]) -> (Option<i32>, String, String) {
    limited("", folder, words)
}

/// The same, behind a line of shell.
fn limited(line: &str, folder: &Path, words: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new("unshare")
        .args(["--mount", "--propagation", "private", "sh", "-c"])
        .arg(format!("{NEW} && {line} exec \"$0\" \"$@\""))
        .arg(env!("CARGO_BIN_EXE_labctl"))
        .args(words)
        .current_dir(folder)
        .env_remove("LABCTL_HOSTS_FILE")
        .env_remove("LABCTL_INVENTORY")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// The events without what differs from run to run: times, and whether it was split.
fn timeless(recording: &str) -> Vec<Value> {
    let events = recording.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let events = events.filter(|event| event["event"] != "runs_merged").map(|mut event| {
        let fields = event.as_object_mut().unwrap();
        fields.retain(|field, _| !["at_ms", "took_ms", "started", "shard"].contains(&field.as_str()));
        event
    });
    events.collect()
}

#[test]
fn two_shards_joined_are_the_run_that_was_not_split() {
    if !namespaces() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    lab(folder);
    let steps = ["step", "tidy", "hosts", "greet", "-i", "lab.yaml", "--hosts-file", "hosts", "--format", "json"];
    let run = |more: &[&str], code: i32| {
        // Each run finds a hosts file without names.
        fs::write(folder.join("hosts"), "127.0.0.1 localhost\n").unwrap();
        let seen = labctl(folder, &[&steps[..], more].concat());
        assert_eq!(seen.0, Some(code), "{more:?}: {seen:?}");
        seen.1
    };
    let whole = run(&[], 1);
    // Of what goes wrong, all belongs to the second shard.
    fs::write(folder.join("shard-1.jsonl"), run(&["--shard", "1/2"], 0)).unwrap();
    fs::write(folder.join("shard-2.jsonl"), run(&["--shard", "2/2"], 1)).unwrap();
    let hosts = |file: &str| {
        let first = fs::read_to_string(folder.join(file)).unwrap();
        let first: Value = serde_json::from_str(first.lines().next().unwrap()).unwrap();
        first["hosts"].as_array().unwrap().iter().map(|host| host.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(hosts("shard-1.jsonl"), ["web", "app2", "app4", "app6", "controller"]);
    assert_eq!(hosts("shard-2.jsonl"), ["app1", "app3", "app5", "gone"]);

    let merged = labctl(folder, &["report", "merge", "shard-2.jsonl", "shard-1.jsonl", "-o", "all.jsonl"]);
    assert_eq!(merged, (Some(0), String::new(), String::new()));
    let merged = fs::read_to_string(folder.join("all.jsonl")).unwrap();
    let (merged, whole) = (timeless(&merged), timeless(&whole));
    let told = |events: &[Value], what: &str| events.iter().filter(|event| event["event"] == what).count();
    assert_eq!((told(&whole, "step_finished"), told(&whole, "host_unreachable")), (8 + 1 + 7, 1), "{whole:?}");
    let outcomes = |outcome: &str| whole.iter().filter(|event| event["outcome"] == outcome).count();
    assert_eq!((outcomes("changed"), outcomes("failed"), outcomes("skipped")), (7 + 1 + 5, 1, 2), "{whole:?}");
    for (joined, alone) in merged.iter().zip(&whole) {
        assert_eq!(joined, alone);
    }
    assert_eq!(merged.len(), whole.len());
    let (code, suites, _) = labctl(folder, &["report", "all.jsonl", "--as", "junit"]);
    let named = whole[0]["hosts"].as_array().unwrap().iter().all(|host| suites.contains(&format!("name={host}")));
    assert!(code == Some(0) && named, "{suites}");
}

#[test]
fn a_step_that_needs_hosts_of_other_shards_is_refused_in_the_words_of_the_guide() {
    if !namespaces() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    lab(folder.path());
    let guide = include_str!("../../docs/scale.md");
    let from = guide.find("$ labctl up lab.yaml --shard 1/2\n").unwrap();
    let (typed, rest) = guide[from + 2..].split_once('\n').unwrap();
    let promised = &rest[..rest.find("```").unwrap()];
    let words: Vec<&str> = typed.split(' ').skip(1).collect();
    let first = labctl(folder.path(), &words);
    assert_eq!(first, (Some(2), String::new(), promised.to_owned()));
    // Every shard refuses, and says the same of itself.
    let second = labctl(folder.path(), &["up", "lab.yaml", "--shard", "2/2"]);
    assert_eq!(second, (Some(2), String::new(), promised.replace("1/2", "2/2")));
    let few = labctl(folder.path(), &["step", "tidy", "-i", "lab.yaml", "--shard", "9/9"]);
    assert!(few.0 == Some(2) && few.2.contains("8 hosts cannot be split into 9 shards"), "{few:?}");
    assert!(!folder.path().join(".labctl/split/runs").exists(), "nothing was begun");
}

#[test]
fn the_limit_of_open_files_is_raised_for_the_hosts_of_the_run_only() {
    if !namespaces() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut text = "lab: split\nhosts:\n  me: { connection: local, groups: [web] }\n".to_owned();
    for n in 0..500 {
        text.push_str(&format!("  app{n}: {{ address: 10.9.{}.{}, groups: [app] }}\n", n / 250, n % 250));
    }
    fs::write(folder.path().join("lab.yaml"), text).unwrap();
    // What labctl starts has its limit.
    let seen = limited("ulimit -Sn 200;", folder.path(), &["exec", "me", "-i", "lab.yaml", "--", "ulimit -Sn"]);
    assert!(seen.0 == Some(0) && seen.1.lines().any(|line| line.ends_with("│ 200")), "{seen:?}");
}
