//! On the way to a machine: names on this computer, and the login.

use super::{Cause, Found, HostView, Layer};
use crate::model::event::{Component, Outcome};
use crate::model::name::HostName;
use crate::model::quote::quote;

const fn login(name: &'static str, look: fn(&HostView<'_>) -> Option<Found>) -> Cause {
    Cause { name, layer: Layer::Login, blocks: true, look }
}

pub const CAUSES: &[Cause] = &[
    Cause { name: "name-elsewhere", layer: Layer::Names, blocks: true, look: elsewhere },
    Cause { name: "name-missing", layer: Layer::Names, blocks: true, look: missing },
    login("host-unknown", |place| {
        of(place, &["does not resolve"], "The address of HOST in the inventory is a name that nobody knows.")
    }),
    login("host-key-changed", |place| {
        of(place, &["host key"], "HOST shows another host key than before: it was made anew, or it is another machine.")
    }),
    login("ssh-refused", |place| {
        of(
            place,
            &["connection refused", "does not speak SSH"],
            "HOST is there, but no SSH server answers on that port: it is stopped, or listens on another port.",
        )
    }),
    login("host-silent", |place| {
        of(
            place,
            &["no answer within", "no route to it", "within "],
            "HOST does not answer at all: it is switched off, its address is wrong, or a firewall drops everything.",
        )
    }),
    login("login-denied", |place| {
        of(
            place,
            &["login denied", "login failed", "no key or password"],
            "HOST's SSH server answers, but does not let us in: wrong user, or it does not know our key.",
        )
    }),
    login("sudo-denied", |place| {
        of(
            place,
            &["no shell as root", "needs root"],
            "The login on HOST works, but the user may not become root with sudo.",
        )
    }),
    login("host-lost", |place| of(place, &[""], "HOST cannot be worked on.")),
];

/// The words of the transport say what happened; the first cause whose words fit is it.
fn of(place: &HostView<'_>, words: &[&str], sentence: &str) -> Option<Found> {
    let (reason, hints) = place.unreachable()?;
    let fits = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    let first = FIRST.iter().find(|each| fits(each)).copied().unwrap_or(&[""]);
    if first != words {
        return None;
    }
    let found = Found::new(sentence.replace("HOST", place.host.as_str())).saw(reason).saw_all(hints.iter().cloned());
    let (host, here) = (place.host, HostName::controller());
    let user = place.inventory.host(host).and_then(|host| host.login.user.clone()).unwrap_or_default();
    Some(match words[0] {
        "does not resolve" => found.then(&here, format!("getent hosts {}", place.address())),
        "host key" => {
            found.then(&here, format!("labctl trust {host} -i {}", quote(&place.inventory.path.display().to_string())))
        }
        "connection refused" => found.then(host, "sudo systemctl enable --now ssh; ss -ltn | grep -w ssh"),
        "no answer within" => found.then(&here, format!("ping -c 3 {}", place.address())),
        "login denied" => found.then(&here, format!("ssh-copy-id {user}@{}", place.address())),
        "no shell as root" => found.then(host, format!("su -c 'usermod -aG sudo {user}'")),
        _ => found.then(&here, format!("labctl ssh {host}")),
    })
}

/// The words of each cause, in the order in which they are looked for.
const FIRST: &[&[&str]] = &[
    &["does not resolve"],
    &["host key"],
    &["connection refused", "does not speak SSH"],
    &["no shell as root", "needs root"],
    &["login denied", "login failed", "no key or password"],
    &["no answer within", "no route to it", "within "],
];

fn lines(place: &HostView<'_>) -> Option<(String, Vec<String>)> {
    let web = place.inventory.web()?.address.clone()?;
    let domains = place.sites.iter().map(|site| site.domain.clone());
    let open = domains.filter(|domain| !place.evidence.resolved.contains(domain)).collect::<Vec<_>>();
    (!open.is_empty()).then_some((web, open))
}

/// A line of the hosts file gives a domain to another machine.
fn elsewhere(place: &HostView<'_>) -> Option<Found> {
    let held = place.host.is_controller().then(|| place.open(Component::Names)).flatten()?;
    let (web, domains) = lines(place)?;
    // A foreign line is a failure that names it; a line of our own block that was edited stands in the diff.
    let diff = held.diff.as_deref().unwrap_or_default();
    let edited = diff
        .lines()
        .filter(|line| line.starts_with('-') && domains.iter().any(|d| line.split_whitespace().any(|w| w == d)));
    let edited: Vec<String> =
        edited.filter(|line| !line.contains(&web)).map(|line| line[1..].trim().to_owned()).collect();
    let foreign = held.reason.as_deref().filter(|_| held.outcome == Outcome::Failed);
    if edited.is_empty() && foreign.is_none() {
        return None;
    }
    let found = Found::new(format!(
        "This computer's hosts file leads to another machine than the web server {web}: the browser asks the wrong one."
    ));
    let found = found
        .saw_all(foreign.into_iter().flat_map(str::lines))
        .saw_all(edited.iter().map(|line| format!("the hosts file says: {line}")));
    Some(
        found
            .then(place.host, format!("labctl step {}", held.task.step))
            .note("after deleting the line that leads elsewhere, if it is not labctl's"),
    )
}

/// No line of the hosts file names a domain, and nothing else does.
fn missing(place: &HostView<'_>) -> Option<Found> {
    let held = place.host.is_controller().then(|| place.open(Component::Names)).flatten()?;
    if elsewhere(place).is_some() {
        return None;
    }
    let (web, domains) = lines(place)?;
    let diff = held.diff.as_deref().unwrap_or_default();
    let file = diff.lines().find_map(|line| line.strip_prefix("--- ")).unwrap_or("/etc/hosts").trim();
    let absent = |domain: &&String| {
        diff.lines().any(|line| line.starts_with('+') && line.split_whitespace().any(|w| w == domain.as_str()))
    };
    let names: Vec<&str> = domains.iter().filter(absent).map(String::as_str).collect();
    let names = if names.is_empty() { domains.iter().map(String::as_str).collect() } else { names };
    let found = Found::new(format!(
        "This computer does not know where {} is: the browser says that the site cannot be found.",
        names.join(" and ")
    ));
    let found = found.saw(format!("{file} has no line that gives {} the address {web}", names.join(" or ")));
    let line = format!("{web} {}", names.join(" "));
    Some(if cfg!(windows) {
        found.then(place.host, format!("Add-Content '{file}' '{line}'")).note("in a PowerShell of an administrator")
    } else {
        found.then(place.host, format!("echo '{line}' | sudo tee -a {file}"))
    })
}
