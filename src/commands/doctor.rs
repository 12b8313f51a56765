//! doctor: what is wrong with a lab, and what to type next; and without a lab, whether this computer is ready for one.

use super::language::LanguageArgs;
use super::output::{self, Format, OutputArgs, colored};
use super::run_args::TargetArgs;
use crate::config::playbook::{self, Playbook};
use crate::infra::computer;
use crate::infra::neighbours::neighbours;
use crate::infra::transport::{keys_beside, public_half};
use crate::model::event::{Component, Event};
use crate::planning::doctor::{Evidence, LabOptions, diagnose, here};
use crate::reporting::{Checkup, Diagnosis, Reporter};
use crate::session::build_plan::all_steps;
use crate::session::error::{Error, ErrorKind};
use crate::session::inspect::Inspector;
use crate::session::names_here::names_here;
use crate::session::rerun_command::command;
use crate::session::signal::Listener;
use crate::session::visitors::visitors;
use clap::Args;
use std::io;
use std::path::Path;
use tokio_util::sync::CancellationToken;

#[derive(Debug, Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    work: TargetArgs,
    #[command(flatten)]
    language: LanguageArgs,
}

/// One inspection like `check`'s, with more questions in the same session.
pub async fn run(args: DoctorArgs, output: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let language = args.language.language();
    if args.work.no_lab() {
        return Ok(this_computer(args, output).await);
    }
    let (mut lab, options) = args.work.open()?;
    let mut playbooks = all_steps(&lab)?;
    // Seen from inside and from outside, what differs says where the fault is: `visitors` looks from here.
    playbooks.iter_mut().filter(|playbook| playbook.has(Component::Answers)).for_each(Playbook::ask_on_web);
    playbooks.push(playbook::diagnostics());
    let cancel = CancellationToken::new();
    let inspector = Inspector::new(&mut lab, &options, &playbooks, cancel.clone()).await?;
    let _ctrl_c = Listener::new(cancel, None);
    let mut seen = EvidenceCollector::default();
    let (inspected, outside) =
        tokio::join!(inspector.inspect(&lab, &options, vec![&mut seen]), visitors(&lab, &options));
    let summary = inspected?;
    if summary.interrupted() {
        return Ok(Some(ErrorKind::Interrupted));
    }
    let EvidenceCollector(mut evidence) = seen;
    if let Some(host) = evidence.blind().first() {
        let what = format!("{host} was reached, but did not answer all questions");
        return Err(Error::failed(what).hint(format!("is it very busy? labctl exec {host} -- uptime")));
    }
    evidence.outside = outside;
    evidence.names = names_here(&lab, &options).await;
    evidence.options = LabOptions::new(&options.hosts_file);
    // Whoever sits at a machine's console needs the very text of the key.
    for file in evidence.shown_keys() {
        let public = public_half(Path::new(&file));
        evidence.options.public_keys.extend(public.map(|text| (file, text)));
    }
    evidence.options.other_keys =
        evidence.missing_keys().iter().flat_map(|file| keys_beside(Path::new(file))).collect();
    let neighbours = neighbours();
    (evidence.neighbours, evidence.nobodys) = (neighbours.there, neighbours.silent);
    let diagnosis = Diagnosis {
        lab: lab.inventory.lab.to_string(),
        findings: diagnose(&lab.inventory, &evidence),
        machines: evidence.hosts().iter().filter(|host| !host.is_controller()).count(),
        sites: lab.inventory.sites().len(),
        open: evidence.open_tasks(),
        took_ms: summary.took_ms(),
        again: command(&lab, "doctor", &options),
    };
    output::out(&match output.format {
        Format::Json => diagnosis.json(),
        Format::Human => diagnosis.text(language, colored(output), output.verbose, output.quiet),
    });
    Ok(match (diagnosis.findings.is_empty(), evidence.unreached()) {
        (true, _) => None,
        (false, true) => Some(ErrorKind::Unreachable),
        (false, false) => Some(ErrorKind::Changes),
    })
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

#[derive(Default)]
struct EvidenceCollector(Evidence);

impl Reporter for EvidenceCollector {
    fn settled(&mut self, event: &Event) -> io::Result<()> {
        self.0.add(event);
        Ok(())
    }
}
