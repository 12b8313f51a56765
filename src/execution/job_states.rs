//! Where the visits to the hosts see how far the others are.

use super::max_fail::Exceeded;
use crate::model::name::{HostName, StepName};
use crate::planning::plan::{JobId, Plan};
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::watch;

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobState {
    /// It has not finished yet.
    Waiting,
    /// Everything in it holds; whether something had to be changed for that.
    Done {
        /// Whether anything was changed.
        changed: bool,
    },
    /// It failed or was not begun, so what needs it is not begun either.
    Failed(NotBegun),
}

/// Why something is not begun.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotBegun {
    /// A task that it needs failed.
    #[error("`{task}` failed on {}", host_label(.host))]
    TaskFailed {
        /// The name of the task that failed.
        task: String,
        /// The host it failed on.
        host: HostName,
    },
    /// A task that it needs was not begun either.
    #[error("`{task}` was not started on {}", host_label(.host))]
    TaskSkipped {
        /// The name of the task that failed.
        task: String,
        /// The host it failed on.
        host: HostName,
    },
    /// A host that it needs, or its own, cannot be worked on.
    #[error("{0} was not reached")]
    NotReached(HostName),
    /// Too many hosts have failed.
    #[error("not started: {0}")]
    TooManyFailed(#[from] Exceeded),
    /// The user stopped the run.
    #[error("interrupted")]
    Interrupted,
    /// Nobody is left to finish what it waits for.
    #[error("the run ended")]
    RunEnded,
}

fn host_label(host: &HostName) -> &str {
    if host.is_controller() { "this computer" } else { host.as_str() }
}

/// What the look at a host has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookResult {
    /// What does not hold.
    pub open: Vec<Open>,
    /// Whether its application answers; `None` if the host could not be looked at.
    pub serves: Option<bool>,
}

/// A task that did not hold when a host was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// The step it belongs to.
    pub step: StepName,
    /// Its name in the playbook.
    pub task: String,
}

#[derive(Debug, Clone)]
struct AllJobs {
    jobs: Vec<JobState>,
    look_results: BTreeMap<HostName, LookResult>,
}

/// What became of each job, for those that wait for others.
pub struct JobStates(watch::Sender<AllJobs>);

impl JobStates {
    pub fn new(plan: &Plan) -> Self {
        Self(watch::Sender::new(AllJobs {
            jobs: vec![JobState::Waiting; plan.jobs.len()],
            look_results: BTreeMap::new(),
        }))
    }

    /// Says how a job ended. The first word on it stands: a host that is lost later takes nothing back.
    pub fn finish(&self, job: JobId, state: JobState) {
        self.0.send_modify(|all| {
            if all.jobs[job.0] == JobState::Waiting {
                all.jobs[job.0] = state;
            }
        });
    }

    /// Says what a look at a host found: that every step is open, if the host could not be looked at. The first word stands.
    pub fn finish_look(&self, host: &HostName, result: LookResult) {
        self.0.send_modify(|all| {
            all.look_results.entry(host.clone()).or_insert(result);
        });
    }

    /// Waits until all hosts have been looked at, and gives those that were reached and have something open, and whether
    /// they serve.
    pub async fn to_change(&self, hosts: &[HostName]) -> BTreeMap<HostName, bool> {
        let mut seen = self.0.subscribe();
        let Ok(all) = seen.wait_for(|all| all.look_results.len() >= hosts.len()).await else { return BTreeMap::new() };
        let open = all.look_results.iter().filter(|(_, result)| !result.open.is_empty());
        open.filter_map(|(host, result)| Some((host.clone(), result.serves?))).collect()
    }

    /// Whether these jobs are finished.
    pub fn is_finished(&self, jobs: &BTreeSet<JobId>) -> bool {
        let all = self.0.borrow();
        jobs.iter().all(|job| all.jobs[job.0] != JobState::Waiting)
    }

    /// Waits until these jobs are finished.
    ///
    /// # Errors
    /// Why what needs them is not begun: the first of them that failed.
    pub async fn finished(&self, jobs: &BTreeSet<JobId>) -> Result<bool, NotBegun> {
        let mut seen = self.0.subscribe();
        let done = seen.wait_for(|all| jobs.iter().all(|job| all.jobs[job.0] != JobState::Waiting)).await;
        let Ok(all) = done else { return Err(NotBegun::RunEnded) };
        let mut changed = false;
        for job in jobs {
            match &all.jobs[job.0] {
                JobState::Done { changed: this } => changed |= this,
                JobState::Failed(reason) => return Err(reason.clone()),
                JobState::Waiting => {}
            }
        }
        Ok(changed)
    }

    /// Waits until this host has been looked at.
    pub async fn wait_for_host(&self, host: &HostName) {
        let mut seen = self.0.subscribe();
        let _ = seen.wait_for(|all| all.look_results.contains_key(host)).await;
    }

    /// Waits until all machines among these hosts have been looked at.
    pub async fn wait_for_machines(&self, hosts: &[HostName]) {
        let mut seen = self.0.subscribe();
        let done = |all: &AllJobs| hosts.iter().all(|host| host.is_controller() || all.look_results.contains_key(host));
        let _ = seen.wait_for(done).await;
    }

    /// Waits until all hosts have been looked at, and gives the first thing that was found open in these steps on
    /// another host than `own`.
    pub async fn open(&self, hosts: &[HostName], own: &HostName, steps: &[StepName]) -> Option<(HostName, Open)> {
        if steps.is_empty() {
            return None;
        }
        let mut seen = self.0.subscribe();
        let all = seen.wait_for(|all| all.look_results.len() >= hosts.len()).await.ok()?;
        let others = hosts.iter().filter(|host| *host != own);
        let mut open = others.flat_map(|host| {
            all.look_results.get(host).into_iter().flat_map(|result| &result.open).map(move |open| (host, open))
        });
        open.find(|(_, open)| steps.contains(&open.step)).map(|(host, open)| (host.clone(), open.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_begun_says_what_it_waited_for() {
        let task = "start nginx".to_owned();
        let web: HostName = "web".parse().unwrap();
        for (why, text) in [
            (NotBegun::TaskFailed { task: task.clone(), host: web.clone() }, "`start nginx` failed on web"),
            (
                NotBegun::TaskFailed { task: task.clone(), host: HostName::controller() },
                "`start nginx` failed on this computer",
            ),
            (NotBegun::TaskSkipped { task, host: web.clone() }, "`start nginx` was not started on web"),
            (NotBegun::NotReached(web), "web was not reached"),
        ] {
            assert_eq!(why.to_string(), text);
        }
    }
}
