//! How requests are shared out, and what is left when no cause was found.

use super::site::members;
use super::{Cause, Clue, Found, HostView, Layer, each};
use crate::model::balance::BalanceFault;
use crate::model::site::Site;

pub const CAUSES: &[Cause] = &[
    Cause { name: "backend-missing", layer: Layer::Balance, blocks: true, look: |place| each(place, missing) },
    Cause { name: "backend-aside", layer: Layer::Balance, blocks: true, look: |place| each(place, aside) },
    Cause { name: "backend-ejected", layer: Layer::Balance, blocks: true, look: |place| each(place, ejected) },
    Cause { name: "site-fails", layer: Layer::Balance, blocks: false, look: |place| each(place, fails) },
];

fn missing(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let there = members(place, site);
    // A machine may be named otherwise than by its address; only addresses can be compared.
    let named = there.iter().any(|m| !m.socket.starts_with(|c: char| c.is_ascii_digit() || c == '['));
    if there.is_empty() || named {
        return None;
    }
    let asked = |address: &str| there.iter().any(|m| m.socket.rsplit_once(':').is_some_and(|(at, _)| at == address));
    let lacks = site.servers.iter().find(|server| !asked(server.address.as_deref().unwrap_or_default()))?;
    let at = &there.first()?.at;
    let lists: Vec<&str> = there.iter().map(|member| member.socket.as_str()).collect();
    let found = Found::new(format!(
        "nginx never asks {} for {}: it is not in the upstream, so that the others carry its load, and there is nobody to take over.",
        lacks.host, site.domain
    ));
    let found = found.saw(format!("{at}: the site asks {}", lists.join(" and ")));
    Some(found.edit(place.host, &at.to_string()).note(format!("after adding `server {};`", lacks.socket())))
}

fn aside(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let there = members(place, site);
    let member = there.iter().find(|member| member.aside)?;
    let found = Found::new(format!(
        "nginx sends {} no requests for {}: the server is marked `down` or `backup`.",
        member.socket, site.domain
    ));
    Some(found.saw(format!("{}: {}", member.at, member.socket)).edit(place.host, &member.at.to_string()))
}

/// Which server answers stands in a header; the step's own check has counted.
fn ejected(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let count = place.count(site).filter(|count| matches!(count.fault(), Some(BalanceFault::Missing { .. })))?;
    let found = Found::new(format!(
        "nginx has ejected a server of {}: it failed a moment ago, and will be tried again after ten seconds.",
        site.domain
    ));
    let found = found.saw(Clue::Shares(count.clone())).about(site.hosts().cloned());
    Some(
        found
            .then(place.host, "sudo tail -n 5 /var/log/nginx/error.log")
            .note("or wait ten seconds, and run labctl doctor again"),
    )
}

/// Whatever the reason: no site may be down without a word.
fn fails(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let answer = place.machine.answer(&format!("ask.{}", site.domain))?;
    let outside = place.evidence.outside.get(&site.domain);
    let marker = place.application().marker;
    let wrong_page = !marker.is_empty() && answer.exit == 0 && answer.page != "lab";
    let away = outside.is_some_and(|seen| !matches!(seen, Ok(200..400)));
    if answer.good() && !wrong_page && !away {
        return None;
    }
    let told = match (answer.exit, answer.status) {
        (0, 502) => "nginx gets no answer from any application server (502)",
        (0, 504) => "the application servers do not answer in time (504)",
        (0, 200..400) if wrong_page => "it answers with another page than the application's",
        (0, _) if !answer.good() => "it answers with an error",
        (0, _) => "it answers on its machine, but not here",
        _ => "it does not answer",
    };
    let found = Found::new(format!("The site {} does not work: {told}.", site.domain));
    let found = found.saw(format!("on {}, with `Host: {}`: {}", place.host, site.domain, answer.told()));
    let from_here = outside.map(|met| Clue::Visit { url: format!("http://{}/", site.domain), met: met.clone() });
    Some(
        found
            .saw_all(from_here)
            .about(site.hosts().cloned())
            .then(place.host, "sudo tail -n 20 /var/log/nginx/error.log"),
    )
}
