//! Why a process ended, and what to type about it.

use super::{Found, HostView};
use crate::model::message::{Message, message};
use crate::model::name::HostName;
use crate::planning::doctor::found::Entry;

/// Why a process ended, found in what it printed, and what to do about it.
pub struct End {
    /// What it means, in a sentence.
    pub because: Message,
    /// What to type, as the owner; none: see `here`.
    pub line: Option<String>,
    /// What to type on this computer, first.
    pub here: Option<String>,
    /// A remark about it; often empty.
    pub note: Message,
}

impl End {
    /// With a line for the owner's shell.
    pub fn typed(because: Message, line: String) -> Self {
        Self { because, line: Some(line), here: None, note: Message::default() }
    }

    /// Adds what to type.
    pub fn mended(self, found: Found, view: &HostView<'_>) -> Found {
        let found = match self.here {
            Some(here) => found.then(&HostName::controller(), here),
            None => found,
        };
        let found = match self.line {
            Some(line) => found.then_as_owner(view, &line),
            None => found,
        };
        if self.note.is_empty() { found } else { found.note(self.note) }
    }
}

/// The last line of its logs with these words.
pub(super) fn log_line<'a>(entry: &'a Entry, words: &str) -> Option<&'a str> {
    entry.errors.iter().chain(&entry.out).rev().map(String::as_str).find(|line| line.contains(words))
}

/// The last thing that it said of an error.
pub(super) fn last_words(entry: &Entry) -> Vec<Message> {
    if entry.status == "online" && entry.since > 60_000 || entry.status == "stopped" {
        return Vec::new();
    }
    let names = |line: &&String| {
        ["Error:", "code E", "Missing script", "missing script"].iter().any(|word| line.contains(word))
    };
    let contains_words = |line: &&String| {
        ["rror", "not found", "annot", "already running", "EADDR", "denied"].iter().any(|word| line.contains(word))
    };
    let all = || entry.errors.iter().rev();
    let line = all()
        .find(names)
        .or_else(|| all().find(contains_words))
        .or_else(|| entry.out.iter().rev().find(contains_words));
    line.map(|line| message!("its log says: {}", line.trim())).into_iter().collect()
}
