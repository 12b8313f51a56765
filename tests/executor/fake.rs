//! Hosts that do what a test wants, and a run over them.

use labctl::internals::artifacts::ArtifactStore;
use labctl::internals::event::{Event, Kind, TaskResult};
use labctl::internals::executor::{Controller, MaxFail, Run, execute};
use labctl::internals::inventory::{self, Host};
use labctl::internals::library::Library;
use labctl::internals::payload::Nothing;
use labctl::internals::plan::Plan;
use labctl::internals::playbook::read_text;
use labctl::internals::problem::Source;
use labctl::internals::report::sentences::{task, unreachable::reason};
use labctl::internals::transport::{Ended, Exec, Input, Listening, Secrets, Session, Transport};
use labctl::internals::unreachable::{Lost, Unreachable};
use labctl::internals::visitor::Indirect;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub const RUN: &str = "token";

/// A host with one task, which holds.
pub const OK_ONE: &[&str] = &["@begin x", "@start 0", "@ok 0", "@end"];

/// What a host does with a script: the lines it says (`@` stands for the mark), and how it ends.
pub type Answer = Arc<dyn Fn(&str, &str) -> (Vec<&'static str>, Result<Ended, Lost>) + Send + Sync>;

#[derive(Clone)]
pub struct Fake {
    pub answer: Answer,
    pub scripts: Arc<Mutex<Vec<(String, String)>>>,
    /// Whoever was asked to begin no other task.
    pub last: Arc<Mutex<Vec<String>>>,
    /// Sessions that are open, and the most that were.
    pub open: Arc<Mutex<(usize, usize)>>,
    /// Why this computer cannot ask the hosts itself.
    pub way: Option<Indirect>,
}

impl Fake {
    pub fn new(answer: Answer) -> Self {
        Self { answer, scripts: Arc::default(), last: Arc::default(), open: Arc::default(), way: None }
    }
}

pub struct FakeSession {
    pub host: String,
    pub fake: Fake,
}

impl Transport for Fake {
    type Session = FakeSession;
    async fn open(&self, host: &Host) -> Result<FakeSession, Unreachable> {
        if host.name.as_str() == "off" {
            return Err(Unreachable::Words { reason: "no route".into(), hints: vec!["switch it on".into()] });
        }
        let mut open = self.open.lock().unwrap();
        *open = (open.0 + 1, open.1.max(open.0 + 1));
        Ok(FakeSession { host: host.name.to_string(), fake: self.clone() })
    }

    async fn indirect(&self, _: &Host) -> Option<Indirect> {
        self.way.clone()
    }
}

impl Drop for FakeSession {
    fn drop(&mut self) {
        self.fake.open.lock().unwrap().0 -= 1;
    }
}

impl Session for FakeSession {
    async fn run(
        &self,
        exec: Exec,
        hear: &mut (dyn FnMut(&[u8]) -> Listening + Send),
        _: &CancellationToken,
    ) -> Result<Ended, Lost> {
        let Input::Text(script) = &exec.input else {
            if exec.command.contains("/last.") {
                self.fake.last.lock().unwrap().push(self.host.clone());
            }
            return Ok(Ended::Status(0));
        };
        let mode = if script.contains(" rotation 'out' ") {
            "out"
        } else if script.contains(" rotation 'in' ") {
            "in"
        } else if script.contains("\nmode='check'\n") {
            "check"
        } else {
            "apply"
        };
        self.fake.scripts.lock().unwrap().push((self.host.clone(), mode.to_owned()));
        // Others come to their turn while a host works.
        tokio::task::yield_now().await;
        while (self.host.as_str(), mode) == ("slow", "apply") && self.fake.last.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let (lines, ended) = (self.fake.answer)(&self.host, mode);
        for line in lines {
            let line = line.replace('@', &format!("\u{1e}{RUN} "));
            if hear(line.as_bytes()) == Listening::Done {
                return Ok(Ended::ListenerDone);
            }
        }
        ended
    }
}

pub const GOOD: &str = "lab: t\nhosts:\n  a: {address: 10.0.0.1, groups: [app]}\n  b: {address: 10.0.0.2, groups: [app]}\n  w: {address: 10.0.0.3, groups: [web]}\n";

pub const ONE: &str = "hosts: app\ntasks:\n  - command: {run: first}\n  - command: {run: second}\n";

pub const TWO: &str = "hosts: web\nneeds: [nginx]\ntasks:\n  - command: {run: third}\n";

/// Runs step `nginx` (two tasks on the app hosts), then `proxy` (one on the web server, which needs it).
pub fn run(lab: &str, mode: labctl::internals::event::Mode, answer: Answer) -> (Vec<Event>, Vec<(String, String)>) {
    let (events, scripts, _) = run_with(lab, mode, None, [1, 100], answer);
    (events, scripts)
}

/// The same, until more hosts than that have failed, with so many at once.
pub fn run_until(
    lab: &str,
    mode: labctl::internals::event::Mode,
    max_fail: Option<MaxFail>,
    forks: usize,
    answer: Answer,
) -> (Vec<Event>, Vec<(String, String)>) {
    let (events, scripts, _) = run_with(lab, mode, max_fail, [forks, 100], answer);
    (events, scripts)
}

/// The same, with so many hosts that are talked with at once; also says how many sessions were open at most.
pub fn run_with(
    lab: &str,
    mode: labctl::internals::event::Mode,
    max_fail: Option<MaxFail>,
    [forks, max_open_hosts]: [usize; 2],
    answer: Answer,
) -> (Vec<Event>, Vec<(String, String)>, usize) {
    run_steps(lab, [ONE, TWO], mode, max_fail, [forks, max_open_hosts], answer)
}

/// The same, with these playbooks in place of `nginx` and `proxy`.
pub fn run_steps(
    lab: &str,
    [first, second]: [&str; 2],
    mode: labctl::internals::event::Mode,
    max_fail: Option<MaxFail>,
    [forks, max_open_hosts]: [usize; 2],
    answer: Answer,
) -> (Vec<Event>, Vec<(String, String)>, usize) {
    let inventory = inventory::parse(&Source::new("t", lab), Path::new("t"), &[]).unwrap();
    let book = |name: &str, text: &str| read_text(&name.parse().unwrap(), &Source::new(name, text)).unwrap();
    let library = Library::shipped();
    let playbooks = [book("nginx", first), book("proxy", second)];
    let plan = Plan::new(&inventory, |_| true, &playbooks, &library, &Nothing).unwrap();
    let fake = Fake::new(answer);
    let (scripts, open) = (fake.scripts.clone(), fake.open.clone());
    let folder = tempfile::tempdir().unwrap();
    let run = Run {
        facts: false,
        take_over: false,
        hosts: inventory.hosts.iter().map(|h| (h.name.clone(), h.clone())).collect(),
        controller: Controller::new(&plan.lab, Some(folder.path().join("hosts"))),
        plan,
        mode,
        shard: None,
        forks,
        max_open_hosts,
        max_fail,
        owner: "a test".into(),
        token: RUN.into(),
        users: Default::default(),
        secrets: Arc::new(Secrets::new(".", None)),
        artifacts: ArtifactStore::new(PathBuf::from("."), folder.path().to_owned()),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let events = runtime.block_on(async {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let work = tokio::spawn(execute(run, fake, sender, CancellationToken::new()));
        let mut events = Vec::new();
        while let Some(event) = receiver.recv().await {
            events.push(event);
        }
        work.await.unwrap();
        events
    });
    let scripts = scripts.lock().unwrap().clone();
    let (left, most) = *open.lock().unwrap();
    assert_eq!(left, 0, "every session is closed");
    (events, scripts, most)
}

pub fn outcomes(events: &[Event]) -> Vec<String> {
    let told = |e: &Event| match &e.kind {
        Kind::TaskFinished { result: TaskResult { task: of, outcome, reason, .. } } => {
            let reason = reason.as_ref().map(|why| format!(": {}", task::reason(why))).unwrap_or_default();
            Some(format!("{} {} {}{reason}", of.host, of.task, outcome.word()))
        }
        Kind::HostUnreachable { host, why } => Some(format!("{host} unreachable: {}", reason(why))),
        _ => None,
    };
    let mut lines: Vec<String> = events.iter().filter_map(told).collect();
    lines.sort();
    lines
}

/// Every step of every host is finished exactly once, whatever happened.
pub fn every_step_is_finished_once(events: &[Event]) {
    let mut cells: Vec<(String, String)> = events
        .iter()
        .filter_map(|e| match &e.kind {
            Kind::StepFinished { host, step, .. } => Some((step.to_string(), host.to_string())),
            _ => None,
        })
        .collect();
    cells.sort();
    let hosts = events.iter().find_map(|e| match &e.kind {
        Kind::RunStarted { hosts, .. } => Some(hosts.clone()),
        _ => None,
    });
    let hosts = hosts.unwrap();
    let mut wanted: Vec<_> =
        hosts.iter().map(|h| (if h.as_str() == "w" { "proxy" } else { "nginx" }.to_owned(), h.to_string())).collect();
    wanted.sort();
    assert_eq!(cells, wanted);
    assert!(matches!(events.last().unwrap().kind, Kind::RunFinished { .. }));
}

pub fn ok(n: usize) -> Vec<&'static str> {
    let lines = ["@begin debian 12 x86_64", "@start 0", "@ok 0", "@start 1", "@ok 1"];
    lines[..1 + 2 * n].iter().copied().chain(["@end"]).collect()
}

/// A web server that needs these application servers.
pub fn fleet(apps: &[&str]) -> String {
    let app = |(n, name): (usize, &&str)| format!("  {name}: {{address: 10.0.0.{}, groups: [app]}}\n", n + 1);
    let apps: String = apps.iter().enumerate().map(app).collect();
    format!("lab: t\nhosts:\n{apps}  w: {{address: 10.0.1.1, groups: [web]}}\n")
}

pub fn touched(scripts: &[(String, String)], mode: &str) -> Vec<String> {
    scripts.iter().filter(|(_, of)| of == mode).map(|(host, _)| host.clone()).collect()
}

pub const WOULD: [&str; 6] = ["@begin x", "@start 0", "@changed 0", "@start 1", "@changed 1", "@end"];

pub const FAILS: [&str; 5] = ["@begin x", "@start 0", "@failed 0 exit 1", "@skipped 1", "@end"];

pub const DONE: [&str; 6] = ["@begin x", "@start 0", "@changed 0", "@start 1", "@changed 1", "@end"];
