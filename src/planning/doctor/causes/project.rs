//! The project that is meant, where pm2 runs something else.

use super::{Found, HostView};
use crate::model::message::{Message, message};
use crate::model::quote::typed;
use crate::planning::doctor::found::{Checkout, Entry};

/// Whether pm2 runs something else than the project: there is one, in another folder or with `npm start`.
pub(super) fn project(view: &HostView<'_>, entry: &Entry) -> bool {
    let Some(checkout) = meant(view, entry) else { return false };
    // What its start script runs may be started without npm.
    let script = entry.script.strip_prefix(&format!("{}/", checkout.folder)).unwrap_or("-");
    let own = checkout.start.split(' ').any(|word| word.trim_start_matches("./") == script);
    checkout.folder != entry.cwd || !entry.is_start() && !own
}

/// The project that is meant: the inventory's, else the only other one with a start script, else the entry's own.
fn meant<'a>(view: &HostView<'a>, entry: &Entry) -> Option<&'a Checkout> {
    let all = || view.machine.checkouts.iter().filter(|checkout| !checkout.start.is_empty());
    let folder = view.machine.one("dir").unwrap_or_default();
    all()
        .find(|checkout| checkout.folder == folder)
        .or_else(|| all().find(|checkout| checkout.folder != entry.cwd))
        .or_else(|| all().next())
}

/// The project, started in place of what pm2 has.
pub(super) fn anew(view: &HostView<'_>) -> String {
    let entry = view.entry();
    let folder = entry.and_then(|entry| meant(view, entry)).map_or_else(|| view.folder(), |at| at.folder.clone());
    let port = view.port();
    let given = if port == 3000 { String::new() } else { format!("PORT={port} ") };
    let name = typed(&view.name());
    format!("pm2 delete {name}; cd {} && {given}pm2 start npm --name {name} -- start && pm2 save", typed(&folder))
}

/// What is unusual about how pm2 runs it: another interpreter than Node.js, options, another program or folder.
pub(super) fn unusual(view: &HostView<'_>, entry: &Entry) -> Vec<Message> {
    let mut all = Vec::new();
    if let Some(interpreter) = foreign_interpreter(entry) {
        all.push(message!("pm2 runs {} with `{}`, not with Node.js", entry.program(), interpreter));
    }
    if !entry.options.is_empty() {
        all.push(message!("pm2 gives its interpreter these options: {}", entry.options.join(" ")));
    }
    if !entry.script.is_empty() && project(view, entry) {
        all.push(message!("pm2 of {}: {} is `{}` in {}", entry.owner, entry.name, entry.program(), entry.cwd));
    }
    all
}

/// What runs a program of Node.js, and is something else.
pub(super) fn foreign_interpreter(entry: &Entry) -> Option<&str> {
    let script = [".js", ".mjs", ".cjs"].iter().any(|end| entry.script.ends_with(end));
    let node = ["", "node", "nodejs", "none", "bun"].contains(&entry.interpreter.as_str());
    (script && !node).then_some(entry.interpreter.as_str())
}

/// The port on which the debugger of Node.js listens, if it is switched on.
pub(super) fn debugger(entry: &Entry) -> Option<(&str, u16)> {
    let option = entry.options.iter().find(|option| option.starts_with("--inspect"))?;
    let at = option.split_once('=').map_or("", |(_, at)| at);
    let port = at.rsplit(':').next().and_then(|port| port.parse().ok());
    Some((option, port.unwrap_or(9229)))
}

/// Under the right name, pm2 runs another program: it answers, and not with the application's page.
pub(super) fn other_program(view: &HostView<'_>) -> Option<Found> {
    let entry = view.entry().filter(|entry| entry.status == "online" && !view.application().marker.is_empty())?;
    let answer = view.machine.answer(&format!("local.{}", view.port()))?;
    let listens = view.machine.ports_of(entry).iter().any(|listen| listen.port == view.port());
    let wrong = answer.exit == 0 && answer.page == "other" && listens;
    // What serves nothing, and is no program of the project, is as wrong.
    let page = answer.good() && answer.page == "lab";
    let idle = !page
        && !listens
        && entry.since > 5_000
        && !entry.script.contains("npm")
        && view.machine.ports_of(entry).is_empty();
    if !(wrong || idle) || !project(view, entry) {
        return None;
    }
    let meant = meant(view, entry)?;
    let found = Found::new(message!(
        "pm2 on {} runs another program under the name {}, not the application in {}.",
        view.host,
        entry.name,
        meant.folder
    ));
    let found = found
        .saw(message!("pm2 of {}: {} is `{}` in {}", entry.owner, entry.name, entry.program(), entry.cwd))
        .saw(message!(
            "on {}, http://127.0.0.1:{}/: {}, not the application's page",
            view.host,
            view.port(),
            answer.describe()
        ));
    Some(found.then_as_owner(view, &anew(view)))
}
