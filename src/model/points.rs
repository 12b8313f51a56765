//! What work is worth.

use std::fmt;
use std::str::FromStr;

/// Points, to the hundredth, as learning platforms show them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Points(u32);

impl Points {
    /// The nearest points to a number. Nobody has less than none, or a million.
    pub fn of(number: f64) -> Option<Self> {
        let hundredths = (number * 100.0).round();
        // Checked above and below, and what is no number is neither.
        ((0.0..=100_000_000.0).contains(&hundredths)).then_some(Self(hundredths as u32))
    }

    /// The number of them.
    pub fn number(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

/// `87`, `87.5`: every platform reads the point, whatever sign its language has.
impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / 100, self.0 % 100);
        match (part, part % 10) {
            (0, _) => write!(f, "{whole}"),
            (_, 0) => write!(f, "{whole}.{}", part / 10),
            _ => write!(f, "{whole}.{part:02}"),
        }
    }
}

/// A text that is no number of points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoPoints;

/// Reads `87`, `87.50` and `87,5`.
impl FromStr for Points {
    type Err = NoPoints;

    fn from_str(text: &str) -> Result<Self, NoPoints> {
        let plain = text.trim();
        if !plain.starts_with(|c: char| c.is_ascii_digit())
            || !plain.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',')
        {
            return Err(NoPoints);
        }
        plain.replace(',', ".").parse().ok().and_then(Self::of).ok_or(NoPoints)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_written_as_short_as_they_are() {
        for (number, wanted) in
            [(0.0, "0"), (87.0, "87"), (87.5, "87.5"), (33.333, "33.33"), (9.05, "9.05"), (99.999, "100")]
        {
            let points = Points::of(number).unwrap();
            assert_eq!(points.to_string(), wanted);
            assert_eq!(wanted.parse(), Ok(points));
        }
        assert_eq!("87,50".parse::<Points>(), Ok(Points::of(87.5).unwrap()));
        for bad in ["", "-", "-1", "EX", "1.2.3", "1,234.5", "nan", "1e3", "+5", "=1"] {
            assert_eq!(bad.parse::<Points>(), Err(NoPoints), "{bad}");
        }
        for bad in [-1.0, f64::NAN, f64::INFINITY, 1e9] {
            assert_eq!(Points::of(bad), None);
        }
        assert_eq!(Points::of(12.345).map(Points::number), Some(12.35));
    }
}
