//! A site as the library configures it, and the way to ask for it from here.

use super::error::{Error, ErrorKind};
use super::lab::Lab;
use super::options::RunOptions;
use super::run::{RunRequest, drive};
use crate::config::inventory::Site;
use crate::config::modules::SiteConfig;
use crate::config::playbook;
use crate::infra::transport::http::{self, Ask};
use crate::model::event::{Event, Kind, Mode, Outcome};
use crate::model::name::HostName;
use crate::model::problem::did_you_mean;
use crate::model::symptom;
use crate::planning::plan::Plan;
use crate::reporting::{Reporter, Served};
use serde_json::Value;
use std::io;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The site of that domain.
pub fn named(lab: &Lab, domain: &str) -> Result<Site, Error> {
    let sites = &lab.inventory.sites;
    let found = sites.iter().find(|site| site.domain.eq_ignore_ascii_case(domain));
    found.cloned().ok_or_else(|| {
        let known: Vec<&str> = sites.iter().map(|site| site.domain.as_str()).collect();
        let hint = did_you_mean(domain, known.iter().copied())
            .map_or_else(|| format!("there are: {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
        Error::input(format!("there is no site `{domain}` in {}", lab.inventory.path.display())).hint(hint)
    })
}

/// What the step `proxy` makes of all sites.
pub fn plan(lab: &Lab) -> Result<Plan, Error> {
    let step = "proxy".parse().map_err(|_| Error::failed("there is no step proxy"))?;
    let playbook = playbook::read(&step, &lab.library)?;
    Ok(Plan::new(&lab.inventory, |_| true, &[playbook], &lab.library, &lab.artifacts())?)
}

/// Makes the sites on the web server what the library says, quietly.
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
    Err(Error { kind, what, hints: vec!["labctl up puts them right".to_owned()] })
}

/// What went wrong last.
#[derive(Default)]
struct LastTrouble(String);

impl Reporter for LastTrouble {
    fn settled(&mut self, event: &Event) -> io::Result<()> {
        match &event.kind {
            Kind::HostUnreachable { reason, .. } => self.0.clone_from(reason),
            Kind::TaskFinished { outcome: Outcome::Failed, reason, output, .. } => {
                self.0 =
                    format!("{}\n{}", reason.as_deref().unwrap_or_default(), output.as_deref().unwrap_or_default());
            }
            _ => {}
        }
        Ok(())
    }
}

/// The configuration of a site, if the library's playbook makes one.
pub fn config(plan: &Plan, domain: &str) -> Option<SiteConfig> {
    let tasks = plan.jobs.iter().flat_map(|job| &job.steps).flat_map(|step| &step.tasks);
    tasks.flat_map(|task| SiteConfig::of(&task.call)).find(|site| site.domain == domain)
}

/// The way to a site: through the web server's address, with the domain in `Host`.
pub async fn ask(lab: &Lab, site: &Site, patience: Duration) -> Result<Ask, Error> {
    let address = lab.inventory.web().and_then(|web| web.address.clone()).unwrap_or_default();
    let to = http::find(&address, 80).await.map_err(|why| no_answer(lab, &why))?;
    Ok(Ask { to, domain: site.domain.clone(), connect: Duration::from_secs(10).min(patience), total: patience })
}

/// A web server that does not answer HTTP at all: what is behind it, and what to type next.
pub fn no_answer(lab: &Lab, why: &str) -> Error {
    let web = lab.inventory.web().map(|web| web.name.to_string()).unwrap_or_default();
    let kind = if silent(why) { ErrorKind::Unreachable } else { ErrorKind::Failed };
    Error { kind, what: why.to_owned(), hints: symptom::hints(why, &web) }
}

/// Whether nothing came back from the web server's address.
pub fn silent(why: &str) -> bool {
    symptom::of(why).is_some_and(|symptom| symptom.name == "timeout")
}

/// One server of a site as nginx calls it.
pub struct Server {
    /// Address and port.
    pub socket: String,
    /// Its host.
    pub host: HostName,
    /// Its weight.
    pub weight: u64,
}

/// The servers of a site, in the order of the inventory.
pub fn servers(lab: &Lab, site: &Site) -> Vec<Server> {
    let Some(web) = lab.inventory.web() else { return Vec::new() };
    let scope = lab.inventory.scope(&web.name);
    let sites = scope.get("sites").and_then(Value::as_array).cloned().unwrap_or_default();
    let described = sites.iter().find(|each| each.get("domain").and_then(Value::as_str) == Some(&site.domain));
    let servers = described.and_then(|each| each.get("servers")?.as_array().cloned()).unwrap_or_default();
    let server = |server: &Value| {
        let host = server.get("name")?.as_str()?.parse().ok()?;
        let weight = server.get("weight").and_then(Value::as_u64).unwrap_or(1).max(1);
        Some(Server { socket: server.get("socket")?.as_str()?.to_owned(), host, weight })
    };
    servers.iter().filter_map(server).collect()
}

/// The sites, and who may answer for them.
pub fn served(lab: &Lab) -> Vec<Served> {
    let servers =
        |site: &Site| site.upstream.iter().map(|b| (lab.inventory.socket(&b.host), b.host.to_string())).collect();
    lab.inventory.sites.iter().map(|site| Served { domain: site.domain.clone(), servers: servers(site) }).collect()
}
