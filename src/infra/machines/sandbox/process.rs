//! Running the programs of this computer, with errors that name the command and its last words.

use crate::infra::machines::MachinesError;
use crate::infra::transport::std_command;
use std::path::Path;
use std::process::{Output, Stdio};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// An error without a hint.
pub fn trouble(reason: impl Into<String>) -> MachinesError {
    MachinesError { reason: reason.into(), hints: Vec::new() }
}

/// An error with one hint.
pub fn trouble_with(reason: impl Into<String>, hint: impl Into<String>) -> MachinesError {
    MachinesError { reason: reason.into(), hints: vec![hint.into()] }
}

/// For `map_err` on file operations: names what was tried.
pub fn while_doing<'a>(what: &'a str, path: &'a Path) -> impl Fn(std::io::Error) -> MachinesError + 'a {
    move |error| trouble(format!("cannot {what} {}: {error}", path.display()))
}

/// A command with a search path that has the administrator's programs (a plain user's may lack them) and messages
/// in English, as they end up in ours.
pub fn command(program: &str, args: &[&str]) -> Command {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::from(std_command(program));
    command.args(args).env("PATH", format!("{path}:/usr/sbin:/sbin:/usr/bin:/bin")).env("LC_ALL", "C");
    // A folder for temporary files of ours need not be there inside a base.
    command.env_remove("TMPDIR").stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Whether a program is there.
pub fn installed(program: &str) -> bool {
    let path = std::env::var("PATH").unwrap_or_default();
    format!("{path}:/usr/sbin:/sbin:/usr/bin:/bin").split(':').any(|folder| Path::new(folder).join(program).is_file())
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

fn checked(program: &str, args: &[&str], output: &Output) -> Result<String, MachinesError> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let bytes = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
    let text = last_words(&String::from_utf8_lossy(bytes), 8);
    Err(trouble(format!("`{program} {}` failed ({}):\n  {text}", args.join(" "), output.status)))
}

/// Runs a command to its end; what it printed.
///
/// # Errors
/// It cannot be started, or ends with an error; its last words are in the message.
pub async fn run(program: &str, args: &[&str]) -> Result<String, MachinesError> {
    let output = command(program, args).output().await;
    checked(program, args, &output.map_err(|error| trouble(format!("cannot start `{program}`: {error}")))?)
}

/// The same with something to read.
///
/// # Errors
/// As for [`run`].
pub async fn feed(program: &str, args: &[&str], input: &str) -> Result<String, MachinesError> {
    let piped = async {
        let mut child =
            command(program, args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // A program that ends early closes its input: its own error is the one to report.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
        child.wait_with_output().await
    };
    checked(program, args, &piped.await.map_err(|error| trouble(format!("cannot start `{program}`: {error}")))?)
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

    #[tokio::test]
    async fn an_error_names_the_command_and_its_words() {
        let error = run("sh", &["-c", "echo no such bridge >&2; exit 2"]).await.unwrap_err().to_string();
        assert!(error.contains("`sh -c") && error.contains("no such bridge"), "{error}");
        assert_eq!(feed("cat", &[], "hello").await.unwrap(), "hello");
    }
}
