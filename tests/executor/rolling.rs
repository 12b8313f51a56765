//! Servers of one site are changed one after the other, and the web server is told before and after.

use super::fake::{Answer, DONE, FAILS, TWO, WOULD, every_step_is_finished_once, ok, outcomes, run_steps};
use labctl::internals::event::{Event, Kind, Mode};
use labctl::internals::transport::Ended;
use std::sync::Arc;

const ROLLING: &str = "hosts: app\nrolling: true\ntasks:\n  - command: {run: first}\n  - command: {run: second}\n";
const SERVES: [&str; 7] = ["@begin x", "@fact serves demo", "@start 0", "@changed 0", "@start 1", "@changed 1", "@end"];
const NO_PAGE: [&str; 5] =
    ["@begin x", "@start 0", "@out 0", "the web server does not get the page: 502", "@failed 0 exit 1"];

fn lab(hosts: &[&str], web: &str) -> String {
    let app = |(n, name): (usize, &&str)| format!("  {name}: {{address: 10.0.0.{}, groups: [app]}}\n", n + 1);
    let apps: String = hosts.iter().enumerate().map(app).collect();
    format!(
        "lab: t\nhosts:\n{apps}  {web}: {{address: 10.0.1.1, groups: [web]}}\nvars: {{sites: [{{domain: a.b, upstream: app}}]}}\n"
    )
}

/// What was sent to whom, but for the looks.
fn rolled(lab: &str, forks: usize, answer: Answer) -> (Vec<Event>, Vec<String>) {
    let (events, scripts, _) = run_steps(lab, [ROLLING, TWO], Mode::Apply, None, [forks, 100], answer);
    let sent = scripts.iter().filter(|(_, mode)| mode != "check").map(|(host, mode)| format!("{host} {mode}"));
    (events, sent.collect())
}

/// Hosts of which those in `serving` serve; the look at each has something to do.
fn answers(
    serving: &'static [&'static str],
    more: impl Fn(&str, &str) -> Option<Vec<&'static str>> + Send + Sync + 'static,
) -> Answer {
    Arc::new(move |host, mode| {
        let usual = || match (host, mode) {
            (_, "out" | "in") => vec!["@begin x", "@start 0", "@changed 0", "@end"],
            ("w" | "off", _) => ok(1),
            (_, "check") if serving.contains(&host) => SERVES.to_vec(),
            (_, "check") => WOULD.to_vec(),
            _ => DONE.to_vec(),
        };
        (more(host, mode).unwrap_or_else(usual), Ok(Ended::ListenerDone))
    })
}

#[test]
fn who_serves_is_changed_when_the_one_before_serves_again() {
    for forks in [1, 50] {
        let (events, sent) = rolled(&lab(&["a", "b", "c"], "w"), forks, answers(&["a", "b", "c"], |_, _| None));
        every_step_is_finished_once(&events);
        let each = |host: &str| vec!["w out".to_owned(), format!("{host} apply"), "w in".to_owned()];
        let wanted = [each("a"), each("b"), each("c"), vec!["w apply".to_owned()]].concat();
        assert_eq!(sent, wanted, "{forks} at once");
        let said: Vec<_> = events.iter().filter(|event| matches!(event.kind, Kind::HostSaid { .. })).collect();
        assert_eq!(said.len(), 6, "{said:?}");
    }
}

#[test]
fn where_nothing_serves_nobody_waits() {
    let (events, mut sent) = rolled(&lab(&["a", "b", "c"], "w"), 50, answers(&[], |_, _| None));
    every_step_is_finished_once(&events);
    sent[..3].sort();
    assert_eq!(sent, ["a apply", "b apply", "c apply", "w apply"]);
    // One that is alone behind its site has nobody to wait for.
    let alone = lab(&["a", "b"], "w").replace("upstream: app", "upstream: [a]");
    let (_, mut sent) = rolled(&alone, 50, answers(&["a", "b"], |_, _| None));
    sent[..2].sort();
    assert_eq!(sent, ["a apply", "b apply", "w apply"]);
}

#[test]
fn who_does_not_serve_is_put_right_first() {
    let (_, sent) = rolled(&lab(&["a", "b"], "w"), 50, answers(&["a"], |_, _| None));
    assert_eq!(sent, ["b apply", "w out", "a apply", "w in", "w apply"]);
    let (events, sent) = rolled(
        &lab(&["a", "b"], "w"),
        50,
        answers(&["a"], |host, mode| ((host, mode) == ("b", "apply")).then(|| FAILS.to_vec())),
    );
    every_step_is_finished_once(&events);
    assert_eq!(sent, ["b apply"], "what cannot come up must not bring down what serves");
    assert!(
        outcomes(&events).contains(&"a run first skipped: `run first` failed on b".to_owned()),
        "{:?}",
        outcomes(&events)
    );
}

#[test]
fn after_one_that_does_not_come_back_the_others_go_on_serving() {
    // It fails by its own word, or the web server does not get its page.
    type Fails = fn(&str, &str) -> Option<Vec<&'static str>>;
    let fails: [Fails; 2] = [
        |host, mode| ((host, mode) == ("a", "apply")).then(|| FAILS.to_vec()),
        |_, mode| (mode == "in").then(|| [&NO_PAGE[..], &["@end"]].concat()),
    ];
    for (n, fails) in fails.into_iter().enumerate() {
        let (events, sent) = rolled(&lab(&["a", "b"], "w"), 50, answers(&["a", "b"], fails));
        every_step_is_finished_once(&events);
        assert_eq!(sent, ["w out", "a apply", "w in"], "{n}: and nginx gets it back in either case");
        let told = outcomes(&events);
        let failed = [
            "a run first failed: ended with status 1",
            "a run second failed: the web server does not get the page: 502; the servers after it are left as they are",
        ][n];
        assert!(told.contains(&failed.to_owned()), "{told:#?}");
        let why = ["`run first` failed on a", "`run second` failed on a"][n];
        assert!(told.contains(&format!("b run first skipped: {why}")), "{told:#?}");
        assert!(told.iter().any(|line| line.starts_with("w run third skipped")), "{told:#?}");
    }
}

#[test]
fn a_web_server_that_cannot_be_reached_keeps_nobody_from_being_changed() {
    let (events, sent) = rolled(&lab(&["a", "b"], "off"), 50, answers(&["a", "b"], |_, _| None));
    assert_eq!(sent, ["a apply", "b apply"]);
    assert!(outcomes(&events).contains(&"b run second changed".to_owned()));
    // Nor does a server that is off.
    let (_, sent) = rolled(&lab(&["a", "off"], "w"), 50, answers(&["a"], |_, _| None));
    assert_eq!(sent, ["w out", "a apply", "w in"]);
}
