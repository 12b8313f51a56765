//! Into a machine.

use super::lab::Lab;
use crate::error::{Error, ErrorKind};
use crate::problem::did_you_mean;
use crate::transport;
use std::path::PathBuf;

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
    let status = transport::login(&lab.transport().ssh, &host, command).await?;
    match status.code() {
        Some(0) => Ok(None),
        // ssh's own word for a login that failed; every other status is the command's.
        Some(255) => Ok(Some(ErrorKind::Unreachable)),
        code => std::process::exit(code.unwrap_or(1)),
    }
}
