//! Every task: how it came out, why, what it changed and what its programs printed. What went wrong comes first.

use super::super::run_report::{Mark, RunReport};
use super::steps::anchor;
use super::{badge, long, prose, text};
use crate::languages::Language;
use crate::model::event::{Outcome, TaskResult, Verdict};

/// What went wrong, with what to do about it; empty if nothing did.
pub fn trouble(run: &RunReport, language: &Language) -> String {
    let (words, sentences) = (&language.report.run, &language.sentences);
    let mut out = String::new();
    for lost in &run.unreachable {
        out.push_str(&format!(
            "<li>{}{}</li>\n",
            (words.unreachable)(&text(lost.host.as_str()), &text(&(sentences.unreachable)(&lost.why))),
            hints(&(sentences.unreachable_hints)(&lost.why), language)
        ));
    }
    for task in run.tasks.iter().filter(|task| task.outcome == Outcome::Failed) {
        let why = task.reason.as_ref().map(language.sentences.reason).unwrap_or_default();
        let link = anchor(&task.task.host, &task.task.step);
        let step = format!("<a href=\"#{link}\">{}</a>", text(task.task.step.as_str()));
        out.push_str(&format!(
            "<li>{}{}{}</li>\n",
            (words.failed)(&text(&task.task.task), &text(task.task.host.as_str()), &step, &text(&why)),
            last_words(task),
            task_hints(task, language),
        ));
    }
    for (seen, fault) in run.balances.iter().filter_map(|seen| Some((seen, seen.balance.fault()?))) {
        let mut why = (sentences.fault)(&seen.balance, &fault);
        if let Some(elsewhere) = seen.elsewhere() {
            why = format!("{why}; {}", (sentences.name_elsewhere)(&elsewhere));
        }
        let (site, next) = (text(&seen.balance.site), language.sighting_hints(seen, run.web()));
        out.push_str(&format!("<li><strong>{site}</strong>: {}{}</li>\n", text(&why), hints(&next, language)));
    }
    for drill in &run.drills {
        if let Some(Err(why)) = &drill.end {
            let why = text(&(sentences.failure)(why));
            out.push_str(&format!("<li>{}</li>\n", (words.drill_failed)(drill.drill.mode.word(), &why)));
        }
    }
    run.troubles.iter().for_each(|why| out.push_str(&format!("<li>{}</li>\n", prose(&(sentences.failure)(why)))));
    if out.is_empty() {
        return out;
    }
    format!(
        "<section id=\"trouble\" class=\"trouble\" aria-labelledby=\"h-trouble\">\n<h2 id=\"h-trouble\">{}</h2>\n<ul>\n{out}</ul>\n</section>\n",
        text(language.report.parts.trouble)
    )
}

/// The end of what a failed task printed: often the reason.
fn last_words(task: &TaskResult) -> String {
    let Some(output) = task.output.as_deref().filter(|output| !output.trim().is_empty()) else { return String::new() };
    let last = super::super::text::end_of(output.trim_end(), 6);
    let last: String = if last.len() > 2000 {
        last.chars().rev().take(1000).collect::<Vec<_>>().into_iter().rev().collect()
    } else {
        last.to_owned()
    };
    format!("\n<pre tabindex=\"0\">{}</pre>", text(&last))
}

fn hints(hints: &[String], language: &Language) -> String {
    let label = text(language.report.run.what_to_do);
    hints.iter().map(|hint| format!("<p class=\"hint\"><strong>{label}</strong> {}</p>", prose(hint))).collect()
}

fn task_hints(task: &TaskResult, language: &Language) -> String {
    hints(&task.hints.iter().map(language.sentences.hint).collect::<Vec<_>>(), language)
}

/// All tasks, step by step and host by host.
pub fn section(run: &RunReport, language: &Language) -> String {
    let seconds = |ms| language.numbers.seconds(ms);
    let mut out = String::new();
    for step in &run.steps {
        let mut body = String::new();
        for host in &run.hosts {
            let Some(mark) = run.mark(host, step) else { continue };
            let tasks: String = run.of(host, step).map(|task| one(run, task, language)).collect();
            let end = run.end(host, step);
            let why = match end.map(|end| &end.verdict) {
                Some(Verdict::Skipped(why)) => {
                    format!("<p class=\"soft\">{}</p>\n", text(&(language.sentences.reason)(why)))
                }
                _ => String::new(),
            };
            let took = end
                .filter(|end| end.took_ms >= 100)
                .map(|end| format!(" <span class=\"soft\">{}</span>", seconds(end.took_ms)));
            body.push_str(&format!(
                "<h4 id=\"{}\">{} {}{}</h4>\n{why}{}",
                anchor(host, step),
                text(host.as_str()),
                badge(run, mark, language),
                took.unwrap_or_default(),
                if tasks.is_empty() { tasks } else { format!("<ul class=\"tasks\">\n{tasks}</ul>\n") },
            ));
        }
        if !body.is_empty() {
            out.push_str(&format!("<h3>{}</h3>\n{body}", text(step.as_str())));
        }
    }
    out
}

fn one(run: &RunReport, task: &TaskResult, language: &Language) -> String {
    let words = &language.report.run;
    let took = if task.took_ms >= 100 {
        format!(" <span class=\"soft\">{}</span>", language.numbers.seconds(task.took_ms))
    } else {
        String::new()
    };
    let line = format!("{} {}{took}", badge(run, Mark::Done(task.outcome), language), text(&task.task.task));
    let mut more = String::new();
    if let Some(why) = &task.reason {
        more.push_str(&format!("<p>{}</p>\n", text(&(language.sentences.reason)(why))));
    }
    for note in &task.notes {
        let note = text(&(language.sentences.note)(note)).replace('\n', "<br>\n");
        more.push_str(&format!("<p>{}</p>\n", (words.note)(&note)));
    }
    more.push_str(&task_hints(task, language));
    if let Some(diff) = task.diff.as_deref().filter(|diff| !diff.is_empty()) {
        more.push_str(&format!(
            "<p class=\"soft\">{}</p>\n<pre tabindex=\"0\" class=\"diff\">{}</pre>\n",
            text(words.diff),
            coloured(diff, language)
        ));
    }
    if let Some(output) = task.output.as_deref().filter(|output| !output.trim().is_empty()) {
        more.push_str(&format!(
            "<p class=\"soft\">{}</p>\n<pre tabindex=\"0\">{}</pre>\n",
            text(words.output),
            long(output, language)
        ));
    }
    if more.is_empty() {
        return format!("<li>{line}</li>\n");
    }
    let open = if task.outcome == Outcome::Failed { " open" } else { "" };
    format!("<li><details{open}><summary>{line}</summary>\n<div class=\"more\">\n{more}</div></details></li>\n")
}

/// A unified diff; the signs at the beginning of its lines say what the colours say.
fn coloured(diff: &str, language: &Language) -> String {
    let line = |line: &str| {
        let class = match line.as_bytes() {
            [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] => "soft",
            [b'@', ..] => "at",
            [b'+', ..] => "plus",
            [b'-', ..] => "minus",
            _ => return line.to_owned(),
        };
        format!("<span class=\"{class}\">{line}</span>")
    };
    // Marks are put around lines that are text already: nothing in a diff can be one.
    long(diff, language).lines().map(line).collect::<Vec<_>>().join("\n")
}
