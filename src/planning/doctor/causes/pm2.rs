//! The application under pm2: there, running, listening where it should, and back after a reboot.

use super::ends::end;
use super::{Cause, Found, HostView, Layer};
use crate::model::quote::typed;
use crate::planning::doctor::found::Entry;

/// What hides everything behind it.
const fn blocking(name: &'static str, look: fn(&HostView<'_>) -> Option<Found>) -> Cause {
    Cause { name, layer: Layer::Application, blocks: true, look }
}

pub const CAUSES: &[Cause] = &[
    blocking("app-twice", twice),
    blocking("pm2-not-running", daemon),
    blocking("app-not-in-pm2", absent),
    blocking("app-stopped", stopped),
    blocking("app-restarts", restarts),
    blocking("app-other-program", other_program),
    blocking("app-loopback", loopback),
    blocking("app-other-port", other_port),
    blocking("app-silent", silent),
];

/// The same application several times in one pm2. In cluster mode that is meant; so is a port for each.
fn twice(place: &HostView<'_>) -> Option<Found> {
    let entry = place.entry()?;
    let same = |other: &&Entry| {
        other.owner == entry.owner
            && (other.name == entry.name || other.cwd == entry.cwd && other.script == entry.script)
    };
    let same: Vec<&Entry> =
        place.machine.entries.iter().filter(same).filter(|e| e.is_on() && !e.is_cluster()).collect();
    let idle: Vec<&&Entry> = same.iter().filter(|each| place.machine.ports_of(each).is_empty()).collect();
    let fights = |each: &&&Entry| each.restarts > 0 || each.status == "errored" || told(each, "EADDRINUSE");
    let (true, Some(spare)) = (same.len() > 1, idle.iter().find(|each| fights(each))) else { return None };
    // One that does not come up for a reason of its own is no fight.
    if idle.len() == same.len() && !told(spare, "EADDRINUSE") {
        return None;
    }
    let found = Found::new(format!(
        "pm2 on {} has {} {} times: they fight for one port, and restart again and again.",
        place.host,
        entry.name,
        same.len()
    ));
    let found = found.saw_all(same.iter().map(|each| {
        format!("{} with id {} is {}, started again {} times", each.name, each.id, each.status, each.restarts)
    }));
    Some(found.then_as_owner(place, &format!("pm2 delete {} && pm2 save", spare.id)))
}

fn daemon(place: &HostView<'_>) -> Option<Found> {
    let user = place.login();
    let known = |key: &str| place.machine.one(&format!("{key}.{user}"));
    if !place.is_app()
        || place.machine.tool("pm2").is_none() && known("terminal").is_none()
        || known("pm2.daemon").is_some()
        || place.entry().is_some()
        || place.serves()
        || place.checkout().is_none()
    {
        return None;
    }
    let saved = place.machine.lines(&format!("pm2.saved.{user}"));
    let found =
        Found::new(format!("pm2 of {user} does not run on {}, and so neither does the application.", place.host));
    let found = found
        .saw(format!("there is no pm2 daemon of {user}"))
        .saw(format!("saved for the next start: {}", or_nothing(saved)));
    let name = place.application().name;
    let back = saved.contains(&name) || saved.len() == 1;
    Some(if !back {
        found.then_as_owner(place, &place.start_anew())
    } else if known("pm2.boot").is_some_and(|boot| boot.starts_with("enabled")) {
        found.then(place.host, restart_unit(place, user))
    } else {
        found.then_as_owner(place, "pm2 resurrect")
    })
}

/// Starts the service of a user's pm2 anew. One that failed five times within ten seconds, as it does without Node.js, systemd
/// does not start again before its failures are forgotten.
pub(super) fn restart_unit(place: &HostView<'_>, user: &str) -> String {
    let boot = place.machine.one(&format!("pm2.boot.{user}"));
    let forget = if boot.is_some_and(|boot| boot.ends_with(" failed")) {
        format!("sudo systemctl reset-failed pm2-{user} && ")
    } else {
        String::new()
    };
    format!("{forget}sudo systemctl restart pm2-{user}")
}

pub(super) fn or_nothing(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

fn absent(place: &HostView<'_>) -> Option<Found> {
    let user = place.login();
    if !place.is_app()
        || place.entry().is_some()
        || place.serves()
        || place.checkout().is_none()
        || place.machine.one(&format!("pm2.daemon.{user}")).is_none()
    {
        return None;
    }
    let (name, port) = (place.application().name, place.port());
    let has: Vec<String> =
        place.machine.entries.iter().map(|entry| format!("{} (of {})", entry.name, entry.owner)).collect();
    let found = Found::new(format!(
        "pm2 on {} does not know the application {name}: it was deleted, or never started.",
        place.host
    ));
    let found = found.saw(format!("pm2 has: {}", or_nothing(&has))).saw(format!("nothing of pm2 has port {port}"));
    Some(found.then_as_owner(place, &place.start_anew()))
}

fn stopped(place: &HostView<'_>) -> Option<Found> {
    let entry = place.entry().filter(|entry| !entry.is_on() && !place.serves())?;
    let found = Found::new(format!(
        "The application {} is stopped in pm2 on {}: nobody answers on port {}.",
        entry.name,
        place.host,
        place.port()
    ));
    let found = found.saw(format!("pm2 of {}: {} is {}", entry.owner, entry.name, entry.status));
    Some(found.then_as_owner(place, &format!("{} && pm2 save", place.pm2("start"))))
}

/// Whether pm2 starts it again and again.
fn loops(place: &HostView<'_>, entry: &Entry) -> bool {
    match entry.status.as_str() {
        "errored" | "waiting restart" => true,
        "online" | "launching" => entry.restarts >= 2 && entry.since < 20_000 && !place.answers_here(),
        _ => false,
    }
}

fn restarts(place: &HostView<'_>) -> Option<Found> {
    let entry = place.entry().filter(|entry| loops(place, entry))?;
    let why = end(place, entry);
    let because = why.as_ref().map_or(String::new(), |why| format!(" {}", why.because));
    let found = Found::new(format!(
        "The application {} on {} ends right after each start, and pm2 starts it again and again.{because}",
        entry.name, place.host
    ));
    let found = found.saw(format!(
        "pm2 of {}: {} is {}, started again {} times",
        entry.owner, entry.name, entry.status, entry.restarts
    ));
    let found = found.saw_all(last_words(entry));
    Some(match why {
        Some(why) => why.mended(found, place),
        // Started otherwise than the project says: that is tried first.
        None if project(place, entry) => found.then_as_owner(place, &anew(place)),
        None => found.then_as_owner(place, &format!("pm2 logs {} --lines 30 --nostream", typed(&entry.name))),
    })
}

pub(super) fn told(entry: &Entry, words: &str) -> bool {
    entry.errors.iter().chain(&entry.out).any(|line| line.contains(words))
}

/// The last thing that it said of an error.
pub(super) fn last_words(entry: &Entry) -> Vec<String> {
    if entry.status == "online" && entry.since > 60_000 || entry.status == "stopped" {
        return Vec::new();
    }
    let names = |line: &&String| {
        ["Error:", "code E", "Missing script", "missing script"].iter().any(|word| line.contains(word))
    };
    let says = |line: &&String| {
        ["rror", "not found", "annot", "already running", "EADDR"].iter().any(|word| line.contains(word))
    };
    let all = || entry.errors.iter().rev();
    let line = all().find(names).or_else(|| all().find(says)).or_else(|| entry.out.iter().rev().find(says));
    line.map(|line| format!("its log says: {}", line.trim())).into_iter().collect()
}

/// Whether pm2 runs something else than the project: there is one, in another folder or with `npm start`.
fn project(place: &HostView<'_>, entry: &Entry) -> bool {
    let Some(checkout) = meant(place, entry) else { return false };
    checkout.folder != entry.cwd || !entry.script.contains("npm") && !entry.script.contains("yarn")
}

/// The project that is meant: the inventory's, else the only other one with a start script, else the entry's own.
fn meant<'a>(place: &HostView<'a>, entry: &Entry) -> Option<&'a crate::planning::doctor::found::Checkout> {
    let all = || place.machine.checkouts.iter().filter(|checkout| !checkout.start.is_empty());
    let folder = place.machine.one("dir").unwrap_or_default();
    all()
        .find(|checkout| checkout.folder == folder)
        .or_else(|| all().find(|checkout| checkout.folder != entry.cwd))
        .or_else(|| all().next())
}

/// The project, started in place of what pm2 has.
fn anew(place: &HostView<'_>) -> String {
    let entry = place.entry();
    let folder = entry.and_then(|entry| meant(place, entry)).map_or_else(|| place.folder(), |at| at.folder.clone());
    let port = place.port();
    let given = if port == 3000 { String::new() } else { format!("PORT={port} ") };
    let name = typed(&place.name());
    format!("pm2 delete {name}; cd {} && {given}pm2 start npm --name {name} -- start && pm2 save", typed(&folder))
}

/// Under the right name, pm2 runs another program: it answers, and not with the application's page.
fn other_program(place: &HostView<'_>) -> Option<Found> {
    let entry = place.entry().filter(|entry| entry.status == "online" && !place.application().marker.is_empty())?;
    let answer = place.machine.answer(&format!("local.{}", place.port()))?;
    let listens = place.machine.ports_of(entry).iter().any(|listen| listen.port == place.port());
    let wrong = answer.exit == 0 && answer.page == "other" && listens;
    // What serves nothing, and is no program of the project, is as wrong.
    let idle =
        !listens && entry.since > 5_000 && !entry.script.contains("npm") && place.machine.ports_of(entry).is_empty();
    if !(wrong || idle) || !project(place, entry) {
        return None;
    }
    let meant = meant(place, entry)?;
    let found = Found::new(format!(
        "pm2 on {} runs another program under the name {}: not the application in {}.",
        place.host, entry.name, meant.folder
    ));
    let found = found
        .saw(format!("pm2 of {}: {} is `{}` in {}", entry.owner, entry.name, entry.program(), entry.cwd))
        .saw(format!(
            "on {}, http://127.0.0.1:{}/: {}, not the application's page",
            place.host,
            place.port(),
            answer.told()
        ));
    Some(found.then_as_owner(place, &anew(place)))
}

fn loopback(place: &HostView<'_>) -> Option<Found> {
    let listen = place.is_app().then(|| place.listen()).flatten().filter(|listen| listen.is_loopback())?;
    let web = place.web().filter(|web| web.host != place.host)?;
    let port = place.port();
    let found = Found::new(format!(
        "The application on {} listens on {} only: it answers its own machine, and nobody else.",
        place.host, listen.address
    ));
    let found = found.saw(format!("on {}, {} listens on {}:{port}", place.host, listen.program, listen.address));
    let reach = web.machine.answer(&format!("reach.{}", place.socket()));
    let found = found.saw_all(
        reach.map(|answer| format!("from {}, http://{}:{port}/: {}", web.host, place.address(), answer.told())),
    );
    Some(found.then_as_owner(place, &format!("HOST=0.0.0.0 {} --update-env && pm2 save", place.pm2("restart"))))
}

fn other_port(place: &HostView<'_>) -> Option<Found> {
    let entry = place.entry().filter(|entry| entry.status == "online" && entry.pid > 0)?;
    let port = place.port();
    let listen = place.machine.ports_of(entry).into_iter().next()?;
    if place.machine.on_port(port).is_some() {
        return None;
    }
    let found = Found::new(format!(
        "The application on {} listens on port {}, but the web server asks for port {port}.",
        place.host, listen.port
    ));
    let found = found.saw(format!("on {}, {} listens on {}:{}", place.host, entry.name, listen.address, listen.port));
    Some(found.then_as_owner(place, &format!("PORT={port} {} --update-env && pm2 save", place.pm2("restart"))))
}

fn silent(place: &HostView<'_>) -> Option<Found> {
    let entry = place.entry().filter(|entry| entry.status == "online" && !place.serves())?;
    if loops(place, entry) || other_port(place).is_some() || other_program(place).is_some() {
        return None;
    }
    let port = place.port();
    let answer = place.machine.answer(&format!("local.{port}"));
    let listen = place.listen().filter(|listen| listen.pid.is_none_or(|pid| place.machine.pm2_of(pid).is_some()));
    let found = match (&listen, &answer) {
        (None, _) => Found::new(format!(
            "The application {} on {} runs, but does not listen on any port yet: it is still starting, or hangs.",
            entry.name, place.host
        ))
        .saw(format!("pm2 says {}, for {} s", entry.status, entry.since / 1000)),
        (Some(_), Some(answer)) if answer.exit != 0 => Found::new(format!(
            "The application {} on {} takes connections, but does not answer: it is compiling, or hangs.",
            entry.name, place.host
        ))
        .saw(format!("on {}, http://127.0.0.1:{port}/: {}", place.host, answer.told())),
        (Some(_), Some(answer)) => Found::new(format!(
            "The application {} on {} answers with an error.",
            entry.name, place.host
        ))
        .saw(format!("on {}, http://127.0.0.1:{port}/: {}", place.host, answer.told())),
        _ => return None,
    };
    let found = found.saw_all(last_words(entry));
    if let Some(why) = end(place, entry).filter(|_| entry.since > 5_000 || entry.restarts > 0) {
        return Some(why.mended(found, place));
    }
    // What was started a moment ago may be compiling.
    let young = entry.since < 120_000 && answer.is_none_or(|answer| answer.exit != 0);
    let found = if young {
        found.then_as_owner(place, &format!("pm2 logs {} --lines 30 --nostream", typed(&entry.name)))
    } else {
        found.then_as_owner(place, &format!("pm2 logs {0} --lines 30 --nostream; pm2 restart {0}", typed(&entry.name)))
    };
    Some(if young { found.note("compiling takes up to two minutes; then look again") } else { found })
}
