//! What a site hands its requests on to: the right machines and ports, from the configuration that nginx has loaded.

use super::backends::{answers, members, own, target, wanted, works, written};
use super::{Cause, Found, HostView, Layer, each};
use crate::model::message::message;
use crate::model::name::HostName;
use crate::model::quote::quote;
use crate::model::site::{Server, Site};
use crate::planning::doctor::RELOAD;
use crate::planning::doctor::conf::UpstreamServer;
use crate::planning::doctor::running::{host_at, is_server};
use crate::planning::doctor::server::Action;

/// What hides everything behind it.
const fn blocking(name: &'static str, find: fn(&HostView<'_>) -> Option<Found>) -> Cause {
    Cause { name, layer: Layer::Nginx, blocks: true, find }
}

pub const CAUSES: &[Cause] = &[
    blocking("no-proxy-pass", |view| each(view, no_pass)),
    blocking("proxy-pass-variable", |view| each(view, variable)),
    blocking("backend-name", |view| each(view, name)),
    blocking("upstream-address", |view| each(view, address)),
    blocking("upstream-port", |view| each(view, port)),
    blocking("not-reloaded", not_reloaded),
];

fn no_pass(view: &HostView<'_>, site: &Site) -> Option<Found> {
    let server = own(view, site).filter(|_| !works(view, site))?;
    let Action::Files { .. } = server.action("/", &site.domain) else { return None };
    let location = server.location("/");
    if location.is_some_and(|location| location.pass.is_some()) {
        return None;
    }
    let found = Found::new(message!(
        "The site {} has no proxy_pass: nginx looks for files instead of asking the application.",
        site.domain
    ));
    let found = found.saw(message!("{}: a server without proxy_pass for `/`", server.at));
    let pass = format!("proxy_pass http://{};", target(view, site));
    let body = location.map(|location| location.body.as_slice()).unwrap_or_default();
    let tries = body.iter().find(|each| each.name() == "try_files");
    Some(match (location, tries) {
        (_, Some(tries)) => found.change(view, &tries.at, &format!("{};", tries.words.join(" ")), &pass),
        (Some(location), None) => found.sed(view, &location.at, &format!("s|{{|{{ {pass}|")).then(view.host, RELOAD),
        (None, None) => {
            found.sed(view, &server.at, &format!("s|{{|{{ location / {{ {pass} }}|")).then(view.host, RELOAD)
        }
    })
}

/// With a variable, nginx looks the name up for each request, by a name server of its own.
fn variable(view: &HostView<'_>, site: &Site) -> Option<Found> {
    let server = own(view, site).filter(|_| !works(view, site))?;
    let Action::Pass(pass) = server.action("/", &site.domain) else { return None };
    if !pass.target.contains('$') {
        return None;
    }
    let tells = ["no resolver defined", "could not be resolved", "invalid URL prefix", "invalid port in", "no host in"];
    let own = format!("server: {}", site.domain);
    let lines = view.machine.lines("nginx.error").iter().rev();
    let line = lines.into_iter().find(|line| line.contains(&own) && tells.iter().any(|words| line.contains(words)))?;
    let found = Found::new(message!(
        "The site {} asks for its application by a variable, and nginx cannot tell which address that is.",
        site.domain
    ));
    let found = found
        .saw(message!("{}: {}", pass.at, view.machine.conf.line(&pass.at).unwrap_or_default()))
        .saw(message!("/var/log/nginx/error.log: {}", line.split(", client:").next().unwrap_or(line)));
    let edit = format!("s|proxy_pass[^;]*;|proxy_pass http://{};|", target(view, site));
    Some(found.sed(view, &pass.at, &edit).then(view.host, RELOAD))
}

/// A backend by a name that the web server's own hosts file leads elsewhere.
fn name(view: &HostView<'_>, site: &Site) -> Option<Found> {
    let members = members(view, site);
    let astray = |member: &&UpstreamServer| {
        let (name, _) = member.socket.rsplit_once(':')?;
        let taken_for = view.machine.one(&format!("name.{name}")).filter(|address| !address.is_empty())?;
        let (line, text) = view.machine.one(&format!("hosts.{name}"))?.split_once(':')?;
        let own = text.split_whitespace().next() == Some(taken_for);
        (own && !wanted(view, site, member)).then_some((name.to_owned(), taken_for, line, text))
    };
    let (wrong, (name, taken_for, line, text)) = members.iter().find_map(|each| Some((each, astray(&each)?)))?;
    let asked = |server: &&Server| members.iter().any(|member| is_server(view, member, server));
    let meant = site.servers.iter().find(|server| server.host().as_str() == name);
    let open = meant.or_else(|| site.servers.iter().find(|server| !asked(server)))?;
    let right = view.at(open.host()).address();
    let found = Found::new(message!(
        "The site {} asks {}, and the hosts file of {} leads that name to {}: {} is at {}.",
        site.domain,
        wrong.socket,
        view.host,
        taken_for,
        open.host(),
        right
    ));
    let found = found.saw(message!("on {}, /etc/hosts:{}: {}", view.host, line, text.trim()));
    let found = found.saw(message!("{}: {}", wrong.at, wrong.socket));
    let edit = quote(&format!("{line}s/{}/{right}/", taken_for.replace('.', "\\.")));
    // nginx looks names up when it loads its files.
    Some(found.then(view.host, format!("sudo sed -i {edit} /etc/hosts")).then(view.host, RELOAD))
}

fn address(view: &HostView<'_>, site: &Site) -> Option<Found> {
    let members = members(view, site);
    let wrong = members.iter().find(|member| !wanted(view, site, member))?;
    let local = ["127.", "localhost:", "[::1]"].iter().any(|begin| wrong.socket.starts_with(begin));
    let asked = |server: &&Server| members.iter().any(|member| is_server(view, member, server));
    let open = site.servers.iter().find(|server| !asked(server)).or(site.servers.first())?;
    let should = view.server(open).socket();
    let found = if local {
        Found::new(message!(
            "The site {} asks {} itself for the application ({}), but it runs on another machine.",
            site.domain,
            view.host,
            wrong.socket
        ))
    } else {
        Found::new(message!(
            "The site {} asks {}, which is not one of its application servers.",
            site.domain,
            wrong.socket
        ))
    };
    let found = found.saw(message!("{}: {}", wrong.at, wrong.socket)).saw(message!("the application is at {}", should));
    let reach = view.machine.answer(&format!("reach.{}", wrong.socket));
    let found = found
        .saw_all(reach.map(|answer| message!("from {}, http://{}/: {}", view.host, wrong.socket, answer.describe())));
    Some(found.change(view, &wrong.at, written(view, wrong), &should))
}

fn port(view: &HostView<'_>, site: &Site) -> Option<Found> {
    let members = members(view, site);
    // Of several instances there, one that nobody asks.
    let asked = |host: &HostName, port: u16| {
        members.iter().any(|other| other.port() == Some(port) && host_at(view, other).as_ref() == Some(host))
    };
    let right_of = |member: &UpstreamServer| {
        let host = host_at(view, member).filter(|host| site.is_served_by(host))?;
        let ports: Vec<u16> = view.at(&host).each().map(|there| there.port()).collect();
        if ports.iter().any(|port| member.port() == Some(*port)) || answers(view, member) {
            return None;
        }
        let right = ports.iter().copied().find(|port| !asked(&host, *port)).or(ports.first().copied())?;
        Some((host, format!("{}:{right}", member.socket.rsplit_once(':')?.0)))
    };
    let mut all: Vec<(&UpstreamServer, HostName, String)> = Vec::new();
    for member in &members {
        if let Some((host, right)) = right_of(member)
            && !all.iter().any(|(_, _, other)| other == &right)
        {
            all.push((member, host, right));
        }
    }
    let (wrong, host, right) = all.first()?;
    let (wrong_port, right_port) = (wrong.socket.rsplit_once(':')?.1, right.rsplit_once(':')?.1);
    let found = Found::new(message!(
        "The site {} asks {} on port {}, but the application listens on port {}.",
        site.domain,
        host,
        wrong_port,
        right_port
    ));
    let found = found.saw(message!("{}: {}", wrong.at, wrong.socket));
    let reach = |socket: &str| {
        view.machine
            .answer(&format!("reach.{socket}"))
            .map(|a| message!("from {}, http://{}/: {}", view.host, socket, a.describe()))
    };
    let found = found.saw_all(reach(&wrong.socket)).saw_all(reach(right));
    let edit = |found: Found, (wrong, _, right): &(&UpstreamServer, HostName, String)| {
        found.change_only(view, &wrong.at, written(view, wrong), right)
    };
    Some(all.iter().fold(found, edit).then(view.host, RELOAD))
}

/// A reload does not reach the nginx that runs: its pid file does not name it.
fn lost(view: &HostView<'_>) -> Option<Found> {
    let masters =
        view.machine.processes.iter().filter(|(_, process)| process.line.starts_with("nginx: master process"));
    let masters: Vec<String> = masters.map(|(pid, _)| pid.to_string()).collect();
    let said = view.machine.one("nginx.pid").filter(|said| view.is_web() && !masters.iter().any(|pid| pid == said))?;
    let master = masters.first()?;
    if view.sites.iter().all(|site| works(view, site)) {
        return None;
    }
    let found = Found::new(message!(
        "nginx's configuration on {} was changed but not loaded: a reload does not reach the running nginx, because /run/nginx.pid does not name it.",
        view.host
    ));
    let said = if said.is_empty() { "-" } else { said };
    let found = found.saw(message!("/run/nginx.pid: {}; the running nginx is process {}", said, master));
    Some(found.then(view.host, format!("sudo nginx -t && {{ sudo systemctl stop nginx; sudo kill {master}; sleep 1; sudo systemctl restart nginx; }}")))
}

fn not_reloaded(view: &HostView<'_>) -> Option<Found> {
    if let Some(found) = lost(view) {
        return Some(found);
    }
    // The step's own check knows: it compares the workers' age (or what labctl saw loaded) with the files.
    let nginx = view.nginx().filter(|nginx| view.is_web() && nginx.stale)?;
    let found = Found::new(message!(
        "nginx's configuration on {} was changed but not loaded: the running nginx still serves the old one.",
        view.host
    ));
    let found = found.saw(message!("nginx {}", nginx.seen.why));
    let bind = view.machine.lines("nginx.log").iter().rev().find(|line| line.contains("bind() to"));
    let Some(bind) = bind else { return Some(found.then(view.host, RELOAD)) };
    // Then a reload is refused in silence: nginx -t and systemctl both say that all is well.
    let found = found.saw(message!("/var/log/nginx/error.log: {}", bind));
    Some(
        found
            .then(view.host, "sudo nginx -t && sudo systemctl restart nginx")
            .note(message!("a reload could not take the address")),
    )
}
