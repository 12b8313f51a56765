//! What an application server must have: Node.js, npm and pm2.

use super::pm2::{last_words, told};
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
    blocking("npm-missing", |place| tool_missing(place, "npm", "sudo apt install npm")),
    blocking("pm2-missing", |place| tool_missing(place, "pm2", "sudo npm install -g pm2")),
];

fn node_missing(place: &HostView<'_>) -> Option<Found> {
    if !place.is_app() || place.machine.tool("node").is_some() {
        return None;
    }
    let nvm: Vec<&str> = place.machine.each("nvm.").map(|(folder, _)| folder).collect();
    // With nvm's Node.js a lab can run well.
    if !nvm.is_empty() && place.serves() {
        return None;
    }
    let found = match nvm.last() {
        None => Found::new(format!(
            "Node.js is not installed on {}, and without it the application cannot start.",
            place.host
        ))
        .then(place.host, "sudo apt install nodejs npm")
        .note(format!("or the version that the app needs: {}", place.explain(Component::Runtime))),
        Some(folder) => Found::new(format!(
            "Node.js on {} is nvm's, which only a terminal sees: pm2 at boot and commands over SSH do not find it.",
            place.host
        ))
        .saw(format!("{folder}/bin/node is there"))
        .then(place.host, format!("sudo ln -s {folder}/bin/node {folder}/bin/npm /usr/local/bin/")),
    };
    Some(found.saw(format!("`command -v node` of {} finds nothing on {}", place.user(), place.host)))
}

fn node_version(place: &HostView<'_>) -> Option<Found> {
    // Whether it is the right one, the step's own check says; what follows from it shows in the application.
    place.is_app().then(|| place.open(Component::Runtime)).flatten()?;
    let is = place.machine.tool("version").filter(|version| version.starts_with('v'))?;
    let at = place.machine.tool("node")?;
    let major =
        |version: &str| version.trim_start_matches('v').split('.').next().unwrap_or_default().parse::<u32>().ok();
    let wanted = place.variable("node", "version");
    let refused = place.entry().is_some_and(|entry| told(entry, "ERR_OSSL_EVP_UNSUPPORTED"));
    let wrong = major(&wanted).is_some_and(|wanted| major(is) != Some(wanted))
        || place.variable("node", "source") == "distribution";
    if !wrong || place.serves() && !refused {
        return None;
    }
    let needs = if wanted.is_empty() { "the one of the distribution".to_owned() } else { wanted };
    let found =
        Found::new(format!("{} has another Node.js than this application needs: {is} instead of {needs}.", place.host));
    let found = found.saw(format!("{at} is {is}"));
    let found = match place.entry() {
        Some(entry) => found.saw_all(last_words(entry)),
        None => found,
    };
    Some(
        found
            .then(&HostName::controller(), place.explain(Component::Runtime))
            .note("how to install the right one")
            .then_as_owner(place, "pm2 restart all"),
    )
}

fn tool_missing(place: &HostView<'_>, tool: &str, install: &str) -> Option<Found> {
    if !place.is_app() || place.machine.tool(tool).is_some() || place.machine.each("nvm.").next().is_some() {
        return None;
    }
    let found = Found::new(format!("{tool} is not installed on {}.", place.host));
    let found = found.saw(format!("`command -v {tool}` of {} finds nothing", place.user()));
    Some(found.then(place.host, install))
}
