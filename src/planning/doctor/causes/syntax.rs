//! What nginx refuses its files for, and the edit that puts it right: checked against the line that it edits.

use super::nginx::{HOST_NOT_FOUND, refused};
use super::refused::put_right;
use super::refused::{between, place_of};
use super::{Cause, Found, HostView, Layer};
use crate::model::quote::{quote, typed};
use crate::planning::doctor::RELOAD;
use crate::planning::doctor::directives::At;

pub const CAUSES: &[Cause] = &[
    Cause { name: "include-place", layer: Layer::Nginx, blocks: true, look: outside_http },
    Cause { name: "upstream-twice", layer: Layer::Nginx, blocks: true, look: upstream_twice },
    Cause { name: "nginx-syntax", layer: Layer::Nginx, blocks: true, look: syntax },
];

/// Where nginx says that it stumbles.
fn at_of(words: &str) -> Option<At> {
    let at = words.rsplit(" in ").next()?;
    (at.starts_with('/') && at.contains(':')).then(|| place_of(at))
}

/// `… directive is not allowed here`, in a file that the main file includes outside of `http { }`.
fn outside_http(place: &HostView<'_>) -> Option<Found> {
    let words = refused(place).filter(|words| words.contains("directive is not allowed here"))?;
    let (at, conf) = (at_of(words)?, &place.machine.conf);
    let include = conf.includes_of(&at.file).find(|include| !include.in_http)?;
    let http = conf.http.as_ref()?;
    let found = Found::new(format!(
        "{} includes {} outside of `http {{ }}`, where no site may stand: nginx refuses its files.",
        include.at.file, include.pattern
    ));
    let found = found.saw(format!("nginx -t: {words}")).saw(format!("{}: include {};", include.at, include.pattern));
    let found = found.saw(format!("{http}: http {{"));
    let file = typed(&include.at.file);
    let edit = if conf.includes_of(&at.file).any(|include| include.in_http) {
        format!("sudo sed -i --follow-symlinks {}d {file}", include.at.line)
    } else {
        let line = quote(&format!("{}a\\    include {};", http.line, include.pattern));
        format!("sudo sed -i --follow-symlinks -e {}d -e {line} {file}", include.at.line)
    };
    Some(found.then(place.host, edit).note("it goes below the line `http {`").then(place.host, RELOAD))
}

/// Words in the names of files that are somebody's copies.
const COPIES: &[&str] = &["copy", "bak", "backup", "old", "orig", "save", "~", " ", "(", "dpkg-", "test", "new"];

/// Two upstreams of one name: one file is a copy of the other, or was written after its model.
fn upstream_twice(place: &HostView<'_>) -> Option<Found> {
    let words = refused(place).filter(|words| words.starts_with("duplicate upstream"))?;
    let name = between(words, "\"", "\"")?;
    let conf = &place.machine.conf;
    let blocks: Vec<&At> = conf.upstream_blocks.iter().filter(|(other, _)| other == name).map(|(_, at)| at).collect();
    let [first, second, ..] = blocks.as_slice() else { return None };
    let found =
        Found::new(format!("There are two upstreams `{name}`: nginx takes none of its files until one is gone."));
    let found = found
        .saw(format!("nginx -t: {words}"))
        .saw(format!("{first}: upstream {name}"))
        .saw(format!("{second}: upstream {name}"));
    let (original, copy) = if is_copy(place, first, second) { (second, first) } else { (first, second) };
    let names = |file: &str| -> Vec<&str> {
        let all = conf.servers.iter().filter(|server| server.at.file == file).flat_map(|server| &server.names);
        all.map(|(name, _)| name.as_str()).collect()
    };
    let (theirs, its) = (names(&original.file), names(&copy.file));
    let other_site = !its.is_empty() && its.iter().any(|name| !theirs.contains(name));
    let file = typed(&copy.file);
    Some(if copy.file == original.file {
        found
            .sed(place, copy, &format!("s|{name}|{name}_2|"))
            .note("and write that name after `proxy_pass http://` where it is meant")
            .then(place.host, RELOAD)
    } else if other_site {
        // Another site, written after the model of the first: it gets an upstream of its own.
        let edit = quote(&format!("s|\\(upstream *\\){name}\\b|\\1{name}_2|; s|//{name}\\b|//{name}_2|"));
        found.then(place.host, format!("sudo sed -i --follow-symlinks {edit} {file}")).then(place.host, RELOAD)
    } else {
        let aside = copy.file.rsplit('/').next().unwrap_or("copy");
        found
            .then(place.host, format!("sudo mv {file} {}", typed(&format!("/var/backups/{aside}"))))
            .note(format!("it looks like a copy of {}", original.file))
            .then(place.host, RELOAD)
    })
}

/// Whether the first of two files is the copy: by its name, else by its age.
fn is_copy(place: &HostView<'_>, first: &At, second: &At) -> bool {
    let named = |at: &At| {
        let name = at.file.rsplit('/').next().unwrap_or_default().to_lowercase();
        COPIES.iter().any(|word| name.contains(word)) || name.ends_with(|c: char| c.is_ascii_digit())
    };
    let age = |at: &At| {
        place.machine.lines("nginx.age").iter().find_map(|line| {
            let (seconds, file) = line.split_once(' ')?;
            (file == at.file).then(|| seconds.parse::<u64>().ok())?
        })
    };
    match (named(first), named(second)) {
        (true, false) => true,
        (false, true) => false,
        // nginx reads the files by name; what was written last is the copy.
        _ => age(first) > age(second),
    }
}

fn syntax(place: &HostView<'_>) -> Option<Found> {
    let words = refused(place)?;
    if words.starts_with(HOST_NOT_FOUND) || outside_http(place).is_some() || upstream_twice(place).is_some() {
        return None;
    }
    let found = Found::new("nginx does not accept its files: it cannot be started or reloaded until they are right.");
    let found = found.saw(format!("nginx -t: {words}"));
    let found = found.saw_all(place.machine.lines("nginx.broken").iter().map(|line| format!("line {line}")));
    Some(put_right(found, place, words, at_of(words)))
}
