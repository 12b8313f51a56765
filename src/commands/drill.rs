//! drill: break one server, measure, restore, report.

use super::inventory_args::InventoryArgs;
use super::output::{self, Format, OutputArgs};
use crate::model::event::DrillMode;
use crate::reporting::DrillResults;
use crate::session::drill::{DrillRequest, drill};
use crate::session::error::{Error, ErrorKind};
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use std::io;

#[derive(Debug, Clone, Args)]
pub struct DrillArgs {
    #[command(flatten)]
    which: InventoryArgs,
    /// What is done to the server
    #[arg(long, value_enum, default_value = "stop")]
    mode: DrillMode,
    /// Every mode that makes sense on this server, one after another
    #[arg(long, conflicts_with = "mode")]
    all: bool,
    /// The server to break: app2, or app2:3001 of several instances (the last that is not on the web server's machine)
    #[arg(long)]
    host: Option<String>,
    /// The site to ask (the first with two or more backends)
    #[arg(long, value_name = "DOMAIN")]
    site: Option<String>,
    /// Requests a second (50; with --template-defaults 10, because stalled requests pile up)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=500))]
    rate: Option<u32>,
    /// How long the fault lasts (12; with --template-defaults 65 for freeze and drop, because nginx waits for 60)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(3..=600))]
    seconds: Option<u64>,
    /// How many times: keeping a promise once may be luck
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    times: u8,
    /// Serve the sites with nginx's own defaults during the drill, to see the difference
    #[arg(long)]
    template_defaults: bool,
}

impl ValueEnum for DrillMode {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Stop => "pm2 stop",
            Self::Kill => "kill -9 of the whole process group",
            Self::Freeze => "The processes stop in their tracks (SIGSTOP)",
            Self::Drop => "Packets to the port are dropped",
            Self::Reboot => "The machine reboots",
        };
        Some(PossibleValue::new(self.word()).help(help))
    }
}

pub async fn run(args: DrillArgs, output: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let (lab, _) = args.which.open()?;
    let once = if args.all { DrillMode::ALL.to_vec() } else { vec![args.mode] };
    let request = DrillRequest {
        modes: std::iter::repeat_n(once, usize::from(args.times)).flatten().collect(),
        pass_over: args.all,
        host: args.host,
        site: args.site,
        rate: args.rate,
        seconds: args.seconds,
        template_defaults: args.template_defaults,
    };
    let mut people = output::story(output);
    people.push(Box::new(match output.format {
        Format::Json => DrillResults::json(io::stdout()),
        Format::Human => DrillResults::table(io::stdout()),
    }));
    drill(lab, request, people).await
}
