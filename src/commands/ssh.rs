//! Into a machine.

use crate::infra::transport;
use crate::session::error::{Error, ErrorKind};
use std::path::PathBuf;

/// `labctl ssh`.
pub async fn ssh(name: &str, inventory: Option<PathBuf>, command: &[String]) -> Result<Option<ErrorKind>, Error> {
    let mut lab = super::open(inventory, &[])?;
    // A wrong name is told before machines are looked for.
    lab.host(name)?;
    lab.find_machines().await?;
    let host = lab.host(name)?;
    let status = transport::login(&lab.transport().ssh, &host, command).await?;
    match status.code() {
        Some(0) => Ok(None),
        // ssh's own word for a login that failed; every other status is the command's.
        Some(255) => Ok(Some(ErrorKind::Unreachable)),
        code => std::process::exit(code.unwrap_or(1)),
    }
}
