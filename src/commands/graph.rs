//! graph: the lab as a picture.

use super::output::{self, OutputArgs, colored};
use super::run_args::TargetArgs;
use crate::planning::graph::{self, Graph};
use crate::session::component_health::probe;
use crate::session::error::{Error, ErrorKind};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct GraphArgs {
    #[command(flatten)]
    work: TargetArgs,
    /// The form of the picture
    #[arg(long = "as", value_enum, value_name = "FORM", default_value = "text")]
    form: PictureFormat,
    /// Where to write it, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Inspect the machines (as `check` does), and show their state
    #[arg(long)]
    live: bool,
}

/// The forms of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PictureFormat {
    /// A tree, for the terminal.
    Text,
    /// A file for browsers and pages.
    Svg,
    /// Mermaid, which GitHub draws in Markdown.
    Mermaid,
    /// The language of Graphviz's `dot`.
    Dot,
}

/// Without `live` no connection is opened.
pub async fn run(args: GraphArgs, output_args: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let GraphArgs { work, form, output, live } = args;
    let (mut lab, options) = work.open_one()?;
    lab.plan_machines().await?;
    let mut picture = Graph::new(&lab.inventory);
    if live {
        picture = picture.with(&probe(&mut lab, &options).await?);
    }
    let text = match form {
        PictureFormat::Text => graph::text(&picture, output.is_none() && colored(output_args)),
        PictureFormat::Svg => graph::svg(&picture),
        PictureFormat::Mermaid => graph::mermaid(&picture),
        PictureFormat::Dot => graph::dot(&picture),
    };
    match output {
        None => output::out(&text),
        Some(path) => output::write(&path, &text)?,
    }
    Ok(None)
}
