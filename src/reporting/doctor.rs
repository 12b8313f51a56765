//! What is wrong, for people and for programs.

use super::sentences::balance::verdict;
use super::sentences::unreachable::{hints, reason};
use super::sentences::visitor::visit_error;
use super::text::{plural, sanitize, seconds};
use crate::planning::doctor::{Clue, Finding, Next};
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use std::fmt::Write;

/// What the doctor found.
#[derive(Debug)]
pub struct Diagnosis {
    /// The lab's name in the inventory.
    pub lab: String,
    /// The first cause first.
    pub findings: Vec<Finding>,
    /// How many machines were looked at.
    pub machines: usize,
    /// How many domains the lab serves.
    pub sites: usize,
    /// How many tasks `labctl check` would still change; of these, none stops the lab.
    pub open: usize,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// The command that looks again.
    pub again: String,
}

/// A finding for programs, with what was seen in words.
#[derive(Serialize)]
struct InWords<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    seen: Vec<String>,
    // What programs have always read it by.
    #[serde(rename = "symptoms")]
    consequences: Vec<InWords<'a>>,
}

impl<'a> InWords<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self { finding, seen: seen(finding), consequences: finding.consequences.iter().map(Self::of).collect() }
    }
}

/// What was seen, in words: why the host cannot be worked on comes first.
fn seen(finding: &Finding) -> Vec<String> {
    let why = finding.unreachable.iter().flat_map(|why| std::iter::once(reason(why)).chain(hints(why)));
    why.chain(finding.seen.iter().map(clue)).collect()
}

fn clue(clue: &Clue) -> String {
    match clue {
        Clue::Text(text) => text.clone(),
        Clue::Visit { url, met: Ok(status) } => format!("from this computer, {url}: {status}"),
        Clue::Visit { url, met: Err(error) } => format!("from this computer, {url}: {}", visit_error(error)),
        Clue::Shares(balance) => verdict(balance),
    }
}

impl Diagnosis {
    /// One line of JSON for each finding.
    pub fn json(&self) -> String {
        // Names and texts always serialise.
        self.findings.iter().map(|finding| super::json::line(&InWords::of(finding)).unwrap_or_default()).collect()
    }

    /// For people; `verbose` with what is probably wrong only because of something else.
    pub fn text(&self, color: bool, verbose: bool, quiet: bool) -> String {
        let mut out = String::new();
        let asked = format!("{}, {}", plural(self.machines, "machine"), plural(self.sites, "site"));
        if self.findings.is_empty() {
            if quiet {
                return out;
            }
            let well = paint("nothing is wrong", AnsiColor::Green, color);
            let _ = writeln!(out, "{}: {well}  ({asked}, {})", self.lab, seconds(self.took_ms));
            if self.open > 0 {
                let _ = writeln!(
                    out,
                    "  it serves; `labctl check` shows {} that labctl would do otherwise",
                    plural(self.open, "thing")
                );
            }
            return out;
        }
        let _ = writeln!(
            out,
            "{}: {} to put right, the first cause first  ({asked}, {})",
            self.lab,
            plural(self.findings.len(), "thing"),
            seconds(self.took_ms)
        );
        for (number, finding) in self.findings.iter().enumerate() {
            out.push('\n');
            let name = paint(finding.cause, AnsiColor::Red, color);
            let _ = writeln!(
                out,
                "{}. {name}  on {}  ({})",
                number + 1,
                place(finding.host.as_str()),
                finding.layer.word()
            );
            let _ = writeln!(out, "   {}", sanitize(&finding.sentence));
            for seen in seen(finding) {
                let _ = writeln!(out, "   seen  {}", indented(&sanitize(&seen)));
            }
            for Next { on, command, note } in &finding.next {
                let command = paint(&indented(&sanitize(command)), AnsiColor::Cyan, color);
                let note = if note.is_empty() { String::new() } else { format!("    ({})", sanitize(note)) };
                let _ = writeln!(out, "   type  on {}:  {command}{note}", place(on.as_str()));
            }
            if verbose {
                for consequence in &finding.consequences {
                    let _ = writeln!(
                        out,
                        "   also  {} on {}, probably because of it: {}",
                        consequence.cause,
                        place(consequence.host.as_str()),
                        sanitize(&consequence.sentence)
                    );
                }
            } else if !finding.consequences.is_empty() {
                let n = finding.consequences.len();
                let _ = writeln!(
                    out,
                    "   also  {}, probably because of it (-v shows {})",
                    plural(n, "other thing"),
                    if n == 1 { "it" } else { "them" }
                );
            }
        }
        let _ = writeln!(out, "\n  then look again: {}", self.again);
        out
    }
}

fn place(host: &str) -> &str {
    if host == "controller" { "this computer" } else { host }
}

/// Further lines of a text stand under its first.
fn indented(text: &str) -> String {
    text.trim_end().replace('\n', "\n         ")
}

fn paint(text: &str, with: AnsiColor, color: bool) -> String {
    if !color {
        return text.to_owned();
    }
    let style = Style::new().fg_color(Some(with.into())).bold();
    format!("{style}{text}{style:#}")
}
