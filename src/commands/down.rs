//! down: removes what labctl made.

use super::inventory_args::NamedInventory;
use super::output::{self, OutputArgs};
use crate::execution::Controller;
use crate::infra::machines::makers;
use crate::model::name::LabName;
use crate::session::error::{Error, ErrorKind};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct DownArgs {
    /// The lab to remove (the inventory's)
    lab: Option<LabName>,
    #[command(flatten)]
    which: NamedInventory,
    /// The hosts file of this computer
    #[arg(long, value_name = "PATH", env = "LABCTL_HOSTS_FILE")]
    hosts_file: Option<PathBuf>,
}

/// With a lab's name it needs no inventory.
pub async fn run(args: DownArgs, _: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let lab = match args.lab {
        Some(lab) => lab,
        None => args.which.open()?.0.inventory.lab,
    };
    let mut removed = 0;
    for provider in makers(&lab) {
        let mut show = |text| {
            removed += 1;
            output::progress(&format!("  {text}"));
        };
        provider.remove(&mut show).await?;
    }
    match Controller::new(&lab, args.hosts_file).forget() {
        Ok(true) => {
            removed += 1;
            output::progress("  removed its block from the hosts file");
        }
        Ok(false) => {}
        Err(error) => return Err(Error::failed(error.to_string())),
    }
    output::out(&if removed == 0 { format!("{lab}: nothing to remove\n") } else { format!("{lab}: removed\n") });
    Ok(None)
}
