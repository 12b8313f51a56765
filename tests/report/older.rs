//! Recordings of older versions are read, and shown as they were.

use super::recorded::up;
use super::{page, screen_of, suites};
use labctl::internals::languages::ENGLISH;
use labctl::internals::recording::Recording;
use labctl::internals::report::{NextSteps, event_line, html, junit};

/// A run that a labctl recorded which told in words only why a host was not reached.
const BEFORE_KINDS: &str = include_str!("before_kinds.jsonl");

#[test]
fn a_recording_from_before_there_were_kinds_is_shown_as_it_was() {
    let recording = Recording::read("runs/r.jsonl", BEFORE_KINDS.as_bytes()).unwrap();
    assert!(recording.whole && recording.remarks.is_empty(), "{:?}", recording.remarks);
    // Whoever joins recordings gets the words back as they were.
    let told = |line: &&str| line.contains("\"host_unreachable\"");
    let again: String = recording.events.iter().map(|event| event_line(event).unwrap()).collect();
    assert_eq!(BEFORE_KINDS.lines().filter(told).count(), 2);
    assert!(again.lines().filter(told).eq(BEFORE_KINDS.lines().filter(told)), "{again}");
    let refused = "cannot reach student@127.0.0.1:9: connection refused";
    let unknown =
        "cannot reach student@nowhere.invalid:9: the name nowhere.invalid does not resolve (Name or service not known)";
    let hints = ["or is it another port?", "look for a typing mistake, or write the IP address"];
    let (screen, page) =
        (screen_of(&recording, NextSteps::default()), html(&recording, "runs/r.jsonl", ENGLISH).unwrap());
    let suites = junit(&recording, "runs/r.jsonl").unwrap();
    for words in [refused, unknown, hints[0], hints[1]] {
        for (shown, name) in [(&screen, "terminal"), (&page, "page"), (&suites, "JUnit")] {
            assert!(shown.contains(words), "{name} lacks `{words}`:\n{shown}");
        }
    }
    assert_eq!(screen.matches("unreachable  cannot reach").count(), 2, "{screen}");
}

/// What the first version recorded: sites with sockets only, tasks whose step's name says what they are about.
#[test]
fn recordings_of_the_first_version_are_read() {
    let recorded = include_str!("first_version.jsonl");
    assert!(!recorded.contains("\"component\"") && !recorded.contains("\"port\""));
    let recording = Recording::read("runs/r.jsonl", recorded.as_bytes()).unwrap();
    assert!(recording.whole, "{:?}", recording.remarks);
    // It counted what visitors met, but not whom nginx had asked, nor from where.
    let from = "<p class=\"soft\">Seen from the computer that ran labctl, at 10.0.0.1, as a browser there would find it.</p>\n";
    let as_then = |text: String| text.replace(" (asked: 10.0.0.9:3000)", "").replace(from, "");
    assert_eq!(html(&recording, "runs/r.jsonl", ENGLISH).unwrap(), as_then(page(&up(""))));
    assert_eq!(junit(&recording, "runs/r.jsonl").unwrap(), as_then(suites(&up(""))));
}
