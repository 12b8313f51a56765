//! Routes that somebody has set on a machine, by which it does not find another machine of the lab.

use super::{Cause, Found, HostView, Layer};
use crate::model::message::{Message, message};
use ipnet::IpNet;
use std::net::IpAddr;

pub const CAUSES: &[Cause] = &[Cause { name: "route-astray", layer: Layer::Network, blocks: true, find: astray }];

/// The most specific of the routes to an address that lead nowhere, or to one machine by a way of its own.
fn route<'a>(view: &HostView<'a>, address: &str) -> Option<&'a String> {
    let address: IpAddr = address.parse().ok()?;
    let covers = |line: &&String| net(line).is_some_and(|net| net.contains(&address));
    view.machine.lines("route").iter().filter(covers).max_by_key(|line| net(line).map_or(0, |net| net.prefix_len()))
}

/// What a line of `ip route` is about.
fn net(line: &str) -> Option<IpNet> {
    let mut words = line.split_whitespace();
    let first = words.next()?;
    let to = if shut(first) { words.next()? } else { first };
    if to == "default" {
        "0.0.0.0/0".parse().ok()
    } else {
        to.parse().ok().or_else(|| Some(to.parse::<IpAddr>().ok()?.into()))
    }
}

fn shut(word: &str) -> bool {
    matches!(word, "blackhole" | "unreachable" | "prohibit" | "throw")
}

/// The application answers on its machine and not to the web server, and one of the two has a route that explains it.
fn astray(view: &HostView<'_>) -> Option<Found> {
    let web = view.web().filter(|web| view.is_app() && web.host != view.host)?;
    let here = view.machine.answer(&format!("local.{}", view.port())).filter(|here| here.exit == 0)?;
    let reach = web.machine.answer(&format!("reach.{}", view.socket())).filter(|reach| reach.cut())?;
    let of_web = route(&web, &view.address()).map(|line| (&web, view, line));
    let (at, other, line) = of_web.or_else(|| route(view, &web.address()).map(|line| (view, &web, line)))?;
    let words: Vec<&str> = line.split_whitespace().collect();
    let nowhere = shut(words[0]);
    let sentence = if nowhere {
        message!(
            "{} has a route that leads nowhere for {} ({}): it can neither ask it nor answer it.",
            at.host,
            other.host,
            other.address()
        )
    } else {
        message!("{} has a route of its own for {} ({}), and it leads astray.", at.host, other.host, other.address())
    };
    let found = Found::new(sentence);
    let found = found.saw(message!("on {}, `ip route`: {}", at.host, line.trim()));
    let found = found
        .saw(message!("from {}, http://{}/: {}", web.host, view.socket(), reach.describe()))
        .saw(message!("on {}, the application answers: {}", view.host, here.describe()));
    let found = if at.host == view.host { found } else { found.on(at.host) };
    let found = found.then(at.host, format!("sudo ip route del {}", words[..named(&words)].join(" ")));
    Some(found.note(lasting()))
}

/// How many of a route's words name it: its kind, where it leads, by which way, and in which table.
fn named(words: &[&str]) -> usize {
    let known = |word: &str| matches!(word, "via" | "dev" | "table");
    let begin = if shut(words[0]) { 2 } else { 1 };
    let mut at = begin.min(words.len());
    while at + 1 < words.len() && known(words[at]) {
        at += 2;
    }
    at
}

fn lasting() -> Message {
    message!(
        "a file that sets it, such as one of netplan's, would bring it back at the next boot: take it out there as well"
    )
}
