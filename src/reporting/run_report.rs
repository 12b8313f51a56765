//! Everything about a run, gathered from its events: what pages and test reports are made of.

use super::text::rank;
use crate::languages::Language;
use crate::model::event::{
    Component, Drill, DrillFailure, Drilled, Event, Kind, Mode, Outcome, Sighting, TaskResult, Tick, Topology, Turn,
    TurnKind, Verdict,
};
use crate::model::health::{Health, Seen, State};
use crate::model::name::{HostName, LabName, StepName};
use crate::model::recording::Recording;
use crate::model::summary::Summary;
use crate::model::unreachable::Unreachable;
use crate::planning::graph::Graph;
use std::collections::{BTreeMap, HashMap};

/// A run, to its end or as far as it was recorded.
pub struct RunReport {
    pub lab: LabName,
    /// What was typed: `up`, `drill`.
    pub verb: String,
    pub version: String,
    pub mode: Mode,
    /// When it began, in seconds since 1970.
    pub started: u64,
    pub steps: Vec<StepName>,
    pub hosts: Vec<HostName>,
    pub topology: Option<Topology>,
    pub summary: Summary,
    pub tasks: Vec<TaskResult>,
    pub ends: Vec<StepEnd>,
    /// The system of each host that was reached.
    pub reached: BTreeMap<HostName, String>,
    pub unreachable: Vec<UnreachedHost>,
    /// The last count of each site.
    pub balances: Vec<Sighting>,
    pub drills: Vec<DrillReport>,
    /// Why nothing was drilled at all.
    pub troubles: Vec<DrillFailure>,
    /// Why the run went no further.
    pub halted: Option<Halted>,
    /// What is missing from the recording, and why.
    pub remarks: Vec<String>,
    /// Milliseconds until the last event.
    pub last_ms: u64,
    health: Health,
    /// Which of the tasks and ends belong to a step on a host.
    cells: HashMap<HostName, HashMap<StepName, ReportCell>>,
}

#[derive(Default)]
struct ReportCell {
    tasks: Vec<usize>,
    end: Option<usize>,
}

/// A host that is through with a step.
pub struct StepEnd {
    pub host: HostName,
    pub step: StepName,
    pub at_ms: u64,
    pub took_ms: u64,
    pub verdict: Verdict,
}

/// A host that was not reached.
pub struct UnreachedHost {
    pub host: HostName,
    pub why: Unreachable,
}

/// How many hosts failed, of how many, and how many may.
pub struct Halted {
    pub failed: usize,
    pub hosts: usize,
    pub max_fail: String,
}

/// A drill: what was asked, what happened, and how it ended.
pub struct DrillReport {
    pub drill: Drill,
    pub turns: Vec<(Turn, u64)>,
    pub ticks: Vec<Tick>,
    /// Figures, or why there are none; `None` if the recording ends before.
    pub end: Option<Result<Drilled, DrillFailure>>,
}

/// How a step came out on a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Done(Outcome),
    Unreachable,
    /// The recording ends in the middle of it.
    Open(Outcome),
}

impl RunReport {
    /// Gathers the events of a recording.
    pub fn new(recording: &Recording) -> Option<Self> {
        let first = recording.events.first()?;
        let Kind::RunStarted { version, lab, mode, steps, hosts, started, .. } = &first.kind else { return None };
        let mut report = Self {
            lab: lab.clone(),
            verb: String::new(),
            version: version.clone(),
            mode: *mode,
            started: *started,
            steps: steps.clone(),
            hosts: hosts.clone(),
            topology: None,
            summary: Summary::default(),
            tasks: Vec::new(),
            ends: Vec::new(),
            reached: BTreeMap::new(),
            unreachable: Vec::new(),
            balances: Vec::new(),
            drills: Vec::new(),
            troubles: Vec::new(),
            halted: None,
            remarks: recording.remarks.clone(),
            last_ms: 0,
            health: Health::default(),
            cells: HashMap::new(),
        };
        recording.events.iter().for_each(|event| report.add(event));
        if report.verb.is_empty() {
            let verb = match report.mode {
                _ if !report.drills.is_empty() => "drill",
                Mode::Check => "check",
                Mode::Apply => "up",
            };
            verb.clone_into(&mut report.verb);
        }
        Some(report)
    }

    fn add(&mut self, event: &Event) {
        self.last_ms = self.last_ms.max(event.at_ms);
        self.summary.add(event);
        self.health.add(&as_found(event, self.mode));
        match event.kind.clone() {
            Kind::LabDescribed { verb, topology } => (self.verb, self.topology) = (verb, Some(topology)),
            Kind::HostReached { host, system, .. } => drop(self.reached.insert(host, system)),
            Kind::HostUnreachable { host, why } => {
                self.unreachable.push(UnreachedHost { host, why });
            }
            // What is counted again has changed since: the last word is how it is.
            Kind::SiteBalanced { web, seen_from: from, balance, .. } => {
                let seen = Sighting { web, from, balance };
                match self.balances.iter_mut().find(|old| old.balance.site == seen.balance.site) {
                    Some(old) => *old = seen,
                    None => self.balances.push(seen),
                }
            }
            Kind::TaskFinished { result } => {
                let at = self.tasks.len();
                self.cell(&result.task.host, &result.task.step).tasks.push(at);
                self.tasks.push(result);
            }
            Kind::StepFinished { host, step, took_ms, verdict } => {
                let at = self.ends.len();
                self.cell(&host, &step).end.get_or_insert(at);
                self.ends.push(StepEnd { host, step, at_ms: event.at_ms, took_ms, verdict });
            }
            Kind::RunHalted { failed, hosts, max_fail } => self.halted = Some(Halted { failed, hosts, max_fail }),
            Kind::DrillStarted { drill } => {
                self.drills.push(DrillReport { drill, turns: Vec::new(), ticks: Vec::new(), end: None });
            }
            Kind::DrillFailed { failure } if self.drills.last().is_none_or(|drill| drill.end.is_some()) => {
                self.troubles.push(failure);
            }
            kind => {
                if let Some(drill) = self.drills.last_mut() {
                    drill.add(kind);
                }
            }
        }
    }

    /// How a step came out on a host; `None` if it has no part in it, as far as is known.
    pub fn mark(&self, host: &HostName, step: &StepName) -> Option<Mark> {
        let tasks = self.of(host, step).map(|task| task.outcome);
        let worst = tasks.max_by_key(|outcome| rank(*outcome));
        match self.end(host, step).map(|end| &end.verdict) {
            Some(Verdict::Unreachable) => Some(Mark::Unreachable),
            Some(Verdict::Skipped(_)) => Some(Mark::Done(worst.unwrap_or(Outcome::Skipped))),
            Some(Verdict::Finished) => Some(Mark::Done(worst.unwrap_or(Outcome::Ok))),
            None => worst.map(Mark::Open),
        }
    }

    /// The tasks of a step on a host.
    pub fn of<'a>(&'a self, host: &'a HostName, step: &'a StepName) -> impl Iterator<Item = &'a TaskResult> {
        let cell = self.cells.get(host).and_then(|steps| steps.get(step));
        cell.into_iter().flat_map(|cell| &cell.tasks).map(|at| &self.tasks[*at])
    }

    /// The end of a step on a host, if it came there.
    pub fn end(&self, host: &HostName, step: &StepName) -> Option<&StepEnd> {
        Some(&self.ends[self.cells.get(host)?.get(step)?.end?])
    }

    fn cell(&mut self, host: &HostName, step: &StepName) -> &mut ReportCell {
        self.cells.entry(host.clone()).or_default().entry(step.clone()).or_default()
    }

    /// The picture of the lab, with how everything was left.
    pub fn graph(&self, language: &'static Language) -> Option<Graph> {
        let topology = self.topology.as_ref()?;
        let graph = Graph::of_topology(&self.lab, topology, language);
        if self.ends.is_empty() && self.balances.is_empty() {
            return Some(graph);
        }
        let mut health = self.health.clone();
        if let Some(seen) = self.verified(language) {
            topology.sites.iter().for_each(|site| health.suppose(&site.domain, seen.clone()));
        }
        Some(graph.with(&health).without_guesses())
    }

    /// The web server's name, for commands that are to be typed.
    pub fn web(&self) -> &str {
        self.topology.as_ref().and_then(|topology| topology.web.as_ref()).map_or("web", |web| web.name.as_str())
    }

    /// What the step says that asks every site, whatever its name, for sites that nobody counted.
    fn verified(&self, language: &Language) -> Option<Seen> {
        let asked = &self.tasks.iter().find(|result| result.task.component == Some(Component::Answers))?.task;
        match self.mark(&asked.host, &asked.step)? {
            Mark::Done(Outcome::Ok | Outcome::Changed) => Some(Seen { state: State::Good, why: String::new() }),
            Mark::Done(Outcome::Failed) => {
                Some(Seen { state: State::Bad, why: (language.sentences.see_step)(asked.step.as_str()) })
            }
            _ => None,
        }
    }
}

/// What a run has changed is as it should be. What would be changed is not.
fn as_found(event: &Event, mode: Mode) -> Event {
    let mut event = event.clone();
    if let Kind::TaskFinished { result } = &mut event.kind
        && (result.outcome, mode) == (Outcome::Changed, Mode::Apply)
    {
        result.outcome = Outcome::Ok;
    }
    event
}

impl DrillReport {
    fn add(&mut self, kind: Kind) {
        match kind {
            Kind::DrillTurned { turn, after_ms } => self.turns.push((turn, after_ms)),
            Kind::DrillTick { tick } => self.ticks.push(tick),
            Kind::DrillFinished { drilled } => self.end = Some(Ok(drilled)),
            Kind::DrillFailed { failure } => self.end = Some(Err(failure)),
            _ => {}
        }
    }

    /// When this turn came, in milliseconds since the load began.
    pub fn at(&self, turn: TurnKind) -> Option<u64> {
        self.turns.iter().find(|(of, _)| of.kind() == turn).map(|(_, at)| *at)
    }
}
