//! nginx as a program: installed, accepting its files, running, and at boot.

use super::refused::place_of;
use super::{Cause, Found, HostView, Layer};
use crate::model::problem::did_you_mean;
use crate::planning::doctor::conf::Conf;

/// What hides everything behind it.
const fn blocking(name: &'static str, look: fn(&HostView<'_>) -> Option<Found>) -> Cause {
    Cause { name, layer: Layer::Nginx, blocks: true, look }
}

pub const CAUSES: &[Cause] = &[
    Cause { name: "nginx-missing", layer: Layer::Packages, blocks: true, look: missing },
    blocking("proxy-pass-name", unknown_name),
    blocking("port-80-taken", taken),
    blocking("nginx-stopped", stopped),
    Cause { name: "nginx-not-at-boot", layer: Layer::Nginx, blocks: false, look: not_at_boot },
];

fn missing(place: &HostView<'_>) -> Option<Found> {
    place.machine.one("nginx.missing").filter(|_| place.is_web())?;
    let found = Found::new(format!("nginx is not installed on {}.", place.host)).saw("there is no program nginx");
    Some(found.then(place.host, "sudo apt update && sudo apt install nginx"))
}

/// What `nginx -t` refuses the files for, without its mark.
pub(super) fn refused<'a>(place: &HostView<'a>) -> Option<&'a str> {
    if !place.is_web() || place.machine.one("nginx.test").is_none_or(|code| code == "0") {
        return None;
    }
    let said = place.machine.lines("nginx.says");
    said.iter().find_map(|line| words_after(line, "[emerg] "))
}

/// What nginx says behind a mark, without the numbers of its process.
pub(super) fn words_after<'a>(line: &'a str, mark: &str) -> Option<&'a str> {
    let (_, words) = line.split_once(mark)?;
    let number =
        words.split_once("#").is_some_and(|(pid, _)| !pid.is_empty() && pid.bytes().all(|b| b.is_ascii_digit()));
    if number { words.split_once(": ").map(|(_, words)| words) } else { Some(words) }
}

pub(super) const HOST_NOT_FOUND: &str = "host not found in upstream \"";

fn unknown_name(place: &HostView<'_>) -> Option<Found> {
    let words = refused(place)?;
    let name = words.strip_prefix(HOST_NOT_FOUND)?.split('"').next()?;
    let at = words.rsplit(" in ").next().unwrap_or_default();
    let known: Vec<String> = named(place).collect();
    let (host, _) = name.split_once(':').unwrap_or((name, ""));
    let found = Found::new(format!(
        "nginx is to hand requests to `{name}`, but there is no upstream and no machine of that name: it refuses its files."
    ));
    let found = found
        .saw(format!("nginx -t: {words}"))
        .saw_all(place.machine.lines("nginx.broken").last().map(|line| format!("{at}: {}", after_number(line))));
    let near = did_you_mean(name, known.iter().map(String::as_str)).map(str::to_owned);
    let found = match &near {
        Some(near) => found.saw(format!("there is an upstream {near}: is that the one?")),
        None if known.is_empty() => found.saw("there is no upstream block"),
        None => found.saw(format!("there are upstreams: {}", known.join(", "))),
    };
    // The name of a machine of the lab, which only its inventory knows; else the only upstream; else the first application.
    let machine = place.inventory.hosts.iter().find(|each| each.name.as_str() == host);
    let socket = || machine.map(|machine| place.at(&machine.name).socket());
    let only = || known.first().filter(|_| known.len() == 1).cloned();
    let first = || place.sites.first()?.servers.first().map(|server| place.at(&server.host).socket());
    let at = place_of(at);
    // Within an upstream stands the address of an application.
    let inner = place.machine.conf.line(&at).is_some_and(|line| line.starts_with("server "));
    let address = || inner.then(|| super::sockets::socket(place, name));
    let right = near.filter(|_| !inner).or_else(socket).or_else(address).or_else(only).or_else(first)?;
    Some(found.change(place, &at, name, &right))
}

/// The names of upstreams.
fn named<'a>(place: &'a HostView<'a>) -> impl Iterator<Item = String> + 'a {
    place.machine.conf.upstreams.keys().cloned()
}

fn after_number(line: &str) -> &str {
    line.split_once(": ").map_or(line, |(_, text)| text).trim()
}

fn taken(place: &HostView<'_>) -> Option<Found> {
    let listen = place
        .is_web()
        .then(|| place.machine.listens.iter().find(|listen| listen.port == 80 && listen.program != "nginx"))
        .flatten()?;
    let service = match listen.program.as_str() {
        program @ ("apache2" | "caddy" | "lighttpd" | "haproxy" | "httpd") => program,
        _ => "",
    };
    let line = listen
        .pid
        .and_then(|pid| place.machine.processes.get(&pid))
        .map_or(listen.program.as_str(), |process| process.line.as_str());
    let found = Found::new(format!("{} has port 80 on {}, so nginx cannot have it.", listen.program, place.host));
    let pid = listen.pid.map_or_else(|| "?".to_owned(), |pid| pid.to_string());
    let found = found.saw(format!("process {pid} listens on {}:80: {line}", listen.address));
    let unit =
        listen.pid.and_then(|pid| place.machine.one(&format!("unit.{pid}"))).and_then(|unit| unit.split(' ').next());
    let end = match (service, unit) {
        ("", None) if listen.program == "docker-proxy" => {
            "sudo docker stop $(sudo docker ps -q --filter publish=80)".to_owned()
        }
        ("", None) => format!("sudo kill {pid}; sleep 1"),
        ("", Some(unit)) => format!("sudo systemctl disable --now {unit}"),
        (service, _) => format!("sudo systemctl disable --now {service}"),
    };
    Some(found.then(place.host, format!("{end}; sudo systemctl restart nginx")))
}

fn runs(place: &HostView<'_>) -> bool {
    place.machine.processes.values().any(|process| process.line.starts_with("nginx: master process"))
}

fn stopped(place: &HostView<'_>) -> Option<Found> {
    let unit = place.machine.one("nginx.unit").filter(|_| place.is_web() && !runs(place))?;
    let state = unit.split(' ').nth(1).unwrap_or("not there");
    let found = Found::new(format!("nginx does not run on {}: every visitor's connection is refused.", place.host));
    let found = found.saw(format!("the service nginx is {state}"));
    let masked = unit.split(' ').any(|word| word == "masked");
    let unmask = if masked { "sudo systemctl unmask nginx && " } else { "" };
    Some(found.then(place.host, format!("{unmask}sudo nginx -t && sudo systemctl restart nginx")))
}

fn not_at_boot(place: &HostView<'_>) -> Option<Found> {
    let unit = place.machine.one("nginx.unit").filter(|_| place.is_web())?;
    let state = unit.split(' ').nth(2).filter(|state| matches!(*state, "disabled" | "masked"))?;
    let found = Found::new(format!("nginx does not start when {} boots.", place.host));
    let unmask = if state == "masked" { "sudo systemctl unmask nginx && " } else { "" };
    Some(
        found
            .saw(format!("the service nginx is {state}"))
            .then(place.host, format!("{unmask}sudo systemctl enable nginx")),
    )
}

/// Whether the files can be judged: nginx accepts them.
pub(super) fn accepted<'a>(place: &HostView<'a>) -> Option<&'a Conf> {
    let accepts = place.is_web() && place.machine.one("nginx.test") == Some("0");
    accepts.then_some(&place.machine.conf)
}
