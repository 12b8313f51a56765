//! The executor over a transport that fails on purpose: what is told must be true whatever a host does.
#![allow(clippy::unwrap_used, clippy::print_stderr)] // a test that cannot go on has failed

#[path = "executor/fake.rs"]
mod fake;
#[path = "executor/halts.rs"]
mod halts;
#[path = "executor/room.rs"]
mod max_open_hosts;
#[path = "executor/rolling.rs"]
mod rolling;
#[path = "support/skip.rs"]
mod skip;
#[path = "executor/visitors.rs"]
mod visitors;

use fake::{Answer, GOOD, every_step_is_finished_once, ok, outcomes, run};
use labctl::internals::event::{Event, Kind, Outcome, Verdict};
use labctl::internals::summary::Summary;
use labctl::internals::transport::Ended;
use labctl::internals::unreachable::{Lost, RootFailure, Unreachable};
use std::sync::Arc;

#[test]
fn nothing_to_do_is_over_after_one_script_for_each_host() {
    let answer: Answer = Arc::new(|host, _| (ok(if host == "w" { 1 } else { 2 }), Ok(Ended::Status(0))));
    let (events, scripts) = run(GOOD, labctl::internals::event::Mode::Apply, answer);
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
    let (events, scripts) = run(GOOD, labctl::internals::event::Mode::Apply, answer);
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
        || Err(Lost::LocalShell { error: "the connection broke".into() }),
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
        let (events, _) = run(GOOD, labctl::internals::event::Mode::Apply, answer);
        every_step_is_finished_once(&events);
        let told = outcomes(&events);
        assert!(told.contains(&"a run first changed".to_owned()), "{told:#?}");
        assert!(told.iter().any(|t| t == "a run second failed: the machine was lost while it ran"), "{told:#?}");
        assert!(told.iter().any(|t| t.starts_with("a unreachable: ")), "{told:#?}");
        assert!(told.iter().any(|t| t.starts_with("w run third skipped")), "it needs a: {told:#?}");
        assert!(told.contains(&"b run second ok".to_owned()), "b has nothing to do with it: {told:#?}");
    }
}

#[test]
fn a_task_that_was_not_spoken_of_has_failed() {
    for mode in [labctl::internals::event::Mode::Check, labctl::internals::event::Mode::Apply] {
        let answer: Answer = Arc::new(|host, mode| match (host, mode) {
            ("a", "check") => (vec!["@begin x", "@start 0", "@changed 0", "@end"], Ok(Ended::Status(0))),
            ("a", _) => (vec!["@begin x", "@end"], Ok(Ended::Status(0))),
            ("w", _) => (ok(1), Ok(Ended::Status(0))),
            _ => (ok(2), Ok(Ended::Status(0))),
        });
        let (events, _) = run(GOOD, mode, answer);
        every_step_is_finished_once(&events);
        let told = outcomes(&events);
        let silent = "a run second failed: the machine's script ended without reporting on it".to_owned();
        assert!(told.contains(&silent), "{told:#?}");
        if mode == labctl::internals::event::Mode::Apply {
            assert!(told.iter().any(|t| t.starts_with("a run first failed: ")), "{told:#?}");
            assert!(told.iter().any(|t| t.starts_with("w run third skipped")), "it needs a: {told:#?}");
        }
    }
}

#[test]
fn a_host_that_is_off_stops_only_those_who_need_it() {
    let lab = GOOD.replace("  b:", "  off:");
    let answer: Answer = Arc::new(|host, _| (ok(if host == "w" { 1 } else { 2 }), Ok(Ended::Status(0))));
    let (events, _) = run(&lab, labctl::internals::event::Mode::Apply, answer);
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
    let (events, _) = run(GOOD, labctl::internals::event::Mode::Apply, answer);
    let lost: Vec<&Unreachable> = events
        .iter()
        .filter_map(|e| match &e.kind {
            Kind::HostUnreachable { why, .. } => Some(why),
            _ => None,
        })
        .collect();
    let output = "sudo: a password is required".to_owned();
    assert_eq!(lost, [&Unreachable::Root { why: RootFailure::WantsPassword, output }]);
}

#[test]
fn in_check_mode_unknown_names_what_it_waits_for() {
    let answer: Answer = Arc::new(|host, _| match host {
        "a" => (vec!["@begin x", "@start 0", "@changed 0", "@start 1", "@unknown 1", "@end"], Ok(Ended::Status(0))),
        "w" => (vec!["@begin x", "@start 0", "@unknown 0", "@end"], Ok(Ended::Status(0))),
        _ => (ok(2), Ok(Ended::Status(0))),
    });
    let (events, scripts) = run(GOOD, labctl::internals::event::Mode::Check, answer);
    every_step_is_finished_once(&events);
    assert!(scripts.iter().all(|(_, mode)| mode == "check"), "a check never applies");
    let told = outcomes(&events);
    assert!(told.contains(&"a run second unknown: not known until `run first` is done".to_owned()), "{told:#?}");
    assert!(told.contains(&"w run third unknown: not known until `run first` is done on a".to_owned()), "{told:#?}");
}

#[test]
fn in_check_mode_what_needs_a_host_that_is_off_is_unknown() {
    let answer: Answer = Arc::new(|host, _| {
        let third = vec!["@begin x", "@start 0", "@unknown 0", "@end"];
        (if host == "w" { third } else { ok(2) }, Ok(Ended::ListenerDone))
    });
    let (events, _) = run(&GOOD.replace("  b:", "  off:"), labctl::internals::event::Mode::Check, answer);
    every_step_is_finished_once(&events);
    let told = outcomes(&events);
    assert!(told.contains(&"w run third unknown: not known until off is reached".to_owned()), "{told:#?}");
}

#[test]
fn in_check_mode_what_nothing_would_repair_has_failed() {
    let answer: Answer = Arc::new(|host, _| match host {
        "w" => (vec!["@begin x", "@start 0", "@out 0", "x answered 502", "@unknown 0", "@end"], Ok(Ended::Status(0))),
        _ => (ok(2), Ok(Ended::Status(0))),
    });
    let (events, _) = run(GOOD, labctl::internals::event::Mode::Check, answer);
    assert!(outcomes(&events).contains(&"w run third failed: does not hold".to_owned()), "{:#?}", outcomes(&events));
}

#[test]
fn what_stands_in_the_way_is_said_before_anything_is_built() {
    let answer: Answer = Arc::new(|host, mode| match (host, mode) {
        ("w", "check") => (
            vec!["@begin x", "@start 0", "@out 0", "b stands in two files", "@blocked 0", "@end"],
            Ok(Ended::Status(0)),
        ),
        (_, "check") => {
            (vec!["@begin x", "@start 0", "@changed 0", "@start 1", "@changed 1", "@end"], Ok(Ended::Status(0)))
        }
        _ => (vec!["@begin x", "@start 0", "@failed 0 exit 1", "@skipped 1", "@end"], Ok(Ended::Status(0))),
    });
    for mode in [labctl::internals::event::Mode::Check, labctl::internals::event::Mode::Apply] {
        let (events, scripts) = run(GOOD, mode, answer.clone());
        every_step_is_finished_once(&events);
        let blocked = "w run third failed: something stands in the way".to_owned();
        let told = outcomes(&events);
        // It needs steps of other hosts, which fail, and is told all the same.
        assert!(told.contains(&blocked), "{told:#?}");
        assert!(!scripts.contains(&("w".to_owned(), "apply".to_owned())), "{mode:?}: nothing of it is begun");
    }
}

#[test]
fn what_a_host_says_of_itself_is_told() {
    let answer: Answer = Arc::new(|host, _| {
        let mut lines = vec!["@begin x", "@fact clock 12345.5", "@fact clock %N", "@fact load 0.5 of 1", "@fact"];
        lines.extend(if host == "w" { ok(1) } else { ok(2) });
        (lines, Ok(Ended::ListenerDone))
    });
    let (events, _) = run(GOOD, labctl::internals::event::Mode::Check, answer);
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
