//! Visitors at a constant rate. Each request starts when it is due, whatever became of those before it: somebody who
//! waits for an answer before asking again would hardly notice a stall.

use super::figures::Request;
use crate::name::HostName;
use crate::transport::http::{Answer, Ask, get};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// What a server is called, by its socket as nginx writes it.
pub type Names = BTreeMap<String, HostName>;

/// A load that runs.
pub struct Load {
    began: Instant,
    seen: Arc<Mutex<Seen>>,
    stop: CancellationToken,
    sender: JoinHandle<()>,
}

/// Every request so far.
#[derive(Debug, Default)]
struct Seen {
    /// In the order in which they came to their end.
    done: Vec<Request>,
    /// Number and due time of those under way.
    open: BTreeMap<u32, f64>,
}

impl Load {
    /// Begins to ask so many times a second.
    pub fn begin(ask: Ask, names: Names, rate: u32) -> Self {
        let began = Instant::now();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let stop = CancellationToken::new();
        let sender = tokio::spawn(send(ask, Arc::new(names), rate.max(1), began, seen.clone(), stop.clone()));
        Self { began, seen, stop, sender }
    }

    /// Milliseconds since the load began.
    pub fn now(&self) -> f64 {
        millis(self.began, Instant::now())
    }

    /// When this server first answered a request that was due later than `since`.
    pub fn answered(&self, host: &HostName, since: f64) -> Option<f64> {
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
        let open = seen.open.values().map(|due| Request { due: *due, end: now, fate: Err("under way".to_owned()) });
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

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn millis(began: Instant, at: Instant) -> f64 {
    at.saturating_duration_since(began).as_secs_f64() * 1000.0
}

async fn send(ask: Ask, names: Arc<Names>, rate: u32, began: Instant, seen: Arc<Mutex<Seen>>, stop: CancellationToken) {
    let mut under_way = JoinSet::new();
    for n in 0u32.. {
        let due = began + Duration::from_secs(u64::from(n / rate)) + Duration::from_secs(1) * (n % rate) / rate;
        tokio::select! {
            () = sleep_until(due) => {}
            () = stop.cancelled() => break,
        }
        let (ask, names, seen) = (ask.clone(), names.clone(), seen.clone());
        lock(&seen).open.insert(n, millis(began, due));
        under_way.spawn(async move {
            let fate = fate(get(&ask).await, &names);
            let request = Request { due: millis(began, due), end: millis(began, Instant::now()), fate };
            let mut seen = lock(&seen);
            seen.open.remove(&n);
            seen.done.push(request);
        });
        while under_way.try_join_next().is_some() {}
    }
    while under_way.join_next().await.is_some() {}
}

/// A good answer is whole, and neither an error of the proxy nor of the application.
pub fn fate(answer: Result<Answer, String>, names: &Names) -> Result<Vec<HostName>, String> {
    let answer = answer?;
    if !(200..400).contains(&answer.status) {
        return Err(format!("status {}", answer.status));
    }
    Ok(answer.asked.iter().filter_map(|socket| names.get(socket).cloned()).collect())
}
