//! One event per line, as JSON, in the order of the plan. Recordings are of this form too.

use super::Reporter;
use super::sentences::unreachable::{hints, reason};
use crate::model::event::{Event, Kind};
use crate::model::unreachable::Unreachable;
use serde::Serialize;
use std::io::{self, Write};

/// A value as one line, which is harmless on a terminal too: what a host printed may be in it.
///
/// # Errors
/// The value has no form in JSON.
pub fn line(value: &impl Serialize) -> serde_json::Result<String> {
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

/// An event as one line. Why a host cannot be worked on stands there as a type (`why`), and beside it in words (`reason` and
/// `hints`): for programs that show it, and for a labctl that does not know the type yet.
///
/// # Errors
/// As [`line`].
pub fn event_line(event: &Event) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct Worded<'a> {
        #[serde(flatten)]
        event: &'a Event,
        reason: String,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        hints: Vec<String>,
    }
    match &event.kind {
        // Which has its words itself.
        Kind::HostUnreachable { why: Unreachable::Words { .. }, .. } => line(event),
        Kind::HostUnreachable { why, .. } => line(&Worded { event, reason: reason(why), hints: hints(why) }),
        _ => line(event),
    }
}

/// Writes events to `out`.
pub struct Json<W: Write> {
    out: W,
}

impl<W: Write> Json<W> {
    /// A reporter that writes to `out`, line by line.
    pub fn new(out: W) -> Self {
        Self { out }
    }
}

impl<W: Write> Reporter for Json<W> {
    fn settled(&mut self, event: &Event) -> io::Result<()> {
        self.out.write_all(event_line(event)?.as_bytes())?;
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
