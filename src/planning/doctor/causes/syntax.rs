//! What nginx refuses its files for, and the edit that puts it right: checked against the line that it edits.

use super::nginx::{HOST_NOT_FOUND, refused};
use super::refused::{parse_at, put_right};
use super::words::between;
use super::{Cause, Found, HostView, Layer};
use crate::model::message::message;
use crate::model::quote::{quote, typed};
use crate::planning::doctor::RELOAD;
use crate::planning::doctor::directives::At;

pub const CAUSES: &[Cause] = &[
    Cause { name: "include-place", layer: Layer::Nginx, blocks: true, find: outside_http },
    Cause { name: "nginx-conf-replaced", layer: Layer::Nginx, blocks: true, find: overwritten },
    Cause { name: "upstream-twice", layer: Layer::Nginx, blocks: true, find: upstream_twice },
    Cause { name: "nginx-syntax", layer: Layer::Nginx, blocks: true, find: syntax },
];

/// Where nginx says that it stumbles.
fn at_of(words: &str) -> Option<At> {
    let at = words.rsplit(" in ").next()?;
    (at.starts_with('/') && at.contains(':')).then(|| parse_at(at))
}

/// `… directive is not allowed here`, in a file that the main file includes outside of `http { }`.
fn outside_http(view: &HostView<'_>) -> Option<Found> {
    let words = refused(view).filter(|words| words.contains("directive is not allowed here"))?;
    let (at, conf) = (at_of(words)?, &view.machine.conf);
    let include = conf.includes_of(&at.file).find(|include| !include.in_http)?;
    let http = conf.http.as_ref()?;
    let found = Found::new(message!(
        "{} includes {} outside `http {{ }}`, where no site may be: nginx rejects its configuration.",
        include.at.file,
        include.pattern
    ));
    let found =
        found.saw(message!("nginx -t: {}", words)).saw(message!("{}: include {};", include.at, include.pattern));
    let found = found.saw(message!("{}: http {{", http));
    let file = typed(&include.at.file);
    let edit = if conf.includes_of(&at.file).any(|include| include.in_http) {
        format!("sudo sed -i --follow-symlinks {}d {file}", include.at.line)
    } else {
        let line = quote(&format!("{}a\\    include {};", http.line, include.pattern));
        format!("sudo sed -i --follow-symlinks -e {}d -e {line} {file}", include.at.line)
    };
    Some(found.then(view.host, edit).note(message!("it goes below the line `http {{`")).then(view.host, RELOAD))
}

/// Words in the names of files that are somebody's copies.
const COPIES: &[&str] = &["copy", "bak", "backup", "old", "orig", "save", "~", " ", "(", "dpkg-", "test", "new"];

/// Two upstreams of one name: one file is a copy of the other, or was written after its model.
fn upstream_twice(view: &HostView<'_>) -> Option<Found> {
    let words = refused(view).filter(|words| words.starts_with("duplicate upstream"))?;
    let name = between(words, "\"", "\"")?;
    let conf = &view.machine.conf;
    let blocks: Vec<&At> = conf.upstream_blocks.iter().filter(|(other, _)| other == name).map(|(_, at)| at).collect();
    let [first, second, ..] = blocks.as_slice() else { return None };
    let found = Found::new(message!(
        "There are two upstreams named `{}`: nginx rejects its whole configuration until one is gone.",
        name
    ));
    let found = found.saw(message!("nginx -t: {}", words)).saw(message!("{}: upstream {}", first, name)).saw(message!(
        "{}: upstream {}",
        second,
        name
    ));
    let (original, copy) = if is_copy(view, first, second) { (second, first) } else { (first, second) };
    let names = |file: &str| -> Vec<&str> {
        let all = conf.servers.iter().filter(|server| server.at.file == file).flat_map(|server| &server.names);
        all.map(|(name, _)| name.as_str()).collect()
    };
    let (theirs, its) = (names(&original.file), names(&copy.file));
    let other_site = !its.is_empty() && its.iter().any(|name| !theirs.contains(name));
    let file = typed(&copy.file);
    Some(if copy.file == original.file {
        found
            .sed(view, copy, &format!("s|{name}|{name}_2|"))
            .note(message!("and write that name after `proxy_pass http://` where it is meant"))
            .then(view.host, RELOAD)
    } else if other_site {
        // Another site, written after the model of the first: it gets an upstream of its own.
        let edit = quote(&format!("s|\\(upstream *\\){name}\\b|\\1{name}_2|; s|//{name}\\b|//{name}_2|"));
        found.then(view.host, format!("sudo sed -i --follow-symlinks {edit} {file}")).then(view.host, RELOAD)
    } else {
        let aside = copy.file.rsplit('/').next().unwrap_or("copy");
        found
            .then(view.host, format!("sudo mv {file} {}", typed(&format!("/var/backups/{aside}"))))
            .note(message!("it looks like a copy of {}", original.file))
            .then(view.host, RELOAD)
    })
}

/// Whether the first of two files is the copy: by its name, else by its age.
fn is_copy(view: &HostView<'_>, first: &At, second: &At) -> bool {
    let named = |at: &At| {
        let name = at.file.rsplit('/').next().unwrap_or_default().to_lowercase();
        COPIES.iter().any(|word| name.contains(word)) || name.ends_with(|c: char| c.is_ascii_digit())
    };
    let age = |at: &At| {
        view.machine.lines("nginx.age").iter().find_map(|line| {
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

/// What nginx.conf holds when it is installed, with the lab's folder.
fn standard(view: &HostView<'_>) -> String {
    let folder = view.variable("nginx", "folder");
    let own = if folder.is_empty() { String::new() } else { format!(" include /etc/nginx/{folder}/*.conf;") };
    let lines = [
        "user www-data; worker_processes auto; pid /run/nginx.pid;".to_owned(),
        "include /etc/nginx/modules-enabled/*.conf;".into(),
        "events { worker_connections 768; }".into(),
        "http { sendfile on; include /etc/nginx/mime.types; default_type application/octet-stream;".into(),
        "access_log /var/log/nginx/access.log; error_log /var/log/nginx/error.log;".into(),
        format!("include /etc/nginx/conf.d/*.conf; include /etc/nginx/sites-enabled/*;{own} }}"),
    ];
    lines.map(|line| quote(&line)).join(" ")
}

/// nginx.conf was replaced by a site, or emptied: what holds everything together is gone.
fn overwritten(view: &HostView<'_>) -> Option<Found> {
    let words = refused(view)?;
    let main = "/etc/nginx/nginx.conf";
    let lines = view.machine.conf.lines(main);
    let begins = |name: &str| {
        lines.iter().any(|(_, text)| {
            text.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('{') || rest.trim().is_empty())
        })
    };
    // `http {` itself may be what a slip has hidden.
    if begins("http") || begins("events") {
        return None;
    }
    let found = Found::new(message!(
        "{} is no longer nginx's own: it has neither `events {{ }}` nor `http {{ }}`, as if a site had been pasted over it.",
        main
    ));
    let found = found.saw(message!("nginx -t: {}", words));
    let found = found.saw_all(lines.iter().take(3).map(|(line, text)| message!("{}:{}: {}", main, line, text.clone())));
    let line = format!("sudo cp {main} {main}.mine; printf '%s\\n' {} | sudo tee {main} > /dev/null", standard(view));
    Some(found.then(view.host, line).note(message!("what was there is kept as {}.mine", main)).then(view.host, RELOAD))
}

fn syntax(view: &HostView<'_>) -> Option<Found> {
    let words = refused(view)?;
    if words.starts_with(HOST_NOT_FOUND)
        || outside_http(view).is_some()
        || upstream_twice(view).is_some()
        || overwritten(view).is_some()
    {
        return None;
    }
    let found = Found::new(message!("nginx rejects its configuration: it cannot start or reload until that is fixed."));
    let found = found.saw(message!("nginx -t: {}", words));
    let found = found.saw_all(view.machine.lines("nginx.broken").iter().map(|line| message!("line {}", line)));
    Some(put_right(found, view, words, at_of(words)))
}
