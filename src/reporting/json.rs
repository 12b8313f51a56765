//! One event per line, as JSON, in the order of the plan. Recordings are of this form too.

use super::{Reporter, sentences};
use crate::languages::ENGLISH;
use crate::model::event::{Drilled, Event, Kind, Sighting, SiteWarning, Turn, Verdict};
use crate::model::unreachable::Unreachable;
use serde::Serialize;
use serde_json::{Value, json};
use std::io::{self, Write};

/// A value as one line, which is harmless on a terminal too: what a host printed may be in it.
///
/// # Errors
/// The value has no form in JSON.
pub fn line<T: Serialize>(value: &T) -> serde_json::Result<String> {
    let written = serde_json::to_string(value)?;
    let mut line = String::with_capacity(written.len() + 1);
    for c in written.chars() {
        match c {
            // JSON wants only the oldest control characters escaped. These can stand nowhere but in texts.
            '\u{7f}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                line.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => line.push(c),
        }
    }
    line.push('\n');
    Ok(line)
}

/// An event as a line for programs: what its types come to stands beside them, in words: for programs that show it, and for a
/// labctl that does not know the type yet.
///
/// # Errors
/// The event has no form in JSON.
pub fn event_line(event: &Event) -> serde_json::Result<String> {
    let words = match &event.kind {
        // Which has its words itself.
        Kind::HostUnreachable { why: Unreachable::Words { .. }, .. } => return line(event),
        Kind::HostUnreachable { why, .. } => {
            let (reason, hints) = (sentences::unreachable::reason(why), sentences::unreachable::hints(why));
            if hints.is_empty() { json!({ "reason": reason }) } else { json!({ "reason": reason, "hints": hints }) }
        }
        Kind::SiteBalanced { host, web, seen_from, balance } => {
            let named = if host.is_controller() { "web" } else { host.as_str() };
            let seen = Sighting { web: web.clone(), from: seen_from.clone(), balance: balance.clone() };
            let (lost, fault) = (balance.lost(), balance.fault());
            let (why, hints) = (ENGLISH.sighting_verdict(&seen), ENGLISH.sighting_hints(&seen, named));
            let warnings = seen.warnings().into_iter().map(|warning| warned(&seen, &warning));
            let warnings = warnings.collect::<serde_json::Result<Vec<_>>>()?;
            json!({
                "lost": lost, "holds": fault.is_none(), "fault": fault, "why": why, "hints": hints,
                "opens": seen.is_good_here() && warnings.is_empty(), "warnings": warnings,
            })
        }
        Kind::TaskFinished { result } => {
            let mut words = serde_json::Map::new();
            if let Some(reason) = &result.reason {
                words.insert("reason".to_owned(), sentences::task::reason(reason).into());
            }
            if !result.notes.is_empty() {
                words.insert("notes".to_owned(), result.notes.iter().map(sentences::note::note).collect());
            }
            if !result.hints.is_empty() {
                words.insert("hints".to_owned(), result.hints.iter().map(sentences::hint::hint).collect());
            }
            Value::Object(words)
        }
        Kind::StepFinished { verdict: Verdict::Skipped(reason), .. } => {
            json!({ "reason": sentences::task::reason(reason) })
        }
        Kind::HostSaid { remark, .. } => json!({ "text": sentences::task::remark(remark) }),
        Kind::DrillTurned { turn: Turn::Worded { .. }, .. } => return line(event),
        Kind::DrillTurned { turn, .. } => json!({ "text": sentences::drill::turn(turn) }),
        Kind::DrillFinished { drilled } => json!({ "verdict": sentences::drill::verdict(drilled) }),
        Kind::DrillFailed { failure } => json!({ "reason": sentences::drill::failure(failure) }),
        _ => return line(event),
    };
    let mut written = serde_json::to_value(event)?;
    if let (Value::Object(written), Value::Object(words)) = (&mut written, words) {
        written.extend(words);
    }
    line(&written)
}

/// A warning as its type, with its words beside it.
fn warned(seen: &Sighting, warning: &SiteWarning) -> serde_json::Result<Value> {
    let mut written = serde_json::to_value(warning)?;
    written["text"] = ENGLISH.warning(seen, warning).join("; ").into();
    Ok(written)
}

/// A drill as a line for programs, as [`event_line`].
///
/// # Errors
/// It has no form in JSON.
pub fn drill_line(drilled: &Drilled) -> serde_json::Result<String> {
    line(&Drilled { verdict: Some(sentences::drill::verdict(drilled)), ..drilled.clone() })
}

/// Writes events to `out`.
pub struct Json<W: Write> {
    out: W,
    line: fn(&Event) -> serde_json::Result<String>,
}

impl<W: Write> Json<W> {
    /// A reporter for programs that writes to `out`, line by line.
    pub fn new(out: W) -> Self {
        Self { out, line: event_line }
    }

    /// A recording: the events and nothing else, because whoever reads it words them anew.
    pub fn recording(out: W) -> Self {
        Self { out, line: line::<Event> }
    }
}

impl<W: Write> Reporter for Json<W> {
    fn settled(&mut self, event: &Event) -> io::Result<()> {
        self.out.write_all((self.line)(event)?.as_bytes())?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_the_same_value_and_harmless() {
        let text: String = (0..0x3000).filter_map(char::from_u32).collect();
        let line = line(&text).unwrap();
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
        assert_eq!(super::super::text::sanitize(&line), line);
    }
}
