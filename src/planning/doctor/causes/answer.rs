//! What nginx does with a request of the site, read from its files where it does something else than asking the application.

use super::backends::{answers, members, own, target, works};
use super::put_back::edited;
use super::{Cause, Clue, Found, HostView, Layer, each};
use crate::model::message::{Message, message};
use crate::model::problem::did_you_mean;
use crate::model::quote::typed;
use crate::model::site::Site;
use crate::planning::doctor::RELOAD;
use crate::planning::doctor::directives::At;
use crate::planning::doctor::server::{Action, Location};

/// What hides everything behind it.
const fn blocking(name: &'static str, find: fn(&HostView<'_>) -> Option<Found>) -> Cause {
    Cause { name, layer: Layer::Nginx, blocks: true, find }
}

pub const CAUSES: &[Cause] = &[
    blocking("site-returns", |view| each(view, returns)),
    blocking("proxy-pass-https", |view| each(view, https)),
    blocking("proxy-pass-path", |view| each(view, path)),
    blocking("site-files", |view| each(view, files)),
    Cause { name: "host-refused", layer: Layer::Application, blocks: true, find: |view| each(view, host) },
];

/// What nginx answered on its machine, for the page or a part of it.
pub(super) fn answered(view: &HostView<'_>, key: &str, site: &Site) -> Option<Message> {
    let answer = view.machine.answer(&format!("{key}.{}", site.domain))?;
    Some(message!("on {}, with `Host: {}`: {}", view.host, site.domain, answer.describe()))
}

/// Takes a directive away, and puts another in its place where nothing else hands the request on.
pub(super) fn without(
    found: Found,
    view: &HostView<'_>,
    site: &Site,
    at: &At,
    words: &[String],
    location: Option<&Location>,
) -> Found {
    let text = format!("{};", words.join(" "));
    let line = view.machine.conf.line(at).unwrap_or_default();
    let within = location.filter(|location| location.body.iter().any(|each| &each.at == at));
    let found = match within {
        Some(location) if location.pass.is_none() => {
            return found.change(view, at, &text, &format!("proxy_pass http://{};", target(view, site)));
        }
        _ if alone(line, words) => found.sed(view, at, "d"),
        _ => found.change_only(view, at, &text, ""),
    };
    found.then(view.host, RELOAD)
}

/// Whether a directive has its line to itself.
pub(super) fn alone(line: &str, words: &[String]) -> bool {
    let code = line.split(" #").next().unwrap_or_default().trim();
    let begins = words.first().is_some_and(|word| code.starts_with(word.as_str()));
    begins && code.ends_with(';') && code.matches(';').count() == 1
}

fn returns(view: &HostView<'_>, site: &Site) -> Option<Found> {
    let server = own(view, site).filter(|_| !works(view, site))?;
    let Action::Return { words, at, guard } = server.action("/", &site.domain) else { return None };
    let to = words.iter().find(|word| word.contains("://"));
    // A redirect to where somebody listens is meant.
    let port = to.map(|to| if to.starts_with("https") { 443 } else { port_of(to) });
    if port.is_some_and(|port| port != 80 && view.machine.on_port(port).is_some()) {
        return None;
    }
    let text = words.join(" ");
    let found = match (to, port) {
        (Some(to), Some(port)) if port != 80 => Found::new(message!(
            "The site {} sends its visitors to {}, but nothing listens on port {} there.",
            site.domain,
            to,
            port
        )),
        _ => Found::new(message!(
            "The site {} answers `{}` by itself: nginx does not ask the application.",
            site.domain,
            text
        )),
    };
    let found = found.saw(message!("{}: {};", at, text)).saw_all(answered(view, "ask", site));
    if let Some(guard) = guard {
        let condition = guard.words.join(" ");
        let found = found.saw(message!("{}: {} holds for a visitor of {}", guard.at, condition, site.domain));
        // A guard that means this site, with a slip in its name.
        let names =
            condition.split(|c: char| c.is_whitespace() || "()^$|\"'".contains(c)).filter(|word| word.contains('.'));
        let slip =
            names.into_iter().find(|name| *name != site.domain && did_you_mean(name, [site.domain.as_str()]).is_some());
        return Some(match slip {
            Some(slip) => found.change(view, &guard.at, slip, &site.domain),
            None => without(found, view, site, at, words, None),
        });
    }
    Some(without(found, view, site, at, words, server.location("/")))
}

fn port_of(url: &str) -> u16 {
    let host = url.split("://").nth(1).unwrap_or_default().split('/').next().unwrap_or_default();
    host.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(80)
}

fn https(view: &HostView<'_>, site: &Site) -> Option<Found> {
    let server = own(view, site).filter(|_| !works(view, site))?;
    let Action::Pass(pass) = server.action("/", &site.domain) else { return None };
    let there = view.machine.conf.members(pass)?;
    let plain = |socket: &str| view.machine.answer(&format!("reach.{socket}")).is_some_and(|answer| answer.exit == 0);
    let speaks = there.iter().find(|member| plain(&member.socket)).filter(|_| pass.scheme == "https")?;
    let found = Found::new(message!(
        "The site {} asks its application over https, but the application speaks plain http.",
        site.domain
    ));
    let found = found.saw(message!("{}: proxy_pass https://{}", pass.at, pass.target));
    let found = found
        .saw(message!("from {}, http://{}/ answers", view.host, speaks.socket))
        .saw_all(answered(view, "ask", site));
    Some(found.change(view, &pass.at, "https://", "http://"))
}

fn path(view: &HostView<'_>, site: &Site) -> Option<Found> {
    let server = own(view, site)?;
    let Action::Pass(pass) = server.action("/", &site.domain) else { return None };
    let odd = !matches!(pass.path.as_str(), "" | "/") && !pass.path.starts_with('$');
    if !odd || works(view, site) && !part_fails(view, site) {
        return None;
    }
    let found = Found::new(message!(
        "The site {} asks the application for {} instead of what the visitor asked for: proxy_pass has a path.",
        site.domain,
        pass.path
    ));
    let found = found.saw(message!("{}: proxy_pass {}://{}{}", pass.at, pass.scheme, pass.target, pass.path));
    let found = found.saw_all(answered(view, "ask", site));
    Some(found.change(view, &pass.at, &format!("{}{}", pass.target, pass.path), &pass.target))
}

/// Whether a file of the page does not come through nginx, though the application has it.
fn part_fails(view: &HostView<'_>, site: &Site) -> bool {
    let status =
        |key: &str| view.machine.answer(&format!("{key}.{}", site.domain)).filter(|a| a.exit == 0).map(|a| a.status);
    matches!((status("part"), status("direct")), (Some(400..), Some(200..400)))
}

fn files(view: &HostView<'_>, site: &Site) -> Option<Found> {
    let server = own(view, site)?;
    let part = view.machine.one(&format!("path.{}", site.domain)).unwrap_or("/static/js/bundle.js");
    let fails = part_fails(view, site);
    let Some(location) = server.location(if fails { part } else { "/" }) else {
        return only_page(view, site, part).filter(|_| fails);
    };
    let Action::Files { at } = server.action(if fails { part } else { "/" }, &site.domain) else { return None };
    // Without `proxy_pass` for `/`, another cause has found it.
    if !fails && (works(view, site) || location.pass.is_none()) {
        return None;
    }
    let found = Found::new(message!(
        "nginx looks for {} of {} among its own files instead of asking the application: the page comes without it.",
        if fails { Message::from(part.to_owned()) } else { message!("the page") },
        site.domain
    ));
    let (at, key) = (at.unwrap_or(&location.at), if fails { "part" } else { "ask" });
    let found = found
        .saw(message!("{}: {}", at, view.machine.conf.line(at).unwrap_or_default()))
        .saw_all(answered(view, key, site));
    let direct = view.machine.answer(&format!("direct.{}", site.domain)).filter(|_| fails);
    let found = found.saw_all(
        direct.map(|answer| message!("asked directly, the application answers {} with {}", part, answer.describe())),
    );
    let tries = location.body.iter().find(|each| &each.at == at);
    Some(match tries {
        Some(tries) => without(found, view, site, at, &tries.words, Some(location)),
        None => {
            found.sed(view, at, &format!("s|{{|{{ proxy_pass http://{};|", target(view, site))).then(view.host, RELOAD)
        }
    })
}

/// Only the page itself is handed on: its location takes nothing below it.
fn only_page(view: &HostView<'_>, site: &Site, part: &str) -> Option<Found> {
    let location = own(view, site)?.location("/").filter(|location| location.is_exact() && location.pass.is_some())?;
    let found = Found::new(message!(
        "nginx asks the application only for the page of {} itself: nothing takes {}, which the page needs.",
        site.domain,
        part
    ));
    let found = found
        .saw(message!("{}: {}", location.at, view.machine.conf.line(&location.at).unwrap_or_default()))
        .saw_all(answered(view, "part", site));
    Some(found.change(view, &location.at, "= /", "/"))
}

/// The development server of react-scripts answers only for hosts that it knows.
fn host(view: &HostView<'_>, site: &Site) -> Option<Found> {
    let answer = view.machine.answer(&format!("ask.{}", site.domain)).filter(|answer| answer.page == "unknown-host")?;
    let found = Found::new(message!(
        "The application's own development server refuses the name {}: it answers `Invalid Host header` instead of the page.",
        site.domain
    ));
    let mut found = found.saw(message!("on {}, with `Host: {}`: {}", view.host, site.domain, answer.describe()));
    for server in &site.servers {
        let there = view.server(server);
        let line = format!(
            "DANGEROUSLY_DISABLE_HOST_CHECK=true pm2 restart {} --update-env && pm2 save",
            typed(&there.name())
        );
        found = found.then_as_owner(&there, &line);
    }
    Some(found)
}

/// Whatever the reason: no site may be down without a word.
pub(super) fn fails(view: &HostView<'_>, site: &Site) -> Option<Found> {
    let answer = view.machine.answer(&format!("ask.{}", site.domain))?;
    let outside = view.evidence.outside.get(&site.domain);
    let marker = view.application().marker;
    let wrong_page = !marker.is_empty() && answer.exit == 0 && answer.page != "lab";
    let away = outside.is_some_and(|seen| !matches!(seen, Ok(200..400)));
    if answer.good() && !wrong_page && !away && !part_fails(view, site) {
        return None;
    }
    // With an upstream in the answer, the application itself has said it.
    let own = !answer.upstream.is_empty();
    // Every server answers, and still nginx says that none does: it is nginx that says so, by its own files.
    let there = members(view, site);
    let well = !there.is_empty() && there.iter().all(|member| answers(view, member));
    let problem = match (answer.exit, answer.status) {
        (0, 502 | 504) if well && !own && edited(view) => {
            message!("every application server answers nginx, and nginx still hands out an error ({})", answer.status)
        }
        (0, 502) => message!("nginx gets no answer from any application server (502)"),
        (0, 504) => message!("the application servers do not answer in time (504)"),
        (0, 403 | 404 | 500 | 503) if own => message!("the application itself answers with an error"),
        (0, 200..400) if wrong_page => message!("it answers, but not with the application's page"),
        (0, 200..400) if part_fails(view, site) => message!("the page comes, but the files it needs do not"),
        (0, _) if !answer.good() => message!("it answers with an error"),
        (0, _) => message!("it answers on its own machine, but not here"),
        _ => message!("it does not answer"),
    };
    let found = Found::new(message!("The site {} does not work: {}.", site.domain, problem));
    let found = found.saw(message!("on {}, with `Host: {}`: {}", view.host, site.domain, answer.describe()));
    let from_here = outside.map(|met| Clue::Visit { url: format!("http://{}/", site.domain), met: met.clone() });
    let log =
        view.machine.lines("nginx.error").iter().rev().find(|line| line.contains(&format!("server: {}", site.domain)));
    let found = found
        .saw_all(from_here)
        .saw_all(
            log.map(|line| message!("/var/log/nginx/error.log: {}", line.split(", client:").next().unwrap_or(line))),
        )
        .saw_all(members(view, site).iter().map(|member| message!("{}: it asks {}", member.at, member.socket)));
    let found = found.about(site.hosts().cloned());
    let first = site.servers.first().filter(|_| own || wrong_page);
    Some(match first {
        Some(server) => {
            let there = view.server(server);
            found.look_as_owner(&there, &format!("pm2 logs {} --lines 30 --nostream", typed(&there.name())))
        }
        None => found.look(view.host, "sudo tail -n 20 /var/log/nginx/error.log"),
    })
}
