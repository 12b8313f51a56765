//! A drill: its verdict, its figures, its curves, and the curves as a table.

use super::super::drill::measured;
use super::super::run_report::{DrillReport, RunReport};
use super::curves::class;
use super::{curves, prose, text, ticks};
use crate::languages::Language;
use crate::model::event::Drilled;
use crate::model::page::table;

/// All drills; several are compared first.
pub fn section(run: &RunReport, language: &Language) -> String {
    let words = &language.report.drill;
    let done: Vec<&Drilled> = run.drills.iter().filter_map(|drill| drill.end.as_ref()?.as_ref().ok()).collect();
    let mut out = String::new();
    if done.len() > 1 {
        let rows: Vec<Vec<String>> = done.iter().map(|drilled| compared(drilled, language)).collect();
        out.push_str(&table(words.compared, &words.heads, &rows));
    }
    run.drills.iter().enumerate().for_each(|(n, drill)| out.push_str(&one(n, drill, language)));
    out
}

fn compared(drilled: &Drilled, language: &Language) -> Vec<String> {
    let mut row = measured(drilled, language);
    row.push(language.numbers.brief(drilled.figures.back_ms));
    row
}

fn one(n: usize, drill: &DrillReport, language: &Language) -> String {
    let words = &language.report.drill;
    let asked = &drill.drill;
    let template = if asked.template == "defaults" { words.defaults } else { "" };
    let mut out = format!(
        "<h3>{}: {}{template}</h3>\n<p class=\"soft\">{}</p>\n",
        asked.mode.word(),
        text(asked.host.as_str()),
        text(&(words.asked)(asked)),
    );
    match &drill.end {
        Some(Ok(drilled)) => out.push_str(&figures(drilled, language)),
        Some(Err(why)) => {
            let why = (words.no_figures)(&text(&(language.sentences.failure)(why)));
            out.push_str(&format!("<p class=\"verdict bad\">✗ {why}</p>\n"));
        }
        None => out.push_str(&format!("<p class=\"verdict unsure\">… {}</p>\n", text(words.cut))),
    }
    if drill.ticks.is_empty() {
        return out;
    }
    out.push_str(&format!(
        "<div class=\"scroll\" role=\"group\" aria-label=\"{}\" tabindex=\"0\">\n{}</div>\n",
        text(&(words.curves)(n + 1, asked.mode.word())),
        curves::drawing(drill, language)
    ));
    let turns: String = drill
        .turns
        .iter()
        .map(|(turn, at)| {
            let (at, texts) = (language.numbers.brief(*at), (language.sentences.turn)(turn));
            format!("<li class=\"{}\"><strong>{at}</strong> {}</li>", class(turn.kind()), text(&texts))
        })
        .collect();
    out.push_str(&format!("<ol class=\"turns\">{turns}</ol>\n"));
    out.push_str(&format!(
        "<details class=\"alt\"><summary>{}</summary>\n{}</details>\n",
        text(words.as_table),
        by_second(drill, language)
    ));
    out
}

fn figures(drilled: &Drilled, language: &Language) -> String {
    let words = &language.report.drill;
    let (f, brief) = (&drilled.figures, |ms| language.numbers.brief(ms));
    let class = if f.lost > 0 {
        "bad"
    } else if f.slow > 0 {
        "unsure"
    } else {
        "good"
    };
    let sign = if f.lost > 0 { "✗" } else { "✓" };
    let lost = match f.lost_why.is_empty() {
        true => String::new(),
        false => format!(" <span class=\"soft\">({})</span>", text(&language.losses(&f.lost_why))),
    };
    let ejected = f.ejected_ms.map_or_else(|| language.report.common.never.to_owned(), brief);
    let mut tiles = String::new();
    let values = [
        f.sent.to_string(),
        format!("{}{lost}", f.lost),
        f.slow.to_string(),
        brief(f.longest_gap_ms),
        brief(f.p50_ms),
        brief(f.p99_ms),
        brief(f.max_ms),
        ejected,
        brief(f.back_ms),
    ];
    for (name, value) in words.figures.into_iter().zip(values) {
        tiles.push_str(&format!("<div><dt>{name}</dt><dd>{value}</dd></div>"));
    }
    let shares = words.shares_rows.into_iter().zip([&f.before, &f.during, &f.after]);
    let rows: Vec<Vec<String>> = shares
        .map(|(name, shares)| vec![text(name), text(&language.numbers.shares(shares, &drilled.drill.host))])
        .collect();
    format!(
        "<p class=\"verdict {class}\"><span aria-hidden=\"true\">{sign} </span>{}</p>\n<dl class=\"figures\">{tiles}</dl>\n{}",
        prose(&(language.sentences.verdict)(drilled)),
        table(words.shares, &words.shares_heads, &rows),
    )
}

fn by_second(drill: &DrillReport, language: &Language) -> String {
    let words = &language.report.drill;
    let servers: Vec<&str> = drill.ticks[0].answered.keys().map(|host| host.as_str()).collect();
    let mut heads = words.second_heads.to_vec();
    heads.extend(&servers);
    heads.extend(words.last_heads);
    let merged = ticks::merged(&drill.ticks, ticks::second);
    let rows: Vec<Vec<String>> = merged
        .iter()
        .map(|(second, tick)| {
            let turns = drill.turns.iter().filter(|(_, at)| at / 1000 == *second);
            let texts: Vec<String> = turns.map(|(turn, _)| text(&(language.sentences.turn)(turn))).collect();
            let mut row = vec![second.to_string(), tick.sent.to_string()];
            row.extend(tick.answered.values().map(ToString::to_string));
            row.extend([tick.lost.to_string(), tick.stalled.to_string()]);
            row.extend([tick.p50_ms, tick.p99_ms, tick.max_ms].map(|ms| language.numbers.brief(ms)));
            row.push(texts.join("; "));
            row
        })
        .collect();
    table(words.by_second, &heads, &rows)
}
