//! Who hears of a drill, or of a count, while it goes on.

use super::lab::Lab;
use super::record;
use crate::cli::Look;
use crate::event::{Event, Kind, Mode};
use crate::report::{Json, Reporter, Story};
use std::fs::File;
use std::io::{self, Stderr};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Who hears of a drill: whoever watches, and the recording.
pub struct Tellers {
    began: Instant,
    story: Option<Story<Stderr>>,
    record: Option<Json<File>>,
    /// Whether the reason of a failure has been told.
    failed: bool,
}

impl Tellers {
    /// For work that begins now, of this verb.
    pub fn new(lab: &Lab, verb: &str, look: &Look) -> Self {
        let story = (!look.quiet).then(|| Story::new(io::stderr()));
        let mut tellers =
            Self { began: Instant::now(), story, record: record::begin(lab, None).map(Json::new), failed: false };
        tellers.tell(Kind::RunStarted {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            lab: lab.inventory.lab.clone(),
            mode: Mode::Apply,
            steps: Vec::new(),
            hosts: lab.inventory.hosts.iter().map(|host| host.name.clone()).collect(),
            shard: None,
            started: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        });
        tellers.tell(record::described(lab, verb));
        tellers
    }

    /// Each event is on the disk's side before the next one happens: a page can follow it.
    pub fn tell(&mut self, kind: Kind) {
        self.failed |= matches!(kind, Kind::DrillFailed { .. });
        let event = Event { at_ms: self.at_ms(), kind };
        // Whoever can no longer be written to is left out; the drill goes on.
        self.story = self.story.take().and_then(|mut story| story.settled(&event).is_ok().then_some(story));
        self.record = self.record.take().and_then(|mut record| record.settled(&event).is_ok().then_some(record));
    }

    /// The last event of all: whether the drills were interrupted, or why there are none.
    pub fn end(mut self, ended: &Result<bool, String>) {
        if let Err(reason) = ended
            && !self.failed
        {
            self.tell(Kind::DrillFailed { reason: reason.clone() });
        }
        let interrupted = matches!(ended, Ok(true));
        self.tell(Kind::RunFinished { took_ms: self.at_ms(), interrupted });
    }

    fn at_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
