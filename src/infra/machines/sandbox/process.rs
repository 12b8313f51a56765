//! Running the programs of this computer, with errors that name the command and its last words.

use crate::infra::machines::MachinesError;
pub use crate::infra::machines::trouble::{last_words, trouble, while_doing};
use crate::infra::transport::std_command;
use std::path::Path;
use std::process::{Output, Stdio};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// An error with one hint.
pub fn trouble_with(reason: impl Into<String>, hint: impl Into<String>) -> MachinesError {
    MachinesError { reason: reason.into(), hints: vec![hint.into()] }
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

    #[tokio::test]
    async fn an_error_names_the_command_and_its_words() {
        let error = run("sh", &["-c", "echo no such bridge >&2; exit 2"]).await.unwrap_err().to_string();
        assert!(error.contains("`sh -c") && error.contains("no such bridge"), "{error}");
        assert_eq!(feed("cat", &[], "hello").await.unwrap(), "hello");
    }
}
