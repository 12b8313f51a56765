//! What somebody has edited of a project, in the eyes of its git, and what puts it back: what fails over its own files is not helped by
//! starting it anew.

use super::HostView;
use super::process_end::{End, log_line};
use crate::model::message::{Message, message};
use crate::model::quote::typed;
use crate::planning::doctor::found::Entry;

/// Files of the application that are not as git has them. Those that the inventory declares, and what npm writes, may differ.
pub fn changed(view: &HostView<'_>, entry: &Entry) -> Option<End> {
    let files = edited(view, entry);
    if files.is_empty() {
        return None;
    }
    restored(view, message!("Somebody has edited it: {} is not what git has.", files.join(", ")), &files)
}

/// Their names.
fn edited<'a>(view: &HostView<'a>, entry: &Entry) -> Vec<&'a str> {
    let folder = view.folder();
    if entry.cwd != folder {
        return Vec::new();
    }
    let declared = view.inventory.scope(view.host).get("app").and_then(|app| app.get("files")).cloned();
    let own = |file: &&str| {
        let declared = declared.as_ref().is_some_and(|files| files.get(*file).is_some());
        !declared && !matches!(*file, "package-lock.json" | "yarn.lock")
    };
    let lines = view.machine.lines("changed").iter().filter_map(|line| line.split_once('\t'));
    lines.filter(|(of, _)| *of == folder).map(|(_, file)| file).filter(own).collect()
}

/// Whether a file says how the application is started, and with what.
fn is_setting(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or(file);
    let begins = [".env", "ecosystem.", ".npmrc", ".yarnrc", ".nvmrc", ".node-version", ".tool-versions"];
    name == "package.json" || begins.iter().any(|begin| name.starts_with(begin))
}

/// A line of a file that is not as git has it.
struct Difference<'a> {
    file: &'a str,
    added: bool,
    text: &'a str,
}

/// What differs in the application's files of settings: of other files it would be too much.
fn differences<'a>(view: &HostView<'a>, entry: &Entry) -> Vec<Difference<'a>> {
    let (folder, edited) = (view.folder(), edited(view, entry));
    let read = |line: &'a String| {
        let mut parts = line.splitn(4, '\t');
        let (of, file, sign, text) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        (of == folder && edited.contains(&file)).then_some(Difference { file, added: sign == "+", text })
    };
    view.machine.lines("changed.line").iter().filter_map(read).collect()
}

/// The same, in words.
pub(super) fn told(view: &HostView<'_>, entry: &Entry) -> Vec<Message> {
    let all = differences(view, entry);
    let told = all.iter().take(6).map(|each| match each.added {
        true => message!("{} was edited: `{}` is new", each.file, each.text.trim()),
        false => message!("{} was edited: git has `{}`", each.file, each.text.trim()),
    });
    told.collect()
}

/// Whether the port or the address that it fails over is written in the project: its environment gives it none, or the right one.
fn written(view: &HostView<'_>, entry: &Entry) -> bool {
    let port = ["listen EACCES", "ERR_SOCKET_BAD_PORT"].iter().any(|words| log_line(entry, words).is_some());
    let address = log_line(entry, "EADDRNOTAVAIL").is_some() || log_line(entry, "getaddrinfo").is_some();
    port && (entry.port.is_empty() || entry.port == view.port().to_string())
        || address && matches!(entry.host.as_str(), "" | "0.0.0.0" | "::")
}

/// The end of an application whose files say how it is started, and are not as git has them: they are put back first. Nothing that is
/// given to pm2 is stronger than they are.
pub(super) fn undone(end: End, view: &HostView<'_>, entry: &Entry) -> End {
    let whole = written(view, entry);
    // A package that somebody has added is to be installed, not to be forgotten.
    let wanted = log_line(entry, "Cannot find module").and_then(|line| line.split('\'').nth(1));
    let wanted = wanted.map(|wanted| format!("\"{wanted}\":"));
    let new = |each: &Difference<'_>| each.added && wanted.as_ref().is_some_and(|wanted| each.text.contains(wanted));
    let files: Vec<&str> = edited(view, entry).into_iter().filter(|file| whole || is_setting(file)).collect();
    let Some(line) = end.line.as_ref().filter(|line| !line.contains("git checkout")) else { return end };
    if files.is_empty() || differences(view, entry).iter().any(new) {
        return end;
    }
    let because =
        message!("{} {}", end.because, message!("Somebody has edited {}: git has it otherwise.", files.join(", ")));
    let line = format!("cd {} && {} && {line}", typed(&view.folder()), put_back(&files));
    End { because, line: Some(line), here: end.here, note: kept() }
}

fn kept() -> Message {
    message!("your version is kept beside it, as FILE.mine")
}

/// In the folder of a checkout: its files as git has them; what is there now is kept beside them.
fn put_back(files: &[&str]) -> String {
    let files = files.iter().map(|file| typed(file)).collect::<Vec<_>>().join(" ");
    format!("for f in {files}; do [ ! -e $f ] || cp $f $f.mine; done && git checkout HEAD -- {files}")
}

/// Files of the checkout as git has them; what is there now is kept beside them.
pub(super) fn restored(view: &HostView<'_>, because: Message, files: &[&str]) -> Option<End> {
    let (folder, name) = (typed(&view.folder()), typed(&view.name()));
    let line = format!("cd {folder} && {} && pm2 restart {name} && pm2 save", put_back(files));
    Some(End { because, line: Some(line), here: None, note: kept() })
}
