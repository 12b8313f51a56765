//! What will be sent where, and in which order. Pure: every template is rendered, nothing is sent.

mod rotation;
mod split;
mod talks;

pub use rotation::Rotation;
pub use split::{NoSplit, Split};

use crate::config::inventory::{Host, Inventory};
use crate::config::library::Library;
use crate::config::modules::{Args, Call, HANDLER, Limits, Module, handler_call};
use crate::config::payload::Stock;
use crate::config::playbook::Playbook;
use crate::config::scope::{Scope, TemplateNames};
use crate::model::event::{Component, TaskRef};
use crate::model::name::{HandlerName, HostName, LabName, StepName};
use crate::model::problem::{Location, Problem, Problems, did_you_mean};
use crate::model::proxy::Proxy;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// All jobs of a run, and what each waits for.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The name of the lab.
    pub lab: LabName,
    /// The steps, in order.
    pub steps: Vec<StepName>,
    /// The jobs, in an order in which they may begin: a job needs only jobs before it.
    pub jobs: Vec<Job>,
    /// The jobs of each host, in order.
    of_host: BTreeMap<HostName, Vec<JobId>>,
    /// The way to the internet, of hosts that have one in the inventory.
    proxies: BTreeMap<HostName, Proxy>,
    /// How the web server stops and begins to send visitors to a host, where others can serve them meanwhile.
    rotations: BTreeMap<HostName, Rotation>,
}

/// The index of a job in [`Plan::jobs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobId(pub usize);

/// One script for one host: the longest run of steps with nothing to wait for in between.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// The host that it runs on.
    pub host: HostName,
    /// The steps of the script, in order.
    pub steps: Vec<PlannedStep>,
    /// The jobs that must finish first, most of them on other hosts.
    pub needs: BTreeSet<JobId>,
}

/// A step on one host.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedStep {
    /// The name of the step, which the user may have chosen.
    pub name: StepName,
    /// The steps of other hosts that it waits for.
    pub needs: Vec<StepName>,
    /// Whether hosts that serve run it one after the other.
    pub rolling: bool,
    /// The tasks, in order; handlers last.
    pub tasks: Vec<PlannedTask>,
}

/// A task on one host.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedTask {
    /// Counted from 0 over all steps of the host; what the host's script calls it.
    pub id: usize,
    /// What reports call it.
    pub task: TaskRef,
    /// The call of its module's shell function.
    pub call: Call,
    /// The handler that follows a change.
    pub notify: Option<HandlerName>,
    /// How long it may take, and how long it may print nothing.
    pub limits: Limits,
}

impl Plan {
    /// Lays the playbooks out, in their order, over the chosen hosts of an inventory.
    ///
    /// # Errors
    /// Every undefined name, and every template and group that does not exist.
    pub fn new(
        inventory: &Inventory,
        chosen: impl Fn(&Host) -> bool,
        playbooks: &[Playbook],
        library: &Library,
        stock: &dyn Stock,
    ) -> Result<Plan, Problems> {
        let mut problems = Problems::default();
        let proxy = |host: &Host| Some((host.name.clone(), inventory.proxy(&host.name)?));
        let mut plan = Plan {
            lab: inventory.lab.clone(),
            steps: Vec::new(),
            jobs: Vec::new(),
            of_host: BTreeMap::new(),
            proxies: inventory.hosts.iter().filter_map(proxy).collect(),
            rotations: BTreeMap::new(),
        };
        let shared = TemplateNames::new(inventory.shared());
        let mut variables: BTreeMap<usize, Arc<TemplateNames>> = BTreeMap::new();
        for playbook in playbooks {
            // A step that is named twice runs once: its state holds already the second time.
            if plan.steps.contains(&playbook.name) {
                continue;
            }
            plan.steps.push(playbook.name.clone());
            let later =
                |need: &&StepName| !plan.steps.contains(need) && playbooks.iter().any(|other| &other.name == *need);
            if let Some(need) = playbook.needs.iter().find(later) {
                let what = format!("`{}` needs `{need}`, which comes after it", playbook.name);
                problems.add(&playbook.location, what, Some("change the order".to_owned()));
            }
            let hosts: Vec<HostName> = if playbook.hosts == "controller" {
                vec![HostName::controller()]
            } else {
                let members = inventory.members(&playbook.hosts);
                if members.is_empty() {
                    no_members(playbook, inventory, &mut problems);
                }
                members.into_iter().filter(|h| chosen(h)).map(|h| h.name.clone()).collect()
            };
            let needed = plan.finishing(&playbook.needs);
            // A text that uses nothing of the host itself is the same for all hosts with the same variables.
            let mut same: BTreeMap<usize, PlannedStep> = BTreeMap::new();
            for host in hosts {
                let variable_set = inventory.variable_set(&host);
                let first = plan.of(&host).map(|(_, job)| job.tasks().count()).sum();
                let step = if let Some(step) = same.get(&variable_set) {
                    step.for_host(&host, first)
                } else {
                    let own = TemplateNames::new(inventory.described(&host));
                    let variables =
                        variables.entry(variable_set).or_insert_with(|| TemplateNames::new(inventory.variables(&host)));
                    let scope = Scope::layered([variables.clone(), own.clone(), shared.clone()], library);
                    let before = problems.0.len();
                    let step = planned(playbook, &host, first, &scope, stock, &mut problems);
                    for problem in &mut problems.0[before..] {
                        at_its_variable(problem, inventory, &host);
                    }
                    if !own.asked() {
                        same.insert(variable_set, step.clone());
                    }
                    step
                };
                plan.add(host, step, &needed);
            }
        }
        if plan.jobs.iter().any(Job::is_rolling) {
            plan.rotations = rotation::all(inventory);
        }
        problems.or(Some(plan))
    }

    /// The way of a host to the internet, where the inventory names one.
    pub fn proxy(&self, host: &HostName) -> Option<Proxy> {
        self.proxies.get(host).cloned()
    }

    /// The jobs of a host, in order.
    pub fn of(&self, host: &HostName) -> impl Iterator<Item = (JobId, &Job)> {
        self.of_host.get(host).into_iter().flatten().map(|id| (*id, &self.jobs[id.0]))
    }

    /// Whether one of its tasks makes or proves this component of the lab.
    pub fn has(&self, component: Component) -> bool {
        self.jobs.iter().flat_map(Job::tasks).any(|task| task.task.component == Some(component))
    }

    /// The hosts of the plan, in the order of their first job.
    pub fn hosts(&self) -> Vec<HostName> {
        let first = |(host, ids): (&HostName, &Vec<JobId>)| Some((*ids.first()?, host.clone()));
        let mut hosts: Vec<(JobId, HostName)> = self.of_host.iter().filter_map(first).collect();
        hosts.sort();
        hosts.into_iter().map(|(_, host)| host).collect()
    }

    /// Every step on every host in the order of the report: step by step, hosts in the order of the inventory.
    pub fn cells(&self) -> Vec<(HostName, StepName)> {
        let hosts = self.hosts();
        let has =
            |host: &HostName, step: &StepName| self.of(host).any(|(_, j)| j.steps.iter().any(|s| &s.name == step));
        self.steps
            .iter()
            .flat_map(|step| hosts.iter().filter(|h| has(h, step)).map(|host| (host.clone(), step.clone())))
            .collect()
    }

    fn finishing(&self, steps: &[StepName]) -> BTreeSet<JobId> {
        let holds = |job: &Job| job.steps.iter().any(|step| steps.contains(&step.name));
        self.jobs.iter().enumerate().filter(|(_, job)| holds(job)).map(|(n, _)| JobId(n)).collect()
    }

    /// Appends a step to the last job of its host, or to a new job if it must wait for something that the last one
    /// does not wait for already.
    fn add(&mut self, host: HostName, step: PlannedStep, needed: &BTreeSet<JobId>) {
        let last = self.of(&host).last().map(|(id, _)| id);
        let before = last.map(|last| self.before(last)).unwrap_or_default();
        let elsewhere = needed.iter().copied().filter(|id| self.jobs[id.0].host != host);
        let mut waits: BTreeSet<JobId> = elsewhere.filter(|id| !before.contains(id)).collect();
        match last {
            Some(id) if waits.is_empty() => self.jobs[id.0].steps.push(step),
            _ => {
                waits.extend(last);
                self.of_host.entry(host.clone()).or_default().push(JobId(self.jobs.len()));
                self.jobs.push(Job { host, steps: vec![step], needs: waits });
            }
        }
    }

    /// Everything that a job waits for, directly or indirectly.
    fn before(&self, job: JobId) -> BTreeSet<JobId> {
        let mut found = BTreeSet::new();
        let mut open = vec![job];
        while let Some(job) = open.pop() {
            open.extend(self.jobs[job.0].needs.iter().filter(|need| found.insert(**need)));
        }
        found
    }
}

impl PlannedStep {
    /// The same step on another host, whose tasks begin at this number.
    fn for_host(&self, host: &HostName, first: usize) -> Self {
        let mut step = self.clone();
        for (n, task) in step.tasks.iter_mut().enumerate() {
            task.id = first + n;
            task.task.host = host.clone();
        }
        step
    }
}

impl Job {
    /// All tasks, in order.
    pub fn tasks(&self) -> impl Iterator<Item = &PlannedTask> {
        self.steps.iter().flat_map(|step| &step.tasks)
    }

    /// Whether it has a step that hosts which serve run one after the other.
    pub fn is_rolling(&self) -> bool {
        self.steps.iter().any(|step| step.rolling)
    }
}

/// A mistake in what a variable says is one of the inventory, and is shown there; the playbook only names the variable.
fn at_its_variable(problem: &mut Problem, inventory: &Inventory, host: &HostName) {
    let Location { source, span } = &problem.location;
    let written = source.text.get(span.clone()).unwrap_or_default().trim_matches(['"', '\'']);
    let Some(path) = written.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")) else { return };
    if let Some(location) = inventory.location(host, path.trim()) {
        problem.location = location.clone();
    }
}

fn no_members(playbook: &Playbook, inventory: &Inventory, problems: &mut Problems) {
    let known: Vec<&str> =
        inventory.hosts.iter().flat_map(|h| h.groups.iter().map(|g| g.as_str()).chain([h.name.as_str()])).collect();
    let hint = did_you_mean(&playbook.hosts, known.iter().copied()).map_or_else(
        || format!("put a host into it in {}: `groups: [{}]`", inventory.path.display(), playbook.hosts),
        |near| format!("did you mean `{near}`?"),
    );
    problems.add(
        &playbook.location,
        format!("no host is called `{0}`, and none is in group `{0}`", playbook.hosts),
        Some(hint),
    );
}

fn planned(
    playbook: &Playbook,
    host: &HostName,
    first: usize,
    scope: &Scope<'_>,
    stock: &dyn Stock,
    problems: &mut Problems,
) -> PlannedStep {
    let mut tasks: Vec<PlannedTask> = Vec::new();
    let mut add = |name: String, component, call: Call, notify, limits| {
        let task = TaskRef { host: host.clone(), step: playbook.name.clone(), task: name, component };
        tasks.push(PlannedTask { id: first + tasks.len(), task, call, notify, limits });
    };
    for task in &playbook.tasks {
        let mut limits = task.module.limits;
        if let Some(deadline) = task.timeout {
            // A given timeout applies to silence, too: the task may print nothing until then.
            limits = Limits { deadline, silence: deadline };
        }
        let fits = if host.is_controller() { Module::is_for_controller } else { Module::is_for_machines };
        if !fits(task.module) {
            let (what, hint) = if host.is_controller() {
                ("works on machines, not on this computer", "name a group or a host in `hosts:`")
            } else {
                ("works on this computer only", "write `hosts: controller`")
            };
            problems.add(&task.args.location, format!("`{}` {what}", task.module.name), Some(hint.to_owned()));
            continue;
        }
        match (task.module.call)(&Args { node: &task.args, scope, stock }) {
            Ok(call) => add(scope.label(&task.name), task.component(), call, task.notify.clone(), limits),
            Err(problem) => problems.0.push(*problem),
        }
    }
    for handler in &playbook.handlers {
        match handler_call(handler, &playbook.name, scope) {
            Ok(call) => add(handler.name.to_string(), None, call, None, HANDLER.limits),
            Err(problem) => problems.0.push(*problem),
        }
    }
    PlannedStep { name: playbook.name.clone(), needs: playbook.needs.clone(), rolling: playbook.rolling, tasks }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
