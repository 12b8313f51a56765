//! down and reset: taking away what labctl made.

use super::output;
use crate::execution::Controller;
use crate::infra::machines::Sandbox;
use crate::model::name::{HostName, LabName};
use crate::model::problem::did_you_mean;
use crate::session::error::{Error, ErrorKind};
use std::path::PathBuf;

/// `labctl down`. With a lab's name it needs no inventory.
pub async fn down(
    lab: Option<LabName>,
    inventory: Option<PathBuf>,
    hosts_file: Option<PathBuf>,
) -> Result<Option<ErrorKind>, Error> {
    let lab = match lab {
        Some(lab) => lab,
        None => super::open(inventory, &[])?.inventory.lab,
    };
    let mut told = 0;
    if cfg!(target_os = "linux") {
        let count = &mut told;
        Sandbox::new(lab.clone())
            .down(&mut |text| {
                *count += 1;
                output::progress(&format!("  {text}"));
            })
            .await?;
    }
    match Controller::new(&lab, hosts_file).forget() {
        Ok(true) => {
            told += 1;
            output::progress("  removed its block from the hosts file");
        }
        Ok(false) => {}
        Err(error) => return Err(Error::failed(error.to_string())),
    }
    output::out(&if told == 0 {
        format!("{lab}: there is nothing to take away\n")
    } else {
        format!("{lab}: taken away\n")
    });
    Ok(None)
}

/// `labctl reset`.
pub async fn reset(hosts: &[String], inventory: Option<PathBuf>) -> Result<Option<ErrorKind>, Error> {
    let lab = super::open(inventory, &[])?;
    let Some(sandbox) = lab.sandbox() else {
        return Err(Error::input(format!("the machines of {} were not made by labctl", lab.inventory.lab))
            .hint("reset works with `provider: sandbox`; make your own machines fresh with the tool that made them"));
    };
    let all: Vec<HostName> = lab.inventory.hosts.iter().map(|host| host.name.clone()).collect();
    let mut chosen = Vec::new();
    for name in hosts {
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
    sandbox.reset(&chosen, &mut |text| output::progress(&format!("  {text}"))).await?;
    let names: Vec<&str> = chosen.iter().map(HostName::as_str).collect();
    output::out(&format!("{}: {} fresh again\n", lab.inventory.lab, names.join(", ")));
    Ok(None)
}
