//! What a balance method of nginx promises about who answers how many requests, and whether what was counted keeps it.
//! Pure numbers. Whoever asks (the web server itself in `verify`, the controller in `labctl balance`) judges by these.

use crate::model::event::{Balance, Share};
use crate::model::symptom;
use std::collections::BTreeMap;

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
    matches!(method, "least_conn" | "random")
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

/// Which part of the requests each backend gets in the long run.
fn parts(method: &str, weights: &[u64]) -> Vec<f64> {
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

/// What was counted at one site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Count {
    /// The domain.
    pub site: String,
    /// The method.
    pub method: String,
    /// Requests that were sent.
    pub sent: u64,
    /// Every backend, with what is promised of it.
    pub shares: Vec<Share>,
    /// Why requests got no good answer, and how many.
    pub lost: BTreeMap<String, u64>,
    /// Good answers of nobody who was declared: address (empty if none was named), and how many.
    pub strangers: BTreeMap<String, u64>,
}

impl Count {
    /// Judges: the first thing that is wrong, its cause and what to type next; or the promise, kept.
    pub fn judged(self, web: &str) -> Balance {
        let wrong = self.wrong();
        let why = wrong.clone().unwrap_or_else(|| self.promised());
        let hints = wrong.as_deref().map(|wrong| symptom::hints(wrong, web)).unwrap_or_default();
        Balance {
            holds: wrong.is_none(),
            why,
            hints,
            lost: self.lost.values().sum(),
            site: self.site,
            method: self.method,
            sent: self.sent,
            lost_why: self.lost,
            backends: self.shares,
            strangers: self.strangers,
        }
    }

    fn wrong(&self) -> Option<String> {
        let site = &self.site;
        // Once every server has failed, nginx asks nobody for a while: who was asked before tells more.
        if let Some((why, n)) = self.lost.iter().max_by_key(|(why, n)| (why.contains("(asked: "), **n)) {
            let all = if *n == self.sent { String::new() } else { format!(": {n} of {} requests", self.sent) };
            let colon = if why.starts_with("answered ") { "" } else { ":" };
            return Some(format!("{site}{colon} {why}{all}"));
        }
        let names: Vec<&str> = self.shares.iter().map(|share| share.host.as_str()).collect();
        if let Some((by, _)) = self.strangers.iter().next() {
            return Some(match by.as_str() {
                "" => format!("{site} answered 200 without X-Upstream"),
                by => format!("{site} was answered by {by}, which is none of: {}", names.join(" ")),
            });
        }
        let seen: Vec<&Share> = self.shares.iter().filter(|share| share.answered > 0).collect();
        let by: Vec<&str> = seen.iter().map(|share| share.host.as_str()).collect();
        if self.method == "ip_hash" {
            let moved =
                || format!("{site} sent one client to several servers ({}), which ip_hash does not", by.join(" "));
            return (by.len() > 1).then(moved);
        }
        if by.len() < names.len() && self.shares.iter().all(|share| share.least > 0) {
            return Some(format!("{site} was answered only by {} of: {}", by.join(" "), names.join(" ")));
        }
        let off = |share: &&Share| share.answered < share.least || share.answered > share.most;
        let share = self.shares.iter().find(off)?;
        Some(format!(
            "{site}: {} answered {} of {}, but {} promises {} to {}",
            share.host, share.answered, self.sent, self.method, share.least, share.most
        ))
    }

    /// What the method promises, in words.
    fn promised(&self) -> String {
        let method = &self.method;
        let weights: Vec<u64> = self.shares.iter().map(|share| share.weight).collect();
        let alike = weights.windows(2).all(|pair| pair[0] == pair[1]);
        let rounded = |part: f64| format!("{:.0}", part * real(self.sent));
        let parts: Vec<String> = parts(method, &weights).into_iter().map(rounded).collect();
        match (method.as_str(), &parts[..]) {
            ("ip_hash", _) => "ip_hash keeps one client on one server, and promises nothing about shares".to_owned(),
            (_, [] | [_]) => "one server answers everything".to_owned(),
            ("random", [first, ..]) if alike => format!("random promises about {first} each"),
            ("random", _) => format!("random promises about {}", parts.join(", ")),
            (_, [first, ..]) if alike => format!("{method} promises {first} each"),
            _ => format!("{method} by weight promises {}", parts.join(", ")),
        }
    }
}

impl Balance {
    /// Whether only the numbers are wrong, which somebody else's requests can do.
    pub fn uneven(&self) -> bool {
        let all = |share: &Share| share.answered > 0 || share.least == 0;
        !self.holds && self.lost == 0 && self.strangers.is_empty() && self.backends.iter().all(all)
    }

    /// `app1 100, app2 100 of 200`.
    pub fn shares(&self) -> String {
        let own = self.backends.iter().map(|share| format!("{} {}", share.host, share.answered));
        let others = self.strangers.iter().map(|(by, n)| format!("{} {n}", if by.is_empty() { "unnamed" } else { by }));
        let mut each: Vec<String> = own.chain(others).collect();
        if self.lost > 0 {
            each.push(format!("lost {}", self.lost));
        }
        format!("{} of {}", each.join(", "), self.sent)
    }
}

/// Reads what a host's shell counted: `METHOD SENT` and then, in any number, `SOCKET=HOST=WEIGHT=LEAST=MOST=ANSWERED`,
/// `lost:WHY=N` (with `+` for blanks) and `other:SOCKET=N`. `None` if it is not of this form.
pub fn heard(site: &str, said: &str) -> Option<Count> {
    let mut words = said.split_whitespace();
    let (method, sent) = (words.next()?.to_owned(), words.next()?.parse().ok()?);
    let mut count = Count { site: site.to_owned(), method, sent, ..Count::default() };
    for word in words {
        let (rest, n) = word.rsplit_once('=')?;
        let n = n.parse().ok()?;
        if let Some(why) = rest.strip_prefix("lost:") {
            count.lost.insert(why.replace('+', " "), n);
        } else if let Some(by) = rest.strip_prefix("other:") {
            count.strangers.insert(by.to_owned(), n);
        } else {
            let parts: Vec<&str> = rest.split('=').collect();
            let [address, host, weight, least, most] = parts[..] else { return None };
            count.shares.push(Share {
                host: host.parse().ok()?,
                address: address.to_owned(),
                weight: weight.parse().ok()?,
                answered: n,
                least: least.parse().ok()?,
                most: most.parse().ok()?,
            });
        }
    }
    Some(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// nginx's smooth weighted round robin, written down from its source.
    fn wheel(weights: &[i64], turns: usize) -> Vec<usize> {
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
        fn anything_heard_is_read_or_refused(said in ".{0,200}") {
            let _ = heard("a.b", &said);
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

    fn counted(method: &str, weights: &[u64], answered: &[u64]) -> Count {
        let promise = promise(method, weights);
        let share = |i: usize| Share {
            host: format!("app{}", i + 1).parse().unwrap(),
            address: format!("10.0.0.{}:3000", i + 1),
            weight: weights[i],
            answered: answered[i],
            least: promise.ranges[i].0,
            most: promise.ranges[i].1,
        };
        let shares = (0..weights.len()).map(share).collect();
        Count { site: "a.b".into(), method: method.into(), sent: promise.requests, shares, ..Count::default() }
    }

    #[test]
    fn what_is_kept_and_what_is_broken() {
        for (method, weights, answered, wanted) in [
            ("round_robin", vec![1, 1], vec![100, 100], Ok("round_robin promises 100 each")),
            ("round_robin", vec![3, 1], vec![150, 50], Ok("round_robin by weight promises 150, 50")),
            ("random", vec![1, 1], vec![80, 120], Ok("random promises about 100 each")),
            (
                "ip_hash",
                vec![1, 1],
                vec![200, 0],
                Ok("ip_hash keeps one client on one server, and promises nothing about shares"),
            ),
            ("proxy", vec![1], vec![200], Ok("one server answers everything")),
            // A wrong weight, the other weights, and a dead server.
            (
                "round_robin",
                vec![1, 1],
                vec![133, 67],
                Err("a.b: app1 answered 133 of 200, but round_robin promises 96 to 104"),
            ),
            (
                "round_robin",
                vec![3, 1],
                vec![160, 40],
                Err("a.b: app1 answered 160 of 200, but round_robin promises 146 to 154"),
            ),
            ("random", vec![1, 1], vec![150, 50], Err("a.b: app1 answered 150 of 200, but random promises 65 to 135")),
            ("least_conn", vec![1, 1], vec![200, 0], Err("a.b was answered only by app1 of: app1 app2")),
            (
                "ip_hash",
                vec![1, 1],
                vec![199, 1],
                Err("a.b sent one client to several servers (app1 app2), which ip_hash does not"),
            ),
        ] {
            let judged = counted(method, &weights, &answered).judged("web");
            assert_eq!((judged.holds, judged.why.as_str()), (wanted.is_ok(), wanted.unwrap_or_else(|e| e)));
            assert_eq!(judged.hints.is_empty(), judged.holds, "{judged:?}");
        }
    }

    #[test]
    fn what_a_shell_counted_is_read() {
        let said = "round_robin 200 10.0.0.1:3000=app1=1=96=104=97 10.0.0.2:3000=app2=1=96=104=100 \
                    lost:answered+502+(asked:+app1:3000)=2 other:10.0.0.9:3000=1";
        let count = heard("a.b", said).unwrap();
        assert_eq!(count.lost, BTreeMap::from([("answered 502 (asked: app1:3000)".to_owned(), 2)]));
        let balance = count.judged("web");
        assert_eq!(balance.shares(), "app1 97, app2 100, 10.0.0.9:3000 1, lost 2 of 200");
        assert!(balance.why.starts_with("a.b answered 502 (asked: app1:3000): 2 of 200 requests"), "{balance:?}");
        assert_eq!(heard("a.b", "round_robin many"), None);
        assert_eq!(heard("a.b", "round_robin 200 x=y=1"), None);
    }
}
