//! What is wrong, for people and for programs.

use super::text::{painted, sanitize};
use crate::languages::{ENGLISH, Language};
use crate::model::name::HostName;
use crate::planning::doctor::{Clue, Finding, Next};
use anstyle::AnsiColor;
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

/// A finding for programs, with what was seen in words: in English, whatever a person asked for.
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
        Self {
            finding,
            seen: seen(finding, ENGLISH),
            consequences: finding.consequences.iter().map(Self::of).collect(),
        }
    }
}

/// What was seen, in words: why the host cannot be worked on comes first.
fn seen(finding: &Finding, language: &Language) -> Vec<String> {
    let words = &language.sentences;
    let why = finding.unreachable.iter();
    let why = why.flat_map(|why| std::iter::once((words.unreachable)(why)).chain((words.unreachable_hints)(why)));
    why.chain(finding.seen.iter().map(|seen| clue(seen, language))).collect()
}

fn clue(clue: &Clue, language: &Language) -> String {
    match clue {
        Clue::Text(text) => language.message(text),
        Clue::Visit { url, met: Ok(status) } => (language.doctor.visited)(url, &status.to_string()),
        Clue::Visit { url, met: Err(error) } => {
            (language.doctor.visited)(url, &(language.sentences.visit_error)(error))
        }
        Clue::Shares(balance) => language.balance_verdict(balance),
    }
}

/// A finding as a line for programs.
pub(super) fn finding_line(finding: &Finding) -> String {
    // Names and texts always serialise.
    super::json::line(&InWords::of(finding)).unwrap_or_default()
}

impl Diagnosis {
    /// One line of JSON for each finding.
    pub fn json(&self) -> String {
        self.findings.iter().map(finding_line).collect()
    }

    /// For people; `verbose` with what is probably wrong only because of something else.
    pub fn text(&self, language: &Language, color: bool, verbose: bool, quiet: bool) -> String {
        let words = &language.doctor;
        let label = |host: &HostName| if host.is_controller() { words.here.to_owned() } else { host.to_string() };
        let mut out = String::new();
        let asked = (words.asked)(self.machines, self.sites);
        if self.findings.is_empty() {
            if quiet {
                return out;
            }
            let well = painted(words.well, AnsiColor::Green, color);
            let _ = writeln!(out, "{}: {well}  ({asked}, {})", self.lab, language.numbers.seconds(self.took_ms));
            if self.open > 0 {
                let _ = writeln!(out, "  {}", (words.open)(self.open));
            }
            return out;
        }
        let found = (words.found)(self.findings.len());
        let _ = writeln!(out, "{}: {found}  ({asked}, {})", self.lab, language.numbers.seconds(self.took_ms));
        for (number, finding) in self.findings.iter().enumerate() {
            out.push('\n');
            let name = painted(finding.cause, AnsiColor::Red, color);
            let (on, layer) = ((words.on)(&label(&finding.host)), (words.layer)(finding.layer));
            let _ = writeln!(out, "{}. {name}  {on}  ({layer})", number + 1);
            let _ = writeln!(out, "   {}", sanitize(&language.message(&finding.sentence)));
            for seen in seen(finding, language) {
                let _ = writeln!(out, "   {}  {}", words.seen, indented(&sanitize(&seen)));
            }
            for Next { on, command, note } in &finding.next {
                let command = painted(&indented(&sanitize(command)), AnsiColor::Cyan, color);
                let note = sanitize(&language.message(note));
                let note = if note.is_empty() { note } else { format!("    ({note})") };
                let _ = writeln!(out, "   {}  {command}{note}", (words.typed)(&label(on)));
            }
            if verbose {
                for consequence in &finding.consequences {
                    let sentence = sanitize(&language.message(&consequence.sentence));
                    let line = (words.consequence)(consequence.cause, &label(&consequence.host), &sentence);
                    let _ = writeln!(out, "   {line}");
                }
            } else if !finding.consequences.is_empty() {
                let _ = writeln!(out, "   {}", (words.consequences)(finding.consequences.len()));
            }
        }
        let _ = writeln!(out, "\n  {} {}", words.again, self.again);
        out
    }
}

/// Further lines of a text stand under its first.
fn indented(text: &str) -> String {
    text.trim_end().replace('\n', "\n         ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::inventory;
    use crate::model::event::{Event, Kind, Mode};
    use crate::model::problem::Source;
    use crate::planning::doctor::{Evidence, NameSeen, diagnose};
    use std::path::Path;

    /// A lab whose domain this computer does not know.
    fn diagnosis() -> Diagnosis {
        let lab = "lab: t\nhosts:\n  web: {address: 10.0.0.1, groups: [web]}\n  app1: {address: 10.0.0.2, groups: [app]}\nvars:\n  sites:\n    - {domain: a.b, upstream: [app1]}\n";
        let inventory = inventory::parse(&Source::new("t.yaml", lab), Path::new("t.yaml"), &[]).unwrap();
        let mut evidence = Evidence::default();
        let kind = Kind::RunStarted {
            version: String::new(),
            lab: "t".parse().unwrap(),
            mode: Mode::Check,
            steps: Vec::new(),
            hosts: vec![HostName::controller()],
            started: 0,
            shard: None,
        };
        evidence.add(&Event { at_ms: 0, kind });
        evidence.names.web = Some([10, 0, 0, 1].into());
        evidence.names.seen.push(NameSeen { domain: "a.b".into(), ..NameSeen::default() });
        evidence.names.file = "/etc/hosts".into();
        let findings = diagnose(&inventory, &evidence);
        Diagnosis {
            lab: "t".into(),
            findings,
            machines: 2,
            sites: 1,
            open: 0,
            took_ms: 400,
            again: "labctl doctor".into(),
        }
    }

    #[test]
    fn people_read_their_language_and_programs_english() {
        let diagnosis = diagnosis();
        let english = diagnosis.text(ENGLISH, false, false, false);
        assert!(
            english.contains("t: 1 thing to put right") && english.contains("on this computer  (names)"),
            "{english}"
        );
        assert!(
            english.contains("This computer does not know where a.b is") && english.contains("seen  "),
            "{english}"
        );
        let own = diagnosis.text(Language::of_code("id").unwrap(), false, false, false);
        assert!(own.contains("t: 1 hal yang perlu dibetulkan") && own.contains("di komputer ini  (nama)"), "{own}");
        assert!(own.contains("Komputer ini tidak tahu di mana a.b:") && own.contains("lihat  "), "{own}");
        assert!(own.contains("lalu periksa lagi: labctl doctor"), "{own}");
        let json = diagnosis.json();
        assert!(json.contains("\"sentence\":\"This computer does not know where a.b is"), "{json}");
    }
}
