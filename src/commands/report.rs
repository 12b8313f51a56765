//! A run of the past, as a page or as test results.

use super::output;
use crate::commands::cli::{Format, OutputArgs, ReportFormat};
use crate::model::event::{Kind, Outcome};
use crate::model::recording::Recording;
use crate::model::summary::Summary;
use crate::reporting::{self, date, html, junit, seconds};
use crate::session::error::{Error, ErrorKind};
use crate::session::record;
use serde_json::json;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

/// `labctl report`.
pub fn report(
    what: Option<PathBuf>,
    form: ReportFormat,
    output: Option<PathBuf>,
    list: bool,
    look: &OutputArgs,
) -> Result<Option<ErrorKind>, Error> {
    if list {
        return listed(&folder(what)?, look);
    }
    let path = chosen(what)?;
    let recording = read(&path)?;
    for remark in &recording.remarks {
        output::progress(&format!("  {remark}"));
    }
    let name = path.display().to_string();
    let made = match form {
        ReportFormat::Html => html(&recording, &name),
        ReportFormat::Junit => junit(&recording, &name),
    };
    let made = made.ok_or_else(|| Error::input(format!("{name} holds no run")))?;
    // A page in a terminal helps nobody.
    let output = output.or_else(|| {
        let lab = recording.events.iter().find_map(|event| match &event.kind {
            Kind::RunStarted { lab, .. } => Some(lab.clone()),
            _ => None,
        });
        lab.filter(|_| form == ReportFormat::Html && io::stdout().is_terminal())
            .map(|lab| format!("{lab}-report.html").into())
    });
    let Some(output) = output else {
        output::out(&made);
        return Ok(None);
    };
    std::fs::write(&output, made)
        .map_err(|error| Error::input(format!("cannot write {}: {error}", output.display())))?;
    let open = if form == ReportFormat::Html { "; open it in a browser" } else { "" };
    output::progress(&format!("  the report of {name} is in {}{open}", output.display()));
    Ok(None)
}

/// `labctl report merge`.
pub fn merge(paths: &[PathBuf], output: Option<&Path>) -> Result<Option<ErrorKind>, Error> {
    let named = |path: &PathBuf| Ok((path.display().to_string(), read(path)?));
    let recordings = paths.iter().map(named).collect::<Result<Vec<_>, Error>>()?;
    let events = reporting::merge(&recordings).map_err(Error::input)?;
    for event in &events {
        if let Kind::RunsMerged { missing, .. } = &event.kind {
            missing.iter().for_each(|remark| output::progress(&format!("  {remark}")));
        }
    }
    let mut lines = Vec::new();
    for event in &events {
        serde_json::to_writer(&mut lines, event).map_err(|error| Error::failed(error.to_string()))?;
        lines.push(b'\n');
    }
    let Some(output) = output else {
        output::out(&String::from_utf8_lossy(&lines));
        return Ok(None);
    };
    std::fs::write(output, lines)
        .map_err(|error| Error::input(format!("cannot write {}: {error}", output.display())))?;
    Ok(None)
}

fn read(path: &Path) -> Result<Recording, Error> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| Error::input(format!("cannot read {name}: {error}")))?;
    Recording::read(&name, &bytes)
        .map_err(|why| Error::input(why).hint("see which recordings there are: labctl report --list"))
}

/// The recording that is meant: a file of events, or the newest of a lab.
fn chosen(what: Option<PathBuf>) -> Result<PathBuf, Error> {
    if let Some(path) = what.as_ref().filter(|path| path.is_file() && is_recording(path)) {
        return Ok(path.clone());
    }
    let folder = folder(what)?;
    record::all(&folder).pop().ok_or_else(|| {
        Error::input(format!("nothing is recorded in {}", folder.display()))
            .hint("every run is: labctl up, labctl drill")
    })
}

/// Inventories are YAML; a recording begins with an event.
fn is_recording(path: &Path) -> bool {
    !path.extension().is_some_and(|end| end.eq_ignore_ascii_case("yaml") || end.eq_ignore_ascii_case("yml"))
}

/// Where the recordings of a lab are: of the inventory that is meant, or of the lab of this name.
fn folder(what: Option<PathBuf>) -> Result<PathBuf, Error> {
    if let Some(name) = what.as_ref().filter(|what| !what.exists()) {
        let lab = name.display().to_string();
        let usual = [".labctl", "inventory/.labctl"].map(|state| Path::new(state).join(&lab).join("runs"));
        let there = usual.iter().find(|folder| lab.parse::<crate::model::name::LabName>().is_ok() && folder.is_dir());
        return there.cloned().ok_or_else(|| {
            Error::input(format!("`{lab}` is no recording, no inventory, and no lab that has run here"))
                .hint("name one: labctl report path/to/inventory.yaml")
        });
    }
    if let Some(folder) = what.as_ref().filter(|what| what.is_dir()) {
        return Ok(folder.clone());
    }
    Ok(super::open(what, &[])?.state.join("runs"))
}

/// One line for each recording, the newest last.
fn listed(folder: &Path, look: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let all = record::all(folder);
    if all.is_empty() {
        return Err(Error::input(format!("nothing is recorded in {}", folder.display())));
    }
    for path in &all {
        let found = read(path).ok();
        let told = found.as_ref().map(about);
        let (started, verb, took, end) = told.unwrap_or_else(|| (0, "?".into(), 0, "cannot be read".into()));
        let file = path.display().to_string();
        match look.format {
            Format::Json => {
                let row = json!({"file": file, "started": started, "command": verb, "took_ms": took, "result": end});
                output::out(&format!("{row}\n"));
            }
            Format::Human => {
                let took = seconds(took);
                output::out(&crate::reporting::sanitize(&format!(
                    "  {}  {verb:<7}  {took:>10}  {end:<34}  {file}\n",
                    date(started)
                )));
            }
        }
    }
    Ok(None)
}

/// When a run began, what it was, how long it took, and what came of it.
fn about(recording: &Recording) -> (u64, String, u64, String) {
    let (mut started, mut verb, mut summary, mut last) = (0, String::from("run"), Summary::default(), 0);
    let mut drills = 0;
    for event in &recording.events {
        summary.add(event);
        last = event.at_ms;
        match &event.kind {
            Kind::RunStarted { started: at, .. } => started = *at,
            Kind::LabDescribed { verb: typed, .. } => verb.clone_from(typed),
            Kind::DrillFinished { .. } => drills += 1,
            _ => {}
        }
    }
    let count = |outcome| summary.count(outcome);
    let mut end = match drills {
        0 => format!("ok {} changed {} failed {}", count(Outcome::Ok), count(Outcome::Changed), count(Outcome::Failed)),
        n => format!("{n} drill{}", if n == 1 { "" } else { "s" }),
    };
    if !summary.unreachable().is_empty() {
        end.push_str(&format!(" unreachable {}", summary.unreachable().len()));
    }
    if summary.interrupted() {
        end.push_str(" interrupted");
    }
    if !recording.whole {
        end.push_str(" (not complete)");
    }
    (started, verb, last, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inventory_is_no_recording() {
        assert!(is_recording(Path::new("1795385761-1.jsonl")) && is_recording(Path::new("old")));
        assert!(!is_recording(Path::new("lab.yaml")) && !is_recording(Path::new("lab.YML")));
    }
}
