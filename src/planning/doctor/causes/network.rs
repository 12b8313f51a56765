//! The network between machines: who may connect to whom.

use super::outgoing::{outgoing, unanswered};
use super::{Cause, Clue, Found, HostView, Layer};
use crate::model::message::{Message, message};
use crate::model::site::Site;
use crate::model::visitor::VisitError;
use crate::planning::doctor::machine::PageAnswer;

pub const CAUSES: &[Cause] = &[
    Cause { name: "nginx-loopback", layer: Layer::Network, blocks: true, find: loopback },
    Cause { name: "firewall-web", layer: Layer::Network, blocks: true, find: firewall_web },
    Cause { name: "firewall-app", layer: Layer::Network, blocks: true, find: firewall_app },
];

/// nginx takes connections of its own machine only.
fn loopback(view: &HostView<'_>) -> Option<Found> {
    let listen = view.is_web().then(|| view.machine.on_port(80)).flatten()?;
    if listen.program != "nginx" || !listen.is_loopback() {
        return None;
    }
    let found =
        Found::new(message!("nginx on {} listens on {} only, so nobody else can connect.", view.host, listen.address));
    let found = found.saw(message!("on {}, nginx listens on {}:80", view.host, listen.address));
    let wrong = view.machine.conf.servers.iter().filter(|server| server.on_port("80"));
    let wrong: Vec<_> = wrong.flat_map(|server| server.listens.iter().zip(&server.listens_at)).collect();
    let local = |listen: &str| ["127.0.0.1:80", "localhost:80", "[::1]:80", "127.0.0.1", "localhost"].contains(&listen);
    let wrong: Vec<_> =
        wrong.into_iter().filter_map(|(listen, at)| Some((listen.first().filter(|l| local(l))?, at))).collect();
    let found = found.saw_all(wrong.iter().map(|(listen, at)| message!("{}: listen {}", at, listen)));
    let mut found = found;
    for (listen, at) in &wrong {
        let every = if listen.starts_with('[') { "[::]:80" } else { "80" };
        found = found.change_only(view, at, listen, every);
    }
    if wrong.is_empty() {
        found = found.then(view.host, "sudo grep -rn listen /etc/nginx/").note(message!("and write: listen 80;"));
    }
    // A reload cannot take an address of which it holds a part already.
    Some(found.then(view.host, "sudo nginx -t && sudo systemctl restart nginx"))
}

/// A rule that sends elsewhere what comes to a port of this machine.
fn diverted<'a>(view: &HostView<'a>, port: &str) -> Option<&'a String> {
    let away = |rule: &&String| {
        let text = rule.to_lowercase();
        text.contains(&format!("dport {port} ")) && (text.contains("redirect") || text.contains("dnat"))
    };
    view.machine.lines("firewall").iter().find(away)
}

/// nginx answers on its machine, but not from here; a rule without an interface closes it for its own machine as well.
fn firewall_web(view: &HostView<'_>) -> Option<Found> {
    let listen = view
        .is_web()
        .then(|| view.machine.on_port(80))
        .flatten()
        .filter(|listen| listen.program == "nginx" && !listen.is_loopback())?;
    let answer = |site: &Site| view.machine.answer(&format!("ask.{}", site.domain));
    let site = view.sites.iter().find(|site| answer(site).is_some())?;
    let here = answer(site)?;
    // A slow application is not a firewall: the connection itself must fail.
    let cut = |error: &VisitError| matches!(error, VisitError::Refused | VisitError::Reset) || error.is_silence();
    let met = view.evidence.outside.get(&site.domain);
    let away = met.is_some_and(|met| met.as_ref().is_err_and(cut));
    let itself = here.cut() && rule(view, "80").is_some() && met.is_none_or(Result::is_err);
    let diverted = diverted(view, "80").is_some();
    if !(away && here.exit == 0 || itself || diverted) {
        return None;
    }
    let found = Found::new(if limited(view, "80") {
        message!(
            "ufw on {} refuses a visitor who opens port {} more than six times in 30 seconds (`ufw limit`).",
            view.host,
            80
        )
    } else if diverted {
        message!(
            "A firewall rule on {} redirects port 80 elsewhere: nginx listens there, but visitors do not get to it.",
            view.host
        )
    } else {
        message!(
            "A firewall keeps visitors away from port 80 of {}: nginx listens there, but cannot be reached.",
            view.host
        )
    });
    let found = opened(found, view, "80", None);
    let url = format!("http://{}/", view.address());
    let found = found.saw_all(met.map(|met| Clue::Visit { url, met: met.clone() }));
    let found = found.saw(message!(
        "on {}, nginx listens on {}:80; asked there: {}",
        view.host,
        listen.address,
        here.describe()
    ));
    Some(found.saw_all(rules(view, "80")))
}

/// The application listens for everybody, but the web server cannot connect.
fn firewall_app(view: &HostView<'_>) -> Option<Found> {
    let listen = view.is_app().then(|| view.listen()).flatten().filter(|listen| !listen.is_loopback())?;
    let web = view.web()?;
    let (port, digits) = (view.port(), view.port().to_string());
    let here = view.machine.answer(&format!("local.{port}"))?;
    let reach = web.machine.answer(&format!("reach.{}", view.socket()));
    let away = web.host != view.host && reach.as_ref().is_some_and(|reach| reach.cut()) && here.exit == 0;
    let itself = here.cut() && rule(view, &digits).is_some();
    // Between two starts, it answers the one and not the other.
    let young = view.entry().is_some_and(|entry| entry.pid > 0 && entry.since < 15_000);
    let shut = rule(view, &digits).or_else(|| rule(&web, &digits)).or_else(|| blanket(view));
    if young && shut.is_none() {
        return None;
    }
    // The web server that may ask nobody is found as such.
    if !(away || itself) || (outgoing(&web).is_some() || unanswered(&web).is_some()) && rule(view, &digits).is_none() {
        return None;
    }
    // The web server may forbid itself to ask.
    let at = if rule(view, &digits).is_none() && rule(&web, &digits).is_some() { &web } else { view };
    let found = Found::new(if limited(view, &digits) {
        message!(
            "ufw on {} refuses a visitor who opens port {} more than six times in 30 seconds (`ufw limit`).",
            view.host,
            port
        )
    } else if at.host != view.host {
        message!("A firewall on {} keeps it from asking port {} of its application servers.", web.host, port)
    } else if itself {
        message!(
            "A firewall on {} closes port {}, even for the machine itself: the application listens, but cannot be reached.",
            view.host,
            port
        )
    } else {
        message!(
            "A firewall keeps {} away from port {} of {}: the application answers there, but not to {}.",
            web.host,
            port,
            view.host,
            web.host
        )
    });
    let from =
        |reach: PageAnswer| message!("from {}, http://{}:{}/: {}", web.host, view.address(), port, reach.describe());
    let found = found.saw_all(reach.map(from));
    let found = found.saw(message!(
        "on {}, {} listens on {}:{}; asked there: {}",
        view.host,
        listen.program,
        listen.address,
        port,
        here.describe()
    ));
    let found = if at.host == view.host { found } else { found.on(at.host) };
    let from = (at.host == view.host && web.host != view.host).then(|| web.address());
    Some(opened(found.saw_all(rules(at, &digits)), at, &digits, from.as_deref()))
}

/// A rule without what looks like a port and is none: counters, and the number by which nft knows it.
fn bare(rule: &str) -> String {
    let rule = rule.split(" # handle ").next().unwrap_or(rule);
    let words: Vec<&str> = rule.split_whitespace().collect();
    let counted = |at: usize| at > 0 && matches!(words[at - 1], "packets" | "bytes");
    let kept = words.iter().enumerate().filter(|(at, _)| !counted(*at)).map(|(_, word)| *word);
    kept.collect::<Vec<_>>().join(" ")
}

/// The rule about a port.
fn rule<'a>(view: &HostView<'a>, port: &str) -> Option<&'a String> {
    let about = |rule: &&String| bare(rule).split(|c: char| !c.is_ascii_digit()).any(|number| number == port);
    view.machine.lines("firewall").iter().find(about)
}

/// What refuses everything that no other rule allows: a policy, or a rule without a port.
fn blanket<'a>(view: &HostView<'a>) -> Option<&'a String> {
    let all = |rule: &&String| {
        let rule = rule.to_lowercase();
        let incoming = rule.contains("input") && !rule.contains("ufw");
        let policy = rule.contains("policy drop") && rule.contains("hook input") || rule.starts_with(":input drop");
        policy || incoming && !rule.contains("dport") && !rule.contains("invalid") && !rule.contains("policy")
    };
    view.machine.lines("firewall").iter().find(all)
}

fn rules(view: &HostView<'_>, port: &str) -> Vec<Message> {
    let first = rule(view, port).or_else(|| blanket(view));
    first.map(|rule| message!("on {}, a rule: {}", view.host, rule.trim())).into_iter().collect()
}

/// Whether ufw opens a port to each visitor only so often.
fn limited(view: &HostView<'_>, port: &str) -> bool {
    view.machine.lines("ufw.limit").iter().any(|line| line.split(' ').next() == Some(port))
}

/// What opens a port, for whatever keeps it closed.
fn opened(found: Found, view: &HostView<'_>, port: &str, from: Option<&str>) -> Found {
    if limited(view, port) {
        return found.then(
            view.host,
            format!("sudo ufw delete limit {port}/tcp; sudo ufw delete limit {port}; sudo ufw allow {port}/tcp"),
        );
    }
    let own = rule(view, port).filter(|rule| !rule.contains(" ufw"));
    if view.machine.one("ufw").is_some() && own.is_none() {
        let whom = from.map_or_else(|| "from any".to_owned(), |from| format!("from {from}"));
        // In front of what forbids it.
        return found.then(view.host, format!("sudo ufw prepend allow {whom} to any port {port} proto tcp"));
    }
    if own.is_some() {
        let about = |rule: &&String| bare(rule).split(|c: char| !c.is_ascii_digit()).any(|number| number == port);
        let all = view.machine.lines("firewall").iter().filter(about).filter(|rule| !rule.contains(" ufw"));
        let all: Vec<String> = all.filter_map(|rule| removal(rule)).collect();
        if !all.is_empty() {
            return found.then(view.host, all.join(" && ")).note(message!("if nobody needs that rule"));
        }
    }
    match blanket(view) {
        Some(rule) if rule.starts_with(['-', ':']) => {
            found.then(view.host, format!("sudo iptables -I INPUT -p tcp --dport {port} -j ACCEPT"))
        }
        Some(rule) => {
            let chain = rule.split_once(": ").map_or("inet filter input", |(chain, _)| chain);
            found.then(view.host, format!("sudo nft insert rule {chain} tcp dport {port} accept"))
        }
        None => found.then(view.host, format!("sudo ss -ltnp | grep -w {port}")).note(message!(
            "no rule was found there: open TCP port {} in your provider's security group or firewall",
            port
        )),
    }
}

/// What takes a rule away: `FAMILY TABLE CHAIN: … # handle N` of nft, or `-A CHAIN …` of iptables.
fn removal(rule: &str) -> Option<String> {
    if let Some(words) = rule.strip_prefix("-A ") {
        let table = if words.starts_with("PREROUTING") { "-t nat " } else { "" };
        return Some(format!("sudo iptables {table}-D {words}"));
    }
    let (chain, rest) = rule.split_once(": ")?;
    let (_, handle) = rest.rsplit_once("# handle ")?;
    handle.bytes().all(|b| b.is_ascii_digit()).then(|| format!("sudo nft delete rule {chain} handle {handle}"))
}
