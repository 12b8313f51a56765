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

use super::run_report::{Mark, Told};
use super::text::sanitize;
use crate::model::event::Outcome;
use crate::model::page::{Page, escaped};
use crate::model::recording::Recording;
use crate::planning::graph;

const STYLE: &str = include_str!("report.css");
/// So many letters of what a machine wrote are shown; of what is longer, the beginning and the end.
const SHOWN: usize = 24_000;

/// The page of a recording; `None` if it holds no run. `name` is what the recording is called.
pub fn html(recording: &Recording, name: &str) -> Option<String> {
    let told = Told::new(recording)?;
    let parts = [
        ("status", "Status", steps::status(&told)),
        ("lab", "The lab", picture(&told)),
        ("timeline", "Timeline", timeline::section(&told)),
        ("balance", "Balance", balance::section(&told)),
        ("drills", "The drill", drill::section(&told)),
        ("tasks", "Tasks", tasks::section(&told)),
    ];
    let parts: Vec<_> = parts.into_iter().filter(|(.., body)| !body.is_empty()).collect();
    let links: Vec<(&str, &str)> = parts.iter().map(|(id, title, _)| (*id, *title)).collect();
    let mut body = head::head(&told, &links);
    body.push_str("<main class=\"wide\">\n");
    body.push_str(&head::remarks(&told));
    body.push_str(&tasks::trouble(&told));
    for (id, title, part) in &parts {
        body.push_str(&format!(
            "<section id=\"{id}\" aria-labelledby=\"h-{id}\">\n<h2 id=\"h-{id}\">{title}</h2>\n{part}</section>\n"
        ));
    }
    body.push_str("</main>\n");
    body.push_str(&format!(
        "<footer><p>Made by labctl {} from the recording <code>{}</code>.</p></footer>\n",
        text(&told.version),
        text(name)
    ));
    let title = format!("{} · labctl {}", told.lab, sanitize(&told.verb));
    Some(Page { lang: "en", title: &title, style: STYLE, body: &body, ..Page::default() }.html())
}

fn picture(told: &Told) -> String {
    let Some(graph) = told.graph() else { return String::new() };
    let name = "The lab as a picture";
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
fn long(written: &str) -> String {
    let letters = written.chars().count();
    if letters <= SHOWN {
        return text(written);
    }
    let (head, tail) = (SHOWN / 4, SHOWN - SHOWN / 4);
    let first: String = written.chars().take(head).collect();
    let last: String = written.chars().skip(letters - tail).collect();
    format!(
        "{}\n… {} letters are left out here; the recording has them …\n{}",
        text(&first),
        letters - SHOWN,
        text(&last)
    )
}

/// `n thing` or `n things`.
fn plural(n: usize, thing: &str) -> String {
    format!("{n} {thing}{}", if n == 1 { "" } else { "s" })
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
fn badge(told: &Told, mark: Mark) -> String {
    let (class, sign) = sign(mark);
    let word = match mark {
        Mark::Done(outcome) => told.word(outcome),
        Mark::Unreachable => "unreachable",
        Mark::Open(_) => "not finished",
    };
    format!("<span class=\"badge {class}\"><span aria-hidden=\"true\">{sign} </span>{word}</span>")
}
