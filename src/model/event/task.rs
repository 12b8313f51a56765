//! Tasks of a run, and how they ended.

use super::{Hint, Note, Reason, worded};
use crate::model::name::{HostName, StepName};
use serde::{Deserialize, Serialize};

/// Names a task of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRef {
    /// The host it runs on.
    pub host: HostName,
    /// The step it belongs to.
    pub step: StepName,
    /// What reports call it.
    pub task: String,
    /// What of the lab it makes or proves; `None` if labctl never has to find it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<Component>,
}

impl TaskRef {
    /// A task that makes or proves no component.
    pub fn new(host: HostName, step: StepName, task: impl Into<String>) -> Self {
        Self { host, step, task: task.into(), component: None }
    }
}

/// A part of every lab. The module of a task says which one it makes or proves: users name their steps as they like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Component {
    /// nginx, installed and running: `service: { name: nginx }`.
    WebServer,
    /// The sites of nginx: `nginx`.
    Sites,
    /// Node.js, by the module `node`.
    Runtime,
    /// The application under pm2: `pm2`.
    Application,
    /// The proof that every site answers: `answers`.
    Answers,
    /// The domains in the hosts file of this computer: `hosts_entries`.
    Names,
}

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Its state held already.
    Ok,
    /// Its state did not hold, and now does (in check mode: would be changed).
    Changed,
    /// It could not be made to hold.
    Failed,
    /// Something before it failed.
    Skipped,
    /// Only in check mode: something that it depends on would have to change first.
    Unknown,
}

impl Outcome {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Changed => "changed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Unknown => "unknown",
        }
    }
}

/// A task that came to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskResult {
    /// The task, by host, step and name.
    #[serde(flatten)]
    pub task: TaskRef,
    /// Whether it changed, kept, skipped or failed.
    pub outcome: Outcome,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// Why it failed, was skipped or is not known.
    #[serde(flatten, with = "worded::optional")]
    pub reason: Option<Reason>,
    /// What changes, as a unified diff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
    /// What its programs printed, standard output and error together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// What it has to say beside that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// What to do about a failure.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<Hint>,
}

impl TaskResult {
    /// A result with nothing to say beside the outcome.
    pub fn new(task: TaskRef, outcome: Outcome) -> Self {
        let (reason, diff, output) = (None, None, None);
        Self { task, outcome, took_ms: 0, reason, diff, output, notes: Vec::new(), hints: Vec::new() }
    }

    /// The same without what its programs printed, which may be long.
    pub fn without_output(&self) -> Self {
        Self {
            task: self.task.clone(),
            outcome: self.outcome,
            took_ms: self.took_ms,
            reason: self.reason.clone(),
            diff: self.diff.clone(),
            output: None,
            notes: self.notes.clone(),
            hints: self.hints.clone(),
        }
    }
}
