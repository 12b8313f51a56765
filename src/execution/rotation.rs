//! Hosts that serve a site together are changed one after the other: the web server sends nobody to the one that is changed,
//! and the next has its turn when the web server gets the page from the one before. Where one does not come back, those after
//! it are left as they are, and serve.

use super::host_run::{HostRun, TaskTranscripts, held};
use super::host_session::HostSession;
use super::job_states::JobState;
use super::lease::Lease;
use super::transcript::TaskTranscript;
use super::{Abort, RunContext};
use crate::infra::transport::Transport;
use crate::model::event::{Kind, Outcome, Reason, Remark, Verdict};
use crate::planning::plan::{PlannedStep, Rotation};
use std::collections::BTreeMap;
use std::sync::Arc;

impl<T: Transport> HostRun<T> {
    /// These steps in apply mode on a host that serves: those that interrupt its application when it is its turn.
    pub(super) async fn act_in_turn(
        &mut self,
        line: &mut Lease<T>,
        rest: &[PlannedStep],
        checked: &TaskTranscripts,
    ) -> Result<JobState, Abort> {
        let context = self.context.clone();
        let first = rest.iter().position(|step| step.rolling).unwrap_or(rest.len());
        let (before, mut rolling) = rest.split_at(first);
        let mut checked = checked.clone();
        let mut changed = false;
        if !before.is_empty() {
            let (state, _) = self.act_now(line, before, &checked, None).await?;
            match state {
                JobState::Done { changed: this } => changed = this,
                JobState::Failed(why) => return Ok(self.skip(rolling, why)),
                JobState::Waiting => {}
            }
            // What was changed may have left more to do.
            if changed && !rolling.is_empty() {
                checked = line.session().await?.look(&rolling.iter().collect::<Vec<_>>()).await?.0;
            }
        }
        let holds = |step: &PlannedStep| step.tasks.iter().all(|task| held(&checked, task));
        let open = rolling.iter().position(|step| !holds(step)).unwrap_or(rolling.len());
        for step in &rolling[..open] {
            step.tasks.iter().for_each(|task| self.emit_task(task, &checked[&task.id]));
            self.emit_step(step, &checked, Verdict::Finished);
        }
        rolling = &rolling[open..];
        let Some(rotation) = context.run.plan.rotation(&self.host).filter(|_| !rolling.is_empty()) else {
            if rolling.is_empty() {
                return Ok(JobState::Done { changed });
            }
            return Ok(self.act_now(line, rolling, &checked, None).await?.0);
        };
        line.rest();
        if let Err(why) = self.turn().await? {
            return Ok(self.skip(rolling, why));
        }
        self.one(line, rolling, &checked, rotation).await
    }

    /// Waits until it is the host's turn: everybody has been looked at, and those before it have come to their end.
    async fn turn(&self) -> Result<Result<(), Reason>, Abort> {
        let context = &self.context;
        let turn = async {
            let changes = context.job_states.to_change(&context.hosts).await;
            let earlier = context.run.plan.turn_after(&self.host, |host| changes.get(host).copied());
            context.job_states.finished(&earlier).await.map(drop)
        };
        tokio::select! {
            biased;
            () = context.cancel.cancelled() => Err(Abort::interrupted()),
            turn = turn => Ok(turn),
            why = context.failures.enough() => Err(why.into()),
        }
    }

    /// The change of one host, with nobody sent to it meanwhile. What it was all for is reported as done when the web server
    /// gets the page.
    async fn one(
        &mut self,
        line: &mut Lease<T>,
        rolling: &[PlannedStep],
        checked: &TaskTranscripts,
        rotation: &Rotation,
    ) -> Result<JobState, Abort> {
        let context = self.context.clone();
        // Who can reach no web server can send nobody away from it, and nobody comes either.
        let web = WebServer::reach(&context, rotation).await;
        if let Some(web) = &web
            && web.run(&rotation.out).await?.is_ok()
        {
            self.remark(Remark::OutOfTurns { web: rotation.web.clone() });
        }
        let last = rolling.iter().rev().find_map(|step| Some((step, step.tasks.last()?)));
        let acted = self.act_now(line, rolling, checked, last.map(|(_, task)| task.id)).await;
        let back = match &web {
            Some(web) => web.run(&rotation.back).await,
            None => Ok(Ok(())),
        };
        let (mut state, kept) = acted?;
        let Some(((step, task), mut kept)) = last.zip(kept) else { return Ok(state) };
        match back? {
            Err(why) if matches!(state, JobState::Done { .. }) => {
                kept.outcome = Some(Outcome::Failed);
                kept.reason = Some(why);
                state = JobState::Failed(self.failed(task));
            }
            Ok(()) if matches!(state, JobState::Done { .. }) && web.is_some() => {
                self.remark(Remark::BackInTurns { web: rotation.web.clone() });
            }
            _ => {}
        }
        self.emit_task(task, &kept);
        self.emit_step(step, &BTreeMap::from([(task.id, kept)]), Verdict::Finished);
        Ok(state)
    }

    fn remark(&self, remark: Remark) {
        self.context.emit(Kind::HostSaid { host: self.host.clone(), remark });
    }
}

/// The web server, beside its own part in the run.
struct WebServer<T: Transport>(HostSession<T>);

impl<T: Transport> WebServer<T> {
    async fn reach(context: &Arc<RunContext<T>>, rotation: &Rotation) -> Option<Self> {
        let host = context.run.hosts.get(&rotation.web)?.clone();
        let limits = rotation.back.tasks.iter().map(|task| (task.id, task.limits.deadline)).collect();
        HostSession::open(context.clone(), host, limits).await.ok().map(Self)
    }

    /// Runs a step there, and gives what kept it from its end.
    async fn run(&self, step: &PlannedStep) -> Result<Result<(), Reason>, Abort> {
        let transcript = match self.0.act(&[step], &mut |_, _| ()).await {
            Ok(transcript) => transcript,
            Err(Abort::Stopped(why)) => return Err(Abort::Stopped(why)),
            Err(Abort::Unreachable(_)) => return Ok(Err(Reason::WebLost)),
        };
        let failed = |task: &&TaskTranscript| !matches!(task.outcome, Some(Outcome::Ok | Outcome::Changed));
        Ok(match transcript.tasks.values().find(failed) {
            None => Ok(()),
            Some(task) => Err(Reason::NotBack { output: last_line(task) }),
        })
    }
}

/// The last line that a task printed.
fn last_line(task: &TaskTranscript) -> String {
    task.output.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default().to_owned()
}
