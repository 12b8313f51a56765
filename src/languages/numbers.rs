//! Times, dates and shares, as a language writes them.

use super::lists::FEW;
use crate::model::event::Shares;
use crate::model::name::BackendName;

/// How a language writes numbers that are more than counts.
pub struct Numbers {
    /// The decimal sign: `.`.
    pub decimal: &'static str,
    /// The unit after seconds: `s`.
    pub second: &'static str,
    /// The unit after minutes: `min`.
    pub minute: &'static str,
    /// The percent sign, with the blank before it where the language has one: ` %`.
    pub percent: &'static str,
    /// Writes a moment as date and time, with its time zone.
    pub date: fn(&Moment) -> String,
}

/// A moment, split into its parts in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The year, 1970 to 9999.
    pub year: u64,
    /// The month, 1 to 12.
    pub month: u64,
    /// The day of the month, 1 to 31.
    pub day: u64,
    /// The hour, 0 to 23.
    pub hour: u64,
    /// The minute, 0 to 59.
    pub minute: u64,
    /// The second, 0 to 59.
    pub second: u64,
}

impl Moment {
    /// The moment that is so many seconds after the beginning of 1970, UTC.
    pub fn at(seconds: u64) -> Self {
        let (year, month, day) = calendar(seconds / 86_400);
        Self { year, month, day, hour: seconds / 3600 % 24, minute: seconds / 60 % 60, second: seconds % 60 }
    }
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

impl Numbers {
    /// `0.4 s`, `12.0 s`, `3 min 05 s`, from milliseconds.
    pub fn seconds(&self, ms: u64) -> String {
        let Self { decimal, second, minute, .. } = self;
        if ms < 120_000 {
            return format!("{}{decimal}{} {second}", ms / 1000, ms % 1000 / 100);
        }
        format!("{} {minute} {:02} {second}", ms / 60_000, ms / 1000 % 60)
    }

    /// `55 ms`, and from a second on as [`Self::seconds`].
    pub fn brief(&self, ms: u64) -> String {
        if ms < 1000 { format!("{ms} ms") } else { self.seconds(ms) }
    }

    /// `0.5 s`, `10 s`: a mark on an axis of time.
    pub fn mark(&self, seconds: f64, digits: usize) -> String {
        format!("{} {}", self.real(seconds, digits), self.second)
    }

    /// A whole number of percent: `50 %`.
    pub fn percent(&self, percent: f64) -> String {
        format!("{percent:.0}{}", self.percent)
    }

    /// `app1 50 %, app2 50 %`; of many, the one that it is about and what the others have on average: `app7 0 %, 29 × 3 %`.
    pub fn shares(&self, shares: &Shares, subject: &BackendName) -> String {
        if shares.len() > FEW {
            let own = shares.get(subject).copied().unwrap_or(0.0);
            let others: Vec<f64> = shares.iter().filter(|(name, _)| *name != subject).map(|(_, part)| *part).collect();
            let mean = others.iter().sum::<f64>() / others.len() as f64;
            return format!("{subject} {}, {} × {}", self.percent(own), others.len(), self.percent(mean));
        }
        let each: Vec<String> = shares.iter().map(|(host, part)| format!("{host} {}", self.percent(*part))).collect();
        each.join(", ")
    }

    /// `2026-11-22 22:16 UTC`, from seconds since 1970.
    pub fn date(&self, seconds: u64) -> String {
        (self.date)(&Moment::at(seconds))
    }

    /// A number with this many digits after the decimal sign.
    pub fn real(&self, number: f64, digits: usize) -> String {
        format!("{number:.digits$}").replace('.', self.decimal)
    }
}

#[cfg(test)]
mod tests {
    use crate::languages::{ALL, ENGLISH, Language};

    #[test]
    fn times_and_dates_are_written_as_the_language_has_them() {
        let shown = |language: &Language| {
            let numbers = &language.numbers;
            [
                numbers.seconds(12_345),
                numbers.brief(55),
                numbers.seconds(185_000),
                numbers.mark(0.5, 1),
                numbers.percent(49.6),
            ]
        };
        assert_eq!(shown(ENGLISH), ["12.3 s", "55 ms", "3 min 05 s", "0.5 s", "50 %"]);
        let indonesian = Language::of_code("id").unwrap();
        assert_eq!(shown(indonesian), ["12,3 detik", "55 ms", "3 menit 05 detik", "0,5 detik", "50%"]);
        assert_eq!(ENGLISH.numbers.date(1_795_385_761), "2026-11-22 22:16 UTC");
        assert_eq!(indonesian.numbers.date(1_795_385_761), "22 November 2026 pukul 22.16 UTC");
    }

    #[test]
    fn every_month_has_a_name_and_no_moment_is_too_late() {
        for language in ALL {
            let days: Vec<String> = (0..12).map(|month| language.numbers.date(month * 31 * 86_400)).collect();
            assert!(days.iter().all(|day| day.contains("1970")), "{days:?}");
            assert!(language.numbers.date(u64::MAX).contains("9999"), "{language:?}");
        }
        for (seconds, wanted) in
            [(0, "1970-01-01 00:00 UTC"), (951_782_399, "2000-02-28 23:59 UTC"), (951_782_400, "2000-02-29 00:00 UTC")]
        {
            assert_eq!(ENGLISH.numbers.date(seconds), wanted);
        }
        assert_eq!(ENGLISH.numbers.date(4_107_542_400), "2100-03-01 00:00 UTC");
    }
}
