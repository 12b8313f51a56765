//! Runs commands on an open connection. One loop reads, feeds and watches the clock: never one waiting for the other.

use super::super::output_listener::{OnLine, OutputListener, until};
use super::super::{Ended, Exec, Listening, Password};
use super::connection::SshConnection;
use super::errors::shell_ended;
use super::process::RemoteProcess;
use super::stdin::{StdinSource, feed};
use crate::model::unreachable::{Lost, ShellFailure};
use russh::client::Msg;
use russh::{Channel, ChannelMsg, ChannelOpenFailure, ChannelReadHalf, Error, Sig};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::select;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// How long whatever took the input instead may take to end when it gets none.
const TAKER_ENDS: Duration = Duration::from_secs(2);
/// Between asking a command to stop and killing it.
const KILL_AFTER: Duration = Duration::from_secs(10);
/// A child in the background may hold the output open for ever: silence this long after the exit status is the end.
const GRACE: Duration = Duration::from_millis(1500);
/// The same for a child that goes on talking.
const LONGEST_GRACE: Duration = Duration::from_secs(30);
/// The first pause before a refused session is asked for again; it doubles each time.
const PAUSE: Duration = Duration::from_millis(2);
/// With the pauses doubled, four seconds in all.
const OPENINGS: u32 = 11;

/// What input waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    /// The first word of the command.
    First,
    /// Nothing: it is for whatever reads it.
    None,
}

/// Runs it, and does not ask why where it does not start.
pub(super) async fn attempt(
    connection: &Arc<SshConnection>,
    exec: Exec,
    gate: Gate,
    on_line: &mut (dyn FnMut(&[u8]) -> Listening + Send),
    cancel: &CancellationToken,
) -> Result<Ended, Lost> {
    let source = StdinSource::open(exec.input).await?;
    let permit = select! {
        () = cancel.cancelled() => return Ok(Ended::Cancelled),
        permit = connection.sessions.acquire() => permit,
    };
    // In a task of its own: an opening that is dropped half-way would leave a session that nobody closes.
    let mut opening = tokio::spawn(open(connection.clone()));
    let channel = select! {
        () = cancel.cancelled() => {
            tokio::spawn(async move {
                if let Ok(Ok(channel)) = opening.await {
                    let _ = channel.close().await;
                }
            });
            return Ok(Ended::Cancelled);
        }
        channel = &mut opening => channel.map_err(|e| Lost::NoSession { at: connection.endpoint.clone(), error: e.to_string() })??,
    };
    let (mut read, write) = channel.split();
    let process = RemoteProcess::new(connection.clone(), write);
    let job = RemoteCommand { connection, gate, command: exec.command, password: exec.password, source };
    let outcome = drive(&process, &mut read, job, on_line, cancel).await;
    drop(permit);
    outcome
}

struct RemoteCommand<'a> {
    connection: &'a SshConnection,
    gate: Gate,
    command: String,
    password: Option<Password>,
    source: StdinSource,
}

async fn open(connection: Arc<SshConnection>) -> Result<Channel<Msg>, Lost> {
    for attempt in 0..OPENINGS {
        match connection.handle.channel_open_session().await {
            Ok(channel) => return Ok(channel),
            Err(Error::ChannelOpenFailure(
                ChannelOpenFailure::ConnectFailed | ChannelOpenFailure::ResourceShortage,
            )) => sleep(PAUSE * (1 << attempt)).await,
            Err(Error::ChannelOpenFailure(why)) => {
                return Err(Lost::NoSession { at: connection.endpoint.clone(), error: format!("{why:?}") });
            }
            Err(_) => return Err(connection.fate.lost(&connection.endpoint)),
        }
    }
    Err(Lost::NoMoreSessions { at: connection.endpoint.clone() })
}

/// The end, when it is in sight.
struct Settled {
    ended: Ended,
    quiet: Instant,
    last: Instant,
}

async fn drive(
    process: &RemoteProcess,
    read: &mut ChannelReadHalf,
    job: RemoteCommand<'_>,
    on_line: OnLine<'_>,
    cancel: &CancellationToken,
) -> Result<Ended, Lost> {
    let RemoteCommand { connection, gate, command, password, source } = job;
    let lost = || connection.fate.lost(&connection.endpoint);
    let out = process.out();
    let find = |line: &[u8]| process.find_mark(line);
    let (mut listener, freed) = OutputListener::new(on_line, password.as_ref());
    let started = Some(listener.starts_with(&find)).filter(|_| gate == Gate::First);
    if out.exec(true, process.marked(&command)).await.is_err() {
        return Err(lost());
    }
    let mut feeding = pin!(feed(&out, started, password, freed, source));
    let (mut fed, mut stop_at, mut settled) = (false, None, None::<Settled>);
    let start_by = Instant::now() + connection.startup;
    let (mut given_up, not_started) = (false, |listener: &OutputListener<'_>, taken| {
        let output = listener.last_line();
        let how = if taken { ShellFailure::Taken } else { shell_ended(&output) };
        Lost::NotStarted { at: connection.endpoint.clone(), output, how, line: None }
    });
    loop {
        let message = select! {
            outcome = &mut feeding, if !fed => {
                fed = true;
                // What has got half of its input is killed, not ended: an end of file would look like the whole.
                outcome?;
                continue;
            }
            () = cancel.cancelled(), if stop_at.is_none() => {
                stop_at = Some(Instant::now() + KILL_AFTER);
                fed = true;
                // Not waited for: the last words of the command come meanwhile.
                process.terminate();
                continue;
            }
            () = until(stop_at), if stop_at.is_some() => {
                process.kill().await;
                listener.finish();
                return if given_up { Err(not_started(&listener, true)) } else { Ok(Ended::Cancelled) };
            }
            () = until(Some(start_by)), if listener.awaits_start() && stop_at.is_none() => {
                (given_up, fed) = (true, true);
                stop_at = Some(Instant::now() + TAKER_ENDS);
                // What ends at an end of file ends now.
                let _ = out.eof().await;
                continue;
            }
            () = until(listener.until()), if listener.until().is_some() => {
                listener.give_up();
                continue;
            }
            () = until(settled.as_ref().map(|s| s.quiet)), if settled.is_some() => {
                process.close().await;
                break;
            }
            message = read.wait() => message,
        };
        let more = match message {
            Some(ChannelMsg::Data { data }) => listener.take(0, &data),
            Some(ChannelMsg::ExtendedData { data, .. }) => listener.take(1, &data),
            // Not the last message: output may follow.
            Some(ChannelMsg::ExitStatus { exit_status }) => {
                settled = Some(Settled::now(Ended::Status(exit_status)));
                continue;
            }
            Some(ChannelMsg::ExitSignal { signal_name, .. }) => {
                settled = Some(Settled::now(Ended::Signal(name(&signal_name))));
                continue;
            }
            Some(ChannelMsg::Failure) => {
                return Err(Lost::CommandRefused { at: connection.endpoint.clone() });
            }
            Some(ChannelMsg::Close) => break,
            None if settled.is_some() || stop_at.is_some() => break,
            None => {
                listener.finish();
                return Err(lost());
            }
            Some(_) => continue,
        };
        if let Some(settled) = &mut settled {
            settled.quiet = settled.last.min(Instant::now() + GRACE);
        }
        if !more && stop_at.is_none() {
            process.close().await;
            return Ok(Ended::ListenerDone);
        }
    }
    process.over();
    listener.finish();
    if given_up || (listener.awaits_start() && settled.is_some() && stop_at.is_none()) {
        return Err(not_started(&listener, given_up));
    }
    match settled {
        _ if stop_at.is_some() => Ok(Ended::Cancelled),
        Some(settled) => Ok(settled.ended),
        None => Err(Lost::NoExitStatus { at: connection.endpoint.clone() }),
    }
}

impl Settled {
    fn now(ended: Ended) -> Self {
        let now = Instant::now();
        Self { ended, quiet: now + GRACE, last: now + LONGEST_GRACE }
    }
}

fn name(signal: &Sig) -> String {
    match signal {
        Sig::Custom(name) => name.clone(),
        known => format!("{known:?}"),
    }
}
