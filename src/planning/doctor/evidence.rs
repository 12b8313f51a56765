//! Everything that was seen of a lab in one look.

use super::machine::MachineFacts;
use crate::config::inventory::Inventory;
use crate::model::application::Application;
use crate::model::event::{Balance, Component, Event, Kind, Outcome, TaskResult};
use crate::model::health::{Health, MachineHealth, Service, ServiceName, SiteHealth};
use crate::model::name::{HostName, StepName};
use crate::model::quote::typed;
use crate::model::site::{Server, Site};
use crate::model::unreachable::{KeyFailure, LoginFailure, Unreachable};
use crate::model::visitor::VisitError;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

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
    /// What the domains mean on this computer.
    pub names: Names,
    /// Addresses on a network of this computer that somebody has, as far as it knows.
    pub neighbours: Vec<IpAddr>,
    /// Addresses that nobody has on a network of this computer, as far as it knows.
    pub nobodys: Vec<IpAddr>,
    /// The options that make a command of labctl work on the same lab: the inventory, and another hosts file.
    pub options: LabOptions,
}

/// What the names of the sites mean on this computer.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// The path of the hosts file that was read.
    pub file: String,
    /// The web server's address; `None` if nobody knows it.
    pub web: Option<IpAddr>,
    /// Each domain; none if nobody looked.
    pub seen: Vec<NameSeen>,
    /// What else the hosts file gives addresses to.
    pub others: Vec<(String, IpAddr)>,
}

/// Where a domain leads.
#[derive(Debug, Clone, Default)]
pub struct NameSeen {
    /// The domain that was looked up on this computer.
    pub domain: String,
    /// Its addresses here, in the order in which a browser gets them.
    pub addresses: Vec<IpAddr>,
    /// The lines of the hosts file that hold it, right or wrong.
    pub lines: Vec<HostsLine>,
}

/// A line of a hosts file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostsLine {
    /// Its number, from 1.
    pub number: usize,
    /// As written, without the blanks around it.
    pub text: String,
    /// Whether it stands in the lab's own block.
    pub ours: bool,
}

/// What a command of labctl needs behind its words, ready to paste.
#[derive(Debug, Clone, Default)]
pub struct LabOptions {
    /// ` --hosts-file PATH`, or nothing.
    pub hosts_file: String,
    /// Of private key files, the text of their public keys.
    pub public_keys: BTreeMap<String, String>,
    /// The private keys in the folders where the inventory names one that is not there.
    pub other_keys: Vec<String>,
}

impl LabOptions {
    /// With another hosts file than the system's, if there is one.
    pub fn new(hosts_file: &Option<PathBuf>) -> Self {
        let hosts_file =
            hosts_file.as_ref().map(|path| format!(" --hosts-file {}", typed(&path.display().to_string())));
        Self { hosts_file: hosts_file.unwrap_or_default(), ..Self::default() }
    }
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
        let checked = |host: &HostName| {
            let done =
                |held: &TaskResult| &held.task.host == host && held.task.step == step && held.outcome == Outcome::Ok;
            self.machines.get(host).is_some_and(|machine| machine.asked) && self.tasks.iter().any(done)
        };
        let open =
            |host: &&HostName| !host.is_controller() && self.health.unreachable(host).is_none() && !checked(host);
        self.hosts.iter().filter(open).collect()
    }

    /// The private key files that were shown in vain.
    pub fn shown_keys(&self) -> Vec<String> {
        let why = self.hosts.iter().filter_map(|host| self.health.unreachable(host));
        let keys = why.filter_map(|why| match why {
            Unreachable::Login { why, .. } => match &**why {
                LoginFailure::Denied { own_key, .. } => own_key.clone(),
                _ => None,
            },
            _ => None,
        });
        keys.collect()
    }

    /// The private key files that are not there.
    pub fn missing_keys(&self) -> Vec<String> {
        let why = self.hosts.iter().filter_map(|host| self.health.unreachable(host));
        why.filter_map(missing_key).map(str::to_owned).collect()
    }

    /// Whether some host was not reached.
    pub fn unreached(&self) -> bool {
        self.hosts.iter().any(|host| self.health.unreachable(host).is_some())
    }
}

/// The private key that would have been shown, if it is not there.
pub fn missing_key(why: &Unreachable) -> Option<&str> {
    match why {
        Unreachable::Bastion { why } => missing_key(why),
        Unreachable::Login { why, .. } => match &**why {
            LoginFailure::Key { key: KeyFailure::Missing { file } } => Some(file),
            _ => None,
        },
        _ => None,
    }
}

/// One host of a chart, seen by a cause.
pub struct HostView<'a> {
    /// The lab as it should be.
    pub inventory: &'a Inventory,
    /// The sites of the lab.
    pub sites: &'a [Site],
    /// The lab as it was found.
    pub evidence: &'a Evidence,
    /// The host that is looked at.
    pub host: &'a HostName,
    /// The port of the instance that is looked at, where several of the application are to run here; none means the first.
    instance: Option<u16>,
    /// What the host said; empty for this computer, and for what was not reached.
    pub machine: &'a MachineFacts,
}

static NOTHING: MachineFacts = MachineFacts::EMPTY;

impl<'a> HostView<'a> {
    /// A view of the lab from one of its hosts.
    pub fn new(inventory: &'a Inventory, sites: &'a [Site], evidence: &'a Evidence, host: &'a HostName) -> Self {
        let machine = evidence.machines.get(host).unwrap_or(&NOTHING);
        Self { inventory, sites, evidence, host, instance: None, machine }
    }

    /// The host once for each instance of the application that is to run on it.
    pub fn each(self) -> impl Iterator<Item = Self> {
        let all = self.inventory.backends(self.host).into_iter();
        all.map(move |(name, _)| Self { instance: name.port(), ..self })
    }

    /// The port of the instance that is looked at, where several are to run here.
    pub fn instance(&self) -> Option<u16> {
        self.instance
    }

    /// A server of a site, at its host.
    pub fn server(&self, server: &'a Server) -> Self {
        Self { instance: server.name.port(), ..self.at(server.host()) }
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
            SiteHealth::Worded(_) => None,
        }
    }

    /// The step that makes or proves a component of the lab, if one was looked at.
    pub fn step(&self, component: Component) -> Option<&'a StepName> {
        let task = self.evidence.tasks.iter().find(|result| result.task.component == Some(component));
        task.map(|result| &result.task.step)
    }

    /// A command of labctl for this lab, as it works when it is pasted.
    pub fn labctl(&self, words: &str) -> String {
        let inventory = typed(&self.inventory.path.display().to_string());
        let hosts_file = match words.split(' ').next() {
            Some("up" | "step" | "check" | "explain") => self.evidence.options.hosts_file.as_str(),
            _ => "",
        };
        format!("labctl {words} -i {inventory}{hosts_file}")
    }

    /// What to type for the commands that make a component by hand. Users name their steps as they like.
    pub fn explain(&self, component: Component) -> String {
        self.labctl(&self.step(component).map_or_else(|| "explain".to_owned(), |step| format!("explain {step}")))
    }

    /// What to type to have labctl make a component.
    pub fn make(&self, component: Component) -> String {
        self.labctl(&self.step(component).map_or_else(|| "up".to_owned(), |step| format!("step {step}")))
    }

    /// The tasks on this host that do not hold, of the step that makes or proves a component.
    pub fn open(&self, component: Component) -> impl Iterator<Item = &'a TaskResult> {
        let (step, host) = (self.step(component), self.host);
        let here = move |held: &&TaskResult| &held.task.host == host && Some(&held.task.step) == step;
        let open = |held: &&TaskResult| matches!(held.outcome, Outcome::Changed | Outcome::Failed);
        self.evidence.tasks.iter().filter(here).filter(open)
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

    /// The application as it should be on this host; of several instances, the one that is looked at.
    pub fn application(&self) -> Application {
        let mut all = self.inventory.application(self.host).each();
        let at = all.iter().position(|each| self.instance == Some(each.port)).unwrap_or(0);
        all.swap_remove(at)
    }

    /// The other instances of it that are to run on this host.
    pub fn other_instances(&self) -> Vec<Application> {
        let own = self.application().port;
        self.inventory.application(self.host).each().into_iter().filter(|each| each.port != own).collect()
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

    /// The host's address, where packets go.
    pub fn address(&self) -> String {
        self.inventory.host(self.host).and_then(|host| host.reached_at()).unwrap_or_default()
    }
}
