//! A site as the library configures it, and the way to ask for it from here.

use super::error::{Error, ErrorKind};
use super::lab::Lab;
use super::run::{owner, token};
use crate::config::inventory::Site;
use crate::config::modules::SiteConfig;
use crate::config::playbook;
use crate::execution::{Controller, Run, execute};
use crate::infra::transport::http::{self, Ask};
use crate::model::event::{Kind, Mode, Outcome};
use crate::model::name::HostName;
use crate::model::problem::did_you_mean;
use crate::model::summary::Summary;
use crate::model::symptom;
use crate::planning::plan::Plan;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::mpsc;
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
    let hosts: BTreeMap<_, _> = lab.inventory.hosts.iter().map(|host| (host.name.clone(), host.clone())).collect();
    let users = hosts.values().filter_map(|host| Some((host.name.clone(), lab.inventory.user(host)?))).collect();
    let run = Run {
        plan,
        hosts,
        mode: Mode::Apply,
        facts: false,
        shard: None,
        forks: 1,
        max_open_hosts: 1,
        max_fail: None,
        owner: owner(),
        token: token(),
        users,
        secrets: transport.ssh.secrets(),
        artifacts: lab.artifacts(),
        controller: Controller::new(&lab.inventory.lab, None),
    };
    let (events, mut heard) = mpsc::unbounded_channel();
    let work = tokio::spawn(execute(run, transport, events, cancel));
    let (mut summary, mut why) = (Summary::default(), String::new());
    while let Some(event) = heard.recv().await {
        match &event.kind {
            Kind::HostUnreachable { reason, .. } => why.clone_from(reason),
            Kind::TaskFinished { outcome: Outcome::Failed, reason, output, .. } => {
                why = format!("{}\n{}", reason.as_deref().unwrap_or_default(), output.as_deref().unwrap_or_default());
            }
            _ => {}
        }
        summary.add(&event);
    }
    work.await.map_err(|error| Error::failed(format!("a defect in labctl: {error}")))?;
    if summary.interrupted() || summary.converged() {
        return Ok(());
    }
    let kind = if summary.unreachable().is_empty() { ErrorKind::Failed } else { ErrorKind::Unreachable };
    let what = format!("the sites could not be configured: {}", why.trim());
    Err(Error { kind, what, hints: vec!["labctl up puts them right".to_owned()] })
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
