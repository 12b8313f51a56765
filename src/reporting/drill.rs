//! A drill for people: its story while it happens, and a table of what was measured.

use super::sentences::drill::{self as sentences, verdict};
use super::text::{brief, seconds};
use super::{Reporter, sanitize};
use crate::languages::{ENGLISH, Language};
use crate::model::event::{DrillMode, Drilled, Event, Figures, Kind};
use std::io::{self, Write};

/// Writes a line for each turn of a drill.
pub struct Story<W: Write> {
    out: W,
    mode: &'static str,
}

impl<W: Write> Story<W> {
    /// A story that is written to `out`.
    pub fn new(out: W) -> Self {
        Self { out, mode: "" }
    }
}

impl<W: Write> Reporter for Story<W> {
    fn settled(&mut self, event: &Event) -> io::Result<()> {
        match &event.kind {
            Kind::DrillStarted { drill } => self.mode = drill.mode.word(),
            Kind::DrillTurned { turn, after_ms } => {
                writeln!(
                    self.out,
                    "  {:<6}  {:>7}  {}",
                    self.mode,
                    seconds(*after_ms),
                    sanitize(&sentences::turn(turn))
                )?;
            }
            _ => {}
        }
        Ok(())
    }
}

/// A table of several drills, and a sentence for each.
pub fn drill_table(all: &[Drilled]) -> String {
    let heads =
        ["mode", "sent", "lost", "slow", "gap", "p50", "p99", "max", "ejected after", "shares before | during | after"];
    let mut rows: Vec<Vec<String>> = vec![heads.iter().map(|head| (*head).to_owned()).collect()];
    rows.extend(all.iter().map(row));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let mut out = String::new();
    for row in &rows {
        let mut line = format!("  {:<w$}", row[0], w = widths[0]);
        for (cell, width) in row.iter().zip(&widths).skip(1).take(heads.len() - 2) {
            line.push_str(&format!("  {cell:>width$}"));
        }
        line.push_str(&format!("   {}", row[heads.len() - 1]));
        out.push_str(line.trim_end());
        out.push('\n');
    }
    // Of several drills of a mode, the last one is shown.
    let later = |n: usize| all[n + 1..].iter().any(|each| each.drill.mode == all[n].drill.mode);
    for (_, each) in all.iter().enumerate().filter(|(n, _)| !later(*n)) {
        out.push_str(&format!("\n  {}: {}\n", each.drill.mode.word(), verdict(each)));
    }
    let summed = summed(all);
    if !summed.is_empty() {
        out.push_str(&format!("\n{summed}"));
    }
    out
}

/// What many drills come to: a line for each mode that was tried more than once.
fn summed(all: &[Drilled]) -> String {
    let mut out = String::new();
    for mode in DrillMode::ALL {
        let own: Vec<&Figures> = all.iter().filter(|each| each.drill.mode == mode).map(|each| &each.figures).collect();
        if own.len() > 1 {
            let lost: usize = own.iter().map(|figures| figures.lost).sum();
            let sent: usize = own.iter().map(|figures| figures.sent).sum();
            let slowest = own.iter().map(|figures| figures.max_ms).max().unwrap_or(0);
            let (mode, times, slowest) = (mode.word(), own.len(), brief(slowest));
            out.push_str(&format!("  {mode:<6}  {times} times: {lost} of {sent} lost, slowest {slowest}\n"));
        }
    }
    out
}

fn row(drilled: &Drilled) -> Vec<String> {
    let f = &drilled.figures;
    let shares: Vec<String> = [&f.before, &f.during, &f.after]
        .into_iter()
        .map(|shares| ENGLISH.numbers.shares(shares, &drilled.drill.host))
        .collect();
    let mut row = measured(drilled, ENGLISH);
    row.push(shares.join(" | "));
    row
}

/// The figures of a drill, in the order of every table of them: fault, sent, lost, waited, longest gap, p50, p99, slowest, left
/// out after.
pub(super) fn measured(drilled: &Drilled, language: &Language) -> Vec<String> {
    let (f, brief) = (&drilled.figures, |ms| language.numbers.brief(ms));
    vec![
        drilled.drill.mode.word().to_owned(),
        f.sent.to_string(),
        f.lost.to_string(),
        f.slow.to_string(),
        brief(f.longest_gap_ms),
        brief(f.p50_ms),
        brief(f.p99_ms),
        brief(f.max_ms),
        f.ejected_ms.map_or_else(|| language.report.common.never.to_owned(), brief),
    ]
}
