//! schema: the JSON Schema of inventories.

use super::output::{self, OutputArgs};
use crate::config::inventory;
use crate::session::error::{Error, ErrorKind};
use clap::Args;

#[derive(Debug, Args)]
pub struct SchemaArgs;

pub async fn run(_: SchemaArgs, _: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let text = serde_json::to_string_pretty(&inventory::schema()).map_err(|e| Error::failed(e.to_string()))?;
    output::out(&format!("{text}\n"));
    Ok(None)
}
