//! What a machine says of itself, in words: memory, disk, time since its start, clock.

use super::Language;
use crate::model::health::{MachineHealth, Usage};

/// The words around the numbers of a machine.
pub struct MachineTexts {
    /// Between a part and the whole: `182 of 512 MiB`.
    pub of: &'static str,
    /// The unit after hours: `h`.
    pub hour: &'static str,
    /// The unit after days: `d`.
    pub day: &'static str,
    /// A clock that is off by no more than can be measured.
    pub right: &'static str,
    /// After the seconds that a clock is ahead.
    pub fast: &'static str,
    /// After the seconds that a clock is behind.
    pub slow: &'static str,
}

impl Language {
    /// What a machine said of itself: memory, disk, load, time since its start, clock; `?` for what is not known.
    pub fn machine(&self, health: &MachineHealth) -> [String; 5] {
        [
            health.memory().map(|usage| self.usage(usage)),
            health.disk().map(|usage| self.usage(usage)),
            health.load.map(|load| self.number(load, 2)),
            health.uptime_s.map(|seconds| self.age(seconds as u64)),
            health.clock().map(|clock| self.clock(clock.ahead_ms, clock.margin_ms)),
        ]
        .map(|text| text.unwrap_or_else(|| "?".to_owned()))
    }

    fn number(&self, value: f64, digits: usize) -> String {
        format!("{value:.digits$}").replace('.', self.numbers.decimal)
    }

    /// `182 of 512 MiB`.
    fn usage(&self, Usage { used_kb, total_kb }: Usage) -> String {
        let (unit, size, digits) =
            if total_kb >= 1024.0 * 1024.0 { ("GiB", 1024.0 * 1024.0, 1) } else { ("MiB", 1024.0, 0) };
        let number = |kb: f64| self.number(kb / size, digits);
        format!("{} {} {} {unit}", number(used_kb), self.machine.of, number(total_kb))
    }

    /// `42 s`, `12 min`, `3 h 05 min`, `9 d 2 h`.
    fn age(&self, seconds: u64) -> String {
        let (minutes, hours) = (seconds / 60, seconds / 3600);
        let (second, minute) = (self.numbers.second, self.numbers.minute);
        let MachineTexts { hour, day, .. } = self.machine;
        match seconds {
            0..60 => format!("{seconds} {second}"),
            60..3600 => format!("{minutes} {minute}"),
            3600..86_400 => format!("{hours} {hour} {:02} {minute}", minutes % 60),
            _ => format!("{} {day} {} {hour}", hours / 24, hours % 24),
        }
    }

    /// `right`, or how many seconds a clock is off: only what is more than the measurement may be wrong by.
    fn clock(&self, ahead_ms: f64, margin_ms: f64) -> String {
        let (off, margin) = (ahead_ms.abs() / 1000.0, margin_ms / 1000.0);
        let (second, words) = (self.numbers.second, &self.machine);
        match ahead_ms {
            _ if off <= margin.max(0.05) => format!("{} (± {} {second})", words.right, self.number(margin.max(0.1), 1)),
            ms if ms > 0.0 => format!("{} {second} {}", self.number(off, 1), words.fast),
            _ => format!("{} {second} {}", self.number(off, 1), words.slow),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::languages::ENGLISH;

    #[test]
    fn machines_are_described_in_the_language_of_the_page() {
        let id = Language::of_code("id").unwrap();
        let usage = |used_kb, total_kb| Usage { used_kb, total_kb };
        assert_eq!(ENGLISH.usage(usage(186_368.0, 524_288.0)), "182 of 512 MiB");
        assert_eq!(ENGLISH.usage(usage(2_097_152.0, 20_971_520.0)), "2.0 of 20.0 GiB");
        assert_eq!(id.usage(usage(2_097_152.0, 20_971_520.0)), "2,0 dari 20,0 GiB");
        let ages = [5, 61, 3700, 86_400 * 9 + 7200];
        assert_eq!(ages.map(|age| ENGLISH.age(age)), ["5 s", "1 min", "1 h 01 min", "9 d 2 h"]);
        assert_eq!(ages.map(|age| id.age(age)), ["5 detik", "1 menit", "1 jam 01 menit", "9 hari 2 jam"]);
        assert_eq!(ENGLISH.clock(20.0, 60.0), "right (± 0.1 s)");
        assert_eq!([ENGLISH.clock(2500.0, 60.0), ENGLISH.clock(-90_000.0, 60.0)], ["2.5 s fast", "90.0 s slow"]);
        assert_eq!(id.clock(20.0, 60.0), "tepat (± 0,1 detik)");
        assert_eq!(
            [id.clock(2500.0, 60.0), id.clock(-90_000.0, 60.0)],
            ["2,5 detik lebih cepat", "90,0 detik lebih lambat"]
        );
    }
}
