//! The list of recordings: one line for each run of the past.

use super::text::{date, plural, sanitize, seconds};
use crate::model::event::{Kind, Outcome};
use crate::model::recording::Recording;
use crate::model::summary::Summary;
use serde_json::json;
use std::path::Path;

/// A recording in a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingOverview {
    /// When the run began, in seconds since 1970; 0 if unknown.
    started: u64,
    /// The verb that was typed: `up`.
    verb: String,
    /// How long it took, in milliseconds.
    took_ms: u64,
    /// Its result in a few words: `ok 4 changed 2 failed 0`.
    result: String,
}

impl RecordingOverview {
    /// Of a file that is not a recording.
    pub fn unreadable() -> Self {
        Self { started: 0, verb: "?".to_owned(), took_ms: 0, result: "cannot be read".to_owned() }
    }

    /// What a recording says of its run.
    pub fn of(recording: &Recording) -> Self {
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
            0 => format!(
                "ok {} changed {} failed {}",
                count(Outcome::Ok),
                count(Outcome::Changed),
                count(Outcome::Failed)
            ),
            n => plural(n, "drill"),
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
        Self { started, verb, took_ms: last, result: end }
    }

    /// A line for people.
    pub fn line(&self, file: &Path) -> String {
        let Self { started, verb, took_ms, result } = self;
        let (date, took) = (date(*started), seconds(*took_ms));
        sanitize(&format!("  {date}  {verb:<7}  {took:>10}  {result:<34}  {}\n", file.display()))
    }

    /// A line of JSON.
    pub fn json(&self, file: &Path) -> String {
        let Self { started, verb, took_ms, result } = self;
        let file = file.display().to_string();
        format!(
            "{}\n",
            json!({"file": file, "started": started, "command": verb, "took_ms": took_ms, "result": result})
        )
    }
}
