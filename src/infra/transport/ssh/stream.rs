//! The byte stream under an SSH connection: acknowledges at once, and never waits for ever; but slow is not dead.

use super::errors::Silence;
use super::login_deadline::Received;
use russh::ChannelStream;
use russh::client::Msg;
use std::future::Future;
use std::io::{self, Error, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

/// A link that takes less in a second is taken for dead: what was sent may need so long until it can be answered.
const SLOWEST: u64 = 700;
/// How much waits in the kernel to be sent: more would hide whether anything goes on.
#[cfg(any(target_os = "linux", target_os = "android"))]
const WAITING: u32 = 16 << 10;

/// What a connection can run over.
pub(super) trait ByteStream: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// Called once, before anything is sent.
    fn before_use(&self) {}

    /// Called after every read.
    fn after_read(&self) {}
}

impl ByteStream for TcpStream {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn before_use(&self) {
        // Only how soon a dead link is noticed depends on it. TCP_USER_TIMEOUT would be sooner, but it ends a link whose
        // window stays small, however steadily it takes what is sent.
        let _ = socket2::SockRef::from(self).set_tcp_notsent_lowat(WAITING);
    }

    /// sshd writes small packets under Nagle's algorithm until a session runs, and our delayed acknowledgement costs
    /// 40 ms at each. The kernel forgets this wish after a while: it is renewed with every read.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn after_read(&self) {
        // Only speed depends on it.
        let _ = socket2::SockRef::from(self).set_tcp_quickack(true);
    }
}

impl ByteStream for ChannelStream<Msg> {}

/// A link with manners.
pub(super) struct Wire<L> {
    link: L,
    received: Arc<Received>,
    patience: Duration,
    /// When it brought something last, and how many bytes it has taken since then.
    last: Instant,
    taken: u64,
    silence: Option<Pin<Box<Sleep>>>,
    stuck: Option<Pin<Box<Sleep>>>,
}

impl<L: ByteStream> Wire<L> {
    /// A link that takes nothing, or brings nothing, for `patience` is dead; one that has taken much may be silent for the
    /// time that this needs at the slowest pace. The other side is to be asked for a sign of life more often than that.
    pub(super) fn new(link: L, patience: Duration) -> (Self, Arc<Received>) {
        link.before_use();
        link.after_read();
        let received = Arc::new(Received::default());
        let (last, taken, silence, stuck) = (Instant::now(), 0, None, None);
        (Self { link, received: received.clone(), patience, last, taken, silence, stuck }, received)
    }

    fn guard<T>(&mut self, cx: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.stuck = None;
            return outcome;
        }
        let until = Instant::now() + self.patience;
        let stuck = self.stuck.get_or_insert_with(|| Box::pin(sleep_until(until)));
        ready!(stuck.as_mut().poll(cx));
        let words = format!("it took nothing for {} s", self.patience.as_secs());
        Poll::Ready(Err(Error::new(ErrorKind::TimedOut, words)))
    }

    /// Nothing has come yet: is it time to give up?
    fn still(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Not for ever: also what is dead has taken what its kernel keeps, and that may be megabytes.
        let slow = Duration::from_secs(self.taken / SLOWEST).min(self.patience.saturating_mul(3));
        let allowed = self.patience + slow;
        let until = self.last + allowed;
        let silence = self.silence.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if silence.deadline() != until {
            silence.as_mut().reset(until);
        }
        ready!(silence.as_mut().poll(cx));
        Poll::Ready(Err(Error::new(ErrorKind::TimedOut, Silence(allowed))))
    }
}

impl<L: ByteStream> AsyncRead for Wire<L> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let me = self.get_mut();
        let before = buf.filled().len();
        let Poll::Ready(outcome) = Pin::new(&mut me.link).poll_read(cx, buf) else { return me.still(cx) };
        me.link.after_read();
        (me.last, me.taken) = (Instant::now(), 0);
        me.received.take(&buf.filled()[before..]);
        Poll::Ready(outcome)
    }
}

impl<L: ByteStream> AsyncWrite for Wire<L> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let me = self.get_mut();
        let outcome = Pin::new(&mut me.link).poll_write(cx, buf);
        if let Poll::Ready(Ok(taken)) = outcome {
            me.taken += taken as u64;
        }
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
