//! The head of the page: what came out of the run, in one sentence and a few numbers.

use super::super::run_report::RunReport;
use super::text;
use crate::languages::{Language, RunCounts};
use crate::model::event::{Mode, Outcome};

/// Title, sentence, numbers, and links to the parts of the page.
pub fn head(run: &RunReport, links: &[(&str, &str)], language: &Language) -> String {
    let links: String = links.iter().map(|(id, title)| format!("<li><a href=\"#{id}\">{title}</a></li>")).collect();
    let (class, title) = title(run, language);
    format!(
        "<header class=\"{class}\"><div class=\"inside\">\n<p class=\"kicker\">{lab} · <code>labctl {verb}</code> · {when}</p>\n\
         <h1>{title}</h1>\n<p class=\"lead\">{sentence}</p>\n{numbers}<nav aria-label=\"{parts}\"><ul>{links}</ul></nav>\n</div></header>\n",
        lab = text(run.lab.as_str()),
        verb = text(&run.verb),
        when = text(&language.numbers.date(run.started)),
        title = text(&title),
        sentence = text(&sentence(run, language)),
        numbers = numbers(run, language),
        parts = text(language.report.head.parts),
    )
}

/// What the reader must know of the recording itself.
pub fn remarks(run: &RunReport, language: &Language) -> String {
    if run.remarks.is_empty() {
        return String::new();
    }
    let all: String = run.remarks.iter().map(|remark| format!("<li>{}</li>", text(remark))).collect();
    format!(
        "<div class=\"remark\" role=\"note\"><p><strong>{}</strong></p>\n<ul>{all}</ul></div>\n",
        text(language.report.head.incomplete)
    )
}

/// How it went, as a class of the style and as a title.
fn title(run: &RunReport, language: &Language) -> (&'static str, String) {
    let words = &language.report.head;
    let count = |outcome| run.summary.count(outcome);
    let (failed, changed) = (count(Outcome::Failed), count(Outcome::Changed));
    let off = run.balances.iter().filter(|seen| !seen.balance.holds()).count();
    if failed > 0 {
        return ("bad", (words.tasks_failed)(failed));
    }
    if let [first, more @ ..] = run.summary.unreachable() {
        return ("bad", (words.unreachable)(first.as_str(), more.len()));
    }
    if !run.troubles.is_empty() && run.drills.is_empty() {
        return ("bad", words.nothing_drilled.to_owned());
    }
    if off > 0 {
        return ("bad", (words.sites_off)(off));
    }
    if run.summary.interrupted() {
        return ("unsure", words.interrupted.to_owned());
    }
    if !run.drills.is_empty() {
        return drilled(run, language);
    }
    if !run.remarks.is_empty() {
        return ("unsure", words.cut.to_owned());
    }
    match run.mode {
        Mode::Check if changed + count(Outcome::Unknown) > 0 => ("new", (words.would_change)(changed)),
        Mode::Check => ("good", words.nothing_would_change.to_owned()),
        Mode::Apply if !run.balances.is_empty() && run.tasks.is_empty() => ("good", words.sites_hold.to_owned()),
        Mode::Apply if changed > 0 => ("good", (words.changed)(changed)),
        Mode::Apply => ("good", words.in_place.to_owned()),
    }
}

fn drilled(run: &RunReport, language: &Language) -> (&'static str, String) {
    let words = &language.report.head;
    let (mut sent, mut lost, mut slow, mut failed) = (0, 0, 0, 0);
    for drill in &run.drills {
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

fn sentence(run: &RunReport, language: &Language) -> String {
    let words = &language.report.head;
    let took = if run.summary.took_ms() > 0 { run.summary.took_ms() } else { run.last_ms };
    let took = language.numbers.seconds(took);
    if let [first, ..] = &run.drills[..] {
        let modes: Vec<&str> = run.drills.iter().map(|drill| drill.drill.mode.word()).collect();
        return (words.drills)(modes.len(), &modes.join(", "), &first.drill, &took);
    }
    if run.tasks.is_empty() && !run.balances.is_empty() {
        let sent = run.balances.iter().map(|seen| seen.balance.sent).sum();
        return (words.balances)(sent, run.balances.len(), &took);
    }
    let count = |outcome| run.summary.count(outcome);
    let sentence = (words.run)(&RunCounts {
        verb: &run.verb,
        check: run.mode == Mode::Check,
        machines: run.hosts.iter().filter(|host| !host.is_controller()).count(),
        took: &took,
        tasks: run.tasks.len(),
        ok: count(Outcome::Ok),
        changed: count(Outcome::Changed),
        failed: count(Outcome::Failed),
        skipped: count(Outcome::Skipped),
        unknown: count(Outcome::Unknown),
    });
    match &run.halted {
        Some(why) => format!("{sentence} {}.", (words.halted)(why.failed, why.hosts, &why.max_fail)),
        None => sentence,
    }
}

fn numbers(run: &RunReport, language: &Language) -> String {
    if run.tasks.is_empty() {
        return String::new();
    }
    let check = run.mode == Mode::Check;
    let always = [("good", Outcome::Ok), ("new", Outcome::Changed), ("bad", Outcome::Failed)];
    let some = [("unsure", Outcome::Skipped), ("unsure", Outcome::Unknown)];
    let some = some.into_iter().filter(|(_, outcome)| run.summary.count(*outcome) > 0);
    let tile = |(class, outcome)| (class, run.summary.count(outcome), language.outcomes.word(outcome, check));
    let mut all: Vec<(&str, usize, &str)> = always.into_iter().chain(some).map(tile).collect();
    if !run.summary.unreachable().is_empty() {
        all.push(("bad", run.summary.unreachable().len(), language.outcomes.unreachable));
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
