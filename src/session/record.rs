//! Recordings: every run is recorded as it goes, in the lab's own folder.

use super::lab::Lab;
use crate::model::event::Kind;
use crate::model::notice::Notice;
use crate::model::shard::Shard;
use crate::planning::graph::topology;
use crate::planning::plan::Plan;
use crate::reporting::Order;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The event that describes the lab of a run.
pub fn described(lab: &Lab, verb: &str) -> Kind {
    Kind::LabDescribed { verb: verb.to_owned(), topology: topology(&lab.inventory) }
}

/// The file that this run is recorded in. If it cannot be made, the run goes on without a recording.
pub fn begin(lab: &Lab, shard: Option<Shard>) -> Option<File> {
    let folder = lab.state.join("runs");
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    forget_old(&folder);
    // In containers that share a folder, every process may have the same number.
    let part = shard.map(|shard| format!("-{}-of-{}", shard.number(), shard.of())).unwrap_or_default();
    let made = std::fs::create_dir_all(&folder)
        .and_then(|()| private(&folder.join(format!("{seconds}-{}{part}.jsonl", std::process::id()))));
    match made {
        Ok(file) => Some(file),
        Err(error) => {
            lab.notices.show(&Notice::NotRecorded { folder, error });
            None
        }
    }
}

/// The order of a report. Events that wait for their turn spill from memory into an unnamed file.
pub fn order(lab: &Lab, plan: &Plan) -> Order {
    let order = Order::new(plan.cells());
    // If that file cannot be made, everything stays in memory.
    match std::fs::create_dir_all(&lab.state).and_then(|()| tempfile::tempfile_in(&lab.state)) {
        Ok(file) => order.spilling_to(file),
        Err(_) => order,
    }
}

/// A new file that only its owner can read: output of programs may be confidential.
fn private(path: &Path) -> io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Keeps the last hundred recordings; their names begin with their time.
fn forget_old(folder: &Path) {
    for path in all(folder).iter().rev().skip(99) {
        let _ = std::fs::remove_file(path);
    }
}

/// All recordings of a folder, the newest last. Their names begin with their time; within a second the file decides.
pub fn all(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<(u64, Option<SystemTime>, PathBuf)> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let path = entry.path();
            let name = path.file_stem()?.to_str()?;
            let seconds = name.split('-').next()?.parse().ok()?;
            let written = entry.metadata().and_then(|file| file.modified()).ok();
            (path.extension()? == "jsonl").then_some((seconds, written, path))
        })
        .collect();
    all.sort();
    all.into_iter().map(|(.., path)| path).collect()
}
