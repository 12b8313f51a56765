//! Small texts of reports.

use crate::model::event::{Outcome, Shares};

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

/// Why a run went no further.
pub fn halted(failed: usize, hosts: usize, max_fail: &str) -> String {
    format!(
        "{failed} of {hosts} hosts failed or were not reached, more than --max-fail {max_fail}: nothing more was begun"
    )
}

/// `0.4 s`, `12.0 s`, `3 min 05 s`.
pub fn seconds(ms: u64) -> String {
    if ms < 120_000 {
        return format!("{}.{} s", ms / 1000, ms % 1000 / 100);
    }
    format!("{} min {:02} s", ms / 60_000, ms / 1000 % 60)
}

/// `55 ms`, and from a second on as [`seconds`].
pub fn brief(ms: u64) -> String {
    if ms < 1000 { format!("{ms} ms") } else { seconds(ms) }
}

/// `app1 50 %, app2 50 %`.
pub fn percents(shares: &Shares) -> String {
    let each: Vec<String> = shares.iter().map(|(host, percent)| format!("{host} {percent:.0} %")).collect();
    each.join(", ")
}

/// `2026-11-22 22:16 UTC`, from seconds since 1970.
pub fn date(seconds: u64) -> String {
    let (year, month, day) = calendar(seconds / 86_400);
    format!("{year}-{month:02}-{day:02} {:02}:{:02} UTC", seconds / 3600 % 24, seconds / 60 % 60)
}

/// `2026-11-22T22:16:01`, from seconds since 1970, without the zone, which is UTC.
pub fn timestamp(seconds: u64) -> String {
    let (year, month, day) = calendar(seconds / 86_400);
    format!("{year}-{month:02}-{day:02}T{:02}:{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
}

/// Year, month and day, from days since 1970 (in years that begin in March, a leap day is the last of its year).
fn calendar(days: u64) -> (u64, u64, u64) {
    // A recording may hold any number; nothing beyond the year 9999 is a date.
    let days = days.min(2_932_896) + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + later, month, day)
}

/// `182 of 512 MiB`, from KiB.
pub fn share(used: f64, total: f64) -> String {
    let (unit, size) = if total >= 1024.0 * 1024.0 { ("GiB", 1024.0 * 1024.0) } else { ("MiB", 1024.0) };
    let digits = usize::from(unit == "GiB");
    format!("{:.digits$} of {:.digits$} {unit}", used / size, total / size)
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

/// What the engine says of a failure, in words.
pub fn reason(reason: &str) -> String {
    match reason {
        reason if reason.starts_with("until: ") => format!("cannot be told before `{}` is done", &reason[7..]),
        "unverified" => "it was done, but the state still does not hold".to_owned(),
        _ => match reason.strip_prefix("exit ") {
            Some(code) => format!("ended with status {code}"),
            None => reason.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (seconds, wanted) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_399, "2000-02-28 23:59 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (1_795_385_761, "2026-11-22 22:16 UTC"),
            (4_107_542_400, "2100-03-01 00:00 UTC"),
            (u64::MAX, "9999-12-31 "),
        ] {
            assert!(date(seconds).starts_with(wanted), "{seconds}: {}", date(seconds));
        }
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
