//! How one lab of many stands: a fold over the events of a run or a look.

use crate::model::event::{Event, Kind, Outcome, TaskResult};
use crate::model::name::{HostName, StepName};
use crate::model::summary::Summary;
use crate::model::unreachable::Unreachable;

/// How one lab of many stands.
#[derive(Debug, Default)]
pub struct Standing {
    /// What the run comes to.
    pub summary: Summary,
    /// What went wrong first, in the order of the plan.
    pub trouble: Option<Trouble>,
    steps: Vec<(StepName, Option<Outcome>)>,
    open: Option<TaskResult>,
}

/// What went wrong in a lab.
#[derive(Debug)]
pub enum Trouble {
    /// A host cannot be worked on.
    Unreachable {
        /// The host.
        host: HostName,
        /// Why.
        why: Unreachable,
    },
    /// A task failed.
    Failed(TaskResult),
}

impl Standing {
    /// Takes an event into account. Events come in the order of the plan.
    pub fn add(&mut self, event: &Event) {
        self.summary.add(event);
        match &event.kind {
            Kind::RunStarted { steps, .. } => self.steps = steps.iter().map(|step| (step.clone(), None)).collect(),
            Kind::HostUnreachable { host, why } if self.trouble.is_none() => {
                self.trouble = Some(Trouble::Unreachable { host: host.clone(), why: why.clone() });
            }
            Kind::TaskFinished { result } => self.task(result),
            _ => {}
        }
    }

    fn task(&mut self, result: &TaskResult) {
        if let Some((_, worst)) = self.steps.iter_mut().find(|(step, _)| *step == result.task.step) {
            *worst = (*worst).max(Some(result.outcome));
        }
        let holds = result.outcome == Outcome::Ok;
        if !holds && self.open.is_none() {
            self.open = Some(result.clone());
        }
        if result.outcome == Outcome::Failed && self.trouble.is_none() {
            self.trouble = Some(Trouble::Failed(result.clone()));
        }
    }

    /// How many of the steps hold on all their machines, and how many there are.
    pub fn held(&self) -> (usize, usize) {
        let held = self.steps.iter().filter(|(_, worst)| *worst == Some(Outcome::Ok)).count();
        (held, self.steps.len())
    }

    /// The first task that did not hold, in the order of the plan.
    pub fn open(&self) -> Option<&TaskResult> {
        self.open.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::{Mode, TaskRef};

    fn event(kind: Kind) -> Event {
        Event { at_ms: 0, kind }
    }

    #[test]
    fn a_step_holds_where_all_its_tasks_do() {
        let mut standing = Standing::default();
        let steps = ["nginx", "node", "proxy"].map(|step| step.parse().unwrap()).to_vec();
        let (version, lab) = (String::new(), "t".parse().unwrap());
        let kind =
            Kind::RunStarted { version, lab, mode: Mode::Check, steps, hosts: Vec::new(), started: 0, shard: None };
        standing.add(&event(kind));
        for (step, host, outcome) in [
            ("nginx", "web", Outcome::Ok),
            ("node", "app1", Outcome::Ok),
            ("node", "app2", Outcome::Changed),
            ("proxy", "web", Outcome::Unknown),
        ] {
            let task = TaskRef::new(host.parse().unwrap(), step.parse().unwrap(), "it");
            standing.add(&event(Kind::TaskFinished { result: TaskResult::new(task, outcome) }));
        }
        assert_eq!(standing.held(), (1, 3));
        assert_eq!(standing.open().unwrap().task.host.as_str(), "app2");
        assert!(standing.trouble.is_none() && !standing.summary.converged());
    }
}
