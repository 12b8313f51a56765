//! Keeps logins open between runs, for commands that check repeatedly.

use super::{Ended, Exec, Input, Listening, Pinned, Session, Transport};
use crate::config::inventory::Host;
use crate::model::name::HostName;
use crate::model::unreachable::Unreachable;
use crate::model::visitor::Indirect;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A kept login that does not answer within this time is replaced by a new one.
const PATIENCE: Duration = Duration::from_secs(3);

/// Another transport, whose sessions are kept as long as they answer.
pub struct Pool<T: Transport> {
    inner: Arc<T>,
    sessions: Arc<Mutex<BTreeMap<HostName, T::Session>>>,
    most: usize,
}

impl<T: Transport> Pool<T> {
    /// Keeps so many sessions of this transport.
    pub fn new(inner: T, most: usize) -> Self {
        Self { inner: Arc::new(inner), sessions: Arc::default(), most }
    }
}

impl<T: Transport> Clone for Pool<T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), sessions: self.sessions.clone(), most: self.most }
    }
}

impl<T: Transport> Transport for Pool<T>
where
    T::Session: Clone,
{
    type Session = T::Session;

    async fn open(&self, host: &Host) -> Result<T::Session, Unreachable> {
        let kept = self.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(&host.name);
        let session = match kept {
            // A login may be dead without knowing it: the machine went off, or the network did.
            Some(session) if answers(&session).await => session,
            _ => self.inner.open(host).await?,
        };
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() < self.most {
            sessions.insert(host.name.clone(), session.clone());
        }
        Ok(session)
    }

    fn pinned(&self, host: &HostName) -> Vec<Pinned> {
        self.inner.pinned(host)
    }

    async fn indirect(&self, host: &Host) -> Option<Indirect> {
        self.inner.indirect(host).await
    }
}

async fn answers(session: &impl Session) -> bool {
    let exec = Exec { command: "exec true".to_owned(), password: None, input: Input::Empty };
    let (mut deaf, never) = (|_: &[u8]| Listening::More, CancellationToken::new());
    let asked = session.run(exec, &mut deaf, &never);
    matches!(tokio::time::timeout(PATIENCE, asked).await, Ok(Ok(Ended::Status(0))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::problem::Source;
    use crate::model::unreachable::Lost;
    use std::path::Path;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    #[derive(Clone, Default)]
    struct Fake {
        opened: Arc<AtomicUsize>,
        dead: Arc<AtomicBool>,
    }

    impl Transport for Fake {
        type Session = Fake;
        async fn open(&self, _: &Host) -> Result<Fake, Unreachable> {
            self.opened.fetch_add(1, Ordering::Relaxed);
            self.dead.store(false, Ordering::Relaxed);
            Ok(self.clone())
        }
    }

    impl Session for Fake {
        async fn run(
            &self,
            _: Exec,
            _: &mut (dyn FnMut(&[u8]) -> Listening + Send),
            _: &CancellationToken,
        ) -> Result<Ended, Lost> {
            if self.dead.load(Ordering::Relaxed) { std::future::pending().await } else { Ok(Ended::Status(0)) }
        }
    }

    #[tokio::test]
    async fn a_login_is_kept_until_it_answers_no_more() {
        let text = "lab: t\nhosts:\n  a: {address: 10.0.0.1, groups: [app]}\n  b: {address: 10.0.0.2, groups: [app]}\n";
        let lab = crate::config::inventory::parse(&Source::new("t", text), Path::new("t"), &[]).unwrap();
        let fake = Fake::default();
        let kept = Pool::new(fake.clone(), 2);
        for wanted in [1, 1, 1] {
            kept.clone().open(&lab.hosts[0]).await.unwrap();
            assert_eq!(fake.opened.load(Ordering::Relaxed), wanted);
        }
        kept.open(&lab.hosts[1]).await.unwrap();
        assert_eq!(fake.opened.load(Ordering::Relaxed), 2, "each host has its own");
        fake.dead.store(true, Ordering::Relaxed);
        kept.open(&lab.hosts[0]).await.unwrap();
        assert_eq!(fake.opened.load(Ordering::Relaxed), 3, "a dead login is replaced");
        let few = Pool::new(Fake::default(), 1);
        for n in [0, 1, 1, 0] {
            few.open(&lab.hosts[n]).await.unwrap();
        }
        assert_eq!(few.inner.opened.load(Ordering::Relaxed), 3, "there is room for one");
    }
}
