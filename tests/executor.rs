//! The executor over a transport that fails on purpose: what is told must be true whatever a host does.
#![allow(clippy::unwrap_used, clippy::print_stderr)] // a test that cannot go on has failed

use labctl::event::{Event, Kind, Outcome, Verdict};
use labctl::executor::{Controller, MaxFail, Run, execute};
use labctl::inventory::{self, Host};
use labctl::library::Library;
use labctl::payload::Nothing;
use labctl::plan::Plan;
use labctl::playbook::read_text;
use labctl::problem::Source;
use labctl::stock::Shelf;
use labctl::summary::Summary;
use labctl::transport::{Ended, Exec, Flow, Input, Lost, Secrets, Session, Transport, Unreachable};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const RUN: &str = "token";

/// What a host does with a script: the lines it says (`@` stands for the mark), and how it ends.
type Answer = Arc<dyn Fn(&str, &str) -> (Vec<&'static str>, Result<Ended, Lost>) + Send + Sync>;

#[derive(Clone)]
struct Fake {
    answer: Answer,
    scripts: Arc<Mutex<Vec<(String, String)>>>,
    /// Whoever was asked to begin no other task.
    last: Arc<Mutex<Vec<String>>>,
    /// Sessions that are open, and the most that were.
    open: Arc<Mutex<(usize, usize)>>,
}

struct FakeSession {
    host: String,
    fake: Fake,
}

impl Transport for Fake {
    type Session = FakeSession;
    async fn open(&self, host: &Host) -> Result<FakeSession, Unreachable> {
        if host.name.as_str() == "off" {
            return Err(Unreachable { reason: "no route".into(), hints: vec!["switch it on".into()] });
        }
        let mut open = self.open.lock().unwrap();
        *open = (open.0 + 1, open.1.max(open.0 + 1));
        Ok(FakeSession { host: host.name.to_string(), fake: self.clone() })
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
        hear: &mut (dyn FnMut(&[u8]) -> Flow + Send),
        _: &CancellationToken,
    ) -> Result<Ended, Lost> {
        let Input::Text(script) = &exec.input else {
            if exec.command.contains("/last.") {
                self.fake.last.lock().unwrap().push(self.host.clone());
            }
            return Ok(Ended::Status(0));
        };
        let mode = if script.contains("\nmode='check'\n") { "check" } else { "apply" };
        self.fake.scripts.lock().unwrap().push((self.host.clone(), mode.to_owned()));
        // Others come to their turn while a host works.
        tokio::task::yield_now().await;
        while (self.host.as_str(), mode) == ("slow", "apply") && self.fake.last.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let (lines, ended) = (self.fake.answer)(&self.host, mode);
        for line in lines {
            let line = line.replace('@', &format!("\u{1e}{RUN} "));
            if hear(line.as_bytes()) == Flow::Done {
                return Ok(Ended::Heard);
            }
        }
        ended
    }
}

const GOOD: &str = "lab: t\nhosts:\n  a: {address: 10.0.0.1, groups: [app]}\n  b: {address: 10.0.0.2, groups: [app]}\n  w: {address: 10.0.0.3, groups: [web]}\n";
const ONE: &str = "hosts: app\ntasks:\n  - command: {run: first}\n  - command: {run: second}\n";
const TWO: &str = "hosts: web\nneeds: [nginx]\ntasks:\n  - command: {run: third}\n";

/// Runs step `nginx` (two tasks on the app hosts), then `proxy` (one on the web server, which needs it).
fn run(lab: &str, mode: labctl::event::Mode, answer: Answer) -> (Vec<Event>, Vec<(String, String)>) {
    let (events, scripts, _) = run_with(lab, mode, None, [1, 100], answer);
    (events, scripts)
}

/// The same, until more hosts than that have failed, with so many at once.
fn run_until(
    lab: &str,
    mode: labctl::event::Mode,
    max_fail: Option<MaxFail>,
    forks: usize,
    answer: Answer,
) -> (Vec<Event>, Vec<(String, String)>) {
    let (events, scripts, _) = run_with(lab, mode, max_fail, [forks, 100], answer);
    (events, scripts)
}

/// The same, with so many hosts that are talked with at once; also says how many sessions were open at most.
fn run_with(
    lab: &str,
    mode: labctl::event::Mode,
    max_fail: Option<MaxFail>,
    [forks, room]: [usize; 2],
    answer: Answer,
) -> (Vec<Event>, Vec<(String, String)>, usize) {
    let inventory = inventory::parse(&Source::new("t", lab), Path::new("t"), &[]).unwrap();
    let book = |name: &str, text: &str| read_text(&name.parse().unwrap(), &Source::new(name, text)).unwrap();
    let library = Library::shipped();
    let playbooks = [book("nginx", ONE), book("proxy", TWO)];
    let plan = Plan::new(&inventory, |_| true, &playbooks, &library, &Nothing).unwrap();
    let fake = Fake { answer, scripts: Arc::default(), last: Arc::default(), open: Arc::default() };
    let (scripts, open) = (fake.scripts.clone(), fake.open.clone());
    let folder = tempfile::tempdir().unwrap();
    let run = Run {
        facts: false,
        hosts: inventory.hosts.iter().map(|h| (h.name.clone(), h.clone())).collect(),
        controller: Controller::new(&plan.lab, Some(folder.path().join("hosts"))),
        plan,
        mode,
        shard: None,
        forks,
        room,
        max_fail,
        owner: "a test".into(),
        token: RUN.into(),
        users: Default::default(),
        secrets: Arc::new(Secrets::new(".", None)),
        shelf: Shelf::new(PathBuf::from("."), folder.path().to_owned()),
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

fn outcomes(events: &[Event]) -> Vec<String> {
    let told = |e: &Event| match &e.kind {
        Kind::TaskFinished { task, outcome, reason, .. } => {
            let reason = reason.as_ref().map(|r| format!(": {r}")).unwrap_or_default();
            Some(format!("{} {} {}{reason}", task.host, task.task, outcome.word()))
        }
        Kind::HostUnreachable { host, reason, .. } => Some(format!("{host} unreachable: {reason}")),
        _ => None,
    };
    let mut lines: Vec<String> = events.iter().filter_map(told).collect();
    lines.sort();
    lines
}

/// Every step of every host is finished exactly once, whatever happened.
fn every_step_is_finished_once(events: &[Event]) {
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

fn ok(n: usize) -> Vec<&'static str> {
    let lines = ["@begin debian 12 x86_64", "@start 0", "@ok 0", "@start 1", "@ok 1"];
    lines[..1 + 2 * n].iter().copied().chain(["@end"]).collect()
}

#[test]
fn nothing_to_do_is_over_after_one_script_for_each_host() {
    let answer: Answer = Arc::new(|host, _| (ok(if host == "w" { 1 } else { 2 }), Ok(Ended::Status(0))));
    let (events, scripts) = run(GOOD, labctl::event::Mode::Apply, answer);
    every_step_is_finished_once(&events);
    assert_eq!(scripts.len(), 3, "{scripts:?}");
    assert!(scripts.iter().all(|(_, mode)| mode == "check"));
    let mut summary = Summary::default();
    events.iter().for_each(|event| summary.add(event));
    assert!(summary.converged() && summary.count(Outcome::Ok) == 5);
}

#[test]
fn what_needs_a_changed_step_looks_again() {
    let answer: Answer = Arc::new(|host, mode| match (host, mode) {
        ("a", "check") => {
            (vec!["@begin x", "@start 0", "@changed 0", "@start 1", "@ok 1", "@end"], Ok(Ended::Status(0)))
        }
        ("a", _) => (vec!["@begin x", "@start 0", "@changed 0", "@start 1", "@ok 1", "@end"], Ok(Ended::Status(0))),
        ("w", _) => (ok(1), Ok(Ended::Status(0))),
        _ => (ok(2), Ok(Ended::Status(0))),
    });
    let (events, scripts) = run(GOOD, labctl::event::Mode::Apply, answer);
    every_step_is_finished_once(&events);
    let applied: Vec<&str> = scripts.iter().filter(|(_, mode)| mode == "apply").map(|(h, _)| h.as_str()).collect();
    assert_eq!(applied, ["a", "w"], "b holds, and is left alone");
}

#[test]
fn a_script_that_breaks_off_is_never_green() {
    let endings: [fn() -> Result<Ended, Lost>; 4] = [
        || Ok(Ended::Status(0)),
        || Ok(Ended::Signal("KILL".into())),
        || Ok(Ended::Cancelled),
        || Err(Lost { reason: "the connection broke".into() }),
    ];
    for ending in endings {
        let answer: Answer = Arc::new(move |host, mode| match (host, mode) {
            ("a", "check") => {
                (vec!["@begin x", "@start 0", "@changed 0", "@start 1", "@changed 1", "@end"], Ok(Ended::Status(0)))
            }
            ("a", _) => (vec!["@begin x", "@start 0", "@changed 0", "@start 1", "half a line"], ending()),
            ("w", _) => (ok(1), Ok(Ended::Status(0))),
            _ => (ok(2), Ok(Ended::Status(0))),
        });
        let (events, _) = run(GOOD, labctl::event::Mode::Apply, answer);
        every_step_is_finished_once(&events);
        let told = outcomes(&events);
        assert!(told.contains(&"a run first changed".to_owned()), "{told:#?}");
        assert!(told.iter().any(|t| t.starts_with("a run second failed: ")), "{told:#?}");
        assert!(told.iter().any(|t| t.starts_with("a unreachable: ")), "{told:#?}");
        assert!(told.iter().any(|t| t.starts_with("w run third skipped")), "it needs a: {told:#?}");
        assert!(told.contains(&"b run second ok".to_owned()), "b has nothing to do with it: {told:#?}");
    }
}

#[test]
fn a_task_that_was_not_spoken_of_has_failed() {
    for mode in [labctl::event::Mode::Check, labctl::event::Mode::Apply] {
        let answer: Answer = Arc::new(|host, mode| match (host, mode) {
            ("a", "check") => (vec!["@begin x", "@start 0", "@changed 0", "@end"], Ok(Ended::Status(0))),
            ("a", _) => (vec!["@begin x", "@end"], Ok(Ended::Status(0))),
            ("w", _) => (ok(1), Ok(Ended::Status(0))),
            _ => (ok(2), Ok(Ended::Status(0))),
        });
        let (events, _) = run(GOOD, mode, answer);
        every_step_is_finished_once(&events);
        let told = outcomes(&events);
        let silent = "a run second failed: the machine's script ended without a word about it".to_owned();
        assert!(told.contains(&silent), "{told:#?}");
        if mode == labctl::event::Mode::Apply {
            assert!(told.iter().any(|t| t.starts_with("a run first failed: ")), "{told:#?}");
            assert!(told.iter().any(|t| t.starts_with("w run third skipped")), "it needs a: {told:#?}");
        }
    }
}

#[test]
fn a_host_that_is_off_stops_only_those_who_need_it() {
    let lab = GOOD.replace("  b:", "  off:");
    let answer: Answer = Arc::new(|host, _| (ok(if host == "w" { 1 } else { 2 }), Ok(Ended::Status(0))));
    let (events, _) = run(&lab, labctl::event::Mode::Apply, answer);
    let told = outcomes(&events);
    assert!(told.contains(&"off unreachable: no route".to_owned()), "{told:#?}");
    assert!(told.contains(&"a run second ok".to_owned()), "{told:#?}");
    assert!(told.contains(&"w run third skipped: off was not reached".to_owned()), "{told:#?}");
    let off = events.iter().any(|e| matches!(&e.kind, Kind::StepFinished { verdict: Verdict::Unreachable, .. }));
    assert!(off);
}

#[test]
fn no_root_is_said_with_what_sudo_said() {
    let answer: Answer = Arc::new(|host, _| match host {
        "a" => (vec!["Welcome!", "sudo: a password is required", ""], Ok(Ended::Status(1))),
        "w" => (ok(1), Ok(Ended::Status(0))),
        _ => (ok(2), Ok(Ended::Status(0))),
    });
    let (events, _) = run(GOOD, labctl::event::Mode::Apply, answer);
    let hints: Vec<String> = events
        .iter()
        .filter_map(|e| match &e.kind {
            Kind::HostUnreachable { reason, hints, .. } => Some(format!("{reason} / {}", hints.join(" "))),
            _ => None,
        })
        .collect();
    assert_eq!(hints.len(), 1);
    assert!(hints[0].contains("sudo: a password is required") && hints[0].contains("sudo_password"), "{hints:?}");
}

#[test]
fn in_check_mode_unknown_names_what_it_waits_for() {
    let answer: Answer = Arc::new(|host, _| match host {
        "a" => (vec!["@begin x", "@start 0", "@changed 0", "@start 1", "@unknown 1", "@end"], Ok(Ended::Status(0))),
        "w" => (vec!["@begin x", "@start 0", "@unknown 0", "@end"], Ok(Ended::Status(0))),
        _ => (ok(2), Ok(Ended::Status(0))),
    });
    let (events, scripts) = run(GOOD, labctl::event::Mode::Check, answer);
    every_step_is_finished_once(&events);
    assert!(scripts.iter().all(|(_, mode)| mode == "check"), "a check never applies");
    let told = outcomes(&events);
    assert!(told.contains(&"a run second unknown: until: run first".to_owned()), "{told:#?}");
    assert!(told.contains(&"w run third unknown: until: run first (a)".to_owned()), "{told:#?}");
}

#[test]
fn in_check_mode_what_needs_a_host_that_is_off_is_unknown() {
    let answer: Answer = Arc::new(|host, _| {
        let third = vec!["@begin x", "@start 0", "@unknown 0", "@end"];
        (if host == "w" { third } else { ok(2) }, Ok(Ended::Heard))
    });
    let (events, _) = run(&GOOD.replace("  b:", "  off:"), labctl::event::Mode::Check, answer);
    every_step_is_finished_once(&events);
    let told = outcomes(&events);
    assert!(told.contains(&"w run third unknown: until: it is reached (off)".to_owned()), "{told:#?}");
}

#[test]
fn in_check_mode_what_nothing_would_repair_has_failed() {
    let answer: Answer = Arc::new(|host, _| match host {
        "w" => (vec!["@begin x", "@start 0", "@out 0", "x answered 502", "@unknown 0", "@end"], Ok(Ended::Status(0))),
        _ => (ok(2), Ok(Ended::Status(0))),
    });
    let (events, _) = run(GOOD, labctl::event::Mode::Check, answer);
    assert!(outcomes(&events).contains(&"w run third failed: does not hold".to_owned()), "{:#?}", outcomes(&events));
}

#[test]
fn what_a_host_says_of_itself_is_told() {
    let answer: Answer = Arc::new(|host, _| {
        let mut lines = vec!["@begin x", "@fact clock 12345.5", "@fact clock %N", "@fact load 0.5 of 1", "@fact"];
        lines.extend(if host == "w" { ok(1) } else { ok(2) });
        (lines, Ok(Ended::Heard))
    });
    let (events, _) = run(GOOD, labctl::event::Mode::Check, answer);
    let fact = |event: &Event| match &event.kind {
        Kind::HostFact { host, key, value } if host.as_str() == "a" => Some((key.clone(), value.clone())),
        _ => None,
    };
    let facts: Vec<_> = events.iter().filter_map(fact).collect();
    let keys: Vec<&str> = facts.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["clock_ms", "clock_margin_ms", "load"]);
    assert!(facts[0].1.parse::<i64>().unwrap() < -1_000_000_000, "that clock stands in 1970");
    assert_eq!(facts[2].1, "0.5 of 1");
}

/// A web server that needs these application servers.
fn fleet(apps: &[&str]) -> String {
    let app = |(n, name): (usize, &&str)| format!("  {name}: {{address: 10.0.0.{}, groups: [app]}}\n", n + 1);
    let apps: String = apps.iter().enumerate().map(app).collect();
    format!("lab: t\nhosts:\n{apps}  w: {{address: 10.0.1.1, groups: [web]}}\n")
}

fn halted(events: &[Event]) -> Vec<(usize, usize, String)> {
    let told = |event: &Event| match &event.kind {
        Kind::RunHalted { failed, hosts, max_fail } => Some((*failed, *hosts, max_fail.clone())),
        _ => None,
    };
    events.iter().filter_map(told).collect()
}

fn touched(scripts: &[(String, String)], mode: &str) -> Vec<String> {
    scripts.iter().filter(|(_, of)| of == mode).map(|(host, _)| host.clone()).collect()
}

const WOULD: [&str; 6] = ["@begin x", "@start 0", "@changed 0", "@start 1", "@changed 1", "@end"];
const FAILS: [&str; 5] = ["@begin x", "@start 0", "@failed 0 exit 1", "@skipped 1", "@end"];
const DONE: [&str; 6] = ["@begin x", "@start 0", "@changed 0", "@start 1", "@changed 1", "@end"];

#[test]
fn when_too_many_have_failed_no_other_host_begins() {
    let lab = fleet(&["a", "b", "c", "d", "e"]);
    let answer: Answer = Arc::new(|host, mode| {
        let lines = match (host, mode) {
            ("w", _) => ok(1),
            (_, "check") => WOULD.to_vec(),
            ("a" | "b", _) => FAILS.to_vec(),
            _ => DONE.to_vec(),
        };
        (lines, Ok(Ended::Heard))
    });
    for (most, begun) in [("0", 1), ("1", 2), ("20%", 2), ("2", 5), ("100%", 5)] {
        let (events, scripts) =
            run_until(&lab, labctl::event::Mode::Apply, Some(most.parse().unwrap()), 1, answer.clone());
        every_step_is_finished_once(&events);
        assert_eq!(touched(&scripts, "apply"), ["a", "b", "c", "d", "e"][..begun], "{most}");
        let told = outcomes(&events);
        let skipped = told.iter().filter(|line| line.contains("--max-fail"));
        // Two tasks on each host that was not begun, and the one of the web server.
        let (not_begun, wanted) =
            if begun == 5 { (0, vec![]) } else { (11 - 2 * begun, vec![(begun, 6, most.to_owned())]) };
        assert_eq!(skipped.count(), not_begun, "{most}: {told:#?}");
        assert_eq!(halted(&events), wanted, "{most}");
        // What came before it on the same host keeps its own reason.
        assert!(told.contains(&"a run second skipped: something before it failed".to_owned()), "{told:#?}");
        let mut summary = Summary::default();
        events.iter().for_each(|event| summary.add(event));
        assert!(summary.count(Outcome::Failed) > 0 && !summary.interrupted());
    }
}

#[test]
fn when_too_many_have_failed_what_is_under_way_finishes_its_task() {
    let answer: Answer = Arc::new(|host, mode| {
        let lines = match (host, mode) {
            ("w", _) => ok(1),
            (_, "check") => WOULD.to_vec(),
            ("slow", _) => vec!["@begin x", "@start 0", "@changed 0", "@skipped 1", "@end"],
            _ => FAILS.to_vec(),
        };
        (lines, Ok(Ended::Heard))
    });
    let most = Some(MaxFail::Hosts(0));
    let (events, _) = run_until(&fleet(&["slow", "b"]), labctl::event::Mode::Apply, most, 2, answer);
    every_step_is_finished_once(&events);
    let told = outcomes(&events);
    assert!(told.contains(&"slow run first changed".to_owned()), "{told:#?}");
    let why = "not begun: 1 of 3 hosts have failed, and --max-fail is 0";
    for line in [format!("slow run second skipped: {why}"), format!("w run third skipped: {why}")] {
        assert!(told.contains(&line), "`{line}` is not in {told:#?}");
    }
}

#[test]
fn hosts_that_are_not_reached_count_as_well() {
    let lab = fleet(&["a", "off", "b", "c"]);
    let answer: Answer = Arc::new(|host, _| (ok(if host == "w" { 1 } else { 2 }), Ok(Ended::Heard)));
    for mode in [labctl::event::Mode::Check, labctl::event::Mode::Apply] {
        let (events, scripts) = run_until(&lab, mode, Some(MaxFail::Percent(19)), 1, answer.clone());
        every_step_is_finished_once(&events);
        assert_eq!(touched(&scripts, "check"), ["a"]);
        assert_eq!(halted(&events), [(1, 5, "19%".to_owned())]);
        let told = outcomes(&events);
        assert!(told.contains(&"a run second ok".to_owned()), "what was seen is told: {told:#?}");
        let (events, scripts) = run_until(&lab, mode, Some(MaxFail::Percent(20)), 1, answer.clone());
        assert_eq!((touched(&scripts, "check").len(), halted(&events).len()), (4, 0));
    }
}

/// More hosts than there is room for, and those that wait come first: nobody waits for ever, and no more are talked with.
#[test]
fn who_waits_gives_the_place_to_whom_it_waits_for() {
    let mut lab = "lab: t\nhosts:\n".to_owned();
    (0..3).for_each(|n| lab.push_str(&format!("  w{n}: {{address: 10.0.0.{n}, groups: [web]}}\n")));
    (0..5).for_each(|n| lab.push_str(&format!("  a{n}: {{address: 10.0.1.{n}, groups: [app]}}\n")));
    let answer: Answer = Arc::new(|host, mode| {
        let lines = match (host.starts_with('w'), mode) {
            (true, "check") => vec!["@begin x", "@start 0", "@unknown 0", "@end"],
            (true, _) => vec!["@begin x", "@start 0", "@changed 0", "@end"],
            (false, "check") => WOULD.to_vec(),
            (false, _) => DONE.to_vec(),
        };
        (lines, Ok(Ended::Heard))
    });
    for mode in [labctl::event::Mode::Check, labctl::event::Mode::Apply] {
        for [forks, room] in [[1, 1], [8, 2], [2, 7], [8, 8]] {
            let (events, scripts, most) = run_with(&lab, mode, None, [forks, room], answer.clone());
            assert!(most <= room, "{most} sessions, and room for {room}");
            let finished = events.iter().filter(|e| matches!(e.kind, Kind::StepFinished { .. }));
            assert_eq!(finished.count(), 8);
            let told = outcomes(&events);
            let bad =
                |line: &&String| line.contains("failed") || line.contains("skipped") || line.contains("unreachable");
            assert_eq!(told.iter().find(bad), None, "{told:#?}");
            let applied = if mode == labctl::event::Mode::Apply { 8 } else { 0 };
            assert_eq!(touched(&scripts, "apply").len(), applied);
        }
    }
}

#[test]
fn hosts_that_have_something_to_do_do_not_keep_a_connection_while_others_look() {
    let names: Vec<String> = (0..40).map(|n| format!("a{n}")).collect();
    let lab = fleet(&names.iter().map(String::as_str).collect::<Vec<_>>()).replace("w: {", "last: {");
    let answer: Answer = Arc::new(|host, mode| {
        let lines = match (host, mode) {
            ("last", _) => ok(1),
            (_, "check") => WOULD.to_vec(),
            _ => DONE.to_vec(),
        };
        (lines, Ok(Ended::Heard))
    });
    let (_, scripts, most) = run_with(&lab, labctl::event::Mode::Apply, None, [3, 100], answer);
    assert_eq!(touched(&scripts, "apply").len(), 41, "the web server looks again");
    assert!(most <= 4, "{most} connections for three at work, and one that waits for them");
}

/// All who wait keep their login, unless a bastion could not hold so many: then they hang up, and nobody waits for ever.
#[test]
fn no_more_hosts_are_talked_with_than_a_bastion_can_hold() {
    let answer: Answer = Arc::new(|host, mode| {
        let lines = match (host.starts_with('w'), mode) {
            (true, "check") => vec!["@begin x", "@start 0", "@unknown 0", "@end"],
            (true, _) => vec!["@begin x", "@start 0", "@changed 0", "@end"],
            (false, "check") => WOULD.to_vec(),
            (false, _) => DONE.to_vec(),
        };
        (lines, Ok(Ended::Heard))
    });
    for (waiting, jump, between) in [(950, "gate", 900..=900), (950, "none", 960..=960), (300, "gate", 310..=310)] {
        let mut lab = format!("lab: t\nssh: {{jump: {jump}}}\nhosts:\n");
        for n in 0..waiting {
            lab.push_str(&format!("  w{n}: {{address: 10.0.{}.{}, groups: [web]}}\n", n / 250, n % 250));
        }
        (0..10).for_each(|n| lab.push_str(&format!("  a{n}: {{address: 10.1.0.{n}, groups: [app]}}\n")));
        let mode = labctl::event::Mode::Apply;
        let (events, scripts, most) = run_with(&lab, mode, None, [2000, 2000], answer.clone());
        assert!(between.contains(&most), "{most} sessions for {waiting} behind {jump}");
        let finished = events.iter().filter(|e| matches!(e.kind, Kind::StepFinished { .. }));
        assert_eq!((finished.count(), touched(&scripts, "apply").len()), (waiting + 10, waiting + 10));
    }
}
