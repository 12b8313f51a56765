//! Interactive logins with a terminal, left to the system's own ssh.

use super::{Ssh, std_command};
use crate::config::inventory::{Connection, Host};
use crate::model::unreachable::{SetupFailure, Unreachable};
use std::process::ExitStatus;

/// Logs a person in to a host, or runs their command there, on this terminal. Returns its exit status.
///
/// # Errors
/// The login cannot be resolved, or this computer has no ssh.
pub async fn login(ssh: &Ssh, host: &Host, command: &[String]) -> Result<ExitStatus, Unreachable> {
    let mut started = if host.login.connection == Connection::Local {
        let mut shell = std_command("sh");
        if !command.is_empty() {
            shell.args(["-c", &command.join(" ")]);
        }
        shell
    } else {
        let mut client = std_command("ssh");
        client.args(ssh.command_line(host).await?);
        if !command.is_empty() {
            client.arg("--").args(command);
        }
        client
    };
    let failed = |error: String| SetupFailure::NoSshClient { error };
    let status = tokio::task::spawn_blocking(move || started.status()).await;
    Ok(status.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(error.to_string()))?)
}
