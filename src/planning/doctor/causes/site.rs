//! A site in nginx's configuration: loaded, under the right name, chosen, and handed on to the right machines.

use super::nginx::{accepted, words_after};
use super::{Cause, Found, HostView, Layer, each};
use crate::model::event::Component;
use crate::model::name::HostName;
use crate::model::problem::did_you_mean;
use crate::model::site::Site;
use crate::planning::doctor::RELOAD;
use crate::planning::doctor::conf::{ServerBlock, UpstreamServer};

/// What hides everything behind it.
const fn blocking(name: &'static str, look: fn(&HostView<'_>) -> Option<Found>) -> Cause {
    Cause { name, layer: Layer::Nginx, blocks: true, look }
}

pub const CAUSES: &[Cause] = &[
    blocking("site-not-enabled", |place| each(place, not_enabled)),
    blocking("include-missing", |place| each(place, not_included)),
    blocking("server-name", |place| each(place, misspelt)),
    blocking("site-missing", |place| each(place, missing)),
    blocking("listen-port", |place| each(place, listen_port)),
    blocking("default-site", |place| each(place, other_chosen)),
    blocking("no-proxy-pass", |place| each(place, no_pass)),
    blocking("upstream-address", |place| each(place, address)),
    blocking("upstream-port", |place| each(place, port)),
    blocking("not-reloaded", not_reloaded),
];

/// Whether no loaded server has the site's name.
fn unloaded(place: &HostView<'_>, site: &Site) -> bool {
    accepted(place).is_some_and(|conf| !conf.servers.iter().any(|server| server.fits(&site.domain)))
}

/// A file below /etc/nginx that gives the name to a server, but is not loaded.
fn idle_file<'a>(place: &HostView<'a>, site: &Site) -> Option<&'a str> {
    let conf = accepted(place).filter(|_| unloaded(place, site))?;
    place.machine.lines("nginx.names").iter().find_map(|line| {
        let (file, rest) = line.split_once(':')?;
        let (_, text) = rest.split_once(':')?;
        let names = text.trim().strip_prefix("server_name")?.trim().trim_end_matches(';');
        (names.split_whitespace().any(|name| name == site.domain) && !conf.has_file(file)).then_some(file)
    })
}

fn not_enabled(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let file = idle_file(place, site).filter(|file| file.contains("/sites-available/"))?;
    let found = Found::new(format!(
        "The site {} is written, but not enabled: nginx reads sites-enabled, and there is no link in it.",
        site.domain
    ));
    let found = found.saw(format!("{file} has `server_name {}`, and nginx has not read it", site.domain));
    Some(found.then(place.host, format!("sudo ln -s {file} /etc/nginx/sites-enabled/ && {RELOAD}")))
}

fn not_included(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let file = idle_file(place, site).filter(|file| !file.contains("/sites-available/"))?;
    let folder = file.rsplit_once('/').map_or(file, |(folder, _)| folder);
    let found = Found::new(format!(
        "nginx.conf does not include {file}: nginx knows nothing of {}, and answers with another site.",
        site.domain
    ));
    let found = found.saw(format!(
        "{file} has `server_name {}`, and no include takes it in (nginx -T does not show it)",
        site.domain
    ));
    let line = format!("include {folder}/*{};", if file.ends_with(".conf") { ".conf" } else { "" });
    Some(
        found.then(
            place.host,
            format!("sudo sed -i '\\#sites-enabled/#a\\    {line}' /etc/nginx/nginx.conf && {RELOAD}"),
        ),
    )
}

fn misspelt(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let conf = accepted(place).filter(|_| unloaded(place, site))?;
    let ours = |name: &str| place.sites.iter().any(|other| other.domain == name);
    let names =
        || conf.servers.iter().filter(|s| !s.passes.is_empty()).flat_map(|s| &s.names).filter(|(name, _)| !ours(name));
    let near = did_you_mean(&site.domain, names().map(|(name, _)| name.as_str()));
    let backend = |server: &&ServerBlock| hosts_of(place, server).iter().any(|host| site.is_served_by(host));
    let lone = || conf.servers.iter().filter(backend).flat_map(|server| &server.names).find(|(name, _)| !ours(name));
    let (name, at) = names().find(|(name, _)| Some(name.as_str()) == near).or_else(lone)?;
    let found =
        Found::new(format!("nginx has a site `{name}`, but visitors ask for {}: a slip in server_name.", site.domain));
    let found = found.saw(format!("{at}: server_name {name}")).saw(format!("no server has the name {}", site.domain));
    Some(found.edit(place.host, &at.to_string()))
}

/// The lab's hosts that a server hands requests on to.
fn hosts_of(place: &HostView<'_>, server: &ServerBlock) -> Vec<HostName> {
    let members = server.passes.iter().filter_map(|pass| place.machine.conf.members(pass)).flatten();
    members.filter_map(|member| host_at(place, &member)).collect()
}

fn host_at(place: &HostView<'_>, member: &UpstreamServer) -> Option<HostName> {
    let (address, _) = member.socket.rsplit_once(':')?;
    place.inventory.hosts.iter().find(|host| host.address.as_deref() == Some(address)).map(|host| host.name.clone())
}

fn missing(place: &HostView<'_>, site: &Site) -> Option<Found> {
    if !unloaded(place, site) || idle_file(place, site).is_some() || misspelt(place, site).is_some() {
        return None;
    }
    let found = Found::new(format!("nginx on {} has no site {}: nobody has written it yet.", place.host, site.domain));
    let found = found.saw(format!("no file below /etc/nginx has `server_name {}`", site.domain));
    Some(
        found
            .then(&HostName::controller(), place.explain(Component::Sites))
            .note(format!("what to write where; or let labctl do it: {}", place.make(Component::Sites))),
    )
}

/// The server that visitors get, when it is not one with the site's name; patterns are not judged.
pub(super) fn other_chosen(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let conf = accepted(place).filter(|_| !unloaded(place, site))?;
    let (named, chosen) = (own(place, site)?, conf.chosen(&site.domain, place.address())?);
    // With the name in two servers, the one that leads to the lab is meant.
    if chosen.at == named.at || !named.on_port("80") || !hosts_of(place, chosen).is_empty() {
        return None;
    }
    let default = chosen.at.file.contains("default");
    let which = if default { "nginx's default site" } else { "another site" };
    let twice = chosen.is_named(&site.domain);
    let why = if twice {
        format!("it has the name {} too, and is read first", site.domain)
    } else {
        "it listens on the very address".to_owned()
    };
    let found = Found::new(format!("{which} answers for {} instead of the site: {why}.", site.domain));
    let found = found
        .saw(format!("{}: the server that answers", chosen.at))
        .saw(format!("{}: the server that should", named.at));
    let warned = place.machine.lines("nginx.says").iter().find(|line| line.contains("conflicting server name"));
    let found = found.saw_all(warned.map(|line| format!("nginx -t: {}", words_after(line, "[warn] ").unwrap_or(line))));
    Some(if chosen.at.file.contains("/sites-enabled/") {
        found.then(place.host, format!("sudo rm {} && {RELOAD}", chosen.at.file)).note("only the link goes")
    } else {
        found.edit(place.host, &chosen.at.to_string())
    })
}

/// The server with the site's name; of several, one that hands on to the lab.
fn own<'a>(place: &HostView<'a>, site: &Site) -> Option<&'a ServerBlock> {
    let conf = accepted(place)?;
    let named = || conf.servers.iter().filter(|server| server.is_named(&site.domain));
    named()
        .find(|server| !hosts_of(place, server).is_empty())
        .or_else(|| named().find(|s| !s.passes.is_empty()))
        .or_else(|| named().next())
}

fn listen_port(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let server = own(place, site).filter(|server| !server.on_port("80"))?;
    let listens: Vec<String> = server.listens.iter().map(|listen| listen.join(" ")).collect();
    let found = Found::new(format!("The site {} does not listen on port 80, where browsers ask.", site.domain));
    let found = found.saw(format!("{}: listen {}", server.at, listens.join(", ")));
    Some(found.edit(place.host, &server.at.to_string()))
}

fn no_pass(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let server = own(place, site).filter(|server| server.passes.is_empty())?;
    let found = Found::new(format!(
        "The site {} has no proxy_pass: nginx looks for files instead of asking the application.",
        site.domain
    ));
    Some(found.saw(format!("{}: a server without proxy_pass", server.at)).edit(place.host, &server.at.to_string()))
}

/// Whom the site's server asks; none where that cannot be told.
pub(super) fn members(place: &HostView<'_>, site: &Site) -> Vec<UpstreamServer> {
    let Some(server) = own(place, site) else { return Vec::new() };
    server.passes.first().and_then(|pass| accepted(place)?.members(pass)).unwrap_or_default()
}

/// Whether an address answers well for nginx: then it is right, whatever the inventory says.
fn answers(place: &HostView<'_>, member: &UpstreamServer) -> bool {
    place.machine.answer(&format!("reach.{}", member.socket)).is_some_and(|answer| answer.good())
}

/// Whether it is one of the site's servers, by the address alone.
fn wanted_host(place: &HostView<'_>, site: &Site, member: &UpstreamServer) -> bool {
    host_at(place, member).is_some_and(|host| site.is_served_by(&host))
}

fn sockets(site: &Site) -> Vec<String> {
    site.servers.iter().map(|server| server.socket()).collect()
}

fn address(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let members = members(place, site);
    let local =
        |member: &UpstreamServer| ["127.", "localhost:", "[::1]"].iter().any(|begin| member.socket.starts_with(begin));
    let own_machine = site.is_served_by(place.host);
    let named = |member: &UpstreamServer| !member.socket.starts_with(|c: char| c.is_ascii_digit() || c == '[');
    let wrong = members.iter().find(|member| {
        if local(member) {
            !own_machine
        } else {
            !(wanted_host(place, site, member) || named(member) && answers(place, member))
        }
    })?;
    let should = sockets(site).join(" or ");
    let found = if local(wrong) {
        Found::new(format!(
            "The site {} asks {} itself for the application ({}), but it runs on another machine.",
            site.domain, place.host, wrong.socket
        ))
    } else {
        Found::new(format!("The site {} asks {}, which is none of its application servers.", site.domain, wrong.socket))
    };
    let found = found.saw(format!("{}: {}", wrong.at, wrong.socket)).saw(format!("the application is at {should}"));
    let reach = place.machine.answer(&format!("reach.{}", wrong.socket));
    let found =
        found.saw_all(reach.map(|answer| format!("from {}, http://{}/: {}", place.host, wrong.socket, answer.told())));
    Some(found.edit(place.host, &wrong.at.to_string()))
}

fn port(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let should = sockets(site);
    let members = members(place, site);
    let wrong =
        members.iter().find(|m| wanted_host(place, site, m) && !should.contains(&m.socket) && !answers(place, m))?;
    let host = host_at(place, wrong)?;
    let (right, wrong_port) = (place.inventory.socket(&host), wrong.socket.rsplit_once(':')?.1);
    let found = Found::new(format!(
        "The site {} asks {host} on port {wrong_port}, but the application listens on port {}.",
        site.domain,
        right.rsplit_once(':')?.1
    ));
    let found = found.saw(format!("{}: {}", wrong.at, wrong.socket));
    let reach = |socket: &str| {
        place
            .machine
            .answer(&format!("reach.{socket}"))
            .map(|a| format!("from {}, http://{socket}/: {}", place.host, a.told()))
    };
    let found = found.saw_all(reach(&wrong.socket)).saw_all(reach(&right));
    Some(found.edit(place.host, &wrong.at.to_string()))
}

fn not_reloaded(place: &HostView<'_>) -> Option<Found> {
    // The step's own check knows: it compares the workers' age (or what labctl saw loaded) with the files.
    let nginx = place.nginx().filter(|nginx| place.is_web() && nginx.stale)?;
    let found = Found::new(format!(
        "The configuration of nginx on {} was changed, but not loaded: the running nginx still serves the old one.",
        place.host
    ));
    let found = found.saw(format!("nginx {}", nginx.seen.why));
    let bind = place.machine.lines("nginx.log").iter().rev().find(|line| line.contains("bind() to"));
    let Some(bind) = bind else { return Some(found.then(place.host, RELOAD)) };
    // Then a reload is refused in silence: nginx -t and systemctl both say that all is well.
    let found = found.saw(format!("/var/log/nginx/error.log: {bind}"));
    Some(
        found
            .then(place.host, "sudo nginx -t && sudo systemctl restart nginx")
            .note("a reload could not take the address"),
    )
}
