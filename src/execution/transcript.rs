//! Hears what a host's script says, and sorts it by task.

use crate::infra::transport::Listening;
use crate::model::balance;
use crate::model::event::{Balance, Hint, Note, Outcome, Reason};
use crate::model::unreachable::ScriptFailure;
use crate::model::visitor::{Indirect, SeenFrom};
use crate::planning::plan::PlannedTask;
use crate::planning::script::{ScriptLine, ScriptMessage, read};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// The most bytes that are kept of what a task printed, and of its diff. The engine sends less; another would fill memory.
const KEPT: usize = 512 * 1024;
/// The most bytes that a host may say in one script. 200 tasks that all print as much as is sent of them say a third of it.
const MOST: usize = 64 * 1024 * 1024;
/// The most bytes that are kept of one line: a reason, a remark, a line before the script began.
const LINE: usize = 1000;
/// The most bytes of a fact's value, and of what a host has of a payload: sixty commits and one, as they are asked for.
const VALUE: usize = 8000;
/// The most bytes of all facts of a script. `doctor` asks for the most, and gets some hundred KB at worst.
const FACTS: usize = 4 * 1024 * 1024;
/// What a fact costs beside its words, so that millions of small ones reach the limit, too.
const FACT: usize = 100;
/// The most remarks of a task, and the most payloads that it may ask for.
const REMARKS: usize = 100;

/// What was reported of one task.
#[derive(Debug, Clone, Default)]
pub struct TaskTranscript {
    /// How it ended, if it has.
    pub outcome: Option<Outcome>,
    /// Why it failed, was skipped or is unknown.
    pub reason: Option<Reason>,
    /// Whether something stands in its way: then it failed before anything was begun.
    pub blocked: bool,
    /// What changed or would change.
    pub diff: String,
    /// What its programs printed.
    pub output: String,
    /// What it has to say beside that.
    pub notes: Vec<Note>,
    /// Payloads that the host asks for: id, and what it already has of them.
    pub needs: Vec<(String, String)>,
    /// How the sites were that it asked. They are emitted with the outcome of the task, and only then: what was seen before
    /// something changed is not how it is.
    pub seen: Vec<SeenSite>,
    /// How long it took, measured on this computer.
    pub took: Duration,
}

/// What was seen of a site, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenSite {
    /// From where it was seen.
    pub from: SeenFrom,
    /// How often each backend answered, and what was lost.
    pub balance: Balance,
}

impl TaskTranscript {
    /// A task that was not started, for this reason.
    pub fn skipped(why: Reason) -> Self {
        Self { outcome: Some(Outcome::Skipped), reason: Some(why), ..Self::default() }
    }
}

/// Something to report at once. Numbers are task ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The script runs on this system.
    Began(String),
    /// Another run holds the machine.
    Held(String),
    /// The machine says this of itself: key and value.
    Fact(String, String),
    /// This task was started.
    Started(usize),
    /// This task printed this line last.
    Live(usize, String),
    /// This task ended: its outcome is known.
    Finished(usize),
}

/// Everything that one script reported.
#[derive(Debug, Default)]
pub struct Transcript {
    token: String,
    /// The tasks that the script was made of: nothing is believed, or kept, of any other.
    planned: BTreeSet<usize>,
    /// What was reported of each task, by its id.
    pub tasks: BTreeMap<usize, TaskTranscript>,
    /// Whether the script reached its end. If not, its success is not believed.
    pub ended: bool,
    /// Whether it began at all.
    pub begun: bool,
    /// Why it refused to run.
    pub stopped: Option<ScriptFailure>,
    /// What was printed before it began: sudo's or a login shell's words.
    pub before: Vec<String>,
    /// The task that runs now, and since when.
    pub running: Option<(usize, Instant)>,
    /// Who holds the machine, as last reported.
    holder: Option<String>,
    section: Option<(usize, bool)>,
    /// Bytes of all lines so far.
    length: usize,
    /// Bytes of all facts so far.
    facts: usize,
}

impl Transcript {
    /// Listens for lines with this token, of these tasks.
    pub fn new(token: &str, planned: impl IntoIterator<Item = usize>) -> Self {
        Self { token: token.to_owned(), planned: planned.into_iter().collect(), ..Self::default() }
    }

    /// Takes in a line, and passes on what is to be reported at once.
    pub fn take_line(&mut self, line: &[u8], on_progress: &mut dyn FnMut(&Self, Progress)) -> Listening {
        self.length += line.len() + 1;
        if self.length > MOST {
            self.stopped = Some(ScriptFailure::SaidTooMuch { megabytes: MOST >> 20 });
            return Listening::Done;
        }
        for line in read(line, &self.token.clone()) {
            match line {
                ScriptLine::Printed(text) => self.printed(&text),
                ScriptLine::Message(message) => {
                    if let Some(now) = self.apply(message) {
                        on_progress(self, now);
                    }
                }
            }
        }
        if self.ended { Listening::Done } else { Listening::More }
    }

    fn printed(&mut self, text: &str) {
        match self.section {
            Some((id, diff)) => {
                let task = self.tasks.entry(id).or_default();
                let into = if diff { &mut task.diff } else { &mut task.output };
                if let Some(room) = KEPT.checked_sub(into.len()) {
                    into.push_str(&text[..whole(text, room)]);
                    into.push('\n');
                }
            }
            None if !self.begun => {
                // The last lines explain; a flood before the script is not kept.
                if self.before.len() == 100 {
                    self.before.remove(0);
                }
                self.before.push(cut(text.to_owned(), LINE));
            }
            None => {}
        }
    }

    fn apply(&mut self, message: ScriptMessage) -> Option<Progress> {
        self.section = None;
        if message.task().is_some_and(|id| !self.planned.contains(&id)) {
            return None;
        }
        match message {
            ScriptMessage::Begin(system) => {
                self.begun = true;
                return Some(Progress::Began(cut(system, LINE)));
            }
            // The host repeats it every two seconds; it is reported once.
            ScriptMessage::Held(by) => {
                let by = cut(by, LINE);
                return (self.holder.replace(by.clone()).as_ref() != Some(&by)).then_some(Progress::Held(by));
            }
            ScriptMessage::Fact(key, value) => {
                let (key, value) = (cut(key, LINE), cut(value, VALUE));
                self.facts += key.len() + value.len() + FACT;
                if self.facts > FACTS {
                    return None;
                }
                let count = key.strip_prefix("balance.").and_then(|site| balance::parse(site, &value));
                let task = self.running.and_then(|(id, _)| self.tasks.get_mut(&id));
                let (Some(balance), Some(task)) = (count, task) else { return Some(Progress::Fact(key, value)) };
                task.seen.retain(|old| old.balance.site != balance.site);
                task.seen.push(SeenSite { from: SeenFrom::WebItself { why: Indirect::Playbook }, balance });
            }
            ScriptMessage::Stop(why) => self.stopped = Some(refusal(&cut(why, LINE))),
            ScriptMessage::Start(id) => {
                self.running = Some((id, Instant::now()));
                self.tasks.entry(id).or_default();
                return Some(Progress::Started(id));
            }
            ScriptMessage::Live(id, line) => return Some(Progress::Live(id, cut(line, LINE))),
            ScriptMessage::Diff(id) => self.section = Some((id, true)),
            ScriptMessage::Out(id) => self.section = Some((id, false)),
            ScriptMessage::Note(id, text) => {
                let notes = &mut self.tasks.entry(id).or_default().notes;
                if notes.len() < REMARKS {
                    notes.push(Note::Words(cut(text, LINE)));
                }
            }
            ScriptMessage::Need(id, payload, have) => {
                let needs = &mut self.tasks.entry(id).or_default().needs;
                if needs.len() < REMARKS {
                    needs.push((cut(payload, LINE), cut(have, VALUE)));
                }
            }
            ScriptMessage::Ok(id) => return Some(self.finished(id, Outcome::Ok, None)),
            ScriptMessage::Changed(id) => return Some(self.finished(id, Outcome::Changed, None)),
            ScriptMessage::Blocked(id, take_over) => {
                self.tasks.entry(id).or_default().blocked = true;
                return Some(self.finished(id, Outcome::Failed, Some(Reason::InTheWay { take_over })));
            }
            ScriptMessage::Unknown(id) => return Some(self.finished(id, Outcome::Unknown, None)),
            ScriptMessage::Skipped(id) => return Some(self.finished(id, Outcome::Skipped, None)),
            ScriptMessage::Failed(id, why) => {
                let why = Reason::of_engine(cut(why, LINE));
                return Some(self.finished(id, Outcome::Failed, Some(why)));
            }
            ScriptMessage::End => self.ended = true,
            // Only drills say these.
            ScriptMessage::Locked | ScriptMessage::Fault(_) => {}
        }
        None
    }

    fn finished(&mut self, id: usize, outcome: Outcome, reason: Option<Reason>) -> Progress {
        let took = self.running.take().filter(|(running, _)| *running == id).map(|(_, since)| since.elapsed());
        let task = self.tasks.entry(id).or_default();
        task.outcome = Some(outcome);
        task.reason = reason;
        task.took = took.unwrap_or_default();
        for text in [&mut task.diff, &mut task.output] {
            let kept = text.trim_end().len();
            text.truncate(kept);
        }
        Progress::Finished(id)
    }
}

/// Why a script refuses to run: what the engine says after `stop`.
pub fn refusal(text: &str) -> ScriptFailure {
    match text.split_once(' ').unwrap_or((text, "")) {
        ("no-user", user) => ScriptFailure::NoUser { user: user.to_owned() },
        ("not-root", folder) => ScriptFailure::NotRoot { folder: folder.to_owned() },
        ("waiting", "") => ScriptFailure::StoppedWaiting,
        _ => ScriptFailure::Stopped { output: text.to_owned() },
    }
}

/// The beginning of a text, at most this many bytes of it.
fn cut(mut text: String, most: usize) -> String {
    text.truncate(whole(&text, most));
    text.shrink_to_fit();
    text
}

/// How many bytes of the first `most` are whole characters.
fn whole(text: &str, most: usize) -> usize {
    (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// When a program complains about a line of a file that was made from a template: that line, and the template's.
pub fn template_lines(task: &PlannedTask, output: &str) -> Vec<Hint> {
    let mut hints = Vec::new();
    for (path, rendered) in &task.call.rendered {
        let mark = format!("{path}:");
        for (at, _) in output.match_indices(&mark) {
            let digits: String = output[at + mark.len()..].chars().take_while(char::is_ascii_digit).collect();
            let Ok(line) = digits.parse::<usize>() else { continue };
            let text = rendered.content.lines().nth(line.saturating_sub(1)).unwrap_or_default().trim().to_owned();
            let Some(template_line) = rendered.lines.get(line.saturating_sub(1)).copied() else { continue };
            let template = rendered.template.name.clone();
            let hint = Hint::TemplateLine { path: path.clone(), line, text, template, template_line };
            if !hints.contains(&hint) {
                hints.push(hint);
            }
        }
    }
    hints
}

#[cfg(test)]
#[path = "transcript_tests.rs"]
mod tests;
