//! graph: the lab as a picture.

use super::args::TargetArgs;
use super::output::{self, OutputArgs, colored};
use crate::config::playbook::Playbook;
use crate::model::event::Component;
use crate::model::health::Health;
use crate::planning::graph::{self, Graph};
use crate::session::build_plan::all_steps;
use crate::session::error::{Error, ErrorKind};
use crate::session::inspect::{Inspector, WaitNotice};
use crate::session::lab::Lab;
use crate::session::options::RunOptions;
use crate::session::signal::Listener;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;

/// What the nodes of the picture stand for.
const COMPONENTS: [Component; 4] = [Component::WebServer, Component::Application, Component::Sites, Component::Answers];

/// What `graph` takes.
#[derive(Debug, Args)]
pub struct GraphArgs {
    /// On what, and how.
    #[command(flatten)]
    work: TargetArgs,
    /// The form of the picture
    #[arg(long = "as", value_enum, value_name = "FORM", default_value = "text")]
    form: Picture,
    /// Where to write it, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Look at the machines (as `check` does), and show how everything was found
    #[arg(long)]
    live: bool,
}

/// The forms of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Picture {
    /// A tree, for the terminal.
    Text,
    /// A file for browsers and pages.
    Svg,
    /// For Markdown.
    Mermaid,
    /// For Graphviz.
    Dot,
}

/// `labctl graph`. Without `live` no connection is opened.
pub async fn run(args: GraphArgs, look: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let GraphArgs { work, form, output, live } = args;
    let (mut lab, options) = work.open()?;
    lab.plan_machines().await?;
    let mut picture = Graph::new(&lab.inventory);
    if live {
        picture = picture.with(&probed(&mut lab, &options).await?);
    }
    let text = match form {
        Picture::Text => graph::text(&picture, output.is_none() && colored(look)),
        Picture::Svg => graph::svg(&picture),
        Picture::Mermaid => graph::mermaid(&picture),
        Picture::Dot => graph::dot(&picture),
    };
    match output {
        None => output::out(&text),
        Some(path) => output::write(&path, &text)?,
    }
    Ok(None)
}

async fn probed(lab: &mut Lab, options: &RunOptions) -> Result<Health, Error> {
    let playbooks = playbooks(lab)?;
    let cancel = CancellationToken::new();
    let inspector = Inspector::new(lab, options, &playbooks, cancel.clone()).await?;
    let _ctrl_c = Listener::new(cancel, None);
    let (mut health, mut waits) = (Health::default(), WaitNotice(lab.notices.clone()));
    inspector.look(lab, options, vec![&mut health, &mut waits]).await?;
    Ok(health)
}

/// The steps that say how the nodes of the picture are.
pub(super) fn playbooks(lab: &Lab) -> Result<Vec<Playbook>, Error> {
    let mut playbooks = all_steps(lab)?;
    playbooks.retain(|playbook| COMPONENTS.iter().any(|component| playbook.has(*component)));
    Ok(playbooks)
}
