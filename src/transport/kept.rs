//! Keeps logins from one run to the next: for whoever looks again and again.

use super::{Ended, Exec, Flow, Input, Session, Transport, Unreachable};
use crate::inventory::Host;
use crate::name::HostName;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A host that does not answer on a login for this long is logged in to anew.
const PATIENCE: Duration = Duration::from_secs(3);

/// Another transport, whose sessions are kept as long as they answer.
pub struct Kept<T: Transport> {
    inner: Arc<T>,
    sessions: Arc<Mutex<BTreeMap<HostName, T::Session>>>,
}

impl<T: Transport> Kept<T> {
    /// Keeps the sessions of this transport.
    pub fn new(inner: T) -> Self {
        Self { inner: Arc::new(inner), sessions: Arc::default() }
    }
}

impl<T: Transport> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), sessions: self.sessions.clone() }
    }
}

impl<T: Transport> Transport for Kept<T>
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
        sessions.insert(host.name.clone(), session.clone());
        Ok(session)
    }
}

async fn answers(session: &impl Session) -> bool {
    let exec = Exec { command: "exec true".to_owned(), password: None, input: Input::Empty };
    let (mut deaf, never) = (|_: &[u8]| Flow::More, CancellationToken::new());
    let asked = session.run(exec, &mut deaf, &never);
    matches!(tokio::time::timeout(PATIENCE, asked).await, Ok(Ok(Ended::Status(0))))
}
