//! A recording with everything in it: changes, a failure, a lost host, shares, drills; and texts that would like to be more.

use labctl::internals::event::*;
use labctl::internals::site::{BalanceMethod, Server, Site};
use labctl::internals::unreachable::Unreachable;
use labctl::internals::visitor::{Asked, SeenFrom, VisitError};
use std::collections::BTreeMap;

/// What machines print when they mean harm, in all the places where a page could fall for it.
pub const HOSTILE: &str = "</script><script>alert(1)</script> <img src=x onerror=alert(1)> \"'> ]]> <!-- &amp; \u{1b}[2J\u{0} \u{202e}fdp.exe \u{9b}1m\u{ffff}";

fn task(host: &str, step: &str, name: &str, outcome: Outcome, took_ms: u64) -> (TaskRef, Outcome, u64) {
    (TaskRef::new(host.parse().unwrap(), step.parse().unwrap(), name), outcome, took_ms)
}

fn ended((task, outcome, took_ms): (TaskRef, Outcome, u64)) -> Kind {
    Kind::TaskFinished { result: TaskResult { took_ms, ..TaskResult::new(task, outcome) } }
}

fn step(host: &str, step: &str, took_ms: u64, verdict: Verdict) -> Kind {
    Kind::StepFinished { host: host.parse().unwrap(), step: step.parse().unwrap(), took_ms, verdict }
}

pub fn first(mode: Mode, steps: &[&str]) -> Kind {
    Kind::RunStarted {
        version: "0.1.0".into(),
        lab: "class".parse().unwrap(),
        mode,
        steps: steps.iter().map(|s| s.parse().unwrap()).collect(),
        hosts: ["web", "app1", "app2", "app3"].iter().map(|h| h.parse().unwrap()).collect(),
        started: 1_795_385_761,
        shard: None,
    }
}

pub fn lab(verb: &str) -> Kind {
    let machine = |name: &str, n: u8| Machine { name: name.parse().unwrap(), address: Some(format!("10.0.0.{n}")) };
    let server = |host: &str, n: u8, weight| Server {
        name: host.parse().unwrap(),
        address: Some(format!("10.0.0.{n}")),
        port: 3000,
        weight,
    };
    let sites = vec![
        Site {
            domain: "dumbflix.lab.test".into(),
            balance: BalanceMethod::RoundRobin,
            servers: vec![server("app1", 11, 1), server("app2", 12, 1)],
            config_hash: None,
        },
        Site {
            domain: "heavy.lab.test".into(),
            balance: BalanceMethod::LeastConn,
            servers: vec![server("app1", 11, 3), server("app3", 13, 1)],
            config_hash: None,
        },
    ];
    let apps = vec![machine("app1", 11), machine("app2", 12), machine("app3", 13)];
    Kind::LabDescribed { verb: verb.into(), topology: Topology { web: Some(machine("web", 10)), apps, sites } }
}

/// A 502 of a server that the site does not have; its address is what a machine says.
fn strange(more: &str) -> VisitError {
    VisitError::Status { status: 502, asked: Asked::Stranger(format!("10.0.0.9:3000{more}")) }
}

fn balance(site: &str, answered: [u64; 2], more: &str) -> Kind {
    let share = |host: &str, n: u8, answered| Share {
        host: host.parse().unwrap(),
        address: format!("10.0.0.{n}:3000"),
        weight: 1,
        answered,
        least: 96,
        most: 104,
    };
    let lost = 200 - answered.iter().sum::<u64>();
    Kind::SiteBalanced {
        host: "controller".parse().unwrap(),
        web: Some("web".parse().unwrap()),
        seen_from: Some(SeenFrom::ThisComputer { address: Some("10.0.0.1".parse().unwrap()), instead_of: None }),
        balance: Balance {
            site: site.into(),
            method: "round_robin".into(),
            sent: 200,
            lost_why: (lost > 0).then(|| (strange(more), lost)).into_iter().collect(),
            backends: vec![share("app1", 11, answered[0]), share("app2", 12, answered[1])],
            ..Balance::default()
        },
    }
}

/// `up` with a failure, a lost host, diffs, output, shares. `more` stands in every place that a machine writes to.
pub fn up(more: &str) -> Vec<Kind> {
    let mut all = vec![first(Mode::Apply, &["update", "nginx", "pm2", "proxy", "verify"]), lab("up")];
    let reached = |host: &str| Kind::HostReached {
        host: host.parse().unwrap(),
        system: format!("debian 12 x86_64{more}"),
        took_ms: 40,
    };
    all.extend(["web", "app1", "app2"].map(reached));
    all.push(Kind::HostUnreachable {
        host: "app3".parse().unwrap(),
        why: Unreachable::Words {
            reason: format!("10.0.0.13:22: no route to host{more}"),
            hints: vec![format!("is the machine on?{more}")],
        },
    });
    for (host, took) in [("web", 5200), ("app1", 4900), ("app2", 5600)] {
        all.push(ended(task(host, "update", "apt update and upgrade", Outcome::Changed, took)));
        all.push(step(host, "update", took, Verdict::Finished));
    }
    all.push(step("app3", "update", 0, Verdict::Unreachable));
    all.push(ended(task("web", "nginx", "install nginx, curl", Outcome::Ok, 4)));
    all.push(step("web", "nginx", 4, Verdict::Finished));
    let mut failed = ended(task("app2", "pm2", &format!("run the application{more}"), Outcome::Failed, 31_000));
    if let Kind::TaskFinished { result } = &mut failed {
        result.reason = Some(Reason::of_engine(format!("exit 1{more}")));
        result.output = Some(format!(
            "Error: listen EADDRINUSE: address already in use :::3000\n{more}\n    at Server.listen (node:net:1463)\n"
        ));
        result.hints =
            vec![Hint::Words(format!("something else listens on port 3000: labctl exec app2 -- `ss -ltnp`{more}"))];
        result.notes = vec![Note::Words(format!("pm2 restarted it 15 times{more}"))];
    }
    all.push(ended(task("app1", "pm2", "run the application", Outcome::Ok, 900)));
    all.push(step("app1", "pm2", 900, Verdict::Finished));
    all.push(failed);
    all.push(ended(task("app2", "pm2", "let pm2 start at boot", Outcome::Skipped, 0)));
    all.push(step("app2", "pm2", 31_000, Verdict::Finished));
    all.push(step("app3", "pm2", 0, Verdict::Unreachable));
    let mut changed = ended(task("web", "proxy", "configure the sites", Outcome::Changed, 700));
    if let Kind::TaskFinished { result } = &mut changed {
        result.diff = Some(format!(
            "--- /etc/nginx/dumbways/dumbflix.lab.test.conf\n+++ /etc/nginx/dumbways/dumbflix.lab.test.conf\n@@ -1,4 +1,4 @@\n upstream dumbflix_lab_test {{\n-    server 10.0.0.12:3001;{more}\n+    server 10.0.0.12:3000;{more}\n }}\n"
        ));
    }
    all.push(changed);
    all.push(step("web", "proxy", 700, Verdict::Finished));
    all.push(balance("dumbflix.lab.test", [101, 99], more));
    all.push(balance("heavy.lab.test", [150, 20], more));
    all.push(step("web", "verify", 0, Verdict::Skipped(Reason::Words(format!("pm2 failed on app2{more}")))));
    all.push(Kind::RunFinished { took_ms: 42_700, interrupted: false });
    all
}

fn tick(n: u64, broken: bool) -> Tick {
    let (app1, app2) = if broken { (9, 0) } else { (6, 6) };
    Tick {
        from_ms: n * 250,
        to_ms: n * 250 + 250,
        sent: 12,
        answered: BTreeMap::from([("app1".parse().unwrap(), app1), ("app2".parse().unwrap(), app2)]),
        lost: if broken { 3 } else { 0 },
        stalled: if broken { n % 5 } else { 0 },
        p50_ms: 3,
        p99_ms: if broken { 1000 } else { 12 },
        max_ms: if broken { 3001 } else { 15 },
    }
}

/// Two drills, one of which gave no figures.
pub fn drills(more: &str) -> Vec<Kind> {
    let mut all = vec![first(Mode::Apply, &[]), lab("drill")];
    let drill = |mode| Drill {
        mode,
        host: "app2".parse().unwrap(),
        site: "dumbflix.lab.test".into(),
        template: "lab".into(),
        rate: 50,
        seconds: 8,
    };
    let turn = |turn, after_ms| Kind::DrillTurned { turn, after_ms };
    let app2 = || "app2".parse().unwrap();
    all.push(Kind::DrillStarted { drill: drill(DrillMode::Freeze) });
    all.push(turn(Turn::Load { rate: 50, site: "dumbflix.lab.test".into() }, 0));
    for n in 0..64 {
        match n {
            12 => all.push(turn(Turn::Broken { host: app2(), mode: DrillMode::Freeze, limit_s: Some(23) }, 3010)),
            20 => all.push(turn(Turn::Note { host: app2(), text: format!("two processes{more}") }, 5010)),
            29 => all.push(turn(Turn::Ejected { host: app2() }, 7250)),
            44 => all.push(turn(Turn::Undoing { host: app2(), mode: DrillMode::Freeze }, 11_020)),
            50 => all.push(turn(Turn::Back { host: app2(), took_ms: 1580 }, 12_600)),
            _ => {}
        }
        all.push(Kind::DrillTick { tick: tick(n, (12..50).contains(&n)) });
    }
    let shares = |app1, app2| Shares::from([("app1".parse().unwrap(), app1), ("app2".parse().unwrap(), app2)]);
    let figures = Figures {
        sent: 768,
        lost: 114,
        lost_why: [(strange(more), 100), (VisitError::Status { status: 502, asked: Asked::Unknown }, 14)]
            .into_iter()
            .collect(),
        slow: 76,
        slow_at_broken: 0,
        slow_moved: 70,
        longest_gap_ms: 43,
        p50_ms: 3,
        p99_ms: 1000,
        max_ms: 3001,
        ejected_ms: Some(3004),
        moved: 70,
        silent_ms: 9600,
        back_ms: 1600,
        before: shares(50.0, 50.0),
        during: shares(100.0, 0.0),
        after: shares(50.0, 50.0),
    };
    let own = |value: &str| ProxyDirective { value: value.into(), default: false };
    let timeouts = ProxyTimeouts {
        connect: ProxyDirective { value: "60s".into(), default: true },
        read: own("3s"),
        max_fails: "1".into(),
        fail_timeout: "10s".into(),
    };
    let (freeze, timeouts) = (drill(DrillMode::Freeze), Some(Box::new(timeouts)));
    all.push(Kind::DrillFinished {
        drilled: Drilled { drill: freeze, figures, timeouts, logged: Vec::new(), verdict: None },
    });
    all.push(Kind::DrillStarted { drill: drill(DrillMode::Reboot) });
    let why = FaultError::Reported { text: format!("its shell says something else{more}") };
    all.push(Kind::DrillFailed { failure: DrillFailure::NotReached { host: "app2".parse().unwrap(), why } });
    all.push(Kind::RunFinished { took_ms: 21_000, interrupted: false });
    all
}

/// As it is written down. Each event comes 700 ms after the one before it, or at its own time.
pub fn written(kinds: &[Kind]) -> String {
    let mut at_ms = 0;
    let mut out = String::new();
    for kind in kinds {
        at_ms += match kind {
            Kind::StepFinished { took_ms, .. } => took_ms + 10,
            Kind::RunStarted { .. } | Kind::LabDescribed { .. } => 0,
            _ => 20,
        };
        let event = Event { at_ms, kind: kind.clone() };
        out.push_str(&serde_json::to_string(&event).unwrap());
        out.push('\n');
    }
    out
}
