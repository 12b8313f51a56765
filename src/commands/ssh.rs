//! Into a machine, with the system's own ssh: a login is a matter of terminals, and nobody does them better.

use super::lab::Lab;
use crate::error::{Error, ErrorKind};
use crate::inventory::Connection;
use crate::problem::did_you_mean;
use std::path::PathBuf;
use std::process::Command;

/// `labctl ssh`.
pub async fn ssh(name: &str, inventory: Option<PathBuf>, command: &[String]) -> Result<Option<ErrorKind>, Error> {
    let mut lab = Lab::open(inventory, &[])?;
    let names: Vec<String> = lab.inventory.hosts.iter().map(|host| host.name.to_string()).collect();
    if !names.iter().any(|host| host == name) {
        let near = did_you_mean(name, names.iter().map(String::as_str));
        let hint = near.map_or_else(|| format!("there are: {}", names.join(", ")), |n| format!("did you mean `{n}`?"));
        return Err(Error::input(format!("there is no host `{name}` in {}", lab.inventory.path.display())).hint(hint));
    }
    lab.find_machines().await?;
    let host = lab.inventory.hosts.iter().find(|host| host.name.as_str() == name).cloned();
    let Some(host) = host else { return Err(Error::input(format!("there is no host `{name}`"))) };
    let mut login = if host.login.connection == Connection::Local {
        let mut shell = Command::new("sh");
        if !command.is_empty() {
            shell.args(["-c", &command.join(" ")]);
        }
        shell
    } else {
        let mut ssh = Command::new("ssh");
        ssh.args(lab.transport().ssh.command_line(&host).await?);
        if !command.is_empty() {
            ssh.arg("--").args(command);
        }
        ssh
    };
    let status = tokio::task::spawn_blocking(move || login.status()).await;
    match status {
        Ok(Ok(status)) => match status.code() {
            Some(0) => Ok(None),
            Some(255) => Ok(Some(ErrorKind::Unreachable)),
            code => std::process::exit(code.unwrap_or(1)),
        },
        Ok(Err(error)) => Err(Error::failed(format!("cannot start ssh: {error}"))
            .hint("install OpenSSH's client (apt install openssh-client; on Windows: an optional feature)")),
        Err(error) => Err(Error::failed(error.to_string())),
    }
}
