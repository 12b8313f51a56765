//! A process on the other side: how it is asked to stop, and that it never outlives its caller's interest.

use super::connection::SshConnection;
use crate::model::quote::quote;
use russh::client::Msg;
use russh::{ChannelWriteHalf, Error, Sig};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::time::timeout;

/// For a message to a connection that may be stuck.
const SHORT: Duration = Duration::from_secs(2);

/// The remote process of one channel. Dropped before it is over, it is killed: a dropped channel asks the server
/// nothing, and even a closed one keeps its place there until the process ends.
pub(super) struct RemoteProcess {
    inner: Arc<ProcessState>,
    over: AtomicBool,
}

struct ProcessState {
    connection: Arc<SshConnection>,
    out: Arc<ChannelWriteHalf<Msg>>,
    /// The line with which the command says that it runs. For root, the process id stands behind it.
    mark: String,
    group: OnceLock<u32>,
}

impl RemoteProcess {
    pub(super) fn new(connection: Arc<SshConnection>, out: ChannelWriteHalf<Msg>) -> Self {
        let mark = format!("labctl-{:016x}", RandomState::new().hash_one(0));
        let inner = ProcessState { connection, out: Arc::new(out), mark, group: OnceLock::new() };
        Self { inner: Arc::new(inner), over: AtomicBool::new(false) }
    }

    pub(super) fn out(&self) -> Arc<ChannelWriteHalf<Msg>> {
        self.inner.out.clone()
    }

    /// Makes the command say first that it runs. Until then, a startup file of the login shell may have handed the
    /// command's input to another program. The line never stands in the command as it is printed: an echo is no answer.
    pub(super) fn marked(&self, command: &str) -> String {
        let (front, back) = self.inner.mark.split_at(9);
        // sshd passes on no signals for root, whose sessions have no privileges to separate: they go to the process id.
        // Not every login shell knows `$$`.
        match self.inner.connection.root {
            true => format!("exec sh -c {}", quote(&format!("echo {front}'{back}' $$; {command}"))),
            false => format!("echo {front}'{back}'; {command}"),
        }
    }

    /// Where in a line the word begins with which the command says that it runs.
    pub(super) fn find_mark(&self, line: &[u8]) -> Option<usize> {
        let mark = self.inner.mark.as_bytes();
        let at = line.windows(mark.len()).position(|word| word == mark)?;
        let rest = &line[at + mark.len()..];
        if !self.inner.connection.root {
            return rest.is_empty().then_some(at);
        }
        let group = str::from_utf8(rest).ok()?.trim().parse().ok()?;
        self.inner.group.set(group).is_ok().then_some(at)
    }

    /// Asks the process to stop. Does not wait until it is asked.
    pub(super) fn terminate(&self) {
        let inner = self.inner.clone();
        tokio::spawn(async move { timeout(SHORT, inner.signal(Sig::TERM)).await });
    }

    /// Ends the process for good, and waits until that is sent: labctl itself may end next.
    pub(super) async fn kill(&self) {
        self.over();
        self.inner.kill().await;
    }

    /// Says that nothing more is wanted of a process that ends by itself.
    pub(super) async fn close(&self) {
        self.over();
        let _ = timeout(SHORT, self.inner.out.close()).await;
    }

    /// The process has ended.
    pub(super) fn over(&self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

impl ProcessState {
    async fn signal(&self, signal: Sig) -> Result<(), Error> {
        if let Some(group) = self.group.get() {
            // sshd makes each session a group of its own.
            let channel = self.connection.handle.channel_open_session().await?;
            channel.exec(false, format!("kill -{signal:?} -{group}")).await?;
            let (mut read, write) = channel.split();
            while read.wait().await.is_some() {}
            return write.close().await;
        }
        self.out.signal(signal).await
    }

    async fn kill(&self) {
        let _ = timeout(SHORT, self.signal(Sig::KILL)).await;
        let _ = timeout(SHORT, self.out.close()).await;
    }
}

impl Drop for RemoteProcess {
    fn drop(&mut self) {
        if self.over.load(Ordering::Relaxed) {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let inner = self.inner.clone();
            runtime.spawn(async move {
                inner.kill().await;
            });
        }
    }
}
