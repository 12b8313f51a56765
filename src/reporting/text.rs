//! Small texts of reports.

pub use crate::languages::plural;
use crate::languages::{ENGLISH, Moment};
use crate::model::color;
use crate::model::event::Outcome;
use anstyle::{AnsiColor, Style};

/// A text in bold and a colour, where there are colours.
pub fn painted(text: &str, with: AnsiColor, color: bool) -> String {
    if !color {
        return text.to_owned();
    }
    let style = Style::new().fg_color(Some(with.into())).bold();
    format!("{style}{text}{style:#}")
}

/// A text that can do nothing to a terminal: control characters are shown, not obeyed. What a host prints may be hostile.
pub fn sanitize(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            // Colours are no part of what a program says.
            '\u{1b}' if color::code(rest.as_str()) > 0 => rest = rest.as_str()[color::code(rest.as_str())..].chars(),
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
    fn colours_are_left_out_and_nothing_else() {
        assert_eq!(sanitize("\x1b[34mnpm\x1b[0m \x1b[1;31merror\x1b[m\x1b[K"), "npm error");
        assert_eq!(sanitize("\x1b[38;2;1;2;3mx \x1b[38:5:9my"), "x y");
        // What moves, clears, names or only begins is shown.
        for text in ["\x1b[2J", "\x1b[1;1H", "\x1b]0;title\x07", "\x1b[", "\x1b", "\x1b[34", "\x1b[?25l"] {
            assert!(sanitize(text).contains("u{1b}"), "{text:?}: {}", sanitize(text));
        }
        let long = format!("\x1b[{}m", "1;".repeat(40));
        assert!(sanitize(&long).contains("u{1b}"));
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
