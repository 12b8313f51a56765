//! How requests are shared out, and what is left when no cause was found.

use super::answer::fails;
use super::backends::{answers, members, own, target};
use super::put_back::{edited, edited_at};
use super::{Cause, Clue, Found, HostView, Layer, each};
use crate::model::balance::BalanceFault;
use crate::model::message::message;
use crate::model::name::HostName;
use crate::model::site::{Server, Site};
use crate::planning::doctor::RELOAD;
use crate::planning::doctor::conf::UpstreamServer;
use crate::planning::doctor::running::{host_at, is_server};

pub const CAUSES: &[Cause] = &[
    Cause { name: "backend-missing", layer: Layer::Balance, blocks: true, find: |view| each(view, missing) },
    Cause { name: "backend-aside", layer: Layer::Balance, blocks: true, find: |view| each(view, aside) },
    Cause { name: "backend-ejected", layer: Layer::Balance, blocks: true, find: |view| each(view, ejected) },
    Cause { name: "site-fails", layer: Layer::Balance, blocks: false, find: |view| each(view, fails) },
];

fn missing(view: &HostView<'_>, site: &Site) -> Option<Found> {
    let there = members(view, site);
    let hosts: Vec<HostName> = there.iter().filter_map(|member| host_at(view, member)).collect();
    // One that is no machine of the lab may stand for any.
    if there.is_empty() || hosts.len() < there.len() {
        return None;
    }
    let asked = |server: &&Server| there.iter().any(|member| is_server(view, member, server));
    let lacks = site.servers.iter().find(|server| !asked(server))?;
    let socket = view.server(lacks).socket();
    let at = &there.last()?.at;
    let lists: Vec<&str> = there.iter().map(|member| member.socket.as_str()).collect();
    let found = Found::new(message!(
        "nginx never asks {} for {}: it is not in the upstream, so the others carry its load and nobody is left to take over.",
        lacks.name,
        site.domain
    ));
    let found = found.saw(message!("{}: the site asks {}", at, lists.join(" and ")));
    let server = own(view, site)?;
    let pass = server.passes.first()?;
    let conf = &view.machine.conf;
    if conf.upstreams.contains_key(&pass.target) {
        let own_line = conf.line(at).is_some_and(|line| line.starts_with("server "));
        let edit =
            if own_line { format!("a\\    server {socket};") } else { format!("s|server |server {socket}; server |") };
        return Some(found.sed(view, at, &edit).then(view.host, RELOAD));
    }
    // It asks one server by its address: an upstream that is there already, or a new one in front of the site.
    let ready = target(view, site);
    if conf.upstreams.contains_key(&ready) {
        return Some(found.change(view, &pass.at, &pass.target, &ready));
    }
    let sockets = site.servers.iter().map(|server| format!("server {};", view.server(server).socket()));
    let name = site.identifier();
    let block = format!("i\\upstream {name} {{ {} }}", sockets.collect::<Vec<_>>().join(" "));
    // From the bottom up, so that the numbers of the lines hold.
    let found = found.change_only(view, &pass.at, &pass.target, &name);
    Some(found.sed(view, &server.at, &block).then(view.host, RELOAD))
}

fn aside(view: &HostView<'_>, site: &Site) -> Option<Found> {
    let there = members(view, site);
    // One that is switched off is forgotten. A server in reserve may be somebody's wish, but for a file of labctl's: there the
    // inventory says how the load is shared.
    let unwanted = |member: &&UpstreamServer| match member.aside {
        Some("backup") => edited_at(view, &member.at),
        aside => aside.is_some(),
    };
    let aside: Vec<_> = there.iter().filter(unwanted).collect();
    let mark = aside.first()?.aside?;
    let aside: Vec<_> = aside.into_iter().filter(|member| member.aside == Some(mark)).collect();
    let sockets: Vec<&str> = aside.iter().map(|member| member.socket.as_str()).collect();
    let found = Found::new(match sockets.as_slice() {
        [one] => message!("nginx sends {} no requests for {}: the server is marked `{}`.", *one, site.domain, mark),
        all => {
            let all = all.join(", ");
            message!("nginx sends {} no requests for {}: these servers are marked `{}`.", all, site.domain, mark)
        }
    });
    let found = found.saw_all(aside.iter().map(|member| message!("{}: {}", member.at, member.socket)));
    let text = format!(" {mark}");
    let edit = |found: Found, member: &&UpstreamServer| found.change_only(view, &member.at, &text, "");
    Some(aside.iter().fold(found, edit).then(view.host, RELOAD))
}

/// Which server answers stands in a header; the step's own check has counted.
fn ejected(view: &HostView<'_>, site: &Site) -> Option<Found> {
    if members(view, site).iter().any(|member| member.aside.is_some()) {
        return None;
    }
    if let Some(found) = all_ejected(view, site) {
        return Some(found);
    }
    let count = view.count(site).filter(|count| matches!(count.fault(), Some(BalanceFault::Missing { .. })))?;
    let found = Found::new(message!(
        "nginx has ejected one of the servers of {}: it failed a moment ago, and nginx tries it again after ten seconds.",
        site.domain
    ));
    let found = found.saw(Clue::Shares(count.clone())).about(site.hosts().cloned());
    Some(found.then(view.host, "sleep 10; sudo tail -n 5 /var/log/nginx/error.log").note(message!("and check again")))
}

/// Each of them has failed, and answers again: nginx asks none of them for ten seconds.
fn all_ejected(view: &HostView<'_>, site: &Site) -> Option<Found> {
    let answer = view.machine.answer(&format!("ask.{}", site.domain))?;
    let there = members(view, site);
    let well = !there.is_empty() && there.iter().all(|member| answers(view, member));
    let log = view.machine.lines("nginx.error").iter().rev().find(|line| line.contains("no live upstreams"))?;
    // What was changed by hand may keep nginx from them for longer than a moment.
    if answer.status != 502 || !well || edited(view) {
        return None;
    }
    let found = Found::new(message!(
        "nginx has ejected all servers of {}: they failed a moment ago, and nginx tries them again after ten seconds.",
        site.domain
    ));
    let found = found.saw(message!("/var/log/nginx/error.log: {}", log.split(", client:").next().unwrap_or(log)));
    let found =
        found.saw_all(there.iter().map(|member| message!("from {}, http://{}/ answers", view.host, member.socket)));
    Some(found.then(view.host, "sleep 10").note(message!("and check again")))
}
