//! What one inspection of the machines found, as a page shows it: the words are those of `labctl status`.

use crate::languages::Language;
use crate::model::event::{Event, Kind};
use crate::model::health::{Health, Seen};
use crate::model::name::{HostName, StepName};
use crate::model::site::Site;
use crate::planning::graph::Graph;
use serde::Serialize;

/// What one inspection of the lab found.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct Snapshot {
    /// When it ended, in milliseconds since 1970.
    pub at: u64,
    /// The steps, in order.
    pub steps: Vec<StepName>,
    /// The hosts, in order.
    pub hosts: Vec<HostName>,
    /// Every step on every host that has a part in it.
    pub cells: Vec<SnapshotCell>,
    /// Facts about the machines themselves.
    pub machines: Vec<SnapshotMachine>,
    /// The services and sites that they serve.
    pub served: Vec<SnapshotLine>,
    /// For each node of the picture: how it is, and why.
    pub nodes: Vec<Option<SnapshotLine>>,
}

/// A step on a host.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct SnapshotCell {
    /// The step, by its name.
    pub step: StepName,
    /// The host, by its name in the inventory.
    pub host: HostName,
    /// Its state in a word: `ok`, `failed`.
    pub word: &'static str,
    /// The first task that does not hold, and why.
    pub open: Option<String>,
}

/// What a machine says of itself.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct SnapshotMachine {
    /// The machine, by its name in the inventory.
    pub host: HostName,
    /// Why it was not reached, and what to do about it.
    pub unreachable: Option<(String, Vec<String>)>,
    /// Memory, disk, load, how long it is up, its clock; `?` where it did not say.
    #[serde(rename = "says")]
    pub facts: [String; 5],
}

/// The state of something, for a line of the page.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct SnapshotLine {
    /// `good`, `bad` or `unsure`.
    pub state: &'static str,
    /// Its name, in the language of the page.
    pub what: String,
    /// What there is to say of it.
    pub why: String,
}

/// Folds the events of one inspection.
#[derive(Debug, Clone, Default)]
pub struct SnapshotBuilder {
    health: Health,
    steps: Vec<StepName>,
    hosts: Vec<HostName>,
    ended: bool,
}

impl SnapshotBuilder {
    /// Takes an event into account, in the order of the plan.
    pub fn add(&mut self, event: &Event) {
        match &event.kind {
            Kind::RunStarted { steps, hosts, .. } => (self.steps, self.hosts) = (steps.clone(), hosts.clone()),
            Kind::RunFinished { interrupted: false, .. } => self.ended = true,
            _ => {}
        }
        self.health.add(event);
    }

    /// What was found; `None` if the inspection was broken off.
    pub fn done(self, graph: &Graph, sites: &[Site], language: &Language, at: u64) -> Option<Snapshot> {
        self.ended.then(|| Snapshot {
            at,
            cells: self.cells(language),
            machines: self.machines(language),
            served: self.served(sites, language),
            nodes: self.nodes(graph),
            steps: self.steps,
            hosts: self.hosts,
        })
    }

    fn cells(&self, language: &Language) -> Vec<SnapshotCell> {
        let cell = |cell: &crate::model::health::Cell| SnapshotCell {
            step: cell.step.clone(),
            host: cell.host.clone(),
            word: cell.word,
            open: cell.open.is_some().then(|| language.open_task(cell)),
        };
        self.health.cells().iter().map(cell).collect()
    }

    fn machines(&self, language: &Language) -> Vec<SnapshotMachine> {
        let words = &language.sentences;
        let machine = |host: &HostName| {
            let unreachable =
                self.health.unreachable(host).map(|why| ((words.unreachable)(why), (words.unreachable_hints)(why)));
            SnapshotMachine { host: host.clone(), unreachable, facts: language.machine(&self.health.machine(host)) }
        };
        self.hosts.iter().filter(|host| !host.is_controller()).map(machine).collect()
    }

    fn served(&self, sites: &[Site], language: &Language) -> Vec<SnapshotLine> {
        let line = |what: String, seen: Seen| SnapshotLine { state: seen.state.word(), what, why: seen.why };
        let mut lines = Vec::new();
        for host in &self.hosts {
            let all = self.health.services(host);
            lines.extend(all.map(|(name, service)| line(format!("{host}: {}", name.as_str()), service.seen.clone())));
        }
        for site in sites {
            lines.push(line(format!("http://{}/", site.domain), language.site(self.health.site(&site.domain))));
        }
        lines
    }

    fn nodes(&self, graph: &Graph) -> Vec<Option<SnapshotLine>> {
        let seen = graph.clone().with(&self.health);
        let line = |node: crate::planning::graph::GraphNode| {
            Some(SnapshotLine { state: node.state?.word(), what: node.title, why: node.why })
        };
        seen.nodes.into_iter().map(line).collect()
    }
}
