//! One host's part of a run: checks everything, then acts from the first thing that is not in place.

use super::job_states::{JobState, LookResult, Open};
use super::lease::Lease;
use super::max_fail::Exceeded;
use super::transcript::{Progress, TaskTranscript, Transcript};
use super::{Abort, RunContext};
use crate::infra::transport::Transport;
use crate::model::event::{Kind, Mode, Outcome, Reason, Verdict};
use crate::model::name::{HostName, StepName};
use crate::planning::plan::{Job, JobId, PlannedStep, PlannedTask};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Works through all jobs of one host.
pub async fn visit<T: Transport>(context: Arc<RunContext<T>>, host: HostName) {
    let mut visit = HostRun { context, host, reported: BTreeSet::new(), through: BTreeSet::new() };
    let visited = if visit.host.is_controller() { visit.at_controller().await } else { visit.at_host().await };
    match visited {
        Ok(()) => {}
        Err(Abort::Unreachable(why)) => {
            visit.context.emit(Kind::HostUnreachable { host: visit.host.clone(), why });
            let not_reached = Reason::NotReached { host: visit.host.clone() };
            visit.finish_rest(&Verdict::Unreachable, &not_reached);
        }
        Err(Abort::Stopped(why)) => visit.finish_rest(&Verdict::Skipped(why.clone()), &why),
    }
}

pub(super) struct HostRun<T> {
    pub(super) context: Arc<RunContext<T>>,
    pub(super) host: HostName,
    /// Tasks whose outcome was reported.
    reported: BTreeSet<usize>,
    /// Steps that were reported to be finished.
    through: BTreeSet<StepName>,
}

pub(super) type TaskTranscripts = BTreeMap<usize, TaskTranscript>;

pub(super) fn held(checked: &TaskTranscripts, task: &PlannedTask) -> bool {
    checked.get(&task.id).and_then(|seen| seen.outcome) == Some(Outcome::Ok)
}

impl<T: Transport> HostRun<T> {
    async fn at_host(&mut self) -> Result<(), Abort> {
        let context = self.context.clone();
        let jobs = self.jobs(&context);
        let tasks = || jobs.iter().flat_map(|(_, job)| job.tasks());
        let mut line = Lease::new(context.clone(), &self.host)?;
        let steps: Vec<&PlannedStep> = jobs.iter().flat_map(|(_, job)| &job.steps).collect();
        let (checked, serves) = line.session().await?.look(&steps).await?;
        let opened = tasks().filter(|task| !held(&checked, task));
        let opened = opened.map(|t| Open { step: t.task.step.clone(), task: Some(t.task.task.clone()) });
        context.job_states.finish_look(&self.host, LookResult { open: opened.collect(), serves: Some(serves) });
        if context.run.mode == Mode::Check {
            drop(line);
            self.emit_checks(&checked).await;
            return Ok(());
        }
        // What stands in the way is said at once, not when what comes before has been built.
        let blocked = |job: &Job| job.tasks().any(|task| checked.get(&task.id).is_some_and(|seen| seen.blocked));
        for (id, job) in jobs.iter().filter(|(_, job)| blocked(job)) {
            let state = self.block(job, &checked);
            context.job_states.finish(*id, state);
        }
        for (id, job) in jobs.iter().filter(|(_, job)| !blocked(job)) {
            if !context.job_states.is_finished(&job.needs) {
                line.rest();
            }
            let waited = tokio::select! {
                biased;
                () = context.cancel.cancelled() => return Err(Abort::interrupted()),
                waited = context.job_states.finished(&job.needs) => waited,
                why = context.failures.enough() => return Err(why.into()),
            };
            let state = match waited {
                Ok(changed) => self.act(&mut line, job, &checked, changed, serves).await?,
                Err(reason) => self.skip(&job.steps, reason),
            };
            context.job_states.finish(*id, state);
        }
        Ok(())
    }

    /// The jobs of this host.
    pub(super) fn jobs<'a>(&self, context: &'a RunContext<T>) -> Vec<(JobId, &'a Job)> {
        context.run.plan.of(&self.host).collect()
    }

    /// In check mode: reports what the check found as the result.
    pub(super) async fn emit_checks(&mut self, checked: &TaskTranscripts) {
        let context = self.context.clone();
        let mut open: Option<String> = None;
        for (id, job) in self.jobs(&context) {
            for step in &job.steps {
                let elsewhere = context.job_states.open(&context.hosts, &self.host, &step.needs).await;
                for task in &step.tasks {
                    let mut seen = checked.get(&task.id).cloned().unwrap_or_default();
                    if seen.outcome == Some(Outcome::Unknown) {
                        let here = open.clone().map(|task| Reason::Until { task, host: None });
                        let until = here.or_else(|| elsewhere.clone().map(|(host, open)| until(host, open)));
                        // Nothing before it would change, so nothing would put it right: that is a failure.
                        (seen.outcome, seen.reason) = match until {
                            Some(until) => (Some(Outcome::Unknown), Some(until)),
                            None => (Some(Outcome::Failed), Some(Reason::DoesNotHold)),
                        };
                    }
                    if open.is_none() && seen.outcome != Some(Outcome::Ok) {
                        open = Some(task.task.task.clone());
                    }
                    self.emit_task(task, &seen);
                }
                self.emit_step(step, checked, Verdict::Finished);
            }
            context.job_states.finish(id, JobState::Done { changed: false });
        }
    }

    /// One job in apply mode, from its first step that is not in place.
    async fn act(
        &mut self,
        line: &mut Lease<T>,
        job: &Job,
        checked: &TaskTranscripts,
        changed: bool,
        serves: bool,
    ) -> Result<JobState, Abort> {
        // Steps that wait for others must check again if those changed something.
        let stale = |step: &PlannedStep| changed && !step.needs.is_empty();
        let first = job.steps.iter().position(|step| stale(step) || !step.tasks.iter().all(|t| held(checked, t)));
        let (clean, rest) = job.steps.split_at(first.unwrap_or(job.steps.len()));
        for step in clean {
            step.tasks.iter().for_each(|task| self.emit_task(task, &checked[&task.id]));
            self.emit_step(step, checked, Verdict::Finished);
        }
        if rest.is_empty() {
            return Ok(JobState::Done { changed: false });
        }
        if serves && job.is_rolling() {
            return self.act_in_turn(line, rest, checked).await;
        }
        Ok(self.act_now(line, rest, checked, None).await?.0)
    }

    /// Runs these steps in apply mode. The task `kept` is not reported; what came of it is given back.
    pub(super) async fn act_now(
        &mut self,
        line: &mut Lease<T>,
        rest: &[PlannedStep],
        checked: &TaskTranscripts,
        kept: Option<usize>,
    ) -> Result<(JobState, Option<TaskTranscript>), Abort> {
        let session = line.session().await?;
        let tasks: Vec<&PlannedTask> = rest.iter().flat_map(|step| &step.tasks).collect();
        session.send_payloads(&tasks, checked).await?;
        if let Some(why) = self.context.failures.why() {
            return Err(why.into());
        }
        let steps: Vec<&PlannedStep> = rest.iter().collect();
        let (context, host) = (self.context.clone(), self.host.clone());
        let (reported, through) = (&mut self.reported, &mut self.through);
        let mut on_progress = |transcript: &Transcript, now: Progress| {
            let task = |id: usize| tasks.iter().find(|task| task.id == id);
            match now {
                Progress::Started(id) => {
                    task(id).into_iter().for_each(|t| context.emit(Kind::TaskStarted { task: t.task.clone() }))
                }
                Progress::Live(id, line) => {
                    task(id)
                        .into_iter()
                        .for_each(|t| context.emit(Kind::TaskOutput { task: t.task.clone(), line: line.clone() }));
                }
                Progress::Finished(id) => {
                    if let (Some(task), Some(seen), false) =
                        (task(id), transcript.tasks.get(&id), reported.contains(&id) || kept == Some(id))
                    {
                        reported.insert(id);
                        context.emit_task(task, &with_reason(seen, transcript, context.failures.why()));
                    }
                    if let Some(step) = rest.iter().find(|s| s.tasks.last().is_some_and(|last| last.id == id))
                        && kept != Some(id)
                        && through.insert(step.name.clone())
                    {
                        context.emit_step(&host, step, &transcript.tasks, Verdict::Finished);
                    }
                }
                Progress::Began(_) | Progress::Held(_) | Progress::Fact(..) => {}
            }
        };
        let transcript = session.act(&steps, &mut on_progress).await?;
        // A step without tasks is finished, too.
        let whole = |step: &&PlannedStep| step.tasks.last().is_none_or(|last| kept != Some(last.id));
        rest.iter().filter(whole).for_each(|step| self.emit_step(step, &transcript.tasks, Verdict::Finished));
        let ended =
            |task: &&&PlannedTask, outcome| transcript.tasks.get(&task.id).and_then(|t| t.outcome) == Some(outcome);
        let failed = tasks.iter().find(|task| ended(task, Outcome::Failed));
        let skipped = tasks.iter().find(|task| ended(task, Outcome::Skipped));
        let state = match (failed, skipped) {
            (Some(task), _) => JobState::Failed(self.failed(task)),
            (None, Some(task)) => {
                JobState::Failed(Reason::TaskSkipped { task: task.task.task.clone(), host: self.host.clone() })
            }
            (None, None) => JobState::Done { changed: tasks.iter().any(|task| ended(&task, Outcome::Changed)) },
        };
        Ok((state, kept.and_then(|id| transcript.tasks.get(&id).cloned())))
    }

    pub(super) fn failed(&self, task: &PlannedTask) -> Reason {
        Reason::TaskFailed { task: task.task.task.clone(), host: self.host.clone() }
    }

    pub(super) fn emit_task(&mut self, task: &PlannedTask, seen: &TaskTranscript) {
        self.reported.insert(task.id);
        self.context.emit_task(task, seen);
    }

    /// Reports that a step is finished, unless that was reported already.
    pub(super) fn emit_step(&mut self, step: &PlannedStep, seen: &TaskTranscripts, verdict: Verdict) {
        if self.through.insert(step.name.clone()) {
            self.context.emit_step(&self.host, step, seen, verdict);
        }
    }

    /// A job with a task that something stands in the way of: nothing of it is begun.
    fn block(&mut self, job: &Job, checked: &TaskTranscripts) -> JobState {
        let of = |task: &PlannedTask| checked.get(&task.id).filter(|seen| seen.blocked);
        let Some(why) = job.tasks().find(|task| of(task).is_some()).map(|task| self.failed(task)) else {
            return JobState::Done { changed: false };
        };
        let skipped = TaskTranscript::skipped(why.clone());
        for step in &job.steps {
            step.tasks.iter().for_each(|task| self.emit_task(task, of(task).unwrap_or(&skipped)));
            let met = step.tasks.iter().any(|task| of(task).is_some());
            let verdict = if met { Verdict::Finished } else { Verdict::Skipped(why.clone()) };
            self.emit_step(step, checked, verdict);
        }
        JobState::Failed(why)
    }

    pub(super) fn skip(&mut self, steps: &[PlannedStep], why: Reason) -> JobState {
        for step in steps {
            for task in step.tasks.iter() {
                self.emit_task(task, &TaskTranscript::skipped(why.clone()));
            }
            self.emit_step(step, &TaskTranscripts::new(), Verdict::Skipped(why.clone()));
        }
        JobState::Failed(why)
    }

    /// Finishes all other steps: every step is finished exactly once, so that the report can go on.
    fn finish_rest(&mut self, verdict: &Verdict, why: &Reason) {
        // What needs a step of this host is unknown until it was checked: that is not a failure of its own.
        let context = self.context.clone();
        let jobs = self.jobs(&context);
        let steps = jobs.iter().flat_map(|(_, job)| &job.steps);
        let unseen = steps.map(|step| Open { step: step.name.clone(), task: None });
        self.context.job_states.finish_look(&self.host, LookResult { open: unseen.collect(), serves: None });
        for (id, job) in jobs {
            for step in &job.steps {
                let rest: Vec<&PlannedTask> =
                    step.tasks.iter().filter(|task| !self.reported.contains(&task.id)).collect();
                rest.iter().for_each(|task| self.emit_task(task, &TaskTranscript::skipped(why.clone())));
                self.emit_step(step, &TaskTranscripts::new(), verdict.clone());
            }
            self.context.job_states.finish(id, JobState::Failed(why.clone()));
        }
    }
}

/// What has to come first, on another host.
fn until(host: HostName, open: Open) -> Reason {
    match open.task {
        Some(task) => Reason::Until { task, host: Some(host) },
        None => Reason::UntilReached { host },
    }
}

/// A task that its machine did not start although nothing before it failed there: the run has halted.
fn with_reason(task: &TaskTranscript, all: &Transcript, why: Option<Exceeded>) -> TaskTranscript {
    let mut task = task.clone();
    let failed = || all.tasks.values().any(|task| task.outcome == Some(Outcome::Failed));
    if task.outcome == Some(Outcome::Skipped) && !failed() {
        task.reason = task.reason.or(why.map(Reason::from));
    }
    task
}
