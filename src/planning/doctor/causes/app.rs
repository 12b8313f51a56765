//! The application on its machine: fetched, with its packages, and nobody else on its port.

use super::pm2::last_words;
use super::{Cause, Found, HostView, Layer};
use crate::planning::doctor::machine::Listen;

/// What hides everything behind it.
const fn blocking(name: &'static str, look: fn(&HostView<'_>) -> Option<Found>) -> Cause {
    Cause { name, layer: Layer::Application, blocks: true, look }
}

pub const CAUSES: &[Cause] = &[
    blocking("app-not-cloned", not_cloned),
    blocking("packages-missing", modules),
    blocking("port-other-pm2", other_pm2),
    blocking("port-taken", taken),
    blocking("app-outside-pm2", outside),
];

fn not_cloned(place: &HostView<'_>) -> Option<Found> {
    let folder = place.machine.one("dir.missing").filter(|_| place.is_app() && !place.serves())?;
    if place.entry().is_some_and(|entry| entry.pid > 0) {
        return None;
    }
    let found = Found::new(format!("The application is not on {}: there is no folder {folder}.", place.host));
    let others = place.machine.lines("checkout").iter().map(|other| format!("another project is there: {other}"));
    let found = found.saw(format!("{folder} does not exist")).saw_all(others);
    Some(found.then(place.host, format!("git clone {} {folder}", place.application().repo)))
}

fn modules(place: &HostView<'_>) -> Option<Found> {
    let folder = place.machine.one("dir").filter(|_| place.is_app())?;
    let has = |key: &str| place.machine.one(key).is_some();
    if !has("dir.package") || !has("dir.dependencies") {
        return None;
    }
    if has("dir.modules") {
        return partly(place, folder);
    }
    let found =
        Found::new(format!("The packages of the application are not installed on {}: it cannot start.", place.host));
    let found = found.saw(format!("{folder} has a package.json, but no node_modules"));
    let found = match place.entry() {
        Some(entry) => found.saw_all(last_words(entry)),
        None => found,
    };
    Some(found.then(place.host, format!("cd {folder} && npm ci && pm2 restart {}", place.application().name)))
}

/// An npm that was ended (no memory, Ctrl-C, a lost link) leaves a folder that looks like a whole one.
fn partly(place: &HostView<'_>, folder: &str) -> Option<Found> {
    let missing: Vec<&str> = place.machine.lines("modules.missing").iter().map(String::as_str).collect();
    let unfinished = place.machine.one("modules.unfinished").is_some();
    if missing.is_empty() && !unfinished || place.serves() {
        return None;
    }
    let what =
        format!("The packages of the application are only partly installed on {}: npm was interrupted.", place.host);
    let found = Found::new(what);
    let found = if missing.is_empty() {
        found.saw(format!("an npm that labctl had begun in {folder} did not come to its end"))
    } else {
        found.saw(format!("not in {folder}/node_modules: {}", missing.join(", ")))
    };
    Some(found.then(place.host, format!("cd {folder} && npm ci && pm2 restart {}", place.application().name)))
}

/// Who has the application's port, if it is not the application in its user's pm2.
fn stranger<'a>(place: &HostView<'a>) -> Option<(&'a Listen, u32)> {
    let listen = place.is_app().then(|| place.machine.on_port(place.port())).flatten()?;
    let pid = listen.pid?;
    let ours = place.machine.pm2_of(pid) == Some(place.user());
    (!ours).then_some((listen, pid))
}

fn other_pm2(place: &HostView<'_>) -> Option<Found> {
    let (listen, pid) = stranger(place)?;
    let owner = place.machine.pm2_of(pid)?;
    let (port, user) = (place.port(), place.user());
    let found = Found::new(format!(
        "The pm2 of {owner} has port {port} on {}: there are two pm2, and {user}'s is not the one that serves (`sudo pm2` is root's).",
        place.host
    ));
    let found =
        found.saw(format!("port {port} is held by process {pid} ({}) under the pm2 of {owner}", listen.program));
    let theirs = place.machine.entries.iter().filter(|entry| entry.owner == owner);
    let found = found.saw_all(theirs.map(|entry| format!("pm2 of {owner}: {} is {}", entry.name, entry.status)));
    let remove = if owner == "root" {
        "sudo pm2 delete all && sudo pm2 save --force".to_owned()
    } else {
        format!("sudo -iu {owner} pm2 delete all")
    };
    Some(found.then(place.host, remove).then_as_owner(
        place,
        &format!("pm2 restart {0} || pm2 start ~/.labctl/{0}.config.js; pm2 save", place.application().name),
    ))
}

fn taken(place: &HostView<'_>) -> Option<Found> {
    let (listen, pid) = stranger(place)?;
    let process = place.machine.processes.get(&pid);
    if place.machine.pm2_of(pid).is_some() || by_hand(place, pid) {
        return None;
    }
    let line = process.map_or(listen.program.as_str(), |process| process.line.as_str());
    let user = process.map_or("somebody", |process| process.user.as_str());
    let port = place.port();
    let found =
        Found::new(format!("Another program has port {port} on {}, so the application cannot have it.", place.host));
    let found = found.saw(format!("process {pid} of {user} listens on {}:{port}: {line}", listen.address));
    let found = match place.entry() {
        Some(entry) => found.saw_all(last_words(entry)),
        None => found,
    };
    Some(
        found
            .then(place.host, format!("sudo kill {pid}"))
            .note("if it is not needed")
            .then_as_owner(place, &format!("pm2 restart {}", place.application().name)),
    )
}

/// Whether a process is the application, started in a terminal: it answers with the page.
fn by_hand(place: &HostView<'_>, pid: u32) -> bool {
    let line = place.machine.processes.get(&pid).map_or("", |process| process.line.as_str());
    let node = ["node", "npm"].iter().any(|word| line.contains(word));
    let page = place.machine.answer(&format!("local.{}", place.port())).is_some_and(|answer| answer.page == "lab");
    node && page && !place.application().marker.is_empty()
}

fn outside(place: &HostView<'_>) -> Option<Found> {
    let (_, pid) = stranger(place)?;
    if place.machine.pm2_of(pid).is_some() || !by_hand(place, pid) {
        return None;
    }
    let line = place.machine.processes.get(&pid).map_or("", |process| process.line.as_str());
    let found = Found::new(format!(
        "The application on {} runs, but not under pm2: it ends when that terminal is closed, and after a reboot.",
        place.host
    ));
    let found = found.saw(format!("process {pid} has port {}: {line}", place.port()));
    Some(found.then(
        place.host,
        format!(
            "kill {pid}; cd {} && pm2 start npm --name {} -- start && pm2 save",
            place.machine.one("dir").unwrap_or("~"),
            place.application().name
        ),
    ))
}
