//! Why an application ends right after each start: what it, Node.js and npm print then, what that means, and what to type.
//! Here, as in the table of `known_failures`, text of programs is matched: they have no other way to tell.

use super::HostView;
use super::edited::{changed, restored, undone};
use super::process_end::{End, log_line};
use super::project::{anew, project};
use super::started::started;
use crate::model::event::Component;
use crate::model::message::{Message, message};
use crate::model::quote::typed;
use crate::planning::doctor::found::Entry;

/// The entry with what its log says of the last end only: an earlier start may have ended for another reason.
fn last_end(entry: &Entry) -> Entry {
    let names = |line: &String| {
        let npm = ["code E", "issing script"].iter().any(|words| line.contains(words));
        // A shell says why it cannot start a program.
        line.contains("Error:") || line.starts_with("sh: ") || npm && !line.contains("ELIFECYCLE")
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

/// Why it ends, if that is known.
pub fn end(view: &HostView<'_>, entry: &Entry) -> Option<End> {
    let entry = &last_end(entry);
    let name = typed(&entry.name);
    if log_line(entry, "ERR_OSSL_EVP_UNSUPPORTED").is_some() {
        let here = Some(view.make(Component::Runtime));
        let because = message!("Its Node.js is too new for it.");
        let restart = format!("pm2 restart {name} --update-env && pm2 save");
        return Some(End { because, line: Some(restart), here, note: Message::default() });
    }
    if !entry.missing.is_empty() {
        let because = message!("pm2 is to run it with {}, which does not exist.", entry.missing);
        return Some(End::typed(because, format!("pm2 delete {name}; {}", view.start_anew())));
    }
    if let Some(started) = started(view, entry) {
        return Some(started);
    }
    of_log(view, entry).map(|end| undone(end, view, entry))
}

/// What its log says of its end.
fn of_log(view: &HostView<'_>, entry: &Entry) -> Option<End> {
    let (name, folder) = (typed(&entry.name), view.folder());
    let plain = |because: Message, line: String| Some(End::typed(because, line));
    let again = || format!("pm2 delete {name}; {}", view.start_anew());
    let restart = format!("pm2 restart {name} --update-env && pm2 save");
    let packages = || format!("cd {} && npm ci && {restart}", typed(&folder));
    if let Some(line) = log_line(entry, "not allowed in NODE_OPTIONS") {
        let option = line.split_whitespace().find(|word| word.starts_with("--")).unwrap_or("--openssl-legacy-provider");
        if option != "--openssl-legacy-provider" {
            let because = message!("Its Node.js does not know the option {} in NODE_OPTIONS.", option);
            return plain(because, format!("unset NODE_OPTIONS; {}", again()));
        }
        let because = message!("The option --openssl-legacy-provider needs Node.js 17 or later.");
        return plain(because, format!("unset NODE_OPTIONS; {}", again()));
    }
    if log_line(entry, "file watchers").is_some() {
        let because = message!("The kernel lets it watch too few files for its live reload.");
        let line = "echo fs.inotify.max_user_watches=524288 | sudo tee /etc/sysctl.d/60-watches.conf && sudo sysctl -p /etc/sysctl.d/60-watches.conf";
        return plain(because, format!("{line} && {restart}"));
    }
    if log_line(entry, "EADDRINUSE").or_else(|| log_line(entry, "already running on port")).is_some() {
        return plain(message!("Its port is taken."), port_taken(view, entry));
    }
    if log_line(entry, "EADDRNOTAVAIL").is_some() || log_line(entry, "getaddrinfo").is_some() && !entry.host.is_empty()
    {
        let because = message!(
            "It is told to listen on {}, which is not an address of this machine.",
            or(&entry.host, message!("an address"))
        );
        return plain(because, format!("HOST=0.0.0.0 {restart}"));
    }
    if log_line(entry, "listen EACCES").is_some() || log_line(entry, "ERR_SOCKET_BAD_PORT").is_some() {
        let because = message!("It may not use the port it asks for: {}.", or(&entry.port, message!("below 1024")));
        return plain(because, format!("PORT={} {restart}", view.port()));
    }
    if let Some(line) = log_line(entry, "ENOENT").filter(|line| line.contains("package.json")) {
        let at = between(line, "open '", "'").map_or_else(|| entry.cwd.clone(), |at| at.replace("/package.json", ""));
        if at != folder {
            return plain(message!("It was started in {}, where there is no package.json.", at), again());
        }
        return restored(view, message!("package.json is gone."), &["package.json"]);
    }
    if log_line(entry, "EJSONPARSE")
        .or_else(|| log_line(entry, "JSON.parse"))
        .or_else(|| log_line(entry, "in JSON at position"))
        .is_some()
    {
        return restored(
            view,
            message!("package.json cannot be read: there is a comma or quotation mark too many, or one is missing."),
            &["package.json"],
        );
    }
    if log_line(entry, "issing script").is_some() {
        let scripts = view.checkout().is_some_and(|checkout| !checkout.start.is_empty());
        if scripts {
            let because =
                message!("It was started with `{}`, a script that package.json does not have.", entry.program());
            return plain(because, again());
        }
        return restored(view, message!("package.json has no script `start` any more."), &["package.json"]);
    }
    if let Some(end) = module(view, entry) {
        return Some(end);
    }
    if let Some(program) = shut_program(entry) {
        let because = message!("Its program {} in node_modules/.bin may not be executed.", program);
        return plain(because, format!("cd {} && chmod +x node_modules/.bin/* && {restart}", typed(&folder)));
    }
    if log_line(entry, ": not found").is_some() {
        return plain(message!("A package is missing."), packages());
    }
    if log_line(entry, "heap out of memory").is_some() {
        let line = format!("{} && {restart}", super::machine::SWAP);
        return plain(message!("It needs more memory than it gets."), line);
    }
    program(view, entry)
}

/// A program of a package that a shell may not execute: copied by something that knows no such permission.
pub(super) fn shut_program(entry: &Entry) -> Option<&str> {
    let line = log_line(entry, ": Permission denied").filter(|line| line.trim_start().starts_with("sh: "))?;
    let program = line.strip_suffix(": Permission denied").unwrap_or(line).rsplit(": ").next()?;
    (!matches!(program, "node" | "npm" | "yarn") && !program.contains('/')).then_some(program)
}

/// It is not the project's server that was started, and what was started has nothing left to do; or the project is not as git has it.
pub fn unlike(view: &HostView<'_>, entry: &Entry) -> Option<End> {
    if !project(view, entry) {
        return changed(view, entry);
    }
    let because = message!(
        "It was started as `{}`, which is not what the project is started with: `npm start`.",
        entry.program()
    );
    Some(End { because, line: Some(anew(view)), here: None, note: Message::default() })
}

fn or(text: &str, other: Message) -> Message {
    if text.is_empty() { other } else { Message::from(text.to_owned()) }
}

/// Two applications of one pm2 want the same port: the one in the lab's folder is meant.
fn port_taken(view: &HostView<'_>, entry: &Entry) -> String {
    let holder = view
        .entries()
        .find(|other| other.owner == entry.owner && other.id != entry.id && !view.machine.ports_of(other).is_empty());
    match holder {
        Some(other) if other.cwd == entry.cwd => format!("pm2 delete {} && pm2 save", entry.id),
        Some(other) => {
            format!("pm2 delete {} && pm2 restart {} && pm2 save", other.id, typed(&entry.name))
        }
        None => format!("ss -ltnp; pm2 restart {}", typed(&entry.name)),
    }
}

/// A module that is not found: a package, a file of the application, or the very script.
fn module(view: &HostView<'_>, entry: &Entry) -> Option<End> {
    let line = log_line(entry, "Cannot find module").or_else(|| log_line(entry, "an't resolve"))?;
    let wanted = between(line, "'", "'").unwrap_or_default();
    let (folder, name) = (typed(&view.folder()), typed(&entry.name));
    let own = wanted.starts_with('.') || wanted.starts_with(&format!("{}/", view.folder()));
    let (because, line) = if wanted == entry.script || wanted.starts_with('/') && !own {
        (
            message!("It was started with {}, which does not exist.", wanted),
            format!("pm2 delete {name}; {}", view.start_anew()),
        )
    } else if own && !wanted.contains("node_modules") {
        // It is there no more, or something names one that never was.
        let gone = wanted.strip_prefix(&format!("{}/", view.folder())).unwrap_or(wanted);
        let edited =
            changed(view, entry).filter(|_| !view.machine.lines("changed").iter().any(|line| line.contains(gone)));
        if let Some(edited) = edited {
            return Some(End {
                because: message!("One of its files is missing: {}. {}", wanted, edited.because),
                ..edited
            });
        }
        let line = format!(
            "cd {folder} && git ls-files -d -z | xargs -0 -r git checkout -- && pm2 restart {name} && pm2 save"
        );
        (message!("One of its files is missing: {}.", wanted), line)
    } else {
        let line = format!("cd {folder} && npm ci && pm2 restart {name} && pm2 save");
        (message!("A package is missing: {}.", or(wanted, message!("see its log"))), line)
    };
    Some(End { because, line: Some(line), here: None, note: Message::default() })
}

/// The program itself is wrong: Node.js names the file and the line.
fn program(view: &HostView<'_>, entry: &Entry) -> Option<End> {
    let error =
        ["SyntaxError", "ReferenceError", "TypeError", "RangeError"].iter().find_map(|kind| log_line(entry, kind))?;
    let folder = format!("{}/", view.folder());
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
    let because = message!("{} has a mistake in line {}: {}.", file, number, error.trim().trim_end_matches('.'));
    restored(view, because, &[&file])
}
