//! Every program that labctl starts on this computer begins here.

use crate::model::secret::hidden_variables;
use std::process::Command;

/// A program to start, with labctl's environment minus the variables that hold secrets.
pub fn std_command(program: &str) -> Command {
    let mut command = Command::new(program);
    for name in hidden_variables() {
        command.env_remove(name);
    }
    command
}

/// A command line to start, as a person types it in this system's own shell.
#[cfg(not(windows))]
pub fn shell_command(line: &str) -> Command {
    let mut command = std_command("sh");
    command.args(["-c", line]);
    command
}

/// A command line to start, as a person types it in this system's own shell. `cmd` takes the line as it stands, without the
/// first and the last quote (`/S`); it knows no backslash before the others. Nothing of the registry runs before it (`/D`).
#[cfg(windows)]
pub fn shell_command(line: &str) -> Command {
    use std::os::windows::process::CommandExt;
    let mut command = std_command("cmd");
    command.raw_arg(format!("/D /S /C \"{line}\""));
    command
}
