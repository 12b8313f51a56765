//! Why an application ends right after each start: what it, Node.js and npm print then, what that means, and what to type.
//! Here, as in the table of `failure_hints`, text of programs is matched: they have no other way to tell.

use super::{Found, HostView};
use crate::model::event::Component;
use crate::model::name::HostName;
use crate::model::quote::typed;
use crate::planning::doctor::found::Entry;

/// A reason, found.
pub struct End {
    /// What it means, in a sentence.
    pub because: String,
    /// What to type, as the owner; none: see `here`.
    line: Option<String>,
    /// What to type on this computer, first.
    here: Option<String>,
    note: &'static str,
}

impl End {
    /// Adds what to type.
    pub fn mended(self, found: Found, place: &HostView<'_>) -> Found {
        let found = match self.here {
            Some(here) => found.then(&HostName::controller(), here),
            None => found,
        };
        let found = match self.line {
            Some(line) => found.then_as_owner(place, &line),
            None => found,
        };
        if self.note.is_empty() { found } else { found.note(self.note) }
    }
}

fn says<'a>(entry: &'a Entry, words: &str) -> Option<&'a str> {
    entry.errors.iter().chain(&entry.out).rev().map(String::as_str).find(|line| line.contains(words))
}

/// The entry with what its log says of the last end only: an earlier start may have ended for another reason.
fn last_end(entry: &Entry) -> Entry {
    let names = |line: &String| {
        let npm = ["code E", "issing script"].iter().any(|words| line.contains(words));
        line.contains("Error:") || npm && !line.contains("ELIFECYCLE")
    };
    let mut last = entry.clone();
    // The line before it may be the place: `/home/…/index.js:1`.
    let first = last.errors.iter().rposition(names).map_or(0, |at| at.saturating_sub(1));
    last.errors.drain(..first);
    last
}

/// What stands between two words of a line.
fn between<'a>(line: &'a str, before: &str, after: &str) -> Option<&'a str> {
    line.split_once(before)?.1.split_once(after).map(|(inner, _)| inner)
}

const KEPT: &str = "what was written there stays beside it, as FILE.mine";

/// Why it ends, if that is known.
pub fn end(place: &HostView<'_>, entry: &Entry) -> Option<End> {
    let entry = &last_end(entry);
    let name = typed(&entry.name);
    let folder = place.folder();
    let plain =
        |because: &str, line: String| Some(End { because: because.to_owned(), line: Some(line), here: None, note: "" });
    let anew = || format!("pm2 delete {name}; {}", place.start_anew());
    let restart = format!("pm2 restart {name} --update-env && pm2 save");
    let packages = || format!("cd {} && npm ci && {restart}", typed(&folder));
    if says(entry, "ERR_OSSL_EVP_UNSUPPORTED").is_some() {
        let here = Some(place.make(Component::Runtime));
        return Some(End { because: "Its Node.js is too new for it.".into(), line: Some(restart), here, note: "" });
    }
    if says(entry, "not allowed in NODE_OPTIONS").is_some() {
        let because = "The option --openssl-legacy-provider is for Node.js 17 and later only.";
        return plain(because, format!("unset NODE_OPTIONS; {}", anew()));
    }
    if says(entry, "file watchers").is_some() {
        let because = "The kernel lets it watch too few files for its live reload.";
        let line = "echo fs.inotify.max_user_watches=524288 | sudo tee /etc/sysctl.d/60-watches.conf && sudo sysctl -p /etc/sysctl.d/60-watches.conf";
        return plain(because, format!("{line} && {restart}"));
    }
    if says(entry, "EADDRINUSE").or_else(|| says(entry, "already running on port")).is_some() {
        return plain("Its port is taken.", port_taken(place, entry));
    }
    if says(entry, "EADDRNOTAVAIL").is_some() || says(entry, "getaddrinfo").is_some() && !entry.host.is_empty() {
        let because =
            format!("It is to listen on {}, which is no address of this machine.", or(&entry.host, "an address"));
        return plain(&because, format!("HOST=0.0.0.0 {restart}"));
    }
    if says(entry, "listen EACCES").is_some() || says(entry, "ERR_SOCKET_BAD_PORT").is_some() {
        let because = format!("It may not have the port {} that it asks for.", or(&entry.port, "below 1024"));
        return plain(&because, format!("PORT={} {restart}", place.port()));
    }
    if let Some(line) = says(entry, "ENOENT").filter(|line| line.contains("package.json")) {
        let at = between(line, "open '", "'").map_or_else(|| entry.cwd.clone(), |at| at.replace("/package.json", ""));
        if at != folder {
            return plain(&format!("It was started in {at}, where there is no package.json."), anew());
        }
        return restored(place, "package.json is gone.", "package.json");
    }
    if says(entry, "EJSONPARSE")
        .or_else(|| says(entry, "JSON.parse"))
        .or_else(|| says(entry, "in JSON at position"))
        .is_some()
    {
        return restored(
            place,
            "package.json cannot be read: a comma or a quotation mark too much, or one too few.",
            "package.json",
        );
    }
    if says(entry, "issing script").is_some() {
        let scripts = place.checkout().is_some_and(|checkout| !checkout.start.is_empty());
        if scripts {
            let because =
                format!("It was started with `{}`, a script that package.json does not have.", entry.program());
            return plain(&because, anew());
        }
        return restored(place, "package.json has no script `start` any more.", "package.json");
    }
    if let Some(end) = module(place, entry) {
        return Some(end);
    }
    if says(entry, ": not found").is_some() {
        return plain("A package is missing.", packages());
    }
    if says(entry, "heap out of memory").is_some() {
        let line = format!("{} && {restart}", super::machine::SWAP);
        return plain("It wants more memory than it gets.", line);
    }
    program(place, entry)
}

fn or<'a>(text: &'a str, other: &'a str) -> &'a str {
    if text.is_empty() { other } else { text }
}

/// Two applications of one pm2 want the same port: the one in the lab's folder is meant.
fn port_taken(place: &HostView<'_>, entry: &Entry) -> String {
    let holder =
        place.machine.entries.iter().find(|other| {
            other.owner == entry.owner && other.id != entry.id && !place.machine.ports_of(other).is_empty()
        });
    match holder {
        Some(other) if other.cwd == entry.cwd => format!("pm2 delete {} && pm2 save", entry.id),
        Some(other) => {
            format!("pm2 delete {} && pm2 restart {} && pm2 save", other.id, typed(&entry.name))
        }
        None => format!("ss -ltnp; pm2 restart {}", typed(&entry.name)),
    }
}

/// A file of the checkout as git has it; what is there now is kept beside it.
fn restored(place: &HostView<'_>, because: &str, file: &str) -> Option<End> {
    let (folder, name) = (typed(&place.folder()), typed(&place.name()));
    let file = typed(file);
    let line = format!(
        "cd {folder} && {{ [ ! -e {file} ] || cp {file} {file}.mine; }} && git checkout -- {file} && pm2 restart {name} && pm2 save"
    );
    Some(End { because: because.to_owned(), line: Some(line), here: None, note: KEPT })
}

/// A module that is not found: a package, a file of the application, or the very script.
fn module(place: &HostView<'_>, entry: &Entry) -> Option<End> {
    let line = says(entry, "Cannot find module").or_else(|| says(entry, "an't resolve"))?;
    let wanted = between(line, "'", "'").unwrap_or_default();
    let (folder, name) = (typed(&place.folder()), typed(&entry.name));
    let own = wanted.starts_with('.') || wanted.starts_with(&format!("{}/", place.folder()));
    let (because, line) = if wanted == entry.script || wanted.starts_with('/') && !own {
        (
            format!("It was started with {wanted}, which does not exist."),
            format!("pm2 delete {name}; {}", place.start_anew()),
        )
    } else if own && !wanted.contains("node_modules") {
        let line = format!(
            "cd {folder} && git ls-files -d -z | xargs -0 -r git checkout -- && pm2 restart {name} && pm2 save"
        );
        (format!("A file of it is missing: {wanted}."), line)
    } else {
        let line = format!("cd {folder} && npm ci && pm2 restart {name} && pm2 save");
        (format!("A package is missing: {}.", or(wanted, "see its log")), line)
    };
    Some(End { because, line: Some(line), here: None, note: "" })
}

/// The program itself is wrong: Node.js names the file and the line.
fn program(place: &HostView<'_>, entry: &Entry) -> Option<End> {
    let error =
        ["SyntaxError", "ReferenceError", "TypeError", "RangeError"].iter().find_map(|kind| says(entry, kind))?;
    let folder = format!("{}/", place.folder());
    let all = || entry.errors.iter().chain(&entry.out);
    // `/home/…/index.js:1` alone on a line, or in a stack.
    let own = all().rev().find_map(|line| {
        let at = line.find(&folder)?;
        let rest = &line[at + folder.len()..];
        let end = rest.find([')', ' ']).unwrap_or(rest.len());
        let mut parts = rest[..end].split(':');
        let (file, number) = (parts.next()?, parts.next()?.parse::<u32>().ok()?);
        (!file.contains("node_modules")).then(|| (file.to_owned(), number))
    })?;
    let (file, number) = own;
    let because = format!("{file} has a mistake in line {number}: {}.", error.trim().trim_end_matches('.'));
    restored(place, &because, &file)
}
