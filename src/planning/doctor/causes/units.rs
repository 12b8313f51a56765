//! Units that systemd refuses, whatever is typed to start them: something was written into their files that it does not take.

use super::boot::startup;
use super::{Cause, Found, HostView, Layer};
use crate::model::message::message;
use crate::model::quote::typed;

pub const CAUSES: &[Cause] = &[
    Cause { name: "ssh-unit-refused", layer: Layer::Machine, blocks: false, find: |view| refused(view, "ssh") },
    Cause { name: "pm2-unit-refused", layer: Layer::Application, blocks: true, find: |view| refused(view, "pm2-") },
    Cause { name: "nginx-unit-refused", layer: Layer::Nginx, blocks: true, find: |view| refused(view, "nginx") },
];

/// Puts aside what somebody has put beside a unit that fails, with what makes systemd see that.
pub(super) fn without_drop_ins(found: Found, view: &HostView<'_>, unit: &str) -> Found {
    let lines = view.machine.lines("dropin").iter().filter_map(|line| line.split_once('\t'));
    let files: Vec<&str> = lines.filter(|(of, _)| *of == unit).map(|(_, file)| file).collect();
    if files.is_empty() {
        return found;
    }
    let found = found.saw_all(files.iter().map(|file| message!("{} changes the service {}", *file, unit)));
    let files: Vec<String> = files.iter().map(|file| typed(file)).collect();
    found
        .then(view.host, format!("sudo mv {} /var/backups/ && sudo systemctl daemon-reload", files.join(" ")))
        .note(message!("put aside, not deleted"))
}

/// A unit whose name begins so.
fn refused(view: &HostView<'_>, begin: &str) -> Option<Found> {
    let line = view.machine.lines("unit.refused").iter().find(|line| line.starts_with(begin))?;
    let mut parts = line.split('\t');
    let (unit, state, file) = (parts.next()?, parts.next()?, parts.next()?);
    let words = parts.next().unwrap_or_default();
    let found = Found::new(message!(
        "systemd refuses the service {} on {}: it neither starts nor reloads it until its files are right.",
        unit,
        view.host
    ));
    let found = found.saw(message!("systemd calls {} `{}`", unit, state));
    let found = if words.is_empty() { found } else { found.saw(message!("systemd-analyze verify: {}", words)) };
    let found = if file.is_empty() { found } else { found.saw(message!("changed last of its files: {}", file)) };
    let again = format!("sudo systemctl daemon-reload && sudo systemctl restart {unit}");
    // What stands in /etc wins over the package's; pm2's own unit has nothing behind it.
    let own = file.starts_with("/etc/systemd/") && !(begin == "pm2-" && file.ends_with(&format!("/{unit}.service")));
    Some(match (own, unit.strip_prefix("pm2-")) {
        (true, _) => found
            .then(
                view.host,
                format!(
                    "sudo mv {} {}",
                    typed(file),
                    typed(&format!("/var/backups/{unit}-{}", file.rsplit('/').next()?))
                ),
            )
            .note(message!("put aside, not deleted"))
            .then(view.host, again),
        (false, Some(user)) => found.then(view.host, startup(view, user)).then(view.host, again),
        (false, None) => found.then(view.host, format!("sudo systemctl revert {unit}")).then(view.host, again),
    })
}
