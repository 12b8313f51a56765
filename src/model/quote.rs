//! Quoting for POSIX shells, in one place.

use std::ops::Range;

/// A text as one word, whatever it holds.
pub fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A word as a person would type it: in quotes only if a shell would make something else of it.
pub fn typed(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./_-".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { quote(word) }
}

/// Where a [`quote`]d word would not be one word: what is around it there, by the first such place of a line of shell.
/// `holes` are the stretches of `text` that words are put into.
pub fn taken_apart(text: &str, holes: &[Range<usize>]) -> Option<(Range<usize>, &'static str)> {
    let mut around = None;
    let mut bare_before = ' ';
    let mut escaped = false;
    let mut at = 0;
    let mut holes = holes.iter().peekable();
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if let Some(hole) = holes.next_if(|hole| hole.start <= at) {
            let why = if escaped { Some("behind a backslash") } else { around };
            if let Some(why) = why {
                return Some((hole.clone(), why));
            }
            (at, bare_before, escaped) = (hole.end.max(at), 'x', false);
            continue;
        }
        let rest = &text[at..];
        around = match (around, c) {
            _ if escaped => around,
            (None, '\'') => Some("inside of single quotes"),
            (None, '"') => Some("inside of double quotes"),
            (None, '`') => Some("inside of backticks"),
            (None, '#') if bare_before.is_whitespace() || ";&|(".contains(bare_before) => Some("in a comment"),
            // After these, quotes do not quote.
            (None, '<') if rest.starts_with("<<") => Some("behind `<<`"),
            (None, '$') if rest.starts_with("$((") => Some("inside of arithmetic"),
            (Some("inside of single quotes"), '\'')
            | (Some("inside of double quotes"), '"')
            | (Some("inside of backticks"), '`')
            | (Some("in a comment"), '\n') => None,
            _ => around,
        };
        escaped = c == '\\' && !escaped && around != Some("inside of single quotes");
        bare_before = c;
        at += c.len_utf8();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stands_only_where_quotes_are_quotes() {
        let why = |line: &str| {
            let holes: Vec<_> = line.match_indices("@@").map(|(at, _)| at..at + 2).collect();
            taken_apart(line, &holes).map(|(hole, why)| (hole.start, why))
        };
        for good in [
            "echo @@ @@",
            "x=@@",
            "echo 'a'@@",
            "echo \"a\" @@",
            "a#@@",
            "echo \\'@@ b",
            "# c\necho @@",
            "echo '\\' @@",
            "$(cat @@)",
            "cat <@@",
            "[ -n @@ ] && `id` @@",
        ] {
            assert_eq!(why(good), None, "{good}");
        }
        for (bad, wanted) in [
            ("echo '@@'", (6, "inside of single quotes")),
            ("echo @@ \"a @@\"", (11, "inside of double quotes")),
            ("echo `ls @@`", (9, "inside of backticks")),
            ("true # @@", (7, "in a comment")),
            ("cat <<E\n@@\nE", (8, "behind `<<`")),
            ("echo $((@@))", (8, "inside of arithmetic")),
            ("echo \\@@", (6, "behind a backslash")),
            ("echo \"\\\"@@\"", (8, "inside of double quotes")),
        ] {
            assert_eq!(why(bad), Some(wanted), "{bad}");
        }
    }

    /// What a real shell makes of a word, as it is written there.
    #[cfg(unix)] // there is no sh on Windows
    fn through(shell: &str, word: &str) -> Vec<u8> {
        use std::io::Write;
        use std::process::{Command, Stdio};
        let mut child = Command::new(shell).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        writeln!(child.stdin.take().unwrap(), "printf %s {word}").unwrap();
        child.wait_with_output().unwrap().stdout
    }

    #[test]
    fn quotes_only_where_they_are_needed() {
        for plain in ["lab.yaml", "app=a,b", "https://x.test:80/", "~", "student@10.0.0.1"] {
            let wanted = if plain.contains('~') { quote(plain) } else { plain.to_owned() };
            assert_eq!(typed(plain), wanted);
        }
        for word in ["", "a b", "app*", "x'y", "$HOME", "é"] {
            assert_eq!(typed(word), quote(word));
        }
    }

    #[cfg(unix)]
    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(100))]
        #[test]
        fn a_shell_gives_back_every_byte(word in "[^\\x00]{0,60}", hostile in "['\"\\\\$`!*?~#;&|<>(){}\\[\\]\n\t ]{0,20}") {
            for word in [word, hostile] {
                proptest::prop_assert_eq!(through("sh", &quote(&word)), word.as_bytes());
                proptest::prop_assert_eq!(through("sh", &typed(&word)), word.as_bytes());
            }
        }
    }
}
