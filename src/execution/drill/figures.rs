//! What was measured, as numbers. Pure: requests in, figures out.

use crate::model::event::{Figures, Shares, Tick};
use crate::model::name::HostName;
use crate::model::visitor::{Losses, VisitError};
use std::collections::BTreeMap;

/// One request of the load. All times are milliseconds since the load began.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// When it was due, which is when it was sent.
    pub due: f64,
    /// When it was answered, or given up.
    pub end: f64,
    /// The servers that were tried for it, the last of which answered; or why there is no good answer.
    pub outcome: Result<Vec<HostName>, VisitError>,
}

impl Request {
    fn good(&self) -> bool {
        self.outcome.is_ok()
    }

    /// The server that gave the answer: the last one tried.
    pub fn by(&self) -> Option<&HostName> {
        self.outcome.as_ref().ok()?.last()
    }

    /// A request without an answer may have tried anybody.
    fn tried(&self, host: &HostName) -> bool {
        self.outcome.as_ref().map_or(true, |tried| tried.contains(host))
    }

    /// Whether another server answered after this one had been tried.
    fn moved_from(&self, host: &HostName) -> bool {
        self.good() && self.tried(host) && self.by() != Some(host)
    }

    fn took(&self) -> f64 {
        self.end - self.due
    }
}

/// When the parts of a drill began, in milliseconds since the load began.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Marks {
    /// The fault was about to be made.
    pub making: f64,
    /// The fault was seen on the machine.
    pub made: f64,
    /// It was about to be undone.
    pub undoing: f64,
    /// The server had answered again.
    pub undone: f64,
}

/// Works out the figures. `requests` in any order; `broken` is the server that was broken, of `servers`.
pub fn figures(mut requests: Vec<Request>, marks: &Marks, broken: &HostName, servers: &[HostName]) -> Figures {
    requests.sort_by(|a, b| a.due.total_cmp(&b.due));
    let lost_why: Losses =
        requests.iter().filter_map(|r| r.outcome.as_ref().err()).map(|error| (error.clone(), 1)).collect();
    let mut took: Vec<f64> = requests.iter().map(Request::took).collect();
    took.sort_by(f64::total_cmp);
    let whole = requests.iter().map(|r| r.end).fold(0.0, f64::max);
    let between = |from: f64, to: f64| share(requests.iter().filter(|r| r.due >= from && r.due < to), servers);
    // What a frozen server answers after it was thawed, it did not answer while it was frozen.
    let during = requests.iter().filter(|r| r.due >= marks.made && r.end < marks.undoing);
    Figures {
        sent: requests.len(),
        lost: requests.iter().filter(|r| !r.good()).count(),
        lost_why,
        slow: took.iter().filter(|ms| **ms > SLOW).count(),
        slow_at_broken: requests.iter().filter(|r| r.took() > SLOW && r.by() == Some(broken)).count(),
        slow_moved: requests.iter().filter(|r| r.took() > SLOW && r.moved_from(broken)).count(),
        longest_gap_ms: ms(longest_gap(requests.iter().filter(|r| r.good()).map(|r| r.end), 0.0, whole)),
        p50_ms: ms(percentile(&took, 50)),
        p99_ms: ms(percentile(&took, 99)),
        max_ms: ms(percentile(&took, 100)),
        ejected_ms: ejected(&requests, marks, broken).map(ms),
        moved: requests.iter().filter(|r| r.moved_from(broken)).count(),
        silent_ms: ms(longest_gap(
            requests.iter().filter(|r| r.by() == Some(broken)).map(|r| r.end),
            0.0,
            marks.undone,
        )),
        back_ms: ms(marks.undone - marks.undoing),
        before: between(0.0, marks.making),
        during: share(during, servers),
        after: between(marks.undone, f64::INFINITY),
    }
}

/// A request that takes longer is slow, in milliseconds.
const SLOW: f64 = 1000.0;

fn ms(value: f64) -> u64 {
    // Never negative, and a drill is shorter than any bound of u64.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = value.max(0.0).round() as u64;
    whole
}

/// The smallest value that so many percent do not exceed (nearest rank).
fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(0.0)
}

/// The longest time without any of these moments between `from` and `to`.
fn longest_gap(moments: impl Iterator<Item = f64>, from: f64, to: f64) -> f64 {
    let mut all: Vec<f64> = moments.filter(|at| *at >= from && *at <= to).chain([from, to]).collect();
    all.sort_by(f64::total_cmp);
    all.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max)
}

fn share<'a>(requests: impl Iterator<Item = &'a Request>, servers: &[HostName]) -> Shares {
    let mut counts: BTreeMap<HostName, usize> = servers.iter().map(|server| (server.clone(), 0)).collect();
    let mut all = 0;
    for by in requests.filter_map(Request::by) {
        all += 1;
        *counts.entry(by.clone()).or_default() += 1;
    }
    #[allow(clippy::cast_precision_loss)] // counts of requests are small
    let percent = |n: usize| if all == 0 { 0.0 } else { (1000.0 * n as f64 / all as f64).round() / 10.0 };
    counts.into_iter().map(|(host, n)| (host, percent(n))).collect()
}

/// How long no request may try a server that counts as ejected. A proxy tries it again now and then.
const QUIET: f64 = 1000.0;

/// Whether it can be seen `now` that the broken server is ejected: for a second after the fault no request tried it.
/// `requests` in any order; those under way are among them, as having no answer.
pub fn is_ejected(mut requests: Vec<Request>, making: f64, now: f64, broken: &HostName) -> bool {
    requests.sort_by(|a, b| a.due.total_cmp(&b.due));
    ejected(&requests, &Marks { making, made: making, undoing: now, undone: now }, broken).is_some()
}

/// What came of the load from `from` to `to`: so many requests were sent, `ended` came to their end, and `under_way` is
/// when those were due that have no answer yet.
pub fn tick(sent: usize, ended: &[Request], under_way: &[f64], from: f64, to: f64, servers: &[HostName]) -> Tick {
    let mut took: Vec<f64> = ended.iter().map(Request::took).collect();
    took.sort_by(f64::total_cmp);
    let mut answered: BTreeMap<HostName, u64> = servers.iter().map(|server| (server.clone(), 0)).collect();
    for by in ended.iter().filter_map(Request::by) {
        *answered.entry(by.clone()).or_default() += 1;
    }
    Tick {
        from_ms: ms(from),
        to_ms: ms(to),
        sent: sent as u64,
        answered,
        lost: ended.iter().filter(|r| !r.good()).count() as u64,
        stalled: under_way.iter().filter(|due| to - **due > SLOW).count() as u64,
        p50_ms: ms(percentile(&took, 50)),
        p99_ms: ms(percentile(&took, 99)),
        max_ms: ms(percentile(&took, 100)),
    }
}

fn ejected(sorted: &[Request], marks: &Marks, broken: &HostName) -> Option<f64> {
    let window: Vec<&Request> = sorted.iter().filter(|r| r.due >= marks.making && r.due < marks.undoing).collect();
    let quiet = |from: f64| {
        let mut next = window.iter().filter(|r| r.due >= from && r.due < from + QUIET).peekable();
        from + QUIET <= marks.undoing && next.peek().is_some() && next.all(|r| !r.tried(broken))
    };
    let at = window.iter().map(|r| r.due).find(|due| quiet(*due))?;
    // What it answered later, when it was whole again, is not its last answer before.
    let good = sorted.iter().filter(|r| r.by() == Some(broken) && r.end <= at).map(|r| r.end);
    Some(at - good.fold(0.0, f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::visitor::Asked;

    fn host(name: &str) -> HostName {
        name.parse().unwrap()
    }

    fn request(due: f64, took: f64, tried: &[&str]) -> Request {
        Request { due, end: due + took, outcome: Ok(tried.iter().map(|h| host(h)).collect()) }
    }

    const BAD_GATEWAY: VisitError = VisitError::Status { status: 502, asked: Asked::Unknown };

    fn lost(due: f64, took: f64) -> Request {
        Request { due, end: due + took, outcome: Err(BAD_GATEWAY) }
    }

    const MARKS: Marks = Marks { making: 1000.0, made: 1000.0, undoing: 6000.0, undone: 6500.0 };

    /// Ten requests a second for eight seconds, taking turns; `during` says what becomes of those due in the window.
    fn drill(during: impl Fn(usize, f64) -> Request) -> Figures {
        let requests = (0u32..80).map(|n| {
            let (n, due) = (n as usize, f64::from(n) * 100.0);
            let turn = if n.is_multiple_of(2) { "app1" } else { "app2" };
            if (MARKS.making..MARKS.undoing).contains(&due) { during(n, due) } else { request(due, 5.0, &[turn]) }
        });
        let mut requests: Vec<Request> = requests.collect();
        requests.reverse();
        figures(requests, &MARKS, &host("app2"), &[host("app1"), host("app2")])
    }

    #[test]
    fn percentiles_are_values_that_occurred() {
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!([50, 99, 100].map(|p| percentile(&hundred, p)), [50.0, 99.0, 100.0]);
        assert_eq!([50, 99].map(|p| percentile(&[7.0], p)), [7.0, 7.0]);
        assert_eq!(percentile(&[], 50), 0.0);
    }

    #[test]
    fn a_gap_may_be_at_either_end() {
        assert_eq!(longest_gap([1.0, 2.0].into_iter(), 0.0, 10.0), 8.0);
        assert_eq!(longest_gap([9.0].into_iter(), 0.0, 10.0), 9.0);
        assert_eq!(longest_gap([].into_iter(), 0.0, 10.0), 10.0);
    }

    #[test]
    fn a_server_that_refuses_is_ejected_at_once() {
        let figures =
            drill(|n, due| if n == 11 { request(due, 6.0, &["app2", "app1"]) } else { request(due, 5.0, &["app1"]) });
        assert_eq!((figures.sent, figures.lost, figures.moved, figures.slow), (80, 0, 1, 0));
        // Its last good answer was at 905 ms, and the last request that tried it was due at 1100.
        assert_eq!(figures.ejected_ms, Some(295));
        assert_eq!(
            (figures.during[&host("app2")], figures.before[&host("app2")], figures.after[&host("app2")]),
            (0.0, 50.0, 53.3)
        );
        assert_eq!((figures.p50_ms, figures.max_ms, figures.longest_gap_ms), (5, 6, 101));
        assert_eq!(figures.back_ms, 500);
        assert!(figures.silent_ms >= 5000, "{figures:?}");
    }

    #[test]
    fn a_frozen_server_stalls_its_share_until_the_first_gives_up() {
        let figures = drill(|n, due| {
            if due < 4000.0 && n % 2 == 1 {
                request(due, 3000.0, &["app2", "app1"])
            } else {
                request(due, 5.0, &["app1"])
            }
        });
        assert_eq!(
            (figures.lost, figures.slow, figures.moved, figures.max_ms, figures.p99_ms),
            (0, 15, 15, 3000, 3000)
        );
        assert_eq!(figures.ejected_ms, Some(3095));
        assert_eq!((figures.slow_moved, figures.slow_at_broken), (15, 0));
    }

    #[test]
    fn what_the_broken_server_answers_late_itself_is_told_from_what_waited_for_it() {
        // It takes connections again before its page is ready.
        let figures =
            drill(|n, due| request(due, if n == 59 { 2500.0 } else { 5.0 }, &[if n == 59 { "app2" } else { "app1" }]));
        assert_eq!((figures.slow, figures.slow_at_broken, figures.slow_moved), (1, 1, 0));
    }

    #[test]
    fn what_a_thawed_server_answers_late_was_not_answered_during_the_fault() {
        let late = |n: usize, due: f64| match n % 2 {
            1 if due < 2000.0 => request(due, 2000.0, &["app2", "app1"]),
            1 if due < 4000.0 => request(due, 6100.0 - due, &["app2"]),
            _ => request(due, 5.0, &["app1"]),
        };
        let figures = drill(late);
        assert_eq!(figures.during[&host("app2")], 0.0);
        assert_eq!(figures.ejected_ms, Some(3095));
    }

    #[test]
    fn what_is_lost_is_counted_and_never_left_out() {
        let figures = drill(|n, due| if n % 2 == 1 { lost(due, 60.0) } else { request(due, 5.0, &["app1"]) });
        assert_eq!((figures.lost, figures.ejected_ms), (25, None));
        assert_eq!(figures.lost_why, [(BAD_GATEWAY, 25)].into_iter().collect());
        let nothing = drill(|_, due| lost(due, 1.0));
        assert_eq!((nothing.longest_gap_ms, nothing.lost), (5100, 50));
    }

    #[test]
    fn a_tick_counts_what_ended_and_who_waits() {
        let servers = [host("app1"), host("app2")];
        let ended = [request(0.0, 5.0, &["app1"]), request(20.0, 9.0, &["app2", "app1"]), lost(40.0, 60.0)];
        let tick = tick(4, &ended, &[100.0, 1240.0], 0.0, 1250.0, &servers);
        assert_eq!((tick.sent, tick.lost, tick.stalled), (4, 1, 1));
        assert_eq!(tick.answered.values().copied().collect::<Vec<_>>(), [2, 0]);
        assert_eq!((tick.p50_ms, tick.p99_ms, tick.max_ms, tick.to_ms), (9, 60, 60, 1250));
        let none = super::tick(0, &[], &[], 0.0, 1.0, &servers);
        assert_eq!((none.p50_ms, none.answered.len()), (0, 2));
    }

    #[test]
    fn who_waits_for_the_broken_server_keeps_it_from_being_ejected() {
        let all = |open: &[f64]| {
            let good = (0u32..30).map(|n| request(1000.0 + f64::from(n) * 100.0, 5.0, &["app1"]));
            let open = open.iter().map(|due| Request { due: *due, end: 4000.0, outcome: Err(VisitError::UnderWay) });
            good.chain(open).collect::<Vec<_>>()
        };
        assert!(is_ejected(all(&[]), 1000.0, 4000.0, &host("app2")));
        assert!(is_ejected(all(&[1050.0]), 1000.0, 4000.0, &host("app2")));
        assert!(!is_ejected(all(&[1050.0, 1950.0, 2850.0, 3050.0]), 1000.0, 4000.0, &host("app2")));
        assert!(!is_ejected(Vec::new(), 1000.0, 4000.0, &host("app2")));
    }

    #[test]
    fn no_request_at_all() {
        let figures = figures(Vec::new(), &MARKS, &host("app2"), &[host("app1")]);
        assert_eq!((figures.sent, figures.max_ms, figures.ejected_ms), (0, 0, None));
    }
}
