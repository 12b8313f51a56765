//! The curves of a drill: answers of each server, how long visitors waited, and who was lost; one band below the other
//! over the same time, with a line for each turn. Bands have names, so that nothing is told by colour alone.

use super::super::run_report::DrillReport;
use super::ticks::merged;
use super::timeline::marks;
use super::{short, text};
use crate::languages::Language;
use crate::model::event::{Tick, TurnKind};
use std::fmt::Write;

const WIDTH: f64 = 1000.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 12.0;
/// A band for a server, and the one for times.
const BAND: f64 = 52.0;
const TALL: f64 = 110.0;
const GAP: f64 = 16.0;
/// A name of a turn.
const NAME: f64 = 17.0;
/// More points than this are no clearer.
const POINTS: usize = 400;

/// Room for one letter in the smaller writing.
const LETTER: f64 = 8.5;

/// A tick of fewer milliseconds belongs to the one before it.
const SHORT: u64 = 125;

struct Drawing<'l> {
    out: String,
    whole: f64,
    language: &'l Language,
}

/// The drawing. There is at least one tick.
#[allow(clippy::cast_precision_loss)] // milliseconds and counts of a drill
pub fn drawing(drill: &DrillReport, language: &Language) -> String {
    let words = &language.report.curves;
    let each = drill.ticks.len().div_ceil(POINTS) as u64;
    let mut n = 0;
    let ticks = merged(&drill.ticks, |tick| {
        // What is left at the end may be so short that a single request would look like a storm.
        if n == 0 || tick.to_ms.saturating_sub(tick.from_ms) >= SHORT {
            n += 1;
        }
        (n - 1) / each
    });
    let ticks: Vec<Tick> = ticks.into_iter().map(|(_, tick)| tick).collect();
    let whole = ticks.last().map_or(1, |tick| tick.to_ms).max(1) as f64;
    let turns: Vec<(TurnKind, u64)> = [TurnKind::Broken, TurnKind::Ejected, TurnKind::Undoing, TurnKind::Back]
        .into_iter()
        .filter_map(|turn| Some((turn, drill.at(turn)?)))
        .collect();
    let top = 8.0 + turns.len() as f64 * NAME + 8.0;
    let servers = ticks[0].answered.len() as f64;
    let bottom = top + servers * (BAND + GAP) + TALL + GAP + BAND;
    let mut d = Drawing { out: String::new(), whole, language };
    let _ = writeln!(
        d.out,
        "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {:.0}\" role=\"img\" aria-label=\"{}\">",
        bottom + 26.0,
        text(&(words.drawn)(&language.numbers.brief(whole as u64))),
    );
    d.behind(drill, top, bottom);
    let most = ticks.iter().flat_map(|tick| tick.answered.values().map(|n| rate(*n, tick))).fold(1.0, f64::max);
    let mut y = top;
    for host in ticks[0].answered.keys() {
        let broken = if *host == drill.drill.host { "broken" } else { "server" };
        d.band(y, BAND, &short(host.as_str(), 18), &text(&(words.most_a_second)(most.round_ties_even() as u64)));
        let points = ticks.iter().map(|tick| (tick, rate(tick.answered.get(host).copied().unwrap_or(0), tick) / most));
        d.area(y, BAND, broken, points);
        y += BAND + GAP;
    }
    d.times(y, &ticks);
    y += TALL + GAP;
    let worst = ticks.iter().map(|tick| tick.lost.max(tick.stalled)).max().unwrap_or(0);
    d.band(y, BAND, &text(words.lost_and_waiting), if worst == 0 { words.none } else { "" });
    if worst > 0 {
        let _ =
            writeln!(d.out, "<text class=\"soft\" x=\"0\" y=\"{:.1}\">{}</text>", y + 32.0, text(&(words.most)(worst)));
        let second = 14.0 + words.lost.chars().count() as f64 * LETTER;
        for (x, class, name) in [(0.0, "lost", words.lost), (second, "waiting", words.waiting)] {
            let _ = writeln!(
                d.out,
                "<rect class=\"area {class}\" x=\"{x:.1}\" y=\"{:.1}\" width=\"10\" height=\"10\"/><text class=\"soft\" x=\"{:.1}\" y=\"{:.1}\">{name}</text>",
                y + 39.0,
                x + 14.0,
                y + 48.0,
            );
        }
        d.area(y, BAND, "waiting", ticks.iter().map(|tick| (tick, tick.stalled as f64 / worst as f64)));
        d.area(y, BAND, "lost", ticks.iter().map(|tick| (tick, tick.lost as f64 / worst as f64)));
    }
    for (n, (turn, at)) in turns.iter().enumerate() {
        d.turn(*turn, *at as f64, 8.0 + (n as f64 + 0.75) * NAME, bottom);
    }
    d.out.push_str("</svg>\n");
    d.out
}

#[allow(clippy::cast_precision_loss)] // milliseconds and counts of a drill
fn rate(n: u64, tick: &Tick) -> f64 {
    n as f64 * 1000.0 / tick.to_ms.saturating_sub(tick.from_ms).max(1) as f64
}

impl Drawing<'_> {
    fn x(&self, ms: f64) -> f64 {
        LEFT + (ms / self.whole).min(1.0) * (WIDTH - LEFT - RIGHT)
    }

    /// The axis of time, and the stretch in which the fault was there.
    #[allow(clippy::cast_precision_loss)]
    fn behind(&mut self, drill: &DrillReport, top: f64, bottom: f64) {
        if let Some(from) = drill.at(TurnKind::Broken) {
            let (from, to) =
                (self.x(from as f64), self.x(drill.at(TurnKind::Undoing).map_or(self.whole, |at| at as f64)));
            let _ = writeln!(
                self.out,
                "<rect class=\"fault\" x=\"{from:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
                to - from,
                bottom - top
            );
        }
        for (at, label) in marks(self.whole, &self.language.numbers) {
            let x = self.x(at);
            let _ = writeln!(
                self.out,
                "<path class=\"grid\" d=\"M{x:.1} {top:.1}V{bottom:.1}\"/><text class=\"soft\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{label}</text>",
                bottom + 17.0
            );
        }
    }

    /// The name and the ground of a band.
    fn band(&mut self, y: f64, h: f64, name: &str, more: &str) {
        let (base, right) = (y + h, WIDTH - RIGHT);
        let _ = writeln!(
            self.out,
            "<text class=\"strong\" x=\"0\" y=\"{:.1}\">{name}</text><text class=\"soft\" x=\"0\" y=\"{:.1}\">{more}</text><path class=\"ground\" d=\"M{LEFT} {base:.1}H{right}\"/>",
            y + 16.0,
            y + 32.0
        );
    }

    /// A filled curve in steps; values are parts of the band's height.
    #[allow(clippy::cast_precision_loss)]
    fn area<'t>(&mut self, y: f64, h: f64, class: &str, points: impl Iterator<Item = (&'t Tick, f64)>) {
        let (mut path, mut flat) = (String::new(), true);
        for (n, (tick, part)) in points.enumerate() {
            flat &= part <= 0.0;
            let (from, to, at) =
                (self.x(tick.from_ms as f64), self.x(tick.to_ms as f64), y + h - part.clamp(0.0, 1.0) * h);
            let begin = if n == 0 { format!("M{from:.1} {:.1}", y + h) } else { String::new() };
            let _ = write!(path, "{begin}V{at:.1}H{to:.1}");
        }
        if flat {
            return;
        }
        let _ = writeln!(self.out, "<path class=\"area {class}\" d=\"{path}V{:.1}Z\"/>", y + h);
    }

    /// Waiting times, each ten times as long as the line below it.
    #[allow(clippy::cast_precision_loss)]
    fn times(&mut self, y: f64, ticks: &[Tick]) {
        let longest = ticks.iter().map(|tick| tick.max_ms).max().unwrap_or(1).max(10) as f64;
        let decades = longest.log10().ceil().max(1.0);
        let height = |ms: u64| y + TALL - (ms.max(1) as f64).log10() / decades * TALL;
        let words = &self.language.report.curves;
        self.band(y, TALL, &text(words.waiting_time), "");
        for (n, ms) in (0..).zip([1u64, 10, 100, 1000, 10_000, 100_000]).take_while(|(n, _)| f64::from(*n) <= decades) {
            let at = height(ms);
            let right = WIDTH - RIGHT;
            let _ = writeln!(self.out, "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{right}\"/>");
            let nudge = if n == 0 { 0.0 } else { 4.0 };
            let _ = writeln!(
                self.out,
                "<text class=\"soft\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 6.0,
                at + nudge,
                self.language.numbers.brief(ms)
            );
        }
        for (n, (name, class)) in words.lines.into_iter().zip(["max", "p99", "p50"]).enumerate() {
            let at = y + 30.0 + n as f64 * 16.0;
            let _ = writeln!(
                self.out,
                "<path class=\"curve {class}\" d=\"M0 {:.1}h18\"/><text class=\"soft\" x=\"23\" y=\"{at:.1}\">{name}</text>",
                at - 4.0
            );
        }
        for class in ["max", "p99", "p50"] {
            let (mut path, mut gap) = (String::new(), true);
            for tick in ticks {
                let ms = match class {
                    "max" => tick.max_ms,
                    "p99" => tick.p99_ms,
                    _ => tick.p50_ms,
                };
                // Where nothing ended there is no time to show.
                if tick.answered.values().sum::<u64>() + tick.lost == 0 {
                    gap = true;
                    continue;
                }
                let x = self.x((tick.from_ms + tick.to_ms) as f64 / 2.0);
                let _ = write!(path, "{}{x:.1} {:.1}", if gap { 'M' } else { 'L' }, height(ms));
                gap = false;
            }
            let _ = writeln!(self.out, "<path class=\"curve {class}\" d=\"{path}\"/>");
        }
    }

    /// The line of a turn, with its name beside its upper end.
    fn turn(&mut self, turn: TurnKind, at: f64, y: f64, bottom: f64) {
        let x = self.x(at);
        let [broken, ejected, undone, back] = self.language.report.curves.turns;
        let name = match turn {
            TurnKind::Broken => broken,
            TurnKind::Ejected => ejected,
            TurnKind::Undoing => undone,
            _ => back,
        };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // milliseconds of a drill
        let label = text(&format!("{} {name}", self.language.numbers.brief(at.max(0.0) as u64)));
        let (anchor, to) = if x > WIDTH * 0.75 { ("end", x - 6.0) } else { ("start", x + 6.0) };
        let class = class(turn);
        let _ = writeln!(
            self.out,
            "<g class=\"turn {class}\"><path d=\"M{x:.1} {:.1}V{bottom:.1}\"/><text x=\"{to:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{label}</text></g>",
            y - 10.0
        );
    }
}

/// How a turn is marked; the words say the same.
pub fn class(turn: TurnKind) -> &'static str {
    match turn {
        TurnKind::Broken => "bad",
        TurnKind::Ejected | TurnKind::Undoing => "unsure",
        TurnKind::Back => "good",
        TurnKind::Load | TurnKind::Note => "",
    }
}
