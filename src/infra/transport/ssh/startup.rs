//! Why a command does not start though the login works: a startup file of the login shell (`.bashrc`) has handed its input to
//! another program (`exec zsh`, `tmux`, `newgrp`, `read`), or ends the shell. Looks for the line.

use super::super::{Exec, Input, Listening};
use super::connection::SshConnection;
use super::exec::{Gate, attempt};
use crate::model::quote::quote;
use crate::model::unreachable::{Lost, ShellFailure, StartupLine};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

const SHELL: &str = include_str!("startup.sh");
/// How long the look may take, each time. It waits for four seconds itself.
const PATIENCE: Duration = Duration::from_secs(15);

/// The line of a startup file that is in the way.
pub(super) async fn line(
    connection: &Arc<SshConnection>,
    how: ShellFailure,
    cancel: &CancellationToken,
) -> Option<StartupLine> {
    if matches!(how, ShellFailure::NoLogin | ShellFailure::PasswordExpired) {
        return None;
    }
    let command = format!("exec sh -c {}", quote(SHELL));
    // With an input that has ended, most programs end, and the startup file goes on to the command.
    let exec = Exec { command: command.clone(), password: None, input: Input::Empty };
    let (found, lost) = ask(connection, exec, Gate::First, cancel).await;
    let replaced = matches!(&lost, Some(Lost::NotStarted { output, .. }) if output.is_empty());
    if found.is_some() || how != ShellFailure::Taken || !replaced {
        return found;
    }
    // The login shell has become another one (`exec zsh`). What looks is shell that changes nothing, and holds no secret:
    // it is all that is ever typed into a program that nobody knows.
    let exec =
        Exec { command: "exec true".to_owned(), password: None, input: Input::Text(format!("{command}\n").into()) };
    ask(connection, exec, Gate::None, cancel).await.0
}

async fn ask(
    connection: &Arc<SshConnection>,
    exec: Exec,
    gate: Gate,
    cancel: &CancellationToken,
) -> (Option<StartupLine>, Option<Lost>) {
    let mut found = None;
    let mut on_line = |line: &[u8]| {
        found = found.take().or_else(|| read(line));
        if found.is_some() { Listening::Done } else { Listening::More }
    };
    let ended = timeout(PATIENCE, attempt(connection, exec, gate, &mut on_line, cancel)).await;
    (found, ended.ok().and_then(Result::err))
}

fn read(line: &[u8]) -> Option<StartupLine> {
    let line = str::from_utf8(line).ok()?.strip_prefix("labctl-line\t")?;
    let (file, rest) = line.split_once('\t')?;
    let (number, text) = rest.split_once('\t')?;
    Some(StartupLine {
        file: file.to_owned(),
        line: number.parse().ok()?,
        text: text.trim().chars().take(200).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_with_its_place() {
        let wanted = StartupLine { file: "/home/v/.bashrc".into(), line: 3, text: "exec zsh".into() };
        assert_eq!(read(b"labctl-line\t/home/v/.bashrc\t3\t  exec zsh"), Some(wanted));
        for other in [&b"labctl-line\t/x\tthree\ty"[..], b"labctl-line /x 3 y", b"exec zsh", b"\xff"] {
            assert_eq!(read(other), None);
        }
    }
}
