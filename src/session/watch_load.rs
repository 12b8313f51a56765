//! The visitors that `labctl watch` sends itself, to show who answers.

use super::lab::Lab;
use crate::config::inventory::Host;
use crate::execution::drill::{Names, Visit, jittered, visit};
use crate::infra::transport::http::{self, Ask};
use crate::infra::transport::serve::Feed;
use crate::model::name::BackendName;
use crate::model::site::Site;
use crate::reporting::watch::{Flow, Hello, Route};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch::Receiver;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

/// How long a request may wait until it counts as lost. So many times the rate are under way at most.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a page gets the flow.
const TICK: Duration = Duration::from_millis(250);

fn millis(of: Duration) -> f64 {
    of.as_secs_f64() * 1000.0
}

/// Asks every site at a constant rate, and sends what becomes of it.
pub fn flowing(lab: &Lab, hello: &Hello, feed: Arc<Feed>, made: Receiver<bool>) -> impl Future<Output = ()> + use<> {
    let hosts =
        |route: &Route| -> Vec<BackendName> { route.ends.iter().filter_map(|stop| stop.host.parse().ok()).collect() };
    let flow = Arc::new(Mutex::new(Flow::new(hello.routes.iter().map(hosts), hello.lang)));
    let names = |site: &Site| site.servers.iter().map(|server| (server.socket(), server.name.clone())).collect();
    let asked = |site: Site| (site.domain.clone(), names(&site));
    let sites: Vec<(String, Names)> = lab.inventory.sites().into_iter().map(asked).collect();
    let address = lab.inventory.web().and_then(Host::reached_at).unwrap_or_default();
    let rate = hello.rate;
    async move {
        let began = Instant::now();
        let mut visitors = JoinSet::new();
        for (n, (domain, names)) in sites.into_iter().enumerate().take(if rate == 0 { 0 } else { usize::MAX }) {
            let flow = flow.clone();
            let on_visit =
                move |visit: Visit, late| flow.lock().unwrap_or_else(PoisonError::into_inner).add(n, visit.later(late));
            visitors.spawn(visitors_of(domain, address.clone(), names, rate, began, on_visit, made.clone()));
        }
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let mut flow = flow.lock().unwrap_or_else(PoisonError::into_inner);
            let tick = flow.tick(millis(began.elapsed()));
            feed.change(("flow", &tick), ("past", &flow.past(tick.clone())));
        }
    }
}

/// Asks one site as long as its machines are there. `on_visit` also gets how long after `began` its times begin.
async fn visitors_of(
    domain: String,
    address: String,
    names: Names,
    rate: u32,
    began: Instant,
    on_visit: impl Fn(Visit, f64) + Clone + Send + 'static,
    mut made: Receiver<bool>,
) {
    loop {
        if made.wait_for(|made| *made).await.is_err() {
            return;
        }
        let Ok(to) = http::find(&address, 80).await else {
            sleep(Duration::from_secs(2)).await;
            continue;
        };
        let ask = Ask { to, domain: domain.clone(), connect: PATIENCE, total: PATIENCE };
        let (begins, stop) = (Instant::now(), CancellationToken::new());
        let (on_visit, late) = (on_visit.clone(), millis(begins - began));
        let asking = visit(
            ask,
            names.clone(),
            move |n| jittered(rate, n),
            begins,
            move |visit| on_visit(visit, late),
            stop.clone(),
        );
        tokio::pin!(asking);
        tokio::select! {
            () = &mut asking => continue,
            _ = made.wait_for(|made| !made) => stop.cancel(),
        }
        asking.await;
    }
}
