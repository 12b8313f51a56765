//! Everything that labctl reads from somewhere else, as functions that take any bytes. None may panic, hang or fill the memory;
//! and what they give back keeps its promises. Driven for seconds by `cargo test --test hostile`, for hours by `fuzz/`.

use crate::recorded;
use labctl::internals::class::{Roster, parse, parse_roster, with_ids};
use labctl::internals::executor::Transcript;
use labctl::internals::gradebook::{Grade, Gradebook};
use labctl::internals::hosts_file::{HostsEntry, HostsText};
use labctl::internals::inventory;
use labctl::internals::languages::ALL;
use labctl::internals::library::Library;
use labctl::internals::payload::Nothing;
use labctl::internals::plan::Plan;
use labctl::internals::playbook::{order, read, read_text};
use labctl::internals::points::Points;
use labctl::internals::problem::{Location, Source};
use labctl::internals::recording::Recording;
use labctl::internals::report::{html, junit};
use labctl::internals::scope::Scope;
use labctl::internals::table::Table;
use labctl::internals::transport::{ConfigAnswer, HostKeyVerdict, KnownHosts, Listening};
use std::path::Path;
use std::sync::LazyLock;

/// One thing that is read.
pub struct Target {
    /// What it is called on the command line.
    pub name: &'static str,
    /// Good inputs, from which worse ones are made.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Reads it.
    pub run: fn(&[u8]),
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "inventory", seeds: inventories, run: inventory_is_read },
    Target { name: "class", seeds: classes, run: class_is_read },
    Target { name: "roster", seeds: rosters, run: roster_is_read },
    Target { name: "gradebook", seeds: rosters, run: gradebook_is_filled },
    Target { name: "playbook", seeds: playbooks, run: playbook_is_read },
    Target { name: "template", seeds: templates, run: template_is_rendered },
    Target { name: "wire", seeds: scripts, run: script_is_heard },
    Target { name: "hosts", seeds: hosts_files, run: hosts_file_is_edited },
    Target { name: "known_hosts", seeds: known_hosts_files, run: known_hosts_is_judged },
    Target { name: "ssh_config", seeds: ssh_answers, run: ssh_answer_is_read },
    Target { name: "recording", seeds: recordings, run: recording_is_read },
    Target { name: "report", seeds: recordings, run: recording_is_shown },
];

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn files(folder: &str) -> Vec<Vec<u8>> {
    // This file is compiled into the tests here, and into the crate in `fuzz/`.
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = here.ancestors().map(|root| root.join(folder)).find(|path| path.is_dir()).unwrap();
    let mut found: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found.into_iter().filter(|path| path.is_file()).map(|path| std::fs::read(path).unwrap()).collect()
}

fn inventories() -> Vec<Vec<u8>> {
    let mut seeds = files("inventory");
    seeds.push(b"lab: t\nssh: {user: a, jump: 'u@b:22', password: prompt}\nhosts: {h: {address: 10.0.0.1, groups: [app], vars: {x: [1, ~]}}}\ngroups: {app: {vars: &a {b: 1}}}\nvars: {c: *a}\n".to_vec());
    seeds
}

fn inventory_is_read(bytes: &[u8]) {
    let source = Source::new("lab.yaml", text(bytes));
    match inventory::parse(&source, Path::new("lab.yaml"), &[]) {
        Err(problems) => assert!(!problems.to_string().is_empty()),
        Ok(inventory) => {
            static BOOKS: LazyLock<Vec<labctl::internals::playbook::Playbook>> = LazyLock::new(|| {
                let library = Library::shipped();
                let names = order(&library).unwrap();
                names.iter().map(|name| read(name, &library).unwrap()).collect()
            });
            static LIBRARY: LazyLock<Library> = LazyLock::new(Library::shipped);
            for host in inventory.hosts.iter().take(4) {
                assert!(inventory.scope(&host.name).contains_key("app"));
            }
            if let Err(problems) = Plan::new(&inventory, |_| true, &BOOKS, &LIBRARY, &Nothing) {
                assert!(!problems.to_string().is_empty());
            }
        }
    }
}

fn classes() -> Vec<Vec<u8>> {
    vec![
        b"class: a\ninventory: lab.yaml\nroster: roster.csv\nexercise: x\nstart: update\ndue: 2026-12-04T17:00+07:00\nlate: [{within: 24h, keep: 90%}]\nkeep: last\n".to_vec(),
        b"class: a\ninventory: lab.yaml\nstudents:\n  - {id: s01, email: a@b.c, web: '10.0.0.1:22', vars: {app: {port: 1}}, skip: true}\n  - {name: B, vars.x: [1]}\n".to_vec(),
    ]
}

fn class_is_read(bytes: &[u8]) {
    let open = |path: &Path| match path.extension() {
        Some(end) if end == "yaml" => Ok(b"hosts: {web: {groups: [web]}}".to_vec()),
        _ => Ok(b"id,web\ns01,10.0.0.1\n".to_vec()),
    };
    match parse(&Source::new("class.yaml", text(bytes)), Path::new("class.yaml"), &open) {
        Err(problems) => assert!(!problems.to_string().is_empty()),
        Ok(class) => ids_are_unique(&class.roster),
    }
}

fn ids_are_unique(roster: &Roster) {
    let ids: std::collections::BTreeSet<_> = roster.students.iter().map(|student| &student.id).collect();
    assert_eq!(ids.len(), roster.students.len());
}

fn rosters() -> Vec<Vec<u8>> {
    let mut seeds = files("tests/classroom/files");
    seeds.push(b"sep=;\nid;name;email;lms_id;group;due;skip;web;user;key;vars.app.port\ns01;\"B \"\"b\"\"\";b@x;1;A;2026-12-05T17:00Z;yes;10.0.0.1:22;budi;b.pub;3\n".to_vec());
    seeds.push(b"\xff\xfei\0d\0\n\0a\0\n\0".to_vec());
    seeds
}

fn roster_is_read(bytes: &[u8]) {
    match parse_roster("roster.csv", bytes, &["web".parse().unwrap()]) {
        Err(problems) => assert!(!problems.to_string().is_empty()),
        Ok(roster) => {
            ids_are_unique(&roster);
            // Written down, they stay.
            let written = with_ids("roster.csv", bytes, &["web".parse().unwrap()]).unwrap();
            let again = parse_roster("roster.csv", &written, &["web".parse().unwrap()]).unwrap();
            let ids = |roster: &Roster| roster.students.iter().map(|student| student.id.clone()).collect::<Vec<_>>();
            assert_eq!(ids(&again), ids(&roster));
        }
    }
    // What is stored again is what was read, to the byte.
    if let Ok(table) = Table::read("roster.csv", bytes) {
        assert_eq!(table.encoding.write(&table.text), bytes);
    }
}

/// Everybody gets seven points, if they are anybody; a second time changes nothing.
fn gradebook_is_filled(bytes: &[u8]) {
    let Ok(roster) = parse_roster("grades.csv", bytes, &[]) else { return };
    let grade = Grade { points: Points::of(7.0), feedback: Some("=a, \"b\"\\".into()) };
    let grades = roster.students.iter().map(|student| (student.id.clone(), grade.clone())).collect();
    match Gradebook::read("grades.csv", bytes, None) {
        Err(problems) => assert!(!problems.to_string().is_empty()),
        Ok(book) => {
            let filled = book.fill(&roster, &grades);
            let again = Gradebook::read("grades.csv", &filled.bytes, None).unwrap().fill(&roster, &grades);
            assert_eq!((again.bytes, again.changes), (filled.bytes, vec![]));
        }
    }
}

fn playbooks() -> Vec<Vec<u8>> {
    let mut seeds = files("playbooks");
    seeds.push(b"hosts: all\nneeds: [update]\ntasks:\n  - name: a\n    command: {run: \"echo {{ app.name }}\", creates: /x}\n    notify: h\n    timeout: 3s\nhandlers: {h: {run: 'true'}}\n".to_vec());
    seeds
}

fn playbook_is_read(bytes: &[u8]) {
    static LAB: LazyLock<labctl::internals::inventory::Inventory> = LazyLock::new(|| {
        let text = "lab: t\nhosts: {web: {address: 10.0.0.1, groups: [web]}, app1: {address: 10.0.0.2, groups: [app]}}\nvars: {sites: [{domain: a.b, upstream: app}]}\n";
        inventory::parse(&Source::new("t", text), Path::new("t"), &[]).unwrap()
    });
    let source = Source::new("step.yaml", text(bytes));
    match read_text(&"step".parse().unwrap(), &source) {
        Err(problems) => assert!(!problems.to_string().is_empty()),
        Ok(book) => {
            if let Err(problems) = Plan::new(&LAB, |_| true, &[book], &Library::shipped(), &Nothing) {
                assert!(!problems.to_string().is_empty());
            }
        }
    }
}

fn templates() -> Vec<Vec<u8>> {
    let mut seeds = files("templates/nginx");
    seeds.extend(files("templates/pm2"));
    seeds.push(b"{% for x in list %}{{ loop.index }} {{ x | upper }}\n{% else %}{% endfor %}{% macro m(a) %}{{ a }}{% endmacro %}{{ m(app.name) | word }}{# c #}{{ range(9) | join(',') ~ app | tojson }}".to_vec());
    seeds
}

fn template_is_rendered(bytes: &[u8]) {
    let mut library = Library::default();
    library.add_template("t", &text(bytes));
    let names = serde_json::json!({
        "lab": "t", "app": {"name": "it's", "port": 3000, "env": {"A": "b"}, "dir": "~/x", "start": "npm start"},
        "list": ["a", "b"], "site": {"domain": "a.b", "servers": [{"socket": "10.0.0.1:1", "weight": 1}]}, "hosts": [],
    });
    let scope = Scope::new(names.as_object().unwrap().clone(), &library);
    let location = Location { source: Source::new("x", "x"), span: 0..1 };
    match scope.template("t", &location) {
        Err(problem) => assert!(!problem.to_string().is_empty()),
        Ok(rendered) => assert!(rendered.lines.iter().all(|line| *line <= rendered.template.text.lines().count() + 1)),
    }
}

fn scripts() -> Vec<Vec<u8>> {
    vec![
        b"motd\n\x1ek begin debian 12 x86_64\n\x1ek fact clock 1\n\x1ek held x since 1\n\x1ek start 0\n\x1ek live 0 x\n\x1ek diff 0\n-a\n+b\n\x1ek out 0\nhello\x1ek note 0 n\n\x1ek changed 0\n\x1ek end\n".to_vec(),
        b"\x1ek begin x\n\x1ek need 4 repo-1 abc def\n\x1ek unknown 4\n\x1ek failed 5 exit 2\n\x1ek skipped 6\n\x1ek stop why\n".to_vec(),
    ]
}

fn script_is_heard(bytes: &[u8]) {
    let mut transcript = Transcript::new("k", 0..8);
    let mut ended = false;
    for line in bytes.split(|byte| *byte == b'\n') {
        assert!(!ended, "what follows the end is not heard");
        ended = transcript.take_line(line, &mut |_, _| {}) == Listening::Done;
        if ended {
            break;
        }
    }
    // Nothing but the whole word of the engine is an end.
    let said = bytes.windows(6).any(|word| word == b"\x1ek end");
    assert!(said || !transcript.ended);
    assert!(transcript.before.len() <= 100);
    for task in transcript.tasks.values() {
        assert!(task.output.len() <= 1 << 20 && task.diff.len() <= 1 << 20);
    }
}

fn hosts_files() -> Vec<Vec<u8>> {
    vec![
        b"127.0.0.1 localhost\n::1 ip6-localhost # x\n".to_vec(),
        b"\xEF\xBB\xBF127.0.0.1\tlocalhost\r\n# BEGIN labctl t\r\n10.0.0.1 a.b\r\n# END labctl t\r\n10.0.0.9 other a.b"
            .to_vec(),
        b"# BEGIN labctl u\n10.0.0.1 c.d\n# END labctl u\n# BEGIN labctl t\n".to_vec(),
    ]
}

fn hosts_file_is_edited(bytes: &[u8]) {
    let entries: Vec<HostsEntry> = ["a.b", "c.d"]
        .iter()
        .map(|name| HostsEntry { address: "10.0.0.1".parse().unwrap(), name: (*name).to_owned() })
        .collect();
    let Ok(edited) = HostsText::parse(bytes).apply("t", &entries) else { return };
    let again = HostsText::parse(&edited).apply("t", &entries);
    assert_eq!(again.as_ref(), Ok(&edited), "a second time changes nothing");
    let had = HostsText::parse(bytes).block("t");
    if had == Ok(None) {
        let back = HostsText::parse(&edited).remove("t");
        assert_eq!(back.as_deref(), Ok(bytes), "what was there comes back to the byte");
    }
}

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

fn known_hosts_files() -> Vec<Vec<u8>> {
    vec![
        format!("# c\nweb,10.0.0.1 {KEY}\n[web]:2222 {KEY} comment\n").into_bytes(),
        format!("@revoked * {KEY}\n@cert-authority *.b,!c.b {KEY}\n").into_bytes(),
        format!("|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= {KEY}\r\n").into_bytes(),
    ]
}

fn known_hosts_is_judged(bytes: &[u8]) {
    static OURS: LazyLock<russh::keys::PublicKey> = LazyLock::new(|| KEY.parse().unwrap());
    let known = KnownHosts::parse(bytes);
    for (host, port) in [("web", 22), ("web", 2222), ("a.b", 22)] {
        let verdict = known.check(host, port, &OURS);
        let named = !known.algorithms(host, port).is_empty();
        // A key is trusted for what stands in the file, and for nothing else.
        assert!(verdict != HostKeyVerdict::Trusted || named || port != 22);
        assert!(known.pinned(host, port).is_empty() != named);
        let _ = known.has_authority(host, port);
    }
}

fn ssh_answers() -> Vec<Vec<u8>> {
    vec![
        b"user student\nhostname 10.0.0.1\nport 2222\nidentityfile ~/.ssh/id_ed25519\nidentitiesonly yes\nproxyjump u@b:22\n".to_vec(),
        b"host web\nuser \nport 99999\nproxyjump none\nidentityfile ~/.ssh/id_rsa\nidentityfile ~/.ssh/id_dsa\n".to_vec(),
    ]
}

fn ssh_answer_is_read(bytes: &[u8]) {
    let text = text(bytes);
    assert_eq!(ConfigAnswer::parse(&text), ConfigAnswer::parse(&text));
}

fn recordings() -> Vec<Vec<u8>> {
    let two = [recorded::up(recorded::HOSTILE), recorded::drills("")];
    two.iter().map(|kinds| recorded::written(kinds).into_bytes()).collect()
}

fn recording_is_read(bytes: &[u8]) {
    if let Ok(recording) = Recording::read("r", bytes) {
        assert!(!recording.events.is_empty() && recording.whole == recording.remarks.is_empty());
    }
}

fn recording_is_shown(bytes: &[u8]) {
    let Ok(recording) = Recording::read("r", bytes) else { return };
    let pages = ALL.iter().map(|language| html(&recording, "r", language));
    for shown in pages.chain([junit(&recording, "r")]).flatten() {
        let stray = shown.chars().find(|c| c.is_control() && !"\n\t\r".contains(*c));
        assert_eq!(stray, None, "nothing that a terminal or a parser would obey");
    }
}
