//! A site as the library configures it, and how to request it from this computer.

use super::error::{Error, ErrorKind};
use super::lab::Lab;
use super::options::RunOptions;
use super::run::{RunRequest, drive};
use super::site_config::plan;
use crate::config::inventory::Host;
use crate::infra::transport::http::{self, Ask};
use crate::model::event::{Event, Kind, Mode, Outcome};
use crate::model::problem::did_you_mean;
use crate::model::site::Site;
use crate::model::visitor::VisitError;
use crate::reporting::sentences::{task, unreachable};
use crate::reporting::{Reporter, sentences};
use std::io;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The site with this domain.
///
/// # Errors
/// The inventory has no such site.
pub fn named(lab: &Lab, domain: &str) -> Result<Site, Error> {
    let sites = lab.inventory.sites();
    let found = sites.iter().find(|site| site.domain.eq_ignore_ascii_case(domain)).cloned();
    found.ok_or_else(|| {
        let known: Vec<&str> = sites.iter().map(|site| site.domain.as_str()).collect();
        let hint = did_you_mean(domain, known.iter().copied())
            .map_or_else(|| format!("there are: {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
        Error::input(format!("there is no site `{domain}` in {}", lab.inventory.path.display())).hint(hint)
    })
}

/// Configures the sites on the web server as the library says, without reporting it.
///
/// # Errors
/// The plan has mistakes, or a task failed.
pub async fn configure(lab: &Lab, cancel: CancellationToken) -> Result<(), Error> {
    let plan = plan(lab)?;
    let transport = lab.transport();
    let request = RunRequest {
        plan,
        mode: Mode::Apply,
        facts: false,
        max_fail: None,
        recorded_as: None,
        secrets: transport.ssh.secrets(),
        transport,
        cancel,
    };
    let mut trouble = LastTrouble::default();
    let summary = drive(lab, &RunOptions::all(&lab.inventory), request, vec![&mut trouble]).await?;
    if summary.interrupted() || summary.converged() {
        return Ok(());
    }
    let kind = if summary.unreachable().is_empty() { ErrorKind::Failed } else { ErrorKind::Unreachable };
    let what = format!("the sites could not be configured: {}", trouble.0.trim());
    Err(Error { kind, what, hints: vec!["run labctl up to configure them".to_owned()] })
}

/// What went wrong last.
#[derive(Default)]
struct LastTrouble(String);

impl Reporter for LastTrouble {
    fn settled(&mut self, event: &Event) -> io::Result<()> {
        match &event.kind {
            Kind::HostUnreachable { why, .. } => self.0 = unreachable::reason(why),
            Kind::TaskFinished { result } if result.outcome == Outcome::Failed => {
                let reason = result.reason.as_ref().map(task::reason).unwrap_or_default();
                self.0 = format!("{reason}\n{}", result.output.as_deref().unwrap_or_default());
            }
            _ => {}
        }
        Ok(())
    }
}

/// How to request a site: at the web server's address, with the domain in `Host`.
///
/// # Errors
/// The web server's address does not resolve.
pub async fn ask(lab: &Lab, site: &Site, patience: Duration) -> Result<Ask, Error> {
    let address = lab.inventory.web().and_then(Host::reached_at).unwrap_or_default();
    let to = http::find(&address, 80).await.map_err(|error| no_answer(lab, &error))?;
    Ok(Ask { to, domain: site.domain.clone(), connect: Duration::from_secs(10).min(patience), total: patience })
}

/// The error for a web server that does not answer HTTP at all: the likely reason, and what to type next.
pub fn no_answer(lab: &Lab, error: &VisitError) -> Error {
    let web = lab.inventory.web().map(|web| web.name.to_string()).unwrap_or_default();
    let kind = if error.is_silence() { ErrorKind::Unreachable } else { ErrorKind::Failed };
    Error { kind, what: sentences::visitor::visit_error(error), hints: sentences::symptom::hints(error, &web) }
}
