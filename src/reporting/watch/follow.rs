//! Follows the newest recording of a lab while it is written.

use super::run::LiveRun;
use crate::languages::Language;
use crate::model::name::LabName;
use crate::model::recording::{self, Line};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What is read at once; more is read the next time.
const AT_ONCE: u64 = 1 << 20;
/// A line that is longer is left out. Only what programs printed is that long, and nobody sees it here.
const LONGEST: usize = 4 << 20;

/// Reads what is new in the folder of recordings.
#[derive(Debug)]
pub struct Follower {
    folder: PathBuf,
    lab: LabName,
    language: &'static Language,
    open: Option<FollowedRecording>,
}

#[derive(Debug)]
struct FollowedRecording {
    name: String,
    file: File,
    read: u64,
    rest: Vec<u8>,
    /// The line that is read is too long.
    skipping: bool,
    run: LiveRun,
}

impl Follower {
    /// Of this folder, which may not be there yet, and of runs of this lab, in this language.
    pub fn new(folder: PathBuf, lab: LabName, language: &'static Language) -> Self {
        Self { folder, lab, language, open: None }
    }

    /// Reads on. Gives the run if there is news of it.
    pub fn news(&mut self) -> Option<&LiveRun> {
        let newest = newest(&self.folder)?;
        if self.open.as_ref().is_none_or(|open| open.name < newest) {
            let file = File::open(self.folder.join(&newest)).ok()?;
            let run = LiveRun::new(&newest, self.language);
            self.open = Some(FollowedRecording { name: newest, file, read: 0, rest: Vec::new(), skipping: false, run });
        }
        let open = self.open.as_mut()?;
        let news = open.read_on().unwrap_or(false);
        let own = open.run.lab() == Some(&self.lab);
        (news && own).then_some(&open.run)
    }

    /// Whether a run is under way: it has no end yet, and wrote something within this time.
    pub fn under_way(&self, within: Duration) -> bool {
        self.open.as_ref().is_some_and(|open| {
            let written = open.file.metadata().and_then(|of| of.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
            // A time in the future is now.
            open.run.end.is_none() && SystemTime::now().duration_since(written).unwrap_or_default() < within
        })
    }
}

impl FollowedRecording {
    fn read_on(&mut self) -> std::io::Result<bool> {
        if self.file.metadata()?.len() < self.read {
            // Somebody has shortened it: what it says now is another story.
            (self.read, self.run) = (0, LiveRun::new(&self.name, self.run.language()));
            self.rest.clear();
        }
        self.file.seek(SeekFrom::Start(self.read))?;
        let mut news = false;
        let mut bytes = Vec::new();
        self.read += (&self.file).take(AT_ONCE).read_to_end(&mut bytes)? as u64;
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            if !self.skipping {
                self.rest.extend_from_slice(part);
            }
            if !part.ends_with(b"\n") {
                self.skipping |= self.rest.len() > LONGEST;
                if self.skipping {
                    self.rest.clear();
                }
                break;
            }
            // What a newer labctl writes may be unknown here.
            if let Line::Event(event) = recording::line(&String::from_utf8_lossy(&self.rest)) {
                self.run.add(&event);
                news = true;
            }
            self.rest.clear();
            self.skipping = false;
        }
        Ok(news)
    }
}

/// The name of the newest recording: names begin with their time.
fn newest(folder: &Path) -> Option<String> {
    let names = fs::read_dir(folder).ok()?.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| name.ends_with(".jsonl")).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::languages::ENGLISH;
    use std::io::Write;

    fn started(lab: &str, at: u64) -> String {
        format!(
            "{{\"at_ms\":0,\"event\":\"run_started\",\"version\":\"1\",\"lab\":\"{lab}\",\"mode\":\"apply\",\"steps\":[\"pm2\"],\"hosts\":[\"web\"],\"started\":{at}}}\n"
        )
    }

    const STEP: &str = "{\"at_ms\":5,\"event\":\"step_finished\",\"host\":\"web\",\"step\":\"pm2\",\"took_ms\":5,\"verdict\":\"finished\"}\n";
    const END: &str = "{\"at_ms\":9,\"event\":\"run_finished\",\"took_ms\":9,\"interrupted\":false}\n";
    const WHILE: Duration = Duration::from_secs(60);

    #[test]
    fn a_run_is_followed_while_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let runs = folder.path().join("runs");
        let mut follower = Follower::new(runs.clone(), "t".parse().unwrap(), ENGLISH);
        assert!(follower.news().is_none(), "there is no folder yet");
        fs::create_dir(&runs).unwrap();
        fs::write(runs.join("1700000000-9.jsonl"), started("t", 1) + END).unwrap();
        assert_eq!(follower.news().unwrap().started, 1);
        assert!(!follower.under_way(WHILE));
        let mut file = File::create(runs.join("1700000001-5.jsonl")).unwrap();
        assert!(follower.news().is_none(), "nothing has been written");
        file.write_all(started("t", 2).as_bytes()).unwrap();
        assert_eq!(follower.news().unwrap().started, 2);
        assert!(follower.under_way(WHILE) && !follower.under_way(Duration::ZERO));
        file.write_all(&STEP.as_bytes()[..20]).unwrap();
        assert!(follower.news().is_none(), "half a line is not news");
        file.write_all(&STEP.as_bytes()[20..]).unwrap();
        assert!(follower.news().unwrap().cells[0][0].through);
        file.write_all(b"{\"at_ms\":6,\"event\":\"of_the_future\"}\nnonsense\n").unwrap();
        assert!(follower.news().is_none());
        file.write_all(END.as_bytes()).unwrap();
        assert_eq!(follower.news().unwrap().end.as_ref().unwrap().took_ms, 9);
        assert!(follower.news().is_none() && !follower.under_way(WHILE));
    }

    #[test]
    fn lines_without_end_take_no_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("1700000000-9.jsonl");
        let mut long = started("t", 1);
        long.push_str(&"x".repeat(3 * LONGEST));
        long.push('\n');
        long.push_str(STEP);
        fs::write(&path, long).unwrap();
        let mut follower = Follower::new(folder.path().to_owned(), "t".parse().unwrap(), ENGLISH);
        let mut through = false;
        for _ in 0..20 {
            through |= follower.news().is_some_and(|run| run.cells[0][0].through);
            assert!(follower.open.as_ref().unwrap().rest.capacity() <= 4 * LONGEST);
        }
        assert!(through, "what follows the long line is read");
    }

    #[test]
    fn runs_of_another_lab_are_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("1700000000-9.jsonl"), started("other", 1)).unwrap();
        let mut follower = Follower::new(folder.path().to_owned(), "t".parse().unwrap(), ENGLISH);
        assert!(follower.news().is_none());
    }
}
