//! The head of the page: what came out of the run, in one sentence and a few numbers.

use super::super::run_report::RunReport;
use super::text;
use crate::languages::{Language, RunCounts};
use crate::model::event::{Mode, Outcome};

/// Title, sentence, numbers, and links to the parts of the page.
pub fn head(told: &RunReport, links: &[(&str, &str)], language: &Language) -> String {
    let links: String = links.iter().map(|(id, title)| format!("<li><a href=\"#{id}\">{title}</a></li>")).collect();
    let (class, title) = title(told, language);
    format!(
        "<header class=\"{class}\"><div class=\"inside\">\n<p class=\"kicker\">{lab} · <code>labctl {verb}</code> · {when}</p>\n\
         <h1>{title}</h1>\n<p class=\"lead\">{sentence}</p>\n{numbers}<nav aria-label=\"{parts}\"><ul>{links}</ul></nav>\n</div></header>\n",
        lab = text(told.lab.as_str()),
        verb = text(&told.verb),
        when = text(&language.numbers.date(told.started)),
        title = text(&title),
        sentence = text(&sentence(told, language)),
        numbers = numbers(told, language),
        parts = text(language.report.head.parts),
    )
}

/// What the reader must know of the recording itself.
pub fn remarks(told: &RunReport, language: &Language) -> String {
    if told.remarks.is_empty() {
        return String::new();
    }
    let all: String = told.remarks.iter().map(|remark| format!("<li>{}</li>", text(remark))).collect();
    format!(
        "<div class=\"remark\" role=\"note\"><p><strong>{}</strong></p>\n<ul>{all}</ul></div>\n",
        text(language.report.head.incomplete)
    )
}

/// How it went, as a class of the style and as a title.
fn title(told: &RunReport, language: &Language) -> (&'static str, String) {
    let words = &language.report.head;
    let count = |outcome| told.summary.count(outcome);
    let (failed, changed) = (count(Outcome::Failed), count(Outcome::Changed));
    let off = told.balances.iter().filter(|balance| !balance.holds()).count();
    if failed > 0 {
        return ("bad", (words.tasks_failed)(failed));
    }
    if let [first, more @ ..] = told.summary.unreachable() {
        return ("bad", (words.unreachable)(first.as_str(), more.len()));
    }
    if !told.troubles.is_empty() && told.drills.is_empty() {
        return ("bad", words.nothing_drilled.to_owned());
    }
    if off > 0 {
        return ("bad", (words.sites_off)(off));
    }
    if told.summary.interrupted() {
        return ("unsure", words.interrupted.to_owned());
    }
    if !told.drills.is_empty() {
        return drilled(told, language);
    }
    if !told.remarks.is_empty() {
        return ("unsure", words.cut.to_owned());
    }
    match told.mode {
        Mode::Check if changed + count(Outcome::Unknown) > 0 => ("new", (words.would_change)(changed)),
        Mode::Check => ("good", words.nothing_would_change.to_owned()),
        Mode::Apply if !told.balances.is_empty() && told.tasks.is_empty() => ("good", words.sites_hold.to_owned()),
        Mode::Apply if changed > 0 => ("good", (words.changed)(changed)),
        Mode::Apply => ("good", words.in_place.to_owned()),
    }
}

fn drilled(told: &RunReport, language: &Language) -> (&'static str, String) {
    let words = &language.report.head;
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
        (1.., ..) => ("bad", (words.drills_failed)(failed)),
        (_, 1.., _) => ("unsure", (words.requests_lost)(lost, sent)),
        (_, _, 1..) => ("good", (words.requests_slow)(slow, sent)),
        _ => ("good", (words.unnoticed)(sent)),
    }
}

fn sentence(told: &RunReport, language: &Language) -> String {
    let words = &language.report.head;
    let took = if told.summary.took_ms() > 0 { told.summary.took_ms() } else { told.last_ms };
    let took = language.numbers.seconds(took);
    if let [first, ..] = &told.drills[..] {
        let modes: Vec<&str> = told.drills.iter().map(|drill| drill.drill.mode.word()).collect();
        return (words.drills)(modes.len(), &modes.join(", "), &first.drill, &took);
    }
    if told.tasks.is_empty() && !told.balances.is_empty() {
        let sent = told.balances.iter().map(|balance| balance.sent).sum();
        return (words.balances)(sent, told.balances.len(), &took);
    }
    let count = |outcome| told.summary.count(outcome);
    let run = (words.run)(&RunCounts {
        verb: &told.verb,
        check: told.mode == Mode::Check,
        machines: told.hosts.iter().filter(|host| !host.is_controller()).count(),
        took: &took,
        tasks: told.tasks.len(),
        ok: count(Outcome::Ok),
        changed: count(Outcome::Changed),
        failed: count(Outcome::Failed),
        skipped: count(Outcome::Skipped),
        unknown: count(Outcome::Unknown),
    });
    match &told.halted {
        Some(why) => format!("{run} {}.", (words.halted)(why.failed, why.hosts, &why.max_fail)),
        None => run,
    }
}

fn numbers(told: &RunReport, language: &Language) -> String {
    if told.tasks.is_empty() {
        return String::new();
    }
    let check = told.mode == Mode::Check;
    let always = [("good", Outcome::Ok), ("new", Outcome::Changed), ("bad", Outcome::Failed)];
    let some = [("unsure", Outcome::Skipped), ("unsure", Outcome::Unknown)];
    let some = some.into_iter().filter(|(_, outcome)| told.summary.count(*outcome) > 0);
    let tile = |(class, outcome)| (class, told.summary.count(outcome), language.outcomes.word(outcome, check));
    let mut all: Vec<(&str, usize, &str)> = always.into_iter().chain(some).map(tile).collect();
    if !told.summary.unreachable().is_empty() {
        all.push(("bad", told.summary.unreachable().len(), language.outcomes.unreachable));
    }
    let tiles: String = all
        .iter()
        // Nothing of a kind is no matter for its colour.
        .map(|(class, n, word)| {
            format!("<li class=\"{}\"><strong>{n}</strong> {word}</li>", if *n == 0 { "" } else { class })
        })
        .collect();
    format!("<ul class=\"numbers\">{tiles}</ul>\n")
}
