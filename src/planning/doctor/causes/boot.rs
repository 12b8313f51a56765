//! What is well now, and gone after a reboot: it hides nothing.

use super::pm2::or_nothing;
use super::{Cause, Found, HostView, Layer};
use crate::planning::doctor::found::Entry;

const fn later(name: &'static str, look: fn(&HostView<'_>) -> Option<Found>) -> Cause {
    Cause { name, layer: Layer::Application, blocks: false, look }
}

pub const CAUSES: &[Cause] = &[
    later("pm2-not-saved", not_saved),
    later("pm2-not-at-boot", not_at_boot),
    later("service-not-at-boot", service_not_at_boot),
];

/// The application in pm2, where pm2 has to bring it back: not where a unit of systemd serves.
fn kept<'a>(place: &HostView<'a>) -> Option<&'a Entry> {
    let entry = place.entry().filter(|entry| entry.status == "online")?;
    let served = place.listen().and_then(|listen| listen.pid).is_some_and(|pid| place.machine.pm2_of(pid).is_none());
    (!served).then_some(entry)
}

fn not_saved(place: &HostView<'_>) -> Option<Found> {
    let entry = kept(place)?;
    let saved = place.machine.lines(&format!("pm2.saved.{}", entry.owner));
    if saved.contains(&entry.name) {
        return None;
    }
    let found = Found::new(format!(
        "{} runs in pm2 on {}, but was not saved: after a reboot it is gone.",
        entry.name, place.host
    ));
    let found = found.saw(format!("saved in ~/.pm2/dump.pm2 of {}: {}", entry.owner, or_nothing(saved)));
    Some(found.then_as_owner(place, "pm2 save"))
}

fn not_at_boot(place: &HostView<'_>) -> Option<Found> {
    let entry = place.entry().filter(|entry| entry.status != "online" || kept(place).is_some())?;
    let user = &entry.owner;
    let boot = place.machine.one(&format!("pm2.boot.{user}"))?;
    let unit = place.machine.one(&format!("pm2.unit.{user}"));
    let broken = unit.is_some_and(|unit| unit.starts_with("none ") || unit.ends_with(" none"));
    if place.starts_at_boot(user) && !broken {
        return None;
    }
    let state = boot.split(' ').next().filter(|word| !word.is_empty() && *word != "not-found").unwrap_or("not there");
    let found = Found::new(format!(
        "pm2 of {user} does not start when {} boots: after a reboot the application is gone.",
        place.host
    ));
    let found = found.saw(format!("the service pm2-{user} is {state}"));
    let found = if broken { found.saw("its unit names a pm2, or a Node.js, that is not there") } else { found };
    Some(if state == "not there" || broken {
        found.then(place.host, startup(place, user)).then_as_owner(place, "pm2 save")
    } else {
        let unmask = if state == "masked" { format!("sudo systemctl unmask pm2-{user}; ") } else { String::new() };
        found.then(place.host, format!("{unmask}sudo systemctl enable pm2-{user}"))
    })
}

/// What `pm2 startup` tells its user to type, with the Node.js and the pm2 that are there.
fn startup(place: &HostView<'_>, user: &str) -> String {
    let home = place.machine.one(&format!("pm2.home.{user}")).and_then(|folder| folder.strip_suffix("/.pm2"));
    let home = home.map_or_else(|| format!("/home/{user}"), str::to_owned);
    let (path, pm2) = match place.tools(user) {
        Some(tools) => (format!("{tools}:"), format!("{tools}/pm2")),
        None => (String::new(), "pm2".to_owned()),
    };
    format!("sudo env PATH={path}$PATH {pm2} startup systemd -u {user} --hp {home}")
}

/// The application is a unit of systemd, which does not start at boot.
fn service_not_at_boot(place: &HostView<'_>) -> Option<Found> {
    let pid = place.is_app().then(|| place.listen()).flatten()?.pid?;
    let (unit, state) = place.machine.one(&format!("unit.{pid}"))?.split_once(' ')?;
    if !place.serves() || matches!(state, "enabled" | "static" | "generated" | "transient") {
        return None;
    }
    let found = Found::new(format!(
        "{unit} runs the application on {}, but does not start at boot: after a reboot the application is gone.",
        place.host
    ));
    Some(found.saw(format!("the service {unit} is {state}")).then(place.host, format!("sudo systemctl enable {unit}")))
}
