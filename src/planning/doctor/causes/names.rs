//! What the domains mean on this computer: judged by where they lead, whatever lines of the hosts file say so.

use super::{Cause, Found, HostView, Layer};
use crate::model::event::Component;
use crate::model::message::{Message, message};
use crate::model::problem::did_you_mean;
use crate::model::quote::typed;
use crate::planning::doctor::evidence::{HostsLine, NameSeen};
use std::net::IpAddr;

pub const CAUSES: &[Cause] = &[
    Cause { name: "name-elsewhere", layer: Layer::Names, blocks: true, find: elsewhere },
    Cause { name: "name-twice", layer: Layer::Names, blocks: false, find: twice },
    Cause { name: "name-missing", layer: Layer::Names, blocks: true, find: missing },
];

fn seen<'a>(view: &HostView<'a>) -> Option<(IpAddr, &'a [NameSeen])> {
    let names = &view.evidence.names;
    view.host.is_controller().then_some((names.web?, names.seen.as_slice()))
}

/// A browser takes the first address that it gets; one of the same family as the web server's must be the web server's.
fn leads_elsewhere(name: &NameSeen, web: IpAddr) -> Option<IpAddr> {
    let first = name.addresses.iter().find(|address| address.is_ipv4() == web.is_ipv4()).or(name.addresses.first())?;
    // Behind a public address of its own, or somebody's proxy on the internet, may be this very web server.
    let outward = name.lines.is_empty() && private(web) && !private(*first);
    (*first != web && !outward).then_some(*first)
}

fn private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => four.is_private() || four.is_loopback() || four.is_link_local(),
        IpAddr::V6(six) => six.is_loopback() || six.segments()[0] & 0xfe00 == 0xfc00,
    }
}

/// Whether a line is an entry, and gives an address to a name.
fn gives(line: &HostsLine, name: &str) -> Option<IpAddr> {
    let mut words = line.text.split('#').next()?.split_whitespace();
    let address = words.next()?.parse().ok()?;
    words.any(|word| word.eq_ignore_ascii_case(name)).then_some(address)
}

fn elsewhere(view: &HostView<'_>) -> Option<Found> {
    let (web, names) = seen(view)?;
    let (name, here) = names.iter().find_map(|name| Some((name, leads_elsewhere(name, web)?)))?;
    let domain = &name.domain;
    let file = &view.evidence.names.file;
    let found = Found::new(message!(
        "On this computer, {} leads to {}, not to the web server {}: the browser asks the wrong machine.",
        domain,
        here,
        web
    ));
    let wrong: Vec<&HostsLine> =
        name.lines.iter().filter(|line| gives(line, domain).is_some_and(|address| address != web)).collect();
    let found = found.saw_all(wrong.iter().map(|line| message!("{}:{}: {}", file, line.number, line.text)));
    if wrong.is_empty() {
        let found = found.saw(message!("a name server says so: no line in {} gives it an address", file));
        return Some(found.then(view.host, view.make(Component::Names)));
    }
    Some(corrected(found, view, domain, &wrong))
}

/// Without these lines; one of labctl's own block is put right with the block.
fn corrected(found: Found, view: &HostView<'_>, domain: &str, wrong: &[&HostsLine]) -> Found {
    let foreign: Vec<&&HostsLine> = wrong.iter().filter(|line| !line.ours).collect();
    let file = &view.evidence.names.file;
    let found = if foreign.is_empty() { found } else { found.then(view.host, taken_out(file, domain, &foreign)) };
    found.then(view.host, view.make(Component::Names))
}

/// In front of the right address, the hosts file gives the name another one: of this computer (`::1`), or of another machine.
fn twice(view: &HostView<'_>) -> Option<Found> {
    let (web, names) = seen(view)?;
    let own =
        |address: IpAddr| address == web || view.web().is_some_and(|web| web.machine.has_address(&address.to_string()));
    let (name, wrong) = names.iter().filter(|name| name.addresses.contains(&web)).find_map(|name| {
        let before =
            |address: &IpAddr| name.addresses.iter().take_while(|each| **each != web).any(|each| each == address);
        let wrong =
            |line: &&HostsLine| gives(line, &name.domain).is_some_and(|address| !own(address) && before(&address));
        let lines: Vec<&HostsLine> = name.lines.iter().filter(wrong).collect();
        (!lines.is_empty()).then_some((name, lines))
    })?;
    let domain = &name.domain;
    let address = gives(wrong.first()?, domain)?;
    let found = Found::new(message!(
        "On this computer, {} leads to {} first, and then to the web server, {}: what takes the first address asks the wrong machine.",
        domain,
        address,
        web
    ));
    let file = &view.evidence.names.file;
    let found = found.saw_all(wrong.iter().map(|line| message!("{}:{}: {}", file, line.number, line.text)));
    Some(corrected(found, view, domain, &wrong))
}

/// What takes a name out of lines of a hosts file; a line that says nothing else goes. GNU's sed and BSD's agree on it.
fn taken_out(file: &str, domain: &str, lines: &[&&HostsLine]) -> String {
    if cfg!(windows) {
        return format!("notepad {file}");
    }
    let name = domain.replace('.', "\\.");
    let edit = |line: &&&HostsLine| {
        let names = line.text.split('#').next().unwrap_or_default().split_whitespace().skip(1);
        if names.clone().count() > 1 {
            format!("-e '{}s/[[:space:]]{name}\\([[:space:]]\\|$\\)/ /'", line.number)
        } else {
            format!("-e '{}d'", line.number)
        }
    };
    let edits: Vec<String> = lines.iter().map(edit).collect();
    let file = typed(file);
    format!("sudo cp {file} {file}.before && sed {} {file}.before | sudo tee {file} > /dev/null", edits.join(" "))
}

fn missing(view: &HostView<'_>) -> Option<Found> {
    let (web, names) = seen(view)?;
    let open: Vec<&NameSeen> = names.iter().filter(|name| name.addresses.is_empty()).collect();
    if open.is_empty() {
        return None;
    }
    let file = &view.evidence.names.file;
    let domains: Vec<&str> = open.iter().map(|name| name.domain.as_str()).collect();
    let found = Found::new(match domains.as_slice() {
        [one] => {
            message!("This computer does not know where {} is: the browser says that the site cannot be found.", one)
        }
        [one, two] => message!(
            "This computer does not know where {} and {} are: the browser says that the sites cannot be found.",
            one,
            two
        ),
        all => message!(
            "This computer does not know where {} are: the browser says that the sites cannot be found.",
            all.join(", ")
        ),
    });
    let lines = open.iter().flat_map(|name| name.lines.iter().map(|line| (line, fault(line, &name.domain))));
    let mut lines: Vec<Message> =
        lines.map(|(line, fault)| message!("{}:{}: {}: {}", file, line.number, line.text, fault)).collect();
    lines.dedup();
    let near = open.iter().filter(|name| name.lines.is_empty()).filter_map(|name| {
        let others = view.evidence.names.others.iter().filter(|(_, address)| *address == web);
        let near = did_you_mean(&name.domain, others.map(|(other, _)| other.as_str()))?;
        Some(message!("{} gives {} to {}, but the site is {}: is that a typing mistake?", file, web, near, name.domain))
    });
    lines.extend(near);
    if lines.is_empty() {
        lines.push(message!("{} has no line that gives {} the address {}", file, domains.join(", "), web));
    }
    Some(found.saw_all(lines).then(view.host, view.make(Component::Names)))
}

/// Why a line that holds the name gives it no address.
fn fault(line: &HostsLine, domain: &str) -> Message {
    let text = line.text.as_str();
    if text.starts_with('#') {
        return message!("the # turns it into a comment");
    }
    if text.contains("://") {
        return message!("a hosts file takes names, not URLs: leave out `http://`");
    }
    if text.contains(&format!("{domain}:")) {
        return message!("a hosts file takes names, not ports");
    }
    let first = text.split_whitespace().next().unwrap_or_default();
    if first.parse::<IpAddr>().is_err() {
        return message!("the address comes first, and {} is not an address", first);
    }
    message!("the name is not a separate word there")
}
