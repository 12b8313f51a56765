//! A site in nginx's configuration: loaded, under the right name, chosen, and handed on to the right machines.

use super::backends::{answers, hosts_of, members, own, target, wanted, works, written};
use super::nginx::{accepted, words_after};
use super::{Cause, Found, HostView, Layer, each};
use crate::model::event::Component;
use crate::model::name::HostName;
use crate::model::problem::did_you_mean;
use crate::model::quote::{quote, typed};
use crate::model::site::Site;
use crate::planning::doctor::RELOAD;
use crate::planning::doctor::conf::{Conf, Include};
use crate::planning::doctor::running::host_at;
use crate::planning::doctor::server::{Action, ServerBlock};

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
    let conf = accepted(place).filter(|_| unloaded(place, site) && !works(place, site))?;
    place.machine.lines("nginx.names").iter().find_map(|line| {
        let (file, rest) = line.split_once(':')?;
        let (_, text) = rest.split_once(':')?;
        let names = text.trim().strip_prefix("server_name")?.trim().trim_end_matches(';');
        (names.split_whitespace().any(|name| name == site.domain) && !conf.has_file(file)).then_some(file)
    })
}

/// The line of `sed` that puts an include into `http { }` of the main file.
fn included(conf: &Conf, pattern: &str) -> Option<String> {
    let http = conf.http.as_ref()?;
    let edit = quote(&format!("{}a\\    include {pattern};", http.line));
    Some(format!("sudo sed -i --follow-symlinks {edit} {}", typed(&http.file)))
}

fn not_enabled(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let file = idle_file(place, site).filter(|file| file.contains("/sites-available/"))?;
    let found = Found::new(format!(
        "The site {} is written, but not enabled: nginx reads sites-enabled, and there is no link in it.",
        site.domain
    ));
    let found = found.saw(format!("{file} has `server_name {}`, and nginx has not read it", site.domain));
    let conf = accepted(place)?;
    let link = format!("/etc/nginx/sites-enabled/{}", file.rsplit('/').next()?);
    let found = found.then(place.host, format!("sudo ln -sf {} /etc/nginx/sites-enabled/", typed(file)));
    let found = match included(conf, "/etc/nginx/sites-enabled/*") {
        Some(edit) if conf.includes_of(&link).next().is_none() => found.then(place.host, edit),
        _ => found,
    };
    Some(found.then(place.host, RELOAD))
}

fn not_included(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let file = idle_file(place, site).filter(|file| !file.contains("/sites-available/"))?;
    let (folder, name) = file.rsplit_once('/')?;
    let conf = accepted(place)?;
    let found = Found::new(format!(
        "nginx.conf does not include {file}: nginx knows nothing of {}, and answers with another site.",
        site.domain
    ));
    let found = found.saw(format!(
        "{file} has `server_name {}`, and no include takes it in (nginx -T does not show it)",
        site.domain
    ));
    let parent = |include: &Include| include.pattern.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    // An include of the folder that passes over this file: a second one would take the others in twice.
    if let Some(near) = conf.includes.iter().find(|include| parent(include).as_deref() == Some(folder)) {
        let found = found.saw(format!("{}: include {};", near.at, near.pattern));
        let ending =
            near.pattern.rsplit_once('*').map(|(_, ending)| ending).filter(|e| !e.is_empty() && !name.ends_with(e));
        return Some(match (ending, included(conf, file)) {
            (Some(ending), _) => found
                .then(place.host, format!("sudo mv {} {}", typed(file), typed(&format!("{file}{ending}"))))
                .note("the include takes only files of that ending")
                .then(place.host, RELOAD),
            (None, Some(edit)) => found.then(place.host, edit).then(place.host, RELOAD),
            (None, None) => found.edit(place.host, &near.at, format!("write `include {file};` below it")),
        });
    }
    // One of a folder that is not there, by a slip.
    let own = ["conf.d", "sites-enabled", "modules-enabled"];
    let last = |folder: &str| folder.rsplit('/').next().unwrap_or_default().to_owned();
    let slip = conf.includes.iter().filter(|include| include.in_http).find_map(|include| {
        let wrong = parent(include)?;
        let taken = conf.files.iter().any(|file| crate::model::glob::path(&include.pattern, file));
        let near = did_you_mean(&last(folder), [last(&wrong).as_str()]).is_some();
        (!taken && near && !own.contains(&last(&wrong).as_str())).then_some((include, wrong))
    });
    if let Some((slip, wrong)) = slip {
        let found = found.saw(format!("{}: include {};", slip.at, slip.pattern));
        return Some(found.change(place, &slip.at, &last(&wrong), &last(folder)));
    }
    let pattern = if name.ends_with(".conf") { format!("{folder}/*.conf") } else { file.to_owned() };
    Some(match included(conf, &pattern) {
        Some(edit) => found.then(place.host, edit).then(place.host, RELOAD),
        None => found
            .then(place.host, "sudo nano /etc/nginx/nginx.conf")
            .note(format!("write `include {pattern};` within http {{ }}")),
    })
}

/// How little a server with another name fits a site: other servers behind it first, then the name.
fn misfit(place: &HostView<'_>, site: &Site, server: &ServerBlock, name: &str) -> (bool, usize) {
    let led = hosts_of(place, server);
    let same = site.hosts().all(|host| led.contains(host)) && led.iter().all(|host| site.is_served_by(host));
    (!same, strsim::osa_distance(name, &site.domain))
}

fn misspelt(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let conf = accepted(place).filter(|_| unloaded(place, site) && !works(place, site))?;
    let ours = |name: &str| place.sites.iter().any(|other| other.domain == name);
    let open: Vec<&Site> = place.sites.iter().filter(|other| unloaded(place, other)).collect();
    let servers = conf.servers.iter().filter(|server| !server.passes.is_empty());
    let names = servers.flat_map(|server| server.names.iter().map(move |(name, at)| (server, name, at)));
    let meant = |(server, name, _): &(&ServerBlock, &String, _)| {
        let near = did_you_mean(&site.domain, [name.as_str()]).is_some();
        let behind = hosts_of(place, server).iter().any(|host| site.is_served_by(host));
        // It is this site's, and not more another's.
        let best = open.iter().min_by_key(|other| misfit(place, other, server, name));
        !ours(name) && (near || behind) && best.is_some_and(|best| best.domain == site.domain)
    };
    let (_, name, at) = names.filter(meant).min_by_key(|(server, name, _)| misfit(place, site, server, name))?;
    let found =
        Found::new(format!("nginx has a site `{name}`, but visitors ask for {}: a slip in server_name.", site.domain));
    let found = found.saw(format!("{at}: server_name {name}")).saw(format!("no server has the name {}", site.domain));
    Some(found.change(place, at, name, &site.domain))
}

fn missing(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let other = || idle_file(place, site).is_some() || misspelt(place, site).is_some();
    if !unloaded(place, site) || works(place, site) || other() {
        return None;
    }
    let found = Found::new(format!("nginx on {} has no site {}: nobody has written it yet.", place.host, site.domain));
    let found = found.saw(format!("no file below /etc/nginx has `server_name {}`", site.domain));
    Some(
        found
            .then(&HostName::controller(), place.make(Component::Sites))
            .note(format!("or by hand: {}", place.explain(Component::Sites))),
    )
}

/// The server that visitors get, when it is not one with the site's name; patterns are not judged.
pub(super) fn other_chosen(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let conf = accepted(place).filter(|_| !unloaded(place, site))?;
    let (named, chosen) = (own(place, site)?, conf.chosen(&site.domain, &place.address())?);
    // With the name in two servers, the one that leads to the lab is meant.
    if chosen.at == named.at || !named.on_port("80") || works(place, site) {
        return None;
    }
    // Of two servers for one site, both of the lab, which one is meant cannot be told.
    if chosen.is_named(&site.domain) && !hosts_of(place, chosen).is_empty() {
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
    let file = &chosen.at.file;
    let others = conf.servers.iter().any(|server| server.at != chosen.at && &server.at.file == file);
    let own_listen = chosen
        .listens
        .iter()
        .zip(&chosen.listens_at)
        .find(|(listen, _)| listen.first().is_some_and(|first| first.starts_with(&place.address())));
    let name = chosen.names.iter().find(|(name, _)| name.eq_ignore_ascii_case(&site.domain));
    let link = file.contains("/sites-enabled/") && !conf.has_file(file);
    Some(if link && !others {
        found.then(place.host, format!("sudo rm {}", typed(file))).note("only the link goes").then(place.host, RELOAD)
    } else if let Some((listen, at)) = own_listen.filter(|_| !twice) {
        // A socket for one address cannot become one for all in a reload.
        let found = found.change_only(place, at, listen.first()?, "80");
        found.then(place.host, "sudo nginx -t && sudo systemctl restart nginx")
    } else if let Some((name, at)) = name {
        found.change(place, at, name, "_")
    } else {
        found.edit(place.host, &chosen.at, format!("take the name {} out of this server", site.domain))
    })
}

fn listen_port(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let server = own(place, site).filter(|server| !server.on_port("80") && !works(place, site))?;
    let listens: Vec<String> = server.listens.iter().map(|listen| listen.join(" ")).collect();
    let found = Found::new(format!("The site {} does not listen on port 80, where browsers ask.", site.domain));
    let found = found.saw(format!("{}: listen {}", server.at, listens.join(", ")));
    let (at, listen) = (server.listens_at.first()?, server.listens.first()?.first()?);
    Some(found.change(place, at, &format!("listen {listen}"), "listen 80"))
}

fn no_pass(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let server = own(place, site).filter(|_| !works(place, site))?;
    let Action::Files { .. } = server.action("/") else { return None };
    let location = server.location("/");
    if location.is_some_and(|location| location.pass.is_some()) {
        return None;
    }
    let found = Found::new(format!(
        "The site {} has no proxy_pass: nginx looks for files instead of asking the application.",
        site.domain
    ));
    let found = found.saw(format!("{}: a server without proxy_pass for `/`", server.at));
    let pass = format!("proxy_pass http://{};", target(place, site));
    let body = location.map(|location| location.body.as_slice()).unwrap_or_default();
    let tries = body.iter().find(|each| each.name() == "try_files");
    Some(match (location, tries) {
        (_, Some(tries)) => found.change(place, &tries.at, &format!("{};", tries.words.join(" ")), &pass),
        (Some(location), None) => found.sed(place, &location.at, &format!("s|{{|{{ {pass}|")).then(place.host, RELOAD),
        (None, None) => {
            found.sed(place, &server.at, &format!("s|{{|{{ location / {{ {pass} }}|")).then(place.host, RELOAD)
        }
    })
}

fn address(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let members = members(place, site);
    let wrong = members.iter().find(|member| !wanted(place, site, member))?;
    let local = ["127.", "localhost:", "[::1]"].iter().any(|begin| wrong.socket.starts_with(begin));
    let asked = |host: &HostName| members.iter().any(|member| host_at(place, member).as_ref() == Some(host));
    let open = site.servers.iter().find(|server| !asked(&server.host)).or(site.servers.first())?;
    let should = place.at(&open.host).socket();
    let found = if local {
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
    Some(found.change(place, &wrong.at, written(place, wrong), &should))
}

fn port(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let members = members(place, site);
    let wrong = members.iter().find(|member| {
        let host = host_at(place, member).filter(|host| site.is_served_by(host));
        host.is_some_and(|host| {
            let right = place.at(&host).port().to_string();
            member.socket.rsplit_once(':').is_some_and(|(_, port)| port != right) && !answers(place, member)
        })
    })?;
    let host = host_at(place, wrong)?;
    let (address, wrong_port) = wrong.socket.rsplit_once(':')?;
    let right_port = place.at(&host).port();
    let right = format!("{address}:{right_port}");
    let found = Found::new(format!(
        "The site {} asks {host} on port {wrong_port}, but the application listens on port {right_port}.",
        site.domain
    ));
    let found = found.saw(format!("{}: {}", wrong.at, wrong.socket));
    let reach = |socket: &str| {
        place
            .machine
            .answer(&format!("reach.{socket}"))
            .map(|a| format!("from {}, http://{socket}/: {}", place.host, a.told()))
    };
    let found = found.saw_all(reach(&wrong.socket)).saw_all(reach(&right));
    Some(found.change(place, &wrong.at, written(place, wrong), &right))
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
