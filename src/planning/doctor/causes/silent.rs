//! An application that runs, and does not serve: it hangs, compiles, or answers with an error.

use super::edited::{changed, told};
use super::ends::end;
use super::pm2::{loops, other_port};
use super::process_end::last_words;
use super::project::other_program;
use super::{Cause, Found, HostView, Layer};
use crate::model::message::message;
use crate::model::quote::typed;
use crate::planning::doctor::found::Entry;

pub const CAUSES: &[Cause] = &[Cause { name: "app-silent", layer: Layer::Application, blocks: true, find: silent }];

fn silent(view: &HostView<'_>) -> Option<Found> {
    let entry = view.entry().filter(|entry| entry.status == "online")?;
    let astray = astray(view, entry);
    if view.serves() && !astray {
        return None;
    }
    if loops(view, entry) || other_port(view).is_some() || other_program(view).is_some() {
        return None;
    }
    let port = view.port();
    let answer = view.machine.answer(&format!("local.{port}"));
    // It listened a moment ago: it is between two starts.
    let gone = answer.as_ref().is_some_and(|answer| answer.exit == 7);
    let listen = view
        .listen()
        .filter(|_| !gone)
        .filter(|listen| listen.pid.is_none_or(|pid| view.machine.pm2_of(pid).is_some()));
    let found = match (&listen, &answer) {
        (None, _) if !entry.missing.is_empty() => Found::new(message!(
            "The application {} on {} has no process: pm2 could not start it.",
            entry.name,
            view.host
        ))
        .saw(message!("pm2 says {}, for {} s now", entry.status, entry.since / 1000)),
        (None, _) => Found::new(message!(
            "The application {} on {} is running, but does not listen on any port yet: it is still starting, or hangs.",
            entry.name,
            view.host
        ))
        .saw(message!("pm2 says {}, for {} s now", entry.status, entry.since / 1000)),
        (Some(_), Some(answer)) if answer.exit != 0 => Found::new(if compiles(view) && entry.since < COMPILING {
            message!(
                "The application {} on {} accepts connections, but does not answer: it is compiling, or hangs.",
                entry.name,
                view.host
            )
        } else {
            message!(
                "The application {} on {} accepts connections, but does not answer: it hangs.",
                entry.name,
                view.host
            )
        })
        .saw(message!("on {}, http://127.0.0.1:{}/: {}", view.host, port, answer.describe())),
        (Some(_), Some(answer)) => {
            let sentence = match astray {
                true => message!("The application {} on {} answers, but not with its own page.", entry.name, view.host),
                false => message!("The application {} on {} answers with an error.", entry.name, view.host),
            };
            Found::new(sentence).saw(message!("on {}, http://127.0.0.1:{}/: {}", view.host, port, answer.describe()))
        }
        _ => return None,
    };
    let mut found = found.saw_all(last_words(entry));
    if let Some(why) = end(view, entry).filter(|_| entry.since > 5_000 || entry.restarts > 0) {
        found.sentence = message!("{} {}", found.sentence, why.because);
        return Some(why.mended(found.saw_all(told(view, entry)), view));
    }
    let answers = answer.as_ref().is_some_and(|answer| answer.exit == 0);
    // What was started a moment ago may be compiling.
    let young = entry.since < COMPILING && !answers && compiles(view);
    if let Some(why) = changed(view, entry).filter(|_| !young) {
        found.sentence = message!("{} {}", found.sentence, why.because);
        return Some(why.mended(found.saw_all(told(view, entry)), view));
    }
    Some(if young {
        let left = (COMPILING - entry.since) / 1000;
        let wait = format!("timeout {left} sh -c 'until curl -sfo /dev/null -m 5 127.0.0.1:{port}; do sleep 3; done'");
        found
            .then_as_owner(view, &format!("{wait} || {}", view.pm2("restart")))
            .note(message!("compiling takes up to two minutes; only what hangs longer is restarted"))
    } else {
        let logs = format!("pm2 logs {} --lines 30 --nostream", typed(&entry.name));
        found.look_as_owner(view, &format!("{logs}; {}", view.pm2("restart")))
    })
}

/// Whether it answers well, but with another page than its own or with none (a redirect), since somebody has edited it.
fn astray(view: &HostView<'_>, entry: &Entry) -> bool {
    let answer = view.machine.answer(&format!("local.{}", view.port()));
    let other = answer.is_some_and(|answer| answer.good() && answer.page == "other");
    other && !view.application().marker.is_empty() && changed(view, entry).is_some()
}

/// How long a development server may compile before it answers, in milliseconds.
const COMPILING: i64 = 120_000;

/// Whether the project compiles before it answers: where its start script is plain node, it does not.
fn compiles(view: &HostView<'_>) -> bool {
    let start = view.checkout().map_or("", |checkout| checkout.start.as_str());
    !start.starts_with("node ")
}
