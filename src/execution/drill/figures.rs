//! What was measured, as numbers. Pure: requests in, figures out.

use crate::model::event::{Figures, Shares, Tick};
use crate::model::name::BackendName;
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
    pub outcome: Result<Vec<BackendName>, VisitError>,
}

impl Request {
    fn good(&self) -> bool {
        self.outcome.is_ok()
    }

    /// The server that gave the answer: the last one tried.
    pub fn by(&self) -> Option<&BackendName> {
        self.outcome.as_ref().ok()?.last()
    }

    /// A request without an answer may have tried anybody.
    fn tried(&self, host: &BackendName) -> bool {
        self.outcome.as_ref().map_or(true, |tried| tried.contains(host))
    }

    /// Whether another server answered after this one had been tried.
    fn moved_from(&self, host: &BackendName) -> bool {
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
pub fn figures(mut requests: Vec<Request>, marks: &Marks, broken: &BackendName, servers: &[BackendName]) -> Figures {
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
        ejected_ms: ejected(&requests, marks, broken, quiet(&requests, servers.len())).map(ms),
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

fn share<'a>(requests: impl Iterator<Item = &'a Request>, servers: &[BackendName]) -> Shares {
    let mut counts: BTreeMap<BackendName, usize> = servers.iter().map(|server| (server.clone(), 0)).collect();
    let mut all = 0;
    for by in requests.filter_map(Request::by) {
        all += 1;
        *counts.entry(by.clone()).or_default() += 1;
    }
    #[allow(clippy::cast_precision_loss)] // counts of requests are small
    let percent = |n: usize| if all == 0 { 0.0 } else { (1000.0 * n as f64 / all as f64).round() / 10.0 };
    counts.into_iter().map(|(host, n)| (host, percent(n))).collect()
}

/// How long no request may try a server that counts as ejected, at least. A proxy tries it again now and then.
const QUIET: f64 = 1000.0;
/// After so many turns without it, a server is not only between two of its own.
const TURNS: f64 = 3.0;

/// How long no request may try one of so many servers that counts as ejected: longer where its turn comes more rarely.
/// `sorted` by when they were due.
fn quiet(sorted: &[Request], servers: usize) -> f64 {
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else { return QUIET };
    let between = (last.due - first.due) / sorted.len() as f64;
    QUIET.max(TURNS * between * servers as f64)
}

/// How much of the load has to be looked at to see that one of so many servers is ejected, at so many requests a second.
pub fn recent(servers: usize, rate: u32) -> f64 {
    5.0 * QUIET.max(TURNS * 1000.0 / f64::from(rate.max(1)) * servers as f64)
}

/// Whether it can be seen `now` that the broken server, one of so many, is ejected: for a second after the fault (or a few turns, if
/// that is longer) no request tried it. `requests` in any order; those under way are among them, as having no answer.
pub fn is_ejected(mut requests: Vec<Request>, making: f64, now: f64, broken: &BackendName, servers: usize) -> bool {
    requests.sort_by(|a, b| a.due.total_cmp(&b.due));
    let marks = Marks { making, made: making, undoing: now, undone: now };
    ejected(&requests, &marks, broken, quiet(&requests, servers)).is_some()
}

/// What came of the load from `from` to `to`: so many requests were sent, `ended` came to their end, and `under_way` is
/// when those were due that have no answer yet.
pub fn tick(sent: usize, ended: &[Request], under_way: &[f64], from: f64, to: f64, servers: &[BackendName]) -> Tick {
    let mut took: Vec<f64> = ended.iter().map(Request::took).collect();
    took.sort_by(f64::total_cmp);
    let mut answered: BTreeMap<BackendName, u64> = servers.iter().map(|server| (server.clone(), 0)).collect();
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

fn ejected(sorted: &[Request], marks: &Marks, broken: &BackendName, time: f64) -> Option<f64> {
    let window: Vec<&Request> = sorted.iter().filter(|r| r.due >= marks.making && r.due < marks.undoing).collect();
    let quiet = |from: f64| {
        let mut next = window.iter().filter(|r| r.due >= from && r.due < from + time).peekable();
        from + time <= marks.undoing && next.peek().is_some() && next.all(|r| !r.tried(broken))
    };
    let at = window.iter().map(|r| r.due).find(|due| quiet(*due))?;
    // What it answered later, when it was whole again, is not its last answer before.
    let good = sorted.iter().filter(|r| r.by() == Some(broken) && r.end <= at).map(|r| r.end);
    Some(at - good.fold(0.0, f64::max))
}

#[cfg(test)]
#[path = "figures_tests.rs"]
mod tests;
