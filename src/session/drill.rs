//! Drills on a lab: who holds the machines meanwhile, which configuration nginx has, and what is shown and recorded.

pub use super::drill_request::DrillRequest;
use super::drill_request::{chosen, sensible};
use super::error::{Error, ErrorKind};
use super::event_sink::EventSink;
use super::lab::Lab;
use super::notices::Notices;
use super::run::{owner, token};
use super::signal::Listener;
use super::site;
use super::site_config;
use crate::config::inventory::Host;
use crate::config::library::Library;
use crate::execution::Sudo;
use crate::execution::drill::{
    self, DrillError, DrillPlan, ErrorLog, HeldHosts, Mode, Names, Target, ejection, proxy_timeouts,
};
use crate::infra::transport::http::Ask;
use crate::infra::transport::{Either, Secrets};
use crate::model::event::{self, DrillFailure, Drilled, Kind, ProxyTimeouts, Remark};
use crate::model::name::{HostName, LabName};
use crate::model::notice::Notice;
use crate::model::site::{BalanceMethod, Server, Site};
use crate::reporting::sentences::unreachable;
use crate::reporting::{Reporter, sentences};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// The template of the sites, and the one that stands in for it.
const TEMPLATE: &str = "nginx/site.conf.j2";
const DEFAULTS: &str = "nginx/defaults.conf.j2";
/// How long a visitor waits. Longer than nginx's own patience, so that it shows.
const PATIENCE: Duration = Duration::from_secs(75);

/// Breaks, measures and restores. `people` get every turn; the recording does, too.
///
/// # Errors
/// What was asked for is not in the lab, the lab did not serve before or does not after, or a host was not reached.
pub async fn drill(
    mut lab: Lab,
    mut words: DrillRequest,
    people: Vec<Box<dyn Reporter + Send>>,
) -> Result<Option<ErrorKind>, Error> {
    lab.plan_machines().await?;
    let (site, server) = chosen(&lab, &words)?;
    lab.find_machines().await?;
    // The machines have addresses now.
    let site = site::named(&lab, &site.domain)?;
    words.modes = sensible(&lab, &words, &site, &server)?;
    let cancel = CancellationToken::new();
    let ctrl_c = Listener::new(cancel.clone(), Some((lab.notices.clone(), Notice::DrillStops)));
    let shipped = lab.library.clone();
    if words.template_defaults {
        let text = lab.library.template(DEFAULTS).map(|source| source.text.clone()).unwrap_or_default();
        lab.library.add_template(TEMPLATE, &text);
        lab.notices.show(&Notice::NginxDefaults);
        let made = site::configure(&lab, cancel.clone()).await;
        if made.is_err() || cancel.is_cancelled() {
            lab.library = shipped;
            site::configure(&lab, CancellationToken::new()).await?;
            return made.map(|()| Some(ErrorKind::Interrupted));
        }
    }
    // A task of its own: should it panic, the template is put back all the same.
    let transport = lab.transport();
    let secrets = transport.ssh.secrets();
    let sink = EventSink::new(&lab, "drill", people, secrets.clone());
    let drilled = match one(&lab, site, &server, &words).await {
        Ok(one) => {
            let work = tokio::spawn(recorded(one, transport, cancel.clone(), sink));
            work.await.unwrap_or_else(|panic| Err(Error::failed(format!("a defect in labctl: {panic}"))))
        }
        Err(error) => {
            sink.end(Err(DrillFailure::Other { reason: error.what.clone() }));
            Err(error)
        }
    };
    if words.template_defaults {
        lab.library = shipped;
        lab.notices.show(&Notice::NginxRestored);
        site::configure(&lab, CancellationToken::new()).await?;
    }
    drop(ctrl_c);
    drilled.map_err(|error| masked(error, &secrets))
}

/// Why there is no drill may be in a machine's words, too.
fn masked(mut error: Error, secrets: &Secrets) -> Error {
    std::iter::once(&mut error.what).chain(&mut error.hints).for_each(|text| secrets.mask(text));
    error
}

/// A drill's choices, the same for every mode.
struct One {
    lab: LabName,
    ask: Ask,
    names: Names,
    site: Site,
    timeouts: ProxyTimeouts,
    target: Target,
    /// The machines that nobody else is to work on meanwhile.
    hosts: Vec<Host>,
    words: DrillRequest,
    notices: Notices,
    /// The web server's name.
    web: String,
    web_host: Option<Host>,
    /// Which configuration nginx has: see [`event::Drill::template`].
    template: &'static str,
}

async fn one(lab: &Lab, site: Site, server: &Server, words: &DrillRequest) -> Result<One, Error> {
    let plan = site_config::plan(lab)?;
    let target = target(lab, server)?;
    let web = lab.inventory.web().map(|web| web.name.clone());
    let own = |library: &Library| library.template(TEMPLATE).map(|source| source.text.clone());
    let template = match words.template_defaults {
        true => "defaults",
        false if own(&lab.library) == own(&Library::shipped()) => "lab",
        false => "own",
    };
    let part = |host: &&Host| web.as_ref() == Some(&host.name) || site.is_served_by(&host.name);
    Ok(One {
        lab: lab.inventory.lab.clone(),
        ask: site::ask(lab, &site, PATIENCE).await?,
        names: site.servers.iter().map(|server| (server.socket(), server.name.clone())).collect(),
        timeouts: proxy_timeouts(site_config::config(&plan, &site.domain).as_ref()),
        target,
        hosts: lab.inventory.hosts.iter().filter(part).cloned().collect(),
        words: words.clone(),
        notices: lab.notices.clone(),
        web_host: lab.inventory.web().cloned(),
        template,
        web: web.map(|web| web.to_string()).unwrap_or_default(),
        site,
    })
}

/// All drills, and their end, shown and recorded.
async fn recorded(
    one: One,
    transport: Either,
    cancel: CancellationToken,
    mut sink: EventSink,
) -> Result<Option<ErrorKind>, Error> {
    let ended = held(&one, &transport, cancel, &mut sink).await;
    sink.end(match &ended {
        Ok(end) => Ok(*end == Some(ErrorKind::Interrupted)),
        Err(error) => Err(DrillFailure::Other { reason: error.what.clone() }),
    });
    ended
}

/// All drills, while the machines are held as by a run.
async fn held(
    one: &One,
    transport: &Either,
    cancel: CancellationToken,
    sink: &mut EventSink,
) -> Result<Option<ErrorKind>, Error> {
    let mut hosts = Vec::new();
    for host in &one.hosts {
        let sudo = Sudo::new(host, &transport.ssh.secrets(), &token())
            .await
            .map_err(|why| Error::input(unreachable::secret(&why)))?;
        hosts.push((host.clone(), sudo));
    }
    let (through, owner) = (Arc::new(transport.clone()), owner());
    let secrets = transport.ssh.secrets();
    let waits = |host: &HostName, mut by: String| {
        secrets.mask(&mut by);
        one.notices.show(&Notice::Remark { host: host.clone(), remark: Remark::Waits { by } });
    };
    let taking = HeldHosts::take(&through, hosts, &one.lab, &owner, &waits);
    let held = tokio::select! {
        held = taking => held?,
        () = cancel.cancelled() => return Ok(Some(ErrorKind::Interrupted)),
    };
    let ended = all(one, transport, cancel.clone(), sink).await;
    if matches!(ended, Ok(None | Some(ErrorKind::Failed))) {
        // Whoever looks next must find a lab as it was before: nginx leaves the server out for a while yet.
        let wait = ejection(&one.timeouts);
        one.notices.show(&Notice::Ejected { server: one.target.name.clone(), lasts: wait });
        tokio::select! {
            () = sleep(wait) => {}
            () = cancel.cancelled() => {}
        }
    }
    held.let_go().await;
    ended
}

async fn all(
    one: &One,
    transport: &Either,
    cancel: CancellationToken,
    sink: &mut EventSink,
) -> Result<Option<ErrorKind>, Error> {
    let mut ended = Ok(None);
    for mode in one.words.modes.iter().copied() {
        if cancel.is_cancelled() {
            ended = Ok(Some(ErrorKind::Interrupted));
            break;
        }
        let plain = one.words.template_defaults;
        let stalls = plain && matches!(mode, Mode::Freeze | Mode::Drop);
        let asked = event::Drill {
            mode,
            host: one.target.name.clone(),
            site: one.site.domain.clone(),
            template: one.template.to_owned(),
            rate: one.words.rate.unwrap_or(if plain { 10 } else { 50 }),
            seconds: one.words.seconds.unwrap_or(if stalls { 65 } else { 12 }),
        };
        sink.emit(Kind::DrillStarted { drill: asked.clone() });
        let sudo = Sudo::new(&one.target.host, &transport.ssh.secrets(), &token()).await;
        let sudo = sudo.map_err(|why| Error::input(unreachable::secret(&why)))?;
        let drill = DrillPlan {
            mode,
            target: one.target.clone(),
            ask: one.ask.clone(),
            names: one.names.clone(),
            sticky: one.site.method() == BalanceMethod::IpHash,
            rate: asked.rate,
            lasting: Duration::from_secs(asked.seconds),
        };
        let log = match &one.web_host {
            // Without its password there is no log; the drill needs none.
            Some(web) => match Sudo::new(web, &transport.ssh.secrets(), &token()).await {
                Ok(sudo) => ErrorLog::begin(transport, web.clone(), sudo).await,
                Err(_) => None,
            },
            None => None,
        };
        let (sender, mut events) = mpsc::unbounded_channel();
        let work = drill::run(drill, transport.clone(), sudo, sender, cancel.clone());
        let story = async {
            while let Some(kind) = events.recv().await {
                sink.emit(kind);
            }
        };
        match tokio::join!(work, story).0 {
            Ok(figures) => {
                let timeouts = Some(Box::new(one.timeouts.clone()));
                let logged = match &log {
                    Some(log) => log.since(&one.site.domain, &one.names).await,
                    None => Vec::new(),
                };
                let drilled = Drilled { drill: asked, figures, timeouts, logged, verdict: None };
                if drilled.keeps_promise() == Some(false) {
                    ended = Ok(Some(ErrorKind::Failed));
                }
                sink.emit(Kind::DrillFinished { drilled });
            }
            Err(failure) => {
                let failed_with = match &failure {
                    DrillError::Unreachable(why) => DrillFailure::Unreachable { unreachable: why.clone() },
                    DrillError::Drill(failure) => failure.clone(),
                };
                sink.emit(Kind::DrillFailed { failure: failed_with });
                ended = failed(failure, one);
                break;
            }
        }
    }
    ended
}

fn failed(failure: DrillError, one: &One) -> Result<Option<ErrorKind>, Error> {
    let failure = match failure {
        DrillError::Unreachable(error) => return Err(error.into()),
        DrillError::Drill(failure) => failure,
    };
    let kind = match &failure {
        DrillFailure::Interrupted => {
            one.notices.show(&Notice::DrillStopped);
            return Ok(Some(ErrorKind::Interrupted));
        }
        DrillFailure::SiteFails { met, .. } if met.is_silence() => ErrorKind::Unreachable,
        _ => ErrorKind::Failed,
    };
    Err(Error { kind, what: sentences::drill::failure(&failure), hints: sentences::drill::hints(&failure, &one.web) })
}

fn target(lab: &Lab, server: &Server) -> Result<Target, Error> {
    let host = lab.host(server.host().as_str())?;
    let all = lab.inventory.backends(&host.name).into_iter();
    let app = all.map(|(_, app)| app).find(|app| app.port == server.port);
    let app = app.unwrap_or_else(|| lab.inventory.application(&host.name));
    let (name, user) = (server.name.clone(), lab.inventory.user(&host));
    Ok(Target { name, host, user, app: app.name, port: app.port.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::inventory::SecretSource;

    #[tokio::test]
    async fn why_there_is_no_drill_is_masked() {
        let secrets = Secrets::new("/", None);
        let password = crate::model::unreachable::SecretUse::Password { user: "me".into() };
        secrets.get(&SecretSource::Command("echo open sesame".into()), &password).await.unwrap();
        let error = masked(Error::failed("app2: open sesame").hint("try open sesame"), &secrets);
        assert_eq!(error.to_string(), "error: app2: ***\n  hint: try ***");
    }
}
