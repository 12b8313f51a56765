//! Small texts of reports.

use crate::event::Outcome;

/// A text that can do nothing to a terminal: control characters are shown, not obeyed. What a host prints may be hostile.
pub fn harmless(text: &str) -> String {
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
    if ms < 120_000 {
        return format!("{}.{} s", ms / 1000, ms % 1000 / 100);
    }
    format!("{} min {:02} s", ms / 60_000, ms / 1000 % 60)
}

/// The last lines of a text.
pub fn end_of(text: &str, lines: usize) -> &str {
    let skip = text.lines().count().saturating_sub(lines);
    let from: usize = text.split_inclusive('\n').take(skip).map(str::len).sum();
    &text[from..]
}

/// What the engine says of a failure, in words.
pub fn reason(reason: &str) -> String {
    match reason {
        reason if reason.starts_with("until: ") => format!("cannot be told before `{}` is done", &reason[7..]),
        "unverified" => "it was done, but the state still does not hold".to_owned(),
        _ => match reason.strip_prefix("exit ") {
            Some(code) => format!("ended with status {code}"),
            None => reason.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_can_drive_the_terminal() {
        assert_eq!(harmless("a\x1b[2Jb\r\u{9b}x\u{202e}y\n"), "a\\u{1b}[2Jb\\u{9b}x\\u{202e}y\n");
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
