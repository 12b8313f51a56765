//! Recordings that the version before wrote, of a real lab: its reasons, shares and verdicts were sentences.

use labctl::internals::balance::BalanceFault;
use labctl::internals::event::{Balance, Kind};
use labctl::internals::languages::ENGLISH;
use labctl::internals::recording::Recording;
use labctl::internals::report::{html, junit};
use labctl::internals::visitor::{Asked, VisitError};

fn recording(name: &str) -> Recording {
    let file = format!("{}/tests/report/older/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let recording = Recording::read(name, &std::fs::read(file).unwrap()).unwrap();
    assert_eq!(recording.remarks, Vec::<String>::new(), "{name}: every line is understood");
    recording
}

fn balances(recording: &Recording) -> Vec<Balance> {
    let balance = |kind: &Kind| match kind {
        Kind::SiteBalanced { balance, .. } => Some(balance.clone()),
        _ => None,
    };
    recording.events.iter().filter_map(|event| balance(&event.kind)).collect()
}

#[test]
fn counts_are_judged_anew() {
    let missing = recording("balance_missing");
    let faults: Vec<_> = balances(&missing).iter().map(Balance::fault).collect();
    assert_eq!(faults, [Some(BalanceFault::Missing { answered: vec!["app1".parse().unwrap()] }), None]);
    let page = html(&missing, "r", ENGLISH).unwrap();
    assert!(page.contains("demo.lab.test was answered only by app1 of: app1 app2"), "{page}");
    assert!(page.contains("nginx leaves it alone for ten seconds after it failed"), "{page}");
    assert!(junit(&missing, "r").unwrap().contains("was answered only by app1 of: app1 app2"));
    // The same count, made by the web server itself in a check.
    let checked = balances(&recording("check"));
    assert!(matches!(&checked[0].fault(), Some(BalanceFault::Missing { .. })), "{checked:?}");
}

#[test]
fn losses_have_their_types_again() {
    let failed = recording("balance_502");
    let error = |asked| VisitError::Status { status: 502, asked };
    let server = Asked::Server { host: "app1".parse().unwrap(), port: "3000".into() };
    let lost: Vec<_> = balances(&failed).into_iter().map(|balance| balance.lost_why).collect();
    assert_eq!(lost[0], [(error(Asked::Nobody), 3)].into_iter().collect());
    assert_eq!(lost[1], [(error(server), 3)].into_iter().collect());
    let page = html(&failed, "r", ENGLISH).unwrap();
    assert!(page.contains("3 × answered 502 (asked nobody)") && page.contains("labctl ssh app1 -- pm2 ls"), "{page}");
}

#[test]
fn a_drill_keeps_its_verdict_and_its_reason() {
    let kill = html(&recording("drill_kill"), "r", ENGLISH).unwrap();
    assert!(kill.contains("app2 was killed and gave no answer for 12.1 s: no visitor noticed"), "{kill}");
    let failed = recording("drill_failed");
    let why = "nothing was broken: http://demo.lab.test/ does not answer properly: status 502";
    assert!(html(&failed, "r", ENGLISH).unwrap().contains(why));
    assert!(junit(&failed, "r").unwrap().contains(why));
}
