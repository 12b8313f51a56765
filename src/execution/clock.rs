//! How far the clock of a host is off this computer's.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The moment when a question was sent.
pub struct Clock {
    at: Duration,
    since: Instant,
}

impl Clock {
    /// Marks now as the moment when the question was sent.
    pub fn sent() -> Self {
        Self { at: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(), since: Instant::now() }
    }

    /// The facts that follow from an answer (seconds since 1970) that arrives now.
    pub fn facts(&self, output: &str) -> Vec<(String, String)> {
        let Some((ahead, margin)) = difference(output, self.at, self.since.elapsed()) else { return Vec::new() };
        vec![("clock_ms".into(), ahead.to_string()), ("clock_margin_ms".into(), margin.to_string())]
    }
}

/// The host read its clock at some time between question and answer; halfway is the best guess, and at most half the round
/// trip off.
fn difference(output: &str, sent: Duration, round_trip: Duration) -> Option<(i64, i64)> {
    let seconds: f64 = output.trim().parse().ok()?;
    let half = round_trip.as_secs_f64() / 2.0;
    let ahead = (seconds - sent.as_secs_f64() - half) * 1000.0;
    // Anything further off is not a clock.
    (ahead.abs() < 1e14).then_some((ahead.round() as i64, (half * 1000.0).ceil() as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_the_round_trip_is_taken_off() {
        let (sent, trip) = (Duration::from_secs(1000), Duration::from_millis(200));
        for (output, wanted) in [
            ("1000.100", Some((0, 100))),
            ("1005.100000000", Some((5000, 100))),
            ("940", Some((-60_100, 100))),
            ("%N", None),
            ("NaN", None),
            ("1e300", None),
        ] {
            assert_eq!(difference(output, sent, trip), wanted, "{output}");
        }
    }
}
