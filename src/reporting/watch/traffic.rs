//! Who answered how many requests, second by second, for the last minute. Pure: what became of visitors in, numbers out.

use crate::execution::drill::{Request, Visit};
use crate::languages::Language;
use crate::model::name::HostName;
use crate::model::visitor::Losses;
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};

/// How many seconds are kept.
pub const MINUTE: usize = 60;
/// An answer that takes longer is slow, and a request that waits longer is stalled.
const LONG_MS: f64 = 1000.0;
/// How many different ways of requests are told apart between two ticks, and how many reasons for losses.
const MOST: usize = 64;
/// A server is silent once so many requests in a row were answered by others (or by nobody), at least.
const ROW: f64 = 20.0;

/// What flows through every site of a lab. All times are milliseconds since the load began.
#[derive(Debug, Clone)]
pub struct Flow {
    sites: Vec<SiteTraffic>,
    language: &'static Language,
}

#[derive(Debug, Clone)]
struct SiteTraffic {
    servers: Vec<ServerTraffic>,
    sent: u64,
    good: u64,
    lost: u64,
    slow: u64,
    /// Good answers that do not say who gave them.
    unnamed: u64,
    /// Of the first so many kinds.
    losses: Losses,
    under_way: BTreeMap<u32, f64>,
    seconds: VecDeque<Second>,
    paths: BTreeMap<(Vec<usize>, RequestEnd), u32>,
}

#[derive(Debug, Clone)]
struct ServerTraffic {
    host: HostName,
    total: u64,
    /// Requests that were handed on to another server after this one was tried.
    passed: u64,
    /// When it last answered, and how many requests of the site had ended by then.
    last: Option<(f64, u64)>,
    /// How many requests of the site end from one answer of it to the next, on average.
    turn: f64,
}

#[derive(Debug, Clone)]
struct Second {
    at: u64,
    /// For each server, then unnamed, then lost.
    counts: Vec<u32>,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RequestEnd {
    /// With a good answer.
    Good,
    /// With one that took long.
    Slow,
    /// Requests without a good answer.
    Lost,
}

/// How it is at one moment, and what happened since the one before.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct TrafficTick {
    /// The second that runs.
    pub second: u64,
    /// In the order of the inventory.
    pub sites: Vec<SiteTick>,
}

/// The traffic of one site.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct SiteTick {
    /// Requests that were sent.
    pub sent: u64,
    /// Good answers since the page began.
    pub good: u64,
    /// Requests without a good answer.
    pub lost: u64,
    /// Good answers that took longer than a second.
    pub slow: u64,
    /// Requests that have waited for longer than a second, and still do.
    pub stalled: usize,
    /// Good answers that do not say who gave them.
    pub unnamed: u64,
    /// Why requests were lost, and how many.
    pub why: Vec<(String, u64)>,
    /// In the order of the site's backends.
    pub servers: Vec<ServerTick>,
    /// The running second and those before it that may have changed: see [`Past`].
    pub seconds: Vec<(u64, Vec<u32>)>,
    /// What came since the last tick: which servers were tried (by their place), the end, how many.
    pub paths: Vec<(Vec<usize>, RequestEnd, u32)>,
}

/// One backend of a site.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct ServerTick {
    /// Its good answers since the page began.
    pub total: u64,
    /// Requests that another had to answer after this one was tried.
    pub passed: u64,
    /// For how many seconds it has answered nobody although it was its turn.
    pub silent: Option<u64>,
}

/// The last minute, for a page that is opened now: for each site its seconds, each with one count for every server, one
/// for answers without a name, and one for losses.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct Past {
    /// For each site, its last minute.
    pub sites: Vec<Vec<(u64, Vec<u32>)>>,
    /// How it is at the end of it.
    pub tick: TrafficTick,
}

impl Flow {
    /// Nothing has flowed yet through sites with these servers. Losses are named in this language.
    pub fn new(sites: impl IntoIterator<Item = Vec<HostName>>, language: &'static Language) -> Self {
        let site = |hosts: Vec<HostName>| {
            let turn = hosts.len() as f64;
            let servers =
                hosts.into_iter().map(|host| ServerTraffic { host, total: 0, passed: 0, last: None, turn }).collect();
            SiteTraffic {
                servers,
                sent: 0,
                good: 0,
                lost: 0,
                slow: 0,
                unnamed: 0,
                losses: Losses::default(),
                under_way: BTreeMap::new(),
                seconds: VecDeque::new(),
                paths: BTreeMap::new(),
            }
        };
        Self { sites: sites.into_iter().map(site).collect(), language }
    }

    /// Takes into account what became of a visitor of the site at this place.
    pub fn add(&mut self, site: usize, visit: Visit) {
        let Some(site) = self.sites.get_mut(site) else { return };
        match visit {
            Visit::Sent(n, due) => {
                site.sent += 1;
                site.under_way.insert(n, due);
            }
            Visit::Ended(n, request) => {
                site.under_way.remove(&n);
                site.end(request);
            }
        }
    }

    /// How it is now. What is told once is not told again.
    pub fn tick(&mut self, now: f64) -> TrafficTick {
        let (second, language) = (second(now), self.language);
        TrafficTick { second, sites: self.sites.iter_mut().map(|site| site.tick(now, second, language)).collect() }
    }

    /// The last minute, which ends with this tick.
    pub fn past(&self, tick: TrafficTick) -> Past {
        let counts = |site: &SiteTraffic| site.seconds.iter().map(|each| (each.at, each.counts.clone())).collect();
        Past { sites: self.sites.iter().map(counts).collect(), tick }
    }
}

impl SiteTraffic {
    fn end(&mut self, request: Request) {
        let long = request.end - request.due > LONG_MS;
        let ended = self.good + self.lost + 1;
        let (mut place, end, tried) = match &request.outcome {
            Ok(tried) => {
                self.good += 1;
                self.slow += u64::from(long);
                let tried: Vec<usize> = tried
                    .iter()
                    .filter_map(|host| self.servers.iter().position(|server| &server.host == host))
                    .collect();
                (self.servers.len(), if long { RequestEnd::Slow } else { RequestEnd::Good }, tried)
            }
            Err(error) => {
                self.lost += 1;
                if self.losses.len() < MOST || self.losses.contains(error) {
                    self.losses.add(error.clone(), 1);
                }
                (self.servers.len() + 1, RequestEnd::Lost, Vec::new())
            }
        };
        if let Some((by, before)) = tried.split_last() {
            place = *by;
            before.iter().for_each(|server| self.servers[*server].passed += 1);
            self.servers[*by].answered(request.end, ended);
        } else if end != RequestEnd::Lost {
            self.unnamed += 1;
        }
        let counts = self.second(second(request.end));
        if let Some(count) = counts.and_then(|second| second.counts.get_mut(place)) {
            *count += 1;
        }
        if self.paths.len() < MOST || self.paths.contains_key(&(tried.clone(), end)) {
            *self.paths.entry((tried, end)).or_default() += 1;
        }
    }

    /// The second at this time; `None` if it is too long ago.
    fn second(&mut self, at: u64) -> Option<&mut Second> {
        let width = self.servers.len() + 2;
        let next = self.seconds.back().map_or(at, |last| last.at + 1);
        // After a long sleep of this computer only the last minute is of interest.
        for new in next.max(at.saturating_sub(MINUTE as u64))..=at {
            self.seconds.push_back(Second { at: new, counts: vec![0; width] });
        }
        while self.seconds.front().is_some_and(|first| first.at + MINUTE as u64 <= at) {
            self.seconds.pop_front();
        }
        self.seconds.iter_mut().rev().find(|second| second.at == at)
    }

    fn tick(&mut self, now: f64, second: u64, language: &Language) -> SiteTick {
        self.second(second);
        let ended = self.good + self.lost;
        let servers = self.servers.iter().map(|server| ServerTick {
            total: server.total,
            passed: server.passed,
            silent: server.silent(now, ended),
        });
        let stalled = self.under_way.values().filter(|due| now - **due > LONG_MS).count();
        let recent = self.seconds.iter().rev().take(3).map(|each| (each.at, each.counts.clone()));
        let paths = std::mem::take(&mut self.paths).into_iter().map(|((tried, end), n)| (tried, end, n));
        SiteTick {
            sent: self.sent,
            good: self.good,
            lost: self.lost,
            slow: self.slow,
            stalled,
            unnamed: self.unnamed,
            why: self.losses.iter().map(|(error, n)| ((language.sentences.visit_error)(error), n)).collect(),
            servers: servers.collect(),
            seconds: recent.collect(),
            paths: paths.collect(),
        }
    }
}

impl ServerTraffic {
    fn answered(&mut self, at: f64, ended: u64) {
        self.total += 1;
        if let Some((_, before)) = self.last {
            // A silence counts for little.
            let turn = (ended.saturating_sub(before) as f64).min(self.patience() / 2.0);
            self.turn = self.turn * 0.9 + turn * 0.1;
        }
        self.last = Some((at, ended));
    }

    /// How many requests in a row may pass it by.
    fn patience(&self) -> f64 {
        (self.turn * 8.0).max(ROW)
    }

    fn silent(&self, now: f64, ended: u64) -> Option<u64> {
        let (at, before) = self.last?;
        let passed_by = ended.saturating_sub(before) as f64;
        (passed_by > self.patience()).then(|| second(now - at))
    }
}

fn second(ms: f64) -> u64 {
    // Saturates; a time before the beginning is its first second.
    (ms / 1000.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::languages::ENGLISH;
    use crate::model::visitor::{Asked, VisitError};

    fn host(name: &str) -> HostName {
        name.parse().unwrap()
    }

    fn flow() -> Flow {
        Flow::new([vec![host("app1"), host("app2")]], ENGLISH)
    }

    fn bad(status: u16) -> VisitError {
        VisitError::Status { status, asked: Asked::Unknown }
    }

    /// Request `n` of ten a second, answered after `took` milliseconds.
    fn ask(flow: &mut Flow, n: u32, took: f64, outcome: Result<&[&str], u16>) {
        let due = f64::from(n) * 100.0;
        let outcome = outcome.map(|tried| tried.iter().map(|name| host(name)).collect()).map_err(bad);
        flow.add(0, Visit::Sent(n, due));
        flow.add(0, Visit::Ended(n, Request { due, end: due + took, outcome }));
    }

    #[test]
    fn every_request_is_counted_once() {
        let mut flow = flow();
        ask(&mut flow, 0, 5.0, Ok(&["app1"]));
        ask(&mut flow, 1, 5.0, Ok(&["app2"]));
        ask(&mut flow, 2, 5.0, Ok(&["app2", "app1"]));
        ask(&mut flow, 3, 1500.0, Ok(&["app2", "app1"]));
        ask(&mut flow, 4, 5.0, Err(502));
        ask(&mut flow, 5, 5.0, Ok(&[]));
        flow.add(0, Visit::Sent(6, 600.0));
        flow.add(0, Visit::Sent(7, 1700.0));
        flow.add(9, Visit::Sent(8, 1700.0));
        let tick = flow.tick(1900.0);
        let site = &tick.sites[0];
        assert_eq!((tick.second, site.sent, site.good, site.lost, site.slow, site.unnamed), (1, 8, 5, 1, 1, 1));
        assert_eq!((site.stalled, &site.why[..]), (1, &[("answered 502".to_owned(), 1)][..]));
        let servers: Vec<_> = site.servers.iter().map(|s| (s.total, s.passed, s.silent)).collect();
        assert_eq!(servers, [(3, 0, None), (1, 2, None)]);
        assert_eq!(site.seconds, [(1, vec![1, 0, 0, 0]), (0, vec![2, 1, 1, 1])]);
        assert_eq!(
            site.paths,
            [
                (vec![], RequestEnd::Good, 1),
                (vec![], RequestEnd::Lost, 1),
                (vec![0], RequestEnd::Good, 1),
                (vec![1], RequestEnd::Good, 1),
                (vec![1, 0], RequestEnd::Good, 1),
                (vec![1, 0], RequestEnd::Slow, 1)
            ]
        );
        let next = flow.tick(1900.0);
        assert!(next.sites[0].paths.is_empty(), "told once");
        assert_eq!(flow.past(next).sites, [vec![(0, vec![2, 1, 1, 1]), (1, vec![1, 0, 0, 0])]]);
    }

    #[test]
    fn a_server_that_is_passed_by_is_silent_until_it_answers() {
        let mut flow = flow();
        (0..40).for_each(|n| ask(&mut flow, n, 5.0, Ok(if n % 2 == 0 { &["app1"] } else { &["app2"] })));
        let silent = |flow: &mut Flow, n: f64| flow.tick(n * 100.0).sites[0].servers[1].silent;
        assert_eq!(silent(&mut flow, 40.0), None);
        (40..59).for_each(|n| ask(&mut flow, n, 5.0, Ok(&["app1"])));
        assert_eq!(silent(&mut flow, 59.0), None, "perhaps chance");
        (59..80).for_each(|n| ask(&mut flow, n, 5.0, Err(502)));
        assert_eq!(silent(&mut flow, 80.0), Some(4), "also while nobody answers");
        (80..900).for_each(|n| ask(&mut flow, n, 5.0, Ok(&["app1"])));
        assert_eq!(silent(&mut flow, 900.0), Some(86), "however long");
        ask(&mut flow, 901, 5.0, Ok(&["app2"]));
        assert_eq!(silent(&mut flow, 902.0), None);
        (902..930).for_each(|n| ask(&mut flow, n, 5.0, Ok(&["app1"])));
        assert!(silent(&mut flow, 930.0).is_some(), "its long silence has not made us patient");
    }

    #[test]
    fn who_never_answered_is_not_missed() {
        let mut flow = flow();
        (0..600).for_each(|n| ask(&mut flow, n, 5.0, Ok(&["app1"])));
        assert_eq!(flow.tick(60_000.0).sites[0].servers[1].silent, None, "ip_hash sends one visitor to one server");
    }

    #[test]
    fn memory_is_bounded() {
        let mut flow = flow();
        for n in 0..20_000 {
            let (seconds, status) = (n % 700, u16::try_from(n).unwrap());
            ask(&mut flow, seconds * 10, 5.0, Err(status));
        }
        let tick = flow.tick(1e9);
        assert_eq!(tick.sites[0].why.len(), MOST);
        assert!(tick.sites[0].paths.len() <= MOST && flow.past(tick.clone()).sites[0].len() <= MINUTE);
        assert!(flow.sites[0].under_way.is_empty());
        ask(&mut flow, 1, 5.0, Ok(&["app1"]));
        assert_eq!(flow.past(tick).sites[0].len(), MINUTE, "an answer of long ago makes no new second");
    }
}
