//! watch: the lab as a live page on this computer.

use super::language::LanguageArgs;
use super::output::{self, OutputArgs};
use super::run_args::TargetArgs;
use crate::infra::transport::serve::{PageListener, bind};
use crate::model::health::Health;
use crate::planning::graph::Graph;
use crate::reporting::watch::{Hello, MINUTE, routes};
use crate::session::build_plan::{all_steps, plan_dry};
use crate::session::error::{Error, ErrorKind};
use crate::session::run::token;
use crate::session::watch::{Watched, watch};
use clap::Args;

/// The port that is taken if it is free: so that a page finds its way back after labctl was started again.
const PORT: u16 = 7070;

#[derive(Debug, Args)]
pub struct WatchArgs {
    /// On what, and how.
    #[command(flatten)]
    work: TargetArgs,
    /// The port on 127.0.0.1 (7070, or any free one if that is taken)
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Requests a second that labctl itself sends through each site, to show who answers; 0: none
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=50))]
    rate: u32,
    /// Seconds between two inspections of the machines
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=3600))]
    every: u32,
    #[command(flatten)]
    language: LanguageArgs,
}

pub async fn run(args: WatchArgs, output: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let WatchArgs { work, port, rate, every, language } = args;
    let lang = language.language();
    let (mut lab, options) = work.open_one()?;
    // Every mistake in what the user wrote is reported here. The machines may come later: a class can see them being made.
    let playbooks = all_steps(&lab)?;
    plan_dry(&mut lab, &options, &playbooks).await?;
    // All nodes as of a look that has not been yet: their signs have room.
    let picture = Graph::in_language(&lab.inventory, lang).with(&Health::default());
    let hello = Hello {
        version: env!("CARGO_PKG_VERSION"),
        watch: token(),
        lab: lab.inventory.lab.to_string(),
        lang,
        rate,
        every,
        minute: MINUTE,
        nodes: picture.nodes.iter().map(|node| node.title.clone()).collect(),
        routes: routes(&picture),
    };
    let listener = listening(port).await?;
    output::out(&format!(
        "{} is shown on http://{}/ (this computer only; Ctrl-C ends it)\n",
        hello.lab, listener.address
    ));
    if !output.quiet && rate > 0 {
        output::progress(&format!("  labctl sends {rate} requests a second through each site (--rate)"));
    }
    watch(Watched { lab, options, playbooks, picture, hello }, listener).await;
    Ok(Some(ErrorKind::Interrupted))
}

async fn listening(port: Option<u16>) -> Result<PageListener, Error> {
    match (bind(port.unwrap_or(PORT)).await, port) {
        (Ok(bound), _) => Ok(bound),
        (Err(error), Some(port)) => {
            let what = format!("cannot listen on port {port} of this computer: {error}");
            Err(Error::input(what).hint("choose another, or let labctl find one: without --port"))
        }
        (Err(_), None) => bind(0).await.map_err(|error| Error::failed(format!("cannot listen on 127.0.0.1: {error}"))),
    }
}
