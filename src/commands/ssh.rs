//! ssh: logs in to a machine.

use super::inventory_args::NamedInventory;
use super::output::OutputArgs;
use crate::infra::transport;
use crate::session::error::{Error, ErrorKind};
use clap::Args;

#[derive(Debug, Args)]
pub struct SshArgs {
    /// The machine, by its name in the inventory
    host: String,
    #[command(flatten)]
    which: NamedInventory,
    /// A command instead of a login
    #[arg(last = true)]
    command: Vec<String>,
}

pub async fn run(args: SshArgs, _: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let (mut lab, _) = args.which.open()?;
    // Report a wrong name before looking for machines.
    lab.host(&args.host)?;
    lab.find_machines().await?;
    let host = lab.host(&args.host)?;
    let status = transport::login(&lab.transport().ssh, &host, &args.command).await?;
    match status.code() {
        Some(0) => Ok(None),
        // ssh's own word for a login that failed; every other status is the command's.
        Some(255) => Ok(Some(ErrorKind::Unreachable)),
        code => std::process::exit(code.unwrap_or(1)),
    }
}
