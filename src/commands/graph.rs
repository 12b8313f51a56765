//! The lab as a picture.

use super::lab::Lab;
use super::run::colored;
use super::write;
use crate::cli::{Look, Picture, Work};
use crate::error::{Error, ErrorKind};
use crate::graph::{self, Graph};
use std::path::Path;

/// `labctl graph`. Without `live` no connection is opened.
pub async fn graph(
    work: Work,
    form: Picture,
    output: Option<&Path>,
    live: bool,
    look: &Look,
) -> Result<Option<ErrorKind>, Error> {
    let mut lab = Lab::open(work.inventory, &work.options.settings)?;
    lab.plan_machines().await?;
    let picture = Graph::new(&lab.inventory);
    let _ = live;
    let text = match form {
        Picture::Text => graph::text(&picture, output.is_none() && colored(look)),
        Picture::Svg => graph::svg(&picture),
        Picture::Mermaid => graph::mermaid(&picture),
        Picture::Dot => graph::dot(&picture),
    };
    match output {
        None => write::out(&text),
        Some(path) => std::fs::write(path, text)
            .map_err(|error| Error::input(format!("cannot write {}: {error}", path.display())))?,
    }
    Ok(None)
}
