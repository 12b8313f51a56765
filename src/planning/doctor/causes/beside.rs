//! Files of nginx beside each other: one name in two of them, what an earlier inventory left, and what the service says otherwise.

use super::nginx::accepted;
use super::site::other_chosen;
use super::{Cause, Found, HostView, Layer, each};
use crate::model::event::Component;
use crate::model::message::message;
use crate::model::name::HostName;
use crate::model::quote::typed;
use crate::model::site::Site;

pub const CAUSES: &[Cause] = &[
    Cause { name: "daemon-off", layer: Layer::Nginx, blocks: true, find: daemon_off },
    Cause { name: "domain-changed", layer: Layer::Nginx, blocks: true, find: |view| each(view, domain_changed) },
    Cause { name: "site-twice", layer: Layer::Nginx, blocks: false, find: |view| each(view, twice) },
];

/// The file that labctl writes for a domain.
fn file_of(view: &HostView<'_>, domain: &str) -> String {
    format!("/etc/nginx/{}/{domain}.conf", view.variable("nginx", "folder"))
}

/// `daemon off;` is a line of containers: `nginx -t` takes it, and the service, which says `daemon on;`, does not start.
fn daemon_off(view: &HostView<'_>) -> Option<Found> {
    let runs = || view.machine.processes.values().any(|process| process.line.starts_with("nginx: master process"));
    accepted(view).filter(|_| !runs())?;
    let (file, line) = view.machine.lines("nginx.conf").iter().find_map(|line| {
        let (file, rest) = line.split_once('\t')?;
        let (number, text) = rest.split_once('\t')?;
        let words: Vec<&str> = text.split([' ', '\t', ';']).filter(|word| !word.is_empty()).collect();
        (words.get(..2) == Some(&["daemon", "off"])).then_some((file, number))
    })?;
    let found = Found::new(message!(
        "nginx does not start on {}: its files say `daemon off;`, and its service says `daemon on;`.",
        view.host
    ));
    let edit = format!("sudo sed -i --follow-symlinks '{line}s/daemon[[:space:]]*off;//' {}", typed(file));
    let found = found
        .saw(message!("{}:{}: daemon off;", file, line))
        .saw(message!("nginx -t accepts it, because it knows nothing of the service"));
    Some(found.then(view.host, format!("{edit} && sudo nginx -t && sudo systemctl restart nginx")))
}

/// The site's domain was changed in the inventory: what stands in the folder is labctl's own, for the domain of before.
fn domain_changed(view: &HostView<'_>, site: &Site) -> Option<Found> {
    let conf = accepted(view).filter(|conf| !conf.servers.iter().any(|server| server.fits(&site.domain)))?;
    let file = view.machine.lines("nginx.stale").iter().find(|file| conf.has_file(file))?;
    let old = file.rsplit('/').next()?.strip_suffix(".conf")?;
    let found = Found::new(message!(
        "The inventory says {}, but nginx still has the site that labctl made for {}.",
        site.domain,
        old
    ));
    let found = found.saw(message!("{}: made by labctl, for a domain that is not in the inventory", file));
    let found = found.saw(message!("no server has the name {}", site.domain));
    Some(
        found
            .then(&HostName::controller(), view.make(Component::Sites))
            .note(message!("the new file replaces the old one")),
    )
}

/// labctl's own file is never asked, as another one has the name, too. Both lead to the lab, so visitors notice nothing
/// until one of them is edited.
fn twice(view: &HostView<'_>, site: &Site) -> Option<Found> {
    let conf = accepted(view)?;
    let named = || conf.servers.iter().filter(|server| server.is_named(&site.domain) && server.on_port("80"));
    let own = named().find(|server| server.at.file == file_of(view, &site.domain))?;
    let wins = conf.chosen(&site.domain, &view.address()).filter(|wins| wins.at != own.at)?;
    if !wins.is_named(&site.domain) || other_chosen(view, site).is_some() {
        return None;
    }
    let found = Found::new(message!(
        "{} is in two of nginx's files: {} answers, and labctl's {} is never used.",
        site.domain,
        wins.at.file,
        own.at.file
    ));
    let found = found.saw(message!("{}: the server that answers", wins.at));
    let found = found.saw(message!("{}: the server that labctl made", own.at));
    Some(
        found
            .then(&HostName::controller(), view.labctl("up --take-over"))
            .note(message!("the other file is moved aside, not deleted")),
    )
}
