//! How this computer is, for people and for programs.

use super::text::{painted, sanitize};
use crate::languages::Language;
use crate::model::computer::PartState;
use crate::planning::doctor::Next;
use crate::planning::doctor::here::Part;
use anstyle::AnsiColor;
use std::fmt::Write;

/// What the doctor says of a computer without a lab.
#[derive(Debug)]
pub struct Checkup {
    /// Each part.
    pub parts: Vec<Part>,
    /// What leads to a lab.
    pub ways: Vec<Next>,
}

impl Checkup {
    /// How many parts prevent any lab.
    pub fn prevents(&self) -> usize {
        self.parts.iter().filter(|part| part.state == PartState::Prevents).count()
    }

    /// One line of JSON for each part: in English, whatever a person asked for.
    pub fn json(&self) -> String {
        // Names and texts always serialise.
        self.parts.iter().map(|part| super::json::line(part).unwrap_or_default()).collect()
    }

    /// For people; `quiet` without what is well.
    pub fn text(&self, language: &Language, color: bool, quiet: bool) -> String {
        let words = &language.doctor;
        let mut out = String::new();
        let prevents = self.prevents();
        let (verdict, with) = match prevents {
            0 => (words.ready.to_owned(), AnsiColor::Green),
            things => ((words.prevented)(things), AnsiColor::Red),
        };
        let _ = writeln!(out, "{}: {}  ({})\n", words.here, painted(&verdict, with, color), words.no_inventory);
        let shown = self.parts.iter().filter(|part| !quiet || part.state != PartState::Well);
        let shown: Vec<&Part> = shown.collect();
        let wide = |text: &dyn Fn(&Part) -> &'static str| {
            shown.iter().map(|part| text(part).chars().count()).max().unwrap_or_default()
        };
        let about = |part: &Part| (words.about)(part.about);
        let state = |part: &Part| (words.state)(part.state);
        let (first, second) = (wide(&about), wide(&state));
        for part in &shown {
            let word = format!("{:second$}", state(part));
            let word = match part.state {
                PartState::Well => word,
                PartState::Noted => painted(&word, AnsiColor::Yellow, color),
                PartState::Wrong | PartState::Prevents => painted(&word, AnsiColor::Red, color),
            };
            let sentence = sanitize(&language.message(&part.sentence));
            let indent = " ".repeat(first + second + 6);
            let sentence = sentence.trim_end().replace('\n', &format!("\n{indent}"));
            let _ = writeln!(out, "  {:first$}  {word}  {sentence}", about(part));
            for next in &part.next {
                let _ = writeln!(out, "{indent}{}  {}", words.type_here, command(next, language, color));
            }
        }
        if !self.ways.is_empty() && !quiet {
            let _ = writeln!(out, "\n  {}", words.ways);
            for way in &self.ways {
                let _ = writeln!(out, "    {}", command(way, language, color));
            }
        }
        out
    }
}

/// A command, with its remark.
fn command(next: &Next, language: &Language, color: bool) -> String {
    let command = painted(&sanitize(&next.command), AnsiColor::Cyan, color);
    let note = sanitize(&language.message(&next.note));
    if note.is_empty() { command } else { format!("{command}    ({note})") }
}
