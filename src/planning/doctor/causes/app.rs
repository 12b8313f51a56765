//! The application on its machine: fetched, with its packages, its files its owner's, and nobody else on its port.

use super::ends::shut_program;
use super::pm2::logged;
use super::process_end::last_words;
use super::{Cause, Found, HostView, Layer};
use crate::model::message::message;
use crate::model::quote::typed;
use crate::planning::doctor::found::{Checkout, Entry, Foreign};
use crate::planning::doctor::machine::Listen;

/// What hides everything behind it.
const fn blocking(name: &'static str, find: fn(&HostView<'_>) -> Option<Found>) -> Cause {
    Cause { name, layer: Layer::Application, blocks: true, find }
}

pub const CAUSES: &[Cause] = &[
    blocking("app-not-cloned", not_cloned),
    blocking("packages-missing", modules),
    blocking("app-ownership", ownership),
    blocking("port-other-pm2", other_pm2),
    blocking("port-taken", taken),
    blocking("app-outside-pm2", outside),
];

fn not_cloned(view: &HostView<'_>) -> Option<Found> {
    if !view.is_app() || view.serves() || view.checkout().is_some() {
        return None;
    }
    let entry = view.entry();
    if entry.is_some_and(|entry| entry.pid > 0) {
        return None;
    }
    let folder = entry.map_or_else(|| view.folder(), |entry| entry.cwd.clone());
    let found = Found::new(message!("The application is not on {}: there is no folder {}.", view.host, folder));
    let found = found.saw(message!("{} does not exist, and no other folder holds a Node.js project", folder));
    let repo = view.application().repo;
    // What stands on this computer can be fetched from here only.
    let remote = repo.contains("://") || repo.contains('@');
    Some(if remote {
        let start = if entry.is_some() { format!("{} && pm2 save", view.pm2("restart")) } else { view.start_anew() };
        found
            .then(view.host, view.typed_as_owner(&format!("git clone {} {}", typed(&repo), typed(&folder))))
            .then(view.host, view.typed_as_owner(&format!("cd {} && npm ci && {start}", typed(&folder))))
    } else {
        let here = view.labctl("up");
        found.then(&crate::model::name::HostName::controller(), here)
    })
}

fn modules(view: &HostView<'_>) -> Option<Found> {
    let checkout = view.is_app().then(|| view.checkout()).flatten()?;
    if !checkout.needs || view.answers_here() {
        return None;
    }
    if checkout.modules {
        return partly(view, checkout);
    }
    let found = Found::new(message!("The application's packages are not installed on {}: it cannot start.", view.host));
    let found = found.saw(message!("{} has a package.json, but no node_modules", checkout.folder));
    let found = match view.entry() {
        Some(entry) => found.saw_all(last_words(entry)),
        None => found,
    };
    Some(found.then_as_owner(view, &format!("cd {} && npm ci && {}", typed(&checkout.folder), started(view))))
}

/// What makes pm2 run the application, with what its folder now has.
fn started(view: &HostView<'_>) -> String {
    if view.entry().is_some() { format!("{} && pm2 save", view.pm2("restart")) } else { view.start_anew() }
}

/// Files of somebody else (root's, after `sudo npm` or `sudo pm2`) in the application, or in the folder of pm2.
fn ownership(view: &HostView<'_>) -> Option<Found> {
    if !view.is_app() {
        return None;
    }
    let (folder, pm2) = (view.folder(), view.machine.one(&format!("pm2.home.{}", view.owner())));
    let entry = view.entry();
    let refused = entry
        .is_some_and(|entry| logged(entry, "EACCES") || logged(entry, "EPERM") || logged(entry, "ermission denied"))
        || !view.serves() && super::ways::is_foreign(view);
    // That a program in it may not be executed says nothing of whose it is.
    let program = entry.is_some_and(|entry| shut_program(entry).is_some());
    let at = |folder: &str| view.machine.foreign.iter().find(|each| each.folder == folder);
    let in_pm2 = pm2.and_then(at);
    // What only belongs to somebody else can still be read: it counts where something is refused.
    let foreign: Option<&Foreign> =
        in_pm2.filter(|_| !view.serves() || refused).or_else(|| at(&folder).filter(|_| refused));
    let port = entry.is_some_and(|entry| logged(entry, "listen EACCES"));
    if port || view.serves() && !refused || foreign.is_none() && (!refused || program) {
        return None;
    }
    let owner = view.owner();
    let found = Found::new(message!(
        "The application on {} may not use its own files: some belong to another user, or cannot be read (after sudo?).",
        view.host
    ));
    let found =
        found.saw_all(foreign.map(|each| message!("{} belongs to {}, not to {}", each.path, each.is, each.should)));
    let found = found.saw_all(entry.into_iter().flat_map(last_words));
    let folders = if in_pm2.is_some() {
        format!("{} {}", typed(&folder), typed(pm2.unwrap_or("~/.pm2")))
    } else {
        typed(&folder)
    };
    let found = found.then(view.host, format!("sudo chown -R {owner}: {folders} && sudo chmod -R u+rwX {folders}"));
    let again = match entry {
        Some(_) => format!("{} && pm2 save", view.pm2("restart")),
        None => view.start_anew(),
    };
    Some(found.then_as_owner(view, &again))
}

/// An npm that was ended (no memory, Ctrl-C, a lost link) leaves a folder that looks like a whole one.
fn partly(view: &HostView<'_>, checkout: &Checkout) -> Option<Found> {
    let folder = &checkout.folder;
    let missing = view.machine.lines("modules.missing").iter().filter_map(|line| line.split_once('\t'));
    let missing: Vec<&str> = missing.filter(|(of, _)| of == folder).map(|(_, package)| package).collect();
    let unfinished = view.machine.one("modules.unfinished").is_some();
    if missing.is_empty() && !unfinished || view.serves() {
        return None;
    }
    let found = Found::new(message!(
        "The application's packages are only partly installed on {}: npm was interrupted.",
        view.host
    ));
    let found = if missing.is_empty() {
        found.saw(message!("labctl started npm in {}, and it never finished", folder))
    } else {
        found.saw(message!("not in {}/node_modules: {}", folder, missing.join(", ")))
    };
    Some(found.then_as_owner(view, &format!("cd {} && npm ci && {}", typed(folder), started(view))))
}

/// Who has the application's port, if it is not the application in its user's pm2.
fn stranger<'a>(view: &HostView<'a>) -> Option<(&'a Listen, u32)> {
    let listen = view.is_app().then(|| view.listen()).flatten()?;
    let pid = listen.pid?;
    // What serves, and will after a reboot, is well.
    let ours = view.machine.pm2_of(pid) == Some(view.login());
    let well = view.serves() && view.comes_back() && fighting(view).is_none();
    (!ours && !well).then_some((listen, pid))
}

/// The application in the pm2 of the user who logs in, if that tries to run it while somebody else has the port.
fn fighting<'a>(view: &HostView<'a>) -> Option<&'a Entry> {
    let tries = |entry: &&Entry| {
        entry.owner == view.login()
            && entry.is_on()
            && view.machine.ports_of(entry).is_empty()
            && (logged(entry, "EADDRINUSE") || logged(entry, "already running on port"))
    };
    view.entries().find(tries)
}

/// The application in the pm2 of the user who logs in.
fn own<'a>(view: &HostView<'a>) -> Option<&'a Entry> {
    let (name, folder) = (view.application().name, view.folder());
    let own = || view.entries().filter(|entry| entry.owner == view.login());
    fighting(view).or_else(|| own().find(|e| e.name == name)).or_else(|| own().find(|e| e.cwd == folder))
}

fn other_pm2(view: &HostView<'_>) -> Option<Found> {
    let (listen, pid) = stranger(view)?;
    let (owner, own) = (view.machine.pm2_of(pid)?, own(view)?);
    let (port, user) = (view.port(), view.login());
    let found = Found::new(message!(
        "{}'s pm2 has port {} on {}: there are two pm2s, and {}'s is not the one that serves (`sudo pm2` is root's).",
        owner,
        port,
        view.host,
        user
    ));
    let found =
        found.saw(message!("port {} is held by process {} ({}) under the pm2 of {}", port, pid, listen.program, owner));
    let theirs = view.entries().filter(|entry| entry.owner == owner);
    let found = found.saw_all(theirs.map(|entry| message!("pm2 of {}: {} is {}", owner, entry.name, entry.status)));
    // Theirs is what `entry` found, for it serves.
    let found = found.then(view.host, view.typed_as_owner(&format!("{} && pm2 save --force", view.pm2("delete"))));
    let again = format!("pm2 restart {} --update-env && pm2 save", typed(&own.name));
    let again = view.typed_as(user, &again);
    Some(found.then(view.host, again).note(message!("as {}, without sudo", user)))
}

/// A program and what keeps it alive: `npm`, `nodemon`, `sh -c`.
fn top(view: &HostView<'_>, pid: u32) -> Vec<String> {
    let keeps = |line: &str| ["node", "npm", "yarn", "sh -c"].iter().any(|word| line.contains(word));
    let line = view.machine.line_of(pid);
    let chain =
        line.iter().take_while(|(at, process)| *at == pid || keeps(&process.line) && !process.line.starts_with("PM2 "));
    chain.map(|(at, _)| at.to_string()).collect()
}

/// What puts the application back on its port, once that is free.
fn again(view: &HostView<'_>) -> String {
    let own = view.entries().any(|entry| entry.owner == view.owner() && entry.name == view.name());
    if own { format!("{} && pm2 save", view.pm2("restart")) } else { view.start_anew() }
}

fn taken(view: &HostView<'_>) -> Option<Found> {
    let (listen, pid) = stranger(view)?;
    let process = view.machine.processes.get(&pid);
    let unit = view.machine.one(&format!("unit.{pid}")).and_then(|unit| unit.split(' ').next());
    if view.machine.pm2_of(pid).is_some() || by_hand(view, pid) || unit.is_some() && view.serves() && page(view) {
        return None;
    }
    let line = process.map_or(listen.program.as_str(), |process| process.line.as_str());
    let user = process.map_or("somebody", |process| process.user.as_str());
    let port = view.port();
    let found =
        Found::new(message!("Another program has port {} on {}, so the application cannot use it.", port, view.host));
    let found = found.saw(message!("process {} of {} listens on {}:{}: {}", pid, user, listen.address, port, line));
    let found = match view.entry() {
        Some(entry) => found.saw_all(last_words(entry)),
        None => found,
    };
    let end = match unit {
        _ if listen.program == "docker-proxy" => {
            format!("sudo docker stop $(sudo docker ps -q --filter publish={port})")
        }
        Some(unit) => format!("sudo systemctl disable --now {unit}"),
        None => format!("sudo kill {}", top(view, pid).join(" ")),
    };
    Some(
        found
            .then(view.host, format!("{end}; sleep 1"))
            .note(message!("if it is not needed"))
            .then_as_owner(view, &again(view)),
    )
}

/// Whether the lab's page is on the port.
fn page(view: &HostView<'_>) -> bool {
    view.machine.answer(&format!("local.{}", view.port())).is_some_and(|answer| answer.page == "lab")
}

/// Whether a process is the application, started in a terminal: it answers with the page.
fn by_hand(view: &HostView<'_>, pid: u32) -> bool {
    let line = view.machine.processes.get(&pid).map_or("", |process| process.line.as_str());
    let node = ["node", "npm"].iter().any(|word| line.contains(word));
    let unit = view.machine.one(&format!("unit.{pid}")).is_some();
    node && !unit && page(view) && !view.application().marker.is_empty()
}

fn outside(view: &HostView<'_>) -> Option<Found> {
    let (_, pid) = stranger(view)?;
    if view.machine.pm2_of(pid).is_some() || !by_hand(view, pid) {
        return None;
    }
    let line = view.machine.processes.get(&pid).map_or("", |process| process.line.as_str());
    let found = Found::new(message!(
        "The application on {} runs, but not under pm2: it ends when its terminal is closed or the machine reboots.",
        view.host
    ));
    let found = found.saw(message!("process {} has port {}: {}", pid, view.port(), line));
    let kill = format!("sudo kill {}; sleep 2", top(view, pid).join(" "));
    Some(found.then(view.host, kill).then_as_owner(view, &again(view)))
}
