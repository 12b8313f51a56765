//! Visitors at a constant rate. Each request starts when it is due, whatever became of those before it: somebody who
//! waits for an answer before asking again would hardly notice a stall.

use super::figures::Request;
use crate::infra::transport::http::{Answer, Ask, get};
use crate::model::name::BackendName;
use crate::model::visitor::{Asked, VisitError};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// What a server is called, by its socket as nginx writes it.
pub type Names = BTreeMap<String, BackendName>;

/// A load that runs.
pub struct Load {
    began: Instant,
    rate: u32,
    seen: Arc<Mutex<LoadCounters>>,
    stop: CancellationToken,
    sender: JoinHandle<()>,
}

/// Every request so far.
#[derive(Debug, Default)]
struct LoadCounters {
    /// In the order in which they came to their end.
    done: Vec<Request>,
    /// Number and due time of those under way.
    open: BTreeMap<u32, f64>,
}

impl Load {
    /// Begins to ask so many times a second.
    pub fn begin(ask: Ask, names: Names, rate: u32) -> Self {
        let began = Instant::now();
        let seen = Arc::new(Mutex::new(LoadCounters::default()));
        let stop = CancellationToken::new();
        let on_visit = {
            let seen = seen.clone();
            move |visit| match visit {
                Visit::Sent(n, due) => drop(lock(&seen).open.insert(n, due)),
                Visit::Ended(n, request) => {
                    let mut seen = lock(&seen);
                    seen.open.remove(&n);
                    seen.done.push(request);
                }
            }
        };
        let sender = tokio::spawn(visit(ask, names, move |n| steady(rate, n), began, on_visit, stop.clone()));
        Self { began, rate, seen, stop, sender }
    }

    /// How many requests it sends in a second.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Milliseconds since the load began.
    pub fn now(&self) -> f64 {
        millis(self.began, Instant::now())
    }

    /// When this server first answered a request that was due later than `since`.
    pub fn answered(&self, host: &BackendName, since: f64) -> Option<f64> {
        let seen = lock(&self.seen);
        let good = seen.done.iter().filter(|r| r.due >= since && r.by() == Some(host)).map(|r| r.end);
        good.min_by(f64::total_cmp)
    }

    /// Those that came to their end, but for the first so many; and when those were due that are under way.
    pub fn since(&self, first: usize) -> (Vec<Request>, Vec<f64>) {
        let seen = lock(&self.seen);
        (seen.done.get(first..).unwrap_or_default().to_vec(), seen.open.values().copied().collect())
    }

    /// Every request that was due at `from` or later; one under way has no answer yet, and ends now.
    pub fn due_since(&self, from: f64) -> Vec<Request> {
        let (now, seen) = (self.now(), lock(&self.seen));
        let open = seen.open.values().map(|due| Request { due: *due, end: now, outcome: Err(VisitError::UnderWay) });
        seen.done.iter().cloned().chain(open).filter(|request| request.due >= from).collect()
    }

    /// Sends no more, and forgets what is under way.
    pub fn cancel(&self) {
        self.stop.cancel();
        self.sender.abort();
    }

    /// Sends no more, waits for what is under way, and gives everything.
    pub async fn finish(self) -> Vec<Request> {
        self.stop.cancel();
        // The sender ends by itself; if it panicked, what was answered is still there.
        let _ = self.sender.await;
        std::mem::take(&mut lock(&self.seen).done)
    }
}

fn lock(seen: &Mutex<LoadCounters>) -> MutexGuard<'_, LoadCounters> {
    seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn millis(began: Instant, at: Instant) -> f64 {
    at.saturating_duration_since(began).as_secs_f64() * 1000.0
}

/// What becomes of a visitor, by number.
#[derive(Debug, Clone, PartialEq)]
pub enum Visit {
    /// It has asked. It was due so many milliseconds after the load began.
    Sent(u32, f64),
    /// It has its answer, or has given up.
    Ended(u32, Request),
}

impl Visit {
    /// The same, counted from a beginning that was so many milliseconds earlier.
    pub fn later(self, by: f64) -> Self {
        match self {
            Self::Sent(n, due) => Self::Sent(n, due + by),
            Self::Ended(n, Request { due, end, outcome }) => {
                Self::Ended(n, Request { due: due + by, end: end + by, outcome })
            }
        }
    }
}

/// When visitor `n` of so many a second is due: each as long after the one before it.
pub fn steady(rate: u32, n: u32) -> Duration {
    let rate = rate.max(1);
    Duration::from_secs(u64::from(n / rate)) + Duration::from_secs(1) * (n % rate) / rate
}

/// The same, but each at its own moment of its stretch of time. Two steady loads on one site keep step: between two
/// visitors of one come as many of the other each time, and round robin may send all of the first to one server.
pub fn jittered(rate: u32, n: u32) -> Duration {
    // Any numbers will do that have nothing to do with each other (the finish of SplitMix64).
    let mut mixed = (u64::from(n) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let part = (mixed >> 32) as u32;
    steady(rate, n) + (Duration::from_secs(1) / rate.max(1)).mul_f64(f64::from(part) / f64::from(u32::MAX) * 0.999)
}

/// Asks whenever `due` says (so long after `began`, later for each next one) until `stop`, then waits for what is under way.
pub async fn visit(
    ask: Ask,
    names: Names,
    due: impl Fn(u32) -> Duration + Send + 'static,
    began: Instant,
    on_visit: impl Fn(Visit) + Clone + Send + 'static,
    stop: CancellationToken,
) {
    let (names, mut under_way) = (Arc::new(names), JoinSet::new());
    for n in 0u32.. {
        let due = began + due(n);
        tokio::select! {
            () = sleep_until(due) => {}
            () = stop.cancelled() => break,
        }
        on_visit(Visit::Sent(n, millis(began, due)));
        let (ask, names, on_visit) = (ask.clone(), names.clone(), on_visit.clone());
        under_way.spawn(async move {
            let outcome = outcome(get(&ask).await, &names);
            on_visit(Visit::Ended(n, Request { due: millis(began, due), end: millis(began, Instant::now()), outcome }));
        });
        while under_way.try_join_next().is_some() {}
    }
    while under_way.join_next().await.is_some() {}
}

/// The servers that were tried, if the answer is good: whole, and no error of the proxy or the application.
///
/// # Errors
/// What the visitor met instead.
pub fn outcome(answer: Result<Answer, VisitError>, names: &Names) -> Result<Vec<BackendName>, VisitError> {
    let answer = answer?;
    if !(200..400).contains(&answer.status) {
        let asked = Asked::read(answer.asked.last().map(String::as_str), |socket| {
            names.get(socket).map(|name| name.host().clone())
        });
        return Err(VisitError::Status { status: answer.status, asked });
    }
    Ok(answer.asked.iter().filter_map(|socket| names.get(socket).cloned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::symptom::Symptom;

    #[test]
    fn a_502_in_a_drill_is_the_502_of_the_table() {
        let names = Names::from([("10.0.0.2:3000".to_owned(), "app1".parse().unwrap())]);
        let answer = |asked: &[&str]| {
            let asked = asked.iter().map(|word| (*word).to_owned()).collect();
            outcome(Ok(Answer { status: 502, asked, ..Answer::default() }), &names).unwrap_err()
        };
        let error = answer(&["10.0.0.9:3000", "10.0.0.2:3000"]);
        assert_eq!(error.asked(), &Asked::Server { host: "app1".parse().unwrap(), port: "3000".into() });
        assert_eq!(Symptom::of(&error), Some(Symptom::BadGateway));
        assert_eq!(Symptom::of(&answer(&["dumbways_a_b"])), Some(Symptom::NobodyLeft));
    }

    #[test]
    fn a_swaying_load_has_the_same_rate_and_its_order() {
        for rate in [1, 10, 50] {
            let moments: Vec<Duration> = (0..rate * 100).map(|n| jittered(rate, n)).collect();
            assert!(moments.is_sorted() && moments.last().unwrap() < &Duration::from_secs(100));
            for (n, moment) in (0..).zip(&moments) {
                assert!(*moment >= steady(rate, n) && *moment < steady(rate, n + 1), "{n}");
            }
        }
        let early = (0..1000).filter(|n| jittered(1, *n).subsec_millis() < 500).count();
        assert!((400..600).contains(&early), "{early}");
    }

    /// What the server of a site sees: a steady load of fifty, and one of ten that is shown.
    #[test]
    fn who_asks_beside_another_load_is_not_always_sent_to_the_same_server() {
        let shares = |shown: fn(u32, u32) -> Duration| {
            let mut all: Vec<(Duration, bool)> = (0..5000).map(|n| (steady(50, n), false)).collect();
            all.extend((0..1000).map(|n| (shown(10, n) + Duration::from_millis(3), true)));
            all.sort();
            all.iter().enumerate().filter(|(n, (_, own))| *own && n % 2 == 0).count()
        };
        assert!([0, 1000].contains(&shares(steady)), "in step: {}", shares(steady));
        assert!((350..650).contains(&shares(jittered)), "{}", shares(jittered));
    }
}
