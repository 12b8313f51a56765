//! What an application server must have: Node.js, npm and pm2.

use super::pm2::{logged, restart_unit};
use super::process_end::last_words;
use super::{Cause, Found, HostView, Layer};
use crate::model::event::Component;
use crate::model::message::{Message, message};
use crate::model::name::HostName;
use crate::model::quote::typed;

/// What hides everything behind it.
const fn blocking(name: &'static str, find: fn(&HostView<'_>) -> Option<Found>) -> Cause {
    Cause { name, layer: Layer::Packages, blocks: true, find }
}

pub const CAUSES: &[Cause] = &[
    blocking("tool-shut", shut),
    blocking("node-missing", node_missing),
    blocking("node-broken", node_broken),
    blocking("node-version", node_version),
    blocking("npm-missing", npm_missing),
    blocking("pm2-missing", pm2_missing),
];

/// A tool that is there, and that the user of the lab may not come to: it was installed under a strict umask, or shut by a chmod.
fn shut(view: &HostView<'_>) -> Option<Found> {
    let (tool, at) = view.is_app().then(|| view.machine.each("hidden.").next()).flatten()?;
    let user = view.login();
    if view.machine.one(&format!("terminal.{user}")).is_some() {
        return None;
    }
    let found = Found::new(message!(
        "{} is installed on {}, but {} may not use it: {} is shut to everybody but its owner.",
        tool,
        view.host,
        user,
        at
    ));
    let found = found.saw(message!("`command -v {}`, as {}, finds nothing; as root, it does", tool, user));
    // All that was put there at the same time is as shut; of the system's own folders, only the folder itself.
    let own = at.matches('/').count() > 2 && !at.starts_with("/usr/bin/");
    let how = if own { "-R a+rX" } else { "a+rx" };
    let found = found.then(view.host, format!("sudo chmod {how} {}", typed(at.trim_end_matches('/'))));
    let lives = view.machine.one(&format!("pm2.daemon.{user}")).is_some();
    Some(if lives { found } else { found.then_as_owner(view, &back(view)) })
}

/// What brings a pm2 back that does not run.
pub(super) fn back(view: &HostView<'_>) -> String {
    let user = view.login();
    let saved = !view.machine.lines(&format!("pm2.saved.{user}")).is_empty();
    let boot = view.machine.one(&format!("pm2.boot.{user}")).is_some_and(|boot| boot.starts_with("enabled"));
    match (saved, boot) {
        (true, true) => restart_unit(view, user),
        (true, false) => "pm2 resurrect".into(),
        _ => view.start_anew(),
    }
}

/// The Node.js of the owner's daemon, unit or terminal: whoever runs the application has found one.
fn node(view: &HostView<'_>) -> bool {
    let owner = view.owner();
    let known = |key: &str| view.machine.one(&format!("{key}.{owner}"));
    let unit = known("pm2.unit").is_some_and(|unit| !unit.ends_with(" none"));
    // A program that was moved or deleted runs on, until it ends.
    let daemon = known("pm2.node").is_some_and(|path| path.ends_with("/node"));
    view.machine.tool("node").is_some() || daemon || unit
}

fn node_missing(view: &HostView<'_>) -> Option<Found> {
    if !view.is_app() || node(view) || view.serves() && view.comes_back() {
        return None;
    }
    let nvm: Vec<&str> = view.machine.each("nvm.").map(|(folder, _)| folder).collect();
    let unit = view.machine.one(&format!("pm2.unit.{}", view.owner())).is_some();
    let terminal = view.machine.one(&format!("terminal.{}", view.owner()));
    // A terminal is enough, as long as nothing else is to start it.
    if terminal.is_some() && (!unit || view.serves()) {
        return None;
    }
    let folder = terminal.map(|bin| bin.trim_end_matches("/bin")).or(nvm.last().copied());
    let found = match folder {
        None => {
            let found = Found::new(message!(
                "Node.js is not installed on {}, and without it the application cannot start.",
                view.host
            ));
            found
                .then(&HostName::controller(), view.make(Component::Runtime))
                .note(message!("or by hand: {}", view.explain(Component::Runtime)))
        }
        Some(folder) => Found::new(message!(
            "Node.js on {} is nvm's, which only a terminal sees: the pm2 that should start at boot does not find it.",
            view.host
        ))
        .saw(message!("{}/bin/node exists", folder))
        .then(
            view.host,
            format!("sudo ln -sf {folder}/bin/node /usr/local/bin/ && {}", restart_unit(view, view.owner())),
        ),
    };
    Some(found.saw(message!("`command -v node`, as {} on {}, finds nothing", view.owner(), view.host)))
}

/// The Node.js that is found first does not run: it is another processor's, wants a newer system, or is not whole.
fn node_broken(view: &HostView<'_>) -> Option<Found> {
    // An empty file says nothing at all.
    let mut lines = view.machine.lines("tool").iter();
    let said = lines.find_map(|line| line.strip_prefix("version"))?.trim();
    if !view.is_app() || said.starts_with('v') {
        return None;
    }
    let first = view.machine.tool("node")?;
    let daemon = view.machine.one(&format!("pm2.node.{}", view.owner()));
    // Whoever has another one does not notice.
    if view.serves() && view.comes_back() && daemon.is_some_and(|daemon| daemon != first) {
        return None;
    }
    let found = Found::new(message!(
        "The Node.js found first on {}, {}, does not run: it was made for another processor or another system, or is incomplete.",
        view.host,
        first
    ));
    let found = found.saw(message!("`node -v` as {}: {}", view.login(), if said.is_empty() { "-" } else { said }));
    let others = view.machine.lines("tool").iter().filter_map(|line| line.strip_prefix("at ")?.split_once(' '));
    let other = others.into_iter().find(|(at, said)| *at != first && said.starts_with('v'));
    let Some((other, version)) = other else {
        // Of the packages' own program, the step sees only that there is one.
        if first == "/usr/bin/node" && view.variable("node", "source") == "distribution" {
            return Some(found.then(view.host, "sudo apt-get install -y --reinstall nodejs"));
        }
        let found = found.then(&HostName::controller(), view.make(Component::Runtime));
        return Some(found.note(message!("or by hand: {}", view.explain(Component::Runtime))));
    };
    let found = found.saw(message!("{} is {}", other, version));
    let user = view.login();
    let boot = view.machine.one(&format!("pm2.boot.{user}")).is_some_and(|boot| boot.starts_with("enabled"));
    let found = found
        .then(view.host, format!("sudo mv {} {}", typed(first), typed(&format!("{first}.broken"))))
        .note(message!("then {} is found", other));
    Some(if boot && view.machine.one(&format!("pm2.daemon.{user}")).is_none() {
        found.then(view.host, restart_unit(view, user))
    } else {
        found.then_as_owner(view, &format!("{} --update-env && pm2 save", view.pm2("restart")))
    })
}

fn major(version: &str) -> Option<u32> {
    version.trim_start_matches('v').split('.').next()?.parse().ok()
}

/// Below this, a Node.js does not understand what applications of today are written in.
const OLD: u32 = 14;

fn node_version(view: &HostView<'_>) -> Option<Found> {
    // Whether it is the right one, the step's own check says; what follows from it shows in the application.
    view.is_app().then(|| view.open(Component::Runtime).next()).flatten()?;
    // nvm's folders carry the version.
    let daemon = view.machine.one(&format!("pm2.node.{}", view.owner()));
    let nvm = daemon.and_then(|path| path.split("/versions/node/").nth(1)?.split('/').next());
    let login = view.machine.tool("version").filter(|version| version.starts_with('v'));
    let is = nvm.or(login)?;
    let at = if nvm.is_some() { daemon? } else { view.machine.tool("node")? };
    let wanted = view.variable("node", "version");
    let entry = view.entry()?;
    let new = logged(entry, "ERR_OSSL_EVP_UNSUPPORTED");
    let old = ["SyntaxError", "Unsupported engine", "ERR_REQUIRE_ESM", "not allowed in NODE_OPTIONS"];
    let old = old.iter().any(|words| logged(entry, words)) && view.open(Component::Runtime).next().is_some();
    let wrong = major(&wanted).is_some_and(|wanted| major(is) != Some(wanted))
        || view.variable("node", "source") == "distribution";
    // Another version is a cause only where the application stumbles over it.
    let younger = major(is).is_some_and(|is| is < major(&wanted).unwrap_or(OLD));
    if !wrong || !(new || old && younger) || view.serves() && !new {
        return None;
    }
    let needs = if wanted.is_empty() { message!("the distribution's") } else { Message::from(wanted) };
    let found = Found::new(message!(
        "{} has a different Node.js than this application needs: {} instead of {}.",
        view.host,
        is,
        needs
    ));
    let found = found.saw(message!("{} is {}", at, is)).saw_all(last_words(entry));
    let found = found.then(&HostName::controller(), view.make(Component::Runtime));
    let found = found.note(message!("or by hand: {}", view.explain(Component::Runtime)));
    Some(found.then_as_owner(view, &view.pm2("restart")))
}

/// Whether a tool is nowhere: not at a login, and not where a terminal or the daemon has its own.
fn nowhere(view: &HostView<'_>, tool: &str) -> bool {
    let nvm = view.machine.one(&format!("terminal.{}", view.owner())).is_some();
    view.is_app() && view.machine.tool(tool).is_none() && !nvm && !(view.owner() != view.login() && view.serves())
}

fn npm_missing(view: &HostView<'_>) -> Option<Found> {
    // pm2 starts what it has saved by npm again after a reboot; a unit of systemd may start node itself.
    let needed = view.entry().map_or_else(|| !view.comes_back(), |entry| entry.script.contains("npm"));
    if !nowhere(view, "npm") || view.serves() && !needed {
        return None;
    }
    let found = Found::new(message!("npm is not installed on {}.", view.host));
    let found = found.saw(message!("`command -v npm`, as {}, finds nothing", view.login()));
    let found = found.saw(message!("pm2 starts the application with it"));
    Some(found.then(view.host, "sudo apt install npm").note(message!("or: {}", view.make(Component::Runtime))))
}

fn pm2_missing(view: &HostView<'_>) -> Option<Found> {
    if !nowhere(view, "pm2") || view.serves() && view.comes_back() {
        return None;
    }
    let found = Found::new(message!("pm2 is not installed on {}.", view.host));
    let found = found.saw(message!("`command -v pm2`, as {}, finds nothing", view.login()));
    // The newest one wants a newer Node.js than these applications do.
    let found = found.then(view.host, format!("sudo npm install -g pm2@{}", view.variable("pm2", "version")));
    let lives = view.machine.one(&format!("pm2.daemon.{}", view.login())).is_some();
    Some(if lives { found } else { found.then(view.host, view.start_anew()) })
}
