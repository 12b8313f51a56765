//! The machine itself, and the network between machines.

use super::{Cause, Clue, Found, HostView, Layer};
use crate::model::health::ClockOffset;
use crate::model::site::Site;
use crate::model::visitor::VisitError;

pub const CAUSES: &[Cause] = &[
    Cause { name: "disk-full", layer: Layer::MachineFacts, blocks: true, look: disk },
    Cause { name: "memory-killed", layer: Layer::MachineFacts, blocks: true, look: memory },
    Cause { name: "clock-wrong", layer: Layer::MachineFacts, blocks: false, look: clock },
    Cause { name: "nginx-loopback", layer: Layer::Network, blocks: true, look: loopback },
    Cause { name: "firewall-web", layer: Layer::Network, blocks: true, look: firewall_web },
    Cause { name: "firewall-app", layer: Layer::Network, blocks: true, look: firewall_app },
];

/// A clock that is further off than this breaks certificates, apt and logs.
const CLOCK: f64 = 30_000.0;

fn disk(place: &HostView<'_>) -> Option<Found> {
    let full = |space: &&crate::planning::doctor::machine::Space| space.free < 1024 || space.free * 100 < space.total;
    if let Some(space) = place.machine.spaces("disk").iter().find(full) {
        let found = Found::new(format!(
            "The disk of {} is full: nothing can be installed, written or logged any more.",
            place.host
        ));
        let found = found.saw(format!("{} has {} of {} MiB free", space.at, space.free / 1024, space.total / 1024));
        return Some(found.then(place.host, format!("sudo du -xh --max-depth=2 {} | sort -h | tail", space.at)));
    }
    let files = place.machine.spaces("inodes").into_iter().find(|space| space.free * 100 < space.total)?;
    let found =
        Found::new(format!("The disk of {} can hold no more files, though there may be space left.", place.host));
    let found = found.saw(format!("{} has room for {} of {} files", files.at, files.free, files.total));
    Some(found.then(place.host, format!("sudo du -x --inodes --max-depth=3 {} | sort -n | tail", files.at)))
}

/// The kernel ended a process for want of memory, and the application does not serve (or is being started again).
fn memory(place: &HostView<'_>) -> Option<Found> {
    let young = place.entry().is_some_and(|entry| entry.restarts > 0 && entry.since < 120_000);
    if !place.is_app() || place.serves() && !young {
        return None;
    }
    let counted = place.machine.lines("killed").iter().filter(|line| line.contains("pm2") || line.contains("user"));
    let counted = counted.filter_map(|line| {
        let (group, count) = line.rsplit_once(":oom_kill ")?;
        let group =
            group.trim_end_matches("/memory.events").trim_end_matches("/memory.oom_control").rsplit('/').next()?;
        Some(format!("the kernel has killed {count} processes of {group} for want of memory"))
    });
    let seen: Vec<String> = counted.chain(place.machine.lines("kernel").iter().cloned()).collect();
    if seen.is_empty() {
        return None;
    }
    let memory = place.health().memory().map_or(0.0, |memory| memory.total_kb / 1024.0);
    let found =
        Found::new(format!("{} ran out of memory, and the kernel killed the application.", place.host)).saw_all(seen);
    let found = found.saw(format!("the machine has {memory:.0} MiB of memory"));
    Some(found.then(
        place.host,
        "sudo fallocate -l 1G /swapfile && sudo chmod 600 /swapfile && sudo mkswap /swapfile && sudo swapon /swapfile",
    ))
}

fn clock(place: &HostView<'_>) -> Option<Found> {
    let ClockOffset { ahead_ms: off, margin_ms: margin } = place.health().clock()?;
    if off.abs() <= margin + CLOCK {
        return None;
    }
    let (seconds, way) = (off.abs() / 1000.0, if off > 0.0 { "fast" } else { "slow" });
    let found = Found::new(format!(
        "The clock of {} is wrong: downloads are refused as not valid yet or expired, and logs mislead.",
        place.host
    ));
    let found = found.saw(format!("it is {seconds:.0} s {way}, compared with this computer"));
    Some(found.then(place.host, "sudo timedatectl set-ntp true && timedatectl"))
}

/// nginx takes connections of its own machine only.
fn loopback(place: &HostView<'_>) -> Option<Found> {
    let listen = place.is_web().then(|| place.machine.on_port(80)).flatten()?;
    if listen.program != "nginx" || !listen.is_loopback() {
        return None;
    }
    let found = Found::new(format!(
        "nginx on {} listens on {} only, so that nobody else can connect.",
        place.host, listen.address
    ));
    let found = found.saw(format!("on {}, nginx listens on {}:80", place.host, listen.address));
    let wrong = place.machine.conf.servers.iter().find(|server| server.on_port("80"));
    let found = found.saw_all(wrong.map(|server| {
        format!("{}: listen {}", server.at, server.listens.first().map(|l| l.join(" ")).unwrap_or_default())
    }));
    // A reload cannot take an address of which it holds a part already.
    let found = match wrong {
        Some(server) => found.then(place.host, format!("sudo nano +{} {}", server.at.line, server.at.file)),
        None => found.then(place.host, "sudo grep -rn listen /etc/nginx/"),
    };
    Some(found.note("write: listen 80;").then(place.host, "sudo nginx -t && sudo systemctl restart nginx"))
}

/// nginx answers on its machine, but not from here.
fn firewall_web(place: &HostView<'_>) -> Option<Found> {
    let listen = place
        .is_web()
        .then(|| place.machine.on_port(80))
        .flatten()
        .filter(|listen| listen.program == "nginx" && !listen.is_loopback())?;
    let asked =
        |site: &&Site| place.machine.answer(&format!("ask.{}", site.domain)).is_some_and(|answer| answer.exit == 0);
    let site = place.sites.iter().find(asked)?;
    let met = place.evidence.outside.get(&site.domain)?;
    // A slow application is not a firewall: the connection itself must fail.
    let cut = |error: &VisitError| matches!(error, VisitError::Refused | VisitError::Reset) || error.is_silence();
    if !met.as_ref().is_err_and(cut) {
        return None;
    }
    let found = Found::new(format!(
        "A firewall keeps visitors away from port 80 of {}: nginx answers there, but not from here.",
        place.host
    ));
    let found = opened(found, place, "80", None);
    let found = found.saw(Clue::Visit { url: format!("http://{}/", place.address()), met: met.clone() });
    Some(found.saw(format!("on {}, nginx listens on {}:80", place.host, listen.address)).saw_all(rules(place)))
}

/// The application answers on its machine, and listens for everybody, but the web server cannot connect.
fn firewall_app(place: &HostView<'_>) -> Option<Found> {
    let listen =
        place.is_app().then(|| place.machine.on_port(place.port())).flatten().filter(|listen| !listen.is_loopback())?;
    let web = place.web().filter(|web| web.host != place.host)?;
    let reach = web.machine.answer(&format!("reach.{}", place.inventory.socket(place.host)))?;
    if reach.exit == 0 || !(reach.late() || reach.exit == 7) || !place.serves() {
        return None;
    }
    let port = place.port();
    let found = Found::new(format!(
        "A firewall keeps {} away from port {port} of {}: the application answers there, but not from {}.",
        web.host, place.host, web.host
    ));
    let found = found.saw(format!("from {}, http://{}:{port}/: {}", web.host, place.address(), reach.told()));
    let found =
        found.saw(format!("on {}, {} listens on {}:{port}, and answers", place.host, listen.program, listen.address));
    Some(opened(found.saw_all(rules(place)), place, &port.to_string(), Some(web.address())))
}

fn rules(place: &HostView<'_>) -> Vec<String> {
    place
        .machine
        .lines("firewall")
        .iter()
        .take(3)
        .map(|rule| format!("on {}, a rule: {}", place.host, rule.trim()))
        .collect()
}

/// What opens a port, for whatever keeps it closed.
fn opened(found: Found, place: &HostView<'_>, port: &str, from: Option<&str>) -> Found {
    if place.machine.one("ufw").is_some() {
        let allow = from.map_or_else(
            || format!("sudo ufw allow {port}/tcp"),
            |from| format!("sudo ufw allow from {from} to any port {port} proto tcp"),
        );
        return found.then(place.host, allow);
    }
    let rules = place.machine.lines("firewall");
    let about = |rule: &&String| rule.split(|c: char| !c.is_ascii_digit()).any(|number| number == port);
    match rules.iter().find(about).or(rules.first()) {
        None => found.then(place.host, format!("ss -ltn | grep -w {port}")).note(format!(
            "no rule was seen here: open TCP port {port} in the security group or firewall of your provider"
        )),
        Some(rule) => match removal(rule) {
            Some(command) => found.then(place.host, command).note("if nobody needs that rule"),
            None => found.then(place.host, "sudo nft list ruleset || sudo iptables -S"),
        },
    }
}

/// What takes a rule away: `FAMILY TABLE CHAIN: … # handle N` of nft, or `-A CHAIN …` of iptables.
fn removal(rule: &str) -> Option<String> {
    if let Some(words) = rule.strip_prefix("-A ") {
        return Some(format!("sudo iptables -D {words}"));
    }
    let (chain, rest) = rule.split_once(": ")?;
    let (_, handle) = rest.rsplit_once("# handle ")?;
    handle.bytes().all(|b| b.is_ascii_digit()).then(|| format!("sudo nft delete rule {chain} handle {handle}"))
}
