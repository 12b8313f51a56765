//! `--max-fail`: when too many hosts have failed.

use super::fake::{Answer, DONE, FAILS, WOULD, every_step_is_finished_once, fleet, ok, outcomes, run_until, touched};
use labctl::internals::event::{Event, Kind, Outcome};
use labctl::internals::executor::MaxFail;
use labctl::internals::summary::Summary;
use labctl::internals::transport::Ended;
use std::sync::Arc;

fn halted(events: &[Event]) -> Vec<(usize, usize, String)> {
    let told = |event: &Event| match &event.kind {
        Kind::RunHalted { failed, hosts, max_fail } => Some((*failed, *hosts, max_fail.clone())),
        _ => None,
    };
    events.iter().filter_map(told).collect()
}

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
        (lines, Ok(Ended::ListenerDone))
    });
    for (most, begun) in [("0", 1), ("1", 2), ("20%", 2), ("2", 5), ("100%", 5)] {
        let (events, scripts) =
            run_until(&lab, labctl::internals::event::Mode::Apply, Some(most.parse().unwrap()), 1, answer.clone());
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
        (lines, Ok(Ended::ListenerDone))
    });
    let most = Some(MaxFail::Hosts(0));
    let (events, _) = run_until(&fleet(&["slow", "b"]), labctl::internals::event::Mode::Apply, most, 2, answer);
    every_step_is_finished_once(&events);
    let told = outcomes(&events);
    assert!(told.contains(&"slow run first changed".to_owned()), "{told:#?}");
    let why = "not started: 1 of 3 hosts have failed, and --max-fail is 0";
    for line in [format!("slow run second skipped: {why}"), format!("w run third skipped: {why}")] {
        assert!(told.contains(&line), "`{line}` is not in {told:#?}");
    }
}

#[test]
fn hosts_that_are_not_reached_count_as_well() {
    let lab = fleet(&["a", "off", "b", "c"]);
    let answer: Answer = Arc::new(|host, _| (ok(if host == "w" { 1 } else { 2 }), Ok(Ended::ListenerDone)));
    for mode in [labctl::internals::event::Mode::Check, labctl::internals::event::Mode::Apply] {
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
