//! The servers behind a site, as nginx has them: which server of nginx is the site's, whom it asks, and whether visitors get the page.

use super::HostView;
use super::nginx::accepted;
use crate::model::name::HostName;
use crate::model::site::Site;
use crate::planning::doctor::conf::UpstreamServer;
use crate::planning::doctor::running::host_at;
use crate::planning::doctor::server::ServerBlock;

/// Whether visitors get the lab's page under the domain, from the lab's own servers: whatever the files look like.
pub(super) fn works(view: &HostView<'_>, site: &Site) -> bool {
    let answer = view.machine.answer(&format!("ask.{}", site.domain));
    let page = |page: &str| page == "lab" || view.application().marker.is_empty();
    let chosen = view.machine.conf.chosen(&site.domain, &view.address());
    let led = chosen.map(|server| hosts_of(view, server)).unwrap_or_default();
    answer.is_some_and(|answer| answer.good() && page(&answer.page)) && site.hosts().all(|host| led.contains(host))
}

/// The lab's hosts that a server hands requests on to.
pub(super) fn hosts_of(view: &HostView<'_>, server: &ServerBlock) -> Vec<HostName> {
    let members = server.passes.iter().take(1).filter_map(|pass| view.machine.conf.members(pass)).flatten();
    members.filter_map(|member| host_at(view, &member)).collect()
}

/// The server with the site's name; of several, one that hands on to the lab.
pub(super) fn own<'a>(view: &HostView<'a>, site: &Site) -> Option<&'a ServerBlock> {
    let conf = accepted(view)?;
    let named = || conf.servers.iter().filter(|server| server.is_named(&site.domain));
    named()
        .find(|server| !hosts_of(view, server).is_empty())
        .or_else(|| named().find(|s| !s.passes.is_empty()))
        .or_else(|| named().next())
}

/// What stands after `proxy_pass http://` for a site: an upstream with its servers, else its only server.
pub(super) fn target(view: &HostView<'_>, site: &Site) -> String {
    let leads = |members: &Vec<UpstreamServer>| {
        let hosts: Vec<HostName> = members.iter().filter_map(|member| host_at(view, member)).collect();
        !hosts.is_empty()
            && site.hosts().all(|host| hosts.contains(host))
            && hosts.iter().all(|host| site.is_served_by(host))
    };
    let upstream = view.machine.conf.upstreams.iter().find(|(_, members)| leads(members));
    let first = || site.servers.first().map(|server| view.server(server).socket());
    upstream.map(|(name, _)| name.clone()).or_else(first).unwrap_or_default()
}

/// Whom the site's server asks; none where that cannot be told.
pub(super) fn members(view: &HostView<'_>, site: &Site) -> Vec<UpstreamServer> {
    let Some(server) = own(view, site) else { return Vec::new() };
    server.passes.first().and_then(|pass| accepted(view)?.members(pass)).unwrap_or_default()
}

/// Whether an address answers well for nginx: then it is right, whatever the inventory says.
pub(super) fn answers(view: &HostView<'_>, member: &UpstreamServer) -> bool {
    view.machine.answer(&format!("reach.{}", member.socket)).is_some_and(|answer| answer.good())
}

/// Whether it is one of the site's servers: by the machine that it is; one of no machine of the lab, by its answer.
pub(super) fn wanted(view: &HostView<'_>, site: &Site, member: &UpstreamServer) -> bool {
    host_at(view, member).map_or_else(|| answers(view, member), |host| site.is_served_by(&host))
}

/// The text of a socket in its line: a port that is left out is not there.
pub(super) fn written<'a>(view: &HostView<'_>, member: &'a UpstreamServer) -> &'a str {
    let line = view.machine.conf.line(&member.at).unwrap_or_default();
    if line.contains(&member.socket) { &member.socket } else { member.socket.trim_end_matches(":80") }
}
