//! The conversation with one host over one session: sends a script, and reads its output to the end.

use super::clock::Clock;
use super::sudo::root_failure;
use super::transcript::{Progress, TaskTranscript, Transcript};
use super::{Abort, RunContext, Sudo, millis};
use crate::config::inventory::Host;
use crate::infra::transport::{Ended, Input, Listening, Pinned, Session, Transport};
use crate::model::event::{Kind, Mode, Outcome, Reason, Remark};
use crate::model::name::LabName;
use crate::model::quote::quote;
use crate::model::unreachable::{Lost, PayloadFailure, ScriptFailure, Unreachable};
use crate::planning::plan::{PlannedStep, PlannedTask};
use crate::planning::script::{Header, script};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// How much longer than the host this computer waits for a task to end.
const GRACE: Duration = Duration::from_secs(30);

/// The proof of a host that an application of it answers.
const SERVES: &str = "serves";

/// Called for each piece of progress while a script runs.
pub type OnProgress<'a> = &'a mut (dyn FnMut(&Transcript, Progress) + Send);

/// A login on one host.
pub struct HostSession<T: Transport> {
    context: Arc<RunContext<T>>,
    host: Host,
    sudo: Sudo,
    session: T::Session,
    began: Instant,
    deadlines: BTreeMap<usize, Duration>,
}

impl<T: Transport> HostSession<T> {
    /// Logs in to the host, with its sudo password at hand.
    ///
    /// # Errors
    /// The host cannot be reached, or there is no sudo password.
    pub async fn open(
        context: Arc<RunContext<T>>,
        host: Host,
        deadlines: BTreeMap<usize, Duration>,
    ) -> Result<Self, Abort> {
        let began = Instant::now();
        let sudo = Sudo::new(&host, &context.run.secrets, &context.run.token).await;
        let sudo = sudo.map_err(Unreachable::from)?;
        let opened = tokio::select! {
            opened = context.transport.open(&host) => opened,
            () = context.cancel.cancelled() => return Err(Abort::interrupted()),
        };
        // Also if the login failed: the key was seen before that.
        for Pinned { endpoint, key, file } in context.transport.pinned(&host.name) {
            let (host, file) = (host.name.clone(), file.display().to_string());
            context.emit(Kind::HostKeyPinned { host, endpoint, key, file });
        }
        let session = opened?;
        Ok(Self { context, host, sudo, session, began, deadlines })
    }

    /// Checks everything the host has a part in, as one script in check mode. Gives what was reported of each task, and whether
    /// an application of the host answers.
    ///
    /// # Errors
    /// The host was lost, or the run was cancelled.
    pub async fn look(&self, steps: &[&PlannedStep]) -> Result<(BTreeMap<usize, TaskTranscript>, bool), Abort> {
        let name = &self.host.name;
        let mut serves = false;
        let clock = Clock::sent();
        let mut on_progress = |_: &Transcript, now: Progress| match now {
            Progress::Began(system) => {
                let (host, took_ms) = (name.clone(), millis(self.began));
                self.context.emit(Kind::HostReached { host, system, took_ms });
            }
            Progress::Held(by) => self.waits(&by),
            Progress::Fact(key, _) if key == SERVES => serves = true,
            Progress::Fact(key, output) if key == "clock" => {
                clock.facts(&output).into_iter().for_each(|(key, value)| self.fact(key, value));
            }
            Progress::Fact(key, output) => self.fact(key, output),
            _ => {}
        };
        let tasks = self.converse(Mode::Check, steps, &mut on_progress).await?.tasks;
        Ok((tasks, serves))
    }

    /// Runs some steps in apply mode.
    ///
    /// # Errors
    /// The host was lost, or the run was cancelled.
    pub async fn act(&self, steps: &[&PlannedStep], on_progress: OnProgress<'_>) -> Result<Transcript, Abort> {
        let mut on_progress = |transcript: &Transcript, now: Progress| match now {
            Progress::Held(by) => self.waits(&by),
            Progress::Fact(key, _) if key == SERVES => {}
            Progress::Fact(key, output) => self.fact(key, output),
            now => on_progress(transcript, now),
        };
        self.converse(Mode::Apply, steps, &mut on_progress).await
    }

    /// Reports what the host says about itself.
    fn fact(&self, key: String, value: String) {
        self.context.emit(Kind::HostFact { host: self.host.name.clone(), key, value });
    }

    fn waits(&self, by: &str) {
        let remark = Remark::Waits { by: by.to_owned() };
        self.context.emit(Kind::HostSaid { host: self.host.name.clone(), remark });
    }

    async fn converse(
        &self,
        mode: Mode,
        steps: &[&PlannedStep],
        on_progress: OnProgress<'_>,
    ) -> Result<Transcript, Abort> {
        let run = &self.context.run;
        let user = run.users.get(&self.host.name).cloned();
        let mut header = Header::new(&run.plan.lab, user, mode, &run.token, &run.owner);
        header.proxy = run.plan.proxy(&self.host.name);
        header.facts = run.facts && mode == Mode::Check;
        header.take_over = run.take_over;
        let text = script(&header, steps);
        let planned: Vec<usize> = steps.iter().flat_map(|step| &step.tasks).map(|task| task.id).collect();
        let (mut transcript, mut ended) = self.sent(mode, &text, &planned, on_progress).await;
        if !transcript.begun && self.sudo.another(&transcript.before) {
            (transcript, ended) = self.sent(mode, &text, &planned, on_progress).await;
        }
        let mut transcript = self.judged(transcript, ended, on_progress)?;
        // A task that was not mentioned failed, whatever the last line says.
        for task in steps.iter().flat_map(|step| &step.tasks) {
            let of = transcript.tasks.entry(task.id).or_default();
            if of.outcome.is_none() {
                of.outcome = Some(Outcome::Failed);
                of.reason = Some(Reason::NothingSaid);
                on_progress(&transcript, Progress::Finished(task.id));
            }
        }
        Ok(transcript)
    }

    /// Sends a script, and reads its output to the end.
    async fn sent(
        &self,
        mode: Mode,
        text: &str,
        planned: &[usize],
        on_progress: OnProgress<'_>,
    ) -> (Transcript, Result<Ended, Lost>) {
        let transcript = Transcript::new(&self.context.run.token, planned.iter().copied());
        let transcript = Arc::new(Mutex::new(transcript));
        let ended = {
            let mut on_line = |line: &[u8]| match transcript.lock() {
                Ok(mut transcript) => transcript.take_line(line, on_progress),
                Err(_) => Listening::Done,
            };
            self.attended(mode, self.sudo.script(text.to_owned()), &mut on_line, &transcript).await
        };
        (transcript.lock().map(|mut transcript| std::mem::take(&mut *transcript)).unwrap_or_default(), ended)
    }

    /// Runs a script, and supervises it: asks it to stop if the user interrupts, asks it to stop after its current task if
    /// the run has halted, and gives up if a task is overdue.
    async fn attended(
        &self,
        mode: Mode,
        exec: crate::infra::transport::Exec,
        on_line: &mut (dyn FnMut(&[u8]) -> Listening + Send),
        transcript: &Mutex<Transcript>,
    ) -> Result<Ended, Lost> {
        let stop = CancellationToken::new();
        let mut running = std::pin::pin!(self.session.run(exec, on_line, &stop));
        // A check changes nothing, and is over soon.
        let (mut asked, mut last) = (false, mode == Mode::Check);
        loop {
            tokio::select! {
                ended = &mut running => return ended,
                () = self.context.cancel.cancelled(), if !asked => {
                    (asked, last) = (true, true);
                    self.leave("stop").await;
                }
                _ = self.context.failures.enough(), if !last => {
                    last = true;
                    self.leave("last").await;
                }
                () = tokio::time::sleep(Duration::from_secs(1)) => {
                    let overdue = transcript.lock().is_ok_and(|transcript| {
                        let limit = |id| self.deadlines.get(&id).copied().unwrap_or(GRACE) + GRACE;
                        transcript.running.is_some_and(|(id, since)| since.elapsed() > limit(id))
                    });
                    if overdue {
                        stop.cancel();
                    }
                }
            }
        }
    }

    async fn leave(&self, word: &str) {
        leave(&self.session, &self.sudo, &self.context.run.plan.lab, &self.context.run.token, word).await;
    }

    /// Believes in success only if the script reached its `end` line.
    fn judged(
        &self,
        mut transcript: Transcript,
        ended: Result<Ended, Lost>,
        on_progress: OnProgress<'_>,
    ) -> Result<Transcript, Abort> {
        if let Some(why) = transcript.stopped.take() {
            return match self.context.failures.why() {
                _ if self.context.cancel.is_cancelled() => Err(Abort::interrupted()),
                Some(enough) if !transcript.begun => Err(enough.into()),
                _ => Err(Unreachable::Script { why }.into()),
            };
        }
        if transcript.ended {
            return Ok(transcript);
        }
        let how = match ended {
            Err(lost) => lost.into(),
            Ok(Ended::Status(_) | Ended::ListenerDone) if !transcript.begun => {
                let output = transcript.before.iter().rev().find(|line| !line.trim().is_empty());
                let output = output.cloned().unwrap_or_default();
                return Err(Unreachable::Root { why: root_failure(&transcript.before), output }.into());
            }
            Ok(ended) => Unreachable::Script {
                why: match ended {
                    Ended::Cancelled => ScriptFailure::GivenUp,
                    Ended::Signal(signal) => ScriptFailure::Killed { signal },
                    Ended::Status(status) => ScriptFailure::BrokeOff { status: Some(status) },
                    Ended::ListenerDone => ScriptFailure::BrokeOff { status: None },
                },
            },
        };
        if let Some((id, since)) = transcript.running.take() {
            let task = transcript.tasks.entry(id).or_default();
            task.outcome = Some(Outcome::Failed);
            task.reason = Some(Reason::HostLost);
            task.took = since.elapsed();
            on_progress(&transcript, Progress::Finished(id));
        }
        Err(how.into())
    }

    /// Sends the payloads that the check asked for, and nothing else.
    ///
    /// # Errors
    /// A payload cannot be packed, or the host was lost.
    pub async fn send_payloads(
        &self,
        tasks: &[&PlannedTask],
        checked: &BTreeMap<usize, TaskTranscript>,
    ) -> Result<(), Abort> {
        for task in tasks {
            let Some(checked) = checked.get(&task.id) else { continue };
            // Whatever a host asks for, it gets only what its own tasks offer, and only once.
            for payload in &task.call.payloads {
                if let Some((id, have)) = checked.needs.iter().find(|(id, _)| *id == payload.id) {
                    let packed = self.context.run.artifacts.pack(payload, have).await;
                    let packed = packed.map_err(|error| Unreachable::Payload {
                        id: id.clone(),
                        why: PayloadFailure::NotPacked { error: error.to_string() },
                    })?;
                    self.send(id, packed.input(), packed.size).await?;
                }
            }
        }
        Ok(())
    }

    /// Stores a payload on the host; the number of bytes that arrived proves that it is complete.
    async fn send(&self, id: &str, input: Input, size: u64) -> Result<(), Abort> {
        let remark = Remark::Receives { id: id.to_owned(), kilobytes: size.div_ceil(1024) };
        self.context.emit(Kind::HostSaid { host: self.host.name.clone(), remark });
        let folder = format!("/var/lib/labctl/{}/payloads/{}", self.context.run.plan.lab, self.context.run.token);
        let file = format!("{folder}/{id}");
        let program = format!(
            "umask 022 && mkdir -p /var/lib/labctl && umask 077 && mkdir -p {folder} && cat > {file}.part && mv -f {file}.part {file} && stat -c %s {file}"
        );
        let exec = self.sudo.exec(&format!("sh -c {}", quote(&program)), input);
        let mut words: Vec<String> = Vec::new();
        let mut on_line = |line: &[u8]| {
            words.push(String::from_utf8_lossy(line).trim().to_owned());
            Listening::More
        };
        Err(match self.session.run(exec, &mut on_line, &self.context.cancel).await {
            Ok(Ended::Status(0)) if words.contains(&size.to_string()) => return Ok(()),
            Ok(Ended::Cancelled) => return Err(Abort::interrupted()),
            Ok(_) => {
                let why = PayloadFailure::Incomplete { output: words.join(" ") };
                Unreachable::Payload { id: id.to_owned(), why }.into()
            }
            Err(lost) => Unreachable::from(lost).into(),
        })
    }
}

/// Creates the file that a script on a host looks for: `stop` or `last`. A signal would not reach it through sudo.
pub async fn leave<S: Session>(session: &S, sudo: &Sudo, lab: &LabName, token: &str, word: &str) {
    let folder = format!("/run/labctl/{lab}");
    let program = format!("umask 077 && mkdir -p {folder} && touch {folder}/{word}.{token}");
    let exec = sudo.exec(&format!("sh -c {}", quote(&program)), Input::Empty);
    let (mut deaf, never) = (|_: &[u8]| Listening::More, CancellationToken::new());
    let asked = session.run(exec, &mut deaf, &never);
    // Even if this fails, the caller waits for the script, and its deadlines hold.
    let _ = tokio::time::timeout(Duration::from_secs(10), asked).await;
}
