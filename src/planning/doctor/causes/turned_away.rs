//! Visitors whom nginx turns away by itself: by their address, for want of a password, because they ask too often, or because it
//! has no connection left for them.

use super::answer::{alone, answered};
use super::backends::own;
use super::nginx::accepted;
use super::{Cause, Clue, Found, HostView, Layer, each};
use crate::model::message::message;
use crate::model::site::Site;
use crate::model::visitor::VisitError;
use crate::planning::doctor::RELOAD;
use crate::planning::doctor::directives::PlacedDirective;
use crate::planning::doctor::server::ServerBlock;

/// What hides everything behind it.
const fn blocking(name: &'static str, find: fn(&HostView<'_>) -> Option<Found>) -> Cause {
    Cause { name, layer: Layer::Nginx, blocks: true, find }
}

pub const CAUSES: &[Cause] = &[
    blocking("worker-connections", connections),
    blocking("site-refuses", |view| each(view, refuses)),
    blocking("site-limited", |view| each(view, limits)),
];

/// What visitors are answered, on nginx's machine and here.
fn statuses(view: &HostView<'_>, site: &Site) -> Vec<u16> {
    let answers = ["ask", "part"].into_iter().filter_map(|key| view.machine.answer(&format!("{key}.{}", site.domain)));
    let here = view.evidence.outside.get(&site.domain).and_then(|met| met.as_ref().ok());
    answers.filter(|answer| answer.exit == 0).map(|answer| answer.status).chain(here.copied()).collect()
}

fn status_of((error, _): (&VisitError, u64)) -> Option<u16> {
    match error {
        VisitError::Status { status, .. } => Some(*status),
        _ => None,
    }
}

/// The directives of these names that count for the page: those of the innermost block that has any.
fn counting<'a>(view: &HostView<'a>, server: &'a ServerBlock, names: &[&str]) -> Vec<&'a PlacedDirective> {
    let [inner, outer] = server.levels("/");
    let levels = [inner, outer, view.machine.conf.http_level.as_slice()];
    let of = |level: &'a [PlacedDirective]| level.iter().filter(|each| names.contains(&each.name())).collect();
    levels.into_iter().map(of).find(|found: &Vec<_>| !found.is_empty()).unwrap_or_default()
}

/// Takes directives away, the last line first, so that the numbers of the others hold.
fn without(found: Found, view: &HostView<'_>, gone: &[&PlacedDirective]) -> Found {
    let mut gone = gone.to_vec();
    gone.sort_by_key(|each| std::cmp::Reverse(each.at.line));
    let found = gone.into_iter().fold(found, |found, each| {
        let line = view.machine.conf.line(&each.at).unwrap_or_default();
        if alone(line, &each.words) {
            found.sed(view, &each.at, "d")
        } else {
            found.sed(view, &each.at, &format!("s|{}[^;]*;||", each.name()))
        }
    });
    found.then(view.host, RELOAD)
}

/// What was met, in front of the lines that say so.
fn seen(found: Found, view: &HostView<'_>, site: &Site, lines: &[&PlacedDirective]) -> Found {
    let here = view.evidence.outside.get(&site.domain);
    let here = here.map(|met| Clue::Visit { url: format!("http://{}/", site.domain), met: met.clone() });
    let found = found.saw_all(answered(view, "ask", site)).saw_all(here);
    found.saw_all(lines.iter().map(|each| message!("{}: {};", each.at, each.words.join(" "))))
}

fn refuses(view: &HostView<'_>, site: &Site) -> Option<Found> {
    accepted(view)?;
    let server = own(view, site)?;
    let met = statuses(view, site);
    let denied = || {
        let access = counting(view, server, &["allow", "deny"]);
        access.into_iter().filter(|each| each.name() == "deny").collect::<Vec<_>>()
    };
    let locked = || {
        let locks = counting(view, server, &["auth_basic"]);
        locks.into_iter().filter(|each| each.words.get(1).is_some_and(|word| word != "off")).collect::<Vec<_>>()
    };
    let gone = if met.contains(&403) {
        denied()
    } else if met.contains(&401) {
        locked()
    } else {
        Vec::new()
    };
    if let Some(first) = gone.first() {
        let text = first.words.join(" ");
        let found = Found::new(message!("The site {} turns its visitors away: its file says `{}`.", site.domain, text));
        return Some(without(seen(found, view, site, &gone), view, &gone));
    }
    // `if ($http_user_agent ~ curl) { return 403; }`
    let (test, inner) =
        server.levels("/").into_iter().flatten().filter(|each| each.name() == "if").find_map(|test| {
            let code = |each: &&PlacedDirective| each.words.get(1).and_then(|code| code.parse().ok());
            let back = |each: &&PlacedDirective| {
                each.name() == "return" && code(each).is_some_and(|code: u16| code >= 400 && met.contains(&code))
            };
            test.within().iter().find(back).map(|inner| (test, inner))
        })?;
    let text = format!("{} {{ {}; }}", test.words.join(" "), inner.words.join(" "));
    let found = Found::new(message!("The site {} turns its visitors away: its file says `{}`.", site.domain, text));
    let found = seen(found, view, site, &[inner]);
    Some(found.change(view, &inner.at, &format!("{};", inner.words.join(" ")), ""))
}

fn limits(view: &HostView<'_>, site: &Site) -> Option<Found> {
    accepted(view)?;
    let server = own(view, site)?;
    let met = statuses(view, site);
    // Browsers ask for several things at a time; labctl's own proof does, too.
    let lost: Vec<u16> =
        view.count(site).into_iter().flat_map(|count| count.lost_why.iter()).filter_map(status_of).collect();
    let limit = |name: &str| {
        let said = counting(view, server, &[&format!("{name}_status")]);
        let code = said.first().and_then(|each| each.words.get(1)?.parse().ok()).unwrap_or(503);
        let all = counting(view, server, &[name]);
        let at_once = name == "limit_conn" && lost.contains(&code);
        (!all.is_empty() && (met.contains(&code) || at_once)).then_some((all, code))
    };
    let (gone, code) = limit("limit_req").or_else(|| limit("limit_conn"))?;
    let text = gone.first()?.words.join(" ");
    let found = Found::new(message!(
        "The site {} turns away whoever asks for more than `{}` allows, with the answer {}.",
        site.domain,
        text,
        code
    ));
    let found = seen(found, view, site, &gone);
    let log = view.machine.lines("nginx.error").iter().rev().find(|line| line.contains("limiting "));
    let found = found.saw_all(
        log.map(|line| message!("/var/log/nginx/error.log: {}", line.split(", client:").next().unwrap_or(line))),
    );
    Some(without(found, view, &gone))
}

/// How many connections a worker of nginx must have at least: a visitor takes two of them, and browsers open several.
const FEW: u32 = 64;

fn connections(view: &HostView<'_>) -> Option<Found> {
    let conf = accepted(view)?;
    let log = view.machine.lines("nginx.error").iter().rev();
    let log = log.into_iter().find(|line| line.contains("worker_connections are not enough"))?;
    let at = conf.find("worker_connections ")?;
    let line = conf.line(&at)?;
    let count = line.split_once("worker_connections ")?.1.trim_start().split(';').next()?.trim();
    count.parse().ok().filter(|count: &u32| *count < FEW)?;
    let found = Found::new(message!(
        "nginx on {} may have only {} connections at a time, so it answers few visitors and turns the others away.",
        view.host,
        count
    ));
    let found = found
        .saw(message!("{}: {}", at, line))
        .saw(message!("/var/log/nginx/error.log: {}", log.split(", client:").next().unwrap_or(log)));
    Some(found.change(view, &at, &format!("worker_connections {count}"), "worker_connections 768"))
}
