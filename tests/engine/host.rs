//! The engine as a host runs it, with folders of its own.

use super::skip::skip;
use labctl::internals::event::Mode;
use labctl::internals::inventory;
use labctl::internals::library::Library;
use labctl::internals::payload::Nothing;
use labctl::internals::plan::{Plan, PlannedStep};
use labctl::internals::playbook::read_text;
use labctl::internals::problem::Source;
use labctl::internals::script::{Header, script};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

pub struct Engine {
    pub root: tempfile::TempDir,
    pub shell: &'static str,
    /// Every run has its own, as real runs have: processes are found by it.
    pub token: String,
}

impl Engine {
    /// `None` where the engine cannot run: it is root on a machine.
    pub fn new(shell: &'static str) -> Option<Self> {
        let root = Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.starts_with(b"0\n"));
        if !root {
            skip("the engine needs root, as on a machine");
        }
        static RUNS: AtomicUsize = AtomicUsize::new(0);
        let token = format!("k{}-{}", std::process::id(), RUNS.fetch_add(1, Ordering::Relaxed));
        root.then(|| Self { root: tempfile::tempdir().unwrap(), shell, token })
    }

    pub fn script(&self, tasks: &[&str], silence: u64) -> String {
        self.book(&tasks.iter().map(|line| format!("  - command: {{ run: {line:?} }}\n")).collect::<String>(), silence)
    }

    pub fn book(&self, lines: &str, silence: u64) -> String {
        self.book_in(Mode::Apply, lines, silence)
    }

    /// The same in a mode that may change nothing.
    pub fn book_in(&self, mode: Mode, lines: &str, silence: u64) -> String {
        // A template that a task of a test may name; every checkout lies in one place.
        let lab = "lab: t\nhosts: {h: {address: 10.0.0.1, groups: [app]}}\n\
                   vars: {app: {files: {folder/x: pm2/ecosystem.config.js.j2}}}\n";
        let inventory = inventory::parse(&Source::new("t", lab), Path::new("t"), &[]).unwrap();
        let book = read_text(&"t".parse().unwrap(), &Source::new("t", format!("hosts: all\ntasks:\n{lines}"))).unwrap();
        let mut plan = Plan::new(&inventory, |_| true, &[book], &Library::shipped(), &Nothing).unwrap();
        for task in plan.jobs.iter_mut().flat_map(|j| &mut j.steps).flat_map(|s| &mut s.tasks) {
            task.limits.silence = Duration::from_secs(silence);
        }
        let steps: Vec<&PlannedStep> = plan.jobs.iter().flat_map(|j| &j.steps).collect();
        let mut header = Header::new(&plan.lab, None, mode, &self.token, "a test");
        header.state = self.root.path().join("state").display().to_string();
        header.run = self.root.path().join("run").display().to_string();
        script(&header, &steps)
    }

    pub fn begin(&self, script: &str) -> Child {
        let mut child = Command::new(self.shell)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        child
    }

    pub fn path(&self, file: &str) -> String {
        self.root.path().join(file).display().to_string()
    }

    pub fn leftovers(&self) -> Vec<String> {
        let run = self.root.path().join("run/t");
        fs::read_dir(run)
            .into_iter()
            .flatten()
            .flatten()
            .map(|e| e.file_name().to_string_lossy().into_owned())
            .filter(|name| name != "lock" && name != "holder")
            .collect()
    }

    pub fn said(&self, child: Child) -> String {
        let output = child.wait_with_output().unwrap();
        String::from_utf8_lossy(&output.stdout).replace(&format!("\u{1e}{}", self.token), "@k")
    }
}

/// Seconds of a sleep that no other test sleeps, here or in another run of the tests: a process is found by them.
pub fn unlike_any_other() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(86_401);
    format!("{}.{}", NEXT.fetch_add(1, Ordering::Relaxed), std::process::id())
}

pub fn alive(mark: &str) -> bool {
    Command::new("pgrep").args(["-f", mark]).output().unwrap().status.success()
}

pub fn until(what: &str, limit: u64, holds: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(limit);
    while !holds() {
        assert!(Instant::now() < end, "not within {limit} s: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
