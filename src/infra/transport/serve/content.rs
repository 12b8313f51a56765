//! What an answer holds: a text, or what changes for as long as somebody listens.

use super::feed::Feed;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::time::timeout;

/// After so long without anything to say, a stream says that it is still there.
const QUIET: Duration = Duration::from_secs(5);

type NextFrame = Pin<Box<dyn Future<Output = Option<(Bytes, Receiver<Arc<str>>)>> + Send>>;

/// The body of an answer.
pub enum ResponseBody {
    /// A text, until it is sent.
    Text(Bytes),
    /// What is sent next, and after that.
    Stream(NextFrame),
}

impl ResponseBody {
    /// How everything is now, and every change from now on.
    pub fn of(feed: &Feed) -> Self {
        let (present, changes) = feed.join();
        let first = Bytes::from(format!("retry: 1000\n\n{present}"));
        Self::Stream(Box::pin(std::future::ready(Some((first, changes)))))
    }
}

/// `None` when the reader is too slow: it may come back, and gets everything again.
async fn next(mut changes: Receiver<Arc<str>>) -> Option<(Bytes, Receiver<Arc<str>>)> {
    let frame = match timeout(QUIET, changes.recv()).await {
        Ok(change) => Bytes::copy_from_slice(change.ok()?.as_bytes()),
        Err(_) => Bytes::from_static(b": still here\n\n"),
    };
    Some((frame, changes))
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        let frame = match this {
            Self::Text(text) if text.is_empty() => None,
            Self::Text(text) => Some(std::mem::take(text)),
            Self::Stream(next_frame) => match std::task::ready!(next_frame.as_mut().poll(cx)) {
                Some((frame, changes)) => {
                    *next_frame = Box::pin(next(changes));
                    Some(frame)
                }
                None => {
                    *this = Self::Text(Bytes::new());
                    None
                }
            },
        };
        Poll::Ready(frame.map(|frame| Ok(Frame::data(frame))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Text(text) if text.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Text(text) => SizeHint::with_exact(text.len() as u64),
            Self::Stream(_) => SizeHint::default(),
        }
    }
}
