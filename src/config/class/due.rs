//! When work is due: a moment, with the zone that it was written in. Only what RFC 3339 has is read, so that nobody's computer
//! has to know zones and their history; a whole library of dates would be there for this one line.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

/// A moment as `2026-12-04T17:00+07:00`: with the offset that it was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Seconds since the beginning of 1970, UTC.
    pub seconds: u64,
    /// Minutes that the clock on the wall is ahead of UTC.
    pub offset: i16,
}

/// Why a text is no such moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueError {
    /// It is not written so.
    Form,
    /// The day, or the time, does not exist.
    Nowhere,
    /// It leaves the zone open: which moment it is depends on where it is read.
    NoZone,
}

impl DueError {
    /// What to write instead.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Form => "write it as 2026-12-04T17:00+07:00",
            Self::Nowhere => "there is no such day or time: write it as 2026-12-04T17:00+07:00",
            Self::NoZone => "end it with the zone, such as +07:00, or Z for UTC",
        }
    }
}

impl Due {
    /// The moment.
    pub fn at(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.seconds)
    }
}

impl FromStr for Due {
    type Err = DueError;

    fn from_str(text: &str) -> Result<Self, DueError> {
        let (date, rest) = text.trim().split_once(['T', 't', ' ']).ok_or(DueError::Form)?;
        let [year, month, day] = numbers(date, '-', &[4, 2, 2])?;
        let zone = rest.find(['Z', 'z', '+', '-']);
        let (time, zone) = rest.split_at(zone.unwrap_or(rest.len()));
        let [hour, minute, second] = match time.len() {
            5 => numbers(time, ':', &[2, 2]).map(|[hour, minute]: [i64; 2]| [hour, minute, 0])?,
            _ => numbers(time, ':', &[2, 2, 2])?,
        };
        let offset = match zone {
            "" => return Err(DueError::NoZone),
            "Z" | "z" => 0,
            _ => {
                let [hours, minutes] = numbers(&zone[1..], ':', &[2, 2])?;
                if hours > 23 || minutes > 59 {
                    return Err(DueError::Nowhere);
                }
                (hours * 60 + minutes) * if zone.starts_with('-') { -1 } else { 1 }
            }
        };
        if hour > 23 || minute > 59 || second > 59 || !(1970..10_000).contains(&year) {
            return Err(DueError::Nowhere);
        }
        let days = days(year, month, day).ok_or(DueError::Nowhere)?;
        let seconds = days * 86_400 + hour * 3600 + (minute - offset) * 60 + second;
        let (Ok(seconds), Ok(offset)) = (u64::try_from(seconds), i16::try_from(offset)) else {
            return Err(DueError::Nowhere);
        };
        Ok(Self { seconds, offset })
    }
}

/// Numbers of these many digits with a sign between them.
fn numbers<const N: usize>(text: &str, between: char, digits: &[usize; N]) -> Result<[i64; N], DueError> {
    let mut found = [0; N];
    let mut parts = text.split(between);
    for (number, digits) in found.iter_mut().zip(digits) {
        let part = parts.next().filter(|part| part.len() == *digits && part.bytes().all(|b| b.is_ascii_digit()));
        *number = part.and_then(|part| part.parse().ok()).ok_or(DueError::Form)?;
    }
    if parts.next().is_some() { Err(DueError::Form) } else { Ok(found) }
}

/// Days since 1970, of a day that there is.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let lengths = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let months = &lengths[..usize::try_from(month).ok()?.checked_sub(1).filter(|n| *n < 12)?];
    if !(1..=lengths[months.len()]).contains(&day) {
        return None;
    }
    let leaps = |year: i64| year / 4 - year / 100 + year / 400;
    Some((year - 1970) * 365 + leaps(year - 1) - leaps(1969) + months.iter().sum::<i64>() + day - 1)
}

/// As it was written, in its zone.
impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = i64::try_from(self.seconds).unwrap_or(0) + i64::from(self.offset) * 60;
        let (mut year, day) = (1970 + local.div_euclid(86_400) / 366, local.div_euclid(86_400));
        while days(year + 1, 1, 1).is_some_and(|first| first <= day) {
            year += 1;
        }
        // A zone may begin before 1970.
        if day < 0 {
            year = 1969;
        }
        let month = (1..=12).rev().find(|month| days(year, *month, 1).is_some_and(|first| first <= day)).unwrap_or(1);
        let of_month = day - days(year, month, 1).unwrap_or(0) + 1;
        let (hour, minute, second) =
            (local.rem_euclid(86_400) / 3600, local.rem_euclid(3600) / 60, local.rem_euclid(60));
        write!(f, "{year:04}-{month:02}-{of_month:02}T{hour:02}:{minute:02}")?;
        if second != 0 {
            write!(f, ":{second:02}")?;
        }
        match self.offset {
            0 => f.write_str("Z"),
            offset => {
                let sign = if offset < 0 { '-' } else { '+' };
                write!(f, "{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_that_others_count() {
        for (text, seconds) in [
            ("1970-01-01T00:00Z", 0),
            ("2026-12-04T17:00+07:00", 1_796_378_400),
            ("2026-12-04 10:00:00Z", 1_796_378_400),
            ("2000-02-29T23:59:59-00:30", 951_870_599),
            ("2100-03-01T00:00Z", 4_107_542_400),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            assert_eq!(text.parse::<Due>().unwrap().seconds, seconds, "{text}");
        }
    }

    #[test]
    fn it_is_shown_in_the_zone_that_it_was_written_in() {
        for text in
            ["2026-12-04T17:00+07:00", "2024-02-29T23:59:59-03:30", "2000-12-31T00:00Z", "1970-01-01T05:00+07:00"]
        {
            match text.parse::<Due>() {
                Ok(due) => assert_eq!(due.to_string(), text),
                Err(error) => assert_eq!((text, error), ("1970-01-01T05:00+07:00", DueError::Nowhere)),
            }
        }
        assert_eq!("1970-01-01T00:00-01:00".parse::<Due>().unwrap().to_string(), "1970-01-01T00:00-01:00");
        assert_eq!(Due { seconds: 0, offset: -60 }.to_string(), "1969-12-31T23:00-01:00");
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for (text, wanted) in [
            ("", DueError::Form),
            ("2026-12-04", DueError::Form),
            ("04.12.2026 17:00+07:00", DueError::Form),
            ("2026-12-04T17:00", DueError::NoZone),
            ("2026-12-04T17:00:00", DueError::NoZone),
            ("2026-12-04T17+07:00", DueError::Form),
            ("2026-12-04T17:00+7", DueError::Form),
            ("2026-12-04T17:00 Asia/Jakarta", DueError::Form),
            ("2026-02-29T17:00Z", DueError::Nowhere),
            ("2026-13-01T17:00Z", DueError::Nowhere),
            ("2026-00-01T17:00Z", DueError::Nowhere),
            ("2026-12-04T24:00Z", DueError::Nowhere),
            ("2026-12-04T17:00+24:00", DueError::Nowhere),
            ("1969-12-31T17:00Z", DueError::Nowhere),
        ] {
            assert_eq!(text.parse::<Due>(), Err(wanted), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_shown_is_read_as_the_same(seconds in 100_000u64..253_402_200_000, offset in -1439i16..1439) {
            let due = Due { seconds, offset };
            proptest::prop_assert_eq!(due.to_string().parse::<Due>(), Ok(due), "{}", due);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,30}", near in "[0-9TZ:+ -]{0,26}") {
            let _ = (text.parse::<Due>(), near.parse::<Due>());
        }
    }
}
