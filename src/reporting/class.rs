//! A class for people: one line for each student, in the order of the roster, and on a terminal a live line for every lab that is
//! worked on.

use super::json;
use super::live::Live;
use super::sentences::{task, unreachable};
use super::text::{painted, plural, sanitize, seconds};
use super::{Reporter, Style};
use crate::config::class::Student;
use crate::languages::ENGLISH;
use crate::model::event::{Event, Kind, Mode, Outcome, TaskResult};
use crate::model::name::{HostName, LabName, StudentId};
use crate::model::standing::{Standing, Trouble};
use crate::planning::doctor::Finding;
use anstyle::AnsiColor;
use serde_json::json;
use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

/// Who is told about.
#[derive(Debug, Clone)]
pub struct Row {
    /// The student's id.
    pub id: StudentId,
    /// Their name; their id once more where nobody wrote it.
    pub name: String,
}

/// What a lab came to.
#[derive(Debug)]
pub enum CameTo {
    /// It was built.
    Built(Standing),
    /// It was looked at: what would change.
    Checked(Standing),
    /// It was looked at: how far it is.
    Stands(Standing),
    /// Only its machines were wanted, and they are there.
    Machines,
    /// The user stopped it, or did so before it began.
    Interrupted,
    /// What doctor found, the first cause first.
    Diagnosed(Vec<Finding>),
    /// What labctl made is gone, or nothing was there.
    Removed {
        /// Whether anything was.
        anything: bool,
    },
    /// The work on it could not be done, and why.
    Error(String),
    /// Too many had failed before.
    NotBegun,
}

/// How it reads: a word, its colour, and what there is to say.
struct Told {
    word: &'static str,
    color: AnsiColor,
    rest: String,
}

fn told(result: &CameTo) -> Told {
    let told = |word, color, rest: String| Told { word, color, rest };
    match result {
        CameTo::Built(standing) | CameTo::Checked(standing) | CameTo::Stands(standing) => {
            let looked = !matches!(result, CameTo::Built(_));
            if standing.summary.interrupted() {
                return told("interrupted", AnsiColor::Cyan, String::new());
            }
            match &standing.trouble {
                Some(Trouble::Unreachable { host, why }) => {
                    return told("unreachable", AnsiColor::Red, format!("{host}: {}", unreachable::reason(why)));
                }
                Some(Trouble::Failed(result)) => return told("failed", AnsiColor::Red, place(result)),
                None => {}
            }
            let (changed, took) = (standing.summary.count(Outcome::Changed), standing.summary.took_ms());
            match (result, standing.open()) {
                (CameTo::Stands(_), open) => {
                    let (held, all) = standing.held();
                    let color = if open.is_some() { AnsiColor::Yellow } else { AnsiColor::Green };
                    let word = if open.is_some() { "open" } else { "ok" };
                    let next = open.map(|open| format!("   next: {}", place(open))).unwrap_or_default();
                    told(word, color, format!("{held} of {}{next}", plural(all, "step")))
                }
                (_, None) => told("ok", AnsiColor::Green, seconds(took)),
                (_, Some(_)) if changed > 0 => {
                    let word = if looked { "would change" } else { "changed" };
                    told(word, AnsiColor::Yellow, format!("{}   {}", plural(changed, "task"), seconds(took)))
                }
                (_, Some(open)) => told(open.outcome.word(), AnsiColor::Cyan, place(open)),
            }
        }
        CameTo::Interrupted => told("interrupted", AnsiColor::Cyan, String::new()),
        CameTo::Machines => told("ok", AnsiColor::Green, "its machines are there".to_owned()),
        CameTo::Diagnosed(findings) => match findings.as_slice() {
            [] => told("ok", AnsiColor::Green, "nothing is wrong".to_owned()),
            [first, more @ ..] => {
                let sentence = ENGLISH.message(&first.sentence);
                let more = if more.is_empty() { String::new() } else { format!("   (and {} more)", more.len()) };
                told("wrong", AnsiColor::Red, format!("{} on {}: {sentence}{more}", first.cause, on(&first.host)))
            }
        },
        CameTo::Removed { anything: true } => told("removed", AnsiColor::Yellow, String::new()),
        CameTo::Removed { anything: false } => told("ok", AnsiColor::Green, "nothing to remove".to_owned()),
        CameTo::Error(what) => told("failed", AnsiColor::Red, what.clone()),
        CameTo::NotBegun => {
            told("not begun", AnsiColor::Cyan, "too many before it have failed (--max-fail)".to_owned())
        }
    }
}

/// `pm2 on app2: run the application: took longer than 180 s`.
fn place(result: &TaskResult) -> String {
    let task = &result.task;
    let reason = result.reason.as_ref().map(|reason| format!(": {}", task::reason(reason))).unwrap_or_default();
    format!("{} on {}: {}{reason}", task.step, on(&task.host), task.task)
}

fn on(host: &HostName) -> &str {
    if host.is_controller() { "this computer" } else { host.as_str() }
}

/// Writes one line for each student to `out`.
pub struct ClassReport<W: Write> {
    out: W,
    style: Style,
    widths: (usize, usize),
    live: Live<StudentId>,
}

impl Row {
    /// The row of a student.
    pub fn of(student: &Student) -> Self {
        Self { id: student.id.clone(), name: student.name.clone().unwrap_or_else(|| student.id.to_string()) }
    }
}

impl<W: Write> ClassReport<W> {
    /// A report on these students.
    pub fn new(out: W, style: Style, rows: &[Row]) -> Self {
        let width = |text: fn(&Row) -> &str| rows.iter().map(|row| text(row).chars().count()).max().unwrap_or(0);
        let widths = (width(|row| row.id.as_str()), width(|row| &row.name).min(NAME));
        Self { out, style, widths, live: Live::new(style.live) }
    }

    /// The first line: the class, and how many labs are worked on.
    ///
    /// # Errors
    /// The output cannot be written to.
    pub fn heading(&mut self, class: &str, labs: usize) -> io::Result<()> {
        if self.style.quiet {
            return Ok(());
        }
        writeln!(self.out, "{class}: {}\n", plural(labs, "lab"))
    }

    /// Says what a lab's work is at.
    pub fn working(&mut self, row: &Row, on: &str) {
        self.live.show(&row.id, on);
    }

    /// A lab's work has ended; its line comes when it is its turn.
    pub fn ended(&mut self, row: &Row) {
        self.live.remove(&row.id);
    }

    /// The line of a student.
    ///
    /// # Errors
    /// The output cannot be written to.
    pub fn settled(&mut self, row: &Row, result: &CameTo) -> io::Result<()> {
        let Told { word, color, rest } = told(result);
        if self.style.quiet && color == AnsiColor::Green {
            return Ok(());
        }
        let name: String = sanitize(&row.name).chars().take(self.widths.1).collect();
        let (id, name) = (format!("{:<1$}", row.id, self.widths.0), format!("{:<1$}", name, self.widths.1));
        let word = painted(&format!("{word:<11}"), color, self.style.color);
        let rest = sanitize(rest.lines().next().unwrap_or_default());
        let out = &mut self.out;
        self.live.above(|| {
            writeln!(out, "{}", format!("  {id}  {name}  {word}  {rest}").trim_end())?;
            out.flush()
        })
    }

    /// What it comes to, and what to type next.
    ///
    /// # Errors
    /// The output cannot be written to.
    pub fn closing(&mut self, words: &[&'static str], took_ms: u64, next: Option<&str>) -> io::Result<()> {
        self.live.clear();
        let mut counts: Vec<(&str, usize)> = Vec::new();
        for word in words {
            match counts.iter_mut().find(|(known, _)| known == word) {
                Some((_, n)) => *n += 1,
                None => counts.push((word, 1)),
            }
        }
        let counts: Vec<String> = counts.iter().map(|(word, n)| format!("{word} {n}")).collect();
        writeln!(self.out, "\n  {}   {}", counts.join("   "), seconds(took_ms))?;
        next.into_iter().try_for_each(|next| writeln!(self.out, "  {next}"))?;
        self.out.flush()
    }
}

/// A longer name is cut: the line belongs to what there is to say.
const NAME: usize = 24;

/// The word that a result is counted under.
pub fn counted(result: &CameTo) -> &'static str {
    told(result).word
}

/// The events of one lab: live to the class's report, and into what the lab comes to.
pub struct LabEvents<W: Write> {
    report: Rc<RefCell<ClassReport<W>>>,
    row: Row,
    standing: Standing,
}

impl<W: Write> LabEvents<W> {
    /// For a lab whose run begins.
    pub fn new(report: Rc<RefCell<ClassReport<W>>>, row: Row) -> Self {
        Self { report, row, standing: Standing::default() }
    }

    /// How the lab stands after its last event.
    pub fn standing(self) -> Standing {
        self.standing
    }
}

impl<W: Write> Reporter for LabEvents<W> {
    fn live(&mut self, event: &Event) -> io::Result<()> {
        let mut report = self.report.borrow_mut();
        match &event.kind {
            Kind::RunStarted { mode: Mode::Check, .. } => report.working(&self.row, "looks at everything"),
            Kind::TaskStarted { task } => {
                report.working(&self.row, &format!("{} on {}: {}", task.step, task.host, task.task));
            }
            Kind::HostSaid { host, remark } => report.working(&self.row, &format!("{host}: {}", task::remark(remark))),
            _ => {}
        }
        Ok(())
    }

    fn settled(&mut self, event: &Event) -> io::Result<()> {
        self.standing.add(event);
        Ok(())
    }
}

/// The events of one lab of many, for programs: each line names the lab.
pub struct LabJson<W: Write> {
    out: W,
    lab: LabName,
}

impl<W: Write> LabJson<W> {
    /// A reporter that writes to `out`, line by line.
    pub fn new(out: W, lab: LabName) -> Self {
        Self { out, lab }
    }
}

impl<W: Write> Reporter for LabJson<W> {
    fn settled(&mut self, event: &Event) -> io::Result<()> {
        let line = json::event_line(event)?;
        // The first event of a run names it already.
        match (&event.kind, line.strip_prefix('{')) {
            (Kind::RunStarted { .. }, _) | (_, None) => self.out.write_all(line.as_bytes())?,
            (_, Some(rest)) => self.out.write_all(format!("{{\"lab\":\"{}\",{rest}", self.lab).as_bytes())?,
        }
        self.out.flush()
    }
}

/// What keeps one lab of many from being worked on, as a line for programs.
pub fn error_line(lab: &LabName, what: &str, hints: &[String]) -> String {
    // Names and texts always serialise.
    json::line(&json!({ "lab": lab, "event": "lab_failed", "reason": what, "hints": hints })).unwrap_or_default()
}

/// The findings of one lab of many, a line each, for programs.
pub fn finding_lines(lab: &LabName, findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let line = super::doctor::finding_line(finding);
        line.strip_prefix('{').map(|rest| format!("{{\"lab\":\"{lab}\",{rest}")).unwrap_or_default()
    };
    findings.iter().map(line).collect()
}
