//! A program of a package that counts as installed: deleted, replaced by a link to nothing, emptied, or not to be run any more. apt calls such a
//! package the newest version, and does nothing.

use super::tools::back;
use super::{Cause, Found, HostView, Layer};
use crate::model::message::message;
use crate::model::quote::typed;

pub const CAUSES: &[Cause] = &[Cause { name: "program-lost", layer: Layer::Packages, blocks: true, find: lost }];

fn lost(view: &HostView<'_>) -> Option<Found> {
    let read = |line: &'_ String| {
        let mut parts = line.split('\t').map(str::to_owned);
        Some((parts.next()?, parts.next()?, parts.next()?, parts.next().unwrap_or_default()))
    };
    let all: Vec<_> = view.machine.lines("lost").iter().filter_map(read).collect();
    // Whoever finds another one first does not notice.
    let elsewhere = |program: &str| {
        let name = program.rsplit('/').next().unwrap_or(program);
        let name = if name == "nodejs" { "node" } else { name };
        view.machine.tool(name).is_some_and(|found| found != program)
    };
    let (program, package, how, target) = all.iter().find(|(program, ..)| !elsewhere(program))?;
    let because = match how.as_str() {
        "link" => message!("{} is a link to something that does not exist.", program),
        "missing" => message!("{} does not exist.", program),
        "empty" => message!("{} is empty.", program),
        _ => message!("{} may not be executed.", program),
    };
    let counts =
        message!("The package {} counts as installed on {}, but its program does not work:", package, view.host);
    let found = Found::new(message!("{} {}", counts, because));
    let found = match target.as_str() {
        "" => found.saw(message!("dpkg has {} among the files of {}", program, package)),
        target => found.saw(message!("{} leads to {}", program, target)),
    };
    let mut packages: Vec<String> = all.iter().map(|(_, package, ..)| typed(package)).collect();
    packages.dedup();
    let found = found.then(view.host, format!("sudo apt-get install -y --reinstall {}", packages.join(" ")));
    let runs = matches!(package.as_str(), "nodejs" | "npm");
    let lives = view.machine.one(&format!("pm2.daemon.{}", view.login())).is_some();
    Some(if runs && view.is_app() && !lives { found.then_as_owner(view, &back(view)) } else { found })
}
