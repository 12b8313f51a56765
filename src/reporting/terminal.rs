//! For people: settled lines that stay, and on a terminal a live line for every host that works.

use super::counts::Counts;
use super::live::Live;
use super::sentences::unreachable::{hints, reason};
use super::sentences::{hint::hint, note::note, task};
use super::{Reporter, text};
use crate::languages::ENGLISH;
use crate::model::event::{Event, Kind, Mode, Outcome, Reason, Sighting, TaskRef, TaskResult, Verdict};
use crate::model::name::HostName;
use crate::model::summary::Summary;
use anstyle::{AnsiColor, Style as Paint};
use std::io::{self, Write};

/// How a report looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether colour is used. It never carries meaning alone.
    pub color: bool,
    /// Whether live lines are drawn on standard error.
    pub live: bool,
    /// Every task, with diffs and output, instead of a line for each step and host.
    pub verbose: bool,
    /// Only what did not go well.
    pub quiet: bool,
}

/// What is said after a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NextSteps {
    /// The sites, and who serves them: said of those that answered this computer in this run, when everything holds.
    pub open: Vec<(String, String)>,
    /// Said when something does not: the command that goes on from there.
    pub bad: Vec<String>,
    /// Said after that where something stands in the way that labctl may put aside if it is asked to.
    pub take_over: Option<String>,
}

/// Writes a report to `out`.
pub struct Terminal<W: Write> {
    out: W,
    style: Style,
    closing: NextSteps,
    summary: Summary,
    mode: Mode,
    width: usize,
    /// The tasks of the step and host that is being reported.
    tasks: Vec<TaskResult>,
    /// How each site shares its requests.
    counts: Counts,
    lines: Live<HostName>,
}

impl<W: Write> Terminal<W> {
    /// A reporter for people.
    pub fn new(out: W, style: Style, closing: NextSteps) -> Self {
        Self {
            out,
            style,
            closing,
            summary: Summary::default(),
            mode: Mode::Apply,
            width: 8,
            tasks: Vec::new(),
            counts: Counts::default(),
            lines: Live::new(style.live),
        }
    }

    /// Takes the live lines away, so that whatever is written next stands on a clean terminal.
    pub fn clear(&mut self) {
        self.lines.clear();
    }

    fn painted(&self, word: &str, color: Option<AnsiColor>) -> String {
        match color.filter(|_| self.style.color) {
            Some(color) => {
                let paint = Paint::new().fg_color(Some(color.into()));
                format!("{}{word}{}", paint.render(), paint.render_reset())
            }
            None => word.to_owned(),
        }
    }

    fn line(&mut self, text: &str) -> io::Result<()> {
        let (out, text) = (&mut self.out, text.trim_end());
        self.lines.above(|| writeln!(out, "{text}"))
    }

    fn row(
        &mut self,
        step: &str,
        host: &str,
        word: &str,
        color: Option<AnsiColor>,
        rest: &str,
        ms: Option<u64>,
    ) -> io::Result<()> {
        let word = self.painted(&format!("{word:<9}"), color);
        let took = ms.map(|ms| format!("  {}", text::seconds(ms))).unwrap_or_default();
        self.line(&format!("  {step:<10} {host:<width$}  {word}  {rest}{took}", width = self.width))
    }

    fn indented(&mut self, body: &str) -> io::Result<()> {
        for line in text::sanitize(body).lines() {
            self.line(&format!("             │ {line}"))?;
        }
        Ok(())
    }

    fn hint(&mut self, hint: &str) -> io::Result<()> {
        let word = self.painted("hint:", Some(AnsiColor::Cyan));
        self.line(&format!("             {word} {}", text::sanitize(hint)))
    }

    fn step(&mut self, host: &HostName, step: &str, took_ms: u64, verdict: &Verdict) -> io::Result<()> {
        let tasks = std::mem::take(&mut self.tasks);
        match verdict {
            // Said once, with its reason, when it happened.
            Verdict::Unreachable => return Ok(()),
            Verdict::Skipped(reason) => {
                let reason = text::sanitize(&task::reason(reason));
                return self.row(step, host.as_str(), "skipped", Some(AnsiColor::Cyan), &reason, None);
            }
            Verdict::Finished => {}
        }
        let worst = tasks.iter().map(|t| t.outcome).max_by_key(|outcome| text::rank(*outcome)).unwrap_or(Outcome::Ok);
        let word = if worst == Outcome::Changed && self.mode == Mode::Check { "would change" } else { worst.word() };
        let named: Vec<&str> = tasks.iter().filter(|t| t.outcome == worst).map(|t| t.task.task.as_str()).collect();
        let rest = match worst {
            Outcome::Ok => String::new(),
            // Every task has a line of its own.
            _ if self.style.verbose => String::new(),
            Outcome::Skipped => {
                let reason = tasks.iter().find_map(|task| task.reason.clone());
                task::reason(&reason.unwrap_or(Reason::EarlierFailure))
            }
            _ => named.join("; "),
        };
        if !(self.style.quiet && matches!(worst, Outcome::Ok | Outcome::Changed)) {
            self.row(
                step,
                host.as_str(),
                word,
                color(worst),
                &text::sanitize(&rest),
                Some(took_ms).filter(|ms| *ms >= 1000),
            )?;
        }
        for task in &tasks {
            self.task(task)?;
        }
        // A task that asks sites fails by what was counted.
        if worst == Outcome::Failed || worst == Outcome::Unknown && self.style.verbose {
            for (fault, hints) in self.counts.take_faults(host) {
                self.indented(&fault)?;
                hints.iter().try_for_each(|hint| self.hint(hint))?;
            }
        }
        Ok(())
    }

    fn task(&mut self, task: &TaskResult) -> io::Result<()> {
        if self.style.verbose {
            let word = self.painted(&format!("{:<9}", task.outcome.word()), color(task.outcome));
            let took = if task.took_ms >= 1000 { format!("  {}", text::seconds(task.took_ms)) } else { String::new() };
            self.line(&format!("             {word} {}{took}", text::sanitize(&task.task.task)))?;
        }
        let bad = task.outcome == Outcome::Failed;
        // Whoever stopped a task knows why; its last lines explain nothing.
        let stopped = task.reason == Some(Reason::StoppedByUser);
        let why = bad || !task.notes.is_empty() || task.outcome == Outcome::Unknown;
        if let Some(reason) = task.reason.as_ref().filter(|_| why) {
            let name = if self.style.verbose { String::new() } else { format!("{}: ", task.task.task) };
            self.line(&format!("             {}{}", text::sanitize(&name), text::sanitize(&task::reason(reason))))?;
        }
        let diff_wanted = self.style.verbose || self.mode == Mode::Check;
        if let Some(diff) = task.diff.as_ref().filter(|_| diff_wanted && !self.style.quiet) {
            self.indented(diff)?;
        }
        if let Some(output) = task.output.as_ref().filter(|_| (bad && !stopped) || self.style.verbose) {
            self.indented(text::end_of(output, if self.style.verbose { usize::MAX } else { 40 }))?;
        }
        if !self.style.quiet {
            for of_task in &task.notes {
                for line in note(of_task).lines() {
                    self.line(&format!("             note: {}", text::sanitize(line)))?;
                }
            }
        }
        for of_task in &task.hints {
            self.hint(&hint(of_task))?;
        }
        Ok(())
    }

    fn recap(&mut self, interrupted: bool) -> io::Result<()> {
        let count = |outcome| self.summary.count(outcome);
        let changed = if self.mode == Mode::Check { "would change" } else { "changed" };
        let mut parts = vec![
            format!("ok {}", count(Outcome::Ok)),
            format!("{changed} {}", count(Outcome::Changed)),
            format!("failed {}", count(Outcome::Failed)),
        ];
        for (word, n) in [
            ("skipped", count(Outcome::Skipped)),
            ("unknown", count(Outcome::Unknown)),
            ("unreachable", self.summary.unreachable().len()),
        ] {
            if n > 0 {
                parts.push(format!("{word} {n}"));
            }
        }
        let took = text::seconds(self.summary.took_ms());
        self.line("")?;
        self.line(&format!("  {}   {took}{}", parts.join("   "), if interrupted { "   interrupted" } else { "" }))?;
        let open = self.mode == Mode::Check && self.summary.count(Outcome::Changed) > 0;
        for kept in if self.style.quiet { Vec::new() } else { self.counts.kept() } {
            self.line(&format!("  {}", text::sanitize(&kept)))?;
        }
        for warning in self.counts.warnings() {
            let (word, mut lines) = (self.painted("warning:", Some(AnsiColor::Yellow)), warning.into_iter());
            let first = lines.next().unwrap_or_default();
            self.line(&format!("  {word} {}", text::sanitize(&first)))?;
            lines.try_for_each(|line| self.line(&format!("           {}", text::sanitize(&line))))?;
        }
        if self.summary.converged() && !open {
            let answered = self.closing.open.iter().filter(|(site, _)| self.counts.opens(site));
            let lines: Vec<String> = answered.map(|(site, by)| format!("  open http://{site}/   ({by})")).collect();
            lines.iter().try_for_each(|line| self.line(line))?;
        } else {
            let more = self.closing.take_over.clone().filter(|_| self.summary.would_take_over());
            self.closing.bad.clone().iter().chain(&more).try_for_each(|line| self.line(&format!("  {line}")))?;
        }
        self.out.flush()
    }
}

fn color(outcome: Outcome) -> Option<AnsiColor> {
    Some(match outcome {
        Outcome::Ok => AnsiColor::Green,
        Outcome::Changed => AnsiColor::Yellow,
        Outcome::Failed => AnsiColor::Red,
        Outcome::Skipped | Outcome::Unknown => AnsiColor::Cyan,
    })
}

impl<W: Write> Reporter for Terminal<W> {
    fn live(&mut self, event: &Event) -> io::Result<()> {
        let working = |task: &TaskRef, more: &str| format!("{}: {}{more}", task.step, task.task);
        match &event.kind {
            Kind::HostReached { host, .. } => self.lines.show(host, "checks everything"),
            Kind::HostSaid { host, remark } => {
                let remark = task::remark(remark);
                self.lines.show(host, &remark);
                if !self.style.live && !self.style.quiet {
                    // Without live lines, waiting must still be explained. Standard error: it is not a result.
                    // Whoever closed it may still read the result.
                    let _ = writeln!(io::stderr(), "  {host}: {}", text::sanitize(&remark));
                }
            }
            Kind::TaskStarted { task } => self.lines.show(&task.host, &working(task, "")),
            Kind::TaskOutput { task, line } => self.lines.show(&task.host, &working(task, &format!("  {line}"))),
            Kind::StepFinished { host, .. } | Kind::HostUnreachable { host, .. } => {
                self.lines.remove(host);
            }
            Kind::RunFinished { .. } => self.clear(),
            _ => {}
        }
        Ok(())
    }

    fn settled(&mut self, event: &Event) -> io::Result<()> {
        self.summary.add(event);
        match &event.kind {
            Kind::RunStarted { lab, mode, steps, hosts, shard, .. } => {
                self.mode = *mode;
                self.width = hosts.iter().map(|h| h.as_str().len()).max().unwrap_or(0).max(4);
                if self.style.quiet {
                    return Ok(());
                }
                let machines = hosts.iter().filter(|h| !h.is_controller()).count();
                let doing = if *mode == Mode::Check { ", looking only" } else { "" };
                let part = shard.map(|shard| format!(" (shard {shard})")).unwrap_or_default();
                let (machines, steps) = (text::plural(machines, "machine"), text::plural(steps.len(), "step"));
                self.line(&format!("{lab}: {machines}{part}, {steps}{doing}"))?;
                self.line("")
            }
            Kind::HostReached { host, system, took_ms } if self.style.verbose => {
                let text = format!("{} in {}", text::sanitize(system), text::seconds(*took_ms));
                self.row("", host.as_str(), "reached", None, &text, None)
            }
            // Shown once, so that somebody can compare it with what the machine's console says.
            Kind::HostKeyPinned { host, endpoint, key, file } if !self.style.quiet => {
                let text = text::sanitize(&format!("{endpoint} shows {key}, kept in {file}"));
                self.row("", host.as_str(), "new key", None, &text, None)
            }
            Kind::HostUnreachable { host, why } => {
                let reason = text::sanitize(&reason(why));
                self.row("", host.as_str(), "unreachable", Some(AnsiColor::Red), &reason, None)?;
                hints(why).iter().try_for_each(|hint| self.hint(hint))
            }
            Kind::TaskFinished { result } => {
                self.tasks.push(result.clone());
                Ok(())
            }
            Kind::SiteBalanced { host, web, seen_from, balance } => {
                let (web, from) = (web.clone(), seen_from.clone());
                self.counts.add(host, Sighting { web, from, balance: balance.clone() });
                Ok(())
            }
            Kind::RunHalted { failed, hosts, max_fail } => {
                let text = text::sanitize(&(ENGLISH.report.head.halted)(*failed, *hosts, max_fail));
                self.line(&format!("\n  {text}"))
            }
            Kind::StepFinished { host, step, took_ms, verdict } => self.step(host, step.as_str(), *took_ms, verdict),
            Kind::RunFinished { interrupted, .. } => self.recap(*interrupted),
            _ => Ok(()),
        }
    }
}
