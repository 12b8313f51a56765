//! A drill: its verdict, its figures, its curves, and the curves as a table.

use super::super::drill::measured;
use super::super::run_report::{DrillTold, Told};
use super::super::text::{brief, percents};
use super::curves::class;
use super::{curves, plural, prose, text, ticks};
use crate::model::event::Drilled;
use crate::model::page::table;

/// All drills; several are compared first.
pub fn section(told: &Told) -> String {
    let done: Vec<&Drilled> = told.drills.iter().filter_map(|drill| drill.end.as_ref()?.as_ref().ok()).collect();
    let mut out = String::new();
    if done.len() > 1 {
        let rows: Vec<Vec<String>> = done.iter().map(|drilled| compared(drilled)).collect();
        let heads =
            ["fault", "sent", "lost", "waited", "longest gap", "p50", "p99", "slowest", "left out after", "back after"];
        out.push_str(&table("The faults beside each other", &heads, &rows));
    }
    told.drills.iter().enumerate().for_each(|(n, drill)| out.push_str(&one(n, drill)));
    out
}

fn compared(drilled: &Drilled) -> Vec<String> {
    let mut row = measured(drilled);
    row.push(brief(drilled.figures.back_ms));
    row
}

fn one(n: usize, drill: &DrillTold) -> String {
    let asked = &drill.drill;
    let template = if asked.template == "defaults" { ", with nginx's own defaults" } else { "" };
    let mut out = format!(
        "<h3>{}: {}{template}</h3>\n<p class=\"soft\">{} a second to http://{}/, the fault for {}.</p>\n",
        asked.mode.word(),
        text(asked.host.as_str()),
        plural(asked.rate as usize, "request"),
        text(&asked.site),
        plural(usize::try_from(asked.seconds).unwrap_or(usize::MAX), "second"),
    );
    match &drill.end {
        Some(Ok(drilled)) => out.push_str(&figures(drilled)),
        Some(Err(why)) => out.push_str(&format!("<p class=\"verdict bad\">✗ No figures: {}</p>\n", text(why))),
        None => out.push_str("<p class=\"verdict unsure\">… The recording ends before this drill did.</p>\n"),
    }
    if drill.ticks.is_empty() {
        return out;
    }
    out.push_str(&format!(
        "<div class=\"scroll\" role=\"group\" aria-label=\"Curves of the drill {} {}\" tabindex=\"0\">\n{}</div>\n",
        n + 1,
        asked.mode.word(),
        curves::drawing(drill)
    ));
    let turns: String = drill
        .turns
        .iter()
        .map(|(turn, at, said)| {
            format!("<li class=\"{}\"><strong>{}</strong> {}</li>", class(*turn), brief(*at), text(said))
        })
        .collect();
    out.push_str(&format!("<ol class=\"turns\">{turns}</ol>\n"));
    out.push_str(&format!(
        "<details class=\"alt\"><summary>The curves as a table, second by second</summary>\n{}</details>\n",
        by_second(drill)
    ));
    out
}

fn figures(drilled: &Drilled) -> String {
    let f = &drilled.figures;
    let class = if f.lost > 0 {
        "bad"
    } else if f.slow > 0 {
        "unsure"
    } else {
        "good"
    };
    let sign = if f.lost > 0 { "✗" } else { "✓" };
    let why: Vec<String> = f.lost_why.iter().map(|(why, n)| format!("{n} × {}", text(why))).collect();
    let lost =
        if why.is_empty() { String::new() } else { format!(" <span class=\"soft\">({})</span>", why.join(", ")) };
    let left_out = f.left_out_ms.map_or_else(|| "never".to_owned(), brief);
    let mut tiles = String::new();
    for (name, value) in [
        ("sent", f.sent.to_string()),
        ("lost", format!("{}{lost}", f.lost)),
        ("waited over 1 s", f.slow.to_string()),
        ("longest silence", brief(f.longest_gap_ms)),
        ("half within", brief(f.p50_ms)),
        ("99 of 100 within", brief(f.p99_ms)),
        ("slowest", brief(f.max_ms)),
        ("left out after", left_out),
        ("back after", brief(f.back_ms)),
    ] {
        tiles.push_str(&format!("<div><dt>{name}</dt><dd>{value}</dd></div>"));
    }
    let shares = |name: &str, shares| vec![name.to_owned(), text(&percents(shares))];
    let rows = [shares("before", &f.before), shares("during the fault", &f.during), shares("after", &f.after)];
    format!(
        "<p class=\"verdict {class}\"><span aria-hidden=\"true\">{sign} </span>{}</p>\n<dl class=\"figures\">{tiles}</dl>\n{}",
        prose(&drilled.verdict),
        table("Who answered how much", &["when", "shares"], &rows),
    )
}

fn by_second(drill: &DrillTold) -> String {
    let servers: Vec<&str> = drill.ticks[0].answered.keys().map(|host| host.as_str()).collect();
    let mut heads = vec!["second", "sent"];
    heads.extend(&servers);
    heads.extend(["lost", "wait on", "p50", "p99", "slowest", "what happened"]);
    let merged = ticks::merged(&drill.ticks, ticks::second);
    let rows: Vec<Vec<String>> = merged
        .iter()
        .map(|(second, tick)| {
            let said: Vec<String> =
                drill.turns.iter().filter(|(_, at, _)| at / 1000 == *second).map(|(.., said)| text(said)).collect();
            let mut row = vec![second.to_string(), tick.sent.to_string()];
            row.extend(tick.answered.values().map(ToString::to_string));
            row.extend([tick.lost.to_string(), tick.stalled.to_string()]);
            row.extend([tick.p50_ms, tick.p99_ms, tick.max_ms].map(brief));
            row.push(said.join("; "));
            row
        })
        .collect();
    table("The load, second by second", &heads, &rows)
}
