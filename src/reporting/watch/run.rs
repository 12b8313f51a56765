//! The run that a recording tells of, as a page shows it: a fold over events, in the language of the page.

use crate::languages::Language;
use crate::model::event::{Drill, Drilled, Event, Kind, Mode, Outcome, TaskRef, TurnKind, Verdict};
use crate::model::name::{HostName, LabName, StepName};
use serde::Serialize;

/// How many failures are shown, and how many drills that came to their end.
const MOST: usize = 5;
/// How many turns of a drill's story are shown: the last ones.
const TURNS: usize = 20;

/// A run, as far as it has come.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct LiveRun {
    /// Which recording it is.
    pub id: String,
    /// When it began, in seconds since 1970.
    pub started: u64,
    /// What was typed: `up`, `drill`; empty if the recording does not say.
    pub verb: String,
    /// Whether it changes anything.
    pub mode: Option<Mode>,
    /// The steps, in order.
    pub steps: Vec<StepName>,
    /// The hosts, in order.
    pub hosts: Vec<HostName>,
    /// For each step, each host: how far it is.
    pub cells: Vec<Vec<RunCell>>,
    /// Hosts that were not reached, and why.
    pub unreachable: Vec<(HostName, String)>,
    /// What failed, the first few.
    pub failed: Vec<FailedTask>,
    /// The drill that goes on, or was the last.
    pub drill: Option<DrillStory>,
    /// Drills that came to their end.
    pub drilled: Vec<Measured>,
    /// How it ended; none while it goes on.
    pub end: Option<RunEnd>,
    #[serde(skip)]
    lab: Option<LabName>,
    #[serde(skip)]
    language: &'static Language,
}

/// One step on one host.
#[derive(Debug, Clone, Default, Serialize, PartialEq)]
pub struct RunCell {
    /// How it stands; `None` before its first task.
    pub word: Option<&'static str>,
    /// How many of its tasks have ended.
    pub tasks: usize,
    /// Whether it is through.
    pub through: bool,
}

/// A task that failed.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct FailedTask {
    #[serde(flatten)]
    pub task: TaskRef,
    /// The reason that the task gave.
    pub why: String,
}

/// A drill while it happens.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct DrillStory {
    #[serde(flatten)]
    pub drill: Drill,
    /// What happened, in order.
    pub turns: Vec<DrillTurn>,
    /// Why there are no figures.
    pub failed: Option<String>,
    /// Whether it came to its end.
    pub over: bool,
}

/// A turn of the story.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct DrillTurn {
    /// When, in milliseconds since the run began.
    pub at_ms: u64,
    /// Which turn it was.
    pub turn: TurnKind,
    /// The turn in a sentence.
    pub text: String,
}

/// What a drill comes to.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct Measured {
    #[serde(flatten)]
    pub drill: Drill,
    /// Requests that it sent.
    pub sent: usize,
    /// Requests without a good answer.
    pub lost: usize,
    /// How long the slowest request took, in milliseconds.
    pub max_ms: u64,
    /// How long it took until the server was ejected, in milliseconds; none if it never was.
    pub ejected_ms: Option<u64>,
    /// What it came to, in sentences.
    pub verdict: String,
}

impl Measured {
    fn new(drilled: &Drilled, language: &Language) -> Self {
        let figures = &drilled.figures;
        Self {
            drill: drilled.drill.clone(),
            sent: figures.sent,
            lost: figures.lost,
            max_ms: figures.max_ms,
            ejected_ms: figures.ejected_ms,
            verdict: (language.sentences.verdict)(drilled),
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct RunEnd {
    /// How long it took.
    pub took_ms: u64,
    /// Whether it was interrupted.
    pub interrupted: bool,
}

impl LiveRun {
    /// The recording of this name, in the language of the page.
    pub fn new(id: &str, language: &'static Language) -> Self {
        Self {
            id: id.to_owned(),
            started: 0,
            verb: String::new(),
            mode: None,
            steps: Vec::new(),
            hosts: Vec::new(),
            cells: Vec::new(),
            unreachable: Vec::new(),
            failed: Vec::new(),
            drill: None,
            drilled: Vec::new(),
            end: None,
            lab: None,
            language,
        }
    }

    /// Takes an event into account.
    pub fn add(&mut self, event: &Event) {
        let language = self.language;
        match &event.kind {
            Kind::RunStarted { lab, mode, steps, hosts, started, .. } => {
                self.lab = Some(lab.clone());
                self.mode = Some(*mode);
                self.started = *started;
                self.steps.clone_from(steps);
                self.hosts.clone_from(hosts);
                self.cells = vec![vec![RunCell::default(); hosts.len()]; steps.len()];
            }
            Kind::HostUnreachable { host, why } if self.hosts.contains(host) => {
                self.unreachable.retain(|(name, _)| name != host);
                self.unreachable.push((host.clone(), (language.sentences.unreachable)(why)));
            }
            Kind::TaskFinished { result } => {
                if let Some(cell) = self.cell(&result.task.host, &result.task.step) {
                    cell.tasks += 1;
                    cell.word = worse(cell.word, result.outcome);
                }
                if result.outcome == Outcome::Failed && self.failed.len() < MOST {
                    let (task, why) =
                        (result.task.clone(), language.reason(result.reason.as_deref().unwrap_or_default()));
                    self.failed.push(FailedTask { task, why });
                }
            }
            Kind::StepFinished { host, step, verdict, .. } => {
                if let Some(cell) = self.cell(host, step) {
                    cell.through = true;
                    match verdict {
                        Verdict::Finished => cell.word = cell.word.or(Some(Outcome::Ok.word())),
                        Verdict::Unreachable => cell.word = Some("unreachable"),
                        Verdict::Skipped(_) => cell.word = Some(Outcome::Skipped.word()),
                    }
                }
            }
            Kind::LabDescribed { verb, .. } => self.verb.clone_from(verb),
            Kind::DrillStarted { drill } => {
                self.drill = Some(DrillStory { drill: drill.clone(), turns: Vec::new(), failed: None, over: false });
            }
            Kind::DrillTurned { turn, .. } => {
                let Some(story) = &mut self.drill else { return };
                story.turns.push(DrillTurn {
                    at_ms: event.at_ms,
                    turn: turn.kind(),
                    text: (language.sentences.turn)(turn),
                });
                // A machine may have much to note; what the others say is the story.
                if story.turns.len() > TURNS {
                    let note = story.turns.iter().position(|each| each.turn == TurnKind::Note).unwrap_or_default();
                    story.turns.remove(note);
                }
            }
            Kind::DrillFinished { drilled } => {
                if let Some(story) = &mut self.drill {
                    story.over = true;
                }
                self.drilled.truncate(MOST - 1);
                self.drilled.push(Measured::new(drilled, language));
            }
            Kind::DrillFailed { failure } => {
                if let Some(story) = &mut self.drill {
                    (story.over, story.failed) = (true, Some((language.sentences.failure)(failure)));
                }
            }
            Kind::RunFinished { took_ms, interrupted } => {
                self.end = Some(RunEnd { took_ms: *took_ms, interrupted: *interrupted });
            }
            _ => {}
        }
    }

    /// The lab that the run is of; `None` before its first event.
    pub fn lab(&self) -> Option<&LabName> {
        self.lab.as_ref()
    }

    /// The language that its sentences are in.
    pub fn language(&self) -> &'static Language {
        self.language
    }

    fn cell(&mut self, host: &HostName, step: &StepName) -> Option<&mut RunCell> {
        let step = self.steps.iter().position(|name| name == step)?;
        let host = self.hosts.iter().position(|name| name == host)?;
        self.cells.get_mut(step)?.get_mut(host)
    }
}

/// The word of the worst outcome so far. Of outcomes, the later of the list is the worse, but for `unknown`, which waits
/// for a change, and `skipped`, which follows a failure.
fn worse(word: Option<&'static str>, outcome: Outcome) -> Option<&'static str> {
    let rank = |word: &str| ["ok", "changed", "unknown", "skipped", "failed"].iter().position(|each| *each == word);
    let new = outcome.word();
    if word.is_some_and(|old| rank(old) >= rank(new)) { word } else { Some(new) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::languages::{ALL, ENGLISH};
    use crate::model::event::{DrillFailure, DrillMode, HOST_LOST, TaskResult, Turn};
    use crate::model::unreachable::{SetupFailure, Unreachable};

    fn fed(kinds: Vec<Kind>) -> LiveRun {
        fed_in(ENGLISH, kinds)
    }

    fn fed_in(language: &'static Language, kinds: Vec<Kind>) -> LiveRun {
        let mut run = LiveRun::new("1-2.jsonl", language);
        kinds.into_iter().for_each(|kind| run.add(&Event { at_ms: 0, kind }));
        run
    }

    fn began() -> Kind {
        let names = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect();
        let steps = ["nginx", "pm2"].iter().map(|name| name.parse().unwrap()).collect();
        let (version, lab, hosts) = (String::new(), "t".parse().unwrap(), names(&["web", "app1"]));
        Kind::RunStarted { version, lab, mode: Mode::Apply, steps, hosts, started: 7, shard: None }
    }

    fn task(host: &str, step: &str, outcome: Outcome) -> Kind {
        let task = TaskRef::new(host.parse().unwrap(), step.parse().unwrap(), "do it");
        let (reason, output) = (Some("<why>".into()), Some("x".repeat(1 << 20)));
        Kind::TaskFinished { result: TaskResult { reason, output, ..TaskResult::new(task, outcome) } }
    }

    fn through(host: &str, step: &str, verdict: Verdict) -> Kind {
        Kind::StepFinished { host: host.parse().unwrap(), step: step.parse().unwrap(), took_ms: 0, verdict }
    }

    #[test]
    fn each_cell_shows_its_worst() {
        let run = fed(vec![
            began(),
            task("web", "nginx", Outcome::Changed),
            task("web", "nginx", Outcome::Ok),
            through("web", "nginx", Verdict::Finished),
            task("app1", "pm2", Outcome::Failed),
            task("app1", "pm2", Outcome::Skipped),
            task("nobody", "pm2", Outcome::Failed),
            through("app1", "nginx", Verdict::Skipped("why".into())),
        ]);
        let word = |step: usize, host: usize| (run.cells[step][host].word, run.cells[step][host].through);
        assert_eq!((word(0, 0), word(0, 1)), ((Some("changed"), true), (Some("skipped"), true)));
        assert_eq!((word(1, 0), word(1, 1)), ((None, false), (Some("failed"), false)));
        assert_eq!((run.cells[1][1].tasks, run.failed.len(), run.started), (2, 2, 7));
        assert!(serde_json::to_string(&run).unwrap().len() < 2000, "output of programs is not carried along");
    }

    #[test]
    fn what_is_shown_has_an_end() {
        let mut kinds = vec![began()];
        kinds.extend((0..100).map(|_| task("web", "pm2", Outcome::Failed)));
        kinds.push(Kind::RunFinished { took_ms: 5, interrupted: true });
        let run = fed(kinds);
        assert_eq!((run.failed.len(), run.end), (MOST, Some(RunEnd { took_ms: 5, interrupted: true })));
    }

    /// All that the panel of the run says of what happened.
    fn sentences(language: &'static Language) -> Vec<String> {
        let host = || "app1".parse::<HostName>().unwrap();
        let lost = Kind::TaskFinished {
            result: TaskResult {
                reason: Some(HOST_LOST.into()),
                ..TaskResult::new(TaskRef::new(host(), "pm2".parse().unwrap(), "do it"), Outcome::Failed)
            },
        };
        let why = Unreachable::Setup { why: SetupFailure::NotInInventory { host: host() } };
        let drill = Drill {
            mode: DrillMode::Kill,
            host: host(),
            site: "a.b".into(),
            template: "lab".into(),
            rate: 50,
            seconds: 12,
        };
        let turn = Turn::Undoing { host: host(), mode: DrillMode::Kill };
        let run = fed_in(
            language,
            vec![
                began(),
                Kind::HostUnreachable { host: host(), why },
                lost,
                Kind::DrillStarted { drill },
                Kind::DrillTurned { turn, after_ms: 1 },
                Kind::DrillFailed { failure: DrillFailure::Interrupted },
            ],
        );
        let story = run.drill.unwrap();
        vec![
            run.unreachable[0].1.clone(),
            run.failed[0].why.clone(),
            story.turns[0].text.clone(),
            story.failed.unwrap(),
        ]
    }

    #[test]
    fn the_panel_speaks_the_language_of_the_page() {
        for (n, language) in ALL.iter().enumerate() {
            for other in &ALL[n + 1..] {
                for (one, two) in sentences(language).iter().zip(&sentences(other)) {
                    assert!(!one.is_empty() && one != two, "{language:?} and {other:?}: {one}");
                }
            }
        }
    }

    #[test]
    fn a_drill_is_told_turn_by_turn() {
        let drill = r#"{"at_ms":1,"event":"drill_started","mode":"kill","host":"app2","site":"a.b","template":"lab","rate":50,"seconds":12}"#;
        let turn = |turn: &str, text: &str| {
            format!(r#"{{"at_ms":9,"event":"drill_turned","turn":"{turn}","after_ms":3,"text":"{text}"}}"#)
        };
        let mut run = fed(vec![began()]);
        let mut emit = |line: &str| run.add(&serde_json::from_str(line).unwrap());
        emit(drill);
        emit(&turn("broken", "app2: kill"));
        (0..100).for_each(|n| emit(&turn("note", &format!("app2: {n}"))));
        emit(&turn("left_out", "app2 is ejected"));
        let story = run.drill.as_ref().unwrap();
        assert_eq!((story.turns.len(), story.turns[0].turn, story.over), (TURNS, TurnKind::Broken, false));
        assert_eq!((story.turns[TURNS - 1].text.as_str(), story.turns[TURNS - 1].at_ms), ("app2 is ejected", 9));
        run.add(&Event {
            at_ms: 10,
            kind: Kind::DrillFailed { failure: DrillFailure::Other { reason: "not restored".into() } },
        });
        assert_eq!(run.drill.unwrap().failed.as_deref(), Some("not restored"));
    }

    #[test]
    fn events_before_the_beginning_are_of_no_run() {
        let run = fed(vec![task("web", "pm2", Outcome::Ok), through("web", "pm2", Verdict::Unreachable)]);
        assert!(run.cells.is_empty() && run.lab().is_none());
    }
}
