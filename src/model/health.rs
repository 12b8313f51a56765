//! What a check says of machines: a fold over its events. `status` and `graph --live` see the same.

use crate::model::event::{Component, Event, Kind, Outcome, Reason, Sighting, TaskResult, Verdict};
use crate::model::name::{BackendName, HostName, StepName};
use crate::model::unreachable::Unreachable;
use std::collections::{BTreeMap, BTreeSet};

/// The state of something that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Every check of it holds.
    Good,
    /// At least one check failed.
    Bad,
    /// Nobody can tell (yet).
    Unsure,
}

impl State {
    /// A sign, so that colour never carries meaning alone.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Bad => "✗",
            Self::Unsure => "?",
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Unsure => "unsure",
        }
    }
}

/// How something is, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Good, bad, or not known.
    pub state: State,
    /// Why it is not good; of a fact, what there is to say.
    pub why: String,
}

/// How a host is in the eyes of some steps. `languages` makes a [`Seen`] of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostHealth<'a> {
    /// It cannot be worked on.
    Unreachable(&'a Unreachable),
    /// A step came to an outcome that is not a good one. What a check would change counts as changed.
    Open(&'a Cell),
    /// What the machine itself reported.
    Reported(&'a Seen),
    /// Every step of the run that looks at it holds.
    Good,
    /// No step of the run looks at it.
    NotInspected,
}

/// A step on a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The host, by its name in the inventory.
    pub host: HostName,
    /// The step, by its name.
    pub step: StepName,
    /// What of the lab its tasks make or prove.
    pub components: BTreeSet<Component>,
    /// How the step is.
    pub word: &'static str,
    /// The worst outcome of its tasks.
    pub outcome: Outcome,
    /// The first task that does not hold.
    pub open: Option<String>,
    /// Why it does not.
    pub reason: Option<Reason>,
}

/// A part of a whole, in KiB.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usage {
    /// What is in use.
    pub used_kb: f64,
    /// The whole, in KiB.
    pub total_kb: f64,
}

/// How far a machine's clock is from this computer's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClockOffset {
    /// How far it is ahead, in milliseconds; negative if it is behind.
    pub ahead_ms: f64,
    /// How far this may be wrong.
    pub margin_ms: f64,
}

/// What a machine said of itself. Whatever it did not say, or said in no number, is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct MachineHealth {
    memory_used_kb: Option<f64>,
    memory_total_kb: Option<f64>,
    disk_used_kb: Option<f64>,
    disk_total_kb: Option<f64>,
    clock_ms: Option<f64>,
    clock_margin_ms: Option<f64>,
    /// The load of the last minute.
    pub load: Option<f64>,
    /// Seconds since it was started.
    pub uptime_s: Option<f64>,
}

impl MachineHealth {
    /// Its main memory, if it is known.
    pub fn memory(&self) -> Option<Usage> {
        Some(Usage { used_kb: self.memory_used_kb?, total_kb: self.memory_total_kb? })
    }

    /// Its disk: the file system of `/`.
    pub fn disk(&self) -> Option<Usage> {
        Some(Usage { used_kb: self.disk_used_kb?, total_kb: self.disk_total_kb? })
    }

    /// How far its clock is off, if that is known.
    pub fn clock(&self) -> Option<ClockOffset> {
        Some(ClockOffset { ahead_ms: self.clock_ms?, margin_ms: self.clock_margin_ms? })
    }

    /// Where a fact with this key is kept.
    fn slot(&mut self, key: &str) -> Option<&mut Option<f64>> {
        Some(match key {
            "memory_used_kb" => &mut self.memory_used_kb,
            "memory_total_kb" => &mut self.memory_total_kb,
            "disk_used_kb" => &mut self.disk_used_kb,
            "disk_total_kb" => &mut self.disk_total_kb,
            "clock_ms" => &mut self.clock_ms,
            "clock_margin_ms" => &mut self.clock_margin_ms,
            "load" => &mut self.load,
            "uptime_s" => &mut self.uptime_s,
            _ => return None,
        })
    }
}

/// What runs on a machine for the lab.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServiceName {
    /// The web server, nginx itself.
    Nginx,
    /// An application, by its name in pm2.
    App(String),
}

impl ServiceName {
    /// What reports call it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Nginx => "nginx",
            Self::App(name) => name,
        }
    }
}

/// How something is that runs on a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// How it is, and what the machine says about it.
    pub seen: Seen,
    /// Whether it runs, but not as its files say: they were changed, and not loaded.
    pub stale: bool,
}

/// How a site is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SiteHealth {
    /// Its answers were counted.
    Counted(Sighting),
    /// All that is known is this.
    Worded(Seen),
}

/// Everything that a check said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Health {
    cells: Vec<Cell>,
    tasks: Vec<TaskResult>,
    unreachable: BTreeMap<HostName, Unreachable>,
    machines: BTreeMap<HostName, MachineHealth>,
    services: BTreeMap<HostName, BTreeMap<ServiceName, Service>>,
    sites: BTreeMap<String, SiteHealth>,
    diagnostics: BTreeMap<HostName, BTreeMap<String, String>>,
}

impl Health {
    /// Takes an event into account. Events come in the order of the plan.
    pub fn add(&mut self, event: &Event) {
        match &event.kind {
            Kind::HostUnreachable { host, why } => {
                self.unreachable.insert(host.clone(), why.clone());
            }
            Kind::HostFact { host, key, value } => self.add_fact(host, key, value),
            Kind::SiteBalanced { web, seen_from, balance, .. } => {
                let seen = Sighting { web: web.clone(), from: seen_from.clone(), balance: balance.clone() };
                self.sites.insert(balance.site.clone(), SiteHealth::Counted(seen));
            }
            Kind::TaskFinished { result } => self.tasks.push(result.without_output()),
            Kind::StepFinished { host, step, verdict, .. } => {
                let cell = self.cell(host, step, verdict);
                self.cells.push(cell);
                // What is reported of a host's step comes before the step's end.
                self.tasks.retain(|TaskResult { task, .. }| (&task.host, &task.step) != (host, step));
            }
            _ => {}
        }
    }

    /// Every step on every host, in the order of the plan.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Why a host cannot be worked on, if it cannot.
    pub fn unreachable(&self, host: &HostName) -> Option<&Unreachable> {
        self.unreachable.get(host)
    }

    /// What a host said of itself.
    pub fn machine(&self, host: &HostName) -> MachineHealth {
        self.machines.get(host).copied().unwrap_or_default()
    }

    /// What runs on a host, nginx first.
    pub fn services(&self, host: &HostName) -> impl Iterator<Item = (&ServiceName, &Service)> {
        self.services.get(host).into_iter().flatten()
    }

    /// How a site is; `None` if nobody looked.
    pub fn site(&self, domain: &str) -> Option<&SiteHealth> {
        self.sites.get(domain)
    }

    /// What the doctor's questions were answered on a host: keys and values, as `diagnostics.sh` names them.
    pub fn diagnostics(&self, host: &HostName) -> impl Iterator<Item = (&str, &str)> {
        let all = self.diagnostics.get(host).into_iter().flatten();
        all.map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Says how a site is that nobody counted.
    pub fn suppose(&mut self, domain: &str, seen: Seen) {
        self.sites.entry(domain.to_owned()).or_insert(SiteHealth::Worded(seen));
    }

    /// The border: here a fact's key, which scripts of hosts and recordings know, becomes a field.
    fn add_fact(&mut self, host: &HostName, key: &str, value: &str) {
        if let Some(slot) = self.machines.entry(host.clone()).or_default().slot(key) {
            *slot = value.parse().ok();
            return;
        }
        let service = match key.split_once('.').unwrap_or((key, "")) {
            ("nginx", "") => ServiceName::Nginx,
            ("app", name) => ServiceName::App(name.to_owned()),
            // Only in recordings of older versions: now the answers are counted.
            ("site", domain) => {
                self.suppose(domain, judged(value).seen);
                return;
            }
            ("see", key) => {
                self.diagnostics.entry(host.clone()).or_default().insert(key.to_owned(), value.to_owned());
                return;
            }
            _ => return,
        };
        self.services.entry(host.clone()).or_default().insert(service, judged(value));
    }

    /// How a host is in the eyes of the steps that make or prove one of these components.
    pub fn host(&self, host: &str, components: &[Component]) -> HostHealth<'_> {
        if let Some((_, why)) = self.unreachable.iter().find(|(name, _)| name.as_str() == host) {
            return HostHealth::Unreachable(why);
        }
        let has = |cell: &Cell| components.iter().any(|component| cell.components.contains(component));
        let cells = || self.cells.iter().filter(|cell| cell.host.as_str() == host && has(cell));
        let bad = cells().find(|cell| matches!(cell.outcome, Outcome::Changed | Outcome::Failed));
        let unsure = cells().find(|cell| matches!(cell.outcome, Outcome::Unknown | Outcome::Skipped));
        match bad.or(unsure) {
            Some(cell) => HostHealth::Open(cell),
            None if cells().next().is_some() => HostHealth::Good,
            None => HostHealth::NotInspected,
        }
    }

    /// How a backend is. Of several instances on a host, each tells of itself how it is.
    pub fn backend(&self, name: &BackendName) -> HostHealth<'_> {
        let own = |(service, _): &(&ServiceName, &Service)| match (service, name.port()) {
            (ServiceName::App(app), Some(port)) => app.ends_with(&format!("-{port}")),
            _ => false,
        };
        let reported = self.services(name.host()).find(own).map(|(_, service)| HostHealth::Reported(&service.seen));
        let reported = reported.filter(|_| !self.unreachable.contains_key(name.host()));
        reported.unwrap_or_else(|| self.host(name.host().as_str(), &[Component::Application]))
    }

    fn cell(&self, host: &HostName, step: &StepName, verdict: &Verdict) -> Cell {
        let own = || self.tasks.iter().filter(|TaskResult { task, .. }| &task.host == host && &task.step == step);
        // A failure names the step; else the first task that is open does: what follows it may only wait for it.
        let named = own()
            .find(|result| result.outcome == Outcome::Failed)
            .or_else(|| own().find(|result| result.outcome == Outcome::Changed))
            .or_else(|| own().find(|result| result.outcome != Outcome::Ok));
        let outcome = named.map_or(Outcome::Ok, |result| result.outcome);
        let components = own().filter_map(|result| result.task.component).collect();
        let word = match (verdict, outcome) {
            (Verdict::Unreachable, _) => "unreachable",
            (_, Outcome::Changed) => "would change",
            (_, outcome) => outcome.word(),
        };
        let named = named.filter(|_| word != "unreachable");
        let (open, reason) =
            (named.map(|result| result.task.task.clone()), named.and_then(|result| result.reason.clone()));
        Cell { host: host.clone(), step: step.clone(), components, word, outcome, open, reason }
    }
}

/// What a value says that begins with `ok`, `stale` or `failed`.
fn judged(value: &str) -> Service {
    let (word, why) = value.split_once(' ').unwrap_or((value, ""));
    let state = if word == "ok" { State::Good } else { State::Bad };
    Service { seen: Seen { state, why: why.to_owned() }, stale: word == "stale" }
}

#[cfg(test)]
#[path = "health_tests.rs"]
mod tests;
