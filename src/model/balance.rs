//! What a balance method of nginx promises about who answers how many requests, and whether what was counted keeps it.
//! Pure numbers. Whoever counts (this computer, or the web server itself where this one has no way to it), it is judged here.

mod few;
mod parse;

pub use few::{Few, Order};
pub use parse::parse;

use crate::model::event::{Balance, Share};
use crate::model::name::{BackendName, HostName};
use crate::model::symptom::Symptom;
use crate::model::visitor::VisitError;
use serde::{Deserialize, Serialize};

/// So many requests are sent at least.
pub const REQUESTS: u64 = 200;
/// How many wheels may turn at most. Where servers take turns, nginx keeps one wheel for all its workers if the upstream
/// has a `zone` (the shipped template has); else each worker turns its own. Nobody asks over more connections at a time.
pub const WHEELS: u64 = 4;

/// What is promised of a number of requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// How many requests it takes to tell.
    pub requests: u64,
    /// How many answers of each backend keep the promise: at least and at most.
    pub ranges: Vec<(u64, u64)>,
}

/// Whether requests have to come one after the other. `least_conn` gives the next request to the server with the fewest
/// open ones: only when none is open are all the same to it, and then they take turns. `random two` compares two in the
/// same way.
pub fn one_by_one(method: &str) -> bool {
    method == "least_conn" || is_chance(method)
}

fn is_chance(method: &str) -> bool {
    method == "random"
}

/// The promise of a method for backends of these weights.
///
/// * `proxy`: there is only one; it answers everything.
/// * `round_robin`, and `least_conn` while nobody else asks: exact turns. A window of a (weighted) wheel may be cut in the
///   middle of a turn, which moves one request between two servers, and less than two among more (a test holds both); so
///   much for each wheel.
/// * `random`: chance. Five standard deviations, which a correct balancer leaves once in a million times.
/// * `ip_hash`: one client (to be exact: its network) stays on one server, so one client can see no shares.
pub fn promise(method: &str, weights: &[u64]) -> Promise {
    let each = |requests: u64, range: &dyn Fn(f64) -> (f64, f64)| {
        let bounds = |part: f64| {
            let (least, most) = range(part * real(requests));
            (whole(least.ceil().max(0.0)), whole(most.floor()).min(requests))
        };
        Promise { requests, ranges: parts(method, weights).into_iter().map(bounds).collect() }
    };
    // A server that has died must show: even the smallest part is so large that none at all breaks the promise.
    let smallest = parts(method, weights).into_iter().fold(1.0, f64::min).max(1e-6);
    let enough = |mean: f64| REQUESTS.max(whole((mean / smallest).ceil()));
    match method {
        "ip_hash" => each(REQUESTS, &|_| (0.0, real(REQUESTS))),
        _ if weights.len() < 2 => each(REQUESTS, &|mean| (mean, mean)),
        "random" => each(enough(28.0), &|mean| {
            let requests = real(enough(28.0));
            let five = 5.0 * (mean * (1.0 - mean / requests)).sqrt();
            (mean - five, mean + five)
        }),
        _ => {
            let slack = real(WHEELS * if weights.len() == 2 { 1 } else { 2 });
            each(enough(slack + 1.0), &|mean| (mean - slack + ROUNDING, mean + slack - ROUNDING))
        }
    }
}

/// Parts of one are not exact in floating point; a count that is exactly the bound must not depend on that.
const ROUNDING: f64 = -1e-6;

/// Which part of the requests each server gets in the long run.
pub fn parts(method: &str, weights: &[u64]) -> Vec<f64> {
    let sum = real(weights.iter().sum::<u64>().max(1));
    let plain: Vec<f64> = weights.iter().map(|weight| real(*weight) / sum).collect();
    if method != "random" || weights.len() < 2 {
        return plain;
    }
    // `random two least_conn` draws a first and then another server by weight, and takes the first only if it has fewer
    // open requests. When nobody has any, the second one answers: of two servers, the lighter one gets more.
    let second = |i: usize| {
        let firsts = plain.iter().enumerate().filter(|(j, _)| *j != i);
        firsts.map(|(_, first)| first * plain[i] / (1.0 - first)).sum()
    };
    (0..plain.len()).map(second).collect()
}

#[allow(clippy::cast_precision_loss)] // counts of requests are small
fn real(n: u64) -> f64 {
    n as f64
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // never negative, never large
fn whole(n: f64) -> u64 {
    n.max(0.0) as u64
}

/// How a count breaks its method's promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BalanceFault {
    /// Requests got no good answer.
    Lost {
        /// What the most telling of them met instead.
        #[serde(flatten)]
        error: VisitError,
        /// How many met it.
        count: u64,
    },
    /// Good answers that do not name a server: another site of nginx gave them.
    Unnamed,
    /// Good answers of a server that the site does not have.
    Stranger {
        /// Its address and port.
        address: String,
    },
    /// Several servers answered one client, though the method keeps a client on one.
    Moved {
        /// The servers that did answer.
        answered: Vec<BackendName>,
    },
    /// Only some of the site's servers answered.
    Missing {
        /// The servers that did answer.
        answered: Vec<BackendName>,
    },
    /// A server answered more or less than its share.
    OutOfRange {
        /// What it answered, and its weight.
        share: Share,
    },
    /// The right servers answered with pages that lack the application's marker.
    OtherPage {
        /// How many of the pages that were looked at.
        count: u64,
    },
}

impl BalanceFault {
    /// What it points to; `None` where nothing is known of it.
    pub fn symptom(&self) -> Option<Symptom> {
        Some(match self {
            Self::Lost { error, .. } => return Symptom::of(error),
            Self::Unnamed => Symptom::DefaultSite,
            Self::Stranger { .. } => Symptom::OtherServer,
            Self::Moved { .. } | Self::OutOfRange { .. } => Symptom::WrongShares,
            Self::Missing { .. } => Symptom::MissingServer,
            Self::OtherPage { .. } => Symptom::WrongPage,
        })
    }

    /// Whether a little patience may help.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Lost { error, .. } => error.may_pass(),
            Self::Missing { .. } | Self::OutOfRange { .. } | Self::OtherPage { .. } => true,
            Self::Unnamed | Self::Stranger { .. } | Self::Moved { .. } => false,
        }
    }

    /// Whether only the numbers are wrong, which somebody else's requests can do.
    pub fn is_uneven(&self) -> bool {
        matches!(self, Self::OutOfRange { .. })
    }
}

impl Balance {
    /// Judges what was counted: the first thing that is wrong, or `None` where the promise is kept. This is the only
    /// place that decides it, whoever counted; a recording of any age is judged by its counts, too.
    pub fn fault(&self) -> Option<BalanceFault> {
        if let Some((error, count)) = self.lost_why.most_telling() {
            return Some(BalanceFault::Lost { error: error.clone(), count });
        }
        if let Some((address, _)) = self.strangers.first_key_value() {
            return Some(match address.as_str() {
                "" => BalanceFault::Unnamed,
                address => BalanceFault::Stranger { address: address.to_owned() },
            });
        }
        let answered: Vec<BackendName> =
            self.backends.iter().filter(|share| share.answered > 0).map(|share| share.host.clone()).collect();
        if self.method == STICKY {
            if answered.len() > 1 {
                return Some(BalanceFault::Moved { answered });
            }
        } else if answered.len() < self.backends.len() && self.backends.iter().all(|share| share.least > 0) {
            return Some(BalanceFault::Missing { answered });
        }
        let off = |share: &&Share| share.answered < share.least || share.answered > share.most;
        if let Some(share) = self.backends.iter().find(off) {
            return Some(BalanceFault::OutOfRange { share: share.clone() });
        }
        (self.other_pages > 0).then_some(BalanceFault::OtherPage { count: self.other_pages })
    }

    /// Whether every request was answered, and every server's share is what the method promises.
    pub fn holds(&self) -> bool {
        self.fault().is_none()
    }

    /// Requests without a good answer.
    pub fn lost(&self) -> u64 {
        self.lost_why.total()
    }
}

/// The method that keeps a client on one server.
pub const STICKY: &str = "ip_hash";

/// The host of a site's server, by its address and port.
pub fn host_at(backends: &[Share], socket: &str) -> Option<HostName> {
    backends.iter().find(|share| share.address == socket).map(|share| share.host.host().clone())
}

/// A count of so many answers, for tests.
#[cfg(test)]
pub fn counted(method: &str, weights: &[u64], answered: &[u64]) -> Balance {
    use crate::model::event::Share;

    let promise = promise(method, weights);
    let share = |i: usize| Share {
        host: format!("app{}", i + 1).parse().unwrap(),
        address: format!("10.0.0.{}:3000", i + 1),
        weight: weights[i],
        answered: answered[i],
        least: promise.ranges[i].0,
        most: promise.ranges[i].1,
    };
    let backends = (0..weights.len()).map(share).collect();
    Balance { site: "a.b".into(), method: method.into(), sent: promise.requests, backends, ..Balance::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::visitor::Asked;
    use proptest::prelude::*;

    /// nginx's smooth weighted round robin, written down from its source.
    pub(super) fn wheel(weights: &[i64], turns: usize) -> Vec<usize> {
        let sum: i64 = weights.iter().sum();
        let mut current = vec![0; weights.len()];
        let turn = |_| {
            current.iter_mut().zip(weights).for_each(|(now, weight)| *now += weight);
            // The first of the largest.
            let best = (0..weights.len()).rev().max_by_key(|i| current[*i]).unwrap();
            current[best] -= sum;
            best
        };
        (0..turns).map(turn).collect()
    }

    proptest! {
        #[test]
        fn turns_keep_their_promise_wherever_the_window_begins(
            weights in proptest::collection::vec(1u64..40, 2..12), skipped in 0usize..400
        ) {
            let promise = promise("round_robin", &weights);
            let signed: Vec<i64> = weights.iter().map(|w| i64::try_from(*w).unwrap()).collect();
            let requests = usize::try_from(promise.requests).unwrap();
            let window = &wheel(&signed, skipped + requests)[skipped..];
            for (i, (least, most)) in promise.ranges.iter().enumerate() {
                let n = window.iter().filter(|by| **by == i).count() as f64;
                let mean = promise.requests as f64 * weights[i] as f64 / weights.iter().sum::<u64>() as f64;
                // One wheel moves no more than this: the ranges hold for four.
                prop_assert!((n - mean).abs() < if weights.len() == 2 { 1.001 } else { 2.0 }, "{n} {mean}");
                prop_assert!((*least as f64..=*most as f64).contains(&n));
                prop_assert!(*least > 0, "one that has died is noticed: {promise:?}");
            }
        }

        #[test]
        fn anything_heard_is_read_or_refused(text in ".{0,200}") {
            let _ = parse("a.b", &text);
        }
    }

    #[test]
    fn promises() {
        assert_eq!(promise("round_robin", &[1, 1]), Promise { requests: 200, ranges: vec![(96, 104), (96, 104)] });
        assert_eq!(promise("least_conn", &[3, 1]).ranges, [(146, 154), (46, 54)]);
        assert_eq!(promise("proxy", &[1]).ranges, [(200, 200)]);
        assert_eq!(promise("ip_hash", &[1, 1]).ranges, [(0, 200), (0, 200)]);
        assert_eq!(promise("random", &[1, 1]).ranges, [(65, 135), (65, 135)]);
        // A small weight takes more requests.
        assert_eq!(promise("round_robin", &[99, 1]), Promise { requests: 500, ranges: vec![(491, 499), (1, 9)] });
        let thirty = promise("round_robin", &[1; 30]);
        assert!(thirty.requests == 270 && thirty.ranges[0] == (1, 17), "{thirty:?}");
    }

    #[test]
    fn random_takes_the_second_of_two() {
        // Counted at an nginx that did nothing else: 240 to 274 and 726 to 760 of 1000; and 265, 147, 266 for five.
        let two = parts("random", &[3, 1]);
        assert!((two[0] - 0.25).abs() < 1e-9 && (two[1] - 0.75).abs() < 1e-9, "{two:?}");
        let five = parts("random", &[3, 1, 1, 2, 1]);
        assert!((five[0] - 0.2857).abs() < 1e-3 && (five.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{five:?}");
    }

    #[test]
    fn what_is_kept_and_what_is_broken() {
        let hosts = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect::<Vec<BackendName>>();
        let counted = |method: &str, weights: &[u64], answered: &[u64]| counted(method, weights, answered).fault();
        for (method, weights, answered) in [
            ("round_robin", [1, 1], [100, 100]),
            ("round_robin", [3, 1], [150, 50]),
            ("random", [1, 1], [80, 120]),
            ("ip_hash", [1, 1], [200, 0]),
        ] {
            assert_eq!(counted(method, &weights, &answered), None, "{method} {answered:?}");
        }
        assert_eq!(counted("proxy", &[1], &[200]), None);
        // A wrong weight, the other weights, and shares that chance does not give.
        for (method, weights, answered) in
            [("round_robin", [1, 1], [133, 67]), ("round_robin", [3, 1], [160, 40]), ("random", [1, 1], [150, 50])]
        {
            let fault = counted(method, &weights, &answered).unwrap();
            assert!(fault.is_uneven() && fault.symptom() == Some(Symptom::WrongShares), "{fault:?}");
        }
        let missing = BalanceFault::Missing { answered: hosts(&["app1"]) };
        assert_eq!(counted("least_conn", &[1, 1], &[200, 0]), Some(missing));
        let moved = BalanceFault::Moved { answered: hosts(&["app1", "app2"]) };
        assert_eq!(counted("ip_hash", &[1, 1], &[199, 1]), Some(moved));
    }

    #[test]
    fn what_a_shell_counted_is_read() {
        let text = "round_robin 200 10.0.0.1:3000=app1=1=96=104=97 10.0.0.2:3000=app2=1=96=104=100 \
                    lost:502,10.0.0.1:3000=2 lost:502,dumbways_a_b=1 other:10.0.0.9:3000=1 page:=3";
        let count = parse("a.b", text).unwrap();
        let asked = Asked::Server { host: "app1".parse().unwrap(), port: "3000".into() };
        let error = VisitError::Status { status: 502, asked };
        let nobody = VisitError::Status { status: 502, asked: Asked::Nobody };
        assert_eq!(count.lost_why, [(error.clone(), 2), (nobody, 1)].into_iter().collect());
        assert_eq!(count.fault(), Some(BalanceFault::Lost { error, count: 2 }));
        assert_eq!((count.strangers["10.0.0.9:3000"], count.other_pages), (1, 3));
        let curl = parse("a.b", "proxy 1 10.0.0.1:3000=app1=1=200=200=0 lost:exit,6,curl:+(6)+a=b,c=1").unwrap();
        let error = VisitError::Curl { exit: 6, text: "curl: (6) a=b,c".into() };
        assert_eq!(curl.lost_why, [(error, 1)].into_iter().collect());
        let refused = parse("a.b", "proxy 1 10.0.0.1:3000=app1=1=200=200=0 lost:exit,7,=1").unwrap();
        assert!(refused.lost_why.contains(&VisitError::Refused));
        assert_eq!(parse("a.b", "round_robin many"), None);
        assert_eq!(parse("a.b", "round_robin 200 x=y=1"), None);
        assert_eq!(parse("a.b", "round_robin 200 lost:often=1"), None);
    }
}
