//! The application under pm2: there, running, listening where it should, and back after a reboot.

use super::edited::told;
use super::ends::{end, unlike};
use super::process_end::last_words;
use super::project::{anew, other_program, unusual};
use super::units::without_drop_ins;
use super::words::or_nothing;
use super::{Cause, Found, HostView, Layer};
use crate::model::message::message;
use crate::model::quote::typed;
use crate::planning::doctor::found::Entry;

/// What hides everything behind it.
const fn blocking(name: &'static str, find: fn(&HostView<'_>) -> Option<Found>) -> Cause {
    Cause { name, layer: Layer::Application, blocks: true, find }
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
];

/// The same application several times in one pm2. In cluster mode that is meant; so is a port for each.
fn twice(view: &HostView<'_>) -> Option<Found> {
    let entry = view.entry()?;
    let same = |other: &&Entry| {
        other.owner == entry.owner
            && (other.name == entry.name || other.cwd == entry.cwd && other.script == entry.script)
    };
    // What pm2 itself shares out has its port; npm under `-i 2` has it only once.
    let same: Vec<&Entry> = view.entries().filter(same).filter(|e| e.is_on()).collect();
    let idle: Vec<&&Entry> = same.iter().filter(|each| view.machine.ports_of(each).is_empty()).collect();
    let fights = |each: &&&Entry| each.restarts > 0 || each.status == "errored" || logged(each, "EADDRINUSE");
    let (true, Some(spare)) = (same.len() > 1, idle.iter().find(|each| fights(each))) else { return None };
    // One that does not come up for a reason of its own is no fight.
    if idle.len() == same.len() && !logged(spare, "EADDRINUSE") {
        return None;
    }
    let found = Found::new(message!(
        "pm2 on {} has {} {} times: they fight for one port and keep restarting.",
        view.host,
        entry.name,
        same.len()
    ));
    let found = found.saw_all(same.iter().map(|each| {
        message!("{} with id {} is {}, restarted {} times", each.name, each.id, each.status, each.restarts)
    }));
    Some(found.then_as_owner(view, &format!("pm2 delete {} && pm2 save", spare.id)))
}

fn daemon(view: &HostView<'_>) -> Option<Found> {
    let user = view.login();
    let known = |key: &str| view.machine.one(&format!("{key}.{user}"));
    if !view.is_app()
        || view.machine.tool("pm2").is_none() && known("terminal").is_none()
        || known("pm2.daemon").is_some()
        || view.entry().is_some()
        || view.serves()
        || view.checkout().is_none()
    {
        return None;
    }
    let saved = view.machine.lines(&format!("pm2.saved.{user}"));
    let found = Found::new(message!("{}'s pm2 is not running on {}, so neither is the application.", user, view.host));
    let found = found
        .saw(message!("{} has no pm2 daemon", user))
        .saw(message!("saved for the next start: {}", or_nothing(saved)));
    let said = view.machine.lines(&format!("pm2.says.{user}"));
    let found = found.saw_all(said.iter().map(|line| message!("the service pm2-{} says: {}", user, line.trim())));
    let fails = known("pm2.boot").is_some_and(|boot| boot.ends_with(" failed"));
    let found = if fails { without_drop_ins(found, view, &format!("pm2-{user}")) } else { found };
    let name = view.application().name;
    let back = saved.contains(&name) || saved.len() == 1;
    let unit = known("pm2.unit");
    if unit.is_some_and(|unit| unit.starts_with("none ") || unit.ends_with(" none")) {
        let found = found.saw(message!("its unit names a pm2 or a Node.js that does not exist"));
        let found = found.then(view.host, super::boot::startup(view, user));
        let line = if back { restart_unit(view, user) } else { view.typed_as_owner(&view.start_anew()) };
        return Some(found.then(view.host, line));
    }
    Some(if !back {
        found.then_as_owner(view, &view.start_anew())
    } else if known("pm2.boot").is_some_and(|boot| boot.starts_with("enabled")) {
        found.then(view.host, restart_unit(view, user))
    } else {
        found.then_as_owner(view, "pm2 resurrect")
    })
}

/// Starts the service of a user's pm2 anew. One that failed five times within ten seconds, as it does without Node.js, systemd
/// does not start again before its failures are forgotten; one that is inactive, systemd may not know at all until it starts it.
pub(super) fn restart_unit(view: &HostView<'_>, user: &str) -> String {
    let boot = view.machine.one(&format!("pm2.boot.{user}"));
    let forget = if boot.is_some_and(|boot| !boot.ends_with(" inactive")) {
        format!("sudo systemctl reset-failed pm2-{user} && ")
    } else {
        String::new()
    };
    format!("{forget}sudo systemctl restart pm2-{user}")
}

fn absent(view: &HostView<'_>) -> Option<Found> {
    let user = view.login();
    if !view.is_app()
        || view.entry().is_some()
        || view.serves()
        || view.checkout().is_none()
        || view.machine.one(&format!("pm2.daemon.{user}")).is_none()
    {
        return None;
    }
    let (name, port) = (view.application().name, view.port());
    let has: Vec<String> = view.entries().map(|entry| format!("{} (of {})", entry.name, entry.owner)).collect();
    let found = Found::new(message!(
        "pm2 on {} does not have the application {}: it was deleted, or never started.",
        view.host,
        name
    ));
    let found = found.saw(message!("pm2 has: {}", or_nothing(&has))).saw(message!("nothing in pm2 has port {}", port));
    Some(found.then_as_owner(view, &view.start_anew()))
}

fn stopped(view: &HostView<'_>) -> Option<Found> {
    let entry = view.entry().filter(|entry| !entry.is_on() && !view.serves())?;
    if loops(view, entry) {
        return None;
    }
    if entry.alone {
        return Some(ended(view, entry));
    }
    let found = Found::new(message!(
        "The application {} is stopped in pm2 on {}: nothing answers on port {}.",
        entry.name,
        view.host,
        view.port()
    ));
    let found = found.saw(message!("pm2 of {}: {} is {}", entry.owner, entry.name, entry.status));
    Some(found.then_as_owner(view, &format!("{} && pm2 save", view.pm2("start"))))
}

/// It has ended by itself, and pm2 was told not to start it again.
fn ended(view: &HostView<'_>, entry: &Entry) -> Found {
    let ended = message!(
        "The application {} has ended by itself on {}, and pm2 does not start it again: nothing answers on port {}.",
        entry.name,
        view.host,
        view.port()
    );
    let why = end(view, entry).or_else(|| unlike(view, entry));
    let found = Found::new(match &why {
        Some(why) => message!("{} {}", ended, why.because),
        None => ended,
    });
    let found = found.saw(message!("pm2 of {}: {} is {}", entry.owner, entry.name, entry.status));
    let found = found.saw_all(entry.exit.map(|code| message!("`{}` ended with exit code {}", entry.program(), code)));
    let found = found.saw_all(last_words(entry));
    match why {
        Some(why) => why.mended(found.saw_all(told(view, entry)), view),
        None => found.then_as_owner(view, &anew(view)),
    }
}

/// Whether pm2 starts it again and again.
pub(super) fn loops(view: &HostView<'_>, entry: &Entry) -> bool {
    match entry.status.as_str() {
        "errored" | "waiting restart" => true,
        // Between its end and its next start, it is called so.
        "stopped" => entry.alone && !entry.is_final,
        // Whoever restarts it by hand is no loop, and what listens, if only on another port, has not ended.
        "online" | "launching" => {
            let begins = entry.died >= 2 && entry.since < 20_000;
            begins && !view.answers_here() && view.machine.ports_of(entry).is_empty()
        }
        _ => false,
    }
}

fn restarts(view: &HostView<'_>) -> Option<Found> {
    let entry = view.entry().filter(|entry| loops(view, entry))?;
    let why = end(view, entry).or_else(|| unlike(view, entry));
    let loops = message!(
        "The application {} on {} ends right after each start, and pm2 keeps restarting it.",
        entry.name,
        view.host
    );
    let found = Found::new(match &why {
        Some(why) => message!("{} {}", loops, why.because),
        None => loops,
    });
    let found = found.saw(message!(
        "pm2 of {}: {} is {}, restarted {} times",
        entry.owner,
        entry.name,
        entry.status,
        entry.restarts
    ));
    let found = found.saw_all(last_words(entry));
    Some(match why {
        Some(why) => why.mended(found.saw_all(unusual(view, entry)).saw_all(told(view, entry)), view),
        None => found.look_as_owner(view, &format!("pm2 logs {} --lines 30 --nostream", typed(&entry.name))),
    })
}

pub(super) fn logged(entry: &Entry, words: &str) -> bool {
    entry.errors.iter().chain(&entry.out).any(|line| line.contains(words))
}

fn loopback(view: &HostView<'_>) -> Option<Found> {
    let listen = view.is_app().then(|| view.listen()).flatten().filter(|listen| listen.is_loopback())?;
    let web = view.web().filter(|web| web.host != view.host)?;
    let port = view.port();
    let found = Found::new(message!(
        "The application on {} listens on {} only: it answers its own machine and nobody else.",
        view.host,
        listen.address
    ));
    let found = found.saw(message!("on {}, {} listens on {}:{}", view.host, listen.program, listen.address, port));
    let reach = web.machine.answer(&format!("reach.{}", view.socket()));
    let found = found.saw_all(
        reach.map(|answer| message!("from {}, http://{}:{}/: {}", web.host, view.address(), port, answer.describe())),
    );
    Some(found.then_as_owner(view, &format!("HOST=0.0.0.0 {} --update-env && pm2 save", view.pm2("restart"))))
}

pub(super) fn other_port(view: &HostView<'_>) -> Option<Found> {
    let entry = view.entry().filter(|entry| entry.status == "online" && entry.pid > 0)?;
    let port = view.port();
    let listen = view.machine.ports_of(entry).into_iter().next()?;
    if view.machine.on_port(port).is_some() {
        return None;
    }
    let found = Found::new(message!(
        "The application on {} listens on port {}, but the web server asks port {}.",
        view.host,
        listen.port,
        port
    ));
    let found = found.saw(message!("on {}, {} listens on {}:{}", view.host, entry.name, listen.address, listen.port));
    Some(found.then_as_owner(view, &format!("PORT={port} {} --update-env && pm2 save", view.pm2("restart"))))
}
