//! What went wrong, as errors that name what was tried, and the last words of programs.

use super::MachinesError;
use std::path::Path;

/// An error without a hint.
pub fn trouble(reason: impl Into<String>) -> MachinesError {
    MachinesError { reason: reason.into(), hints: Vec::new() }
}

/// For `map_err` on file operations: names what was tried.
pub fn while_doing<'a>(what: &'a str, path: &'a Path) -> impl Fn(std::io::Error) -> MachinesError + 'a {
    move |error| trouble(format!("cannot {what} {}: {error}", path.display()))
}

/// The last lines of what a program or a console said, without colours and empty lines.
pub fn last_words(text: &str, lines: usize) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            // A terminal sequence: ESC [ ... letter, or ESC and one character.
            '\u{1b}' => {
                if rest.next() == Some('[') {
                    rest.by_ref().find(char::is_ascii_alphabetic);
                }
            }
            '\n' => plain.push('\n'),
            c if c.is_control() => {}
            c => plain.push(c),
        }
    }
    let kept: Vec<&str> = plain.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    kept[kept.len().saturating_sub(lines)..].join("\n  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_words_are_plain_and_few() {
        let console = "one\r\n\u{1b}[0;32m  OK  \u{1b}[0m Started\r\n\r\n\u{1b}[1mFailed\u{1b}[0m\r\n";
        assert_eq!(last_words(console, 2), "OK   Started\n  Failed");
        assert_eq!(last_words("", 3), "");
    }
}
