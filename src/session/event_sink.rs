//! Where the events of a drill, or of a count, go while it lasts.

use super::lab::Lab;
use super::record;
use crate::infra::transport::Secrets;
use crate::model::event::{DrillFailure, Event, Kind, Mode};
use crate::reporting::{Json, Reporter};
use std::fs::File;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Where the events of a drill go: to whoever watches, and to the recording.
pub struct EventSink {
    began: Instant,
    people: Vec<Box<dyn Reporter + Send>>,
    record: Option<Json<File>>,
    /// Whether the reason of a failure has been emitted.
    failed: bool,
    /// What must never be shown, whatever a machine prints.
    secrets: Arc<Secrets>,
}

impl EventSink {
    /// For work that begins now, of this verb.
    pub fn new(lab: &Lab, verb: &str, people: Vec<Box<dyn Reporter + Send>>, secrets: Arc<Secrets>) -> Self {
        let record = record::begin(lab, None).map(Json::recording);
        let mut sink = Self { began: Instant::now(), people, record, failed: false, secrets };
        sink.emit(Kind::RunStarted {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            lab: lab.inventory.lab.clone(),
            mode: Mode::Apply,
            steps: Vec::new(),
            hosts: lab.inventory.hosts.iter().map(|host| host.name.clone()).collect(),
            shard: None,
            started: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        });
        sink.emit(record::described(lab, verb));
        sink
    }

    /// Writes an event to the recording before the next one is emitted, so that a page can follow it.
    pub fn emit(&mut self, mut kind: Kind) {
        kind.change_outputs(&mut |text| self.secrets.mask(text));
        self.failed |= matches!(kind, Kind::DrillFailed { .. });
        let event = Event { at_ms: self.at_ms(), kind };
        // Whoever can no longer be written to is left out; the drill goes on.
        self.people.retain_mut(|reporter| reporter.settled(&event).is_ok());
        self.record = self.record.take().and_then(|mut record| record.settled(&event).is_ok().then_some(record));
    }

    /// The last event of all: whether the drills were interrupted, or why there are none.
    pub fn end(mut self, ended: Result<bool, DrillFailure>) {
        let interrupted = matches!(ended, Ok(true));
        if let Err(failure) = ended
            && !self.failed
        {
            self.emit(Kind::DrillFailed { failure });
        }
        self.emit(Kind::RunFinished { took_ms: self.at_ms(), interrupted });
    }

    fn at_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::inventory::SecretSource;
    use crate::model::event::Turn;

    #[tokio::test]
    async fn a_secret_that_a_machine_says_in_a_drill_is_not_recorded() {
        let secrets = Arc::new(Secrets::new("/", None));
        let password = crate::model::unreachable::SecretUse::Password { user: "me".into() };
        secrets.get(&SecretSource::Command("echo open sesame".into()), &password).await.unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        let record = Some(Json::recording(file.reopen().unwrap()));
        let mut sink = EventSink { began: Instant::now(), people: Vec::new(), record, failed: false, secrets };
        let turn = Turn::Note { host: "app1".parse().unwrap(), text: "it says open sesame".into() };
        sink.emit(Kind::DrillTurned { turn, after_ms: 1 });
        sink.end(Err(DrillFailure::Other { reason: "no open sesame here".into() }));
        let recorded = std::fs::read_to_string(file.path()).unwrap();
        assert!(recorded.contains("it says ***") && recorded.contains("no *** here"), "{recorded}");
        assert!(!recorded.contains("sesame"), "{recorded}");
    }
}
