//! reset: machines as they were before their first step, or when a snapshot of them was taken.

use super::inventory_args::{NamedInventory, no_inventory};
use super::output::{self, OutputArgs};
use crate::model::name::HostName;
use crate::session::error::{Error, ErrorKind};
use clap::Args;

#[derive(Debug, Args)]
pub struct ResetArgs {
    /// Hosts; without any, all
    #[arg(value_parser = no_inventory)]
    hosts: Vec<String>,
    /// The snapshot to bring back, in place of the machines as they were before their first step
    #[arg(long, value_name = "NAME")]
    to: Option<String>,
    #[command(flatten)]
    which: NamedInventory,
}

pub async fn run(args: ResetArgs, _: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let (lab, _) = args.which.open()?;
    let provider = lab.provider()?;
    let chosen = lab.hosts_named(&args.hosts)?;
    let mut notify = |text| output::progress(&format!("  {text}"));
    match &args.to {
        Some(name) => provider.restore(&chosen, name, &mut notify).await?,
        None => provider.reset(&chosen, &mut notify).await?,
    };
    let names: Vec<&str> = chosen.iter().map(HostName::as_str).collect();
    let to = args.to.map(|name| format!(" to `{name}`")).unwrap_or_default();
    output::out(&format!("{}: {} reset{to}\n", lab.inventory.lab, names.join(", ")));
    Ok(None)
}
