//! The byte stream under an SSH connection: acknowledges at once, never waits for ever, and remembers the greeting.

use russh::ChannelStream;
use russh::client::Msg;
use std::future::Future;
use std::io::{self, Error, ErrorKind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// Enough to show what a server that is no SSH server said.
const GREETING: usize = 120;

/// The first bytes that came.
pub(super) type Greeting = Arc<Mutex<Vec<u8>>>;

/// What a connection can run over.
pub(super) trait Link: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// Called after every read.
    fn after_read(&self) {}
}

impl Link for TcpStream {
    /// sshd writes small packets under Nagle's algorithm until a session runs, and our delayed acknowledgement costs
    /// 40 ms at each. The kernel forgets this wish after a while: it is renewed with every read.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn after_read(&self) {
        // Only speed depends on it.
        let _ = socket2::SockRef::from(self).set_tcp_quickack(true);
    }
}

impl Link for ChannelStream<Msg> {}

/// A link with manners.
pub(super) struct Wire<L> {
    link: L,
    greeting: Greeting,
    patience: Duration,
    stuck: Option<Pin<Box<Sleep>>>,
}

impl<L: Link> Wire<L> {
    /// A write that nobody takes for `patience` is an error: russh sends no keepalive while it waits for a write.
    pub(super) fn new(link: L, patience: Duration) -> (Self, Greeting) {
        link.after_read();
        let greeting = Greeting::default();
        (Self { link, greeting: greeting.clone(), patience, stuck: None }, greeting)
    }

    fn guard<T>(&mut self, cx: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.stuck = None;
            return outcome;
        }
        let patience = self.patience;
        let stuck = self.stuck.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(stuck.as_mut().poll(cx));
        Poll::Ready(Err(Error::new(ErrorKind::TimedOut, format!("it took nothing for {} s", patience.as_secs()))))
    }
}

impl<L: Link> AsyncRead for Wire<L> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let me = self.get_mut();
        let before = buf.filled().len();
        let outcome = ready!(Pin::new(&mut me.link).poll_read(cx, buf));
        me.link.after_read();
        let mut greeting = me.greeting.lock().unwrap_or_else(PoisonError::into_inner);
        let room = GREETING.saturating_sub(greeting.len());
        greeting.extend(buf.filled()[before..].iter().take(room));
        Poll::Ready(outcome)
    }
}

impl<L: Link> AsyncWrite for Wire<L> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let me = self.get_mut();
        let outcome = Pin::new(&mut me.link).poll_write(cx, buf);
        me.guard(cx, outcome)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let me = self.get_mut();
        let outcome = Pin::new(&mut me.link).poll_flush(cx);
        me.guard(cx, outcome)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Always a success: russh would throw away the reason of a loss when the socket is gone already.
        let me = self.get_mut();
        let outcome = Pin::new(&mut me.link).poll_shutdown(cx);
        me.guard(cx, outcome).map(|_| Ok(()))
    }
}
