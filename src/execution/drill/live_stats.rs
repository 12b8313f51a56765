//! Tells what becomes of the load while it runs: numbers every quarter of a second, and when the server is ejected.

use super::figures::{Request, is_ejected, recent, tick};
use super::load::Load;
use super::{lock, whole};
use crate::model::event::{Kind, Turn};
use crate::model::name::BackendName;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

const TICK: Duration = Duration::from_millis(250);

/// Numbers that are emitted while the load runs, until this is dropped.
pub struct LiveStats {
    /// When the fault was begun, from when it is seen until it is undone.
    pub making: Arc<Mutex<Option<f64>>>,
    stop: CancellationToken,
    work: Option<JoinHandle<Count>>,
    spare: Count,
}

/// What has been emitted already.
#[derive(Clone)]
pub struct Count {
    events: UnboundedSender<Kind>,
    servers: Vec<BackendName>,
    /// Requests that were sent, and those among them that came to their end.
    sent: usize,
    ended: usize,
    /// Until when it has counted, in milliseconds since the load began.
    until: f64,
}

impl LiveStats {
    /// Begins to send a [`Kind::DrillTick`] every quarter of a second.
    pub fn begin(
        load: Arc<Load>,
        broken: BackendName,
        servers: Vec<BackendName>,
        events: UnboundedSender<Kind>,
    ) -> Self {
        let (making, stop) = (Arc::new(Mutex::new(None)), CancellationToken::new());
        let spare = Count { events, servers, sent: 0, ended: 0, until: 0.0 };
        let work = tokio::spawn(watch(load, broken, spare.clone(), making.clone(), stop.clone()));
        Self { making, stop, work: Some(work), spare }
    }

    /// Stops emitting, and gives what is needed to emit the rest.
    pub async fn end(&mut self) -> Count {
        self.stop.cancel();
        match self.work.take() {
            Some(work) => work.await.unwrap_or_else(|_| self.spare.clone()),
            None => self.spare.clone(),
        }
    }
}

impl Drop for LiveStats {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Count {
    /// Tells what is left after the load has ended: these are all its requests.
    pub fn emit(mut self, all: &[Request]) {
        let end = all.iter().map(|request| request.end).fold(self.until, f64::max);
        let rest = all.get(self.ended..).unwrap_or_default().to_vec();
        self.count(&rest, &[], end);
    }

    fn count(&mut self, ended: &[Request], under_way: &[f64], to: f64) {
        let sent = self.ended + ended.len() + under_way.len();
        let tick = tick(sent.saturating_sub(self.sent), ended, under_way, self.until, to, &self.servers);
        (self.sent, self.ended, self.until) = (sent, self.ended + ended.len(), to);
        // Nobody has to listen.
        let _ = self.events.send(Kind::DrillTick { tick });
    }
}

async fn watch(
    load: Arc<Load>,
    broken: BackendName,
    mut count: Count,
    making: Arc<Mutex<Option<f64>>>,
    stop: CancellationToken,
) -> Count {
    let mut ejected = false;
    loop {
        tokio::select! {
            () = sleep(TICK) => {}
            () = stop.cancelled() => return count,
        }
        let now = load.now();
        let (ended, under_way) = load.since(count.ended);
        count.count(&ended, &under_way, now);
        let begun = *lock(&making);
        if let Some(begun) = begun.filter(|_| !ejected) {
            // What is older was looked at before.
            let servers = count.servers.len();
            let from = begun.max(now - recent(servers, load.rate()));
            ejected = is_ejected(load.due_since(from), from, now, &broken, servers);
            if ejected {
                let turn = Turn::Ejected { host: broken.clone() };
                let _ = count.events.send(Kind::DrillTurned { turn, after_ms: whole(now) });
            }
        }
    }
}
