//! The fault on the machine: made, seen, and undone. `fault.sh` knows how; a timer of the machine itself undoes it too.

use super::{Failure, Mode};
use crate::config::inventory::Host;
use crate::execution::Sudo;
use crate::infra::transport::{Flow, Lost, Session, Transport, Unreachable};
use crate::model::quote::quote;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

const SHELL: &str = concat!(include_str!("../../config/modules/port.sh"), include_str!("fault.sh"));
const START: &str = include_str!("start.sh");

/// How much longer than asked for a fault may last if nobody undoes it.
pub const GRACE: Duration = Duration::from_secs(15);
/// How long one attempt to undo it may take.
const ATTEMPT: Duration = Duration::from_secs(45);

/// The application that is broken.
#[derive(Debug, Clone)]
pub struct Target {
    /// The machine.
    pub host: Host,
    /// Whose pm2 it is, if the inventory tells.
    pub user: Option<String>,
    /// Its name in pm2.
    pub app: String,
    /// Its port.
    pub port: String,
}

/// A fault that can be made and undone.
pub struct Fault<T: Transport> {
    transport: T,
    sudo: Sudo,
    target: Target,
    mode: Mode,
    session: Mutex<Option<std::sync::Arc<T::Session>>>,
    boot: Mutex<Option<String>>,
    /// Another drill works there: what it did is not ours to undo.
    foreign: AtomicBool,
}

/// What the machine says.
pub enum Said {
    /// The fault is about to be made: its timer is set.
    Making,
    /// It is there.
    Made,
    /// Something worth knowing.
    Note(String),
}

impl<T: Transport> Fault<T> {
    /// Logs in to the machine, before anything is broken.
    ///
    /// # Errors
    /// It cannot be reached.
    pub async fn prepare(transport: T, sudo: Sudo, target: Target, mode: Mode) -> Result<Self, Failure> {
        let session = transport.open(&target.host).await.map_err(Failure::Unreachable)?;
        let session = Mutex::new(Some(std::sync::Arc::new(session)));
        Ok(Self { transport, sudo, target, mode, session, boot: Mutex::new(None), foreign: AtomicBool::new(false) })
    }

    /// Makes the fault, and sees it. The machine itself undoes it a while after `lasting`.
    ///
    /// # Errors
    /// It could not be made.
    pub async fn begin(&self, lasting: Duration, told: &(dyn Fn(Said) + Send + Sync)) -> Result<(), Failure> {
        let limit = (lasting + GRACE).as_secs().to_string();
        let user = self.target.user.as_deref().unwrap_or_default();
        let words = ["begin", self.mode.word(), user, &self.target.app, &self.target.port, &limit];
        let heard = timeout(Duration::from_secs(120), self.run(&words, told)).await;
        match heard {
            Ok(Ok(heard)) if heard.last == Last::Made => {
                set(&self.boot, heard.boot);
                Ok(())
            }
            Ok(Ok(heard)) if heard.last == Last::Busy => {
                self.foreign.store(true, Ordering::Relaxed);
                Err(Failure::NotReached(format!("{}: another drill is under way there", self.target.host.name)))
            }
            Ok(Ok(heard)) => Err(Failure::NotReached(format!("{}: {}", self.target.host.name, heard.words()))),
            Ok(Err(lost)) => Err(Failure::Unreachable(Unreachable { reason: lost.reason, hints: Vec::new() })),
            Err(_) => Err(Failure::NotReached(format!("{}: the fault was not made in time", self.target.host.name))),
        }
    }

    /// Undoes the fault, as often as it takes, for at most `limit`; after a reboot, on the machine that is back.
    ///
    /// # Errors
    /// It could not be undone.
    pub async fn end(&self, limit: Duration) -> Result<(), String> {
        if self.foreign.load(Ordering::Relaxed) {
            return Ok(());
        }
        let until = Instant::now() + limit;
        loop {
            let why = match timeout(ATTEMPT, self.undo()).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(why)) => why,
                Err(_) => "it does not answer".to_owned(),
            };
            set(&self.session, None);
            if Instant::now() >= until {
                return Err(format!("{}: {why}", self.target.host.name));
            }
            sleep(Duration::from_millis(500)).await;
        }
    }

    async fn undo(&self) -> Result<(), String> {
        let heard = self.run(&["end"], &|_| ()).await.map_err(|lost| lost.reason)?;
        if heard.last != Last::Ended {
            return Err(heard.words());
        }
        let before = self.boot.lock().map(|boot| boot.clone()).unwrap_or_default();
        if self.mode == Mode::Reboot && before.is_some() && heard.boot == before {
            return Err("it has not rebooted yet".to_owned());
        }
        Ok(())
    }

    async fn session(&self) -> Result<std::sync::Arc<T::Session>, Lost> {
        let kept = self.session.lock().map(|kept| kept.clone()).unwrap_or_default();
        if let Some(session) = kept {
            return Ok(session);
        }
        let session = self.transport.open(&self.target.host).await.map_err(|e| Lost { reason: e.reason })?;
        let session = std::sync::Arc::new(session);
        set(&self.session, Some(session.clone()));
        Ok(session)
    }

    async fn run(&self, words: &[&str], told: &(dyn Fn(Said) + Send + Sync)) -> Result<Heard, Lost> {
        let session = self.session().await?;
        let words: Vec<String> = words.iter().map(|word| quote(word)).collect();
        // One compound command: a shell runs all of it or, if it was cut, nothing.
        let script = format!("{{\ntext={}\nset -- {}\n{START}}}\n", quote(SHELL), words.join(" "));
        let mut heard = Heard::default();
        let mut hear = |line: &[u8]| heard.hear(&String::from_utf8_lossy(line), told);
        session.run(self.sudo.script(script), &mut hear, &CancellationToken::new()).await?;
        Ok(heard)
    }
}

fn set<V>(place: &Mutex<V>, value: V) {
    *place.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = value;
}

#[derive(Debug, Default, PartialEq)]
enum Last {
    #[default]
    Nothing,
    Busy,
    Making,
    Made,
    Ended,
    Failed(String),
}

#[derive(Debug, Default)]
struct Heard {
    last: Last,
    boot: Option<String>,
    printed: Option<String>,
}

impl Heard {
    fn hear(&mut self, line: &str, told: &(dyn Fn(Said) + Send + Sync)) -> Flow {
        let Some(word) = line.strip_prefix("drill:") else {
            if !line.trim().is_empty() {
                self.printed = Some(line.trim().to_owned());
            }
            return Flow::More;
        };
        let (word, rest) = word.split_once(' ').unwrap_or((word, ""));
        match word {
            "boot" => self.boot = Some(rest.to_owned()),
            "note" => told(Said::Note(rest.to_owned())),
            "making" => {
                self.last = Last::Making;
                told(Said::Making);
            }
            "made" => {
                self.last = Last::Made;
                told(Said::Made);
                return Flow::Done;
            }
            "ended" => {
                self.last = Last::Ended;
                return Flow::Done;
            }
            "busy" => self.last = Last::Busy,
            "fail" => self.last = Last::Failed(rest.to_owned()),
            _ => {}
        }
        Flow::More
    }

    fn words(&self) -> String {
        match (&self.last, &self.printed) {
            (Last::Failed(why), _) => why.clone(),
            (_, Some(printed)) => printed.clone(),
            _ => "its shell broke off".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_said_has_happened() {
        let told = |_: Said| ();
        let mut heard = Heard::default();
        assert_eq!(heard.hear("drill:boot 1-2", &told), Flow::More);
        assert_eq!(heard.hear("drill:making", &told), Flow::More);
        assert_eq!((heard.last == Last::Making, heard.boot.as_deref()), (true, Some("1-2")));
        heard.hear("drill:fail nothing listens", &told);
        heard.hear("sudo: words", &told);
        assert_eq!(heard.words(), "nothing listens");
        assert_eq!(heard.hear("drill:made", &told), Flow::Done);
        assert_eq!(Heard::default().words(), "its shell broke off");
    }
}
