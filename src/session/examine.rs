//! Everything that doctor judges by: what the machines, and visitors on this computer, find.

use super::build_plan::all_steps;
use super::error::{Error, ErrorKind};
use super::inspect::Inspector;
use super::lab::Lab;
use super::names_here::names_here;
use super::options::RunOptions;
use super::visitors::visitors;
use crate::config::playbook::{self, Playbook};
use crate::infra::neighbours::neighbours;
use crate::infra::transport::{keys_beside, public_half};
use crate::model::event::{Component, Event};
use crate::planning::doctor::{Evidence, Finding, LabOptions};
use crate::reporting::Reporter;
use std::io;
use std::path::Path;
use tokio_util::sync::CancellationToken;

/// What an examination found.
pub struct Examined {
    /// What was seen.
    pub evidence: Evidence,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// One inspection like `check`'s, with more questions in the same session. `None`: `cancel` stopped it.
///
/// # Errors
/// The lab cannot be planned, or a machine did not answer all questions.
pub async fn examine(
    lab: &mut Lab,
    options: &RunOptions,
    cancel: CancellationToken,
) -> Result<Option<Examined>, Error> {
    let mut playbooks = all_steps(lab)?;
    // Seen from inside and from outside, what differs says where the fault is: `visitors` looks from here.
    playbooks.iter_mut().filter(|playbook| playbook.has(Component::Answers)).for_each(Playbook::ask_on_web);
    playbooks.push(playbook::diagnostics());
    let inspector = Inspector::new(lab, options, &playbooks, cancel).await?;
    let mut seen = EvidenceCollector::default();
    let (inspected, outside) = tokio::join!(inspector.inspect(lab, options, vec![&mut seen]), visitors(lab, options));
    let summary = inspected?;
    if summary.interrupted() {
        return Ok(None);
    }
    let EvidenceCollector(mut evidence) = seen;
    if let Some(host) = evidence.blind().first() {
        let what = format!("{host} was reached, but did not answer all questions");
        return Err(Error::failed(what).hint(format!("is it very busy? labctl exec {host} -- uptime")));
    }
    evidence.outside = outside;
    evidence.names = names_here(lab, options).await;
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
    Ok(Some(Examined { evidence, took_ms: summary.took_ms() }))
}

/// How an examination that found this ended, for the exit code; `None` if nothing is wrong.
pub fn end(findings: &[Finding], evidence: &Evidence) -> Option<ErrorKind> {
    let kind = if evidence.unreached() { ErrorKind::Unreachable } else { ErrorKind::Changes };
    (!findings.is_empty()).then_some(kind)
}

#[derive(Default)]
struct EvidenceCollector(Evidence);

impl Reporter for EvidenceCollector {
    fn settled(&mut self, event: &Event) -> io::Result<()> {
        self.0.add(event);
        Ok(())
    }
}
