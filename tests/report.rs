//! Reports of recorded runs: as a page and as JUnit, whole, cut, spoiled, and with texts that would like to be more than text.
#![allow(clippy::unwrap_used, clippy::print_stderr)] // a test that cannot go on has failed

#[path = "report/command.rs"]
mod command;
#[path = "report/merged.rs"]
mod merged;
#[path = "report/older.rs"]
mod older;
#[path = "report/recorded.rs"]
mod recorded;
#[path = "report/shards.rs"]
mod shards;
#[path = "support/skip.rs"]
mod skip;

use labctl::internals::event::{Component, DrillFailure, Event, Kind, Mode, Outcome};
use labctl::internals::languages::{ALL, ENGLISH, Language};
use labctl::internals::name::StepName;
use labctl::internals::recording::Recording;
use labctl::internals::report::{FanOut, NextSteps, Order, Style, Terminal, event_line, html, junit};
use labctl::internals::unreachable::{ConnectionFailure, Endpoint, Unreachable};
use recorded::{HOSTILE, drills, first, up, written};
use skip::skip;
use std::io::Write;
use std::process::{Command, Stdio};

fn read(kinds: &[Kind]) -> Recording {
    Recording::read("runs/r.jsonl", written(kinds).as_bytes()).unwrap()
}

fn page(kinds: &[Kind]) -> String {
    html(&read(kinds), "runs/r.jsonl", ENGLISH).unwrap()
}

fn indonesian(kinds: &[Kind]) -> String {
    html(&read(kinds), "runs/r.jsonl", Language::of_code("id").unwrap()).unwrap()
}

fn suites(kinds: &[Kind]) -> String {
    junit(&read(kinds), "runs/r.jsonl").unwrap()
}

/// What `--format json` and recordings say: the kind for programs that decide, and the words for those that show.
#[test]
fn a_host_that_was_not_reached_is_told_as_a_kind_and_in_words() {
    let at = Endpoint { user: "student".into(), host: "10.0.0.7".into(), port: 22 };
    let why = Unreachable::Connection { at, why: ConnectionFailure::Refused };
    let kind = Kind::HostUnreachable { host: "web".parse().unwrap(), why };
    let line = event_line(&Event { at_ms: 3, kind: kind.clone() }).unwrap();
    let json: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&json["why"]["stage"], &json["why"]["why"]["kind"]), (&"connection".into(), &"refused".into()));
    assert_eq!(json["reason"], "cannot reach student@10.0.0.7:22: connection refused");
    assert_eq!(json["hints"][1], "or does it use another port?");
    assert_eq!(serde_json::from_str::<Event>(&line).unwrap().kind, kind, "the words beside it change nothing");
}

/// The style is no matter of these tests: it is looked at in a browser.
fn body(page: &str) -> &str {
    &page[page.find("</head>").unwrap()..]
}

#[test]
fn a_run_as_a_page() {
    insta::assert_snapshot!("page_up", body(&page(&up(""))));
}

#[test]
fn a_drill_as_a_page() {
    insta::assert_snapshot!("page_drill", body(&page(&drills(""))));
}

#[test]
fn the_same_pages_in_indonesian() {
    insta::assert_snapshot!("page_up_id", body(&indonesian(&up(""))));
    insta::assert_snapshot!("page_drill_id", body(&indonesian(&drills(""))));
}

/// What a page says, without what is the same in every language: marks, names, and what was recorded.
fn said(page: &str) -> Vec<&str> {
    let own = |text: &&str| text.trim().chars().filter(|c| c.is_alphabetic()).count() > 3;
    body(page).split(['<', '>']).skip(2).step_by(2).map(str::trim).filter(own).collect()
}

/// Elements, targets of links and numbers are the same in every language, and `lang=` says which one it is.
#[test]
fn every_language_tells_the_same() {
    for (kinds, english) in [(up(""), page(&up(""))), (drills(""), page(&drills("")))] {
        for language in &ALL[1..] {
            let other = html(&read(&kinds), "runs/r.jsonl", language).unwrap();
            assert!(other.starts_with(&format!("<!doctype html>\n<html lang=\"{}\">", language.code)));
            assert_eq!(marks(&other), marks(&english), "the same elements");
            let links = |page: &str| page.matches("href=\"#").count() + page.matches(" id=\"").count();
            assert_eq!(links(&other), links(&english));
            let same: Vec<&str> = said(&other).into_iter().filter(|text| said(&english).contains(text)).collect();
            let translated = said(&other).len() - same.len();
            assert!(translated > 40, "{language:?}: only {translated} texts are its own; the same are {same:#?}");
        }
    }
}

#[test]
fn the_words_of_a_check_and_of_a_run_that_went_no_further_are_in_the_language() {
    let mut kinds = up("");
    if let Kind::RunStarted { mode, .. } = &mut kinds[0] {
        *mode = Mode::Check;
    }
    kinds.insert(2, Kind::RunHalted { failed: 3, hosts: 4, max_fail: "50%".into() });
    let page = indonesian(&kinds);
    for wanted in [
        "akan berubah</span>",
        "labctl up memeriksa 4 mesin selama 42,7 detik: dari 8 tugas, 2 sudah beres, 4 akan berubah, 1 gagal, 1 dilewati. \
         3 dari 4 mesin gagal atau tidak terjangkau, lebih dari --max-fail 50%: tidak ada lagi yang dimulai.",
        "22 November 2026 pukul 22.16 UTC",
    ] {
        assert!(page.contains(wanted), "{wanted}: {page}");
    }
}

#[test]
fn a_run_as_junit() {
    insta::assert_snapshot!("junit_up", suites(&up("")));
    insta::assert_snapshot!("junit_drill", suites(&drills("")));
}

#[test]
fn the_title_says_what_came_of_it() {
    let title = |kinds: &[Kind]| {
        let page = page(kinds);
        let from = page.find("<h1>").unwrap() + 4;
        page[from..from + page[from..].find("</h1>").unwrap()].to_owned()
    };
    assert_eq!(title(&up("")), "1 task failed");
    assert_eq!(title(&drills("")), "1 drill gave no figures");
    let end = |interrupted| Kind::RunFinished { took_ms: 1, interrupted };
    let good = |kind: &Kind| !matches!(kind, Kind::TaskFinished { result } if result.outcome == Outcome::Failed);
    let lost = |kind: &Kind| matches!(kind, Kind::HostUnreachable { .. });
    let shares = |kind: &Kind| matches!(kind, Kind::SiteBalanced { .. });
    let mut some: Vec<Kind> = up("").into_iter().filter(good).collect();
    assert_eq!(title(&some), "app3 could not be reached");
    some.retain(|kind| !lost(kind));
    assert_eq!(title(&some), "Requests not shared out as promised: 1 site");
    some.retain(|kind| !shares(kind));
    assert_eq!(title(&some), "Everything is in place: 4 things changed");
    assert_eq!(title(&[first(Mode::Check, &[]), end(false)]), "Nothing would change");
    assert_eq!(title(&[first(Mode::Apply, &[]), end(false)]), "Everything was in place already");
    assert_eq!(title(&[first(Mode::Apply, &[]), end(true)]), "The run was interrupted");
    assert_eq!(title(&[first(Mode::Apply, &[])]), "The recording is not complete");
    let failed = Kind::DrillFailed { failure: DrillFailure::Other { reason: "web cannot be reached".into() } };
    let none = [first(Mode::Apply, &[]), failed, end(false)];
    assert_eq!(title(&none), "Nothing was drilled");
    assert!(page(&none).contains("<li>web cannot be reached</li>"));
    assert!(suites(&none).contains("<error message=\"web cannot be reached\" type=\"drill\">"));
}

#[test]
fn what_would_change_is_seen_by_ci() {
    let mut kinds = up("");
    if let Kind::RunStarted { mode, .. } = &mut kinds[0] {
        *mode = Mode::Check;
    }
    let suites = suites(&kinds);
    assert_eq!(suites.matches("type=\"would change\">").count(), 4, "{suites}");
    assert!(page(&kinds).contains("would change</span>"));
}

/// What a recording looks like in a terminal.
fn screen(kinds: &[Kind]) -> String {
    screen_of(&read(kinds), NextSteps::default())
}

fn screen_of(recording: &Recording, closing: NextSteps) -> String {
    let mut out = Vec::new();
    let mut people = Terminal::new(&mut out, Style::default(), closing);
    let cells = recording.events.iter().filter_map(|event| match &event.kind {
        Kind::StepFinished { host, step, .. } => Some((host.clone(), step.clone())),
        _ => None,
    });
    let mut fan = FanOut::new(Order::new(cells.collect()), vec![&mut people]);
    recording.events.iter().for_each(|event| fan.emit(event.clone()));
    drop(fan);
    drop(people);
    String::from_utf8(out).unwrap()
}

#[test]
fn what_stands_in_the_way_is_said_with_the_command_that_puts_it_aside() {
    let of = |take_over| {
        let mut kinds = up("");
        for kind in &mut kinds {
            if let Kind::TaskFinished { result } = kind
                && result.outcome == Outcome::Failed
            {
                result.reason = Some(labctl::internals::event::Reason::InTheWay { take_over });
            }
        }
        let closing =
            NextSteps { bad: vec!["go on".into()], take_over: Some("put aside".into()), ..NextSteps::default() };
        screen_of(&read(&kinds), closing)
    };
    assert!(of(true).ends_with("  go on\n  put aside\n"), "{}", of(true));
    assert!(of(false).ends_with("  go on\n"), "{}", of(false));
}

#[test]
fn a_run_that_went_no_further_says_so() {
    let mut kinds = up("");
    kinds.insert(2, Kind::RunHalted { failed: 3, hosts: 4, max_fail: "50%".into() });
    let why = "3 of 4 hosts failed or were not reached, more than --max-fail 50%: nothing more was started";
    assert!(page(&kinds).contains(why));
    let screen = screen(&kinds);
    let (rows, recap) = screen.split_once(why).unwrap();
    assert!(rows.contains("pm2        app2") && !recap.contains("  pm2 "), "behind all rows: {screen}");
    assert!(recap.contains("failed 1"), "{screen}");
}

#[test]
fn what_a_run_put_right_is_right() {
    let mut kinds: Vec<Kind> = up("").into_iter().filter(|kind| matches!(kind, Kind::SiteBalanced { .. })).collect();
    let mut bad = kinds[0].clone();
    if let Kind::SiteBalanced { balance, .. } = &mut bad {
        (balance.backends[0].answered, balance.backends[1].answered) = (200, 0);
    }
    kinds = vec![first(Mode::Apply, &[]), bad, kinds[0].clone(), Kind::RunFinished { took_ms: 1, interrupted: false }];
    let page = page(&kinds);
    assert_eq!(page.matches("Who answered for").count(), 2, "one table, with its name and its caption");
    assert!(page.contains("round_robin promises 100 each") && !page.contains("was answered only by app1"));
}

/// Nothing that a machine or a user wrote becomes a mark of the page or of the document.
#[test]
fn hostile_texts_stay_texts() {
    for (kinds, sanitize) in [(up(HOSTILE), up("")), (drills(HOSTILE), drills(""))] {
        let pages = ALL.iter().map(|language| {
            let made = |kinds| html(&read(kinds), "runs/r.jsonl", language).unwrap();
            (made(&kinds), made(&sanitize))
        });
        for (made, wanted) in pages.chain([(suites(&kinds), suites(&sanitize))]) {
            assert_eq!(marks(&made), marks(&wanted), "the same elements, whatever the texts say");
            assert!(!made.chars().any(|c| (c.is_control() && c != '\n' && c != '\t') || c == '\u{ffff}'));
            assert!(!made.contains('\u{202e}') && !made.contains("]]>"));
            assert!(made.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "it is shown");
            assert!(made.contains("\\u{1b}[2J"), "control characters are shown, not obeyed");
        }
    }
}

/// The names of all elements, in order.
fn marks(text: &str) -> Vec<String> {
    let name = |rest: &str| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "/!?-".contains(*c)).collect();
    text.split('<').skip(1).map(name).collect()
}

#[test]
fn endless_output_is_bounded() {
    let mut kinds = up("");
    for kind in &mut kinds {
        if let Kind::TaskFinished { result } = kind {
            result.output = Some(format!("begin {} end", "<x>é\n".repeat(250_000)));
            result.diff = Some("+y\n".repeat(400_000));
        }
    }
    let recording = read(&kinds);
    let page = html(&recording, "r", ENGLISH).unwrap();
    assert!(page.len() < 3_000_000, "{}", page.len());
    assert!(
        page.contains("begin &lt;x&gt;é") && page.contains("é\n end") && page.contains("letters are left out here")
    );
    let suites = junit(&recording, "r").unwrap();
    assert!(suites.len() < 4_000_000, "{}", suites.len());
}

#[test]
fn a_cut_recording_is_shown_as_far_as_it_goes() {
    let whole = written(&up(""));
    let cut = &whole[..whole.find("configure the sites").unwrap()];
    let recording = Recording::read("old.jsonl", cut.as_bytes()).unwrap();
    let page = html(&recording, "old.jsonl", ENGLISH).unwrap();
    assert!(page.contains("This report is not complete.") && page.contains("the line breaks off"), "{page}");
    assert!(page.contains("<h1>1 task failed</h1>") && page.contains("EADDRINUSE"));
    let suites = junit(&recording, "old.jsonl").unwrap();
    assert!(
        suites.contains("<testsuite name=\"recording\"")
            && suites.contains(" id=\"4\"")
            && suites.contains(" type=\"recording\">")
    );
    // Wherever it breaks off, there is a page.
    for at in (whole.find('\n').unwrap() + 1..whole.len()).step_by(97) {
        let Ok(recording) = Recording::read("r", &whole.as_bytes()[..at]) else { panic!("{at}") };
        assert!(html(&recording, "r", ENGLISH).unwrap().ends_with("</html>\n"));
        assert!(junit(&recording, "r").unwrap().ends_with("</testsuites>\n"));
    }
}

/// What the usual schema (of Jenkins' xUnit plugin) and the older one of Windyroad both want.
#[test]
fn junit_is_what_ci_systems_read() {
    for kinds in [up(HOSTILE), drills(HOSTILE)] {
        let suites = suites(&kinds);
        let number = |element: &str, name: &str| -> usize {
            let from = element.find(&format!(" {name}=\"")).unwrap() + name.len() + 3;
            element[from..].split('"').next().unwrap().parse().unwrap()
        };
        let (mut tests, mut failures, mut errors) = (0, 0, 0);
        for suite in suites.split("<testsuite ").skip(1) {
            for (name, mark) in
                [("tests", "<testcase "), ("failures", "<failure "), ("errors", "<error "), ("skipped", "<skipped ")]
            {
                assert_eq!(number(suite, name), suite.matches(mark).count(), "{name}: {suite}");
            }
            (tests, failures, errors) = (
                tests + number(suite, "tests"),
                failures + number(suite, "failures"),
                errors + number(suite, "errors"),
            );
            let order: Vec<usize> =
                ["<properties>", "<testcase ", "\n        <system-out></", "\n        <system-err></"]
                    .iter()
                    .map(|m| suite.find(m).unwrap())
                    .collect();
            assert!(order.is_sorted(), "{suite}");
            assert!(suite.contains(" timestamp=\"2026-11-22T22:16:01\"") && suite.contains(" hostname=\""));
        }
        let all = suites.split("<testsuites ").nth(1).unwrap();
        assert_eq!((number(all, "tests"), number(all, "failures"), number(all, "errors")), (tests, failures, errors));
        let Ok(mut child) = Command::new("xmllint").args(["--noout", "-"]).stdin(Stdio::piped()).spawn() else {
            skip("there is no xmllint here");
            continue;
        };
        child.stdin.take().unwrap().write_all(suites.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "xmllint refuses it: {suites}");
    }
}

/// Which step a task belongs to matters for nothing but its name: what it is about, its module says.
#[test]
fn steps_have_whatever_names_their_user_gives_them() {
    let names = [
        ("nginx", "depan", Component::WebServer),
        ("pm2", "jalankan", Component::Application),
        ("proxy", "bagi", Component::Sites),
        ("verify", "bukti", Component::Answers),
    ];
    let new = |old: &StepName| names.iter().find(|(name, ..)| *name == old.as_str()).map(|(_, new, of)| (*new, *of));
    let mut kinds = up("");
    kinds.retain(|kind| !matches!(kind, Kind::SiteBalanced { .. }));
    let before = page(&kinds);
    for kind in &mut kinds {
        match kind {
            Kind::RunStarted { steps, .. } => {
                steps.iter_mut().for_each(|step| {
                    if let Some((new, _)) = new(step) {
                        *step = new.parse().unwrap();
                    }
                });
            }
            Kind::TaskFinished { result } => {
                if let Some((name, component)) = new(&result.task.step) {
                    (result.task.step, result.task.component) = (name.parse().unwrap(), Some(component));
                }
            }
            Kind::StepFinished { step, .. } => {
                if let Some((new, _)) = new(step) {
                    *step = new.parse().unwrap();
                }
            }
            _ => {}
        }
    }
    let renamed = page(&kinds);
    let picture = |page: &str| {
        let from = page.find("<svg").unwrap();
        page[from..from + page[from..].find("</svg>").unwrap()].to_owned()
    };
    assert!(picture(&before).contains("failed: run the application"), "{}", picture(&before));
    assert_eq!(picture(&renamed), picture(&before));
    assert!(renamed.contains("bukti") && !renamed.contains("verify"));
}
