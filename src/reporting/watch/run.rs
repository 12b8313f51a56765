//! The run that a recording holds, as a page shows it: a fold over events, in the language of the page.

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
                    let why = result.reason.as_ref().map(language.sentences.reason).unwrap_or_default();
                    let task = result.task.clone();
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
#[path = "run_tests.rs"]
mod tests;
