//! snapshot: keeps the state of machines under a name, for `reset --to`.

use super::inventory_args::NamedInventory;
use super::output::{self, OutputArgs};
use crate::model::name::HostName;
use crate::session::error::{Error, ErrorKind};
use clap::Args;

#[derive(Debug, Args)]
pub struct SnapshotArgs {
    /// The name to keep it under, in place of what was kept under it before: labctl reset --to NAME
    name: String,
    /// Hosts; without any, all
    hosts: Vec<String>,
    #[command(flatten)]
    which: NamedInventory,
}

pub async fn run(args: SnapshotArgs, _: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let (lab, _) = args.which.open()?;
    let provider = lab.provider()?;
    let chosen = lab.hosts_named(&args.hosts)?;
    provider.snapshot(&chosen, &args.name, &mut |text| output::progress(&format!("  {text}"))).await?;
    let names: Vec<&str> = chosen.iter().map(HostName::as_str).collect();
    output::out(&format!("{}: {} kept as `{}`\n", lab.inventory.lab, names.join(", "), args.name));
    output::progress(&format!("  bring it back with: labctl reset --to {}", args.name));
    Ok(None)
}
