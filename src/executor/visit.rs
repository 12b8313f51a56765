//! One host's part of a run: log in, look at everything, then act from the first thing that does not hold.

use super::board::{JobState, Open};
use super::hearing::{Hearing, Now, Task};
use super::{Launch, Shared, millis};
use crate::event::{Kind, Mode, Outcome, Verdict};
use crate::inventory::Host;
use crate::name::HostName;
use crate::plan::{Job, JobId, PlannedStep, PlannedTask};
use crate::script::{Header, script};
use crate::transport::{Ended, Exec, Flow, Input, Lost, Session, Transport, Unreachable};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;

/// How much longer than the host itself the controller waits for a task's end.
const GRACE: Duration = Duration::from_secs(30);

/// Works through all jobs of one host.
pub async fn visit<T: Transport>(shared: Arc<Shared<T>>, host: HostName) {
    let jobs: Vec<(JobId, Job)> = shared.run.plan.of(&host).map(|(id, job)| (id, job.clone())).collect();
    let mut visit = Visit { shared, host, jobs, told: BTreeSet::new() };
    if visit.host.is_controller() {
        visit.at_controller().await;
    } else {
        match visit.at_host().await {
            Ok(()) => {}
            Err(Trouble::Unreachable(error)) => visit.give_up(Verdict::Unreachable, &error),
            Err(Trouble::Stopped(why)) => visit.give_up_quietly(&why),
        }
    }
}

enum Trouble {
    Unreachable(Unreachable),
    Stopped(String),
}

impl From<Unreachable> for Trouble {
    fn from(error: Unreachable) -> Self {
        Self::Unreachable(error)
    }
}

struct Visit<T> {
    shared: Arc<Shared<T>>,
    host: HostName,
    jobs: Vec<(JobId, Job)>,
    /// Tasks whose outcome was told.
    told: BTreeSet<usize>,
}

impl<T: Transport> Visit<T> {
    async fn at_host(&mut self) -> Result<(), Trouble> {
        let shared = self.shared.clone();
        let host = shared.run.hosts.get(&self.host).cloned().ok_or_else(|| Unreachable {
            reason: format!("{} is not in the inventory", self.host),
            hints: Vec::new(),
        })?;
        let launch = Launch::new(&host, &shared.run.secrets, &shared.run.token)
            .await
            .map_err(|reason| Unreachable { reason, hints: Vec::new() })?;
        let began = Instant::now();
        let slot = self.slot().await?;
        let session = tokio::select! {
            session = shared.transport.open(&host) => session?,
            () = shared.cancel.cancelled() => return Err(Trouble::Stopped("interrupted".into())),
        };
        let looked = self.look(&session, &host, &launch, began).await?;
        drop(slot);
        let open = |task: &&PlannedTask| looked.get(&task.id).and_then(|t| t.outcome) != Some(Outcome::Ok);
        let opened = self.tasks().filter(open).map(|t| Open { step: t.task.step.clone(), task: t.task.task.clone() });
        shared.board.looked(&self.host, opened.collect());
        if shared.run.mode == Mode::Check {
            self.tell_look(&looked).await;
            return Ok(());
        }
        for (id, job) in self.jobs.clone() {
            let waited = tokio::select! {
                waited = shared.board.finished(&job.needs) => waited,
                () = shared.cancel.cancelled() => return Err(Trouble::Stopped("interrupted".into())),
            };
            match waited {
                Ok(changed) => self.act(&session, &host, &launch, &job, &looked, changed, id).await?,
                Err(reason) => {
                    self.skip(&job, &reason);
                    shared.board.finish(id, JobState::Failed(reason));
                }
            }
        }
        Ok(())
    }

    async fn slot(&self) -> Result<OwnedSemaphorePermit, Trouble> {
        tokio::select! {
            slot = self.shared.slots.clone().acquire_owned() => slot.map_err(|_| Trouble::Stopped("the run ended".into())),
            () = self.shared.cancel.cancelled() => Err(Trouble::Stopped("interrupted".into())),
        }
    }

    fn tasks(&self) -> impl Iterator<Item = &PlannedTask> {
        self.jobs.iter().flat_map(|(_, job)| job.tasks())
    }

    /// The whole share in check mode, as one script.
    async fn look(
        &self,
        session: &T::Session,
        host: &Host,
        launch: &Launch,
        began: Instant,
    ) -> Result<BTreeMap<usize, Task>, Trouble> {
        let jobs = self.jobs.clone();
        let steps: Vec<&PlannedStep> = jobs.iter().flat_map(|(_, job)| &job.steps).collect();
        let header = self.header(host, Mode::Check);
        let shared = self.shared.clone();
        let name = self.host.clone();
        let mut told = |_: &Hearing, now: Now| match now {
            Now::Began(system) => {
                shared.tell(Kind::HostReached { host: name.clone(), system, took_ms: millis(began) });
            }
            Now::Held(by) => {
                let text = format!("waits for another run: {by}");
                shared.tell(Kind::HostSaid { host: name.clone(), text });
            }
            _ => {}
        };
        let heard = self.converse(session, launch, script(&header, &steps), &mut told).await?;
        Ok(heard.tasks)
    }

    fn header(&self, host: &Host, mode: Mode) -> Header {
        let run = &self.shared.run;
        let user = run.users.get(&host.name).cloned();
        Header::new(&run.plan.lab, user, mode, &run.token, &run.owner)
    }

    /// Sends a script and hears it to its end.
    async fn converse(
        &self,
        session: &T::Session,
        launch: &Launch,
        script: String,
        told: &mut (dyn FnMut(&Hearing, Now) + Send),
    ) -> Result<Hearing, Trouble> {
        let hearing = Arc::new(Mutex::new(Hearing::new(&self.shared.run.token)));
        let stop = CancellationToken::new();
        let limits: BTreeMap<usize, Duration> = self.tasks().map(|t| (t.id, t.limits.deadline)).collect();
        let ended = {
            let mut hear = |line: &[u8]| match hearing.lock() {
                Ok(mut hearing) => hearing.hear(line, told),
                Err(_) => Flow::Done,
            };
            let mut running = std::pin::pin!(session.run(launch.script(script), &mut hear, &stop));
            let mut asked = false;
            loop {
                tokio::select! {
                    ended = &mut running => break ended,
                    () = self.shared.cancel.cancelled(), if !asked => {
                        asked = true;
                        self.ask_to_stop(session, launch).await;
                    }
                    () = tokio::time::sleep(Duration::from_secs(1)) => {
                        let overdue = hearing.lock().is_ok_and(|hearing| {
                            let limit = |id| limits.get(&id).copied().unwrap_or(GRACE) + GRACE;
                            hearing.running.is_some_and(|(id, since)| since.elapsed() > limit(id))
                        });
                        if overdue {
                            stop.cancel();
                        }
                    }
                }
            }
        };
        let heard = hearing.lock().map(|mut hearing| std::mem::take(&mut *hearing)).unwrap_or_default();
        self.judged(heard, ended)
    }

    /// Puts the file there that the script looks for. A signal would not reach it behind sudo.
    async fn ask_to_stop(&self, session: &T::Session, launch: &Launch) {
        let run = &self.shared.run;
        let file = format!("/run/labctl/{}/stop.{}", run.plan.lab, run.token);
        let exec = launch.exec(&format!("touch {file}"), Input::Empty);
        let (mut deaf, never) = (|_: &[u8]| Flow::More, CancellationToken::new());
        let asked = session.run(exec, &mut deaf, &never);
        // Whether it could be asked or not: the run waits for the script, and its deadlines hold.
        let _ = tokio::time::timeout(Duration::from_secs(10), asked).await;
    }

    /// Success is only what was said up to the `end` line.
    fn judged(&self, mut heard: Hearing, ended: Result<Ended, Lost>) -> Result<Hearing, Trouble> {
        if let Some(why) = heard.stopped.take() {
            if self.shared.cancel.is_cancelled() {
                return Err(Trouble::Stopped("interrupted".into()));
            }
            return Err(Unreachable { reason: why, hints: Vec::new() }.into());
        }
        if heard.ended {
            return Ok(heard);
        }
        let how = match ended {
            Err(lost) => lost.reason,
            Ok(Ended::Cancelled) => "it did not answer any more, and was given up".to_owned(),
            Ok(Ended::Signal(signal)) => format!("its shell was killed by {signal}"),
            Ok(Ended::Status(_) | Ended::Heard) if !heard.begun => {
                let words = heard.before.iter().rev().find(|line| !line.trim().is_empty());
                let words = words.map_or("it said nothing", String::as_str);
                return Err(
                    Unreachable { reason: format!("no shell as root: {words}"), hints: root_hints(words) }.into()
                );
            }
            Ok(Ended::Status(status)) => format!("its script broke off with status {status}"),
            Ok(Ended::Heard) => "its script broke off".to_owned(),
        };
        if let Some((id, _)) = heard.running {
            let task = heard.tasks.entry(id).or_default();
            task.outcome = Some(Outcome::Failed);
            task.reason = Some(how.clone());
        }
        Err(Unreachable {
            reason: how,
            hints: vec!["run the same command again: it continues where this one ended".into()],
        }
        .into())
    }

    /// In check mode: what the look found is the result.
    async fn tell_look(&mut self, looked: &BTreeMap<usize, Task>) {
        let shared = self.shared.clone();
        let hosts: Vec<HostName> = shared.run.plan.hosts();
        let mut open: Option<String> = None;
        for (id, job) in self.jobs.clone() {
            for step in &job.steps {
                let elsewhere =
                    if step.needs.is_empty() { Vec::new() } else { shared.board.open(&hosts, &step.needs).await };
                let elsewhere = elsewhere.into_iter().find(|(host, _)| *host != self.host);
                for task in &step.tasks {
                    let mut seen = looked.get(&task.id).cloned().unwrap_or_default();
                    if seen.outcome == Some(Outcome::Unknown) {
                        let until =
                            open.clone().or_else(|| elsewhere.as_ref().map(|(h, o)| format!("{} ({h})", o.task)));
                        // Nothing before it would change, so nothing would make it right: that is a failure.
                        (seen.outcome, seen.reason) = match until {
                            Some(until) => (Some(Outcome::Unknown), Some(format!("until: {until}"))),
                            None => (
                                Some(Outcome::Failed),
                                Some("does not hold, and nothing before it would change that".into()),
                            ),
                        };
                    }
                    if open.is_none() && seen.outcome != Some(Outcome::Ok) {
                        open = Some(task.task.task.clone());
                    }
                    self.tell_task(task, &seen);
                }
                self.tell_step(step, looked, Verdict::Finished);
            }
            shared.board.finish(id, JobState::Done { changed: false });
        }
    }

    /// One job in apply mode, from its first task that does not hold.
    #[allow(clippy::too_many_arguments)]
    async fn act(
        &mut self,
        session: &T::Session,
        host: &Host,
        launch: &Launch,
        job: &Job,
        looked: &BTreeMap<usize, Task>,
        needed_changed: bool,
        id: JobId,
    ) -> Result<(), Trouble> {
        let shared = self.shared.clone();
        let holds = |task: &PlannedTask| looked.get(&task.id).and_then(|t| t.outcome) == Some(Outcome::Ok);
        // What waits for others must look again when they have changed something.
        let stale = |step: &PlannedStep| needed_changed && !step.needs.is_empty();
        let first = job.steps.iter().position(|step| stale(step) || !step.tasks.iter().all(holds));
        let (clean, rest) = job.steps.split_at(first.unwrap_or(job.steps.len()));
        for step in clean {
            step.tasks.iter().for_each(|task| self.tell_task(task, &looked[&task.id]));
            self.tell_step(step, looked, Verdict::Finished);
        }
        if rest.is_empty() {
            shared.board.finish(id, JobState::Done { changed: false });
            return Ok(());
        }
        let _slot = self.slot().await?;
        self.send_payloads(session, launch, rest, looked).await?;
        let name = self.host.clone();
        let planned: BTreeMap<usize, &PlannedTask> = rest.iter().flat_map(|s| &s.tasks).map(|t| (t.id, t)).collect();
        let diffs: BTreeMap<usize, String> = looked.iter().map(|(id, task)| (*id, task.diff.clone())).collect();
        let mut finished: Vec<usize> = Vec::new();
        let mut told = |hearing: &Hearing, now: Now| match now {
            Now::Held(by) => {
                let text = format!("waits for another run: {by}");
                shared.tell(Kind::HostSaid { host: name.clone(), text });
            }
            Now::Started(id) => {
                if let Some(task) = planned.get(&id) {
                    shared.tell(Kind::TaskStarted { task: task.task.clone() });
                }
            }
            Now::Live(id, line) => {
                if let Some(task) = planned.get(&id) {
                    shared.tell(Kind::TaskOutput { task: task.task.clone(), line });
                }
            }
            Now::Finished(id) => {
                if let (Some(task), Some(heard)) = (planned.get(&id), hearing.tasks.get(&id)) {
                    tell_task(&shared, task, heard, diffs.get(&id).map(String::as_str));
                    finished.push(id);
                    let step = rest.iter().find(|s| s.tasks.last().is_some_and(|last| last.id == id));
                    if let Some(step) = step {
                        tell_step(&shared, &name, step, &hearing.tasks, Verdict::Finished);
                    }
                }
            }
            Now::Began(_) => {}
        };
        let header = self.header(host, Mode::Apply);
        let steps: Vec<&PlannedStep> = rest.iter().collect();
        let heard = self.converse(session, launch, script(&header, &steps), &mut told).await;
        self.told.extend(finished);
        let heard = heard?;
        let of = |outcome| {
            rest.iter().flat_map(|s| &s.tasks).find(|t| heard.tasks.get(&t.id).and_then(|h| h.outcome) == Some(outcome))
        };
        let state = match of(Outcome::Failed) {
            Some(task) => JobState::Failed(format!("`{}` failed on {}", task.task.task, self.host)),
            None => JobState::Done { changed: of(Outcome::Changed).is_some() },
        };
        shared.board.finish(id, state);
        Ok(())
    }

    /// Sends what the look asked for, and nothing else.
    async fn send_payloads(
        &self,
        session: &T::Session,
        launch: &Launch,
        steps: &[PlannedStep],
        looked: &BTreeMap<usize, Task>,
    ) -> Result<(), Trouble> {
        let run = &self.shared.run;
        for task in steps.iter().flat_map(|step| &step.tasks) {
            for (id, have) in looked.get(&task.id).map(|t| t.needs.as_slice()).unwrap_or_default() {
                // A host gets only what its own tasks offer, whatever it asks for.
                let Some(payload) = task.call.payloads.iter().find(|payload| &payload.id == id) else { continue };
                let file =
                    run.shelf.pack(payload, have).await.map_err(|reason| Unreachable { reason, hints: Vec::new() })?;
                let size = file.size;
                let text = format!("receives {id} ({} KB)", size.div_ceil(1024));
                self.shared.tell(Kind::HostSaid { host: self.host.clone(), text });
                let exec = receive(launch, &format!("/var/lib/labctl/{}/payloads", run.plan.lab), id, file.input());
                let mut words = Vec::new();
                let mut hear = |line: &[u8]| {
                    words.push(String::from_utf8_lossy(line).into_owned());
                    Flow::More
                };
                let ended = session.run(exec, &mut hear, &self.shared.cancel).await;
                let reason = match ended {
                    Ok(Ended::Status(0)) if words.iter().any(|w| w.trim() == size.to_string()) => continue,
                    Ok(Ended::Cancelled) => return Err(Trouble::Stopped("interrupted".into())),
                    Ok(_) => format!("{id} did not arrive whole: {}", words.join(" ")),
                    Err(lost) => lost.reason,
                };
                return Err(Unreachable { reason, hints: Vec::new() }.into());
            }
        }
        Ok(())
    }

    fn tell_task(&mut self, task: &PlannedTask, heard: &Task) {
        self.told.insert(task.id);
        tell_task(&self.shared, task, heard, None);
    }

    fn tell_step(&self, step: &PlannedStep, tasks: &BTreeMap<usize, Task>, verdict: Verdict) {
        tell_step(&self.shared, &self.host, step, tasks, verdict);
    }

    fn skip(&mut self, job: &Job, reason: &str) {
        for step in &job.steps {
            for task in &step.tasks {
                let skipped =
                    Task { outcome: Some(Outcome::Skipped), reason: Some(reason.to_owned()), ..Task::default() };
                self.tell_task(task, &skipped);
            }
            self.tell_step(step, &BTreeMap::new(), Verdict::Skipped(reason.to_owned()));
        }
    }

    fn give_up(&mut self, verdict: Verdict, error: &Unreachable) {
        let (reason, hints) = (error.reason.clone(), error.hints.clone());
        self.shared.tell(Kind::HostUnreachable { host: self.host.clone(), reason, hints });
        self.finish_rest(&verdict, &format!("{} was not reached", self.host));
    }

    fn give_up_quietly(&mut self, why: &str) {
        self.finish_rest(&Verdict::Skipped(why.to_owned()), why);
    }

    /// Every step is finished exactly once, so that the report can go on.
    fn finish_rest(&mut self, verdict: &Verdict, why: &str) {
        self.shared.board.looked(&self.host, Vec::new());
        for (id, job) in self.jobs.clone() {
            for step in &job.steps {
                let rest: Vec<&PlannedTask> = step.tasks.iter().filter(|task| !self.told.contains(&task.id)).collect();
                if rest.is_empty() {
                    continue;
                }
                for task in rest {
                    let reason = Some(why.to_owned());
                    tell_task(
                        &self.shared,
                        task,
                        &Task { outcome: Some(Outcome::Skipped), reason, ..Task::default() },
                        None,
                    );
                }
                self.tell_step(step, &BTreeMap::new(), verdict.clone());
            }
            self.shared.board.finish(id, JobState::Failed(why.to_owned()));
        }
    }

    /// Tasks of this computer itself.
    async fn at_controller(&mut self) {
        let shared = self.shared.clone();
        shared.board.looked(&self.host, Vec::new());
        for (id, job) in self.jobs.clone() {
            match shared.board.finished(&job.needs).await {
                Err(reason) => {
                    self.skip(&job, &reason);
                    shared.board.finish(id, JobState::Failed(reason));
                }
                Ok(_) => {
                    let mut state = JobState::Done { changed: false };
                    for step in &job.steps {
                        let mut heard = BTreeMap::new();
                        for task in &step.tasks {
                            shared.tell(Kind::TaskStarted { task: task.task.clone() });
                            let done = shared.run.controller.task(task, shared.run.mode);
                            if done.outcome == Some(Outcome::Failed) {
                                state = JobState::Failed(format!("`{}` failed on this computer", task.task.task));
                            }
                            self.tell_task(task, &done);
                            heard.insert(task.id, done);
                        }
                        self.tell_step(step, &heard, Verdict::Finished);
                    }
                    shared.board.finish(id, state);
                }
            }
        }
    }
}

/// A command that stores its standard input as a payload and says how many bytes came.
fn receive(launch: &Launch, folder: &str, id: &str, input: Input) -> Exec {
    let file = format!("{folder}/{id}");
    let program = format!("mkdir -p {folder} && cat > {file}.part && mv -f {file}.part {file} && stat -c %s {file}");
    launch.exec(&format!("sh -c {}", crate::playbook::quote(&program)), input)
}

fn tell_task<T>(shared: &Shared<T>, task: &PlannedTask, heard: &Task, diff_before: Option<&str>) {
    let full = |text: &str| Some(text.to_owned()).filter(|t| !t.is_empty());
    let outcome = heard.outcome.unwrap_or(Outcome::Skipped);
    let changed = matches!(outcome, Outcome::Changed | Outcome::Failed);
    let diff = full(&heard.diff).or_else(|| diff_before.and_then(full)).filter(|_| changed);
    let mut hints = Vec::new();
    if outcome == Outcome::Failed {
        hints.extend(super::hearing::blame(task, &heard.output));
    }
    shared.tell(Kind::TaskFinished {
        task: task.task.clone(),
        outcome,
        took_ms: u64::try_from(heard.took.as_millis()).unwrap_or(u64::MAX),
        reason: heard.reason.clone(),
        diff,
        output: full(&heard.output),
        notes: heard.notes.clone(),
        hints,
    });
}

fn tell_step<T>(
    shared: &Shared<T>,
    host: &HostName,
    step: &PlannedStep,
    tasks: &BTreeMap<usize, Task>,
    verdict: Verdict,
) {
    let took: Duration = step.tasks.iter().filter_map(|t| tasks.get(&t.id)).map(|t| t.took).sum();
    shared.tell(Kind::StepFinished {
        host: host.clone(),
        step: step.name.clone(),
        took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        verdict,
    });
}

/// What to do when a shell as root is not to be had.
fn root_hints(words: &str) -> Vec<String> {
    let lower = words.to_lowercase();
    let hint = if lower.contains("password") {
        "sudo wants a password: set `sudo_password: prompt` under `ssh:` in the inventory, or allow sudo without one"
    } else if lower.contains("not in the sudoers") || lower.contains("not allowed") {
        "this user may not use sudo: log in as another one (`ssh: { user: … }`), or add it to the group sudo"
    } else if lower.contains("sudo") && lower.contains("not found") {
        "sudo is not installed there: log in as root (`ssh: { user: root }`), or install it"
    } else {
        "log in by hand and try `sudo -n true`"
    };
    vec![hint.to_owned()]
}
