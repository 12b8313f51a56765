//! doctor: what is wrong with a lab, and what to type next; and without a lab, whether this computer is ready for one.

use super::class::{self, Verb};
use super::language::LanguageArgs;
use super::output::{self, Format, OutputArgs, colored};
use super::run_args::{Opened, TargetArgs};
use crate::infra::computer;
use crate::planning::doctor::{diagnose, here};
use crate::reporting::{Checkup, Diagnosis};
use crate::session::error::{Error, ErrorKind};
use crate::session::examine::{self, Examined, examine};
use crate::session::rerun_command::command;
use crate::session::signal::Listener;
use clap::Args;
use tokio_util::sync::CancellationToken;

#[derive(Debug, Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    work: TargetArgs,
    #[command(flatten)]
    language: LanguageArgs,
}

pub async fn run(args: DoctorArgs, output: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let language = args.language.language();
    if args.work.no_lab() {
        return Ok(this_computer(args, output).await);
    }
    let forks = args.work.options.spread.forks;
    let (mut lab, options) = match args.work.open_shown()? {
        Opened::Lab(lab, options) => (lab, options),
        Opened::Class(class) => return class::run(class, Verb::Doctor, None, forks, output).await,
    };
    let cancel = CancellationToken::new();
    let _ctrl_c = Listener::new(cancel.clone(), None);
    let Some(Examined { evidence, took_ms }) = examine(&mut lab, &options, cancel).await? else {
        return Ok(Some(ErrorKind::Interrupted));
    };
    let diagnosis = Diagnosis {
        lab: lab.inventory.lab.to_string(),
        findings: diagnose(&lab.inventory, &evidence),
        machines: evidence.hosts().iter().filter(|host| !host.is_controller()).count(),
        sites: lab.inventory.sites().len(),
        open: evidence.open_tasks(),
        took_ms,
        again: command(&lab, "doctor", &options),
    };
    output::out(&match output.format {
        Format::Json => diagnosis.json(),
        Format::Human => diagnosis.text(language, colored(output), output.verbose, output.quiet),
    });
    Ok(examine::end(&diagnosis.findings, &evidence))
}

/// There is no lab yet: what this computer lacks for one.
async fn this_computer(args: DoctorArgs, output: &OutputArgs) -> Option<ErrorKind> {
    let computer = computer::look(&computer::Place::current(args.work.options.hosts_file)).await;
    let parts = here::parts(&computer);
    let ways = here::ways(&computer, &parts);
    let checkup = Checkup { parts, ways };
    output::out(&match output.format {
        Format::Json => checkup.json(),
        Format::Human => checkup.text(args.language.language(), colored(output), output.quiet),
    });
    (checkup.prevents() > 0).then_some(ErrorKind::Changes)
}
