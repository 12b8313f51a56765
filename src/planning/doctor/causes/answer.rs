//! What nginx does with a request of the site, read from its files where it does something else than asking the application.

use super::backends::{members, own, target, works};
use super::{Cause, Clue, Found, HostView, Layer, each};
use crate::model::quote::typed;
use crate::model::site::Site;
use crate::planning::doctor::RELOAD;
use crate::planning::doctor::directives::At;
use crate::planning::doctor::server::{Action, Location};

/// What hides everything behind it.
const fn blocking(name: &'static str, look: fn(&HostView<'_>) -> Option<Found>) -> Cause {
    Cause { name, layer: Layer::Nginx, blocks: true, look }
}

pub const CAUSES: &[Cause] = &[
    blocking("site-returns", |place| each(place, returns)),
    blocking("site-refuses", |place| each(place, refuses)),
    blocking("proxy-pass-https", |place| each(place, https)),
    blocking("proxy-pass-path", |place| each(place, path)),
    blocking("site-files", |place| each(place, files)),
    Cause { name: "host-refused", layer: Layer::Application, blocks: true, look: |place| each(place, host) },
];

/// What nginx answered on its machine, for the page or a part of it.
fn answered(place: &HostView<'_>, key: &str, site: &Site) -> Option<String> {
    let answer = place.machine.answer(&format!("{key}.{}", site.domain))?;
    Some(format!("on {}, with `Host: {}`: {}", place.host, site.domain, answer.told()))
}

/// Takes a directive away, and puts another in its place where nothing else hands the request on.
fn without(
    found: Found,
    place: &HostView<'_>,
    site: &Site,
    at: &At,
    words: &[String],
    location: Option<&Location>,
) -> Found {
    let text = format!("{};", words.join(" "));
    let line = place.machine.conf.line(at).unwrap_or_default();
    let within = location.filter(|location| location.body.iter().any(|each| &each.at == at));
    let found = match within {
        Some(location) if location.pass.is_none() => {
            return found.change(place, at, &text, &format!("proxy_pass http://{};", target(place, site)));
        }
        _ if alone(line, words) => found.sed(place, at, "d"),
        _ => found.change_only(place, at, &text, ""),
    };
    found.then(place.host, RELOAD)
}

/// Whether a directive has its line to itself.
fn alone(line: &str, words: &[String]) -> bool {
    let code = line.split(" #").next().unwrap_or_default().trim();
    let begins = words.first().is_some_and(|word| code.starts_with(word.as_str()));
    begins && code.ends_with(';') && code.matches(';').count() == 1
}

fn returns(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let server = own(place, site).filter(|_| !works(place, site))?;
    let Action::Return { words, at } = server.action("/") else { return None };
    let to = words.iter().find(|word| word.contains("://"));
    // A redirect to where somebody listens is meant.
    let port = to.map(|to| if to.starts_with("https") { 443 } else { port_of(to) });
    if port.is_some_and(|port| port != 80 && place.machine.on_port(port).is_some()) {
        return None;
    }
    let text = words.join(" ");
    let found = match (to, port) {
        (Some(to), Some(port)) if port != 80 => Found::new(format!(
            "The site {} sends its visitors to {to}, and nobody listens on port {port} there.",
            site.domain
        )),
        _ => Found::new(format!(
            "The site {} answers `{text}` by itself: nginx does not ask the application.",
            site.domain
        )),
    };
    let found = found.saw(format!("{at}: {text};")).saw_all(answered(place, "ask", site));
    Some(without(found, place, site, at, words, server.location("/")))
}

fn port_of(url: &str) -> u16 {
    let host = url.split("://").nth(1).unwrap_or_default().split('/').next().unwrap_or_default();
    host.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(80)
}

fn refuses(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let server = own(place, site).filter(|_| !works(place, site))?;
    let Action::Refuse { words, at } = server.action("/") else { return None };
    let text = words.join(" ");
    let found = Found::new(format!("The site {} turns its visitors away: `{text}` stands in it.", site.domain));
    let found = found.saw(format!("{at}: {text};")).saw_all(answered(place, "ask", site));
    let line = place.machine.conf.line(at).unwrap_or_default();
    Some(if alone(line, words) {
        found.sed(place, at, "d").then(place.host, RELOAD)
    } else {
        found.change(place, at, words.first()?, "# ")
    })
}

fn https(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let server = own(place, site).filter(|_| !works(place, site))?;
    let Action::Pass(pass) = server.action("/") else { return None };
    let there = place.machine.conf.members(pass)?;
    let plain = |socket: &str| place.machine.answer(&format!("reach.{socket}")).is_some_and(|answer| answer.exit == 0);
    let speaks = there.iter().find(|member| plain(&member.socket)).filter(|_| pass.scheme == "https")?;
    let found = Found::new(format!(
        "The site {} asks its application by https, but the application speaks plain http.",
        site.domain
    ));
    let found = found.saw(format!("{}: proxy_pass https://{}", pass.at, pass.target));
    let found = found
        .saw(format!("from {}, http://{}/ answers", place.host, speaks.socket))
        .saw_all(answered(place, "ask", site));
    Some(found.change(place, &pass.at, "https://", "http://"))
}

fn path(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let server = own(place, site)?;
    let Action::Pass(pass) = server.action("/") else { return None };
    let odd = !matches!(pass.path.as_str(), "" | "/") && !pass.path.starts_with('$');
    if !odd || works(place, site) && !part_fails(place, site) {
        return None;
    }
    let found = Found::new(format!(
        "The site {} asks the application for {} instead of what the visitor asked for: proxy_pass has a path.",
        site.domain, pass.path
    ));
    let found = found.saw(format!("{}: proxy_pass {}://{}{}", pass.at, pass.scheme, pass.target, pass.path));
    let found = found.saw_all(answered(place, "ask", site));
    Some(found.change(place, &pass.at, &format!("{}{}", pass.target, pass.path), &pass.target))
}

/// Whether a file of the page does not come through nginx, though the application has it.
fn part_fails(place: &HostView<'_>, site: &Site) -> bool {
    let status =
        |key: &str| place.machine.answer(&format!("{key}.{}", site.domain)).filter(|a| a.exit == 0).map(|a| a.status);
    matches!((status("part"), status("direct")), (Some(400..), Some(200..400)))
}

fn files(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let server = own(place, site)?;
    let part = place.machine.one(&format!("path.{}", site.domain)).unwrap_or("/static/js/bundle.js");
    let fails = part_fails(place, site);
    let location = server.location(if fails { part } else { "/" })?;
    let Action::Files { at } = server.action(if fails { part } else { "/" }) else { return None };
    // Without `proxy_pass` for `/`, another cause has told it.
    if !fails && (works(place, site) || location.pass.is_none()) {
        return None;
    }
    let found = Found::new(format!(
        "nginx looks for {} of {} among its own files, and does not ask the application for it: the page comes without it.",
        if fails { part } else { "the page" },
        site.domain
    ));
    let (at, key) = (at.unwrap_or(&location.at), if fails { "part" } else { "ask" });
    let found = found
        .saw(format!("{at}: {}", place.machine.conf.line(at).unwrap_or_default()))
        .saw_all(answered(place, key, site));
    let direct = place.machine.answer(&format!("direct.{}", site.domain)).filter(|_| fails);
    let found = found
        .saw_all(direct.map(|answer| format!("asked directly, the application answers {part} with {}", answer.told())));
    let tries = location.body.iter().find(|each| &each.at == at);
    Some(match tries {
        Some(tries) => without(found, place, site, at, &tries.words, Some(location)),
        None => found
            .sed(place, at, &format!("s|{{|{{ proxy_pass http://{};|", target(place, site)))
            .then(place.host, RELOAD),
    })
}

/// The development server of react-scripts answers only for hosts that it knows.
fn host(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let answer =
        place.machine.answer(&format!("ask.{}", site.domain)).filter(|answer| answer.page == "unknown-host")?;
    let found = Found::new(format!(
        "The application's own development server refuses the name {}: it answers `Invalid Host header` instead of the page.",
        site.domain
    ));
    let mut found = found.saw(format!("on {}, with `Host: {}`: {}", place.host, site.domain, answer.told()));
    for name in site.hosts() {
        let there = place.at(name);
        let line = format!(
            "DANGEROUSLY_DISABLE_HOST_CHECK=true pm2 restart {} --update-env && pm2 save",
            typed(&there.name())
        );
        found = found.then_as_owner(&there, &line);
    }
    Some(found)
}

/// Whatever the reason: no site may be down without a word.
pub(super) fn fails(place: &HostView<'_>, site: &Site) -> Option<Found> {
    let answer = place.machine.answer(&format!("ask.{}", site.domain))?;
    let outside = place.evidence.outside.get(&site.domain);
    let marker = place.application().marker;
    let wrong_page = !marker.is_empty() && answer.exit == 0 && answer.page != "lab";
    let away = outside.is_some_and(|seen| !matches!(seen, Ok(200..400)));
    if answer.good() && !wrong_page && !away && !part_fails(place, site) {
        return None;
    }
    // With an upstream in the answer, the application itself has said it.
    let own = !answer.upstream.is_empty();
    let told = match (answer.exit, answer.status) {
        (0, 502) => "nginx gets no answer from any application server (502)",
        (0, 504) => "the application servers do not answer in time (504)",
        (0, 403 | 404 | 500 | 503) if own => "the application itself answers with an error",
        (0, 200..400) if wrong_page => "it answers with another page than the application's",
        (0, 200..400) if part_fails(place, site) => "the page comes, but not the files that it is made of",
        (0, _) if !answer.good() => "it answers with an error",
        (0, _) => "it answers on its machine, but not here",
        _ => "it does not answer",
    };
    let found = Found::new(format!("The site {} does not work: {told}.", site.domain));
    let found = found.saw(format!("on {}, with `Host: {}`: {}", place.host, site.domain, answer.told()));
    let from_here = outside.map(|met| Clue::Visit { url: format!("http://{}/", site.domain), met: met.clone() });
    let log =
        place.machine.lines("nginx.error").iter().rev().find(|line| line.contains(&format!("server: {}", site.domain)));
    let found = found
        .saw_all(from_here)
        .saw_all(
            log.map(|line| format!("/var/log/nginx/error.log: {}", line.split(", client:").next().unwrap_or(line))),
        )
        .saw_all(members(place, site).iter().map(|member| format!("{}: it asks {}", member.at, member.socket)));
    let found = found.about(site.hosts().cloned());
    let first = site.servers.first().filter(|_| own || wrong_page);
    Some(match first {
        Some(server) => {
            let there = place.at(&server.host);
            found.then_as_owner(&there, &format!("pm2 logs {} --lines 30 --nostream", typed(&there.name())))
        }
        None => found.then(place.host, "sudo tail -n 20 /var/log/nginx/error.log"),
    })
}
