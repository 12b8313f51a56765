//! What is wrong, and what to type next.

use super::output;
use super::run::colored;
use super::status::Inspector;
use crate::commands::cli::{Format, OutputArgs, TargetArgs};
use crate::config::playbook;
use crate::infra::transport::http::{self, Ask};
use crate::model::event::Event;
use crate::model::summary::Summary;
use crate::planning::doctor::{Evidence, Outside, diagnose};
use crate::reporting::{Diagnosis, Reporter};
use crate::session::error::{Error, ErrorKind};
use crate::session::lab::Lab;
use crate::session::options::RunOptions;
use crate::session::rerun_command::command;
use std::io;
use std::time::Duration;

/// How long a visitor on this computer waits for a connection, and for everything.
const CONNECT: Duration = Duration::from_secs(2);
const TOTAL: Duration = Duration::from_secs(5);

/// `labctl doctor`. One look as of `check`, with more questions in the same session.
pub async fn doctor(work: TargetArgs, look: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let mut lab = super::open(work.which.inventory(), &work.options.settings)?;
    let options = work.options.into();
    let steps = playbook::order(&lab.library)?;
    let mut inspector = Inspector::for_doctor(&mut lab, &options, &steps).await?;
    let mut seen = Seen::default();
    let (looked, outside) = tokio::join!(inspector.look(&lab, &options, vec![&mut seen]), visitors(&lab, &options));
    looked?;
    if seen.summary.interrupted() {
        return Ok(Some(ErrorKind::Interrupted));
    }
    let mut evidence = seen.evidence;
    if let Some(host) = evidence.blind().first() {
        let what = format!("{host} was reached, but did not answer every question");
        return Err(Error::failed(what).hint(format!("is it very busy? labctl exec {host} -- uptime")));
    }
    evidence.outside = outside;
    evidence.resolved = resolved(&lab, &options).await;
    let findings = diagnose(&lab.inventory, &evidence);
    let diagnosis = Diagnosis {
        lab: lab.inventory.lab.to_string(),
        findings,
        machines: evidence.hosts().iter().filter(|host| !host.is_controller()).count(),
        sites: lab.inventory.sites.len(),
        open: evidence.open_tasks(),
        took_ms: seen.summary.took_ms(),
        again: command(&lab, "doctor", &options),
    };
    output::out(&match look.format {
        Format::Json => diagnosis.json(),
        Format::Human => diagnosis.text(colored(look), look.verbose, look.quiet),
    });
    Ok(match (diagnosis.findings.is_empty(), evidence.unreached()) {
        (true, _) => None,
        (false, true) => Some(ErrorKind::Unreachable),
        (false, false) => Some(ErrorKind::Changes),
    })
}

#[derive(Default)]
struct Seen {
    summary: Summary,
    evidence: Evidence,
}

impl Reporter for Seen {
    fn settled(&mut self, event: &Event) -> io::Result<()> {
        self.summary.add(event);
        self.evidence.add(event);
        Ok(())
    }
}

/// What a browser on this computer would be answered, past the hosts file. Only when the web server is looked at.
async fn visitors(lab: &Lab, options: &RunOptions) -> Outside {
    let Some((web, Ok(chosen))) = lab.inventory.web().map(|web| (web, lab.selector(options.limit.as_deref()))) else {
        return Outside::new();
    };
    let address = web.address.clone().unwrap_or_default();
    let to = match http::find(&address, 80).await {
        Ok(to) if chosen(web) && web.login.jump.is_none() => to,
        _ => return Outside::new(),
    };
    let visits = lab.inventory.sites.iter().map(|site| site.domain.clone()).map(|domain| {
        let ask = Ask { to, domain: domain.clone(), connect: CONNECT, total: TOTAL };
        tokio::spawn(async move { (domain, http::get(&ask).await.map(|answer| answer.status)) })
    });
    let visits: Vec<_> = visits.collect();
    let mut outside = Outside::new();
    for visit in visits {
        outside.extend(visit.await);
    }
    outside
}

/// The domains that a name server leads to the web server: they need no hosts file. With another hosts file than the
/// system's, the system's answers mean nothing.
async fn resolved(lab: &Lab, options: &RunOptions) -> Vec<String> {
    let web = lab.inventory.web().and_then(|web| web.address.clone()).unwrap_or_default();
    let mut found = Vec::new();
    for site in lab.inventory.sites.iter().filter(|_| options.hosts_file.is_none()) {
        if http::find(&site.domain, 80).await.is_ok_and(|at| at.ip().to_string() == web) {
            found.push(site.domain.clone());
        }
    }
    found
}
