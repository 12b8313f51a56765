//! Small texts of reports.

pub use crate::languages::plural;
use crate::languages::{ENGLISH, Moment};
use crate::model::event::Outcome;
use crate::model::health::{MachineHealth, Usage};

/// A text that can do nothing to a terminal: control characters are shown, not obeyed. What a host prints may be hostile.
pub fn sanitize(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push(c),
            '\t' => out.push_str("    "),
            '\r' => {}
            c if c.is_control() => out.extend(c.escape_default()),
            // Marks that turn the direction of writing can make a text read as another one.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// Which outcome a step is called by.
pub fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Ok => 0,
        Outcome::Unknown => 1,
        Outcome::Skipped => 2,
        Outcome::Changed => 3,
        Outcome::Failed => 4,
    }
}

/// `0.4 s`, `12.0 s`, `3 min 05 s`.
pub fn seconds(ms: u64) -> String {
    ENGLISH.numbers.seconds(ms)
}

/// `55 ms`, and from a second on as [`seconds`].
pub fn brief(ms: u64) -> String {
    ENGLISH.numbers.brief(ms)
}

/// `2026-11-22 22:16 UTC`, from seconds since 1970.
pub fn date(seconds: u64) -> String {
    ENGLISH.numbers.date(seconds)
}

/// `2026-11-22T22:16:01`, from seconds since 1970, without the zone, which is UTC.
pub fn timestamp(seconds: u64) -> String {
    let Moment { year, month, day, hour, minute, second } = Moment::at(seconds);
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

/// `182 of 512 MiB`, from KiB.
pub fn share(used: f64, total: f64) -> String {
    let (unit, size) = if total >= 1024.0 * 1024.0 { ("GiB", 1024.0 * 1024.0) } else { ("MiB", 1024.0) };
    let digits = usize::from(unit == "GiB");
    format!("{:.digits$} of {:.digits$} {unit}", used / size, total / size)
}

/// What a machine said of itself: memory, disk, load, time since its start, clock; `?` for what is not known.
pub fn machine(said: &MachineHealth) -> [String; 5] {
    let usage = |usage: Usage| share(usage.used_kb, usage.total_kb);
    [
        said.memory().map(usage),
        said.disk().map(usage),
        said.load.map(|load| format!("{load:.2}")),
        said.uptime_s.map(|seconds| age(seconds as u64)),
        said.clock().map(|clock| ahead(clock.ahead_ms, clock.margin_ms)),
    ]
    .map(|said| said.unwrap_or_else(|| "?".to_owned()))
}

/// `42 s`, `12 min`, `3 h 05 min`, `9 d 2 h`.
pub fn age(seconds: u64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{minutes} min"),
        3600..86_400 => format!("{hours} h {:02} min", minutes % 60),
        _ => format!("{} d {} h", hours / 24, hours % 24),
    }
}

/// `right`, or how many seconds a clock is before or behind: only what is more than the measurement may be wrong by.
pub fn ahead(ms: f64, margin: f64) -> String {
    let (off, margin) = (ms.abs() / 1000.0, margin / 1000.0);
    match ms {
        _ if off <= margin.max(0.05) => format!("right (± {:.1} s)", margin.max(0.1)),
        ms if ms > 0.0 => format!("{off:.1} s fast"),
        _ => format!("{off:.1} s slow"),
    }
}

/// The last lines of a text.
pub fn end_of(text: &str, lines: usize) -> &str {
    let skip = text.lines().count().saturating_sub(lines);
    let from: usize = text.split_inclusive('\n').take(skip).map(str::len).sum();
    &text[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps() {
        assert_eq!(timestamp(1_795_385_761), "2026-11-22T22:16:01");
    }

    #[test]
    fn nothing_can_drive_the_terminal() {
        assert_eq!(sanitize("a\x1b[2Jb\r\u{9b}x\u{202e}y\n"), "a\\u{1b}[2Jb\\u{9b}x\\u{202e}y\n");
    }

    #[test]
    fn times() {
        assert_eq!([seconds(449), seconds(12_000), seconds(185_000)], ["0.4 s", "12.0 s", "3 min 05 s"]);
    }

    #[test]
    fn machines() {
        assert_eq!(share(186_368.0, 524_288.0), "182 of 512 MiB");
        assert_eq!(share(2_097_152.0, 20_971_520.0), "2.0 of 20.0 GiB");
        let ages = [5, 61, 3700, 86_400 * 9 + 7200].map(age);
        assert_eq!(ages, ["5 s", "1 min", "1 h 01 min", "9 d 2 h"]);
        assert_eq!(ahead(20.0, 60.0), "right (± 0.1 s)");
        assert_eq!([ahead(2500.0, 60.0), ahead(-90_000.0, 60.0)], ["2.5 s fast", "90.0 s slow"]);
    }

    #[test]
    fn the_end_of_a_text() {
        assert_eq!(end_of("a\nb\nc\n", 2), "b\nc\n");
        assert_eq!(end_of("a\nb", 9), "a\nb");
    }
}
