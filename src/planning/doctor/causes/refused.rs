//! The edit that puts right what nginx refuses: one line, checked before against what it holds. Here text of nginx is matched.

use super::sockets::{lab_sockets, socket};
use super::words::{DIRECTIVES, PARAMETERS, VARIABLES, between};
use super::{Found, HostView, rebuilt};
use crate::model::message::{Message, message};
use crate::model::problem::did_you_mean;
use crate::model::quote::{quote, typed};
use crate::planning::doctor::RELOAD;
use crate::planning::doctor::conf::Conf;
use crate::planning::doctor::directives::At;

/// What looks like a space or like nothing, and is neither for nginx: it comes with what is copied from a web page or a PDF.
const INVISIBLE: fn(char) -> bool =
    |c| matches!(c, '\u{a0}' | '\u{2000}'..='\u{200f}' | '\u{202f}' | '\u{2060}' | '\u{3000}' | '\u{feff}');

/// What is said, where it is said, and the line that stands there.
struct Refusal<'a> {
    view: &'a HostView<'a>,
    words: &'a str,
    at: &'a At,
    here: &'a str,
}

/// Adds what to type for what nginx says at a place.
pub(super) fn put_right(found: Found, view: &HostView<'_>, words: &str, at: Option<At>) -> Found {
    let (conf, mut found) = (&view.machine.conf, found);
    if super::absent::put_right(&mut found, view, words) {
        return found;
    }
    if let Some((at, edit)) = rebuilt::hash(conf, words) {
        return found.sed(view, &at, &edit).then(view.host, RELOAD);
    }
    if let Some(line) = at.as_ref().and_then(|at| rebuilt::lifted(conf, at, words)) {
        return found
            .then(view.host, line)
            .note(message!("an upstream belongs in front of the server"))
            .then(view.host, RELOAD);
    }
    if super::unplaced::put_right(&mut found, view, words) {
        return found;
    }
    // Some things it says without a place: there they are looked for.
    let sought = || {
        if let Some(variable) = between(words, "unknown \"", "\" variable") {
            return conf.find(&format!("${variable}"));
        }
        let socket = between(words, "bind() to ", " failed")?;
        conf.find(&format!("listen {socket}"))
            .or_else(|| conf.find(&format!("listen {}", socket.trim_end_matches(":80"))))
    };
    let Some(at) = at.or_else(sought) else { return found.look(view.host, "sudo nginx -t") };
    let here = conf.line(&at).unwrap_or_default();
    let refusal = Refusal { view, words, at: &at, here };
    if words.contains(INVISIBLE) || here.contains(INVISIBLE) {
        let edit = quote(
            "s/\\xc2\\xa0\\|\\xe2\\x80[\\x80-\\x8a\\xaf]\\|\\xe3\\x80\\x80/ /g; s/\\xe2\\x80[\\x8b-\\x8f]\\|\\xe2\\x81\\xa0\\|\\xef\\xbb\\xbf//g",
        );
        let edit = format!("sudo env LC_ALL=C sed -i --follow-symlinks {edit} {}", typed(&at.file));
        let found = found.then(view.host, edit);
        return found
            .note(message!("spaces of another kind, copied from a web page or a PDF, become plain ones"))
            .then(view.host, RELOAD);
    }
    let found = match refusal.moved() {
        Some((at, edit, note)) => {
            let found = found.sed(view, &at, &edit);
            if note.is_empty() { found } else { found.note(note) }
        }
        None => match refusal.changed() {
            Some((old, new)) => found.change_only(view, &at, &old, &new),
            None => {
                let what = words.rsplit_once(" in ").map_or(words, |(what, _)| what);
                return found.edit(view.host, &at, message!("nginx says: {}", what));
            }
        },
    };
    found.then(view.host, RELOAD)
}

impl Refusal<'_> {
    fn between(&self, before: &str, after: &str) -> Option<&str> {
        between(self.words, before, after)
    }

    /// A piece of the line, and what stands in its place.
    fn changed(&self) -> Option<(String, String)> {
        let (words, here) = (self.words, self.here);
        let pair = |old: &str, new: &str| Some((old.to_owned(), new.to_owned()));
        if let Some(wrong) = self.between("unknown directive \"", "\"") {
            return pair(wrong, did_you_mean(wrong, DIRECTIVES.iter().copied())?);
        }
        if let Some(wrong) = self.between("unknown \"", "\" variable") {
            let right = did_you_mean(wrong, VARIABLES.iter().copied())?;
            return pair(&format!("${wrong}"), &format!("${right}"));
        }
        for double in [";;", "{{"] {
            if words.starts_with(&format!("unexpected \"{}\"", &double[..1])) && here.contains(double) {
                return pair(double, &double[..1]);
            }
        }
        if let Some(host) =
            self.between("invalid host in upstream \"", "\"").or(self.between("invalid port in upstream \"", "\""))
        {
            return match host.split_once("://") {
                Some((_, bare)) => pair(host, bare.trim_end_matches('/')),
                None => pair(host, &socket(self.view, host)),
            };
        }
        if let Some(wrong) = self.between("invalid parameter \"", "\"") {
            if wrong.bytes().all(|b| b.is_ascii_digit()) {
                return pair(&format!(" {wrong}"), &format!(":{wrong}"));
            }
            let (key, _) = wrong.split_once('=').unwrap_or((wrong, ""));
            return pair(key, did_you_mean(key, PARAMETERS.iter().copied())?);
        }
        let target = || here.split_whitespace().nth(1).unwrap_or_default().trim_end_matches(';');
        if words.starts_with("invalid URL prefix") {
            let bare = target().rsplit("//").next().unwrap_or_default().trim_start_matches(['/', ':']);
            let bare = bare.strip_prefix("http").map_or(bare, |rest| rest.trim_start_matches([':', '/']));
            return pair(target(), &format!("http://{bare}"));
        }
        if words.contains("cannot have URI part") {
            return pair(target(), &target().splitn(4, '/').take(3).collect::<Vec<_>>().join("/"));
        }
        if words.starts_with("a duplicate default server") {
            return pair(if here.contains(" default_server") { " default_server" } else { " default" }, "");
        }
        if let Some(port) = self.between("may not have port ", " in ") {
            return pair(&format!(":{port}"), "");
        }
        if words.starts_with("bind() to ") {
            return pair(target(), "80");
        }
        if words.contains("of the \"listen\" directive") {
            let bad = self.between(" in \"", "\" of")?;
            return if here.contains(&format!("{bad} ")) { pair(&format!("{bad} "), "") } else { pair(bad, "80") };
        }
        if let Some(what) = self.between("invalid number of arguments in \"", "\"") {
            return match what {
                "location" => pair("location", "location /"),
                "upstream" => pair("upstream", &format!("upstream {}", self.unknown_target()?)),
                _ if here.contains(" = ") => pair(" = ", " "),
                _ => None,
            };
        }
        if let Some(user) = self.between("getpwnam(\"", "\")") {
            return pair(user, "www-data");
        }
        let file =
            self.between("open() \"", "\" failed").filter(|file| here.starts_with("include") && here.contains(file))?;
        let near = self.view.machine.conf.files.iter().find(|other| did_you_mean(file, [other.as_str()]).is_some())?;
        pair(file, near)
    }

    /// What some proxy_pass asks, and no upstream is.
    fn unknown_target(&self) -> Option<String> {
        let conf = &self.view.machine.conf;
        let passes = conf.servers.iter().flat_map(|server| &server.passes);
        let open = passes
            .map(|pass| &pass.target)
            .find(|target| !target.contains([':', '.']) && !conf.upstreams.contains_key(*target));
        open.cloned()
    }

    /// An edit of sed on a line, here or above, and a remark.
    fn moved(&self) -> Option<(At, String, Message)> {
        let (words, conf, here) = (self.words, &self.view.machine.conf, self.here);
        let now = |edit: &str, note: Message| Some((self.at.clone(), edit.to_owned(), note));
        if words.contains("directive \"server\" is not terminated") && here.ends_with('{') {
            return now("i\\}", message!("the block before it is not closed"));
        }
        if let Some(what) = self.between("directive \"", "\" has no opening \"{\"") {
            let mut above = conf.lines(&self.at.file).iter().rev().filter(|(line, _)| *line <= self.at.line);
            let (line, _) = above.find(|(_, text)| text.trim_start().starts_with(what))?;
            return Some((
                At { file: self.at.file.clone(), line: *line },
                "s|[[:space:]]*$| {|".into(),
                message!("a block begins with {{"),
            ));
        }
        if words.starts_with("unexpected end of file") {
            let odd = conf.lines(&self.at.file).iter().find(|(_, text)| text.matches('"').count() % 2 == 1);
            return match odd {
                Some((line, _)) => Some((
                    At { file: self.at.file.clone(), line: *line },
                    "s|\"||".into(),
                    message!("a quotation mark is missing its partner"),
                )),
                None => {
                    Some((At { file: self.at.file.clone(), line: 0 }, "a\\}".into(), message!("a block is not closed")))
                }
            };
        }
        if let Some(open) = unended(conf, self.at, words) {
            let text = conf.line(&open).unwrap_or_default();
            let edit = if text.contains('#') { "s|[[:space:]]*#|; #|" } else { "s|[[:space:]]*$|;|" };
            return Some((open, edit.into(), message!("each directive ends with `;`")));
        }
        if words.starts_with("unexpected \"}\"") {
            return now(if here == "}" { "d" } else { "s|}||" }, message!("there is one }} too many"));
        }
        if words.contains("directive is not allowed here") {
            return self.misplaced();
        }
        if words.starts_with("no servers are inside upstream") {
            let servers: Vec<String> =
                lab_sockets(self.view).iter().map(|socket| format!("server {socket};")).collect();
            return now(&format!("i\\    {}", servers.join(" ")), Message::default());
        }
        if words.contains("directive is duplicate") || words.starts_with("a duplicate listen") {
            return now("d", message!("it is there twice"));
        }
        if words.contains("unknown directive \"round_robin\"") {
            return now("d", message!("nginx takes turns by default"));
        }
        if words.starts_with("no \"ssl_certificate\" is defined") {
            let lines = conf.lines(&self.at.file).iter().filter(|(line, _)| *line > self.at.line);
            let (line, text) =
                lines.into_iter().find(|(_, text)| text.starts_with("listen") && text.contains("ssl"))?;
            let edit = if text.contains("443") { "d" } else { "s| ssl||" };
            return Some((
                At { file: self.at.file.clone(), line: *line },
                edit.into(),
                message!("there is no certificate for https"),
            ));
        }
        if words.contains("dlopen()") {
            return now("s|^|# |", message!("that module is missing, or belongs to another nginx"));
        }
        let gone = self.between("open() \"", "\" failed").is_some() && self.changed().is_none();
        if gone { now("s|^|# |", message!("that file does not exist")) } else { None }
    }

    /// A directive where it may not stand: a brace is missing, or one too many closed its block too early.
    fn misplaced(&self) -> Option<(At, String, Message)> {
        let what = self.between("\"", "\"")?;
        let lines = self.view.machine.conf.lines(&self.at.file);
        let (mut depth, mut closed) = (0_i32, None);
        let count = |code: &str, brace: char| i32::try_from(code.matches(brace).count()).unwrap_or(0);
        for (line, text) in lines.iter().take_while(|(line, _)| *line < self.at.line) {
            let code = text.split('#').next().unwrap_or_default();
            let was = depth;
            depth += count(code, '{') - count(code, '}');
            if was > 0 && depth == 0 && code.trim() == "}" {
                closed = Some(*line);
            }
        }
        match (what, depth, closed) {
            // Within a block that should have ended.
            ("server" | "upstream" | "http", 1.., _) => {
                Some((self.at.clone(), "i\\}".into(), message!("the block before it is not closed")))
            }
            ("proxy_pass", 1, _) => Some((
                self.at.clone(),
                "s|proxy_pass.*|location / { & }|".into(),
                message!("proxy_pass belongs in a location"),
            )),
            (_, ..=0, Some(line)) => Some((
                At { file: self.at.file.clone(), line },
                "d".into(),
                message!("that }} closes its block too early"),
            )),
            _ => None,
        }
    }
}

/// The line with the directive that has no `;` at its end: nginx notices it at the next one.
fn unended(conf: &Conf, at: &At, words: &str) -> Option<At> {
    let about = [
        "is not terminated by \";\"",
        "invalid parameter",
        "invalid number of arguments",
        "unexpected \"}\"",
        "expecting \";\"",
        "invalid value",
        "has no opening",
        "not allowed here",
        "invalid host in",
        "invalid port in",
        "invalid URL",
        "too many",
    ];
    if !about.iter().any(|about| words.contains(about)) {
        return None;
    }
    let lines = conf.lines(&at.file);
    let end = lines.iter().position(|(line, _)| *line >= at.line).unwrap_or(lines.len().saturating_sub(1));
    let code = |text: &str| text.split(" #").next().unwrap_or_default().trim().to_owned();
    let open = |(_, text): &&(u32, String)| {
        let code = code(text);
        !code.is_empty() && !code.ends_with([';', '{', '}']) && !code.starts_with('\'') && !code.starts_with('#')
    };
    // A long directive may go over several lines: only what a new directive follows is meant.
    let (line, _) = lines[..=end.min(lines.len().checked_sub(1)?)].iter().rev().take(3).find(open)?;
    let next = lines.iter().find(|(number, _)| number > line).map(|(_, text)| text.as_str()).unwrap_or("}");
    let first = next.split_whitespace().next().unwrap_or_default();
    let begins = DIRECTIVES.contains(&first.trim_end_matches(';')) || first.starts_with('}');
    begins.then(|| At { file: at.file.clone(), line: *line })
}

/// `FILE:LINE`, as nginx says it.
pub(super) fn parse_at(at: &str) -> At {
    let (file, line) = at.rsplit_once(':').unwrap_or((at, "1"));
    At { file: file.to_owned(), line: line.parse().unwrap_or(1) }
}
