//! nginx as a program: installed, accepting its files, running, and at boot.

use super::refused::parse_at;
use super::units::without_drop_ins;
use super::{Cause, Found, HostView, Layer};
use crate::model::message::message;
use crate::model::problem::did_you_mean;
use crate::planning::doctor::RELOAD;
use crate::planning::doctor::conf::Conf;
use crate::planning::doctor::directives::At;

/// What hides everything behind it.
const fn blocking(name: &'static str, find: fn(&HostView<'_>) -> Option<Found>) -> Cause {
    Cause { name, layer: Layer::Nginx, blocks: true, find }
}

pub const CAUSES: &[Cause] = &[
    Cause { name: "nginx-missing", layer: Layer::Packages, blocks: true, find: missing },
    blocking("proxy-pass-name", unknown_name),
    blocking("port-80-taken", taken),
    blocking("nginx-stopped", stopped),
    Cause { name: "nginx-not-at-boot", layer: Layer::Nginx, blocks: false, find: not_at_boot },
];

fn missing(view: &HostView<'_>) -> Option<Found> {
    view.machine.one("nginx.missing").filter(|_| view.is_web())?;
    let found =
        Found::new(message!("nginx is not installed on {}.", view.host)).saw(message!("there is no program nginx"));
    Some(found.then(view.host, "sudo apt update && sudo apt install nginx"))
}

/// What `nginx -t` refuses the files for, without its mark.
pub(super) fn refused<'a>(view: &HostView<'a>) -> Option<&'a str> {
    if !view.is_web() || view.machine.one("nginx.test").is_none_or(|code| code == "0") {
        return None;
    }
    let output = view.machine.lines("nginx.says");
    let of = |mark: &str| output.iter().find_map(|line| words_after(line, mark));
    // What it cannot read at all, it calls critical.
    of("[emerg] ").or_else(|| of("[crit] ")).or_else(|| of("[alert] "))
}

/// What nginx says behind a mark, without the numbers of its process.
pub(super) fn words_after<'a>(line: &'a str, mark: &str) -> Option<&'a str> {
    let (_, words) = line.split_once(mark)?;
    let number =
        words.split_once("#").is_some_and(|(pid, _)| !pid.is_empty() && pid.bytes().all(|b| b.is_ascii_digit()));
    if number { words.split_once(": ").map(|(_, words)| words) } else { Some(words) }
}

pub(super) const HOST_NOT_FOUND: &str = "host not found in upstream \"";

fn unknown_name(view: &HostView<'_>) -> Option<Found> {
    let words = refused(view)?;
    let name = words.strip_prefix(HOST_NOT_FOUND)?.split('"').next()?;
    let at = words.rsplit(" in ").next().unwrap_or_default();
    let known: Vec<String> = named(view).collect();
    let (host, _) = name.split_once(':').unwrap_or((name, ""));
    let found = Found::new(message!(
        "nginx is told to pass requests to `{}`, but no upstream or machine has that name: it rejects its configuration.",
        name
    ));
    let found = found
        .saw(message!("nginx -t: {}", words))
        .saw_all(view.machine.lines("nginx.broken").last().map(|line| message!("{}: {}", at, after_number(line))));
    let near = did_you_mean(name, known.iter().map(String::as_str)).map(str::to_owned);
    let found = match &near {
        Some(near) => found.saw(message!("there is an upstream {}: is that the one?", near)),
        None if known.is_empty() => found.saw(message!("there is no upstream block")),
        None => found.saw(message!("upstreams that exist: {}", known.join(", "))),
    };
    // The name of a machine of the lab, which only its inventory knows; else the only upstream; else the first application.
    let machine = view.inventory.hosts.iter().find(|each| each.name.as_str() == host);
    let socket = || machine.map(|machine| view.at(&machine.name).socket());
    let only = || known.first().filter(|_| known.len() == 1).cloned();
    let first = || view.sites.first()?.servers.first().map(|server| view.server(server).socket());
    let at = parse_at(at);
    // Within an upstream stands the address of an application.
    let inner = view.machine.conf.line(&at).is_some_and(|line| line.starts_with("server "));
    let address = || inner.then(|| super::sockets::socket(view, name));
    let right = near.filter(|_| !inner).or_else(socket).or_else(address).or_else(only).or_else(first)?;
    // The same slip stands wherever the name was copied to.
    let found = places_of(view, &at, name).iter().fold(found, |found, at| found.change_only(view, at, name, &right));
    Some(found.then(view.host, RELOAD))
}

/// The lines of a file that ask for a name, or the one that nginx speaks of.
fn places_of(view: &HostView<'_>, at: &At, name: &str) -> Vec<At> {
    let asks = |text: &str| text.trim_start().starts_with("proxy_pass") && text.contains(&format!("://{name};"));
    let lines = view.machine.conf.lines(&at.file).iter().filter(|(_, text)| asks(text));
    let all: Vec<At> = lines.map(|(line, _)| At { file: at.file.clone(), line: *line }).collect();
    if all.contains(at) { all } else { vec![at.clone()] }
}

/// The names of upstreams.
fn named<'a>(view: &'a HostView<'a>) -> impl Iterator<Item = String> + 'a {
    view.machine.conf.upstreams.keys().cloned()
}

fn after_number(line: &str) -> &str {
    line.split_once(": ").map_or(line, |(_, text)| text).trim()
}

/// Another nginx than the service's, started by hand with files of its own.
fn second(view: &HostView<'_>) -> Option<Found> {
    let main = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = words.iter().position(|word| *word == "-c")?;
        words.get(at + 1).map(|file| (*file).to_owned())
    };
    let masters =
        view.machine.processes.iter().filter(|(_, process)| process.line.starts_with("nginx: master process"));
    let mut others = masters.filter_map(|(pid, process)| Some((pid, process, main(&process.line)?)));
    let (pid, process, file) = others.find(|(.., file)| file != "/etc/nginx/nginx.conf")?;
    let found = Found::new(message!(
        "Another nginx has port 80 on {}: somebody started it by hand, with {} instead of /etc/nginx/nginx.conf.",
        view.host,
        file
    ));
    let found = found.saw(message!("process {} of {}: {}", pid, process.user, process.line));
    Some(found.then(view.host, format!("sudo kill {pid}; sleep 1; sudo systemctl restart nginx")))
}

fn taken(view: &HostView<'_>) -> Option<Found> {
    if let Some(found) = view.is_web().then(|| second(view)).flatten() {
        return Some(found);
    }
    let listen = view
        .is_web()
        .then(|| view.machine.listens.iter().find(|listen| listen.port == 80 && listen.program != "nginx"))
        .flatten()?;
    let service = match listen.program.as_str() {
        program @ ("apache2" | "caddy" | "lighttpd" | "haproxy" | "httpd") => program,
        _ => "",
    };
    let line = listen
        .pid
        .and_then(|pid| view.machine.processes.get(&pid))
        .map_or(listen.program.as_str(), |process| process.line.as_str());
    let found = Found::new(message!("{} has port 80 on {}, so nginx cannot use it.", listen.program, view.host));
    let pid = listen.pid.map_or_else(|| "?".to_owned(), |pid| pid.to_string());
    let found = found.saw(message!("process {} listens on {}:80: {}", pid, listen.address, line));
    let unit =
        listen.pid.and_then(|pid| view.machine.one(&format!("unit.{pid}"))).and_then(|unit| unit.split(' ').next());
    let end = match (service, unit) {
        ("", None) if listen.program == "docker-proxy" => {
            "sudo docker stop $(sudo docker ps -q --filter publish=80)".to_owned()
        }
        ("", None) => format!("sudo kill {pid}; sleep 1"),
        ("", Some(unit)) => format!("sudo systemctl disable --now {unit}"),
        (service, _) => format!("sudo systemctl disable --now {service}"),
    };
    Some(found.then(view.host, format!("{end}; sudo systemctl restart nginx")))
}

fn runs(view: &HostView<'_>) -> bool {
    view.machine.processes.values().any(|process| process.line.starts_with("nginx: master process"))
}

fn stopped(view: &HostView<'_>) -> Option<Found> {
    let unit = view.machine.one("nginx.unit").filter(|_| view.is_web() && !runs(view))?;
    let state = unit.split(' ').nth(1).unwrap_or("not there");
    let found = Found::new(message!("nginx is not running on {}: every visitor's connection is refused.", view.host));
    let found = found.saw(message!("the service nginx is {}", state));
    let masked = unit.split(' ').any(|word| word == "masked");
    let unmask = if masked { "sudo systemctl unmask nginx && " } else { "" };
    // Files that nginx takes are not why it fails.
    let fails = state == "failed" && view.machine.one("nginx.test") == Some("0");
    let found = if fails { without_drop_ins(found, view, "nginx") } else { found };
    Some(found.then(view.host, format!("{unmask}sudo nginx -t && sudo systemctl restart nginx")))
}

fn not_at_boot(view: &HostView<'_>) -> Option<Found> {
    let unit = view.machine.one("nginx.unit").filter(|_| view.is_web())?;
    let state = unit.split(' ').nth(2).filter(|state| matches!(*state, "disabled" | "masked"))?;
    let found = Found::new(message!("nginx does not start when {} boots.", view.host));
    let unmask = if state == "masked" { "sudo systemctl unmask nginx && " } else { "" };
    Some(
        found
            .saw(message!("the service nginx is {}", state))
            .then(view.host, format!("{unmask}sudo systemctl enable nginx")),
    )
}

/// Whether the files can be judged: nginx accepts them.
pub(super) fn accepted<'a>(view: &HostView<'a>) -> Option<&'a Conf> {
    let accepts = view.is_web() && view.machine.one("nginx.test") == Some("0");
    accepts.then_some(&view.machine.conf)
}
