//! Files that nginx's configuration names and that are not there, or are folders: links that lead nowhere, certificates that nobody
//! has made, folders for logs. Here text of nginx is matched.

use super::words::between;
use super::{Found, HostView};
use crate::model::glob;
use crate::model::message::{Message, message};
use crate::model::quote::{quote, typed};
use crate::planning::doctor::RELOAD;
use crate::planning::doctor::conf::Conf;
use crate::planning::doctor::directives::At;

/// The file that nginx speaks of.
fn file_of(words: &str) -> Option<&str> {
    let certificate = || between(words, "cannot load certificate \"", "\"");
    let key = || between(words, "cannot load certificate key \"", "\"");
    let parameters = || between(words, "BIO_new_file(\"", "\"");
    let unlike = || between(words, "SSL_CTX_use_PrivateKey(\"", "\"");
    let opened = || between(words, "open() \"", "\" failed").or_else(|| between(words, "read() \"", "\" failed"));
    certificate().or_else(key).or_else(parameters).or_else(unlike).or_else(opened)
}

/// Adds what to type where that is known.
pub(super) fn put_right(found: &mut Found, view: &HostView<'_>, words: &str) -> bool {
    let Some(file) = file_of(words) else { return false };
    let conf = &view.machine.conf;
    let add = |found: &mut Found, command: String, note: Message| {
        *found = std::mem::take(found).then(view.host, command).note(note).then(view.host, RELOAD);
        true
    };
    if words.contains("Is a directory") {
        let name = file.rsplit('/').next().unwrap_or("folder");
        let folder = format!("/etc/nginx/{name}");
        let used = conf.files.iter().any(|other| other.starts_with(&format!("{folder}/")));
        let to = if used { format!("/var/backups/{name}") } else { folder };
        return add(
            found,
            format!("sudo mv {} {}", typed(file), typed(&to)),
            message!("an include takes files, and this is a folder"),
        );
    }
    if words.contains("certificate") || words.contains("BIO_new_file(\"") {
        let Some(edit) = without_https(conf, file) else { return false };
        if words.contains("key values mismatch") {
            *found = std::mem::take(found).saw(message!("the key {} belongs to another certificate", file));
            let note = message!(
                "without these lines the site is there by http; with a pair that belongs together, take the # away"
            );
            return add(found, edit, note);
        }
        return add(
            found,
            edit,
            message!("there is no such certificate yet: without these lines the site is there by http"),
        );
    }
    if !words.contains("No such file") {
        return false;
    }
    if let Some(at) = conf.find(&format!("_log {file}")) {
        let folder = file.rsplit_once('/').map_or("/var/log/nginx", |(folder, _)| folder);
        *found = std::mem::take(found).saw(message!("{}: {}", at, conf.line(&at).unwrap_or_default()));
        return add(
            found,
            format!("sudo mkdir -p {}", typed(folder)),
            message!("nginx makes the files of its logs, and not their folders"),
        );
    }
    // Without a line, the folder is the one that is compiled in.
    if let Some((folder, _)) = file.rsplit_once('/').filter(|(folder, _)| folder.starts_with("/var/log/")) {
        return add(
            found,
            format!("sudo mkdir -p {}", typed(folder)),
            message!("nginx makes the files of its logs, and not their folders"),
        );
    }
    // What an include with a `*` finds is there by its name: a link, and what it leads to is not.
    let taken = conf.includes.iter().any(|include| include.pattern.contains('*') && glob::path(&include.pattern, file));
    if !taken {
        return false;
    }
    let name = file.rsplit('/').next().unwrap_or_default();
    let meant = conf.files.iter().find(|other| {
        other.as_str() != file && other.rsplit('/').next() == Some(name) && !other.contains("/sites-enabled/")
    });
    match meant {
        Some(meant) => add(
            found,
            format!("sudo ln -sfn {} {}", typed(meant), typed(file)),
            message!("the link leads nowhere: a path that begins with / leads to the same file from everywhere"),
        ),
        None => add(found, format!("sudo rm {}", typed(file)), message!("it is a link that leads nowhere")),
    }
}

/// Takes a server out that wants a certificate; of one that answers by http as well, what belongs to https.
fn without_https(conf: &Conf, file: &str) -> Option<String> {
    let at: At = conf.find(file)?;
    let lines = conf.lines(&at.file);
    let (first, last) = enclosing(lines, at.line)?;
    let inner =
        || lines.iter().filter(|(line, _)| (first..=last).contains(line)).map(|(line, text)| (line, text.trim()));
    let listens = |text: &str| text.starts_with("listen ");
    let secure = |text: &str| text.contains("443") || text.contains(" ssl");
    let http = inner().any(|(_, text)| listens(text) && !secure(text)) || !inner().any(|(_, text)| listens(text));
    let edit = if http {
        let own =
            |text: &str| text.starts_with("ssl_") || listens(text) && secure(text) || text.contains("options-ssl");
        let edits: Vec<String> =
            inner().filter(|(_, text)| own(text)).map(|(line, _)| format!("{line}s|^|# |")).collect();
        edits.join("; ")
    } else {
        format!("{first},{last}s|^|# |")
    };
    Some(format!("sudo sed -i --follow-symlinks {} {}", quote(&edit), typed(&at.file)))
}

/// The first and the last line of the `server { }` around a line.
fn enclosing(lines: &[(u32, String)], around: u32) -> Option<(u32, u32)> {
    let mut open: Vec<(u32, bool)> = Vec::new();
    for (line, text) in lines {
        let code = text.split('#').next().unwrap_or_default();
        for brace in code.chars().filter(|c| matches!(c, '{' | '}')) {
            if brace == '{' {
                open.push((*line, code.trim_start().starts_with("server")));
            } else if let Some((first, server)) = open.pop()
                && server
                && (first..=*line).contains(&around)
            {
                return Some((first, *line));
            }
        }
    }
    None
}
