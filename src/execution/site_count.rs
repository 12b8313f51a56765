//! Asks a site as a visitor does, and counts who answers. What it comes to is judged in `model::balance`.

use crate::infra::transport::http::{Answer, Ask, Visitor};
use crate::model::balance::{Few, Order, WHEELS, host_at, one_by_one, promise};
use crate::model::event::{Balance, Share};
use crate::model::site::{Server, Site};
use crate::model::visitor::{Asked, VisitError};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinSet;

/// So many requests without a good answer are enough.
const ENOUGH_LOST: u64 = 3;

/// A site, and how to ask it.
#[derive(Debug, Clone)]
pub struct SiteQuestion {
    /// Where, by which name, and how patiently.
    pub ask: Ask,
    /// What the inventory says of it.
    pub site: Site,
    /// The hash of the configuration that it should have loaded, where that is known.
    pub config: Option<String>,
    /// A text that every page must hold; empty if any page will do.
    pub marker: String,
}

impl SiteQuestion {
    /// Asks as few times as prove a site that nobody has changed. `Err` if they prove nothing: with what was lost, if there was
    /// no web server at all.
    ///
    /// # Errors
    /// Not everything is as promised, or it takes more requests to tell.
    pub async fn few(&self) -> Result<Balance, Option<Balance>> {
        let Some(few) = Few::new(self.site.method().word(), &self.weights()) else { return Err(None) };
        let mut count = self.nothing();
        let mut answers = Vec::new();
        let servers = count.backends.len();
        let on_answer = |answer| {
            let by = self.add(&mut count, answer, true);
            answers.extend(by);
            by.is_some() && !few.is_enough(&answers, servers)
        };
        Visitor::new(self.ask.clone()).ask(usize::try_from(few.requests).unwrap_or(usize::MAX), true, on_answer).await;
        let sent = count.sent;
        for share in &mut count.backends {
            (share.least, share.most) = match &few.order {
                Order::Same => (0, sent),
                // In which order, and so how often, is decided by `is_kept`.
                Order::Turns { .. } | Order::Chance => (1, sent),
            };
        }
        if count.holds() && few.is_kept(&answers, servers) {
            return Ok(count);
        }
        let nobody = count.lost_why.iter().any(|(error, _)| error.is_before_any_answer());
        Err(nobody.then_some(count))
    }

    /// Asks so often that the promise of its method is plain. Whoever else asks at the same time takes turns, too: counts may be
    /// off once, but not three times in a row.
    pub async fn many(&self) -> Balance {
        let mut round = 1;
        loop {
            let balance = self.counted().await;
            if round == 3 || !balance.fault().is_some_and(|fault| fault.is_uneven()) {
                return balance;
            }
            round += 1;
        }
    }

    async fn counted(&self) -> Balance {
        let (method, weights) = (self.site.method().word(), self.weights());
        let promise = promise(method, &weights);
        let mut count = self.nothing();
        for (share, range) in count.backends.iter_mut().zip(&promise.ranges) {
            (share.least, share.most) = *range;
        }
        // The rarer a backend's turn is, the more pages it takes to see one of it: some rounds of the wheel.
        let (sum, least) = (weights.iter().sum::<u64>(), weights.iter().min().copied().unwrap_or(1));
        let pages = (4 * sum.div_ceil(least.max(1))).min(promise.requests);
        let visitors = if one_by_one(method) { 1 } else { WHEELS };
        let count = Arc::new(Mutex::new(count));
        let mut asking = JoinSet::new();
        for n in 0..visitors {
            let part = |of: u64| usize::try_from(of / visitors + u64::from(n < of % visitors)).unwrap_or_default();
            asking.spawn(self.clone().asked_by_one(part(promise.requests), part(pages), count.clone()));
        }
        while asking.join_next().await.is_some() {}
        let count = count.lock().unwrap_or_else(PoisonError::into_inner);
        count.clone()
    }

    /// One of several visitors: the first pages are read, of the others only who answered.
    async fn asked_by_one(self, requests: usize, pages: usize, count: Arc<Mutex<Balance>>) {
        let mut visitor = Visitor::new(self.ask.clone());
        let mut sent = 0;
        while sent < requests {
            let wanted = sent < pages;
            let times = if wanted { pages.min(requests) } else { requests } - sent;
            let before = sent;
            let mut enough = false;
            let on_answer = |answer: Result<Answer, VisitError>| {
                let mut count = count.lock().unwrap_or_else(PoisonError::into_inner);
                sent += 1;
                // Where there is nobody, each visitor has to find that out only once.
                let nobody = answer.as_ref().is_err_and(VisitError::is_before_any_answer);
                self.add(&mut count, answer, wanted);
                enough = nobody || count.lost() >= ENOUGH_LOST;
                !enough
            };
            visitor.ask(times, wanted, on_answer).await;
            if enough || sent == before {
                return;
            }
        }
    }

    /// Counts an answer, and says which of the site's servers gave it.
    fn add(&self, count: &mut Balance, answer: Result<Answer, VisitError>, page: bool) -> Option<usize> {
        count.sent += 1;
        match answer.and_then(|answer| Ok((self.who(&answer, &count.backends)?, answer))) {
            Err(error) => {
                count.lost_why.add(error, 1);
                None
            }
            Ok((by, answer)) => {
                let at = count.backends.iter().position(|share| share.address == by);
                match at {
                    Some(at) => count.backends[at].answered += 1,
                    None => *count.strangers.entry(by).or_default() += 1,
                }
                count.other_pages += u64::from(page && !self.marked(&answer.page));
                at
            }
        }
    }

    fn marked(&self, page: &[u8]) -> bool {
        let marker = self.marker.as_bytes();
        marker.is_empty() || page.windows(marker.len()).any(|window| window == marker)
    }

    /// Who gave a good answer; empty if it does not say.
    fn who(&self, answer: &Answer, backends: &[Share]) -> Result<String, VisitError> {
        let by = answer.asked.last();
        if answer.status != 200 {
            let asked = Asked::read(by.map(String::as_str), |socket| host_at(backends, socket));
            return Err(VisitError::Status { status: answer.status, asked });
        }
        match (&answer.config, &self.config) {
            (Some(loaded), Some(wanted)) if loaded != wanted => Err(VisitError::OtherConfiguration),
            _ => Ok(by.cloned().unwrap_or_default()),
        }
    }

    fn weights(&self) -> Vec<u64> {
        self.site.servers.iter().map(|server| server.weight.into()).collect()
    }

    /// A count of nothing, with nothing promised.
    fn nothing(&self) -> Balance {
        nothing(&self.site)
    }
}

/// A count of nothing for a site, with nothing promised.
pub fn nothing(site: &Site) -> Balance {
    let share = |server: &Server| Share {
        host: server.name.clone(),
        address: server.socket(),
        weight: server.weight.into(),
        answered: 0,
        least: 0,
        most: 0,
    };
    let backends = site.servers.iter().map(share).collect();
    let method = site.method().word().to_owned();
    Balance { site: site.domain.clone(), method, backends, ..Balance::default() }
}
