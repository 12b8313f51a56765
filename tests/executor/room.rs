//! More hosts than there is room for.

use super::fake::{Answer, DONE, WOULD, fleet, ok, outcomes, run_with, touched};
use labctl::internals::event::Kind;
use labctl::internals::transport::Ended;
use std::sync::Arc;

/// The web servers cannot tell before the others are done, and all have something to do.
fn some_wait() -> Answer {
    Arc::new(|host, mode| {
        let lines = match (host.starts_with('w'), mode) {
            (true, "check") => vec!["@begin x", "@start 0", "@unknown 0", "@end"],
            (true, _) => vec!["@begin x", "@start 0", "@changed 0", "@end"],
            (false, "check") => WOULD.to_vec(),
            (false, _) => DONE.to_vec(),
        };
        (lines, Ok(Ended::ListenerDone))
    })
}

/// More hosts than there is room for, and those that wait come first: nobody waits for ever, and no more are talked with.
#[test]
fn who_waits_gives_the_place_to_whom_it_waits_for() {
    let mut lab = "lab: t\nhosts:\n".to_owned();
    (0..3).for_each(|n| lab.push_str(&format!("  w{n}: {{address: 10.0.0.{n}, groups: [web]}}\n")));
    (0..5).for_each(|n| lab.push_str(&format!("  a{n}: {{address: 10.0.1.{n}, groups: [app]}}\n")));
    let answer = some_wait();
    for mode in [labctl::internals::event::Mode::Check, labctl::internals::event::Mode::Apply] {
        for [forks, max_open_hosts] in [[1, 1], [8, 2], [2, 7], [8, 8]] {
            let (events, scripts, most) = run_with(&lab, mode, None, [forks, max_open_hosts], answer.clone());
            assert!(most <= max_open_hosts, "{most} sessions, and room for {max_open_hosts}");
            let finished = events.iter().filter(|e| matches!(e.kind, Kind::StepFinished { .. }));
            assert_eq!(finished.count(), 8);
            let told = outcomes(&events);
            let bad =
                |line: &&String| line.contains("failed") || line.contains("skipped") || line.contains("unreachable");
            assert_eq!(told.iter().find(bad), None, "{told:#?}");
            let applied = if mode == labctl::internals::event::Mode::Apply { 8 } else { 0 };
            assert_eq!(touched(&scripts, "apply").len(), applied);
        }
    }
}

#[test]
fn hosts_that_have_something_to_do_do_not_keep_a_connection_while_others_look() {
    let names: Vec<String> = (0..40).map(|n| format!("a{n}")).collect();
    let lab = fleet(&names.iter().map(String::as_str).collect::<Vec<_>>()).replace("w: {", "last: {");
    let answer: Answer = Arc::new(|host, mode| {
        let lines = match (host, mode) {
            ("last", _) => ok(1),
            (_, "check") => WOULD.to_vec(),
            _ => DONE.to_vec(),
        };
        (lines, Ok(Ended::ListenerDone))
    });
    let (_, scripts, most) = run_with(&lab, labctl::internals::event::Mode::Apply, None, [3, 100], answer);
    assert_eq!(touched(&scripts, "apply").len(), 41, "the web server looks again");
    assert!(most <= 4, "{most} connections for three at work, and one that waits for them");
}

/// All who wait keep their login, unless a bastion could not hold so many: then they hang up, and nobody waits for ever.
#[test]
fn no_more_hosts_are_talked_with_than_a_bastion_can_hold() {
    let answer = some_wait();
    for (waiting, jump, between) in [(950, "gate", 900..=900), (950, "none", 960..=960), (300, "gate", 310..=310)] {
        let mut lab = format!("lab: t\nssh: {{jump: {jump}}}\nhosts:\n");
        for n in 0..waiting {
            lab.push_str(&format!("  w{n}: {{address: 10.0.{}.{}, groups: [web]}}\n", n / 250, n % 250));
        }
        (0..10).for_each(|n| lab.push_str(&format!("  a{n}: {{address: 10.1.0.{n}, groups: [app]}}\n")));
        let mode = labctl::internals::event::Mode::Apply;
        let (events, scripts, most) = run_with(&lab, mode, None, [2000, 2000], answer.clone());
        assert!(between.contains(&most), "{most} sessions for {waiting} behind {jump}");
        let finished = events.iter().filter(|e| matches!(e.kind, Kind::StepFinished { .. }));
        assert_eq!((finished.count(), touched(&scripts, "apply").len()), (waiting + 10, waiting + 10));
    }
}
