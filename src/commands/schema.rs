//! schema: the JSON Schema of inventories and classes.

use super::output::{self, OutputArgs};
use crate::config::{class, inventory};
use crate::session::error::{Error, ErrorKind};
use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Of which file
    #[arg(value_enum, default_value = "inventory")]
    of: File,
}

/// What a person writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum File {
    /// One lab
    Inventory,
    /// A lab for each student of a class
    Class,
}

pub async fn run(args: SchemaArgs, _: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let schema = match args.of {
        File::Inventory => inventory::schema(),
        File::Class => class::schema(),
    };
    let text = serde_json::to_string_pretty(&schema).map_err(|e| Error::failed(e.to_string()))?;
    output::out(&format!("{text}\n"));
    Ok(None)
}
