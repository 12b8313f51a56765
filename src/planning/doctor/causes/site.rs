//! A site in nginx's configuration: loaded, under the right name, and chosen.

use super::backends::{hosts_of, own, works};
use super::nginx::{accepted, words_after};
use super::{Cause, Found, HostView, Layer, each};
use crate::model::event::Component;
use crate::model::message::message;
use crate::model::name::HostName;
use crate::model::problem::did_you_mean;
use crate::model::quote::{quote, typed};
use crate::model::site::Site;
use crate::planning::doctor::RELOAD;
use crate::planning::doctor::conf::{Conf, Include};
use crate::planning::doctor::server::ServerBlock;

/// What hides everything behind it.
const fn blocking(name: &'static str, find: fn(&HostView<'_>) -> Option<Found>) -> Cause {
    Cause { name, layer: Layer::Nginx, blocks: true, find }
}

pub const CAUSES: &[Cause] = &[
    blocking("site-not-enabled", |view| each(view, not_enabled)),
    blocking("include-missing", |view| each(view, not_included)),
    blocking("server-name", |view| each(view, misspelt)),
    blocking("site-missing", |view| each(view, missing)),
    blocking("listen-port", |view| each(view, listen_port)),
    blocking("default-site", |view| each(view, other_chosen)),
];

/// Whether no loaded server has the site's name.
fn unloaded(view: &HostView<'_>, site: &Site) -> bool {
    accepted(view).is_some_and(|conf| !conf.servers.iter().any(|server| server.fits(&site.domain)))
}

/// A file below /etc/nginx that gives the name to a server, but is not loaded.
fn idle_file<'a>(view: &HostView<'a>, site: &Site) -> Option<&'a str> {
    let conf = accepted(view).filter(|_| unloaded(view, site) && !works(view, site))?;
    view.machine.lines("nginx.names").iter().find_map(|line| {
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

fn not_enabled(view: &HostView<'_>, site: &Site) -> Option<Found> {
    let file = idle_file(view, site).filter(|file| file.contains("/sites-available/"))?;
    let found = Found::new(message!(
        "The site {} exists, but is not enabled: nginx reads sites-enabled, and has no link to it there.",
        site.domain
    ));
    let found = found.saw(message!("{} has `server_name {}`, but nginx has not read it", file, site.domain));
    let conf = accepted(view)?;
    let link = format!("/etc/nginx/sites-enabled/{}", file.rsplit('/').next()?);
    let found = found.then(view.host, format!("sudo ln -sf {} /etc/nginx/sites-enabled/", typed(file)));
    let found = match included(conf, "/etc/nginx/sites-enabled/*") {
        Some(edit) if conf.includes_of(&link).next().is_none() => found.then(view.host, edit),
        _ => found,
    };
    Some(found.then(view.host, RELOAD))
}

fn not_included(view: &HostView<'_>, site: &Site) -> Option<Found> {
    let file = idle_file(view, site).filter(|file| !file.contains("/sites-available/"))?;
    let (folder, name) = file.rsplit_once('/')?;
    let conf = accepted(view)?;
    let found = Found::new(message!(
        "nginx.conf does not include {}: nginx knows nothing of {}, and answers with another site.",
        file,
        site.domain
    ));
    let found = found.saw(message!(
        "{} has `server_name {}`, but no include reads it (nginx -T does not show it)",
        file,
        site.domain
    ));
    let parent = |include: &Include| include.pattern.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    // An include of the folder that passes over this file: a second one would take the others in twice.
    if let Some(near) = conf.includes.iter().find(|include| parent(include).as_deref() == Some(folder)) {
        let found = found.saw(message!("{}: include {};", near.at, near.pattern));
        let ending =
            near.pattern.rsplit_once('*').map(|(_, ending)| ending).filter(|e| !e.is_empty() && !name.ends_with(e));
        return Some(match (ending, included(conf, file)) {
            (Some(ending), _) => found
                .then(view.host, format!("sudo mv {} {}", typed(file), typed(&format!("{file}{ending}"))))
                .note(message!("the include reads only files with that ending"))
                .then(view.host, RELOAD),
            (None, Some(edit)) => found.then(view.host, edit).then(view.host, RELOAD),
            (None, None) => found.edit(view.host, &near.at, message!("write `include {};` below it", file)),
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
        let found = found.saw(message!("{}: include {};", slip.at, slip.pattern));
        return Some(found.change(view, &slip.at, &last(&wrong), &last(folder)));
    }
    let pattern = if name.ends_with(".conf") { format!("{folder}/*.conf") } else { file.to_owned() };
    Some(match included(conf, &pattern) {
        Some(edit) => found.then(view.host, edit).then(view.host, RELOAD),
        None => found
            .then(view.host, "sudo nano /etc/nginx/nginx.conf")
            .note(message!("write `include {};` inside http {{ }}", pattern)),
    })
}

/// How little a server with another name fits a site: other servers behind it first, then the name.
fn misfit(view: &HostView<'_>, site: &Site, server: &ServerBlock, name: &str) -> (bool, usize) {
    let led = hosts_of(view, server);
    let same = site.hosts().all(|host| led.contains(host)) && led.iter().all(|host| site.is_served_by(host));
    (!same, strsim::osa_distance(name, &site.domain))
}

fn misspelt(view: &HostView<'_>, site: &Site) -> Option<Found> {
    let conf = accepted(view).filter(|_| unloaded(view, site) && !works(view, site))?;
    let ours = |name: &str| view.sites.iter().any(|other| other.domain == name);
    let open: Vec<&Site> = view.sites.iter().filter(|other| unloaded(view, other)).collect();
    let servers = conf.servers.iter().filter(|server| !server.passes.is_empty());
    let names = servers.flat_map(|server| server.names.iter().map(move |(name, at)| (server, name, at)));
    let meant = |(server, name, _): &(&ServerBlock, &String, _)| {
        let near = did_you_mean(&site.domain, [name.as_str()]).is_some();
        let behind = hosts_of(view, server).iter().any(|host| site.is_served_by(host));
        // It is this site's, and not more another's.
        let best = open.iter().min_by_key(|other| misfit(view, other, server, name));
        !ours(name) && (near || behind) && best.is_some_and(|best| best.domain == site.domain)
    };
    let (_, name, at) = names.filter(meant).min_by_key(|(server, name, _)| misfit(view, site, server, name))?;
    let found = Found::new(message!(
        "nginx has a site `{}`, but visitors ask for {}: a typing mistake in server_name.",
        name,
        site.domain
    ));
    let found =
        found.saw(message!("{}: server_name {}", at, name)).saw(message!("no server has the name {}", site.domain));
    Some(found.change(view, at, name, &site.domain))
}

fn missing(view: &HostView<'_>, site: &Site) -> Option<Found> {
    let other = || idle_file(view, site).is_some() || misspelt(view, site).is_some();
    if !unloaded(view, site) || works(view, site) || other() {
        return None;
    }
    let found = Found::new(message!("nginx on {} has no site {}: nobody has written it yet.", view.host, site.domain));
    let found = found.saw(message!("no file below /etc/nginx has `server_name {}`", site.domain));
    Some(
        found
            .then(&HostName::controller(), view.make(Component::Sites))
            .note(message!("or by hand: {}", view.explain(Component::Sites))),
    )
}

/// The server that visitors get, when it is not one with the site's name; patterns are not judged.
pub(super) fn other_chosen(view: &HostView<'_>, site: &Site) -> Option<Found> {
    let conf = accepted(view).filter(|_| !unloaded(view, site))?;
    let (named, chosen) = (own(view, site)?, conf.chosen(&site.domain, &view.address())?);
    // With the name in two servers, the one that leads to the lab is meant.
    if chosen.at == named.at || !named.on_web_port(|at| has(view, at)) || works(view, site) {
        return None;
    }
    // Of two servers for one site, both of the lab, which one is meant cannot be told.
    if chosen.is_named(&site.domain) && !hosts_of(view, chosen).is_empty() {
        return None;
    }
    let default = chosen.at.file.contains("default");
    let which = if default { message!("nginx's default site") } else { message!("Another site") };
    let twice = chosen.is_named(&site.domain);
    let why = if twice {
        message!("it has the name {} too, and is read first", site.domain)
    } else {
        message!("it listens on exactly this address")
    };
    let found = Found::new(message!("{} answers for {} in its place: {}.", which, site.domain, why));
    let found = found
        .saw(message!("{}: the server that answers", chosen.at))
        .saw(message!("{}: the server that should", named.at));
    let warned = view.machine.lines("nginx.says").iter().find(|line| line.contains("conflicting server name"));
    let found =
        found.saw_all(warned.map(|line| message!("nginx -t: {}", words_after(line, "[warn] ").unwrap_or(line))));
    let file = &chosen.at.file;
    let others = conf.servers.iter().any(|server| server.at != chosen.at && &server.at.file == file);
    let own_listen = chosen
        .listens
        .iter()
        .zip(&chosen.listens_at)
        .find(|(listen, _)| listen.first().is_some_and(|first| first.starts_with(&view.address())));
    let name = chosen.names.iter().find(|(name, _)| name.eq_ignore_ascii_case(&site.domain));
    let link = file.contains("/sites-enabled/") && !conf.has_file(file);
    Some(if link && !others {
        found
            .then(view.host, format!("sudo rm {}", typed(file)))
            .note(message!("only the link is removed"))
            .then(view.host, RELOAD)
    } else if let Some((listen, at)) = own_listen.filter(|_| !twice) {
        // A socket for one address cannot become one for all in a reload.
        let found = found.change_only(view, at, listen.first()?, "80");
        found.then(view.host, "sudo nginx -t && sudo systemctl restart nginx")
    } else if let Some((name, at)) = name {
        found.change(view, at, name, "_")
    } else {
        found.edit(view.host, &chosen.at, message!("remove the name {} from this server", site.domain))
    })
}

/// Whether an address is the web server's; where it names none of its own, each may be.
fn has(view: &HostView<'_>, address: &str) -> bool {
    view.machine.one("addresses").is_none_or(str::is_empty)
        || view.machine.has_address(address)
        || address == view.address()
}

fn listen_port(view: &HostView<'_>, site: &Site) -> Option<Found> {
    let server = own(view, site).filter(|server| !server.on_web_port(|at| has(view, at)) && !works(view, site))?;
    // One of the same name may answer there, and send visitors to https.
    if accepted(view)?.servers.iter().any(|other| other.is_named(&site.domain) && other.on_web_port(|at| has(view, at)))
    {
        return None;
    }
    let six = server.on_port("80") && !server.listens.iter().any(|listen| listen.iter().any(|word| word == "ssl"));
    if six && !view.address().contains('.') {
        return None;
    }
    let listens: Vec<String> = server.listens.iter().map(|listen| listen.join(" ")).collect();
    let first = server.listens.first()?.first()?;
    let foreign = server.on_web_port(|_| true).then(|| first.rsplit_once(':').map_or(first.as_str(), |(at, _)| at));
    let found = Found::new(if let Some(at) = foreign {
        message!(
            "The site {} listens on {} only, where nobody asks this machine: another site answers.",
            site.domain,
            at
        )
    } else if six {
        message!("The site {} listens on port 80 over IPv6 only: over IPv4, another site answers.", site.domain)
    } else {
        message!("The site {} does not listen on port 80, where browsers ask.", site.domain)
    });
    let at = server.listens_at.first()?;
    let found = found.saw(message!("{}: listen {}", at, listens.join(", ")));
    let listen = server.listens.first()?;
    // What is there for https or IPv6 stays.
    let stays = foreign.is_none() && (six || listen.iter().any(|word| word == "ssl") || server.listens.len() > 1);
    let first = format!("listen {}", listen.first()?);
    let right = if stays { format!("listen 80; {first}") } else { "listen 80".to_owned() };
    Some(found.change(view, at, &first, &right))
}
