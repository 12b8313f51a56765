//! Runs commands on an open connection. One loop reads, feeds and watches the clock: never one waiting for the other.

use super::super::ear::{Ear, Hear, until};
use super::super::{Ended, Exec, Flow, Lost, Session};
use super::connect::Connection;
use super::feed::{Source, feed};
use russh::client::Msg;
use russh::{Channel, ChannelMsg, ChannelOpenFailure, ChannelReadHalf, ChannelWriteHalf, Error, Sig};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::select;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Between asking a command to stop and killing it.
const MERCY: Duration = Duration::from_secs(10);
/// A child in the background may hold the output open for ever: silence this long after the exit status is the end.
const GRACE: Duration = Duration::from_millis(1500);
/// The same for a child that goes on talking.
const LONGEST_GRACE: Duration = Duration::from_secs(30);
/// The first pause before a refused session is asked for again; it doubles each time.
const PAUSE: Duration = Duration::from_millis(2);
/// With the pauses doubled, four seconds in all.
const OPENINGS: u32 = 11;
/// For a message to a connection that may be stuck.
const SHORT: Duration = Duration::from_secs(2);

/// A login on a host over SSH.
#[derive(Debug, Clone)]
pub struct SshSession {
    connection: Arc<Connection>,
}

impl SshSession {
    pub(super) fn new(connection: Arc<Connection>) -> Self {
        Self { connection }
    }
}

impl Session for SshSession {
    async fn run(
        &self,
        exec: Exec,
        hear: &mut (dyn FnMut(&[u8]) -> Flow + Send),
        cancel: &CancellationToken,
    ) -> Result<Ended, Lost> {
        let source = Source::open(exec.input).await?;
        let connection = &self.connection;
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
            channel = &mut opening => channel.map_err(|e| Lost { reason: e.to_string() })??,
        };
        let (read, write) = channel.split();
        let mut running = Running { connection, out: Guard(Some(Arc::new(write))), read };
        let outcome = running.run(exec.command, exec.password, source, hear, cancel).await;
        drop(permit);
        outcome
    }
}

async fn open(connection: Arc<Connection>) -> Result<Channel<Msg>, Lost> {
    for attempt in 0..OPENINGS {
        match connection.handle.channel_open_session().await {
            Ok(channel) => return Ok(channel),
            Err(Error::ChannelOpenFailure(
                ChannelOpenFailure::ConnectFailed | ChannelOpenFailure::ResourceShortage,
            )) => sleep(PAUSE * (1 << attempt)).await,
            Err(Error::ChannelOpenFailure(why)) => {
                return Err(Lost { reason: format!("{} opens no session: {why:?}", connection.place) });
            }
            Err(_) => return Err(connection.told.lost(&connection.place)),
        }
    }
    Err(Lost { reason: format!("{} opens no more sessions (MaxSessions of its sshd)", connection.place) })
}

/// Ends a command whose caller went away: dropping a channel tells the server nothing, and even a closed channel
/// keeps its place on the server until the process ends.
struct Guard(Option<Arc<ChannelWriteHalf<Msg>>>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let (Some(out), Ok(runtime)) = (self.0.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(async move { timeout(SHORT, kill(&out)).await });
        }
    }
}

async fn kill(out: &ChannelWriteHalf<Msg>) -> Result<(), Error> {
    out.signal(Sig::KILL).await?;
    out.close().await
}

struct Running<'a> {
    connection: &'a Connection,
    out: Guard,
    read: ChannelReadHalf,
}

/// The end, when it is in sight.
struct Settled {
    ended: Ended,
    quiet: Instant,
    last: Instant,
}

impl Running<'_> {
    async fn run(
        &mut self,
        command: String,
        password: Option<super::super::Password>,
        source: Source,
        hear: Hear<'_>,
        cancel: &CancellationToken,
    ) -> Result<Ended, Lost> {
        let Some(out) = self.out.0.clone() else { return Err(self.lost()) };
        let (mut ear, freed) = Ear::new(hear, password.as_ref());
        if out.exec(true, command).await.is_err() {
            return Err(self.lost());
        }
        let mut feeding = pin!(feed(&out, password, freed, source));
        let (mut fed, mut stop_at, mut settled) = (false, None, None::<Settled>);
        loop {
            select! {
                outcome = &mut feeding, if !fed => {
                    fed = true;
                    // The guard kills what has got half of its input.
                    outcome?;
                }
                () = cancel.cancelled(), if stop_at.is_none() => {
                    stop_at = Some(Instant::now() + MERCY);
                    fed = true;
                    let _ = timeout(SHORT, out.signal(Sig::TERM)).await;
                }
                () = until(stop_at), if stop_at.is_some() => {
                    ear.finish();
                    return Ok(Ended::Cancelled);
                }
                () = until(ear.until()), if ear.until().is_some() => ear.give_up(),
                () = until(settled.as_ref().map(|s| s.quiet)), if settled.is_some() => {
                    let _ = timeout(SHORT, out.close()).await;
                    break;
                }
                message = self.read.wait() => {
                    let more = match message {
                        Some(ChannelMsg::Data { data }) => ear.take(0, &data),
                        Some(ChannelMsg::ExtendedData { data, .. }) => ear.take(1, &data),
                        // Not the last message: output may follow.
                        Some(ChannelMsg::ExitStatus { exit_status }) => {
                            settle(&mut settled, Ended::Status(exit_status));
                            continue;
                        }
                        Some(ChannelMsg::ExitSignal { signal_name, .. }) => {
                            settle(&mut settled, Ended::Signal(name(&signal_name)));
                            continue;
                        }
                        Some(ChannelMsg::Failure) => {
                            let reason = format!("{} refuses to run a command", self.connection.place);
                            return Err(Lost { reason });
                        }
                        Some(ChannelMsg::Close) => break,
                        None if settled.is_some() || stop_at.is_some() => break,
                        None => {
                            ear.finish();
                            return Err(self.lost());
                        }
                        Some(_) => continue,
                    };
                    if let Some(settled) = &mut settled {
                        settled.quiet = settled.last.min(Instant::now() + GRACE);
                    }
                    if !more && stop_at.is_none() {
                        self.out.0 = None;
                        let _ = timeout(SHORT, out.close()).await;
                        return Ok(Ended::Heard);
                    }
                }
            }
        }
        self.out.0 = None;
        ear.finish();
        match settled {
            _ if stop_at.is_some() => Ok(Ended::Cancelled),
            Some(settled) => Ok(settled.ended),
            None => {
                Err(Lost { reason: format!("{} closed the command without an exit status", self.connection.place) })
            }
        }
    }

    fn lost(&self) -> Lost {
        self.connection.told.lost(&self.connection.place)
    }
}

fn settle(settled: &mut Option<Settled>, ended: Ended) {
    let now = Instant::now();
    *settled = Some(Settled { ended, quiet: now + GRACE, last: now + LONGEST_GRACE });
}

fn name(signal: &Sig) -> String {
    match signal {
        Sig::Custom(name) => name.clone(),
        known => format!("{known:?}"),
    }
}
