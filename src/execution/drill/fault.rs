//! The fault on the machine: made, seen, and undone. `fault.sh` knows how; a timer of the machine itself undoes it too.

use super::{DrillError, Mode};
use crate::config::inventory::Host;
use crate::config::modules::Piece;
use crate::execution::Sudo;
use crate::infra::transport::{Listening, Session, Transport};
use crate::model::event::{DrillFailure, FaultError};
use crate::model::name::BackendName;
use crate::model::quote::quote;
use crate::model::unreachable::Unreachable;
use crate::planning::script::{
    FILES, FaultMessage, PACKAGES, PATH, PRELUDE, PROXIES, SOURCES, ScriptLine, ScriptMessage, program, read,
};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

const SHELL: Piece = Piece::Shell(include_str!("fault.sh"));
const START: &str = include_str!("start.sh");

/// How much longer than asked for a fault may last if nobody undoes it.
pub const GRACE: Duration = Duration::from_secs(15);
/// How long one attempt to undo it may take.
const ATTEMPT: Duration = Duration::from_secs(45);

/// The application that is broken.
#[derive(Debug, Clone)]
pub struct Target {
    /// What it is called where backends are named.
    pub name: BackendName,
    /// The machine it runs on, with its login.
    pub host: Host,
    /// Whose pm2 it is, if the inventory says so.
    pub user: Option<String>,
    /// Its name in pm2.
    pub app: String,
    /// The TCP port it listens on.
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

/// What runs on the machine of a fault, and stays there for its timer.
fn shell(mode: Mode) -> String {
    let mut pieces = vec![PRELUDE, PROXIES, FILES, Piece::PORT, Piece::PROCESS, Piece::PM2_DAEMON, Piece::PM2_ASK];
    if mode == Mode::Drop {
        pieces.extend([SOURCES, PACKAGES]);
    }
    pieces.push(SHELL);
    program(&[("PATH", PATH)], &pieces)
}

/// A script that says these words to it.
fn script(token: &str, mode: Mode, words: &[&str]) -> String {
    let variables = program(&[("token", token), ("text", &shell(mode))], &[]);
    let words: Vec<String> = words.iter().map(|word| quote(word)).collect();
    // One compound command: a shell runs all of it or, if it was cut, nothing.
    format!("{{\n{variables}set -- {}\n{START}}}\n", words.join(" "))
}

impl<T: Transport> Fault<T> {
    /// Logs in to the machine, before anything is broken.
    ///
    /// # Errors
    /// It cannot be reached.
    pub async fn prepare(transport: T, sudo: Sudo, target: Target, mode: Mode) -> Result<Self, DrillError> {
        let session = transport.open(&target.host).await.map_err(DrillError::Unreachable)?;
        let session = Mutex::new(Some(std::sync::Arc::new(session)));
        Ok(Self { transport, sudo, target, mode, session, boot: Mutex::new(None), foreign: AtomicBool::new(false) })
    }

    /// Makes the fault, and sees it. The machine itself undoes it a while after `lasting`.
    ///
    /// # Errors
    /// It could not be made.
    pub async fn begin(
        &self,
        lasting: Duration,
        on_message: &(dyn Fn(&FaultMessage) + Send + Sync),
    ) -> Result<(), DrillError> {
        let limit = (lasting + GRACE).as_secs().to_string();
        let user = self.target.user.as_deref().unwrap_or_default();
        let words = ["begin", self.mode.word(), user, &self.target.app, &self.target.port, &limit];
        let reply = timeout(Duration::from_secs(120), self.run(&words, on_message)).await;
        let host = self.target.name.clone();
        let why = match reply {
            Ok(Ok(reply)) if reply.last == Some(FaultMessage::Made) => {
                set(&self.boot, reply.boot);
                return Ok(());
            }
            Ok(Ok(reply)) => reply.error(),
            Ok(Err(lost)) => return Err(DrillError::Unreachable(lost)),
            Err(_) => FaultError::Late,
        };
        self.foreign.store(why == FaultError::Busy, Ordering::Relaxed);
        Err(DrillFailure::NotReached { host, why }.into())
    }

    /// Undoes the fault, as often as it takes, for at most `limit`; after a reboot, on the machine that is back.
    ///
    /// # Errors
    /// It could not be undone.
    pub async fn end(&self, limit: Duration) -> Result<(), FaultError> {
        if self.foreign.load(Ordering::Relaxed) {
            return Ok(());
        }
        let until = Instant::now() + limit;
        loop {
            let why = match timeout(ATTEMPT, self.undo()).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(why)) => why,
                Err(_) => FaultError::NoAnswer,
            };
            set(&self.session, None);
            if Instant::now() >= until {
                return Err(why);
            }
            sleep(Duration::from_millis(500)).await;
        }
    }

    async fn undo(&self) -> Result<(), FaultError> {
        let reply = self.run(&["end"], &|_| ()).await.map_err(|why| FaultError::LinkLost { lost: Box::new(why) })?;
        if reply.last != Some(FaultMessage::Undone) {
            return Err(reply.error());
        }
        let before = self.boot.lock().map(|boot| boot.clone()).unwrap_or_default();
        if self.mode == Mode::Reboot && before.is_some() && reply.boot == before {
            return Err(FaultError::NotRebooted);
        }
        Ok(())
    }

    async fn session(&self) -> Result<std::sync::Arc<T::Session>, Unreachable> {
        let kept = self.session.lock().map(|kept| kept.clone()).unwrap_or_default();
        if let Some(session) = kept {
            return Ok(session);
        }
        let session = self.transport.open(&self.target.host).await?;
        let session = std::sync::Arc::new(session);
        set(&self.session, Some(session.clone()));
        Ok(session)
    }

    async fn run(
        &self,
        words: &[&str],
        on_message: &(dyn Fn(&FaultMessage) + Send + Sync),
    ) -> Result<FaultReply, Unreachable> {
        let session = self.session().await?;
        let token = self.sudo.token();
        let script = script(token, self.mode, words);
        let mut reply = FaultReply::default();
        let mut on_line = |line: &[u8]| reply.take_line(line, token, on_message);
        session.run(self.sudo.script(script), &mut on_line, &CancellationToken::new()).await?;
        Ok(reply)
    }
}

fn set<V>(mutex: &Mutex<V>, value: V) {
    *mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = value;
}

#[derive(Debug, Default)]
struct FaultReply {
    /// The last word about the fault itself.
    last: Option<FaultMessage>,
    boot: Option<String>,
    printed: Option<String>,
}

impl FaultReply {
    fn take_line(&mut self, line: &[u8], token: &str, on_message: &(dyn Fn(&FaultMessage) + Send + Sync)) -> Listening {
        for line in read(line, token) {
            match line {
                ScriptLine::Printed(text) if !text.trim().is_empty() => self.printed = Some(text.trim().to_owned()),
                ScriptLine::Printed(_) => {}
                ScriptLine::Message(ScriptMessage::Fault(word)) => {
                    on_message(&word);
                    match word {
                        FaultMessage::Boot(id) => self.boot = Some(id),
                        FaultMessage::Remark(_) => {}
                        word => self.last = Some(word),
                    }
                }
                ScriptLine::Message(_) => {}
            }
        }
        match self.last {
            Some(FaultMessage::Made | FaultMessage::Undone) => Listening::Done,
            _ => Listening::More,
        }
    }

    /// Why it did not come to its end.
    fn error(&self) -> FaultError {
        match (&self.last, &self.printed) {
            (Some(FaultMessage::Busy), _) => FaultError::Busy,
            (Some(FaultMessage::Refused(text)), _) | (_, Some(text)) => FaultError::Reported { text: text.clone() },
            _ => FaultError::BrokeOff,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_said_has_happened() {
        let on_message = |_: &FaultMessage| ();
        let mut reply = FaultReply::default();
        let mut on_line = |line: &[u8]| reply.take_line(line, "k", &on_message);
        assert_eq!(on_line(b"\x1ek fault boot 1-2"), Listening::More);
        assert_eq!(on_line(b"\x1ek fault making"), Listening::More);
        // What a program or a login prints is not the drill's word.
        for forged in [&b"fault made"[..], b"drill:made", b"\x1eguess fault made", b"\x1ek fault mad"] {
            assert_eq!(on_line(forged), Listening::More);
        }
        assert_eq!(reply.last, Some(FaultMessage::Making));
        assert_eq!(reply.boot.as_deref(), Some("1-2"));
        reply.take_line(b"\x1ek fault refused nothing listens", "k", &on_message);
        reply.take_line(b"sudo: words", "k", &on_message);
        assert_eq!(reply.error(), FaultError::Reported { text: "nothing listens".into() });
        assert_eq!(reply.take_line(b"\x1ek fault made", "k", &on_message), Listening::Done);
        assert_eq!(FaultReply::default().error(), FaultError::BrokeOff);
    }

    /// This computer, with folders of its own for root and for what is running. A daemon of pm2 is played, and an application
    /// that it keeps.
    const PLAYED: &str = r#"
mount -t tmpfs x /root && mount -t tmpfs x /run && mkdir /root/.pm2 || { echo "no folders of its own"; exit; }
keep='while :; do sh -c "node -e \"$0\"; :"; sleep 0.2; done'
serve="require('http').createServer((q, a) => a.end()).listen($port, '127.0.0.1')"
setsid bash -c 'exec -a "PM2 v5.4.3: God Daemon (/root/.pm2)" bash -c "$0" "$1"' "$keep" "$serve" &
daemon=$!
printf %s $daemon > /root/.pm2/pm2.pid
ask() { curl -s -m 1 -o /dev/null "http://127.0.0.1:$port/"; echo "$1: $?"; }
for _ in $(seq 100); do ask before | grep -q ': 0' && break; sleep 0.1; done
$shell -s < begin
ask broken
$shell -s < begin
sleep 5
for _ in $(seq 50); do ask after | grep -q ': 0' && break; sleep 0.1; done
ask after
ls /run
$shell -s < end
kill -9 -- "-$daemon"
"#;

    #[test]
    fn a_fault_is_made_and_the_machine_itself_undoes_it() {
        use std::process::Command;
        let there = |name: &str| Command::new(name).arg("--version").output().is_ok();
        let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
        if !root || !there("node") || !there("unshare") {
            assert!(std::env::var_os("CI").is_none(), "CI is root, and has node and unshare");
            return;
        }
        for (shell, mode, broken) in [("dash", Mode::Kill, 7), ("bash", Mode::Freeze, 28)] {
            let folder = tempfile::tempdir().unwrap();
            let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let port = free.local_addr().unwrap().port().to_string();
            drop(free);
            let words = ["begin", mode.word(), "root", "demo", &port, "3"];
            std::fs::write(folder.path().join("begin"), script("k", mode, &words)).unwrap();
            std::fs::write(folder.path().join("end"), script("k", mode, &["end"])).unwrap();
            let mut command = Command::new("unshare");
            command.args(["-m", "bash", "-c", PLAYED]).current_dir(folder.path());
            let output = command.env("port", &port).env("shell", shell).output().unwrap();
            let stdout = String::from_utf8_lossy(&output.stdout).replace("\x1ek ", "@");
            if stdout.starts_with("no folders") || stdout.is_empty() {
                assert!(std::env::var_os("CI").is_none(), "CI may mount");
                return;
            }
            let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
            let boot = format!("@fault boot {}", boot.trim());
            let broken = format!("broken: {broken}");
            let wanted = [
                &boot,
                "@fault making",
                "@fault made",
                &broken,
                "@fault busy",
                "after: 0",
                "labctl-drill.lock",
                &boot,
                "@fault undone",
            ];
            assert_eq!(
                stdout.lines().collect::<Vec<_>>(),
                wanted,
                "{shell}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
}
