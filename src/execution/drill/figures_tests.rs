use super::*;
use crate::model::visitor::Asked;

fn host(name: &str) -> BackendName {
    name.parse().unwrap()
}

fn request(due: f64, took: f64, tried: &[&str]) -> Request {
    Request { due, end: due + took, outcome: Ok(tried.iter().map(|h| host(h)).collect()) }
}

const BAD_GATEWAY: VisitError = VisitError::Status { status: 502, asked: Asked::Unknown };

fn lost(due: f64, took: f64) -> Request {
    Request { due, end: due + took, outcome: Err(BAD_GATEWAY) }
}

const MARKS: Marks = Marks { making: 1000.0, made: 1000.0, undoing: 6000.0, undone: 6500.0 };

/// Ten requests a second for eight seconds, taking turns; `during` says what becomes of those due in the window.
fn drill(during: impl Fn(usize, f64) -> Request) -> Figures {
    let requests = (0u32..80).map(|n| {
        let (n, due) = (n as usize, f64::from(n) * 100.0);
        let turn = if n.is_multiple_of(2) { "app1" } else { "app2" };
        if (MARKS.making..MARKS.undoing).contains(&due) { during(n, due) } else { request(due, 5.0, &[turn]) }
    });
    let mut requests: Vec<Request> = requests.collect();
    requests.reverse();
    figures(requests, &MARKS, &host("app2"), &[host("app1"), host("app2")])
}

#[test]
fn percentiles_are_values_that_occurred() {
    let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
    assert_eq!([50, 99, 100].map(|p| percentile(&hundred, p)), [50.0, 99.0, 100.0]);
    assert_eq!([50, 99].map(|p| percentile(&[7.0], p)), [7.0, 7.0]);
    assert_eq!(percentile(&[], 50), 0.0);
}

#[test]
fn a_gap_may_be_at_either_end() {
    assert_eq!(longest_gap([1.0, 2.0].into_iter(), 0.0, 10.0), 8.0);
    assert_eq!(longest_gap([9.0].into_iter(), 0.0, 10.0), 9.0);
    assert_eq!(longest_gap([].into_iter(), 0.0, 10.0), 10.0);
}

#[test]
fn a_server_that_refuses_is_ejected_at_once() {
    let figures =
        drill(|n, due| if n == 11 { request(due, 6.0, &["app2", "app1"]) } else { request(due, 5.0, &["app1"]) });
    assert_eq!((figures.sent, figures.lost, figures.moved, figures.slow), (80, 0, 1, 0));
    // Its last good answer was at 905 ms, and the last request that tried it was due at 1100.
    assert_eq!(figures.ejected_ms, Some(295));
    assert_eq!(
        (figures.during[&host("app2")], figures.before[&host("app2")], figures.after[&host("app2")]),
        (0.0, 50.0, 53.3)
    );
    assert_eq!((figures.p50_ms, figures.max_ms, figures.longest_gap_ms), (5, 6, 101));
    assert_eq!(figures.back_ms, 500);
    assert!(figures.silent_ms >= 5000, "{figures:?}");
}

#[test]
fn a_frozen_server_stalls_its_share_until_the_first_gives_up() {
    let figures = drill(|n, due| {
        if due < 4000.0 && n % 2 == 1 { request(due, 3000.0, &["app2", "app1"]) } else { request(due, 5.0, &["app1"]) }
    });
    assert_eq!((figures.lost, figures.slow, figures.moved, figures.max_ms, figures.p99_ms), (0, 15, 15, 3000, 3000));
    assert_eq!(figures.ejected_ms, Some(3095));
    assert_eq!((figures.slow_moved, figures.slow_at_broken), (15, 0));
}

#[test]
fn what_the_broken_server_answers_late_itself_is_told_from_what_waited_for_it() {
    // It takes connections again before its page is ready.
    let figures =
        drill(|n, due| request(due, if n == 59 { 2500.0 } else { 5.0 }, &[if n == 59 { "app2" } else { "app1" }]));
    assert_eq!((figures.slow, figures.slow_at_broken, figures.slow_moved), (1, 1, 0));
}

#[test]
fn what_a_thawed_server_answers_late_was_not_answered_during_the_fault() {
    let late = |n: usize, due: f64| match n % 2 {
        1 if due < 2000.0 => request(due, 2000.0, &["app2", "app1"]),
        1 if due < 4000.0 => request(due, 6100.0 - due, &["app2"]),
        _ => request(due, 5.0, &["app1"]),
    };
    let figures = drill(late);
    assert_eq!(figures.during[&host("app2")], 0.0);
    assert_eq!(figures.ejected_ms, Some(3095));
}

#[test]
fn what_is_lost_is_counted_and_never_left_out() {
    let figures = drill(|n, due| if n % 2 == 1 { lost(due, 60.0) } else { request(due, 5.0, &["app1"]) });
    assert_eq!((figures.lost, figures.ejected_ms), (25, None));
    assert_eq!(figures.lost_why, [(BAD_GATEWAY, 25)].into_iter().collect());
    let nothing = drill(|_, due| lost(due, 1.0));
    assert_eq!((nothing.longest_gap_ms, nothing.lost), (5100, 50));
}

#[test]
fn a_tick_counts_what_ended_and_who_waits() {
    let servers = [host("app1"), host("app2")];
    let ended = [request(0.0, 5.0, &["app1"]), request(20.0, 9.0, &["app2", "app1"]), lost(40.0, 60.0)];
    let tick = tick(4, &ended, &[100.0, 1240.0], 0.0, 1250.0, &servers);
    assert_eq!((tick.sent, tick.lost, tick.stalled), (4, 1, 1));
    assert_eq!(tick.answered.values().copied().collect::<Vec<_>>(), [2, 0]);
    assert_eq!((tick.p50_ms, tick.p99_ms, tick.max_ms, tick.to_ms), (9, 60, 60, 1250));
    let none = super::tick(0, &[], &[], 0.0, 1.0, &servers);
    assert_eq!((none.p50_ms, none.answered.len()), (0, 2));
}

#[test]
fn who_waits_for_the_broken_server_keeps_it_from_being_ejected() {
    let all = |open: &[f64]| {
        let good = (0u32..30).map(|n| request(1000.0 + f64::from(n) * 100.0, 5.0, &["app1"]));
        let open = open.iter().map(|due| Request { due: *due, end: 4000.0, outcome: Err(VisitError::UnderWay) });
        good.chain(open).collect::<Vec<_>>()
    };
    assert!(is_ejected(all(&[]), 1000.0, 4000.0, &host("app2"), 2));
    assert!(is_ejected(all(&[1050.0]), 1000.0, 4000.0, &host("app2"), 2));
    assert!(!is_ejected(all(&[1050.0, 1950.0, 2850.0, 3050.0]), 1000.0, 4000.0, &host("app2"), 2));
    assert!(!is_ejected(Vec::new(), 1000.0, 4000.0, &host("app2"), 2));
}

#[test]
fn no_request_at_all() {
    let figures = figures(Vec::new(), &MARKS, &host("app2"), &[host("app1")]);
    assert_eq!((figures.sent, figures.max_ms, figures.ejected_ms), (0, 0, None));
}

/// At ten requests a second, each of thirty servers has its turn every three seconds.
#[test]
fn a_server_between_two_of_its_turns_is_not_ejected() {
    let names: Vec<String> = (0..30).map(|n| format!("app{n}")).collect();
    let load = |broken: &dyn Fn(usize) -> bool| -> Vec<Request> {
        let turn = |n: usize| {
            let (own, next) = (names[n % 30].as_str(), names[(n + 1) % 30].as_str());
            let tried: &[&str] = if own == "app7" && broken(n) { &[next] } else { &[own] };
            request(n as f64 * 100.0, 5.0, tried)
        };
        (0..300).map(turn).collect()
    };
    let ejected = |requests| is_ejected(requests, 3000.0, 30000.0, &host("app7"), 30);
    assert!(!ejected(load(&|_| false)), "it has all its turns");
    assert!(!ejected(load(&|n| (100..160).contains(&n))), "it has missed two");
    assert!(ejected(load(&|n| n >= 60)));
    assert_eq!((recent(2, 50), recent(30, 10)), (5000.0, 45000.0));
}
