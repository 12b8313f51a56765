//! drill: break one server, measure, restore, tell.

use super::lab::Lab;
use super::tell::Tellers;
use super::{record, run, write};
use crate::cli::{self, Fault, Format, Look};
use crate::drill::{self, Drill, Failure, Mode, Names, Target, verdict};
use crate::error::{Error, ErrorKind};
use crate::event::{self, Drilled, Kind, Outcome};
use crate::executor::{Controller, Launch, Run, execute};
use crate::inventory::{Host, Site};
use crate::plan::Plan;
use crate::playbook;
use crate::problem::did_you_mean;
use crate::report::drill_table;
use crate::summary::Summary;
use crate::transport::http::{self, Ask};
use serde_json::Value;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The template of the sites, and the one that stands in for it.
const TEMPLATE: &str = "nginx/site.conf.j2";
const DEFAULTS: &str = "nginx/defaults.conf.j2";
/// How long a visitor waits. Longer than nginx's own patience, so that it shows.
const PATIENCE: Duration = Duration::from_secs(75);

const STOPPING: &str =
    "what was broken is restored first (Ctrl-C again: leave at once; then the machine's own timer restores it)";

/// `labctl drill`.
pub async fn drill(words: cli::Drill, look: &Look) -> Result<Option<ErrorKind>, Error> {
    let mut lab = Lab::open(words.inventory.clone(), &[])?;
    lab.plan_machines().await?;
    let (site, host) = chosen(&lab, &words)?;
    lab.find_machines().await?;
    // The machines have addresses now.
    let host = lab.inventory.host(&host.name).cloned().unwrap_or(host);
    let cancel = CancellationToken::new();
    let listener = tokio::spawn(run::listen(cancel.clone(), STOPPING));
    let shipped = lab.library.clone();
    if words.template_defaults {
        let text = lab.library.template(DEFAULTS).map(|source| source.text.clone()).unwrap_or_default();
        lab.library.add_template(TEMPLATE, &text);
        write::progress("  nginx gets its own defaults for the length of the drill");
        let made = proxy(&lab, cancel.clone()).await;
        if made.is_err() || cancel.is_cancelled() {
            lab.library = shipped;
            proxy(&lab, CancellationToken::new()).await?;
            return made.map(|()| Some(ErrorKind::Interrupted));
        }
    }
    // A task of its own: should it panic, the template is put back all the same.
    let modes: Vec<Mode> = if words.all { Mode::ALL.to_vec() } else { vec![mode(words.mode)] };
    let one = One { ask: ask(&lab, &site).await, names: names(&lab, &site), site, host, words: words.clone() };
    let mut tellers = Tellers::new(&lab, look);
    tellers.tell(Kind::RunStarted {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        lab: lab.inventory.lab.clone(),
        mode: event::Mode::Apply,
        steps: Vec::new(),
        hosts: lab.inventory.hosts.iter().map(|host| host.name.clone()).collect(),
        started: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
    });
    tellers.tell(record::described(&lab, "drill"));
    let drilled = match one.ask {
        Ok(_) => {
            let (transport, user) = (lab.transport(), lab.inventory.user(&one.host));
            let target = target(&lab, &one.host, user);
            let work = tokio::spawn(all(one, modes, target, transport, look.clone(), cancel.clone(), tellers));
            work.await.unwrap_or_else(|panic| Err(Error::failed(format!("a defect in labctl: {panic}"))))
        }
        Err(ref why) => {
            tellers.tell(Kind::DrillFailed { reason: why.clone() });
            tellers.end(false);
            Err(Error { kind: ErrorKind::Unreachable, what: why.clone(), hints: Vec::new() })
        }
    };
    if words.template_defaults {
        lab.library = shipped;
        write::progress("  nginx gets the lab's configuration back");
        proxy(&lab, CancellationToken::new()).await?;
    }
    listener.abort();
    drilled
}

/// A drill's choices, the same for every mode.
struct One {
    ask: Result<Ask, String>,
    names: Names,
    site: Site,
    host: Host,
    words: cli::Drill,
}

async fn all(
    one: One,
    modes: Vec<Mode>,
    target: Target,
    transport: crate::transport::Any,
    look: Look,
    cancel: CancellationToken,
    mut tellers: Tellers,
) -> Result<Option<ErrorKind>, Error> {
    let ask = one.ask.map_err(Error::failed)?;
    let mut done: Vec<Drilled> = Vec::new();
    let mut ended = Ok(None);
    for mode in modes {
        if cancel.is_cancelled() {
            ended = Ok(Some(ErrorKind::Interrupted));
            break;
        }
        let plain = one.words.template_defaults;
        let stalls = plain && matches!(mode, Mode::Freeze | Mode::Drop);
        let asked = event::Drill {
            mode,
            host: one.host.name.clone(),
            site: one.site.domain.clone(),
            template: if plain { "defaults" } else { "lab" }.to_owned(),
            rate: one.words.rate.unwrap_or(if plain { 10 } else { 50 }),
            seconds: one.words.seconds.unwrap_or(if stalls { 65 } else { 12 }),
        };
        tellers.tell(Kind::DrillStarted { drill: asked.clone() });
        let launch = Launch::new(&target.host, &transport.ssh.secrets(), &run::token()).await.map_err(Error::input)?;
        let drill = Drill {
            mode,
            target: target.clone(),
            ask: ask.clone(),
            names: one.names.clone(),
            sticky: one.site.balance == "ip_hash",
            rate: asked.rate,
            lasting: Duration::from_secs(asked.seconds),
        };
        let (tell, mut told) = mpsc::unbounded_channel();
        let work = drill::run(drill, transport.clone(), launch, tell, cancel.clone());
        let story = async {
            while let Some(kind) = told.recv().await {
                tellers.tell(kind);
            }
        };
        match tokio::join!(work, story).0 {
            Ok(figures) => {
                let verdict = verdict(mode, &asked.host, &figures, plain);
                let drilled = Drilled { drill: asked, figures, verdict };
                tellers.tell(Kind::DrillFinished { drilled: drilled.clone() });
                if look.format == Format::Json {
                    // Names and numbers always serialise.
                    write::out(&format!("{}\n", serde_json::to_string(&drilled).unwrap_or_default()));
                }
                done.push(drilled);
            }
            Err(failure) => {
                tellers.tell(Kind::DrillFailed { reason: failure.to_string() });
                ended = failed(failure, &one.host);
                break;
            }
        }
    }
    tellers.end(cancel.is_cancelled());
    if look.format == Format::Human && !done.is_empty() {
        write::out(&format!("\n{}", drill_table(&done)));
    }
    ended
}

fn failed(failure: Failure, host: &Host) -> Result<Option<ErrorKind>, Error> {
    let what = failure.to_string();
    Err(match failure {
        Failure::Interrupted => {
            write::progress("  interrupted; everything serves as before");
            return Ok(Some(ErrorKind::Interrupted));
        }
        Failure::Unreachable(error) => error.into(),
        Failure::NotWhole(_) => Error::failed(what).hint("make the lab whole first: labctl up"),
        Failure::NotReached(_) | Failure::Defect(_) => Error::failed(what).hint("everything serves as before"),
        Failure::NotRestored(_) => {
            Error::failed(what).hint(format!("{}'s own timer undoes the fault soon; then: labctl up", host.name))
        }
    })
}

fn mode(fault: Fault) -> Mode {
    match fault {
        Fault::Stop => Mode::Stop,
        Fault::Kill => Mode::Kill,
        Fault::Freeze => Mode::Freeze,
        Fault::Drop => Mode::Drop,
        Fault::Reboot => Mode::Reboot,
    }
}

/// The site that is asked, and the host that is broken.
fn chosen(lab: &Lab, words: &cli::Drill) -> Result<(Site, Host), Error> {
    let sites = &lab.inventory.sites;
    let file = lab.inventory.path.display();
    let site = match &words.site {
        Some(domain) => sites.iter().find(|site| site.domain.eq_ignore_ascii_case(domain)).ok_or_else(|| {
            let known: Vec<&str> = sites.iter().map(|site| site.domain.as_str()).collect();
            let near = did_you_mean(domain, known.iter().copied());
            let hint =
                near.map_or_else(|| format!("there are: {}", known.join(", ")), |n| format!("did you mean `{n}`?"));
            Error::input(format!("there is no site `{domain}` in {file}")).hint(hint)
        })?,
        None => sites.iter().find(|site| site.upstream.len() > 1).ok_or_else(|| {
            Error::input(format!("no site in {file} has two backends"))
                .hint("with one server there is nobody to take over: `upstream: [app1, app2]`")
        })?,
    };
    if site.upstream.len() < 2 {
        let what = format!("{} has only one backend: without it nobody answers", site.domain);
        return Err(Error::input(what).hint("choose a site with two: --site DOMAIN"));
    }
    let backends: Vec<&str> = site.upstream.iter().map(|backend| backend.host.as_str()).collect();
    let name = words.host.as_deref().or(backends.last().copied()).unwrap_or_default();
    let host = lab.inventory.hosts.iter().find(|host| host.name.as_str() == name && backends.contains(&name));
    let host = host.ok_or_else(|| {
        let what = format!("`{name}` is no backend of {}", site.domain);
        Error::input(what).hint(format!("there are: {}", backends.join(", ")))
    })?;
    Ok((site.clone(), host.clone()))
}

async fn ask(lab: &Lab, site: &Site) -> Result<Ask, String> {
    let address = lab.inventory.web().and_then(|web| web.address.clone()).unwrap_or_default();
    let to = http::find(&address, 80).await?;
    Ok(Ask { to, domain: site.domain.clone(), connect: Duration::from_secs(10), total: PATIENCE })
}

/// The servers of the site as nginx calls them.
fn names(lab: &Lab, site: &Site) -> Names {
    let Some(web) = lab.inventory.web() else { return Names::new() };
    let scope = lab.inventory.scope(&web.name);
    let sites = scope.get("sites").and_then(Value::as_array).cloned().unwrap_or_default();
    let described = sites.iter().find(|each| each.get("domain").and_then(Value::as_str) == Some(&site.domain));
    let servers = described.and_then(|each| each.get("servers")?.as_array().cloned()).unwrap_or_default();
    let named = |server: &Value| {
        let name = server.get("name")?.as_str()?.parse().ok()?;
        Some((server.get("socket")?.as_str()?.to_owned(), name))
    };
    servers.iter().filter_map(named).collect()
}

fn target(lab: &Lab, host: &Host, user: Option<String>) -> Target {
    let scope = lab.inventory.scope(&host.name);
    let app = |key: &str| match scope.get("app").and_then(|app| app.get(key)) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    };
    Target { host: host.clone(), user, app: app("name"), port: app("port") }
}

/// Makes the sites on the web server what the library says, quietly.
async fn proxy(lab: &Lab, cancel: CancellationToken) -> Result<(), Error> {
    let step = "proxy".parse().map_err(|_| Error::failed("there is no step proxy"))?;
    let playbook = playbook::read(&step, &lab.library)?;
    let plan = Plan::new(&lab.inventory, |_| true, &[playbook], &lab.library, &lab.shelf())?;
    let transport = lab.transport();
    let hosts: std::collections::BTreeMap<_, _> =
        lab.inventory.hosts.iter().map(|host| (host.name.clone(), host.clone())).collect();
    let users = hosts.values().filter_map(|host| Some((host.name.clone(), lab.inventory.user(host)?))).collect();
    let run = Run {
        plan,
        hosts,
        mode: event::Mode::Apply,
        facts: false,
        forks: 1,
        owner: run::owner(),
        token: run::token(),
        users,
        secrets: transport.ssh.secrets(),
        shelf: lab.shelf(),
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
