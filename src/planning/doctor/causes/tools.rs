//! What an application server must have: Node.js, npm and pm2.

use super::pm2::{last_words, restart_unit, told};
use super::{Cause, Found, HostView, Layer};
use crate::model::event::Component;
use crate::model::name::HostName;

/// What hides everything behind it.
const fn blocking(name: &'static str, look: fn(&HostView<'_>) -> Option<Found>) -> Cause {
    Cause { name, layer: Layer::Packages, blocks: true, look }
}

pub const CAUSES: &[Cause] = &[
    blocking("node-missing", node_missing),
    blocking("node-version", node_version),
    blocking("npm-missing", npm_missing),
    blocking("pm2-missing", pm2_missing),
];

/// The Node.js of the owner's daemon, unit or terminal: whoever runs the application has found one.
fn node(place: &HostView<'_>) -> bool {
    let owner = place.owner();
    let known = |key: &str| place.machine.one(&format!("{key}.{owner}"));
    let unit = known("pm2.unit").is_some_and(|unit| !unit.ends_with(" none"));
    // A program that was moved or deleted runs on, until it ends.
    let daemon = known("pm2.node").is_some_and(|path| path.ends_with("/node"));
    place.machine.tool("node").is_some() || daemon || unit
}

fn node_missing(place: &HostView<'_>) -> Option<Found> {
    if !place.is_app() || node(place) || place.serves() && place.comes_back() {
        return None;
    }
    let nvm: Vec<&str> = place.machine.each("nvm.").map(|(folder, _)| folder).collect();
    let unit = place.machine.one(&format!("pm2.unit.{}", place.owner())).is_some();
    let terminal = place.machine.one(&format!("terminal.{}", place.owner()));
    // A terminal is enough, as long as nothing else is to start it.
    if terminal.is_some() && (!unit || place.serves()) {
        return None;
    }
    let folder = terminal.map(|bin| bin.trim_end_matches("/bin")).or(nvm.last().copied());
    let found = match folder {
        None => {
            let found = Found::new(format!(
                "Node.js is not installed on {}, and without it the application cannot start.",
                place.host
            ));
            found
                .then(&HostName::controller(), place.make(Component::Runtime))
                .note(format!("or by hand: {}", place.explain(Component::Runtime)))
        }
        Some(folder) => Found::new(format!(
            "Node.js on {} is nvm's, which only a terminal sees: the pm2 that is to start at boot does not find it.",
            place.host
        ))
        .saw(format!("{folder}/bin/node is there"))
        .then(
            place.host,
            format!("sudo ln -sf {folder}/bin/node /usr/local/bin/ && {}", restart_unit(place, place.owner())),
        ),
    };
    Some(found.saw(format!("`command -v node` of {} finds nothing on {}", place.owner(), place.host)))
}

fn major(version: &str) -> Option<u32> {
    version.trim_start_matches('v').split('.').next()?.parse().ok()
}

fn node_version(place: &HostView<'_>) -> Option<Found> {
    // Whether it is the right one, the step's own check says; what follows from it shows in the application.
    place.is_app().then(|| place.open(Component::Runtime)).flatten()?;
    // nvm's folders carry the version.
    let daemon = place.machine.one(&format!("pm2.node.{}", place.owner()));
    let nvm = daemon.and_then(|path| path.split("/versions/node/").nth(1)?.split('/').next());
    let login = place.machine.tool("version").filter(|version| version.starts_with('v'));
    let is = nvm.or(login)?;
    let at = if nvm.is_some() { daemon? } else { place.machine.tool("node")? };
    let wanted = place.variable("node", "version");
    let entry = place.entry()?;
    let new = told(entry, "ERR_OSSL_EVP_UNSUPPORTED");
    let old = ["SyntaxError", "Unsupported engine", "ERR_REQUIRE_ESM", "not allowed in NODE_OPTIONS"];
    let old = old.iter().any(|words| told(entry, words)) && place.open(Component::Runtime).is_some();
    let wrong = major(&wanted).is_some_and(|wanted| major(is) != Some(wanted))
        || place.variable("node", "source") == "distribution";
    // Another version is a cause only where the application stumbles over it.
    let younger = major(&wanted).is_none_or(|wanted| major(is).is_some_and(|is| is < wanted));
    if !wrong || !(new || old && younger) || place.serves() && !new {
        return None;
    }
    let needs = if wanted.is_empty() { "the one of the distribution".to_owned() } else { wanted };
    let found =
        Found::new(format!("{} has another Node.js than this application needs: {is} instead of {needs}.", place.host));
    let found = found.saw(format!("{at} is {is}")).saw_all(last_words(entry));
    let found = found.then(&HostName::controller(), place.make(Component::Runtime));
    let found = found.note(format!("or by hand: {}", place.explain(Component::Runtime)));
    Some(found.then_as_owner(place, &place.pm2("restart")))
}

/// Whether a tool is nowhere: not at a login, and not where a terminal or the daemon has its own.
fn nowhere(place: &HostView<'_>, tool: &str) -> bool {
    let nvm = place.machine.one(&format!("terminal.{}", place.owner())).is_some();
    place.is_app() && place.machine.tool(tool).is_none() && !nvm && !(place.owner() != place.login() && place.serves())
}

fn npm_missing(place: &HostView<'_>) -> Option<Found> {
    let needed = place.entry().is_none_or(|entry| entry.script.contains("npm"));
    if !nowhere(place, "npm") || !needed && place.serves() {
        return None;
    }
    let found = Found::new(format!("npm is not installed on {}.", place.host));
    let found = found.saw(format!("`command -v npm` of {} finds nothing", place.login()));
    let found = found.saw("pm2 starts the application with it");
    Some(found.then(place.host, "sudo apt install npm").note(format!("or: {}", place.make(Component::Runtime))))
}

fn pm2_missing(place: &HostView<'_>) -> Option<Found> {
    if !nowhere(place, "pm2") || place.serves() && place.comes_back() {
        return None;
    }
    let found = Found::new(format!("pm2 is not installed on {}.", place.host));
    let found = found.saw(format!("`command -v pm2` of {} finds nothing", place.login()));
    // The newest one wants a newer Node.js than these applications do.
    let found = found.then(place.host, format!("sudo npm install -g pm2@{}", place.variable("pm2", "version")));
    let lives = place.machine.one(&format!("pm2.daemon.{}", place.login())).is_some();
    Some(if lives { found } else { found.then(place.host, place.start_anew()) })
}
