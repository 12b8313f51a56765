//! Where the visits to the hosts see how far the others are.

use crate::model::event::Reason;
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
    Failed(Reason),
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
    /// Its name in the playbook; `None` for whatever it is, on a host that could not be looked at.
    pub task: Option<String>,
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
    pub async fn finished(&self, jobs: &BTreeSet<JobId>) -> Result<bool, Reason> {
        let mut seen = self.0.subscribe();
        let done = seen.wait_for(|all| jobs.iter().all(|job| all.jobs[job.0] != JobState::Waiting)).await;
        let Ok(all) = done else { return Err(Reason::RunEnded) };
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
