//! How every step came out on every host: a table, steps by hosts.

use super::super::run_report::RunReport;
use super::{badge, text};
use crate::languages::Language;
use crate::model::name::{HostName, StepName};
use crate::model::page::table;

/// The table of steps and hosts, as HTML.
pub fn status(run: &RunReport, language: &Language) -> String {
    let words = &language.report.run;
    if run.steps.is_empty() {
        return String::new();
    }
    let mut heads = vec![words.step];
    heads.extend(run.hosts.iter().map(HostName::as_str));
    let rows: Vec<Vec<String>> = run
        .steps
        .iter()
        .map(|step| {
            let cells = run.hosts.iter().map(|host| cell(run, host, step, language));
            std::iter::once(text(step.as_str())).chain(cells).collect()
        })
        .collect();
    let mut out = table(words.steps, &heads, &rows);
    let systems: Vec<String> =
        run.reached.iter().map(|(host, system)| format!("{} ({})", text(host.as_str()), text(system))).collect();
    if !systems.is_empty() {
        out.push_str(&format!("<p class=\"soft\">{}</p>\n", (words.reached)(&systems.join(", "))));
    }
    out
}

fn cell(run: &RunReport, host: &HostName, step: &StepName, language: &Language) -> String {
    let Some(mark) = run.mark(host, step) else {
        return format!("<span class=\"soft\" aria-label=\"{}\">·</span>", text(language.report.run.no_part));
    };
    let badge = badge(run, mark, language);
    if run.of(host, step).next().is_none() {
        return badge;
    }
    format!("<a class=\"plain\" href=\"#{}\">{badge}</a>", anchor(host, step))
}

/// Where the tasks of a step on a host are.
pub fn anchor(host: &HostName, step: &StepName) -> String {
    format!("t-{}-{}", text(step.as_str()), text(host.as_str()))
}
