//! A recording: a run as it was written down, one event in each line, as JSON. Read back as far as it goes: what a newer
//! labctl recorded, what broke off when the power failed, and what somebody spoiled is remarked upon and skipped.

use crate::model::event::{Component, Event, Kind, TaskRef};
use std::collections::BTreeMap;

/// A run that was read back.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// What happened, in the order of the recording. The first is [`Kind::RunStarted`].
    pub events: Vec<Event>,
    /// What its reader must know: what is missing, and why.
    pub remarks: Vec<String>,
    /// Whether it is all there: begun, ended, and every line understood.
    pub whole: bool,
}

/// What a line holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    /// A line that is an event.
    Event(Box<Event>),
    /// An event of this kind, which this labctl does not know.
    Unknown(String),
    /// No event, because of this.
    Wrong(String),
}

/// Reads a line of a recording.
pub fn line(text: &str) -> Line {
    let error = match serde_json::from_str(text) {
        Ok(event) => return Line::Event(Box::new(event)),
        Err(error) => error,
    };
    let kind = || {
        let value: serde_json::Value = serde_json::from_str(text).ok()?;
        Some(value.get("event")?.as_str()?.to_owned())
    };
    // A word that is not known yet, at the top or further down: said by a labctl that knows more.
    match kind().filter(|_| error.to_string().starts_with("unknown variant")) {
        Some(kind) => Line::Unknown(kind),
        None => Line::Wrong(error.to_string()),
    }
}

/// Why a file is not a recording. `name` is what messages call it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordingError {
    /// Its first line is not an event.
    #[error("{name}:{line}: no event of a run: {why}")]
    NotAnEvent {
        /// The path of the recording.
        name: String,
        /// The line (from 1).
        line: usize,
        /// What JSON says of it.
        why: String,
    },
    /// Its first event is another than [`Kind::RunStarted`].
    #[error("{name}:{line}: a recording begins with the event `run_started`")]
    NoBeginning {
        /// The path of the recording.
        name: String,
        /// The line (from 1).
        line: usize,
    },
    /// The file holds no event.
    #[error("{name}: there is no event of a run in it")]
    Empty {
        /// The path of the recording.
        name: String,
    },
}

impl Recording {
    /// Reads a recording back. `name` is what messages call it.
    ///
    /// # Errors
    /// It is not a recording: its first line does not begin a run.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self, RecordingError> {
        let text = String::from_utf8_lossy(bytes);
        let (mut events, mut remarks) = (Vec::new(), Vec::new());
        let mut unknown: BTreeMap<String, usize> = BTreeMap::new();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for (n, whole) in lines.iter().enumerate() {
            // A file system may fill with zeros what was never written.
            let written = whole.trim_matches(['\0', '\n', '\r', ' ']);
            let (last, at) = (n + 1 == lines.len(), n + 1);
            match line(written) {
                Line::Event(event) => events.push(*event),
                _ if written.is_empty() && !whole.contains('\0') => {}
                Line::Unknown(kind) => *unknown.entry(kind).or_default() += 1,
                Line::Wrong(_) if last && (!whole.ends_with('\n') || written.is_empty()) => {
                    remarks
                        .push(format!("{name}:{at}: the line breaks off: whoever wrote it was stopped in the middle"));
                }
                Line::Wrong(why) if events.is_empty() => {
                    return Err(RecordingError::NotAnEvent { name: name.to_owned(), line: at, why });
                }
                Line::Wrong(why) => {
                    remarks.push(format!("{name}:{at}: this line is not an event, and is skipped: {why}"))
                }
            }
            if events.first().is_some_and(|event| !matches!(event.kind, Kind::RunStarted { .. })) {
                return Err(RecordingError::NoBeginning { name: name.to_owned(), line: at });
            }
        }
        if events.is_empty() {
            return Err(RecordingError::Empty { name: name.to_owned() });
        }
        for event in &events {
            if let Kind::RunsMerged { missing, .. } = &event.kind {
                remarks.extend(missing.iter().cloned());
            }
        }
        if !unknown.is_empty() {
            let kinds: Vec<String> = unknown.iter().map(|(kind, n)| format!("{n} × {kind}")).collect();
            remarks.push(format!("this labctl does not know these events, and leaves them out: {}", kinds.join(", ")));
        }
        if !matches!(events.last().map(|event| &event.kind), Some(Kind::RunFinished { .. })) {
            let what =
                "the recording ends before the run did: labctl was killed, its computer stopped, or it still works";
            remarks.push(format!("{what}. Everything up to there is shown."));
        }
        name_components(&mut events);
        let whole = remarks.is_empty();
        Ok(Self { events, remarks, whole })
    }
}

/// The first version did not record which component of the lab a task makes: only the names of its own steps show it.
fn name_components(events: &mut [Event]) {
    let mut tasks: Vec<&mut TaskRef> = Vec::new();
    for event in events {
        if let Kind::TaskFinished { result } = &mut event.kind {
            tasks.push(&mut result.task);
        }
    }
    if tasks.iter().any(|task| task.component.is_some()) {
        return;
    }
    for task in tasks {
        task.component = match task.step.as_str() {
            "nginx" => Some(Component::WebServer),
            "proxy" => Some(Component::Sites),
            "node" => Some(Component::Runtime),
            "pm2" => Some(Component::Application),
            "verify" => Some(Component::Answers),
            "hosts" => Some(Component::Names),
            _ => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = r#"{"at_ms":0,"event":"run_started","version":"0.1.0","lab":"t","mode":"apply","steps":["nginx"],"hosts":["web"],"started":1}"#;
    const TASK: &str =
        r#"{"at_ms":5,"event":"task_finished","host":"web","step":"nginx","task":"x","outcome":"ok","took_ms":1}"#;
    const LAST: &str = r#"{"at_ms":9,"event":"run_finished","took_ms":9,"interrupted":false}"#;

    fn read(lines: &[&str]) -> Result<Recording, RecordingError> {
        Recording::read("r.jsonl", format!("{}\n", lines.join("\n")).as_bytes())
    }

    #[test]
    fn a_whole_one_has_no_remarks() {
        let read = read(&[FIRST, TASK, LAST]).unwrap();
        assert_eq!((read.events.len(), read.remarks.len(), read.whole), (3, 0, true));
    }

    #[test]
    fn what_is_not_known_is_named_and_left_out() {
        let newer = r#"{"at_ms":6,"event":"moon_phase","is":"full"}"#;
        let outcome = TASK.replace("\"ok\"", "\"astonished\"");
        let read = read(&[FIRST, newer, TASK, newer, &outcome, LAST]).unwrap();
        assert_eq!(read.events.len(), 3);
        assert_eq!(read.remarks.len(), 1);
        assert!(read.remarks[0].contains("2 × moon_phase, 1 × task_finished"), "{:?}", read.remarks);
    }

    #[test]
    fn a_cut_one_is_shown_as_far_as_it_goes() {
        let whole = format!("{FIRST}\n{TASK}\n{LAST}\n");
        for cut in FIRST.len() + 1..whole.len() - 1 {
            let read = Recording::read("r", &whole.as_bytes()[..cut]).unwrap();
            // A last line that lacks nothing but its end is a line.
            let lines = whole[..cut].lines().filter(|l| [FIRST, TASK, LAST].contains(l)).count();
            assert_eq!(read.events.len(), lines, "{cut}");
            assert_eq!(read.whole, lines == 3, "{cut}: {:?}", read.remarks);
        }
        let zeros = [format!("{FIRST}\n{TASK}\n").as_bytes(), &[0; 300]].concat();
        let read = Recording::read("r.jsonl", &zeros).unwrap();
        assert_eq!(read.events.len(), 2);
        assert!(read.remarks[0].starts_with("r.jsonl:3: the line breaks off"), "{:?}", read.remarks);
    }

    #[test]
    fn a_spoiled_line_is_named() {
        let read = read(&[FIRST, "{\"at_ms\":", TASK, LAST]).unwrap();
        assert_eq!((read.events.len(), read.whole), (3, false));
        assert!(
            read.remarks[0].starts_with("r.jsonl:2: this line is not an event, and is skipped: "),
            "{:?}",
            read.remarks
        );
    }

    #[test]
    fn what_is_no_recording_is_refused() {
        for (bytes, wanted) in [
            ("", "r: there is no event of a run in it"),
            ("lab: x\nhosts: {}\n", "r:1: no event of a run: "),
            (&*format!("{TASK}\n{LAST}\n"), "r:1: a recording begins with the event `run_started`"),
        ] {
            let error = Recording::read("r", bytes.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(wanted), "{error}");
        }
    }

    #[test]
    fn every_event_comes_back_as_it_was() {
        use crate::model::event::*;
        use crate::model::site::{BalanceMethod, Server, Site};
        let drill = Drill {
            mode: DrillMode::Freeze,
            host: "app2".parse().unwrap(),
            site: "a.b".into(),
            template: "lab".into(),
            rate: 50,
            seconds: 12,
        };
        let shares = Shares::from([("app1".parse().unwrap(), 33.3)]);
        let figures = Figures {
            sent: 9,
            lost: 1,
            lost_why: [(crate::model::visitor::VisitError::Refused, 1)].into_iter().collect(),
            slow: 0,
            slow_at_broken: 0,
            slow_moved: 0,
            longest_gap_ms: 1,
            p50_ms: 2,
            p99_ms: 3,
            max_ms: 4,
            ejected_ms: None,
            moved: 0,
            silent_ms: 1,
            back_ms: 1,
            before: shares.clone(),
            during: shares.clone(),
            after: shares,
        };
        let address = Some("10.0.0.2".to_owned());
        let server = Server { name: "app1".parse().unwrap(), address, port: 3000, weight: 3 };
        let (balance, servers) = (BalanceMethod::IpHash, vec![server]);
        let site = Site { domain: "a.b".into(), balance, servers, config_hash: None };
        let web = Some(Machine { name: "web".parse().unwrap(), address: None });
        let tick = Tick { sent: 3, answered: BTreeMap::from([("app1".parse().unwrap(), 2)]), ..Tick::default() };
        for kind in [
            Kind::LabDescribed { verb: "up".into(), topology: Topology { web, apps: Vec::new(), sites: vec![site] } },
            Kind::DrillStarted { drill: drill.clone() },
            Kind::DrillTurned { turn: Turn::Ejected { host: "app1".parse().unwrap() }, after_ms: 7 },
            Kind::DrillTick { tick },
            Kind::DrillFinished {
                drilled: Drilled { drill, figures, timeouts: None, logged: Vec::new(), verdict: None },
            },
            Kind::DrillFailed { failure: DrillFailure::Other { reason: "r".into() } },
            Kind::DrillFailed { failure: DrillFailure::Interrupted },
        ] {
            let event = Event { at_ms: 3, kind };
            let text = serde_json::to_string(&event).unwrap();
            assert_eq!(line(&text), Line::Event(Box::new(event)), "{text}");
        }
    }
}
