//! `labctl status` and `labctl graph --live` on real machines: well, with an application stopped, with a machine off.

use super::class::Class;
use super::docs::the_commands_of_the_docs;
use super::seen::{Running, Seen, interrupt};
use labctl::internals::event::Kind;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

#[test]
fn how_everything_is() {
    let Some(class) = Class::prepared("graphstatus") else { return };
    let up = class.labctl(&["up"]);
    assert_eq!(up.code, 0, "{up}");

    everything_is_well(&class);
    nothing_is_touched(&class);
    the_events_are_printed(&class);
    watching_ends_with_ctrl_c(&class);
    the_commands_of_the_docs(&class);
    a_stopped_application_is_named(&class);
    a_machine_that_is_off(&class);

    let down = class.labctl(&["down"]);
    assert_eq!(down.code, 0, "{down}");
    class.assert_nothing_left();
}

fn row<'a>(seen: &'a Seen, begin: &[&str]) -> &'a str {
    let fits = |line: &&str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.starts_with(begin)
    };
    seen.out.lines().find(fits).unwrap_or_else(|| panic!("no line {begin:?}: {seen}"))
}

/// Whether this computer counts the memory of a container: one of the sandbox has no other that is its own.
fn counts_memory(class: &Class, host: &str) -> bool {
    class.on(host, "test -e /sys/fs/cgroup/memory.current && echo yes || true").trim() == "yes"
}

fn everything_is_well(class: &Class) {
    let status = class.labctl(&["status"]);
    assert_eq!(status.code, 0, "{status}");
    for cell in [["update", "web"], ["pm2", "app2"], ["verify", "controller"], ["hosts", "controller"]] {
        assert!(row(&status, &cell).ends_with(" ok"), "{status}");
    }
    assert!(row(&status, &["machine", "memory", "disk", "/", "load", "up", "clock"]).len() > 40);
    for host in ["web", "app1", "app2"] {
        let machine = row(&status, &[host]);
        let sizes = if counts_memory(class, host) { 2 } else { 1 };
        assert!(machine.matches("iB").count() == sizes && machine.contains("right (± "), "{status}");
    }
    assert!(row(&status, &["✓", "web"]).ends_with("nginx: runs, and has loaded what is on disk"), "{status}");
    assert!(row(&status, &["✓", "app2"]).ends_with("http://127.0.0.1:3000/: 200"), "{status}");
    let both = row(&status, &["✓", "http://demo.lab.test/"]);
    assert!(both.contains("app1") && both.contains("app2"), "{status}");
    assert!(row(&status, &["✓", "http://app1.lab.test/"]).ends_with("answered by app1"), "{status}");

    let graph = class.labctl(&["graph", "--live"]);
    assert!(graph.code == 0 && !graph.out.contains('✗') && !graph.out.contains('?'), "{graph}");
    let plain = class.labctl(&["graph", "--as", "svg", "-o", "lab.svg"]);
    assert!(plain.code == 0 && plain.out.is_empty(), "{plain}");
    assert!(class.read("lab.svg").contains(class.address("app2")));
}

fn nothing_is_touched(class: &Class) {
    let before = class.fingerprint();
    assert_eq!(class.labctl(&["status"]).code, 0);
    assert!(before == class.fingerprint(), "looking changes nothing");
}

fn the_events_are_printed(class: &Class) {
    let json = class.labctl(&["status", "--format", "json"]);
    let events: Vec<labctl::internals::event::Event> =
        json.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut facts = Vec::new();
    for event in &events {
        match &event.kind {
            Kind::HostFact { host, key, .. } => facts.push(format!("{host} {key}")),
            Kind::SiteBalanced { host, balance, .. } => facts.push(format!("{host} balance of {}", balance.site)),
            _ => {}
        }
    }
    let memory = facts.iter().filter(|fact| *fact == "web memory_total_kb").count();
    assert_eq!(memory, usize::from(counts_memory(class, "web")), "{facts:?}");
    for wanted in ["app1 disk_used_kb", "app2 clock_ms", "app2 app.demo", "controller balance of demo.lab.test"] {
        assert_eq!(facts.iter().filter(|fact| *fact == wanted).count(), 1, "{wanted}: {facts:?}");
    }
    assert!(!class.labctl(&["check", "--format", "json"]).out.contains("host_fact"), "nobody asked");
}

/// `labctl status --watch` into a file, which can be read while it goes on: how long a look takes is this computer's affair.
struct Watch {
    running: Running,
    file: PathBuf,
}

impl Watch {
    fn begin(class: &Class) -> Self {
        let file = class.path("watched");
        let out = fs::File::create(&file).unwrap();
        let command = class.command(&["status", "--watch=1"]).stdout(out).stderr(Stdio::piped()).spawn();
        Self { running: Running(Some(command.unwrap())), file }
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.file).unwrap()
    }

    /// How many looks have been printed, the last of them perhaps in part.
    fn looks(&self) -> usize {
        self.text().matches("every 1 s").count()
    }

    fn interrupted(mut self) -> Seen {
        interrupt(&self.running);
        let seen = Seen::of(self.running.wait_with_output_within(Duration::from_secs(20)));
        Seen { out: self.text(), ..seen }
    }
}

fn watching_ends_with_ctrl_c(class: &Class) {
    let watch = Watch::begin(class);
    class.until("two looks", || watch.looks() >= 2);
    let seen = watch.interrupted();
    assert_eq!(seen.code, 130, "{seen}");
    assert!(!seen.out.contains('\u{1b}'), "plain blocks: {seen}");
    assert!(seen.out.ends_with(" s\n\n") && seen.err.is_empty(), "the last block is whole: {seen}");
}

fn a_stopped_application_is_named(class: &Class) {
    class.on("app2", "pm2 -s stop demo");
    let status = class.labctl(&["status"]);
    assert_eq!(status.code, 3, "{status}");
    assert!(row(&status, &["pm2", "app2"]).ends_with("would change  run the application"), "{status}");
    assert!(row(&status, &["verify", "controller", "unknown"]).contains("app2"), "{status}");
    assert!(row(&status, &["✗", "app2"]).ends_with("demo: no process under pm2"), "{status}");
    assert!(row(&status, &["✗", "http://demo.lab.test/"]).contains("only by app1 of: app1 app2"), "{status}");
    assert!(row(&status, &["✓", "http://app1.lab.test/"]).ends_with("answered by app1"), "{status}");
    assert!(status.out.contains("make it so with: labctl up "), "{status}");
    let graph = class.labctl(&["graph", "--live"]);
    assert!(graph.out.contains("✗ app2") && graph.out.contains("✓ app1"), "{graph}");
}

fn a_machine_that_is_off(class: &Class) {
    let patient = class.read("inventory.yaml");
    class.write("inventory.yaml", &patient.replace("hosts:", "ssh: { connect_timeout: 4s }\nhosts:"));
    let watch = Watch::begin(class);
    // The first is whole when the second begins.
    class.until("a look with all machines", || watch.looks() >= 2);
    class.power_off("app2");
    let status = class.labctl(&["status"]);
    assert_eq!(status.code, 4, "{status}");
    assert!(row(&status, &["pm2", "app2"]).ends_with(" unreachable"), "{status}");
    assert!(row(&status, &["app2", "unreachable:"]).len() > 20, "{status}");
    assert!(row(&status, &["pm2", "app1"]).ends_with(" ok"), "{status}");
    let last_look = |text: &str| text.rsplit("every 1 s").next().unwrap_or_default().to_owned();
    class.until("a look without the machine", || last_look(&watch.text()).contains("unreachable:"));
    let seen = watch.interrupted();
    let first = seen.out.split("every 1 s").nth(1).unwrap();
    assert!(!first.contains("unreachable:") && seen.out.contains("unreachable:"), "a kept login is tried: {seen}");
}
