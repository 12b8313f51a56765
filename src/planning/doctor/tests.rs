//! From facts to findings, for what no test machine can break for real, and for what must not be found.

use super::*;
use crate::model::balance::parse;
use crate::model::event::{Event, Kind, Outcome, TaskRef, TaskResult};
use crate::model::problem::Source;
use crate::model::unreachable::samples::{endpoint, samples};
use crate::model::unreachable::*;
use std::path::Path;

fn lab() -> Inventory {
    let text = "lab: t\nhosts:\n  web: {address: 10.0.0.1, groups: [web]}\n  app1: {address: 10.0.0.2, groups: [app]}\n  app2: {address: 10.0.0.3, groups: [app]}\nvars:\n  app: {name: demo, port: 3000}\n  sites: [{domain: a.b, upstream: app}]\n";
    crate::config::inventory::parse(&Source::new("t.yaml", text), Path::new("t.yaml"), &[]).unwrap()
}

#[cfg(unix)] // what is typed is tried with sh and sed
#[path = "absent_tests.rs"]
mod absent;
#[path = "astray_tests.rs"]
mod astray;
#[cfg(unix)] // as above
#[path = "circles_tests.rs"]
mod circles;
#[path = "edited_tests.rs"]
mod edited;
#[cfg(unix)] // as above
#[path = "edits_tests.rs"]
mod edits;
#[path = "found_tests.rs"]
mod found;
#[path = "keeps_tests.rs"]
mod keeps;
#[path = "kinds_tests.rs"]
mod kinds;
#[path = "names_tests.rs"]
mod names;
#[path = "put_back_tests.rs"]
mod put_back;
#[cfg(unix)] // as above
#[path = "shut_tests.rs"]
mod shut;
#[path = "ways_tests.rs"]
mod ways;

const OFF: &str = r#"{"stage":"words","reason":"off","hints":[]}"#;

const CONF: &[&str] = &[
    "/etc/nginx/nginx.conf\t1\tevents { worker_connections 768; }",
    "/etc/nginx/nginx.conf\t2\thttp {",
    "/etc/nginx/nginx.conf\t3\tinclude dumbways/*.conf; # the lab's",
    "/etc/nginx/nginx.conf\t4\t}",
    "/etc/nginx/dumbways/a.conf\t1\tupstream two { server 10.0.0.2:3000; server 10.0.0.3:3000 weight=2; }",
    "/etc/nginx/dumbways/a.conf\t2\tserver { listen 80; server_name a.b;",
    "/etc/nginx/dumbways/a.conf\t3\t    location /api { proxy_pass http://10.9.9.9:1/; }",
    "/etc/nginx/dumbways/a.conf\t4\t    location / { proxy_pass http://two; } }",
];

/// app2 of the healthy lab, with these facts instead; the first finding's cause, and what is typed.
fn first(facts: &[(&str, &str)]) -> (&'static str, Vec<String>) {
    let facts: Vec<(&str, &str, &str)> = facts.iter().map(|(key, value)| ("app2", *key, *value)).collect();
    let findings = diagnose(&lab(), &evidence(&facts));
    let Some(first) = findings.first() else { return ("none", Vec::new()) };
    assert_eq!(first.host.as_str(), "app2", "{first:?}");
    (first.cause, first.next.iter().map(|next| next.command.clone()).collect())
}

const DOWN: (&str, &str) = ("see.local.3000", "7 000 other |refused");
const NOBODY: (&str, &str) = ("see.listen#0001", "LISTEN 0 511 0.0.0.0:22 0.0.0.0:* users:((\"sshd\",pid=9,fd=3))");

/// What a healthy lab says; `more` comes after it and wins.
fn evidence(more: &[(&str, &str, &str)]) -> Evidence {
    let mut facts: Vec<(String, String, String)> = Vec::new();
    let mut fact = |host: &str, key: &str, value: &str| facts.push((host.into(), format!("see.{key}"), value.into()));
    for host in ["app1", "app2"] {
        fact(host, "pm2.user", "student");
        fact(host, "pm2.daemon.student", "50");
        fact(host, "pm2.boot.student", "enabled active");
        fact(host, "pm2.saved.student#0001", "demo");
        fact(
            host,
            "pm2.app.student.0",
            r#"{"name":"demo","pid":60,"status":"online","since":900000,"cwd":"/home/student/demo"}"#,
        );
        fact(host, "local.3000", "0 200 lab |");
        for (n, tool) in
            ["node /usr/bin/node", "npm /usr/bin/npm", "pm2 /usr/local/bin/pm2", "version v18.20.4"].iter().enumerate()
        {
            fact(host, &format!("tool#{n:04}"), tool);
        }
        fact(host, "listen#0001", "LISTEN 0 511 0.0.0.0:3000 0.0.0.0:* users:((\"node\",pid=62,fd=19))");
        for (n, line) in [
            "1 0 root Ss 9000 /sbin/init",
            "50 1 student Ssl 900 PM2 v5.4.3: God Daemon (/home/student/.pm2)",
            "60 50 student Sl 900 npm start",
            "62 60 student Sl 900 node src/index.js",
        ]
        .iter()
        .enumerate()
        {
            fact(host, &format!("process#{n:04}"), line);
        }
        fact(host, "disk#0001", "/ 20000000 9000000");
        fact(host, "checkout#0001", "/home/student/demo\t-md\tstudent\tnode src/index.js");
    }
    fact("web", "nginx.test", "0");
    fact("web", "nginx.unit", "loaded active enabled");
    fact("web", "process#0001", "70 1 root Ss 900 nginx: master process /usr/sbin/nginx");
    fact("web", "listen#0001", "LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:((\"nginx\",pid=70,fd=6))");
    fact("web", "ask.a.b", "0 200 lab 10.0.0.2:3000|");
    for socket in ["10.0.0.2:3000", "10.0.0.3:3000"] {
        fact("web", &format!("reach.{socket}"), "0 200 lab |");
    }
    for (n, line) in CONF.iter().enumerate() {
        fact("web", &format!("nginx.conf#{n:05}"), line);
    }
    let mut evidence = Evidence::default();
    let hosts: Vec<HostName> = ["web", "app1", "app2", "controller"].map(|host| host.parse().unwrap()).to_vec();
    let mut add = |kind| evidence.add(&Event { at_ms: 0, kind });
    let (version, steps, lab) = (String::new(), Vec::new(), "t".parse().unwrap());
    add(Kind::RunStarted {
        version,
        lab,
        mode: crate::model::event::Mode::Check,
        steps,
        hosts,
        started: 0,
        shard: None,
    });
    for host in ["web", "app1", "app2"] {
        let task = TaskRef::new(host.parse().unwrap(), "doctor".parse().unwrap(), "look");
        let outcome = if more.contains(&(host, "blind", "yes")) { Outcome::Changed } else { Outcome::Ok };
        add(Kind::TaskFinished { result: TaskResult::new(task, outcome) });
    }
    let more = more.iter().map(|(host, key, value)| ((*host).to_owned(), (*key).to_owned(), (*value).to_owned()));
    for (host, key, value) in facts.into_iter().chain(more) {
        let host: HostName = host.parse().unwrap();
        add(match key.as_str() {
            "unreachable" => Kind::HostUnreachable { host, why: serde_json::from_str(&value).unwrap() },
            "balance.a.b" => {
                Kind::SiteBalanced { host, web: None, seen_from: None, balance: parse("a.b", &value).unwrap() }
            }
            _ => Kind::HostFact { host, key, value },
        });
    }
    add(Kind::RunFinished { took_ms: 1, interrupted: false });
    evidence.outside.insert("a.b".into(), Ok(200));
    evidence
}

fn found(more: &[(&str, &str, &str)]) -> Vec<(&'static str, String)> {
    diagnose(&lab(), &evidence(more)).into_iter().map(|finding| (finding.cause, finding.host.to_string())).collect()
}

fn one(cause: &'static str, host: &str) -> Vec<(&'static str, String)> {
    vec![(cause, host.to_owned())]
}

#[test]
fn a_lab_that_serves_has_no_finding_whoever_made_it() {
    assert_eq!(found(&[]), []);
    // Another port than the inventory's, on both sides of the wire, is not a mistake.
    let other = [
        ("app2", "see.listen#0001", "LISTEN 0 511 *:8080 *:* users:((\"node\",pid=62,fd=19))"),
        ("app2", "see.local.3000", "7 000 other |refused"),
        (
            "app2",
            "see.pm2.app.student.0",
            r#"{"name":"npm","pid":60,"status":"online","since":900000,"cwd":"/home/student/x"}"#,
        ),
        ("app2", "see.pm2.saved.student#0001", "npm"),
        (
            "web",
            "see.nginx.conf#00004",
            "/etc/nginx/dumbways/a.conf\t1\tupstream two { server 10.0.0.2:3000; server 10.0.0.3:8080; }",
        ),
        ("web", "see.reach.10.0.0.3:8080", "0 200 lab |"),
    ];
    assert!(
        !found(&other)
            .iter()
            .any(|(cause, _)| matches!(*cause, "app-other-port" | "upstream-port" | "upstream-address")),
        "{:?}",
        found(&other)
    );
}

#[test]
fn a_killed_application_is_a_want_of_memory_only_while_it_does_not_serve() {
    let killed =
        ("app1", "see.killed#0001", "/sys/fs/cgroup/system.slice/pm2-student.service/memory.events:oom_kill 4");
    assert_eq!(found(&[killed]), [], "long ago");
    let down = ("app1", "see.local.3000", "7 000 other |refused");
    assert_eq!(found(&[killed, down]), one("memory-killed", "app1"));
    let kernel = ("app1", "see.kernel#0001", "[  9.1] Out of memory: Killed process 62 (node)");
    assert_eq!(found(&[kernel, down]), one("memory-killed", "app1"));
}

#[test]
fn a_clock_is_wrong_when_it_is_further_off_than_could_be_measured() {
    let clock = |ms, margin| [("app2", "clock_ms", ms), ("app2", "clock_margin_ms", margin)];
    assert_eq!(found(&clock("-29000", "100")), []);
    assert_eq!(found(&clock("-90000", "70000")), []);
    assert_eq!(found(&clock("-90000", "100")), one("clock-wrong", "app2"));
    assert_eq!(found(&clock("90000", "100")), one("clock-wrong", "app2"));
}

/// What the doctor makes of a host that cannot be worked on: the cause, and what to type.
fn unreachable(why: &Unreachable) -> (&'static str, Vec<String>) {
    let json = serde_json::to_string(why).unwrap();
    let findings = diagnose(&lab(), &evidence(&[("app1", "unreachable", &json)]));
    let [finding] = &findings[..] else { panic!("{json}: {findings:?}") };
    // What the inventory says is wrong here, and for every machine.
    let host = if evidence::missing_key(why).is_some() { "controller" } else { "app1" };
    assert_eq!((finding.host.as_str(), finding.unreachable.as_ref()), (host, Some(why)));
    (finding.cause, finding.next.iter().map(|next| format!("{}: {}", next.on, next.command)).collect())
}

#[test]
fn every_reason_has_one_cause_and_a_next_command() {
    for why in samples() {
        let (cause, next) = unreachable(&why);
        assert!(!next.is_empty(), "{cause}: {why:?}");
        assert!(cause != "host-lost" || !next[0].contains("trust"), "{why:?}");
    }
}

fn host_key(why: HostKeyFailure) -> Unreachable {
    Unreachable::HostKey { at: endpoint(), why: Box::new(why) }
}

/// Each of these was taken for something else when the doctor read sentences: "host key" stood for a changed key, "within"
/// for a silent machine, and of a bastion the words of its host were said.
#[test]
fn a_reason_is_not_taken_for_another_one() {
    let (file, error) = ("/lab/known_hosts".to_owned(), "Permission denied (os error 13)".to_owned());
    let (host, shown): (HostName, _) = ("app1".parse().unwrap(), "SHA256:a".to_owned());
    let not_trusting = [
        (host_key(HostKeyFailure::FileNotWritable { file: file.clone(), error: error.clone() }), "known-hosts-file"),
        (host_key(HostKeyFailure::FileUnreadable { file: file.clone(), error }), "known-hosts-file"),
        (host_key(HostKeyFailure::Revoked { file: file.clone(), line: 1, shown: shown.clone() }), "host-key-refused"),
    ];
    for (why, cause) in not_trusting {
        let (found, next) = unreachable(&why);
        assert_eq!(found, cause);
        assert!(!next.iter().any(|next| next.contains("labctl trust")), "{next:?}");
    }
    let unknown = HostKeyFailure::Unknown { file, shown, skipped: Vec::new(), host, inventory: None };
    let (cause, next) = unreachable(&host_key(unknown));
    assert_eq!(cause, "host-key-unknown");
    assert!(next[0].starts_with("app1: ssh-keygen -lf"), "it is compared before it is trusted: {next:?}");

    let config = SshConfigFailure::Timeout { seconds: 10 };
    let config = Unreachable::Setup { why: SetupFailure::SshConfig { address: "app1".into(), why: config } };
    assert_eq!(unreachable(&config), ("ssh-config", vec!["controller: ssh -G 'app1'".to_owned()]));
    let nobody = Unreachable::Setup { why: SetupFailure::NoUser { address: "app1".into() } };
    assert_eq!(unreachable(&nobody).0, "login-unclear");
    let secret = |why| NoSecret { what: SecretUse::Password { user: "student".into() }, why };
    assert_eq!(unreachable(&secret(SecretFailure::CommandTimeout { seconds: 120 }).into()).0, "login-secret");
    let at = endpoint;
    let dns = Unreachable::Connection { at: at(), why: ConnectionFailure::NameServerSilent { waited_ms: 10_000 } };
    assert_eq!(unreachable(&dns).0, "name-server-silent");
    for why in [HandshakeFailure::NoGreeting { waited_ms: 1 }, HandshakeFailure::KeyExchangeSilent { waited_ms: 1 }] {
        assert_eq!(unreachable(&Unreachable::Handshake { at: at(), why }).0, "ssh-failing");
    }
    let slow = Unreachable::Login { at: at(), why: Box::new(LoginFailure::Silent { waited_ms: 10_000 }) };
    assert_eq!(unreachable(&slow).0, "ssh-failing");

    let refused = Unreachable::Connection { at: at(), why: ConnectionFailure::Refused };
    assert_eq!(unreachable(&refused).0, "ssh-refused");
    let (cause, next) = unreachable(&Unreachable::Bastion { why: Box::new(refused) });
    assert_eq!(cause, "bastion-fails");
    assert!(next.iter().all(|next| next.starts_with("controller: ssh -p 2222 student@10.0.0.7")), "{next:?}");
}

#[test]
fn what_the_transport_says_has_one_cause_each() {
    let at = endpoint;
    let connection = |why| Unreachable::Connection { at: at(), why };
    let denied = LoginFailure::Denied {
        tried: vec!["key".into()],
        passed_over: Vec::new(),
        takes: vec!["publickey".into()],
        own_key: None,
        password: false,
    };
    let key = LoginFailure::Key { key: KeyFailure::Locked { file: "/k".into() } };
    for (why, cause) in [
        (connection(ConnectionFailure::Unresolved { error: "not known".into() }), "host-unknown"),
        (connection(ConnectionFailure::Refused), "ssh-refused"),
        (
            Unreachable::Handshake { at: at(), why: HandshakeFailure::NotSsh { output: "HTTP/1.1".into() } },
            "ssh-refused",
        ),
        // Its application answers the web server.
        (connection(ConnectionFailure::Silent { waited_ms: 10_000 }), "ssh-dropped"),
        (connection(ConnectionFailure::NoRoute { error: "os error 113".into() }), "host-silent"),
        (connection(ConnectionFailure::Forbidden { error: "os error 1".into() }), "outgoing-blocked"),
        (Unreachable::Login { at: at(), why: Box::new(denied) }, "login-denied"),
        (Unreachable::Login { at: at(), why: Box::new(key) }, "login-secret"),
        (
            Unreachable::Root { why: RootFailure::WantsPassword, output: "sudo: a password is required".into() },
            "sudo-denied",
        ),
        (Unreachable::Script { why: ScriptFailure::NotRoot { folder: "/run/labctl/t".into() } }, "sudo-denied"),
        (Unreachable::Script { why: ScriptFailure::BrokeOff { status: Some(1) } }, "host-lost"),
        (Unreachable::Words { reason: "the host key has changed".into(), hints: Vec::new() }, "host-lost"),
    ] {
        assert_eq!(unreachable(&why).0, cause, "{why:?}");
    }
}

/// Only one of two servers answers.
const COUNT: &str = "round_robin 200 10.0.0.2:3000=app1=1=96=104=200 10.0.0.3:3000=app2=1=96=104=0";

#[test]
fn nginx_that_has_not_loaded_its_files_says_so() {
    let nginx = |output| found(&[("web", "nginx", output)]);
    assert_eq!(nginx("stale runs, but has not loaded what is on disk"), one("not-reloaded", "web"));
    assert_eq!(nginx("ok runs, and has loaded what is on disk"), []);
}

#[test]
fn a_firewall_cuts_the_connection_and_a_slow_application_does_not() {
    let met = |error: VisitError| {
        let mut evidence = evidence(&[]);
        evidence.outside.insert("a.b".into(), Err(error));
        diagnose(&lab(), &evidence).into_iter().map(|finding| finding.cause).collect::<Vec<_>>()
    };
    for error in [VisitError::ConnectTimeout, VisitError::NoRoute, VisitError::Refused, VisitError::Reset] {
        assert_eq!(met(error.clone()), ["firewall-web"], "{error:?}");
    }
    assert_eq!(met(VisitError::AnswerTimeout), ["site-fails"]);
}

#[test]
fn a_site_that_fails_is_never_passed_over() {
    let fails = ("web", "see.ask.a.b", "0 500 other |");
    assert_eq!(found(&[fails]), one("site-fails", "web"));
    let stranger = ("web", "see.ask.a.b", "0 200 other |");
    assert_eq!(found(&[stranger]), one("site-fails", "web"));
    let left = ("web", "balance.a.b", COUNT);
    assert_eq!(found(&[left]), one("backend-ejected", "web"));
}

#[test]
fn consequences_stand_behind_their_cause() {
    let all = [
        ("app2", "see.pm2.app.student.0", r#"{"name":"demo","status":"stopped"}"#),
        ("app2", "see.local.3000", "7 000 other |refused"),
        ("app2", "see.listen#0001", "LISTEN 0 511 0.0.0.0:22 0.0.0.0:* users:((\"sshd\",pid=9,fd=3))"),
        ("web", "balance.a.b", COUNT),
        ("app1", "see.pm2.boot.student", "disabled active"),
    ];
    let findings = diagnose(&lab(), &evidence(&all));
    let shown: Vec<_> =
        findings.iter().map(|f| (f.cause, f.consequences.iter().map(|s| s.cause).collect::<Vec<_>>())).collect();
    assert_eq!(shown, [("app-stopped", vec!["backend-ejected"]), ("pm2-not-at-boot", vec![])]);
}

#[test]
fn what_was_not_seen_to_the_end_is_known() {
    let blind =
        |more: &[(&str, &str, &str)]| evidence(more).blind().iter().map(|host| host.to_string()).collect::<Vec<_>>();
    assert_eq!(blind(&[]), Vec::<String>::new());
    assert_eq!(blind(&[("app2", "blind", "yes")]), ["app2"]);
    assert_eq!(blind(&[("app2", "blind", "yes"), ("app2", "unreachable", OFF)]), Vec::<String>::new());
}

#[test]
fn every_cause_has_a_name_of_its_own() {
    let mut names: Vec<&str> = causes::all().map(|cause| cause.name).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert!(names.len() == all && all >= 45, "{all}");
}

#[test]
fn hostile_facts_are_only_facts() {
    let strange = [
        ("web", "see.nginx.conf#00009", "}}}}{{{{;;;;\t\t"),
        ("web", "see.nginx.conf#00010", "/etc/nginx/nginx.conf\t9\tinclude nginx.conf; } } server { \"open"),
        ("app1", "see.pm2.app.student.7", "{\"name\": 5"),
        ("app1", "see.process#0009", "9 9 loop S 1 its own parent"),
        ("app1", "see.listen#0009", "LISTEN : : :"),
        ("app1", "see.disk#0002", "/home x y"),
        ("web", "see.ask.a.b", "what is this"),
    ];
    assert_eq!(found(&strange), []);
}

/// What no container can break for real: these are tested here, from facts.
#[test]
fn files_of_nginx_beside_each_other_are_told_apart() {
    let line = |n: usize, text: &'static str| ("web", ["see.nginx.conf#00020", "see.nginx.conf#00021"][n], text);
    let labctl = line(
        0,
        "/etc/nginx/dumbways/a.b.conf\t2\tserver { listen 80; server_name a.b; location / { proxy_pass http://two; } }",
    );
    let causes = |more: &[(&str, &str, &str)]| found(more).into_iter().map(|(cause, _)| cause).collect::<Vec<_>>();
    // Read before labctl's own, or on the exact address; and one that loses is no trouble.
    assert_eq!(causes(&[labctl]), ["site-twice"]);
    let exact = "/etc/nginx/dumbways/zz\t1\tserver { listen 10.0.0.1:80; server_name a.b; location / { proxy_pass http://two; } }";
    assert_eq!(
        causes(&[
            labctl,
            line(1, exact),
            ("web", "see.nginx.conf#00002", "/etc/nginx/nginx.conf\t3\tinclude dumbways/*;")
        ]),
        ["site-twice"]
    );
    let mistake = diagnose(&lab(), &evidence(&[labctl])).remove(0);
    let shown = format!("{} {:?}", mistake.sentence.english(), mistake.next);
    for words in [
        "/etc/nginx/dumbways/a.conf answers",
        "labctl's /etc/nginx/dumbways/a.b.conf is never used",
        "labctl up --take-over -i ",
    ] {
        assert!(shown.contains(words), "{shown}");
    }
    // Without a file of labctl's, two that lead to the lab are nobody's trouble.
    let own = line(
        0,
        "/etc/nginx/dumbways/b.conf\t2\tserver { listen 80; server_name a.b; location / { proxy_pass http://two; } }",
    );
    assert_eq!(causes(&[own]), Vec::<&str>::new());
    // The domain of before, in labctl's own file; in somebody's own it is a slip.
    let renamed =
        ("web", "see.nginx.conf#00005", "/etc/nginx/dumbways/a.conf\t2\tserver { listen 80; server_name a.bb;");
    let (ours, theirs) = (
        ("web", "see.nginx.stale#1001", "/etc/nginx/dumbways/a.conf"),
        ("web", "see.nginx.loaded#0001", "/etc/nginx/dumbways/a.conf"),
    );
    let none = ("web", "see.ask.a.b", "0 404 other |");
    assert_eq!(causes(&[renamed, ours, theirs, none])[0], "domain-changed");
    assert_eq!(causes(&[renamed, theirs, none])[0], "server-name");
    // Running, it is not reported twice.
    let off = line(0, "/etc/nginx/nginx.conf\t9\tdaemon off;");
    let stopped =
        [("web", "see.process#0001", "70 1 root S 900 sleep"), ("web", "see.nginx.unit", "loaded failed enabled")];
    assert_eq!(causes(&[off]), Vec::<&str>::new());
    assert_eq!(causes(&[off, stopped[0], stopped[1]])[0], "daemon-off");
    assert_eq!(causes(&[stopped[0], stopped[1]])[0], "nginx-stopped");
}

const FROM_FACTS: &[&str] = &[
    "addresses-swapped",
    "ssh-config",
    "login-unclear",
    "host-unknown",
    "name-server-silent",
    "ssh-failing",
    "bastion-fails",
    "outgoing-blocked",
    "login-path",
    "host-lost",
    "firewall-answers",
    "folder-shut",
    "memory-killed",
    "clock-wrong",
    "ssh-unit-refused",
    "pm2-unit-refused",
    "package-source",
    "package-unfinished",
    "tool-shut",
    "app-ownership",
    "app-other-program",
    "daemon-off",
    "domain-changed",
    "site-twice",
    "include-place",
    "nginx-conf-replaced",
    "upstream-twice",
    "proxy-pass-variable",
    "worker-connections",
    "site-refuses",
    "proxy-pass-https",
    "proxy-pass-path",
    "host-refused",
    "backend-ejected",
];

#[test]
fn every_cause_is_made_for_real_or_tested_from_facts_and_no_test_names_another() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab/mistakes");
    let mut made: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let source = Source::new(path.display().to_string(), std::fs::read_to_string(&path).unwrap());
        let mistake = crate::config::yaml::parse(&source).unwrap();
        let cause = mistake.get("cause").and_then(|cause| cause.text()).map(str::to_owned);
        made.push(cause.unwrap_or_else(|| panic!("{}: no cause", path.display())));
    }
    let known: Vec<&str> = causes::all().map(|cause| cause.name).collect();
    let strange: Vec<&String> =
        made.iter().filter(|cause| *cause != "none" && !known.contains(&cause.as_str())).collect();
    assert!(strange.is_empty(), "tests/lab/mistakes/ names causes that there are not: {strange:?}");
    let untried: Vec<&str> = known.into_iter().filter(|cause| !made.iter().any(|made| made == cause)).collect();
    assert_eq!(untried, FROM_FACTS, "add a mistake in tests/lab/mistakes/, or a test from facts here");
    for cause in FROM_FACTS {
        // Once in the list, and once in a test.
        let texts = concat!(
            include_str!("tests.rs"),
            include_str!("circles_tests.rs"),
            include_str!("put_back_tests.rs"),
            include_str!("absent_tests.rs"),
            include_str!("names_tests.rs"),
            include_str!("edits_tests.rs"),
            include_str!("found_tests.rs"),
            include_str!("keeps_tests.rs"),
            include_str!("kinds_tests.rs"),
            include_str!("shut_tests.rs")
        );
        let named = texts.matches(&format!("\"{cause}\"")).count();
        assert!(named > 1, "{cause} is tested by nobody");
    }
}

#[test]
fn packages_that_cannot_be_had_or_set_up_are_named_with_what_to_type() {
    let typed = |evidence: &Evidence| {
        let found = diagnose(&lab(), evidence);
        let found = found.iter().find(|found| found.layer == Layer::Packages).expect("a finding");
        (found.cause, found.next.iter().map(|next| next.command.clone()).collect::<Vec<_>>().join(" ; "))
    };
    let source = "/etc/apt/sources.list.d/debian.sources:3: http://mirror.nosuch/debian bookworm: Could not resolve 'mirror.nosuch'";
    assert_eq!(
        typed(&evidence(&[("web", "see.source.failed#0001", source)])),
        ("package-source", "sudo nano +3 /etc/apt/sources.list.d/debian.sources ; sudo apt-get update".to_owned())
    );
    let unknown = "apt's sources: http://mirror.nosuch/debian bookworm: Connection refused";
    assert_eq!(
        typed(&evidence(&[("app1", "see.source.failed#0001", unknown)])),
        ("package-source", "sudo apt-get update".to_owned())
    );
    let left = [
        ("app2", "see.package.left", "grub-pc mysql-server-8.0 "),
        ("app2", "see.package.cure", "sudo dpkg --configure -a"),
        ("app2", "see.package.note", "because"),
    ];
    let found = diagnose(&lab(), &evidence(&left));
    assert_eq!(found[0].cause, "package-unfinished");
    assert!(
        found[0].sentence.english().contains("could not set up grub-pc, mysql-server-8.0:"),
        "{:?}",
        found[0].sentence
    );
    assert!(diagnose(&lab(), &evidence(&[])).is_empty());
}
