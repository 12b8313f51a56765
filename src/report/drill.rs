//! What a drill measured: a table for people, an object for programs.

use super::text::seconds;
use crate::drill::{Figures, Mode, Share};
use crate::name::HostName;
use serde::Serialize;

/// One drill that ran to its end.
#[derive(Debug, Clone, Serialize)]
pub struct Drilled {
    /// What was done.
    pub mode: Mode,
    /// To whom.
    pub host: HostName,
    /// The domain that was asked.
    pub site: String,
    /// `lab`, or `defaults` for nginx's own.
    pub template: &'static str,
    /// Requests a second.
    pub rate: u32,
    /// How long the fault was to last, in seconds.
    pub seconds: u64,
    /// What was measured.
    #[serde(flatten)]
    pub figures: Figures,
    /// In a sentence.
    pub verdict: String,
}

impl Drilled {
    /// One line of JSON.
    pub fn json(&self) -> String {
        // Names and numbers always serialise.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// A table of several drills, and a sentence for each.
    pub fn table(all: &[Self]) -> String {
        let heads = [
            "mode",
            "sent",
            "lost",
            "slow",
            "gap",
            "p50",
            "p99",
            "max",
            "left out after",
            "shares before | during | after",
        ];
        let mut rows: Vec<Vec<String>> = vec![heads.iter().map(|head| (*head).to_owned()).collect()];
        rows.extend(all.iter().map(Self::row));
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
        // Of several drills of a mode, the last one is told.
        let later = |n: usize| all[n + 1..].iter().any(|each| each.mode == all[n].mode);
        for (_, each) in all.iter().enumerate().filter(|(n, _)| !later(*n)) {
            out.push_str(&format!("\n  {}: {}\n", each.mode.word(), each.verdict));
        }
        out
    }

    /// What many drills come to: a line for each mode that was tried more than once.
    pub fn summed(all: &[Self]) -> String {
        let mut out = String::new();
        for mode in Mode::ALL {
            let own: Vec<&Figures> = all.iter().filter(|each| each.mode == mode).map(|each| &each.figures).collect();
            if own.len() > 1 {
                let lost: usize = own.iter().map(|figures| figures.lost).sum();
                let sent: usize = own.iter().map(|figures| figures.sent).sum();
                let slowest = own.iter().map(|figures| figures.max_ms).max().unwrap_or(0);
                out.push_str(&format!(
                    "  {:<6}  {} times: {lost} of {sent} lost, slowest {}\n",
                    mode.word(),
                    own.len(),
                    time(slowest)
                ));
            }
        }
        if out.is_empty() { out } else { format!("\n{out}") }
    }

    fn row(&self) -> Vec<String> {
        let f = &self.figures;
        let shares: Vec<String> = [&f.before, &f.during, &f.after].into_iter().map(percents).collect();
        vec![
            self.mode.word().to_owned(),
            f.sent.to_string(),
            f.lost.to_string(),
            f.slow.to_string(),
            time(f.longest_gap_ms),
            time(f.p50_ms),
            time(f.p99_ms),
            time(f.max_ms),
            f.left_out_ms.map_or_else(|| "never".to_owned(), time),
            shares.join(" | "),
        ]
    }
}

fn percents(share: &Share) -> String {
    let each: Vec<String> = share.iter().map(|(host, percent)| format!("{host} {percent:.0} %")).collect();
    each.join(", ")
}

fn time(ms: u64) -> String {
    if ms < 1000 { format!("{ms} ms") } else { seconds(ms) }
}
