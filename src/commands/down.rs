//! down: removes what labctl made.

use super::inventory_args::NamedInventory;
use super::output::{self, OutputArgs};
use crate::execution::Controller;
use crate::infra::machines::makers;
use crate::model::name::LabName;
use crate::session::error::{Error, ErrorKind};
use clap::Args;
use std::path::PathBuf;
use std::str::FromStr;

#[derive(Debug, Args)]
pub struct DownArgs {
    /// The lab, or its inventory file; without it, the lab of the inventory
    #[arg(value_name = "LAB")]
    lab: Option<LabOrFile>,
    #[command(flatten)]
    which: NamedInventory,
    /// The hosts file of this computer
    #[arg(long, value_name = "PATH", env = "LABCTL_HOSTS_FILE")]
    hosts_file: Option<PathBuf>,
}

/// What to remove: other verbs take the inventory as their first word, so that is understood here, too.
#[derive(Debug, Clone)]
enum LabOrFile {
    Lab(LabName),
    File(PathBuf),
}

impl FromStr for LabOrFile {
    type Err = <LabName as FromStr>::Err;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        // No name of a lab has any of these characters.
        if word.contains(['.', '/', '\\']) { Ok(Self::File(word.into())) } else { word.parse().map(Self::Lab) }
    }
}

/// With a lab's name it needs no inventory.
pub async fn run(args: DownArgs, _: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let lab = match args.lab {
        Some(LabOrFile::Lab(lab)) => lab,
        Some(LabOrFile::File(file)) => NamedInventory { inventory: Some(file) }.open()?.0.inventory.lab,
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_first_word_is_a_lab_or_a_file() {
        for file in ["lab.yaml", "./x", "a/b.yml", "../lab", r"C:\lab.yaml", "ghost.yaml"] {
            assert!(matches!(file.parse(), Ok(LabOrFile::File(path)) if path == Path::new(file)), "{file}");
        }
        assert!(matches!("sandbox".parse(), Ok(LabOrFile::Lab(lab)) if lab.as_str() == "sandbox"));
        assert!("Sand box".parse::<LabOrFile>().is_err());
    }
}
