//! What is well now, and gone after a reboot: it hides nothing.

use super::words::or_nothing;
use super::{Cause, Found, HostView, Layer};
use crate::model::message::message;
use crate::planning::doctor::found::Entry;

const fn later(name: &'static str, find: fn(&HostView<'_>) -> Option<Found>) -> Cause {
    Cause { name, layer: Layer::Application, blocks: false, find }
}

pub const CAUSES: &[Cause] = &[
    later("pm2-not-saved", not_saved),
    later("pm2-saved-stopped", saved_stopped),
    later("pm2-not-at-boot", not_at_boot),
    later("service-not-at-boot", service_not_at_boot),
];

/// The application in pm2, where pm2 has to bring it back: not where a unit of systemd serves.
fn kept<'a>(view: &HostView<'a>) -> Option<&'a Entry> {
    let entry = view.entry().filter(|entry| entry.status == "online")?;
    let served = view.listen().and_then(|listen| listen.pid).is_some_and(|pid| view.machine.pm2_of(pid).is_none());
    (!served).then_some(entry)
}

fn not_saved(view: &HostView<'_>) -> Option<Found> {
    let entry = kept(view)?;
    let saved = view.machine.lines(&format!("pm2.saved.{}", entry.owner));
    if saved.contains(&entry.name) {
        return None;
    }
    let found = Found::new(message!(
        "{} runs in pm2 on {}, but was not saved: after a reboot it is gone.",
        entry.name,
        view.host
    ));
    let found = found.saw(message!("saved in ~/.pm2/dump.pm2 of {}: {}", entry.owner, or_nothing(saved)));
    Some(found.then_as_owner(view, "pm2 save"))
}

/// What was stopped when pm2 saved comes back, and stays stopped.
fn saved_stopped(view: &HostView<'_>) -> Option<Found> {
    let entry = kept(view).filter(|entry| view.saved_stopped(entry))?;
    let found = Found::new(message!(
        "{} runs in pm2 on {}, but was saved while it was stopped: after a reboot it is stopped again.",
        entry.name,
        view.host
    ));
    let found = found.saw(message!("saved in ~/.pm2/dump.pm2 of {}: {} is stopped", entry.owner, entry.name));
    Some(found.then_as_owner(view, "pm2 save"))
}

fn not_at_boot(view: &HostView<'_>) -> Option<Found> {
    let entry = view.entry().filter(|entry| entry.status != "online" || kept(view).is_some())?;
    let user = &entry.owner;
    let boot = view.machine.one(&format!("pm2.boot.{user}"))?;
    let unit = view.machine.one(&format!("pm2.unit.{user}"));
    let broken = unit.is_some_and(|unit| unit.starts_with("none ") || unit.ends_with(" none"));
    if view.starts_at_boot(user) && !broken {
        return None;
    }
    let state = boot.split(' ').next().filter(|word| !word.is_empty() && *word != "not-found").unwrap_or("not there");
    let found = Found::new(message!(
        "{}'s pm2 does not start when {} boots: after a reboot the application is gone.",
        user,
        view.host
    ));
    let found = found.saw(message!("the service pm2-{} is {}", user, state));
    let found =
        if broken { found.saw(message!("its unit names a pm2 or a Node.js that does not exist")) } else { found };
    // Behind a mask may be no unit at all.
    let masked = state == "masked";
    let found = if masked { found.then(view.host, format!("sudo systemctl unmask pm2-{user}")) } else { found };
    Some(if state == "not there" || broken || masked {
        found.then(view.host, startup(view, user)).then_as_owner(view, "pm2 save")
    } else {
        found.then(view.host, format!("sudo systemctl enable pm2-{user}"))
    })
}

/// What `pm2 startup` tells its user to type, with the Node.js and the pm2 that are there.
pub(super) fn startup(view: &HostView<'_>, user: &str) -> String {
    let home = view.machine.one(&format!("pm2.home.{user}")).and_then(|folder| folder.strip_suffix("/.pm2"));
    let home = home.map_or_else(|| format!("/home/{user}"), str::to_owned);
    let (path, pm2) = match view.tools(user) {
        Some(tools) => (format!("{tools}:"), format!("{tools}/pm2")),
        None => (String::new(), "pm2".to_owned()),
    };
    format!("sudo env PATH={path}$PATH {pm2} startup systemd -u {user} --hp {home}")
}

/// The application is a unit of systemd, which does not start at boot.
fn service_not_at_boot(view: &HostView<'_>) -> Option<Found> {
    let pid = view.is_app().then(|| view.listen()).flatten()?.pid?;
    let (unit, state) = view.machine.one(&format!("unit.{pid}"))?.split_once(' ')?;
    if !view.serves() || matches!(state, "enabled" | "static" | "generated" | "transient") {
        return None;
    }
    let found = Found::new(message!(
        "{} runs the application on {}, but does not start at boot: after a reboot the application is gone.",
        unit,
        view.host
    ));
    Some(
        found
            .saw(message!("the service {} is {}", unit, state))
            .then(view.host, format!("sudo systemctl enable {unit}")),
    )
}
