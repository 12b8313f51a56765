//! How a link is told from a dead one while it logs in: what brings something in its time is only slow.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout_at};

/// Enough to show what a server that is not an SSH server said.
const GREETING: usize = 120;
/// A slow link may take so many times as long as it is given; at 1 KB/s a login takes about ten seconds.
const MOST: u32 = 6;

/// What a link has received so far.
#[derive(Debug, Default)]
pub(super) struct Received {
    first: Mutex<Vec<u8>>,
    bytes: AtomicU64,
}

impl Received {
    pub(super) fn take(&self, bytes: &[u8]) {
        if self.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed) < GREETING as u64 {
            let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
            let room = GREETING.saturating_sub(first.len());
            first.extend(bytes.iter().take(room));
        }
    }

    /// The first bytes, up to 120: enough to tell what a server that does not speak SSH said.
    pub(super) fn greeting(&self) -> Vec<u8> {
        self.first.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The time that a login has.
#[derive(Debug)]
pub(super) struct Pace {
    received: Arc<Received>,
    step: Duration,
    deadline: Instant,
}

impl Pace {
    /// Until `deadline`; a server that speaks SSH gets `step` more, and again, as long as each brought something.
    pub(super) fn new(received: Arc<Received>, step: Duration, deadline: Instant) -> Self {
        Self { received, step, deadline }
    }

    /// Waits for a part of the login.
    pub(super) async fn within<F: Future>(&self, part: F) -> Result<F::Output, Elapsed> {
        let mut part = std::pin::pin!(part);
        let bytes = || self.received.bytes.load(Ordering::Relaxed);
        let (mut deadline, mut before) = (self.deadline.max(Instant::now()), 0);
        let last = self.deadline + self.step * (MOST - 1);
        loop {
            let elapsed = match timeout_at(deadline, &mut part).await {
                Ok(done) => return Ok(done),
                Err(elapsed) => elapsed,
            };
            let slow = bytes() > before && self.received.greeting().starts_with(b"SSH-");
            if !slow || deadline >= last {
                return Err(elapsed);
            }
            (deadline, before) = (last.min(deadline + self.step), bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::sleep;

    #[tokio::test]
    async fn what_brings_something_is_waited_for_and_nothing_else_is() {
        let step = Duration::from_millis(300);
        for (greeting, every, wanted) in [
            (&b"SSH-2.0-x\r\n"[..], Some(50), MOST), // for ever, and never done
            (b"SSH-2.0-x\r\n", None, 2),             // a greeting, and then nothing
            (b"HTTP/1.1 200\r\n", Some(50), 1),
            (b"", None, 1),
        ] {
            let received = Arc::new(Received::default());
            received.take(greeting);
            let began = Instant::now();
            let pace = Pace::new(received.clone(), step, began + step);
            let talk = async {
                loop {
                    sleep(Duration::from_millis(every.unwrap_or(10_000))).await;
                    received.take(b"x");
                }
            };
            assert!(pace.within(talk).await.is_err());
            let steps = began.elapsed().as_millis() / step.as_millis();
            // A busy computer may be late, but not by so much.
            let most = if wanted == MOST { u128::MAX } else { MOST.into() };
            assert!(steps >= wanted.into() && steps < most, "{greeting:?} every {every:?} ms: {steps} steps");
        }
    }
}
