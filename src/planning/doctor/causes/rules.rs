//! Rules that pm2 was given when it started the application, and by which it ends it.

use super::project::anew;
use super::{Cause, Found, HostView, Layer};
use crate::model::message::message;

pub const CAUSES: &[Cause] =
    &[Cause { name: "app-ended-by-pm2", layer: Layer::Application, blocks: true, find: ended_by_pm2 }];

/// pm2 itself ends the application again and again, by a rule that it was given when it was started.
fn ended_by_pm2(view: &HostView<'_>) -> Option<Found> {
    let entry = view.entry().filter(|entry| entry.is_on() && entry.ended > 1)?;
    let (name, host) = (&entry.name, view.host);
    let (sentence, rule) = if entry.ending.contains("restarted because it exceeds") && entry.limit > 0 {
        let sentence = message!(
            "pm2 ends {} on {} again and again, because it takes more memory than the {} MiB it was given: nobody is answered while it starts.",
            name,
            host,
            entry.limit >> 20
        );
        (sentence, "max_memory_restart")
    } else if !entry.cron.is_empty() && entry.ending.contains("Stopping app:") {
        let sentence = message!(
            "pm2 ends {} on {} again and again, because it was started with the rule `cron_restart` ({}): nobody is answered while it starts.",
            name,
            host,
            entry.cron
        );
        (sentence, "cron_restart")
    } else if entry.watch {
        let sentence = message!(
            "pm2 ends {} on {} whenever a file in its folder changes, and something keeps writing there: nobody is answered while it starts.",
            name,
            host
        );
        (sentence, "watch")
    } else {
        return None;
    };
    let found = Found::new(sentence);
    let found = found.saw(message!(
        "~/.pm2/pm2.log of {}, {} times in ten minutes: {}",
        entry.owner,
        entry.ended,
        entry.ending
    ));
    let found = found.then_as_owner(view, &anew(view));
    Some(found.note(message!("without `{}`; if an ecosystem file says so, take it out there, too", rule)))
}
