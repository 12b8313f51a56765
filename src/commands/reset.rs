//! reset: machines as they were before their first step.

use super::inventory_args::NamedInventory;
use super::output::{self, OutputArgs};
use crate::model::name::HostName;
use crate::model::problem::did_you_mean;
use crate::session::error::{Error, ErrorKind};
use clap::Args;

#[derive(Debug, Args)]
pub struct ResetArgs {
    /// Hosts; without any, all
    hosts: Vec<String>,
    #[command(flatten)]
    which: NamedInventory,
}

pub async fn run(args: ResetArgs, _: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let (lab, _) = args.which.open()?;
    let provider = lab.provider()?;
    if !provider.capabilities().resets {
        return Err(Error::input(format!("the machines of {} were not made by labctl", lab.inventory.lab))
            .hint("reset works with `provider: sandbox`; reset your own machines with the tool that made them"));
    }
    let all: Vec<HostName> = lab.inventory.hosts.iter().map(|host| host.name.clone()).collect();
    let mut chosen = Vec::new();
    for name in &args.hosts {
        match all.iter().find(|host| host.as_str() == name) {
            Some(host) => chosen.push(host.clone()),
            None => {
                let near = did_you_mean(name, all.iter().map(HostName::as_str));
                let error = Error::input(format!("there is no host `{name}`"));
                return Err(match near {
                    Some(near) => error.hint(format!("did you mean `{near}`?")),
                    None => error,
                });
            }
        }
    }
    let chosen = if chosen.is_empty() { all } else { chosen };
    provider.reset(&chosen, &mut |text| output::progress(&format!("  {text}"))).await?;
    let names: Vec<&str> = chosen.iter().map(HostName::as_str).collect();
    output::out(&format!("{}: {} reset\n", lab.inventory.lab, names.join(", ")));
    Ok(None)
}
