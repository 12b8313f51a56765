//! Who hears of a drill while it goes on.

use super::lab::Lab;
use super::record;
use crate::cli::Look;
use crate::event::{Event, Kind};
use crate::report::{Json, Reporter, Story};
use std::fs::File;
use std::io::{self, Stderr};
use std::time::Instant;

/// Who hears of a drill: whoever watches, and the recording.
pub struct Tellers {
    began: Instant,
    story: Option<Story<Stderr>>,
    record: Option<Json<File>>,
}

impl Tellers {
    /// For a drill that begins now.
    pub fn new(lab: &Lab, look: &Look) -> Self {
        let story = (!look.quiet).then(|| Story::new(io::stderr()));
        Self { began: Instant::now(), story, record: record::begin(lab).map(Json::new) }
    }

    /// Each event is on the disk's side before the next one happens: a page can follow it.
    pub fn tell(&mut self, kind: Kind) {
        let event = Event { at_ms: self.at_ms(), kind };
        // Whoever can no longer be written to is left out; the drill goes on.
        self.story = self.story.take().and_then(|mut story| story.settled(&event).is_ok().then_some(story));
        self.record = self.record.take().and_then(|mut record| record.settled(&event).is_ok().then_some(record));
    }

    /// The last event of all.
    pub fn end(&mut self, interrupted: bool) {
        self.tell(Kind::RunFinished { took_ms: self.at_ms(), interrupted });
    }

    fn at_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
