//! Who answered how many requests, second by second, for the last minute. Pure: what became of visitors in, numbers out.

use crate::execution::drill::{Request, Visit};
use crate::languages::Language;
use crate::model::name::BackendName;
use crate::model::visitor::Losses;
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};

/// How many seconds are kept.
pub const MINUTE: usize = 60;
/// An answer that takes longer is slow, and a request that waits longer is stalled.
const LONG_MS: f64 = 1000.0;
/// How many different paths of requests are told apart between two ticks, and how many reasons for losses.
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
    host: BackendName,
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
    pub fn new(sites: impl IntoIterator<Item = Vec<BackendName>>, language: &'static Language) -> Self {
        let site = |hosts: Vec<BackendName>| {
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

    /// How it is now. What was reported once is not reported again.
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
        let (mut slot, end, tried) = match &request.outcome {
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
            slot = *by;
            before.iter().for_each(|server| self.servers[*server].passed += 1);
            self.servers[*by].answered(request.end, ended);
        } else if end != RequestEnd::Lost {
            self.unnamed += 1;
        }
        let counts = self.second(second(request.end));
        if let Some(count) = counts.and_then(|second| second.counts.get_mut(slot)) {
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
#[path = "traffic_tests.rs"]
mod tests;
