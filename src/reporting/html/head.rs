//! The head of the page: what came out of the run, in one sentence and a few numbers.

use super::super::run_report::Told;
use super::super::text::{date, seconds};
use super::{plural, text};
use crate::model::event::{Mode, Outcome};

/// Title, sentence, numbers, and links to the parts of the page.
pub fn head(told: &Told, links: &[(&str, &str)]) -> String {
    let links: String = links.iter().map(|(id, title)| format!("<li><a href=\"#{id}\">{title}</a></li>")).collect();
    let (class, title) = title(told);
    format!(
        "<header class=\"{class}\"><div class=\"inside\">\n<p class=\"kicker\">{lab} · <code>labctl {verb}</code> · {when}</p>\n\
         <h1>{title}</h1>\n<p class=\"lead\">{sentence}</p>\n{numbers}<nav aria-label=\"Parts of this page\"><ul>{links}</ul></nav>\n</div></header>\n",
        lab = text(told.lab.as_str()),
        verb = text(&told.verb),
        when = date(told.started),
        title = text(&title),
        sentence = text(&sentence(told)),
        numbers = numbers(told),
    )
}

/// What the reader must know of the recording itself.
pub fn remarks(told: &Told) -> String {
    if told.remarks.is_empty() {
        return String::new();
    }
    let all: String = told.remarks.iter().map(|remark| format!("<li>{}</li>", text(remark))).collect();
    format!(
        "<div class=\"remark\" role=\"note\"><p><strong>This report is not complete.</strong></p>\n<ul>{all}</ul></div>\n"
    )
}

/// How it went, as a class of the style and as a title.
fn title(told: &Told) -> (&'static str, String) {
    let count = |outcome| told.summary.count(outcome);
    let (failed, changed) = (count(Outcome::Failed), count(Outcome::Changed));
    let uneven = told.balances.iter().filter(|balance| !balance.holds).count();
    if failed > 0 {
        return ("bad", format!("{} failed", plural(failed, "task")));
    }
    if let [first, more @ ..] = told.summary.unreachable() {
        let others = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
        return ("bad", format!("{first}{others} could not be reached"));
    }
    if !told.troubles.is_empty() && told.drills.is_empty() {
        return ("bad", "Nothing was drilled".to_owned());
    }
    if uneven > 0 {
        return ("bad", format!("{} shared out otherwise than promised", plural(uneven, "site")));
    }
    if told.summary.interrupted() {
        return ("unsure", "The run was interrupted".to_owned());
    }
    if !told.drills.is_empty() {
        return drilled(told);
    }
    if !told.remarks.is_empty() {
        return ("unsure", "The recording is not complete".to_owned());
    }
    match told.mode {
        Mode::Check if changed + count(Outcome::Unknown) > 0 => {
            ("new", format!("{} would change", plural(changed, "thing")))
        }
        Mode::Check => ("good", "Nothing would change".to_owned()),
        Mode::Apply if !told.balances.is_empty() && told.tasks.is_empty() => {
            ("good", "Every site is shared out as promised".to_owned())
        }
        Mode::Apply if changed > 0 => ("good", format!("Everything is in place: {} changed", plural(changed, "thing"))),
        Mode::Apply => ("good", "Everything was in place already".to_owned()),
    }
}

fn drilled(told: &Told) -> (&'static str, String) {
    let (mut sent, mut lost, mut slow, mut failed) = (0, 0, 0, 0);
    for drill in &told.drills {
        match &drill.end {
            Some(Ok(drilled)) => {
                sent += drilled.figures.sent;
                lost += drilled.figures.lost;
                slow += drilled.figures.slow;
            }
            _ => failed += 1,
        }
    }
    match (failed, lost, slow) {
        (1.., ..) => ("bad", format!("{} gave no figures", plural(failed, "drill"))),
        (_, 1.., _) => ("unsure", format!("{lost} of {} were lost", plural(sent, "request"))),
        (_, _, 1..) => ("good", format!("No visitor was lost, {slow} of {sent} had to wait")),
        _ => ("good", format!("No visitor noticed: {} answered", plural(sent, "request"))),
    }
}

fn sentence(told: &Told) -> String {
    let machines = plural(told.hosts.iter().filter(|host| !host.is_controller()).count(), "machine");
    let took = if told.summary.took_ms() > 0 { told.summary.took_ms() } else { told.last_ms };
    let took = seconds(took);
    if !told.drills.is_empty() {
        let modes: Vec<&str> = told.drills.iter().map(|drill| drill.drill.mode.word()).collect();
        let first = &told.drills[0].drill;
        return format!(
            "{} of {} under {} requests a second to http://{}/ ({}), in {took}.",
            plural(modes.len(), "fault"),
            first.host,
            first.rate,
            first.site,
            modes.join(", "),
        );
    }
    if told.tasks.is_empty() && !told.balances.is_empty() {
        let sent: u64 = told.balances.iter().map(|balance| balance.sent).sum();
        let sites = plural(told.balances.len(), "site");
        return format!("{sent} requests to {sites}, counted by who answered, in {took}.");
    }
    let count = |outcome| told.summary.count(outcome);
    let mut parts = vec![format!("{} held already", count(Outcome::Ok))];
    for (outcome, word) in [
        (Outcome::Changed, if told.mode == Mode::Check { "would change" } else { "changed" }),
        (Outcome::Failed, "failed"),
        (Outcome::Skipped, "skipped"),
        (Outcome::Unknown, "not known yet"),
    ] {
        if count(outcome) > 0 {
            parts.push(format!("{} {word}", count(outcome)));
        }
    }
    let tasks = told.tasks.len();
    let did = if told.mode == Mode::Check { "looked at" } else { "worked on" };
    let list = parts.join(", ");
    let of = if tasks == 0 { String::new() } else { format!(": of {}, {list}", plural(tasks, "task")) };
    let halted = told.halted.as_ref().map(|why| format!(" {why}.")).unwrap_or_default();
    format!("labctl {} {did} {machines} for {took}{of}.{halted}", told.verb)
}

fn numbers(told: &Told) -> String {
    let mut all: Vec<(&str, String, &str)> = Vec::new();
    let count = |outcome| told.summary.count(outcome);
    if !told.tasks.is_empty() {
        let changed = if told.mode == Mode::Check { "would change" } else { "changed" };
        all.push(("good", count(Outcome::Ok).to_string(), "ok"));
        all.push(("new", count(Outcome::Changed).to_string(), changed));
        all.push(("bad", count(Outcome::Failed).to_string(), "failed"));
        for (outcome, word) in [(Outcome::Skipped, "skipped"), (Outcome::Unknown, "unknown")] {
            if count(outcome) > 0 {
                all.push(("unsure", count(outcome).to_string(), word));
            }
        }
        if !told.summary.unreachable().is_empty() {
            all.push(("bad", told.summary.unreachable().len().to_string(), "unreachable"));
        }
    }
    if all.is_empty() {
        return String::new();
    }
    let tiles: String = all
        .iter()
        // Nothing of a kind is no matter for its colour.
        .map(|(class, n, word)| {
            format!("<li class=\"{}\"><strong>{n}</strong> {word}</li>", if n == "0" { "" } else { class })
        })
        .collect();
    format!("<ul class=\"numbers\">{tiles}</ul>\n")
}
