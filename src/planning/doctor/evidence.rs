//! Everything that was seen of a lab in one look.

use super::machine::{Entry, MachineFacts};
use crate::config::inventory::Inventory;
use crate::model::application::Application;
use crate::model::event::{Balance, Component, Event, Kind, Outcome, TaskResult};
use crate::model::health::{Health, MachineHealth, Service, ServiceName, SiteHealth};
use crate::model::name::{HostName, StepName};
use crate::model::site::Site;
use crate::model::unreachable::Unreachable;
use crate::model::visitor::VisitError;
use serde_json::Value;
use std::collections::BTreeMap;

/// What a visitor on this computer is answered under a domain: the status, or why there is none.
pub type Outside = BTreeMap<String, Result<u16, VisitError>>;

/// A fold over the events of a look, and what was seen from outside.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    hosts: Vec<HostName>,
    health: Health,
    tasks: Vec<TaskResult>,
    machines: BTreeMap<HostName, MachineFacts>,
    /// What visitors are answered.
    pub outside: Outside,
    /// The domains whose names lead to the web server without a hosts file.
    pub resolved: Vec<String>,
}

impl Evidence {
    /// Takes an event into account.
    pub fn add(&mut self, event: &Event) {
        self.health.add(event);
        match &event.kind {
            Kind::RunStarted { hosts, .. } => self.hosts.clone_from(hosts),
            Kind::TaskFinished { result } => self.tasks.push(result.without_output()),
            Kind::RunFinished { .. } => {
                self.machines =
                    self.hosts.iter().map(|host| (host.clone(), MachineFacts::of(&self.health, host))).collect();
            }
            _ => {}
        }
    }

    /// The hosts of the look, in the order of the plan.
    pub fn hosts(&self) -> &[HostName] {
        &self.hosts
    }

    /// How many tasks `check` would change or cannot make.
    pub fn open_tasks(&self) -> usize {
        let open = |held: &&TaskResult| matches!(held.outcome, Outcome::Changed | Outcome::Failed);
        self.tasks.iter().filter(open).count()
    }

    /// Hosts that were reached, but could not be looked at to the end: of them nothing good may be said.
    pub fn blind(&self) -> Vec<&HostName> {
        let step = StepName::doctor();
        let looked = |host: &HostName| {
            let done =
                |held: &TaskResult| &held.task.host == host && held.task.step == step && held.outcome == Outcome::Ok;
            self.machines.get(host).is_some_and(|machine| machine.asked) && self.tasks.iter().any(done)
        };
        let open = |host: &&HostName| !host.is_controller() && self.health.unreachable(host).is_none() && !looked(host);
        self.hosts.iter().filter(open).collect()
    }

    /// Whether some host was not reached.
    pub fn unreached(&self) -> bool {
        self.hosts.iter().any(|host| self.health.unreachable(host).is_some())
    }
}

/// One host of a chart, seen by a cause.
pub struct HostView<'a> {
    /// The lab as it should be.
    pub inventory: &'a Inventory,
    /// The sites of the lab.
    pub sites: &'a [Site],
    /// What was seen on all hosts.
    pub evidence: &'a Evidence,
    /// The host that is looked at.
    pub host: &'a HostName,
    /// What the host said; empty for this computer, and for what was not reached.
    pub machine: &'a MachineFacts,
}

static NOTHING: MachineFacts = MachineFacts::EMPTY;

impl<'a> HostView<'a> {
    /// The view of one host of the lab.
    pub fn new(inventory: &'a Inventory, sites: &'a [Site], evidence: &'a Evidence, host: &'a HostName) -> Self {
        Self { inventory, sites, evidence, host, machine: evidence.machines.get(host).unwrap_or(&NOTHING) }
    }

    /// The same lab, seen from another host.
    pub fn at(&self, host: &'a HostName) -> Self {
        HostView::new(self.inventory, self.sites, self.evidence, host)
    }

    /// Why the host cannot be worked on, if it cannot.
    pub fn unreachable(&self) -> Option<&'a Unreachable> {
        self.evidence.health.unreachable(self.host)
    }

    /// What the host said of itself beside the doctor's questions.
    pub fn health(&self) -> MachineHealth {
        self.evidence.health.machine(self.host)
    }

    /// How nginx is, in its own step's eyes.
    pub fn nginx(&self) -> Option<&'a Service> {
        self.evidence.health.services(self.host).find(|(name, _)| **name == ServiceName::Nginx).map(|(_, nginx)| nginx)
    }

    /// What was counted of a site's answers.
    pub fn count(&self, site: &Site) -> Option<&'a Balance> {
        match self.evidence.health.site(&site.domain)? {
            SiteHealth::Counted(seen) => Some(&seen.balance),
            SiteHealth::Said(_) => None,
        }
    }

    /// The step that makes or proves a component of the lab, if one was looked at.
    pub fn step(&self, component: Component) -> Option<&'a StepName> {
        let task = self.evidence.tasks.iter().find(|result| result.task.component == Some(component));
        task.map(|result| &result.task.step)
    }

    /// What to type for the commands that make a component by hand. Users name their steps as they like.
    pub fn explain(&self, component: Component) -> String {
        self.step(component).map_or_else(|| "labctl explain".to_owned(), |step| format!("labctl explain {step}"))
    }

    /// What to type to have labctl make a component.
    pub fn make(&self, component: Component) -> String {
        self.step(component).map_or_else(|| "labctl up".to_owned(), |step| format!("labctl step {step}"))
    }

    /// The first task that does not hold, of the step that makes or proves a component.
    pub fn open(&self, component: Component) -> Option<&'a TaskResult> {
        let step = self.step(component)?;
        let here = |held: &&TaskResult| &held.task.host == self.host && &held.task.step == step;
        self.evidence.tasks.iter().filter(here).find(|held| matches!(held.outcome, Outcome::Changed | Outcome::Failed))
    }

    /// Whether this is the web server, and it was looked at.
    pub fn is_web(&self) -> bool {
        self.machine.asked && self.inventory.web().is_some_and(|web| &web.name == self.host)
    }

    /// The web server, if it was looked at.
    pub fn web(&self) -> Option<HostView<'a>> {
        let web = self.at(&self.inventory.web()?.name);
        web.machine.asked.then_some(web)
    }

    /// Whether this is an application server, and it was looked at.
    pub fn is_app(&self) -> bool {
        self.machine.asked
            && (self.sites.iter().any(|site| site.is_served_by(self.host)) || self.machine.one("pm2.user").is_some())
    }

    /// The application as it should be on this host.
    pub fn application(&self) -> Application {
        self.inventory.application(self.host)
    }

    /// A variable of this host in a group of variables.
    pub fn variable(&self, group: &str, key: &str) -> String {
        let scope = self.inventory.scope(self.host);
        match scope.get(group).and_then(|of| of.get(key)) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        }
    }

    /// The port that the application should have.
    pub fn port(&self) -> u16 {
        self.application().port
    }

    /// The host's address, as the inventory has it.
    pub fn address(&self) -> &'a str {
        self.inventory.host(self.host).and_then(|host| host.address.as_deref()).unwrap_or_default()
    }

    /// Whose application it is.
    pub fn user(&self) -> &'a str {
        self.machine.one("pm2.user").unwrap_or("the lab's user")
    }

    /// The application in the pm2 of its user: by its name, else by its folder or its port (people call it `npm`).
    pub fn entry(&self) -> Option<&'a Entry> {
        let own = || self.machine.entries.iter().filter(|entry| entry.owner == self.user());
        let (name, folder) = (self.application().name, self.machine.one("dir").unwrap_or("/nowhere"));
        let holder = self.machine.on_port(self.port()).and_then(|listen| listen.pid);
        let holds = |entry: &&Entry| {
            let line = || holder.map(|pid| self.machine.line_of(pid)).unwrap_or_default();
            entry.pid > 0 && line().iter().any(|(pid, _)| *pid == entry.pid)
        };
        own().find(|entry| entry.name == name).or_else(|| own().find(|e| e.cwd == folder)).or_else(|| own().find(holds))
    }

    /// Whether the application serves as it should here: a page on its port, asked on the machine itself.
    pub fn serves(&self) -> bool {
        self.machine.answer(&format!("local.{}", self.port())).is_some_and(|answer| answer.good())
    }
}
