//! When each step ran on each host: a drawing with a lane for each host, and the same as a table.

use super::super::run_report::{RunReport, StepEnd};
use super::{badge, short, sign, text};
use crate::languages::{Language, Numbers};
use crate::model::event::Verdict;
use crate::model::name::HostName;
use crate::model::page::table;
use std::collections::HashMap;
use std::fmt::Write;

const WIDTH: f64 = 1000.0;
const LEFT: f64 = 96.0;
const LANE: f64 = 34.0;
/// Room for one letter of a step's name.
const LETTER: f64 = 7.6;

/// The drawing and the table.
pub fn section(run: &RunReport, language: &Language) -> String {
    let (words, seconds) = (&language.report.run, |ms| language.numbers.seconds(ms));
    let ran: Vec<&StepEnd> = run.ends.iter().filter(|end| end.verdict == Verdict::Finished).collect();
    if ran.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = ran
        .iter()
        .map(|end| {
            let begin = end.at_ms.saturating_sub(end.took_ms);
            let mark = run.mark(&end.host, &end.step).map(|mark| badge(run, mark, language)).unwrap_or_default();
            vec![text(end.step.as_str()), text(end.host.as_str()), seconds(begin), seconds(end.took_ms), mark]
        })
        .collect();
    format!(
        "<div class=\"scroll\" role=\"group\" aria-label=\"{}\" tabindex=\"0\">\n{}</div>\n\
         <details class=\"alt\"><summary>{}</summary>\n{}</details>\n",
        text(words.drawing),
        drawing(run, &ran, language),
        text(words.as_table),
        table(words.when, &[words.step, words.host, words.began, words.took, words.outcome], &rows),
    )
}

#[allow(clippy::cast_precision_loss)] // milliseconds of a run, and lanes
fn drawing(run: &RunReport, ran: &[&StepEnd], language: &Language) -> String {
    let words = &language.report.run;
    let mut lanes: HashMap<&HostName, Vec<&StepEnd>> = HashMap::new();
    ran.iter().for_each(|end| lanes.entry(&end.host).or_default().push(end));
    let lanes: Vec<_> = run.hosts.iter().filter_map(|host| Some((host, lanes.remove(host)?))).collect();
    let whole = ran.iter().map(|end| end.at_ms).max().unwrap_or(1).max(1) as f64;
    let height = 30.0 + lanes.len() as f64 * LANE + 6.0;
    let x = |ms: f64| LEFT + ms / whole * (WIDTH - LEFT - 16.0);
    let mut out = format!(
        "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\">\n",
        text(words.drawn),
    );
    for (at, label) in marks(whole, &language.numbers) {
        let x = x(at);
        let _ = writeln!(
            out,
            "<path class=\"grid\" d=\"M{x:.1} 22V{:.1}\"/><text class=\"soft\" x=\"{x:.1}\" y=\"14\" text-anchor=\"middle\">{label}</text>",
            height - 4.0
        );
    }
    for (n, (host, ends)) in lanes.iter().enumerate() {
        let y = 28.0 + n as f64 * LANE;
        let _ =
            writeln!(out, "<text class=\"strong\" x=\"0\" y=\"{:.1}\">{}</text>", y + 19.0, short(host.as_str(), 13));
        for end in ends {
            let (from, to) = (x(end.at_ms.saturating_sub(end.took_ms) as f64), x(end.at_ms as f64));
            let width = (to - from).max(3.0);
            let (class, sign) = run.mark(host, &end.step).map_or(("", ""), sign);
            let took = language.numbers.seconds(end.took_ms);
            let _ = write!(
                out,
                "<g class=\"{class}\"><title>{}: {sign} {took}</title><rect class=\"lane\" x=\"{from:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{:.1}\" rx=\"4\"/>",
                text(&(words.on)(end.step.as_str(), host.as_str())),
                LANE - 6.0
            );
            let label = format!("{sign} {}", end.step);
            if label.chars().count() as f64 * LETTER + 12.0 <= width {
                let _ = write!(out, "<text x=\"{:.1}\" y=\"{:.1}\">{}</text>", from + 6.0, y + 18.0, text(&label));
            }
            out.push_str("</g>\n");
        }
    }
    out.push_str("</svg>\n");
    out
}

/// Places on an axis of time, in milliseconds, with their names: few, and round.
pub fn marks(whole: f64, numbers: &Numbers) -> Vec<(f64, String)> {
    let steps = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0];
    let step = steps.into_iter().find(|step| whole / (step * 1000.0) <= 10.0);
    // Whatever a spoiled recording says of its length, the marks are few.
    let step = step.unwrap_or_else(|| (whole / 10_000.0 / 7200.0).ceil() * 7200.0);
    let digits = usize::from(step < 1.0);
    let places = (0..=10).map(|n| f64::from(n) * step).take_while(|at| at * 1000.0 <= whole + 0.5);
    places.map(|at| (at * 1000.0, numbers.mark(at, digits))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::languages::ENGLISH;

    #[test]
    fn marks_are_few_and_round_however_long_it_took() {
        let names = |whole: f64| marks(whole, &ENGLISH.numbers).into_iter().map(|(_, name)| name).collect::<Vec<_>>();
        assert_eq!(names(0.0), ["0.0 s"]);
        assert_eq!(names(45_000.0), ["0 s", "5 s", "10 s", "15 s", "20 s", "25 s", "30 s", "35 s", "40 s", "45 s"]);
        assert_eq!(names(90_000_000.0)[..2], ["0 s", "14400 s"]);
        // Found by fuzzing: this took all of the memory.
        for whole in [1e11, 1e15, u64::MAX as f64, f64::MAX] {
            assert!((2..=11).contains(&marks(whole, &ENGLISH.numbers).len()), "{whole}");
        }
    }
}
