//! This computer's part of a run: it looks while all hosts are looked at, then acts in the order of the plan. The sites are asked
//! from here, where visitors are; where there is no way from here, from the web server itself, and that is said.

use super::Abort;
use super::host_run::{HostRun, TaskTranscripts, held};
use super::job_states::{JobState, LookResult, Open};
use super::lease::Lease;
use super::transcript::{SeenSite, TaskTranscript};
use crate::config::inventory::Host;
use crate::config::modules::ANSWERS;
use crate::infra::transport::Transport;
use crate::model::event::{Mode, Outcome, Reason, Verdict};
use crate::model::visitor::{Indirect, SeenFrom};
use crate::planning::plan::{Job, PlannedStep, PlannedTask};
use std::time::{Duration, Instant};

/// How long until a site that does not answer well is asked again.
const PAUSE: Duration = Duration::from_secs(1);

impl<T: Transport> HostRun<T> {
    /// Tasks of this computer itself.
    pub(super) async fn at_controller(&mut self) -> Result<(), Abort> {
        let context = self.context.clone();
        let jobs = self.jobs(&context);
        let tasks: Vec<&PlannedTask> = jobs.iter().flat_map(|(_, job)| job.tasks()).collect();
        let mut checked = TaskTranscripts::new();
        for task in &tasks {
            checked.insert(task.id, self.check_here(task).await?);
        }
        let opened = tasks.iter().filter(|task| !held(&checked, task));
        let opened = opened.map(|t| Open { step: t.task.step.clone(), task: Some(t.task.task.clone()) });
        context.job_states.finish_look(&self.host, LookResult { open: opened.collect(), serves: None });
        if context.run.mode == Mode::Check {
            self.emit_checks(&checked).await;
            return Ok(());
        }
        let mut own = false;
        for (id, job) in &jobs {
            let waited = tokio::select! {
                biased;
                () = context.cancel.cancelled() => Err(Reason::Interrupted),
                waited = context.job_states.finished(&job.needs) => waited,
            };
            let waited = waited.and_then(|changed| context.failures.why().map_or(Ok(changed), |why| Err(why.into())));
            let state = match waited {
                Ok(changed) => self.act_here(job, &checked, changed || own).await?,
                Err(why) => self.skip(&job.steps, why),
            };
            own |= state == JobState::Done { changed: true };
            context.job_states.finish(*id, state);
        }
        Ok(())
    }

    /// Looks, and changes nothing. While a run may still change something, sites are asked as few times as prove them.
    async fn check_here(&self, task: &PlannedTask) -> Result<TaskTranscript, Abort> {
        let (context, began) = (&self.context, Instant::now());
        if task.call.shell.verb != ANSWERS.shell.verb {
            return Ok(context.run.controller.task(task, Mode::Check));
        }
        let mut seen = self.ask_from_here(task, false, false).await?;
        let (mut outcome, mut reason) = (outcome_of(&seen), None);
        if outcome != Outcome::Ok && context.run.mode == Mode::Check {
            // A machine may have waited for another run, which breaks it on purpose: only now is it known to be left alone.
            context.job_states.wait_for_machines(&context.hosts).await;
            seen = self.ask_from_here(task, false, true).await?;
            outcome = outcome_of(&seen);
        }
        if outcome != Outcome::Ok && context.run.mode == Mode::Check {
            (outcome, seen, reason) = self.ask_elsewhere(task, seen).await?;
        }
        Ok(TaskTranscript { outcome: Some(outcome), seen, reason, took: began.elapsed(), ..TaskTranscript::default() })
    }

    async fn act_here(&mut self, job: &Job, checked: &TaskTranscripts, changed: bool) -> Result<JobState, Abort> {
        let context = self.context.clone();
        let mut state = JobState::Done { changed: false };
        for step in &job.steps {
            let mut done = TaskTranscripts::new();
            for task in &step.tasks {
                if let JobState::Failed(why) = &state {
                    done.insert(task.id, TaskTranscript::skipped(why.clone()));
                } else if task.call.shell.verb != ANSWERS.shell.verb {
                    done.insert(task.id, context.run.controller.task(task, Mode::Apply));
                } else if held(checked, task) && !changed && !job.needs.is_empty() && !is_changed(&state) {
                    done.insert(task.id, checked[&task.id].clone());
                } else {
                    done.insert(task.id, self.prove_here(task).await?);
                }
                match done[&task.id].outcome {
                    Some(Outcome::Failed) => state = JobState::Failed(self.failed(task)),
                    Some(Outcome::Changed) if state == JobState::Done { changed: false } => {
                        state = JobState::Done { changed: true };
                    }
                    _ => {}
                }
                self.emit_task(task, &done[&task.id]);
            }
            self.emit_step(step, &done, Verdict::Finished);
        }
        Ok(state)
    }

    /// Asks until every site answers as it should, or its time is over, or nothing is left that waiting could mend.
    async fn prove_here(&self, task: &PlannedTask) -> Result<TaskTranscript, Abort> {
        let (context, began) = (&self.context, Instant::now());
        let until = began + context.run.controller.patience(task);
        let mut hopeless = false;
        loop {
            let seen = self.ask_from_here(task, true, true).await?;
            let (outcome, seen, reason) = match all_hold(&seen) {
                true => (Outcome::Ok, seen, None),
                false => self.ask_elsewhere(task, seen).await?,
            };
            let passes = seen.iter().filter_map(|site| site.balance.fault()).all(|fault| fault.may_pass());
            if outcome != Outcome::Unknown || Instant::now() + PAUSE >= until || (hopeless && !passes) {
                let (outcome, reason) = match outcome {
                    Outcome::Unknown => (Outcome::Failed, Some(Reason::SitesFail)),
                    outcome => (outcome, reason),
                };
                let took = began.elapsed();
                return Ok(TaskTranscript { outcome: Some(outcome), seen, reason, took, ..TaskTranscript::default() });
            }
            hopeless = !passes;
            tokio::select! {
                () = context.cancel.cancelled() => return Err(Abort::interrupted()),
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    /// Asks all sites at the same time. `often`: so often that every promise is plain, at once; `thorough`: where a few times
    /// proved nothing.
    async fn ask_from_here(&self, task: &PlannedTask, often: bool, thorough: bool) -> Result<Vec<SeenSite>, Abort> {
        let context = &self.context;
        tokio::select! {
            () = context.cancel.cancelled() => Err(Abort::interrupted()),
            seen = context.run.controller.ask_sites(task, often, thorough) => Ok(seen),
        }
    }

    /// What is not seen from here is asked on the web server itself, if there is no way to it from here. Unknown: it is as it was
    /// seen from here.
    async fn ask_elsewhere(
        &self,
        task: &PlannedTask,
        seen: Vec<SeenSite>,
    ) -> Result<(Outcome, Vec<SeenSite>, Option<Reason>), Abort> {
        let context = &self.context;
        let Some(web) = context.run.controller.web() else { return Ok((Outcome::Unknown, seen, None)) };
        let Some(why) = context.transport.indirect(web).await else { return Ok((Outcome::Unknown, seen, None)) };
        if !context.hosts.contains(&web.name) {
            let reason = Reason::NoWayToWeb { web: web.name.clone() };
            return Ok((Outcome::Skipped, Vec::new(), Some(reason)));
        }
        // Its own look holds the lock of the lab there.
        context.job_states.wait_for_host(&web.name).await;
        let inside = match self.ask_on(web, task, &why).await {
            Err(Abort::Unreachable(_)) => return Ok((Outcome::Unknown, seen, None)),
            inside => inside?,
        };
        Ok((outcome_of(&inside), if inside.is_empty() { seen } else { inside }, None))
    }

    /// Has the same question asked by the shell of the web server.
    async fn ask_on(&self, web: &Host, task: &PlannedTask, why: &Indirect) -> Result<Vec<SeenSite>, Abort> {
        let step =
            PlannedStep { name: task.task.step.clone(), needs: Vec::new(), rolling: false, tasks: vec![task.clone()] };
        let mut line = Lease::new(self.context.clone(), &web.name)?;
        let mut transcripts = line.session().await?.look(&[&step]).await?.0;
        let mut seen = transcripts.remove(&task.id).map(|transcript| transcript.seen).unwrap_or_default();
        seen.iter_mut().for_each(|site| site.from = SeenFrom::WebItself { why: why.clone() });
        Ok(seen)
    }
}

/// What a first look at the sites says: it is ok, or the last word is not spoken yet.
fn outcome_of(seen: &[SeenSite]) -> Outcome {
    if all_hold(seen) { Outcome::Ok } else { Outcome::Unknown }
}

fn all_hold(seen: &[SeenSite]) -> bool {
    seen.iter().all(|site| site.balance.holds())
}

fn is_changed(state: &JobState) -> bool {
    matches!(state, JobState::Done { changed: true })
}
