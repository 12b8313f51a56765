//! Several ticks of a drill as one.

use crate::model::event::Tick;

/// Which second of the load a tick belongs to: that of its middle.
pub fn second(tick: &Tick) -> u64 {
    u64::midpoint(tick.from_ms, tick.to_ms) / 1000
}

/// Ticks of the same group as one, with the group. Percentiles of several are the greatest of them: nothing is made to look better.
pub fn merged(ticks: &[Tick], mut group: impl FnMut(&Tick) -> u64) -> Vec<(u64, Tick)> {
    let mut all: Vec<(u64, Tick)> = Vec::new();
    for tick in ticks {
        let of = group(tick);
        match all.last_mut().filter(|(last, _)| *last == of) {
            Some((_, sum)) => {
                sum.to_ms = tick.to_ms;
                sum.sent += tick.sent;
                sum.lost += tick.lost;
                sum.stalled = tick.stalled.max(sum.stalled);
                for (host, n) in &tick.answered {
                    *sum.answered.entry(host.clone()).or_default() += n;
                }
                sum.p50_ms = sum.p50_ms.max(tick.p50_ms);
                sum.p99_ms = sum.p99_ms.max(tick.p99_ms);
                sum.max_ms = sum.max_ms.max(tick.max_ms);
            }
            None => all.push((of, tick.clone())),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_loses_no_request() {
        let tick = |n: u64| Tick {
            from_ms: n * 250,
            to_ms: n * 250 + 250,
            sent: 12 + n % 2,
            answered: [("a".parse().unwrap(), n), ("b".parse().unwrap(), 1)].into(),
            lost: u64::from(n == 3),
            max_ms: n,
            ..Tick::default()
        };
        let ticks: Vec<Tick> = (0..10).map(tick).collect();
        let seconds = merged(&ticks, second);
        assert_eq!(seconds.iter().map(|(n, _)| *n).collect::<Vec<_>>(), [0, 1, 2]);
        let seconds: Vec<Tick> = seconds.into_iter().map(|(_, tick)| tick).collect();
        assert_eq!(
            seconds.iter().map(|t| (t.from_ms, t.to_ms)).collect::<Vec<_>>(),
            [(0, 1000), (1000, 2000), (2000, 2500)]
        );
        assert_eq!(seconds.iter().map(|t| t.sent).sum::<u64>(), ticks.iter().map(|t| t.sent).sum::<u64>());
        assert_eq!(seconds.iter().flat_map(|t| t.answered.values()).sum::<u64>(), 45 + 10);
        assert_eq!(seconds.iter().map(|t| (t.lost, t.max_ms)).collect::<Vec<_>>(), [(1, 3), (0, 7), (0, 9)]);
    }
}
