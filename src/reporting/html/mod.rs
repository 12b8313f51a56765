//! A run as one HTML page that needs nothing else: for whoever was not there, on a screen or on paper. Nothing in it runs,
//! and whatever a machine or a user wrote is only ever text.

mod balance;
mod curves;
mod drill;
mod head;
mod steps;
mod tasks;
mod ticks;
mod timeline;

use super::run_report::{Mark, RunReport};
use super::text::sanitize;
use crate::languages::Language;
use crate::model::event::{Mode, Outcome};
use crate::model::page::{Page, escaped};
use crate::model::recording::Recording;
use crate::planning::graph;

const STYLE: &str = include_str!("report.css");
/// So many letters of what a machine wrote are shown; of what is longer, the beginning and the end.
const SHOWN: usize = 24_000;

/// The page of a recording; `None` if it holds no run. `name` is what the recording is called.
pub fn html(recording: &Recording, name: &str, language: &'static Language) -> Option<String> {
    let run = RunReport::new(recording)?;
    let titles = &language.report.parts;
    let parts = [
        ("status", titles.status, steps::status(&run, language)),
        ("lab", titles.lab, picture(&run, language)),
        ("timeline", titles.timeline, timeline::section(&run, language)),
        ("balance", titles.balance, balance::section(&run, language)),
        ("drills", titles.drill, drill::section(&run, language)),
        ("tasks", titles.tasks, tasks::section(&run, language)),
    ];
    let parts: Vec<_> = parts.into_iter().filter(|(.., body)| !body.is_empty()).collect();
    let links: Vec<(&str, &str)> = parts.iter().map(|(id, title, _)| (*id, *title)).collect();
    let mut body = head::head(&run, &links, language);
    body.push_str("<main class=\"wide\">\n");
    body.push_str(&head::remarks(&run, language));
    body.push_str(&tasks::trouble(&run, language));
    for (id, title, part) in &parts {
        body.push_str(&format!(
            "<section id=\"{id}\" aria-labelledby=\"h-{id}\">\n<h2 id=\"h-{id}\">{title}</h2>\n{part}</section>\n"
        ));
    }
    body.push_str("</main>\n");
    body.push_str(&format!(
        "<footer><p>{}</p></footer>\n",
        (language.report.common.made_by)(&text(&run.version), &text(name))
    ));
    let title = format!("{} · labctl {}", run.lab, sanitize(&run.verb));
    Some(Page { lang: language.code, title: &title, style: STYLE, body: &body, ..Page::default() }.html())
}

fn picture(run: &RunReport, language: &'static Language) -> String {
    let Some(graph) = run.graph(language) else { return String::new() };
    let name = language.report.common.picture;
    format!(
        "<div class=\"scroll picture\" role=\"group\" aria-label=\"{name}\" tabindex=\"0\">\n{}</div>\n",
        graph::svg(&graph)
    )
}

/// What a machine or a user wrote, as text of a page.
fn text(written: &str) -> String {
    escaped(&sanitize(written))
}

/// The same, where our own words name directives and commands between backquotes.
fn prose(written: &str) -> String {
    let mut out = String::new();
    for (n, part) in text(written).split('`').enumerate() {
        out.push_str(&if n % 2 == 1 { format!("<code>{part}</code>") } else { part.to_owned() });
    }
    out
}

/// A name that must not be longer than its place.
fn short(name: &str, letters: usize) -> String {
    if name.chars().count() <= letters {
        return text(name);
    }
    text(&format!("{}…", name.chars().take(letters - 1).collect::<String>()))
}

/// The same of what may be very long.
fn long(written: &str, language: &Language) -> String {
    let letters = written.chars().count();
    if letters <= SHOWN {
        return text(written);
    }
    let (head, tail) = (SHOWN / 4, SHOWN - SHOWN / 4);
    let first: String = written.chars().take(head).collect();
    let last: String = written.chars().skip(letters - tail).collect();
    format!("{}\n{}\n{}", text(&first), (language.report.common.letters_left_out)(letters - SHOWN), text(&last))
}

/// An outcome as a class of the style and a sign. The sign says what the colour says.
fn sign(mark: Mark) -> (&'static str, &'static str) {
    match mark {
        Mark::Done(Outcome::Ok) => ("good", "✓"),
        Mark::Done(Outcome::Changed) => ("new", "●"),
        Mark::Done(Outcome::Failed) | Mark::Unreachable => ("bad", "✗"),
        Mark::Done(Outcome::Skipped) => ("unsure", "–"),
        Mark::Done(Outcome::Unknown) => ("unsure", "?"),
        Mark::Open(_) => ("unsure", "…"),
    }
}

/// An outcome as a small label.
fn badge(run: &RunReport, mark: Mark, language: &Language) -> String {
    let (class, sign) = sign(mark);
    let word = match mark {
        Mark::Done(outcome) => language.outcomes.word(outcome, run.mode == Mode::Check),
        Mark::Unreachable => language.outcomes.unreachable,
        Mark::Open(_) => language.report.common.not_finished,
    };
    format!("<span class=\"badge {class}\"><span aria-hidden=\"true\">{sign} </span>{word}</span>")
}
