use super::*;
use crate::languages::ENGLISH;
use crate::model::visitor::{Asked, VisitError};

fn host(name: &str) -> BackendName {
    name.parse().unwrap()
}

fn flow() -> Flow {
    Flow::new([vec![host("app1"), host("app2")]], ENGLISH)
}

fn bad(status: u16) -> VisitError {
    VisitError::Status { status, asked: Asked::Unknown }
}

/// Request `n` of ten a second, answered after `took` milliseconds.
fn ask(flow: &mut Flow, n: u32, took: f64, outcome: Result<&[&str], u16>) {
    let due = f64::from(n) * 100.0;
    let outcome = outcome.map(|tried| tried.iter().map(|name| host(name)).collect()).map_err(bad);
    flow.add(0, Visit::Sent(n, due));
    flow.add(0, Visit::Ended(n, Request { due, end: due + took, outcome }));
}

#[test]
fn every_request_is_counted_once() {
    let mut flow = flow();
    ask(&mut flow, 0, 5.0, Ok(&["app1"]));
    ask(&mut flow, 1, 5.0, Ok(&["app2"]));
    ask(&mut flow, 2, 5.0, Ok(&["app2", "app1"]));
    ask(&mut flow, 3, 1500.0, Ok(&["app2", "app1"]));
    ask(&mut flow, 4, 5.0, Err(502));
    ask(&mut flow, 5, 5.0, Ok(&[]));
    flow.add(0, Visit::Sent(6, 600.0));
    flow.add(0, Visit::Sent(7, 1700.0));
    flow.add(9, Visit::Sent(8, 1700.0));
    let tick = flow.tick(1900.0);
    let site = &tick.sites[0];
    assert_eq!((tick.second, site.sent, site.good, site.lost, site.slow, site.unnamed), (1, 8, 5, 1, 1, 1));
    assert_eq!((site.stalled, &site.why[..]), (1, &[("answered 502".to_owned(), 1)][..]));
    let servers: Vec<_> = site.servers.iter().map(|s| (s.total, s.passed, s.silent)).collect();
    assert_eq!(servers, [(3, 0, None), (1, 2, None)]);
    assert_eq!(site.seconds, [(1, vec![1, 0, 0, 0]), (0, vec![2, 1, 1, 1])]);
    assert_eq!(
        site.paths,
        [
            (vec![], RequestEnd::Good, 1),
            (vec![], RequestEnd::Lost, 1),
            (vec![0], RequestEnd::Good, 1),
            (vec![1], RequestEnd::Good, 1),
            (vec![1, 0], RequestEnd::Good, 1),
            (vec![1, 0], RequestEnd::Slow, 1)
        ]
    );
    let next = flow.tick(1900.0);
    assert!(next.sites[0].paths.is_empty(), "told once");
    assert_eq!(flow.past(next).sites, [vec![(0, vec![2, 1, 1, 1]), (1, vec![1, 0, 0, 0])]]);
}

#[test]
fn a_server_that_is_passed_by_is_silent_until_it_answers() {
    let mut flow = flow();
    (0..40).for_each(|n| ask(&mut flow, n, 5.0, Ok(if n % 2 == 0 { &["app1"] } else { &["app2"] })));
    let silent = |flow: &mut Flow, n: f64| flow.tick(n * 100.0).sites[0].servers[1].silent;
    assert_eq!(silent(&mut flow, 40.0), None);
    (40..59).for_each(|n| ask(&mut flow, n, 5.0, Ok(&["app1"])));
    assert_eq!(silent(&mut flow, 59.0), None, "perhaps chance");
    (59..80).for_each(|n| ask(&mut flow, n, 5.0, Err(502)));
    assert_eq!(silent(&mut flow, 80.0), Some(4), "also while nobody answers");
    (80..900).for_each(|n| ask(&mut flow, n, 5.0, Ok(&["app1"])));
    assert_eq!(silent(&mut flow, 900.0), Some(86), "however long");
    ask(&mut flow, 901, 5.0, Ok(&["app2"]));
    assert_eq!(silent(&mut flow, 902.0), None);
    (902..930).for_each(|n| ask(&mut flow, n, 5.0, Ok(&["app1"])));
    assert!(silent(&mut flow, 930.0).is_some(), "its long silence has not made us patient");
}

#[test]
fn who_never_answered_is_not_missed() {
    let mut flow = flow();
    (0..600).for_each(|n| ask(&mut flow, n, 5.0, Ok(&["app1"])));
    assert_eq!(flow.tick(60_000.0).sites[0].servers[1].silent, None, "ip_hash sends one visitor to one server");
}

#[test]
fn memory_is_bounded() {
    let mut flow = flow();
    for n in 0..20_000 {
        let (seconds, status) = (n % 700, u16::try_from(n).unwrap());
        ask(&mut flow, seconds * 10, 5.0, Err(status));
    }
    let tick = flow.tick(1e9);
    assert_eq!(tick.sites[0].why.len(), MOST);
    assert!(tick.sites[0].paths.len() <= MOST && flow.past(tick.clone()).sites[0].len() <= MINUTE);
    assert!(flow.sites[0].under_way.is_empty());
    ask(&mut flow, 1, 5.0, Ok(&["app1"]));
    assert_eq!(flow.past(tick).sites[0].len(), MINUTE, "an answer of long ago makes no new second");
}
