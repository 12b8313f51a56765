//! Runs every case of `tests/modules/<module>/<case>.yaml` under a real shell: in check mode, then twice in apply mode.
//! The second time nothing may be left to do: that is what idempotent means here.
//!
//! A case is `{ task, inventory, hosts, host: { files, programs, limits }, expect: { check, first, again, files, missing, calls, output } }`.
//! `ROOT` in it stands for the folder that plays the machine; `programs` are put in front of the real ones, and `log`
//! in them notes the call.
#![cfg(unix)] // the shell half of the modules
#![allow(clippy::unwrap_used, clippy::print_stderr)] // a test that cannot go on has failed

#[path = "nginx/mod.rs"]
mod nginx;
#[path = "pm2/mod.rs"]
mod pm2;
#[path = "support/skip.rs"]
mod skip;

use labctl::internals::balance::{parse, promise};
use labctl::internals::event::Mode;
use labctl::internals::inventory;
use labctl::internals::library::Library;
use labctl::internals::payload::Nothing;
use labctl::internals::plan::Plan;
use labctl::internals::playbook::{Playbook, read_text};
use labctl::internals::problem::Source;
use labctl::internals::report::sentences::balance::verdict;
use labctl::internals::script::{Header, ScriptLine, ScriptMessage, read, script};
use labctl::internals::yaml::{self, Node};
use skip::skip;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

struct Case {
    name: String,
    root: tempfile::TempDir,
    node: Node,
    playbook: Playbook,
}

fn text<'a>(node: &'a Node, path: &[&str]) -> Option<&'a str> {
    path.iter().try_fold(node, |node, key| node.get(key))?.text()
}

impl Case {
    fn open(path: &Path) -> Self {
        let root = tempfile::tempdir().unwrap();
        let name =
            path.strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/modules")).unwrap().display().to_string();
        let written = fs::read_to_string(path).unwrap().replace("ROOT", &root.path().display().to_string());
        let node = yaml::parse(&Source::new(&name, written)).unwrap_or_else(|p| panic!("{p}"));
        let task = text(&node, &["task"]).unwrap_or_else(|| panic!("{name}: no task"));
        let handlers = text(&node, &["handlers"]).unwrap_or("{}");
        let hosts = text(&node, &["hosts"]).unwrap_or("all");
        let book = format!("hosts: {hosts}\ntasks:\n{}handlers: {handlers}\n", indent(task));
        let playbook = read_text(&"case".parse().unwrap(), &Source::new(&name, book)).unwrap_or_else(|p| panic!("{p}"));
        let case = Self { name, root, node, playbook };
        case.furnish();
        case
    }

    fn path(&self, file: &str) -> PathBuf {
        self.root.path().join(file.trim_start_matches('/'))
    }

    /// The machine before the run.
    fn furnish(&self) {
        fs::create_dir_all(self.path("bin")).unwrap();
        self.program("log", &format!("echo \"$@\" >> {}/calls", self.root.path().display()));
        for (file, content) in self.node.get("host").and_then(|h| h.get("files")).map(Node::pairs).unwrap_or_default() {
            let path = self.path(file.text().unwrap());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content.text().unwrap()).unwrap();
        }
        let programs = self.node.get("host").and_then(|h| h.get("programs")).map(Node::pairs).unwrap_or_default();
        for (name, body) in programs {
            self.program(name.text().unwrap(), body.text().unwrap());
        }
    }

    fn program(&self, name: &str, body: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// One run of the engine under `shell`: the outcomes of the tasks, and everything else that was said.
    fn run(&self, shell: &[&str], mode: Mode) -> (Vec<String>, String) {
        let lab =
            text(&self.node, &["inventory"]).unwrap_or("lab: t\nhosts: {h: {address: 10.0.0.1, groups: [app]}}\n");
        let inventory = inventory::parse(&Source::new("t", lab), Path::new("t"), &[]).unwrap();
        let library = Library::shipped();
        let plan = Plan::new(&inventory, |_| true, std::slice::from_ref(&self.playbook), &library, &Nothing)
            .unwrap_or_else(|p| panic!("{}: {p}", self.name));
        let mut header = Header::new(&plan.lab, None, mode, shell[0], "a test");
        header.state = self.path("state").display().to_string();
        header.run = self.path("run").display().to_string();
        header.path = format!("{}:{}", self.path("bin").display(), header.path);
        let steps: Vec<_> = plan.jobs.iter().flat_map(|job| &job.steps).collect();
        let mut script = script(&header, &steps);
        // The engine reads its limits when it begins.
        for (name, value) in self.node.get("host").and_then(|h| h.get("limits")).map(Node::pairs).unwrap_or_default() {
            let set = format!("{}={}\ntoken=", name.text().unwrap(), value.text().unwrap());
            script = script.replacen("token=", &set, 1);
        }
        let mut child = Command::new(shell[0])
            .args(&shell[1..])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let (mut outcomes, mut rest, mut ended) = (Vec::new(), String::new(), false);
        for line in output.stdout.split(|b| *b == b'\n').flat_map(|line| read(line, shell[0])) {
            match line {
                ScriptLine::Message(ScriptMessage::Ok(_)) => outcomes.push("ok".to_owned()),
                ScriptLine::Message(ScriptMessage::Changed(_)) => outcomes.push("changed".to_owned()),
                ScriptLine::Message(ScriptMessage::Unknown(_)) => outcomes.push("unknown".to_owned()),
                ScriptLine::Message(ScriptMessage::Skipped(_)) => outcomes.push("skipped".to_owned()),
                ScriptLine::Message(ScriptMessage::Failed(_, why)) => {
                    outcomes.push(format!("failed {why}").trim().to_owned())
                }
                ScriptLine::Message(ScriptMessage::End) => ended = true,
                ScriptLine::Message(ScriptMessage::Stop(why)) => panic!("{}: {why}", self.name),
                ScriptLine::Message(ScriptMessage::Note(_, note)) => rest.push_str(&format!("note: {note}\n")),
                ScriptLine::Message(ScriptMessage::Fact(key, value)) if key.starts_with("balance.") => {
                    let count = parse(&key["balance.".len()..], &value).unwrap_or_else(|| panic!("{key}: {value}"));
                    rest.push_str(&format!("{}\n", verdict(&count)));
                }
                ScriptLine::Message(_) => {}
                ScriptLine::Printed(text) => rest.push_str(&format!("{text}\n")),
            }
        }
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(ended, "{} under {shell:?}: no end: {rest}{err}", self.name);
        (outcomes, rest)
    }

    fn snapshot(&self) -> Vec<String> {
        let find = Command::new("find")
            .arg(self.root.path())
            .args(["-path", "*/run", "-prune", "-o", "-type", "f", "-printf", "%p %T@ %m\n"])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&find.stdout).into_owned();
        let mut lines: Vec<String> = text.lines().filter(|l| !l.contains("/calls ")).map(str::to_owned).collect();
        lines.sort();
        lines
    }

    fn wanted(&self, key: &str, default: &str) -> String {
        text(&self.node, &["expect", key]).unwrap_or(default).to_owned()
    }

    /// What was logged since the last time is what was expected, if anything was.
    fn called(&self, name: &str, key: &str) {
        let found = fs::read_to_string(self.path("calls")).unwrap_or_default();
        let _ = fs::remove_file(self.path("calls"));
        if let Some(calls) = text(&self.node, &["expect", key]) {
            assert_eq!(found, calls, "{name}: {key}");
        }
    }

    fn play(&self, shell: &[&str]) {
        let name = format!("{} under {}", self.name, shell.join(" "));
        let before = self.snapshot();
        let (check, said) = self.run(shell, Mode::Check);
        assert_eq!(check.join(", "), self.wanted("check", "changed"), "{name}: check\n{said}");
        assert_eq!(before, self.snapshot(), "{name}: a check changes nothing");
        if let Some(diff) = text(&self.node, &["expect", "diff"]) {
            assert!(said.contains(diff.trim_end()), "{name}: the diff\n{diff}\nis not in\n{said}");
        }
        self.called(&name, "check_calls");
        let (first, said) = self.run(shell, Mode::Apply);
        assert_eq!(first.join(", "), self.wanted("first", "changed"), "{name}: first\n{said}");
        if let Some(output) = text(&self.node, &["expect", "output"]) {
            assert!(said.contains(output.trim_end()), "{name}: {output} is not in\n{said}");
        }
        let expect = self.node.get("expect");
        for (file, content) in expect.and_then(|e| e.get("files")).map(Node::pairs).unwrap_or_default() {
            let path = self.path(file.text().unwrap());
            let found = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{name}: {}: {e}", path.display()));
            assert_eq!(found, content.text().unwrap(), "{name}: {}", path.display());
        }
        for file in expect.and_then(|e| e.get("missing")).map(Node::items).unwrap_or_default() {
            assert!(!self.path(file.text().unwrap()).exists(), "{name}: {}", file.text().unwrap());
        }
        self.called(&name, "calls");
        let before = self.snapshot();
        let (again, said) = self.run(shell, Mode::Apply);
        let held = vec!["ok"; again.len()].join(", ");
        assert_eq!(again.join(", "), self.wanted("again", &held), "{name}: again\n{said}");
        if !self.wanted("again", "ok").contains("changed") && !self.wanted("again", "ok").contains("failed") {
            assert_eq!(before, self.snapshot(), "{name}: the second run changes nothing");
        }
    }
}

fn indent(task: &str) -> String {
    task.lines().map(|line| format!("  {line}\n")).collect()
}

fn cases() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/modules")).unwrap() {
        for case in fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = case.unwrap().path();
            if path.extension().is_some_and(|e| e == "yaml") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn play_all(shell: &[&str]) {
    let there = Command::new(shell[0]).args(["-c", "true"]).output().is_ok() || shell[0] == "busybox";
    if !there || Command::new(shell[0]).arg("--help").output().is_err() {
        skip(&format!("there is no {} here", shell[0]));
        return;
    }
    let root = Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.starts_with(b"0\n"));
    if !root {
        skip("the cases need root, as the engine does on a machine");
        return;
    }
    let cases = cases();
    assert!(cases.len() >= 20, "the cases are found: {}", cases.len());
    for path in cases {
        Case::open(&path).play(shell);
    }
}

#[test]
fn every_case_under_dash() {
    play_all(&["dash"]);
}

#[test]
fn every_case_under_bash() {
    play_all(&["bash"]);
}

/// What the host decides while it waits, by comparing numbers, is what the judgement of its counts comes to.
#[test]
fn the_host_waits_for_just_what_is_judged_good() {
    let module = include_str!("../src/config/modules/answers.sh");
    let (_, rest) = module.split_once("answers_count='\n").unwrap();
    let (program, _) = rest.split_once("\n'\n").unwrap();
    let seen = std::cell::RefCell::new(std::collections::BTreeSet::new());
    let mut runner = proptest::test_runner::TestRunner::new(proptest::test_runner::Config::with_cases(150));
    let method = proptest::sample::select(vec!["round_robin", "least_conn", "random", "ip_hash", "proxy"]);
    // Servers, by how much the first answers more than its share, strangers, unnamed answers, bad ones, how curl ended.
    let off = proptest::sample::select(vec![-200i64, -50, -4, 0, 4, 5, 50, 200]);
    let some = || proptest::sample::select(vec![0u64, 0, 0, 0, 1]);
    let counted = (method, 1usize..4, off, some(), some(), some(), some());
    let judged = runner.run(&counted, |(method, servers, off, strangers, unnamed, bad, ended)| {
        let method = if servers == 1 { "proxy" } else { method };
        let servers = if method == "proxy" { 1 } else { servers };
        let promise = promise(method, &vec![1; servers]);
        let mut answered: Vec<u64> = vec![promise.requests / servers as u64; servers];
        answered[0] += promise.requests - answered.iter().sum::<u64>();
        if servers > 1 {
            let moved = off.clamp(-(answered[0] as i64), answered[1] as i64);
            answered[0] = answered[0].checked_add_signed(moved).unwrap();
            answered[1] = answered[1].checked_add_signed(-moved).unwrap();
            if method == "ip_hash" && off > 5 {
                answered = vec![0; servers];
                answered[0] = promise.requests;
            }
        }
        let mut heads = String::new();
        let mut head = |status: u32, by: &str| {
            let upstream = if by.is_empty() { String::new() } else { format!("X-Upstream: 10.0.0.7:1, {by}\r\n") };
            heads.push_str(&format!("HTTP/1.1 {status} x\r\n{upstream}\r\n"));
        };
        let socket = |n: usize| format!("10.0.0.{n}:3000");
        (0..servers).for_each(|n| (0..answered[n]).for_each(|_| head(200, &socket(n))));
        (0..strangers).for_each(|_| head(200, "10.0.0.9:3000"));
        (0..unnamed).for_each(|_| head(200, ""));
        (0..bad).for_each(|_| head(502, &socket(0)));
        let words = promise.ranges.iter().enumerate();
        let words: Vec<String> =
            words.map(|(n, (least, most))| format!("{}=app{n}=1={least}={most}", socket(n))).collect();
        let at_most = if method == "ip_hash" { 1 } else { servers };
        let mut awk = Command::new("awk");
        awk.args(["-v", &format!("method={method}"), "-v", &format!("sent={}", promise.requests)]);
        awk.args(["-v", &format!("at_most={at_most}"), "-v", &format!("servers={}", words.join(" "))]);
        awk.args(["-v", if ended == 1 { "ending=exit,28,curl: (28) late" } else { "ending=" }, program]);
        let mut child = awk.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(heads.as_bytes()).unwrap();
        let said = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        let (counts, kept) = said.trim_end().split_once('\n').unwrap();
        let fault = parse("a.b", counts).unwrap_or_else(|| panic!("{counts}")).fault();
        let wanted = match &fault {
            None => "yes",
            Some(fault) if fault.is_uneven() => "uneven",
            Some(_) => "no",
        };
        assert_eq!(kept, wanted, "{counts}: {fault:?}");
        seen.borrow_mut().insert(wanted);
        Ok(())
    });
    judged.unwrap();
    assert_eq!(seen.borrow().len(), 3, "every end was seen: {seen:?}");
}

fn shell_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("node_modules") {
            shell_files(&path, files);
        } else if path.extension().is_some_and(|e| e == "sh") {
            files.push(path);
        }
    }
}

#[test]
fn every_shell_file_is_clean() {
    let Ok(version) = Command::new("shellcheck").arg("--version").output() else {
        skip("there is no shellcheck here");
        return;
    };
    assert!(version.status.success());
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in ["src", "tests", "benches"] {
        shell_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
    }
    assert!(files.len() > 15, "the files are found: {}", files.len());
    // SC2154: variables of the engine; SC2317, SC2329: functions that the engine calls by a built name; SC2034: variables for it.
    let checked = Command::new("shellcheck")
        .args(["-S", "warning", "-s", "dash", "-e", "SC2154,SC2317,SC2329,SC2034,SC3043"])
        .args(&files)
        .output()
        .unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}

/// What a header says that its file defines: `# Defines a, b (sets x), c. Uses …`.
fn said_to_be_defined(text: &str) -> Option<Vec<String>> {
    let header = text.lines().take_while(|line| line.starts_with('#')).map(|line| line.trim_start_matches("# "));
    let header = header.collect::<Vec<_>>().join(" ");
    let (_, names) = header.split_once("Defines ")?;
    let (mut said, mut depth) = (String::new(), 0);
    for c in names.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            '.' | ';' if depth == 0 => break,
            _ if depth == 0 => said.push(c),
            _ => {}
        }
    }
    let mut names: Vec<String> = said.split(',').map(|name| name.trim().to_owned()).collect();
    names.sort();
    Some(names)
}

#[test]
fn a_header_names_every_function_that_its_file_defines() {
    let mut files: Vec<PathBuf> = Vec::new();
    shell_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut seen = 0;
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let Some(said) = said_to_be_defined(&text) else { continue };
        let mut defined: Vec<String> = text
            .lines()
            .filter_map(|line| line.split_once("()"))
            .map(|(name, _)| name)
            .filter(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
            .map(str::to_owned)
            .collect();
        defined.sort();
        assert_eq!(said, defined, "{}", file.display());
        seen += 1;
    }
    assert!(seen > 10, "headers are read: {seen}");
}
