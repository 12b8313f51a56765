//! An application that is started in a way in which it cannot work: by another interpreter, with a debugger on its port, by a script
//! whose lines end as on Windows, by an npm with settings of its own. Here text of programs is matched.

use super::HostView;
use super::process_end::{End, log_line};
use super::project::{debugger, foreign_interpreter};
use crate::model::message::{Message, message};
use crate::model::quote::typed;
use crate::planning::doctor::found::Entry;

/// It is started in a way in which it cannot work: whatever its log says, that comes first.
pub(super) fn started(view: &HostView<'_>, entry: &Entry) -> Option<End> {
    let (name, again) = (typed(&entry.name), format!("pm2 delete {}; {}", typed(&entry.name), view.start_anew()));
    let plain = |because: Message, line: String| Some(End::typed(because, line));
    if let Some(interpreter) = foreign_interpreter(entry) {
        let because = message!("It is a program for Node.js, and pm2 runs it with `{}`.", interpreter);
        return plain(because, again);
    }
    if let Some((option, port)) = debugger(entry).filter(|(_, port)| *port == view.port()) {
        let because = message!(
            "The debugger of Node.js (`{}`) has port {}, so that the application cannot have it.",
            option,
            port
        );
        return plain(because, again);
    }
    // `-r FILE`, `--option=VALUE`: what the log names is what it fails over.
    let named = |option: &String| {
        let value = option.split_once('=').map_or(option.as_str(), |(_, value)| value);
        let heap = option.starts_with("--max") && log_line(entry, "heap out of memory").is_some();
        heap || value.len() > 2 && (log_line(entry, value).is_some() || log_line(entry, option).is_some())
    };
    if entry.options.iter().any(named) {
        let because = message!("It fails over the options that pm2 gives to Node.js: `{}`.", entry.options.join(" "));
        return plain(because, again);
    }
    let scripts = view.machine.lines("crlf").iter().filter_map(|line| line.split_once('\t'));
    let start = view.checkout().map_or("", |checkout| checkout.start.as_str());
    let begins = |file: &str| file == entry.script || start.contains(file.rsplit('/').next().unwrap_or(file));
    if let Some((_, file)) = scripts.into_iter().find(|(folder, file)| *folder == entry.cwd && begins(file)) {
        let because =
            message!("The lines of {} end as on Windows (CRLF): the shell takes that for part of its words.", file);
        return plain(because, format!("sed -i 's/\\r$//' {} && pm2 restart {name} && pm2 save", typed(file)));
    }
    npmrc(view, entry)
}

/// A setting of npm names a shell that is not there, or options that Node.js does not know.
fn npmrc(view: &HostView<'_>, entry: &Entry) -> Option<End> {
    let mut lines = view.machine.lines("npmrc").iter().filter_map(|line| {
        let mut parts = line.splitn(3, '\t');
        let (file, number, text) = (parts.next()?, parts.next()?, parts.next()?);
        let (key, value) = text.split_once('=')?;
        Some((file, number, key.trim(), value.trim().trim_matches(['"', '\''])))
    });
    let (file, number, key, value) = lines.find(|(_, _, key, value)| match *key {
        "script-shell" => log_line(entry, "spawn").is_some_and(|line| line.contains(value)),
        "node-options" => value.split(' ').any(|option| {
            let option = option.split('=').next().unwrap_or(option);
            !option.is_empty() && log_line(entry, option).is_some()
        }),
        _ => false,
    })?;
    let because = match key {
        "script-shell" => {
            message!("npm is to run its scripts with {}, which does not work ({}:{}).", value, file, number)
        }
        _ => message!("npm gives Node.js the options `{}`, which it refuses ({}:{}).", value, file, number),
    };
    let home = file.starts_with("/home/") || file.starts_with("/root/");
    let sudo = if home { "" } else { "sudo " };
    let line =
        format!("{sudo}sed -i '{number}s/^/#/' {} && pm2 restart {} && pm2 save", typed(file), typed(&entry.name));
    Some(End { because, line: Some(line), here: None, note: message!("the line is kept behind a #") })
}
