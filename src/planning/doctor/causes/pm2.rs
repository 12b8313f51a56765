//! The application under pm2: there, running, listening where it should, and back after a reboot.

use super::{Cause, Found, HostView, Layer};
use crate::model::event::Component;
use crate::planning::doctor::machine::Entry;

/// What hides everything behind it.
const fn blocking(name: &'static str, look: fn(&HostView<'_>) -> Option<Found>) -> Cause {
    Cause { name, layer: Layer::Application, blocks: true, look }
}

/// What only matters after a reboot hides nothing.
const fn later(name: &'static str, look: fn(&HostView<'_>) -> Option<Found>) -> Cause {
    Cause { name, layer: Layer::Application, blocks: false, look }
}

pub const CAUSES: &[Cause] = &[
    blocking("app-twice", twice),
    blocking("pm2-not-running", daemon),
    blocking("app-not-in-pm2", absent),
    blocking("app-stopped", stopped),
    blocking("app-restarts", restarts),
    blocking("app-loopback", loopback),
    blocking("app-other-port", other_port),
    blocking("app-silent", silent),
    later("pm2-not-saved", not_saved),
    later("pm2-not-at-boot", not_at_boot),
];

fn twice(place: &HostView<'_>) -> Option<Found> {
    let entry = place.entry()?;
    let same: Vec<&Entry> =
        place.machine.entries.iter().filter(|other| other.owner == entry.owner && other.name == entry.name).collect();
    if same.len() < 2 {
        return None;
    }
    let name = &entry.name;
    let found = Found::new(format!(
        "pm2 on {} has {name} {} times: they fight for one port, and restart again and again.",
        place.host,
        same.len()
    ));
    let found =
        found.saw_all(same.iter().map(|each| {
            format!("{name} with id {} is {}, started again {} times", each.id, each.status, each.restarts)
        }));
    Some(found.then(place.host, format!("pm2 delete {} && pm2 save", same.last().map_or(0, |last| last.id))))
}

fn daemon(place: &HostView<'_>) -> Option<Found> {
    let user = place.user();
    if !place.is_app()
        || place.machine.tool("pm2").is_none()
        || place.machine.one(&format!("pm2.daemon.{user}")).is_some()
        || place.serves()
    {
        return None;
    }
    let saved = place.machine.lines(&format!("pm2.saved.{user}"));
    let name = place.application().name;
    let found =
        Found::new(format!("pm2 of {user} does not run on {}, and so neither does the application.", place.host));
    let found = found
        .saw(format!("there is no pm2 daemon of {user}"))
        .saw(format!("saved for the next start: {}", or_nothing(saved)));
    let next = if saved.contains(&name) {
        format!("sudo systemctl start pm2-{user} || pm2 resurrect")
    } else {
        format!("cd {} && pm2 start npm --name {name} -- start && pm2 save", place.machine.one("dir").unwrap_or("~"))
    };
    Some(found.then(place.host, next))
}

fn or_nothing(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

fn absent(place: &HostView<'_>) -> Option<Found> {
    let user = place.user();
    if !place.is_app()
        || place.entry().is_some()
        || place.serves()
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
    let found = found.saw(format!("pm2 has: {}", or_nothing(&has))).saw(format!("nothing listens on port {port}"));
    Some(found.then_as_owner(
        place,
        &format!(
            "cd {} && PORT={port} pm2 start npm --name {name} -- start && pm2 save",
            place.machine.one("dir").unwrap_or("~")
        ),
    ))
}

fn stopped(place: &HostView<'_>) -> Option<Found> {
    let entry = place.entry().filter(|entry| matches!(entry.status.as_str(), "stopped" | "stopping"))?;
    let found = Found::new(format!(
        "The application {} is stopped in pm2 on {}: nobody answers on port {}.",
        entry.name,
        place.host,
        place.port()
    ));
    let found = found.saw(format!("pm2 of {}: {} is {}", entry.owner, entry.name, entry.status));
    let found = found.saw_all(last_words(entry));
    Some(found.then_as_owner(place, &format!("pm2 start {} && pm2 save", entry.name)))
}

fn restarts(place: &HostView<'_>) -> Option<Found> {
    let entry = place.entry()?;
    let loops = match entry.status.as_str() {
        "errored" | "waiting restart" => true,
        "online" | "launching" => entry.restarts >= 2 && entry.since < 20_000 && !place.serves(),
        _ => false,
    };
    if !loops {
        return None;
    }
    let why = ENDS.iter().find(|(words, ..)| told(entry, words));
    let because = why.map_or(String::new(), |(_, because, _)| format!(" {because}"));
    let found = Found::new(format!(
        "The application {} on {} ends right after each start, and pm2 starts it again and again.{because}",
        entry.name, place.host
    ));
    let found = found.saw(format!(
        "pm2 of {}: {} is {}, started again {} times",
        entry.owner, entry.name, entry.status, entry.restarts
    ));
    let next = why.map_or_else(
        || format!("pm2 logs {} --lines 30 --nostream", entry.name),
        |(.., next)| {
            next.replace("DIR", &entry.cwd)
                .replace("NAME", &entry.name)
                .replace("EXPLAIN_NODE", &place.explain(Component::Runtime))
        },
    );
    Some(found.saw_all(last_words(entry)).then_as_owner(place, &next))
}

/// What an application says before it ends, what that means, and what to type.
const ENDS: &[(&str, &str, &str)] = &[
    ("ERR_OSSL_EVP_UNSUPPORTED", "Its Node.js is too new for it.", "EXPLAIN_NODE"),
    (
        "not allowed in NODE_OPTIONS",
        "The option --openssl-legacy-provider is for Node.js 17 and later only.",
        "pm2 delete NAME; unset NODE_OPTIONS; cd DIR && pm2 start npm --name NAME -- start && pm2 save",
    ),
    ("EADDRINUSE", "Its port is taken.", "ss -ltnp"),
    ("already running on port", "Its port is taken.", "ss -ltnp"),
    (
        "EACCES",
        "It may not use something that belongs to somebody else (root?).",
        "sudo chown -R $USER: DIR ~/.npm ~/.pm2",
    ),
    ("Cannot find module", "A file or a package is missing.", "cd DIR && npm ci && pm2 restart NAME"),
    (": not found", "A package is missing.", "cd DIR && npm ci && pm2 restart NAME"),
    ("heap out of memory", "It wants more memory than it gets.", "free -m"),
    ("SyntaxError", "A file of it has a mistake in the writing.", "cd DIR && git diff"),
    ("Missing script", "package.json has no such script.", "cd DIR && npm run"),
];

pub(super) fn told(entry: &Entry, words: &str) -> bool {
    entry.errors.iter().chain(&entry.out).any(|line| line.contains(words))
}

/// The last thing that it said of an error.
pub(super) fn last_words(entry: &Entry) -> Vec<String> {
    if entry.status == "online" && entry.since > 60_000 || entry.status == "stopped" {
        return Vec::new();
    }
    let says = |line: &&String| {
        ["rror", "not found", "annot", "already running", "EADDR"].iter().any(|word| line.contains(word))
    };
    let line = entry.errors.iter().rev().find(says).or_else(|| entry.out.iter().rev().find(says));
    line.map(|line| format!("its log says: {}", line.trim())).into_iter().collect()
}

fn loopback(place: &HostView<'_>) -> Option<Found> {
    let listen =
        place.is_app().then(|| place.machine.on_port(place.port())).flatten().filter(|listen| listen.is_loopback())?;
    let elsewhere = place.inventory.web().is_some_and(|web| &web.name != place.host);
    if !elsewhere {
        return None;
    }
    let (port, name) =
        (place.port(), place.entry().map_or_else(|| place.application().name, |entry| entry.name.clone()));
    let found = Found::new(format!(
        "The application on {} listens on {} only: it answers its own machine, and nobody else.",
        place.host, listen.address
    ));
    let found = found.saw(format!("on {}, {} listens on {}:{port}", place.host, listen.program, listen.address));
    let reach = place.web().and_then(|web| {
        Some((web.host, web.machine.answer(&format!("reach.{}", place.inventory.socket(place.host)))?))
    });
    let found = found.saw_all(
        reach.map(|(web, answer)| format!("from {web}, http://{}:{port}/: {}", place.address(), answer.told())),
    );
    Some(found.then_as_owner(place, &format!("HOST=0.0.0.0 pm2 restart {name} --update-env && pm2 save")))
}

fn other_port(place: &HostView<'_>) -> Option<Found> {
    let entry = place.entry().filter(|entry| entry.status == "online" && entry.pid > 0)?;
    let port = place.port();
    let listen = place.machine.ports_of(entry.pid).into_iter().next().filter(|listen| listen.port != port)?;
    if place.machine.on_port(port).is_some() {
        return None;
    }
    // With nginx asking for that port, all is well in its own way.
    let socket = format!("{}:{}", place.address(), listen.port);
    let asked = |web: &HostView<'_>| {
        web.machine
            .conf
            .servers
            .iter()
            .flat_map(|s| &s.passes)
            .any(|pass| web.machine.conf.members(pass).is_some_and(|m| m.iter().any(|m| m.socket == socket)))
    };
    if place.web().as_ref().is_some_and(asked) {
        return None;
    }
    let found = Found::new(format!(
        "The application on {} listens on port {}, but the web server asks for port {port}.",
        place.host, listen.port
    ));
    let found = found.saw(format!("on {}, {} listens on {}:{}", place.host, entry.name, listen.address, listen.port));
    Some(found.then_as_owner(place, &format!("PORT={port} pm2 restart {} --update-env && pm2 save", entry.name)))
}

fn silent(place: &HostView<'_>) -> Option<Found> {
    let entry = place.entry().filter(|entry| entry.status == "online" && !place.serves())?;
    if restarts(place).is_some() || other_port(place).is_some() {
        return None;
    }
    let port = place.port();
    let answer = place.machine.answer(&format!("local.{port}"));
    let listen =
        place.machine.on_port(port).filter(|listen| listen.pid.is_none_or(|pid| place.machine.pm2_of(pid).is_some()));
    let found = match (&listen, &answer) {
        (None, _) => Found::new(format!("The application {} on {} runs, but does not listen on any port yet: it is still starting, or hangs.", entry.name, place.host))
            .saw(format!("pm2 says {}, for {} s", entry.status, entry.since / 1000)),
        (Some(_), Some(answer)) if answer.exit != 0 => Found::new(format!("The application {} on {} takes connections, but does not answer: it is compiling, frozen, or out of memory.", entry.name, place.host))
            .saw(format!("on {}, http://127.0.0.1:{port}/: {}", place.host, answer.told())),
        (Some(_), Some(answer)) => Found::new(format!("The application {} on {} answers with an error.", entry.name, place.host))
            .saw(format!("on {}, http://127.0.0.1:{port}/: {}", place.host, answer.told())),
        _ => return None,
    };
    Some(
        found
            .saw_all(last_words(entry))
            .then_as_owner(place, &format!("pm2 logs {} --lines 30 --nostream", entry.name)),
    )
}

fn not_saved(place: &HostView<'_>) -> Option<Found> {
    let entry = place.entry().filter(|entry| entry.status == "online")?;
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
    let entry = place.entry()?;
    let user = &entry.owner;
    let boot = place.machine.one(&format!("pm2.boot.{user}"))?;
    let words: Vec<&str> = boot.split(' ').collect();
    if words.first() == Some(&"enabled") {
        return None;
    }
    let state = words.first().copied().filter(|word| !word.is_empty() && *word != "not-found").unwrap_or("not there");
    let found = Found::new(format!(
        "pm2 of {user} does not start when {} boots: after a reboot the application is gone.",
        place.host
    ));
    let found = found.saw(format!("the service pm2-{user} is {state}"));
    let next = if state == "not there" {
        format!("sudo env PATH=$PATH pm2 startup systemd -u {user} --hp /home/{user} && pm2 save")
    } else {
        format!("sudo systemctl enable pm2-{user}")
    };
    Some(found.then(place.host, next))
}
