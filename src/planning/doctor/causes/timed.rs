//! What works by the clock, and stops what the lab runs: timers of systemd, and lines of cron.

use super::{Cause, Found, HostView, Layer};
use crate::model::message::message;
use crate::model::quote::typed;

pub const CAUSES: &[Cause] = &[Cause { name: "stopped-by-timer", layer: Layer::Nginx, blocks: true, find: stopped }];

/// What a line stops; `None` if it is about nothing of ours, or does something else with it.
fn stops(text: &str) -> Option<&'static str> {
    let text = text.trim();
    if text.starts_with('#') {
        return None;
    }
    let words: Vec<&str> = text.split(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).collect();
    let has = |all: &[&str]| words.iter().any(|word| all.contains(word));
    let ends = has(&["stop", "quit", "kill", "killall", "pkill", "disable", "mask", "delete", "remove", "purge"]);
    let named = |name: &'static str, all: &[&str]| (ends && has(all)).then_some(name);
    named("nginx", &["nginx", "nginx.service"]).or_else(|| named("pm2", &["pm2", "node"]))
}

fn stopped(view: &HostView<'_>) -> Option<Found> {
    let lines =
        view.machine.lines("timed").iter().filter_map(|line| line.splitn(3, ':').collect::<Vec<_>>().try_into().ok());
    let (file, number, text, what) = lines
        .filter_map(|[file, number, text]: [&str; 3]| Some((file, number, text.trim(), stops(text)?)))
        .find(|(file, .., what)| concerns(view, what) && runs(view, file))?;
    let unit = file.rsplit('/').next().and_then(|name| name.strip_suffix(".service"));
    let found = Found::new(match unit {
        Some(unit) => message!("The timer {}.timer on {} stops {} again and again.", unit, view.host, what),
        None => message!("cron on {} stops {} again and again.", view.host, what),
    });
    let found = found.saw(message!("{}:{}: {}", file, number, text));
    let idle = what == "nginx" && view.machine.one("nginx.unit").is_some_and(|unit| unit.contains("inactive"));
    let found = if idle { found.saw(message!("the service nginx is inactive")) } else { found };
    let found = match unit {
        Some(unit) => found.then(view.host, format!("sudo systemctl disable --now {unit}.timer")),
        None => found.then(view.host, format!("sudo sed -i '{number}s/^/# /' {}", typed(file))),
    };
    let found = found.note(message!("it is switched off, and stays to be looked at"));
    Some(if idle { found.then(view.host, "sudo systemctl start nginx") } else { found })
}

/// Whether what it stops is what this machine is for.
fn concerns(view: &HostView<'_>, what: &str) -> bool {
    if what == "nginx" { view.is_web() } else { view.is_app() }
}

/// Whether the timer of a unit is on; cron needs none.
fn runs(view: &HostView<'_>, file: &str) -> bool {
    let unit = file.rsplit('/').next().and_then(|name| name.strip_suffix(".service"));
    unit.is_none_or(|unit| view.machine.lines("timer").iter().any(|timer| timer == &format!("{unit}.timer")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stops_is_told_from_what_looks_or_starts() {
        for (text, wanted) in [
            ("ExecStart=/bin/systemctl stop nginx", Some("nginx")),
            ("*/5 * * * * root service nginx stop", Some("nginx")),
            ("0 3 * * * /usr/sbin/nginx -s quit", Some("nginx")),
            ("* * * * * pkill -f nginx", Some("nginx")),
            ("*/10 * * * * pm2 delete all", Some("pm2")),
            ("0 * * * * killall node", Some("pm2")),
            ("# 0 * * * * killall node", None),
            ("0 3 * * * certbot renew --post-hook 'systemctl reload nginx'", None),
            ("@reboot pm2 resurrect", None),
            ("0 0 * * * find /var/log/nginx -delete-old", None),
            ("0 0 * * * systemctl stop apache2", None),
        ] {
            assert_eq!(stops(text), wanted, "{text}");
        }
    }
}
