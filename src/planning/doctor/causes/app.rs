//! The application on its machine: fetched, with its packages, its files its owner's, and nobody else on its port.

use super::pm2::{last_words, told};
use super::{Cause, Found, HostView, Layer};
use crate::model::quote::typed;
use crate::planning::doctor::found::{Checkout, Entry, Foreign};
use crate::planning::doctor::machine::Listen;

/// What hides everything behind it.
const fn blocking(name: &'static str, look: fn(&HostView<'_>) -> Option<Found>) -> Cause {
    Cause { name, layer: Layer::Application, blocks: true, look }
}

pub const CAUSES: &[Cause] = &[
    blocking("app-not-cloned", not_cloned),
    blocking("packages-missing", modules),
    blocking("app-ownership", ownership),
    blocking("port-other-pm2", other_pm2),
    blocking("port-taken", taken),
    blocking("app-outside-pm2", outside),
];

fn not_cloned(place: &HostView<'_>) -> Option<Found> {
    if !place.is_app() || place.serves() || place.checkout().is_some() {
        return None;
    }
    let entry = place.entry();
    if entry.is_some_and(|entry| entry.pid > 0) {
        return None;
    }
    let folder = entry.map_or_else(|| place.folder(), |entry| entry.cwd.clone());
    let found = Found::new(format!("The application is not on {}: there is no folder {folder}.", place.host));
    let found = found.saw(format!("{folder} does not exist, and no other folder holds a project of Node.js"));
    let repo = place.application().repo;
    // What stands on this computer can be fetched from here only.
    let remote = repo.contains("://") || repo.contains('@');
    Some(if remote {
        let start = if entry.is_some() { format!("{} && pm2 save", place.pm2("restart")) } else { place.start_anew() };
        found
            .then(place.host, place.typed_as_owner(&format!("git clone {} {}", typed(&repo), typed(&folder))))
            .then(place.host, place.typed_as_owner(&format!("cd {} && npm ci && {start}", typed(&folder))))
    } else {
        let here = place.labctl("up");
        found.then(&crate::model::name::HostName::controller(), here)
    })
}

fn modules(place: &HostView<'_>) -> Option<Found> {
    let checkout = place.is_app().then(|| place.checkout()).flatten()?;
    if !checkout.needs || place.answers_here() {
        return None;
    }
    if checkout.modules {
        return partly(place, checkout);
    }
    let found =
        Found::new(format!("The packages of the application are not installed on {}: it cannot start.", place.host));
    let found = found.saw(format!("{} has a package.json, but no node_modules", checkout.folder));
    let found = match place.entry() {
        Some(entry) => found.saw_all(last_words(entry)),
        None => found,
    };
    Some(found.then_as_owner(place, &format!("cd {} && npm ci && {}", typed(&checkout.folder), started(place))))
}

/// What makes pm2 run the application, with what its folder now has.
fn started(place: &HostView<'_>) -> String {
    if place.entry().is_some() { format!("{} && pm2 save", place.pm2("restart")) } else { place.start_anew() }
}

/// Files of somebody else (root's, after `sudo npm` or `sudo pm2`) in the application, or in the folder of pm2.
fn ownership(place: &HostView<'_>) -> Option<Found> {
    if !place.is_app() {
        return None;
    }
    let (folder, pm2) = (place.folder(), place.machine.one(&format!("pm2.home.{}", place.owner())));
    let entry = place.entry();
    let refused =
        entry.is_some_and(|entry| told(entry, "EACCES") || told(entry, "EPERM") || told(entry, "ermission denied"));
    let at = |folder: &str| place.machine.foreign.iter().find(|each| each.folder == folder);
    let in_pm2 = pm2.and_then(at);
    // What only belongs to somebody else can still be read: it counts where something is refused.
    let foreign: Option<&Foreign> =
        in_pm2.filter(|_| !place.serves() || refused).or_else(|| at(&folder).filter(|_| refused));
    let port = entry.is_some_and(|entry| told(entry, "listen EACCES"));
    if port || place.serves() && !refused || foreign.is_none() && !refused {
        return None;
    }
    let owner = place.owner();
    let found = Found::new(format!(
        "The application on {} may not use its own files: some belong to somebody else, or may not be read (after sudo?).",
        place.host
    ));
    let found =
        found.saw_all(foreign.map(|each| format!("{} belongs to {}, not to {}", each.path, each.is, each.should)));
    let found = found.saw_all(entry.into_iter().flat_map(last_words));
    let folders = if in_pm2.is_some() {
        format!("{} {}", typed(&folder), typed(pm2.unwrap_or("~/.pm2")))
    } else {
        typed(&folder)
    };
    let found = found.then(place.host, format!("sudo chown -R {owner}: {folders} && sudo chmod -R u+rwX {folders}"));
    let again = match entry {
        Some(_) => format!("{} && pm2 save", place.pm2("restart")),
        None => place.start_anew(),
    };
    Some(found.then_as_owner(place, &again))
}

/// An npm that was ended (no memory, Ctrl-C, a lost link) leaves a folder that looks like a whole one.
fn partly(place: &HostView<'_>, checkout: &Checkout) -> Option<Found> {
    let folder = &checkout.folder;
    let missing = place.machine.lines("modules.missing").iter().filter_map(|line| line.split_once('\t'));
    let missing: Vec<&str> = missing.filter(|(of, _)| of == folder).map(|(_, package)| package).collect();
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
    Some(found.then_as_owner(place, &format!("cd {} && npm ci && {}", typed(folder), started(place))))
}

/// Who has the application's port, if it is not the application in its user's pm2.
fn stranger<'a>(place: &HostView<'a>) -> Option<(&'a Listen, u32)> {
    let listen = place.is_app().then(|| place.listen()).flatten()?;
    let pid = listen.pid?;
    // What serves, and will after a reboot, is well.
    let ours = place.machine.pm2_of(pid) == Some(place.login());
    let well = place.serves() && place.comes_back() && fighting(place).is_none();
    (!ours && !well).then_some((listen, pid))
}

/// The application in the pm2 of the user who logs in, if that tries to run it while somebody else has the port.
fn fighting<'a>(place: &HostView<'a>) -> Option<&'a Entry> {
    let tries = |entry: &&Entry| {
        entry.owner == place.login()
            && entry.is_on()
            && place.machine.ports_of(entry).is_empty()
            && (told(entry, "EADDRINUSE") || told(entry, "already running on port"))
    };
    place.machine.entries.iter().find(tries)
}

/// The application in the pm2 of the user who logs in.
fn own<'a>(place: &HostView<'a>) -> Option<&'a Entry> {
    let (name, folder) = (place.application().name, place.folder());
    let own = || place.machine.entries.iter().filter(|entry| entry.owner == place.login());
    fighting(place).or_else(|| own().find(|e| e.name == name)).or_else(|| own().find(|e| e.cwd == folder))
}

fn other_pm2(place: &HostView<'_>) -> Option<Found> {
    let (listen, pid) = stranger(place)?;
    let (owner, own) = (place.machine.pm2_of(pid)?, own(place)?);
    let (port, user) = (place.port(), place.login());
    let found = Found::new(format!(
        "The pm2 of {owner} has port {port} on {}: there are two pm2, and {user}'s is not the one that serves (`sudo pm2` is root's).",
        place.host
    ));
    let found =
        found.saw(format!("port {port} is held by process {pid} ({}) under the pm2 of {owner}", listen.program));
    let theirs = place.machine.entries.iter().filter(|entry| entry.owner == owner);
    let found = found.saw_all(theirs.map(|entry| format!("pm2 of {owner}: {} is {}", entry.name, entry.status)));
    // Theirs is what `entry` found, for it serves.
    let found = found.then(place.host, place.typed_as_owner(&format!("{} && pm2 save --force", place.pm2("delete"))));
    let again = format!("pm2 restart {} --update-env && pm2 save", typed(&own.name));
    let again = place.typed_as(user, &again);
    Some(found.then(place.host, again).note(format!("as {user}, without sudo")))
}

/// A program and what keeps it alive: `npm`, `nodemon`, `sh -c`.
fn top(place: &HostView<'_>, pid: u32) -> Vec<String> {
    let keeps = |line: &str| ["node", "npm", "yarn", "sh -c"].iter().any(|word| line.contains(word));
    let line = place.machine.line_of(pid);
    let chain =
        line.iter().take_while(|(at, process)| *at == pid || keeps(&process.line) && !process.line.starts_with("PM2 "));
    chain.map(|(at, _)| at.to_string()).collect()
}

/// What puts the application back on its port, once that is free.
fn again(place: &HostView<'_>) -> String {
    let own = place.machine.entries.iter().any(|entry| entry.owner == place.owner() && entry.name == place.name());
    if own { format!("{} && pm2 save", place.pm2("restart")) } else { place.start_anew() }
}

fn taken(place: &HostView<'_>) -> Option<Found> {
    let (listen, pid) = stranger(place)?;
    let process = place.machine.processes.get(&pid);
    let unit = place.machine.one(&format!("unit.{pid}")).and_then(|unit| unit.split(' ').next());
    if place.machine.pm2_of(pid).is_some() || by_hand(place, pid) || unit.is_some() && place.serves() && page(place) {
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
    let end = match unit {
        _ if listen.program == "docker-proxy" => {
            format!("sudo docker stop $(sudo docker ps -q --filter publish={port})")
        }
        Some(unit) => format!("sudo systemctl disable --now {unit}"),
        None => format!("sudo kill {}", top(place, pid).join(" ")),
    };
    Some(
        found
            .then(place.host, format!("{end}; sleep 1"))
            .note("if it is not needed")
            .then_as_owner(place, &again(place)),
    )
}

/// Whether the lab's page is on the port.
fn page(place: &HostView<'_>) -> bool {
    place.machine.answer(&format!("local.{}", place.port())).is_some_and(|answer| answer.page == "lab")
}

/// Whether a process is the application, started in a terminal: it answers with the page.
fn by_hand(place: &HostView<'_>, pid: u32) -> bool {
    let line = place.machine.processes.get(&pid).map_or("", |process| process.line.as_str());
    let node = ["node", "npm"].iter().any(|word| line.contains(word));
    let unit = place.machine.one(&format!("unit.{pid}")).is_some();
    node && !unit && page(place) && !place.application().marker.is_empty()
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
    let kill = format!("sudo kill {}; sleep 2", top(place, pid).join(" "));
    Some(found.then(place.host, kill).then_as_owner(place, &again(place)))
}
