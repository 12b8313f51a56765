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
