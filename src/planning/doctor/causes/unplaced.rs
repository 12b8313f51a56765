//! What nginx refuses at the end of its files, far from the line that it is about: upstreams with nobody but spare servers, zones that
//! no line makes. Here text of nginx is matched.

use super::words::between;
use super::{Found, HostView};
use crate::model::message::message;
use crate::planning::doctor::RELOAD;
use crate::planning::doctor::conf::Conf;
use crate::planning::doctor::directives::At;

/// Adds what to type where that is known.
pub(super) fn put_right(found: &mut Found, view: &HostView<'_>, words: &str) -> bool {
    let conf = &view.machine.conf;
    let marks = spare(conf, words);
    let zones = zones(conf, words);
    if marks.is_empty() && zones.is_empty() {
        return false;
    }
    let all = std::mem::take(found);
    let all = all.saw_all(marks.iter().map(|(at, mark)| message!("{}: marked `{}`", at, *mark)));
    let all = marks.iter().fold(all, |all, (at, mark)| all.change_only(view, at, &format!(" {mark}"), ""));
    let all = all.saw_all(zones.iter().map(|(at, text)| message!("{}: {}", at, text.clone())));
    // From the bottom up, so that the numbers of the lines hold.
    let edit = |all: Found, (at, text): &(At, String)| {
        let all = if conf.line(at) == Some(text.as_str()) {
            all.sed(view, at, "d")
        } else {
            all.change_only(view, at, text, "")
        };
        all.note(message!("no line makes a zone of that name"))
    };
    *found = zones.iter().rev().fold(all, edit).then(view.host, RELOAD);
    true
}

/// The servers of an upstream that has spare ones only: there is nobody for whom they could stand in.
fn spare(conf: &Conf, words: &str) -> Vec<(At, &'static str)> {
    let name = between(words, "no servers in upstream \"", "\"").unwrap_or_default();
    let members = conf.upstreams.get(name).into_iter().flatten();
    members.filter_map(|member| Some((member.at.clone(), member.aside?))).collect()
}

/// The directives that use a zone which no other one makes: nginx notices it at the end of its files.
fn zones(conf: &Conf, words: &str) -> Vec<(At, String)> {
    let unknown = words.contains("is unknown") || words.contains("zero size");
    let Some(name) = between(words, "zone \"", "\"").filter(|_| unknown) else { return Vec::new() };
    let uses = [format!("proxy_cache {name};"), format!("limit_conn {name} "), format!("limit_req zone={name}")];
    let text = |at: &At, begin: &str| {
        let rest = conf.line(at)?;
        let rest = &rest[rest.find(begin)?..];
        Some(rest[..=rest.find(';')?].to_owned())
    };
    let of = |begin: &String| -> Vec<(At, String)> {
        conf.find_all(begin).filter_map(|at| text(&at, begin).map(|text| (at, text))).collect()
    };
    uses.iter().flat_map(of).collect()
}
