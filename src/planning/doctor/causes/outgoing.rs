//! What a machine asks of others, and its own firewall keeps from it: the way out, or the answers.

use super::{Cause, Found, HostView, Layer};
use crate::model::message::{Message, message};
use crate::planning::doctor::machine::PageAnswer;

/// What a machine asks, and is not answered: found before what follows from it on the machine itself.
pub const CAUSES: &[Cause] = &[
    Cause { name: "firewall-outgoing", layer: Layer::Machine, blocks: true, find: outgoing },
    Cause { name: "firewall-answers", layer: Layer::Machine, blocks: true, find: unanswered },
];

/// What forbids a machine to ask others: the policy for what goes out.
fn shut<'a>(view: &HostView<'a>) -> Option<&'a String> {
    let policy = |rule: &&String| {
        let rule = rule.to_lowercase();
        rule.contains("hook output") && rule.contains("policy drop") || rule.starts_with(":output drop")
    };
    view.machine.lines("firewall").iter().find(policy)
}

/// What shows that a machine gets no answers: an application that does not come through, or a name server.
fn cut_off(view: &HostView<'_>) -> Option<Message> {
    let cut = || {
        let mut asked = view.machine.each("reach.");
        asked.find_map(|(socket, said)| {
            let answer = PageAnswer::read(said).filter(PageAnswer::cut)?;
            Some(message!("from {}, http://{}/: {}", view.host, socket, answer.describe()))
        })
    };
    let silent = || view.machine.one("names.silent").map(|_| message!("no name server answers {}", view.host));
    cut().or_else(silent)
}

/// A firewall drops what comes in, and no rule lets the answers to the machine's own questions in.
pub(super) fn unanswered(view: &HostView<'_>) -> Option<Found> {
    let policy = |rule: &&String| {
        let rule = rule.to_lowercase();
        rule.contains("hook input") && rule.contains("policy drop") || rule.starts_with(":input drop")
    };
    let policy = view.machine.lines("firewall").iter().find(policy)?;
    if view.machine.one("established").is_some() {
        return None;
    }
    let seen = cut_off(view)?;
    let found = Found::new(message!(
        "The firewall on {} drops the answers to what the machine itself asks: no rule lets established connections in.",
        view.host
    ));
    let found = found.saw(seen).saw(message!("on {}, a rule: {}", view.host, policy.trim()));
    // nft shows the chains of iptables as its own, in capitals.
    let old = policy.starts_with(':') || policy.contains(" INPUT:");
    Some(if old {
        found.then(view.host, "sudo iptables -I INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT")
    } else {
        let chain = policy.split_once(": ").map_or("inet filter input", |(chain, _)| chain);
        found.then(view.host, format!("sudo nft insert rule {chain} ct state established,related accept"))
    })
}

/// A firewall lets nothing out of a machine, and something that it should reach is not reached.
pub(super) fn outgoing(view: &HostView<'_>) -> Option<Found> {
    let policy = shut(view)?;
    let seen = cut_off(view)?;
    let found = Found::new(message!(
        "A firewall on {} lets nothing out that no rule allows: it cannot reach what it should ask.",
        view.host
    ));
    let found = found.saw(seen).saw(message!("on {}, a rule: {}", view.host, policy.trim()));
    let found = found.about(view.sites.iter().flat_map(|site| site.hosts().cloned()));
    Some(if view.machine.one("ufw").is_some() {
        found.then(view.host, "sudo ufw default allow outgoing")
    } else if policy.starts_with(':') {
        found.then(view.host, "sudo iptables -P OUTPUT ACCEPT")
    } else {
        let chain = policy.split_once(": ").map_or("inet filter output", |(chain, _)| chain);
        found.then(view.host, format!("sudo nft add chain {chain} '{{ policy accept; }}'"))
    })
}
