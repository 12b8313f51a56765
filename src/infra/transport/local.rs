//! This computer as a host: the same commands, run by `sh` instead of over SSH.

use super::output_listener::{Freed, OutputListener, no_input, until};
use super::std_command;
use super::{Ended, Exec, Input, Listening, Password, Session, Transport};
use crate::config::inventory::Host;
use crate::model::unreachable::{Lost, Unreachable};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdin, Command};
use tokio::select;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

/// How long a cancelled command has to stop before it is killed; the same as over SSH.
const KILL_AFTER: Duration = Duration::from_secs(10);
const GRACE: Duration = Duration::from_millis(1500);
const LONGEST_GRACE: Duration = Duration::from_secs(30);
const CHUNK: usize = 64 << 10;

/// Runs commands on this computer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Local;

/// A session without state: each command is a process of its own.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalSession;

impl Transport for Local {
    type Session = LocalSession;

    async fn open(&self, _host: &Host) -> Result<LocalSession, Unreachable> {
        Ok(LocalSession)
    }
}

/// Kills the process group of a command whose caller went away.
struct Group(Option<u32>);

impl Group {
    /// `sh` has `kill` built in, and the standard library has no call for it.
    fn signal(&self, signal: &str) -> Option<std::process::Command> {
        let mut kill = std_command("sh");
        kill.arg("-c").arg(format!("kill -{signal} -{}", self.0?));
        kill.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Some(kill)
    }

    async fn send(&self, signal: &str) {
        if let Some(kill) = self.signal(signal) {
            // A group that is already gone is not an error.
            let _ = Command::from(kill).status().await;
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(mut kill) = self.signal("KILL") {
            let _ = kill.status();
        }
    }
}

impl Session for LocalSession {
    async fn run(
        &self,
        exec: Exec,
        on_line: &mut (dyn FnMut(&[u8]) -> Listening + Send),
        cancel: &CancellationToken,
    ) -> Result<Ended, Lost> {
        if cancel.is_cancelled() {
            return Ok(Ended::Cancelled);
        }
        if let Input::File(file) = &exec.input {
            File::open(file).await.map_err(|e| no_input(file, &e))?;
        }
        let (mut listener, freed) = OutputListener::new(on_line, exec.password.as_ref());
        let mut command = Command::from(std_command("sh"));
        command.arg("-c").arg(format!("exec 2>&1\n{}", exec.command)).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|e| lost(&e))?;
        let mut group = Group(child.id());
        let (Some(input), Some(mut output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Lost::LocalShell { error: "it has no pipes".into() });
        };
        let mut feeding = pin!(feed(input, exec.password, freed, exec.input));
        let mut bytes = vec![0; CHUNK];
        let (mut fed, mut open, mut stop_at) = (false, true, None);
        let mut status: Option<ExitStatus> = None;
        let (mut quiet, mut last) = (None, Instant::now());
        while open || status.is_none() {
            select! {
                outcome = &mut feeding, if !fed => {
                    fed = true;
                    outcome?;
                }
                () = cancel.cancelled(), if stop_at.is_none() => {
                    stop_at = Some(Instant::now() + KILL_AFTER);
                    fed = true;
                    group.send("TERM").await;
                }
                () = until(stop_at), if stop_at.is_some() => {
                    group.send("KILL").await;
                    // So that no zombie is left behind.
                    let _ = timeout(GRACE, child.wait()).await;
                    break;
                }
                () = until(listener.until()), if listener.until().is_some() => listener.give_up(),
                () = until(quiet), if quiet.is_some() => break,
                outcome = child.wait(), if status.is_none() => {
                    status = Some(outcome.map_err(|e| lost(&e))?);
                    last = Instant::now() + LONGEST_GRACE;
                    quiet = Some(Instant::now() + GRACE);
                }
                outcome = output.read(&mut bytes), if open => {
                    let got = outcome.map_err(|e| lost(&e))?;
                    open = got > 0;
                    if quiet.is_some() {
                        quiet = Some(last.min(Instant::now() + GRACE));
                    }
                    if !listener.take(0, &bytes[..got]) && stop_at.is_none() {
                        group.0 = None;
                        return Ok(Ended::ListenerDone);
                    }
                }
            }
        }
        group.0 = None;
        listener.finish();
        Ok(match status {
            _ if stop_at.is_some() => Ended::Cancelled,
            Some(status) => match status.code() {
                Some(code) => Ended::Status(code.unsigned_abs()),
                None => Ended::Signal(name(status.signal().unwrap_or_default())),
            },
            None => Ended::Cancelled,
        })
    }
}

fn lost(error: &io::Error) -> Lost {
    Lost::LocalShell { error: error.to_string() }
}

/// As SSH names them.
fn name(signal: i32) -> String {
    match signal {
        1 => "HUP".into(),
        2 => "INT".into(),
        3 => "QUIT".into(),
        6 => "ABRT".into(),
        9 => "KILL".into(),
        11 => "SEGV".into(),
        13 => "PIPE".into(),
        15 => "TERM".into(),
        other => other.to_string(),
    }
}

async fn feed(mut out: ChildStdin, password: Option<Password>, freed: Option<Freed>, input: Input) -> Result<(), Lost> {
    if let (Some(password), Some(freed)) = (password, freed) {
        let line = password.secret.line();
        if out.write_all(&line).await.is_err() || freed.await.is_err() {
            return Ok(());
        }
        if out.write_all(format!("{}\n", password.token).as_bytes()).await.is_err() {
            return Ok(());
        }
    }
    match input {
        Input::Empty => {}
        // A command may end before it has read all: that is its business.
        Input::Text(text) => drop(out.write_all(text.as_bytes()).await),
        Input::File(path) => {
            let mut file = File::open(&path).await.map_err(|e| no_input(&path, &e))?;
            let mut chunk = vec![0; CHUNK];
            loop {
                let got = file.read(&mut chunk).await.map_err(|e| no_input(&path, &e))?;
                if got == 0 || out.write_all(&chunk[..got]).await.is_err() {
                    break;
                }
            }
        }
    }
    Ok(())
}
