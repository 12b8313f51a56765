//! The argument that every verb shares, the inventory, and how it opens a lab.

use super::output;
use crate::session::error::Error;
use crate::session::lab::{Lab, inventory_here};
use crate::session::options::{LabRequest, RunOptions};
use clap::Args;
use std::path::PathBuf;

/// The inventory to work on, as the first word: for verbs that need no other word.
#[derive(Debug, Clone, Args)]
pub struct InventoryArgs {
    /// The inventory file; without it $LABCTL_INVENTORY, ./inventory.yaml or ./inventory/lab.yaml
    #[arg(value_name = "INVENTORY", conflicts_with = "named")]
    file: Option<PathBuf>,
    // Verbs whose first word is something else take it this way; nobody should have to remember which ones do.
    #[arg(short = 'i', long = "inventory", value_name = "INVENTORY", hide = true)]
    named: Option<PathBuf>,
}

impl InventoryArgs {
    /// Whether no inventory is named, and none is here.
    pub fn is_nowhere(&self) -> bool {
        self.file.is_none() && self.named.is_none() && inventory_here().is_none()
    }

    /// Opens the lab of the inventory.
    pub fn open(self) -> Result<(Lab, RunOptions), Error> {
        open(LabRequest { inventory: self.inventory(), ..LabRequest::default() })
    }

    /// The inventory file that was named, if any.
    pub fn inventory(self) -> Option<PathBuf> {
        self.file.or(self.named)
    }
}

/// The inventory to work on, for verbs whose first word is something else.
#[derive(Debug, Clone, Args)]
pub struct NamedInventory {
    /// The inventory file; without it ./inventory.yaml or ./inventory/lab.yaml
    #[arg(short, long, env = "LABCTL_INVENTORY")]
    pub inventory: Option<PathBuf>,
}

impl NamedInventory {
    /// Opens the lab of the inventory.
    pub fn open(self) -> Result<(Lab, RunOptions), Error> {
        open(LabRequest { inventory: self.inventory, ..LabRequest::default() })
    }
}

/// Opens a lab; notices go to standard error.
pub fn open(request: LabRequest) -> Result<(Lab, RunOptions), Error> {
    crate::session::open::open(request, output::notices())
}

/// Whether a word is the name of an inventory, which no step, host or domain can be.
pub fn is_inventory(word: &str) -> bool {
    let word = word.to_lowercase();
    word.ends_with(".yaml") || word.ends_with(".yml")
}

/// A word that is no inventory: for verbs that take any number of words.
///
/// # Errors
/// It is one.
pub fn no_inventory(word: &str) -> Result<String, String> {
    if is_inventory(word) { Err("an inventory stands behind -i".to_owned()) } else { Ok(word.to_owned()) }
}
