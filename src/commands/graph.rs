//! The lab as a picture.

use super::output;
use super::run::colored;
use super::status::{Inspector, WaitNotice};
use crate::commands::cli::{OutputArgs, Picture, TargetArgs};
use crate::config::playbook;
use crate::model::health::Health;
use crate::planning::graph::{self, Graph};
use crate::session::error::{Error, ErrorKind};
use crate::session::lab::Lab;
use crate::session::options::RunOptions;
use std::path::Path;

/// The steps that say how the nodes of the picture are.
const STEPS: [&str; 4] = ["nginx", "pm2", "proxy", "verify"];

/// `labctl graph`. Without `live` no connection is opened.
pub async fn graph(
    work: TargetArgs,
    form: Picture,
    output: Option<&Path>,
    live: bool,
    look: &OutputArgs,
) -> Result<Option<ErrorKind>, Error> {
    let mut lab = super::open(work.which.inventory(), &work.options.settings)?;
    lab.plan_machines().await?;
    let mut picture = Graph::new(&lab.inventory);
    if live {
        picture = picture.with(&probed(&mut lab, &work.options.into()).await?);
    }
    let text = match form {
        Picture::Text => graph::text(&picture, output.is_none() && colored(look)),
        Picture::Svg => graph::svg(&picture),
        Picture::Mermaid => graph::mermaid(&picture),
        Picture::Dot => graph::dot(&picture),
    };
    match output {
        None => output::out(&text),
        Some(path) => std::fs::write(path, text)
            .map_err(|error| Error::input(format!("cannot write {}: {error}", path.display())))?,
    }
    Ok(None)
}

async fn probed(lab: &mut Lab, options: &RunOptions) -> Result<Health, Error> {
    let mut steps = playbook::order(&lab.library)?;
    steps.retain(|step| STEPS.contains(&step.as_str()));
    let mut health = Health::default();
    Inspector::new(lab, options, &steps).await?.look(lab, options, vec![&mut health, &mut WaitNotice]).await?;
    Ok(health)
}
