//! What is sent to every open page. A page that comes late, or comes back, first gets how everything is now.

use serde::Serialize;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::broadcast;

/// How many changes a page may be behind before it is left out; it comes back by itself, and gets everything anew.
const BEHIND: usize = 64;

/// One message: its name, and its content.
pub type NamedValue<'a, T> = (&'static str, &'a T);

/// Tells changes to whoever listens, and keeps what somebody must know who only now begins to.
pub struct Feed {
    present: Mutex<Vec<(&'static str, Arc<str>)>>,
    changes: broadcast::Sender<Arc<str>>,
}

impl Default for Feed {
    fn default() -> Self {
        Self { present: Mutex::default(), changes: broadcast::channel(BEHIND).0 }
    }
}

impl Feed {
    /// Sends something. It replaces what was sent under this name before.
    pub fn send<T: Serialize>(&self, name: &'static str, what: &T) {
        self.change((name, what), (name, what));
    }

    /// Sends a change; whoever comes later gets `present` instead.
    pub fn change<C: Serialize, P: Serialize>(&self, change: NamedValue<'_, C>, present: NamedValue<'_, P>) {
        let mut kept = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        let frame = framed(present.0, present.1);
        match kept.iter_mut().find(|(name, _)| *name == present.0) {
            Some((_, old)) => *old = frame,
            None => kept.push((present.0, frame)),
        }
        // Nobody has to listen. Sent while the lock is held: who joins gets each change either kept or sent, never both.
        let _ = self.changes.send(framed(change.0, change.1));
    }

    /// Everything as it is now, in the order in which it was first sent, and what changes from now on.
    pub(super) fn join(&self) -> (String, broadcast::Receiver<Arc<str>>) {
        let kept = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        (kept.iter().map(|(_, frame)| &**frame).collect(), self.changes.subscribe())
    }
}

/// As an event of a stream. JSON escapes every line end, so that no text can begin an event of its own.
fn framed<T: Serialize>(name: &str, what: &T) -> Arc<str> {
    // Names, numbers and texts always serialise.
    format!("event: {name}\ndata: {}\n\n", serde_json::to_string(what).unwrap_or_default()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_late_knows_the_same() {
        let feed = Feed::default();
        feed.send("b", &1);
        feed.send("b", &2);
        feed.change(("step", &"one"), ("all", &["one"]));
        let (present, mut changes) = feed.join();
        assert_eq!(present, "event: b\ndata: 2\n\nevent: all\ndata: [\"one\"]\n\n");
        feed.change(("step", &"two"), ("all", &["one", "two"]));
        assert_eq!(&*changes.try_recv().unwrap(), "event: step\ndata: \"two\"\n\n");
        assert!(changes.try_recv().is_err());
    }

    #[test]
    fn no_text_begins_an_event() {
        let frame = framed("x", &"a\n\nevent: evil\r\ndata: 1\n\n\u{2028}");
        assert_eq!(frame.matches('\n').count(), 3);
        assert!(frame.starts_with("event: x\ndata: \"a\\n\\nevent: evil\\r\\ndata: 1"));
    }
}
