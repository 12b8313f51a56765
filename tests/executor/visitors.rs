//! The sites as this computer sees them: green means that a visitor gets the page. The web server is an address of the loopback.

use super::fake::{Answer, Fake, OK_ONE, RUN, outcomes};
use super::skip::skip;
use labctl::internals::artifacts::ArtifactStore;
use labctl::internals::balance::BalanceFault;
use labctl::internals::event::{Balance, Event, Kind, Mode, Outcome};
use labctl::internals::executor::{Controller, Run, execute};
use labctl::internals::inventory;
use labctl::internals::library::Library;
use labctl::internals::payload::Nothing;
use labctl::internals::plan::Plan;
use labctl::internals::playbook::read_text;
use labctl::internals::problem::Source;
use labctl::internals::summary::Summary;
use labctl::internals::transport::{Ended, Secrets};
use labctl::internals::visitor::{Indirect, SeenFrom, VisitError};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const SITE: &str = "demo.lab.test";

/// What a web server answers to its n-th request: the head below the status line, and the page.
type Page = fn(usize) -> (u16, &'static str, &'static str);

fn turns(n: usize) -> (u16, &'static str, &'static str) {
    let by = if n.is_multiple_of(2) { "X-Upstream: 10.0.0.1:3000\r\n" } else { "X-Upstream: 10.0.0.2:3000\r\n" };
    (200, by, "the page")
}

/// A web server on port 80 of an address of the loopback that nobody else of these tests has.
struct Web {
    address: IpAddr,
    asked: Arc<AtomicUsize>,
}

impl Web {
    fn begin(page: Page) -> Option<Self> {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let n = u8::try_from(NEXT.fetch_add(1, Ordering::Relaxed)).unwrap();
        // Tests of other processes have others.
        let [a, b, ..] = std::process::id().to_le_bytes();
        let address: IpAddr = [127, a | 1, b, n].into();
        let listener = match TcpListener::bind((address, 80)) {
            Ok(listener) => listener,
            Err(error) => {
                skip(&format!("nobody but root listens on port 80: {error}"));
                return None;
            }
        };
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, count) = (stream.unwrap(), count.clone());
                std::thread::spawn(move || {
                    let mut heard = BufReader::new(stream.try_clone().unwrap());
                    let mut stream = stream;
                    let mut line = String::new();
                    while heard.read_line(&mut line).is_ok_and(|n| n > 0) {
                        if line == "\r\n" {
                            let (status, head, body) = page(count.fetch_add(1, Ordering::Relaxed));
                            let length = body.len();
                            let answer = format!("HTTP/1.1 {status} x\r\n{head}Content-Length: {length}\r\n\r\n{body}");
                            if stream.write_all(answer.as_bytes()).is_err() {
                                return;
                            }
                        }
                        line.clear();
                    }
                });
            }
        });
        Some(Self { address, asked })
    }
}

/// A run of three steps: pm2 on two hosts, proxy on the web server, and the question of this computer.
struct Case {
    mode: Mode,
    answer: Answer,
    /// The lines of the hosts file.
    names: String,
    web: IpAddr,
    way: Option<Indirect>,
    limit: fn(&str) -> bool,
    config: Option<&'static str>,
}

impl Case {
    fn new(web: IpAddr) -> Self {
        let answer: Answer = Arc::new(|_, _| (OK_ONE.to_vec(), Ok(Ended::Status(0))));
        let names = format!("{web} {SITE}\n");
        Self { mode: Mode::Apply, answer, names, web, way: None, limit: |_| true, config: None }
    }

    fn run(self) -> Seen {
        let web = self.web;
        let lab = format!(
            "lab: t\nhosts:\n  app1: {{address: 10.0.0.1, groups: [app]}}\n  app2: {{address: 10.0.0.2, groups: [app]}}\n  web: {{address: {web}, groups: [web]}}\nvars: {{sites: [{{domain: {SITE}, upstream: [app1, app2]}}], app: {{name: demo, repo: demo, port: 3000}}}}\n"
        );
        let inventory = inventory::parse(&Source::new("t", lab), Path::new("t"), &[]).unwrap();
        let book = |name: &str, text: &str| read_text(&name.parse().unwrap(), &Source::new(name, text)).unwrap();
        let verify =
            "hosts: controller\nneeds: [pm2, proxy]\ntasks:\n  - answers: {sites: sites, marker: page, within: 6s}\n";
        let books = [
            book("pm2", "hosts: app\ntasks:\n  - command: {run: first}\n"),
            book("proxy", "hosts: web\nneeds: [pm2]\ntasks:\n  - command: {run: second}\n"),
            book("verify", verify),
        ];
        let chosen = |host: &inventory::Host| (self.limit)(host.name.as_str());
        let plan = Plan::new(&inventory, chosen, &books, &Library::shipped(), &Nothing).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let hosts_file = folder.path().join("hosts");
        std::fs::write(&hosts_file, self.names).unwrap();
        let configs: BTreeMap<String, String> = self.config.iter().map(|hash| (SITE.into(), (*hash).into())).collect();
        let run = Run {
            facts: false,
            take_over: false,
            hosts: inventory.hosts.iter().map(|h| (h.name.clone(), h.clone())).collect(),
            controller: Controller::new(&plan.lab, Some(hosts_file)).asking(inventory.web().cloned(), configs),
            plan,
            mode: self.mode,
            shard: None,
            forks: 4,
            max_open_hosts: 100,
            max_fail: None,
            owner: "a test".into(),
            token: RUN.into(),
            users: BTreeMap::default(),
            secrets: Arc::new(Secrets::new(".", None)),
            artifacts: ArtifactStore::new(PathBuf::from("."), folder.path().to_owned()),
        };
        let fake = Fake { way: self.way, ..Fake::new(self.answer) };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let began = Instant::now();
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
        runtime.shutdown_background();
        Seen { events, took: began.elapsed() }
    }
}

struct Seen {
    events: Vec<Event>,
    took: Duration,
}

impl Seen {
    /// What was told of the site: once at most.
    fn site(&self) -> Option<(SeenFrom, Balance)> {
        let told = |event: &Event| match &event.kind {
            Kind::SiteBalanced { host, web, seen_from, balance } => {
                assert!(host.is_controller() && web.as_ref().unwrap().as_str() == "web");
                Some((seen_from.clone().unwrap(), balance.clone()))
            }
            _ => None,
        };
        let mut all: Vec<_> = self.events.iter().filter_map(told).collect();
        assert!(all.len() < 2, "{all:#?}");
        all.pop()
    }

    fn verify(&self) -> String {
        let told = outcomes(&self.events);
        told.into_iter()
            .find(|line| line.starts_with("controller "))
            .unwrap()
            .replace("controller every site answers ", "")
    }

    fn is_green(&self) -> bool {
        let mut summary = Summary::default();
        self.events.iter().for_each(|event| summary.add(event));
        summary.converged() && summary.count(Outcome::Skipped) == 0
    }
}

const fn here(address: IpAddr) -> SeenFrom {
    SeenFrom::ThisComputer { address: Some(address), instead_of: None }
}

#[test]
fn what_nobody_changed_is_proved_by_a_few_requests_and_a_change_by_many() {
    let Some(web) = Web::begin(turns) else { return };
    for mode in [Mode::Apply, Mode::Check] {
        web.asked.store(0, Ordering::Relaxed);
        let seen = Case { mode, ..Case::new(web.address) }.run();
        let (from, balance) = seen.site().unwrap();
        assert!(seen.is_green() && balance.holds() && from == here(web.address), "{balance:?}");
        assert_eq!((balance.sent, web.asked.load(Ordering::Relaxed)), (4, 4));
    }
    let changes: Answer = Arc::new(|host, _| match host {
        "app1" => (vec!["@begin x", "@start 0", "@changed 0", "@end"], Ok(Ended::Status(0))),
        _ => (OK_ONE.to_vec(), Ok(Ended::Status(0))),
    });
    let seen = Case { answer: changes, ..Case::new(web.address) }.run();
    let (_, balance) = seen.site().unwrap();
    assert!(seen.is_green() && balance.holds() && balance.sent == 200, "{balance:?}");
}

#[test]
fn what_was_seen_before_a_failure_is_not_told() {
    let Some(web) = Web::begin(turns) else { return };
    let fails: Answer = Arc::new(|host, mode| match (host, mode) {
        ("app1", "check") => (vec!["@begin x", "@start 0", "@changed 0", "@end"], Ok(Ended::Status(0))),
        ("app1", _) => (vec!["@begin x", "@start 0", "@failed 0 it does not start", "@end"], Ok(Ended::Status(0))),
        _ => (OK_ONE.to_vec(), Ok(Ended::Status(0))),
    });
    let seen = Case { answer: fails, ..Case::new(web.address) }.run();
    assert!(!seen.is_green() && seen.verify().starts_with("skipped: "), "{}", seen.verify());
    assert_eq!(seen.site(), None, "it was fine before");
    assert!(web.asked.load(Ordering::Relaxed) > 0, "which was looked at");
}

#[test]
fn who_answers_in_place_of_the_site_is_no_proof() {
    // A server block that somebody left on the machine's address, one that refuses, one that is older than the inventory, and one
    // that has the application of somebody else.
    let welcome: Page = |_| (200, "", "Welcome to nginx!");
    let forbidden: Page = |_| (403, "", "no");
    let older: Page = |_| (200, "X-Upstream: 10.0.0.1:3000\r\nX-Labctl-Config: old\r\n", "page");
    let stranger: Page = |_| (200, "X-Upstream: 10.0.0.9:3000\r\n", "the page");
    let lost = |error| BalanceFault::Lost { error, count: 3 };
    let status = VisitError::Status { status: 403, asked: Default::default() };
    for (page, wanted) in [
        (welcome, BalanceFault::Unnamed),
        (forbidden, lost(status)),
        (older, lost(VisitError::OtherConfiguration)),
        (stranger, BalanceFault::Stranger { address: "10.0.0.9:3000".into() }),
    ] {
        let Some(web) = Web::begin(page) else { return };
        for mode in [Mode::Apply, Mode::Check] {
            let seen = Case { mode, config: Some("new"), ..Case::new(web.address) }.run();
            let (from, balance) = seen.site().unwrap();
            let fault = balance.fault().unwrap();
            let same = match (&fault, &wanted) {
                (BalanceFault::Lost { error, .. }, BalanceFault::Lost { error: other, .. }) => error == other,
                _ => fault == wanted,
            };
            assert!(same && from == here(web.address), "{fault:?}, not {wanted:?}");
            assert!(!seen.is_green() && seen.verify().starts_with("failed: "), "{}", seen.verify());
            let waits = fault.may_pass() && mode == Mode::Apply;
            assert!(waits || seen.took < Duration::from_secs(10), "{fault:?}: nobody waits in vain: {:?}", seen.took);
        }
    }
}

#[test]
fn nobody_on_port_80_is_red_whatever_part_of_the_lab_the_run_is_about() {
    let Some(web) = Web::begin(turns) else { return };
    // The next address of the loopback, where nobody listens.
    let IpAddr::V4(address) = web.address else { return };
    let [a, b, c, d] = address.octets();
    let closed: IpAddr = [a, b, c, d + 100].into();
    for (mode, limit) in [(Mode::Apply, "web"), (Mode::Apply, "app1"), (Mode::Check, "app1"), (Mode::Check, "web")] {
        let limit: fn(&str) -> bool = if limit == "web" { |_| true } else { |host| host == "app1" };
        let seen = Case { mode, limit, ..Case::new(closed) }.run();
        let (_, balance) = seen.site().unwrap();
        assert_eq!(balance.fault(), Some(BalanceFault::Lost { error: VisitError::Refused, count: balance.lost() }));
        assert!(!seen.is_green() && seen.verify().starts_with("failed: "), "{}", seen.verify());
        assert!(seen.took < Duration::from_secs(10), "{:?}", seen.took);
    }
    // With the site up, a run of one application server is green, and says by what.
    let seen = Case { limit: |host| host == "app1", ..Case::new(web.address) }.run();
    assert!(seen.is_green() && seen.site().unwrap().1.holds());
}

#[test]
fn a_name_that_leads_elsewhere_or_nowhere_is_red_and_is_said() {
    let Some(web) = Web::begin(turns) else { return };
    let Some(other) = Web::begin(|_| (200, "", "a router")) else { return };
    let names = format!("# a lab\n{} other {SITE}\n{} {SITE}\n", other.address, web.address);
    let seen = Case { names, ..Case::new(web.address) }.run();
    let (from, balance) = seen.site().unwrap();
    let elsewhere = SeenFrom::ThisComputer { address: Some(other.address), instead_of: Some(web.address) };
    assert!(!seen.is_green() && from == elsewhere && balance.fault() == Some(BalanceFault::Unnamed), "{balance:?}");
    // Another address that serves the lab's own pages is the lab: a public one, for example.
    let Some(public) = Web::begin(turns) else { return };
    let seen = Case { names: format!("{} {SITE}\n", public.address), ..Case::new(web.address) }.run();
    assert!(seen.is_green() && seen.site().unwrap().1.holds());

    let seen = Case { names: String::new(), ..Case::new(web.address) }.run();
    let (from, balance) = seen.site().unwrap();
    let unknown = VisitError::NameNotFound { name: SITE.into(), text: String::new() };
    assert_eq!(balance.fault(), Some(BalanceFault::Lost { error: unknown, count: 1 }));
    assert_eq!(from, SeenFrom::ThisComputer { address: None, instead_of: None });
    assert!(!seen.is_green() && web.asked.load(Ordering::Relaxed) == 0);
}

#[test]
fn where_there_is_no_way_the_web_server_is_asked_and_that_is_said() {
    let Some(web) = Web::begin(turns) else { return };
    let IpAddr::V4(address) = web.address else { return };
    let [a, b, c, d] = address.octets();
    let closed: IpAddr = [a, b, c, d + 100].into();
    let way = || Some(Indirect::Bastion { through: "me@gate:22".into() });
    let said =
        "@fact balance.demo.lab.test round_robin 200 10.0.0.1:3000=app1=1=96=104=100 10.0.0.2:3000=app2=1=96=104=100";
    let answer: Answer =
        Arc::new(move |_, _| (vec!["@begin x", "@start 0", said, "@ok 0", "@end"], Ok(Ended::Status(0))));
    for mode in [Mode::Apply, Mode::Check] {
        let seen = Case { mode, answer: answer.clone(), way: way(), ..Case::new(closed) }.run();
        let (from, balance) = seen
            .events
            .iter()
            .find_map(|event| match &event.kind {
                Kind::SiteBalanced { host, seen_from, balance, .. } if host.is_controller() => {
                    Some((seen_from.clone().unwrap(), balance.clone()))
                }
                _ => None,
            })
            .unwrap();
        assert_eq!(from, SeenFrom::WebItself { why: way().unwrap() });
        assert!(seen.is_green() && balance.holds() && balance.sent == 200, "{balance:?}");
    }
    // With a way after all, nobody else is asked.
    let seen = Case { way: way(), ..Case::new(web.address) }.run();
    assert!(seen.is_green() && seen.site().unwrap().0 == here(web.address));
    // A web server that is left out is not asked, so nothing is known of it.
    let seen = Case { way: way(), limit: |host| host == "app1", ..Case::new(closed) }.run();
    assert!(seen.verify().starts_with("skipped: this computer cannot reach web directly"), "{}", seen.verify());
    assert_eq!(seen.site(), None);
}

#[test]
fn in_check_mode_a_site_waits_for_what_would_change() {
    let Some(web) = Web::begin(turns) else { return };
    let IpAddr::V4(address) = web.address else { return };
    let [a, b, c, d] = address.octets();
    let closed: IpAddr = [a, b, c, d + 100].into();
    let answer: Answer = Arc::new(|host, _| match host {
        "web" => (vec!["@begin x", "@start 0", "@changed 0", "@end"], Ok(Ended::Status(0))),
        _ => (OK_ONE.to_vec(), Ok(Ended::Status(0))),
    });
    let seen = Case { mode: Mode::Check, answer, ..Case::new(closed) }.run();
    assert_eq!(seen.verify(), "unknown: not known until `run second` is done on web");
}

#[test]
fn what_another_run_breaks_on_purpose_is_not_the_last_word() {
    static BROKEN: AtomicBool = AtomicBool::new(true);
    let page: Page = |n| if BROKEN.load(Ordering::Relaxed) { (502, "", "no") } else { turns(n) };
    let Some(web) = Web::begin(page) else { return };
    // A drill holds the lock of app1, and lets it go when it has made everything whole.
    let drilled: Answer = Arc::new(|host, _| {
        if host == "app1" {
            std::thread::sleep(Duration::from_secs(1));
            BROKEN.store(false, Ordering::Relaxed);
        }
        (OK_ONE.to_vec(), Ok(Ended::Status(0)))
    });
    let seen = Case { mode: Mode::Check, answer: drilled, ..Case::new(web.address) }.run();
    let (_, balance) = seen.site().unwrap();
    assert!(seen.is_green() && balance.holds(), "{balance:?}");
}
