//! Small texts of reports.

pub use crate::languages::plural;
use crate::languages::{ENGLISH, Moment};
use crate::model::event::Outcome;

/// A text that can do nothing to a terminal: control characters are shown, not obeyed. What a host prints may be hostile.
pub fn sanitize(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push(c),
            '\t' => out.push_str("    "),
            '\r' => {}
            c if c.is_control() => out.extend(c.escape_default()),
            // Marks that turn the direction of writing can make a text read as another one.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// Which outcome a step is called by.
pub fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Ok => 0,
        Outcome::Unknown => 1,
        Outcome::Skipped => 2,
        Outcome::Changed => 3,
        Outcome::Failed => 4,
    }
}

/// `0.4 s`, `12.0 s`, `3 min 05 s`.
pub fn seconds(ms: u64) -> String {
    ENGLISH.numbers.seconds(ms)
}

/// `55 ms`, and from a second on as [`seconds`].
pub fn brief(ms: u64) -> String {
    ENGLISH.numbers.brief(ms)
}

/// `2026-11-22 22:16 UTC`, from seconds since 1970.
pub fn date(seconds: u64) -> String {
    ENGLISH.numbers.date(seconds)
}

/// `2026-11-22T22:16:01`, from seconds since 1970, without the zone, which is UTC.
pub fn timestamp(seconds: u64) -> String {
    let Moment { year, month, day, hour, minute, second } = Moment::at(seconds);
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

/// The last lines of a text.
pub fn end_of(text: &str, lines: usize) -> &str {
    let skip = text.lines().count().saturating_sub(lines);
    let from: usize = text.split_inclusive('\n').take(skip).map(str::len).sum();
    &text[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps() {
        assert_eq!(timestamp(1_795_385_761), "2026-11-22T22:16:01");
    }

    #[test]
    fn nothing_can_drive_the_terminal() {
        assert_eq!(sanitize("a\x1b[2Jb\r\u{9b}x\u{202e}y\n"), "a\\u{1b}[2Jb\\u{9b}x\\u{202e}y\n");
    }

    #[test]
    fn times() {
        assert_eq!([seconds(449), seconds(12_000), seconds(185_000)], ["0.4 s", "12.0 s", "3 min 05 s"]);
    }

    #[test]
    fn the_end_of_a_text() {
        assert_eq!(end_of("a\nb\nc\n", 2), "b\nc\n");
        assert_eq!(end_of("a\nb", 9), "a\nb");
    }
}
