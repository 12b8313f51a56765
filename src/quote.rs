//! Quoting for POSIX shells, in one place.

/// A text as one word, whatever it holds.
pub fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::process::{Command, Stdio};

    /// What a real shell makes of a quoted word.
    fn through(shell: &str, word: &str) -> Vec<u8> {
        let mut child = Command::new(shell).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        writeln!(child.stdin.take().unwrap(), "printf %s {}", quote(word)).unwrap();
        child.wait_with_output().unwrap().stdout
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(100))]
        #[test]
        fn a_shell_gives_back_every_byte(word in "[^\\x00]{0,60}", hostile in "['\"\\\\$`!*?~#;&|<>(){}\\[\\]\n\t ]{0,20}") {
            for word in [word, hostile] {
                proptest::prop_assert_eq!(through("sh", &word), word.as_bytes());
            }
        }
    }
}
