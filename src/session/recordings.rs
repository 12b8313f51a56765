//! Finds and reads the recordings of finished runs.

use super::error::Error;
use super::notices::Notices;
use super::open::open;
use super::options::LabRequest;
use super::record;
use crate::model::event::Kind;
use crate::model::name::LabName;
use crate::model::recording::Recording;
use crate::reporting::{RecordingOverview, event_line, merge};
use std::path::{Path, PathBuf};

/// Reads the recording in this file.
///
/// # Errors
/// The file cannot be read, or is not a recording.
pub fn read(path: &Path) -> Result<Recording, Error> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| Error::input(format!("cannot read {name}: {error}")))?;
    Recording::read(&name, &bytes)
        .map_err(|error| Error::input(error.to_string()).hint("see which recordings there are: labctl report --list"))
}

/// The recording to report: the named file, or the newest of a lab.
///
/// # Errors
/// Nothing is recorded there, or the inventory cannot be read.
pub fn chosen(what: Option<PathBuf>, notices: Notices) -> Result<PathBuf, Error> {
    if let Some(path) = what.as_ref().filter(|path| path.is_file() && is_recording(path)) {
        return Ok(path.clone());
    }
    let folder = folder(what, notices)?;
    record::all(&folder).pop().ok_or_else(|| {
        Error::input(format!("nothing is recorded in {}", folder.display()))
            .hint("every run is recorded: labctl up, labctl drill")
    })
}

/// Inventories are YAML; a recording begins with an event.
fn is_recording(path: &Path) -> bool {
    !path.extension().is_some_and(|end| end.eq_ignore_ascii_case("yaml") || end.eq_ignore_ascii_case("yml"))
}

/// The folder of a lab's recordings: `what` is an inventory, the name of a lab, or that folder itself.
///
/// # Errors
/// It is none of these, or the inventory cannot be read.
fn folder(what: Option<PathBuf>, notices: Notices) -> Result<PathBuf, Error> {
    if let Some(name) = what.as_ref().filter(|what| !what.exists()) {
        let lab = name.display().to_string();
        let usual = [".labctl", "inventory/.labctl"].map(|state| Path::new(state).join(&lab).join("runs"));
        let there = usual.iter().find(|folder| lab.parse::<LabName>().is_ok() && folder.is_dir());
        return there.cloned().ok_or_else(|| {
            Error::input(format!("`{lab}` is neither a recording nor an inventory, nor a lab that has run here"))
                .hint("name one: labctl report path/to/inventory.yaml")
        });
    }
    if let Some(folder) = what.as_ref().filter(|what| what.is_dir()) {
        return Ok(folder.clone());
    }
    let request = LabRequest { inventory: what, ..LabRequest::default() };
    Ok(open(request, notices)?.0.state.join("runs"))
}

/// The lab that a recording is about; `None` if it does not contain a run.
pub fn lab_of(recording: &Recording) -> Option<&LabName> {
    recording.events.iter().find_map(|event| match &event.kind {
        Kind::RunStarted { lab, .. } => Some(lab),
        _ => None,
    })
}

/// Several recordings joined into one.
pub struct Merged {
    /// The joined recording: one event per line, as JSON.
    pub lines: String,
    /// What it lacks of a whole run, one remark each.
    pub missing: Vec<String>,
}

/// Joins recordings of shards, or of runs one after the other.
///
/// # Errors
/// One cannot be read, or they do not fit together.
pub fn merged(paths: &[PathBuf]) -> Result<Merged, Error> {
    let named = |path: &PathBuf| Ok((path.display().to_string(), read(path)?));
    let recordings = paths.iter().map(named).collect::<Result<Vec<_>, Error>>()?;
    let events = merge(&recordings).map_err(|error| Error::input(error.to_string()))?;
    let remarks = events.iter().filter_map(|event| match &event.kind {
        Kind::RunsMerged { missing, .. } => Some(missing),
        _ => None,
    });
    let missing = remarks.flatten().cloned().collect();
    let lines = events.iter().map(event_line).collect::<Result<String, _>>();
    Ok(Merged { lines: lines.map_err(|error| Error::failed(error.to_string()))?, missing })
}

/// The recordings of a lab in a few words each, the newest last. `what` is as for [`folder`].
///
/// # Errors
/// Nothing is recorded there.
pub fn listed(what: Option<PathBuf>, notices: Notices) -> Result<Vec<(PathBuf, RecordingOverview)>, Error> {
    let folder = folder(what, notices)?;
    let all = record::all(&folder);
    if all.is_empty() {
        return Err(Error::input(format!("nothing is recorded in {}", folder.display())));
    }
    let overview =
        |path: &PathBuf| read(path).map_or_else(|_| RecordingOverview::unreadable(), |r| RecordingOverview::of(&r));
    Ok(all.into_iter().map(|path| (path.clone(), overview(&path))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inventory_is_not_a_recording() {
        assert!(is_recording(Path::new("1795385761-1.jsonl")) && is_recording(Path::new("old")));
        assert!(!is_recording(Path::new("lab.yaml")) && !is_recording(Path::new("lab.YML")));
    }
}
