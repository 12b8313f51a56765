//! The application as a unit of systemd that somebody has written, in view of pm2: it is there, and does not run it.

use super::{Cause, Found, HostView, Layer};
use crate::model::message::{Message, message};
use crate::model::quote::{quote, typed};
use crate::planning::doctor::found::Unit;

pub const CAUSES: &[Cause] = &[Cause { name: "service-fails", layer: Layer::Application, blocks: true, find: fails }];

/// The unit that is to run the application: it works in the project's folder, or names it.
fn own<'a>(view: &HostView<'a>) -> Option<&'a Unit> {
    let folder = view.folder();
    let about = |unit: &&Unit| {
        unit.folder == folder || unit.command.split(' ').any(|word| word.starts_with(&format!("{folder}/")))
    };
    let named = |unit: &&Unit| ["node", "npm", "yarn", "serve"].contains(&unit.program());
    let all = || view.machine.units.iter();
    all().find(about).or_else(|| all().find(named))
}

fn fails(view: &HostView<'_>) -> Option<Found> {
    if !view.is_app() || view.answers_here() || view.entry().is_some_and(|entry| entry.is_on()) {
        return None;
    }
    let unit = own(view)?;
    let (name, host) = (&unit.name, view.host);
    let path = unit.command.split(' ').next().unwrap_or_default();
    // How systemd says what it could not do before the program began: systemd.exec(5).
    let (because, edit) = match unit.status {
        203 => {
            let right = view.machine.tool(unit.program()).filter(|right| *right != path);
            let because = message!(" There is no program {}, or it cannot be executed.", path);
            (because, right.map(|right| (path, right.to_owned())))
        }
        200 => (message!(" Its folder {} does not exist.", unit.folder), Some((unit.folder.as_str(), view.folder()))),
        217 => (message!(" There is no user {}.", unit.user), Some((unit.user.as_str(), view.login().to_owned()))),
        _ if unit.active == "inactive" => (message!(" It was never started, or has been stopped."), None),
        _ => (Message::default(), None),
    };
    let found = Found::new(message!("{} should run the application on {}, and does not.{}", name, host, because));
    let found = found.saw(message!("{}: {} ({}), ended with {}", unit.file, unit.active, unit.state, unit.status));
    let found = found.saw(message!("ExecStart={}", unit.command));
    let said = view.machine.lines(&format!("unit.says.{name}"));
    let found = found.saw_all(said.iter().map(|line| message!("journalctl -u {}: {}", name, line.trim())));
    let start = format!("sudo systemctl enable {name} && sudo systemctl restart {name}");
    Some(match edit {
        Some((wrong, right)) if !wrong.is_empty() => {
            let key = match unit.status {
                203 => "ExecStart",
                200 => "WorkingDirectory",
                _ => "User",
            };
            let edit = quote(&format!("/^{key}=/s|{wrong}|{right}|"));
            found
                .then(host, format!("sudo sed -i {edit} {}", typed(&unit.file)))
                .then(host, format!("sudo systemctl daemon-reload; sudo systemctl reset-failed {name}; {start}"))
        }
        _ if unit.active == "inactive" => found.then(host, start),
        _ => found
            .then(host, format!("sudo journalctl -u {name} -n 20 --no-pager"))
            .note(message!("its last lines say why it ended"))
            .then(host, format!("sudo systemctl reset-failed {name}; {start}")),
    })
}
