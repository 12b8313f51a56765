//! The line to one host: a way through a crowded bastion, a place among the hosts that are talked with, a slot among those that work, and the talk itself.

use super::talk::Talk;
use super::{Shared, Trouble};
use crate::config::inventory::Host;
use crate::infra::transport::{Transport, Unreachable};
use crate::model::name::HostName;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Opened when it is needed, and given away where others need it more. What is held is given back in this order.
pub struct Line<T: Transport> {
    shared: Arc<Shared<T>>,
    host: Host,
    deadlines: BTreeMap<usize, Duration>,
    talk: Option<Talk<T>>,
    slot: Option<OwnedSemaphorePermit>,
    place: Option<OwnedSemaphorePermit>,
    door: Option<OwnedSemaphorePermit>,
}

impl<T: Transport> Line<T> {
    /// To this host; not opened yet.
    pub fn new(shared: Arc<Shared<T>>, host: &HostName) -> Result<Self, Trouble> {
        let found = shared.run.hosts.get(host).cloned();
        let host = found
            .ok_or_else(|| Unreachable { reason: format!("{host} is not in the inventory"), hints: Vec::new() })?;
        let tasks = shared.run.plan.of(&host.name).flat_map(|(_, job)| job.tasks());
        let deadlines = tasks.map(|task| (task.id, task.limits.deadline)).collect();
        Ok(Self { shared, host, deadlines, talk: None, slot: None, place: None, door: None })
    }

    /// The talk with the host, which may work now. A host that has something to do goes on where it has looked: were the
    /// others let in before, connections of all hosts would stand open.
    pub async fn talk(&mut self) -> Result<&Talk<T>, Trouble> {
        // The narrowest first: whoever has a slot waits for nobody, and whoever has a place for no bastion.
        if let (None, Some(door)) = (&self.door, self.shared.doors.of(&self.host)) {
            self.door = Some(self.turn(door).await?);
        }
        if self.place.is_none() {
            self.place = Some(self.turn(&self.shared.places).await?);
        }
        if self.slot.is_none() {
            self.slot = Some(self.turn(&self.shared.slots).await?);
        }
        let talk = match self.talk.take() {
            Some(talk) => talk,
            None => Talk::open(self.shared.clone(), self.host.clone(), self.deadlines.clone()).await?,
        };
        Ok(self.talk.insert(talk))
    }

    /// The host waits for others: they may work. Where there is no place for all, they get this one too, or those whom
    /// everybody waits for might never be reached.
    pub fn rest(&mut self) {
        self.slot = None;
        if self.shared.run.room < self.shared.hosts.len() || self.door.is_some() {
            self.talk = None;
            self.place = None;
            self.door = None;
        }
    }

    async fn turn(&self, of: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Trouble> {
        tokio::select! {
            biased;
            () = self.shared.cancel.cancelled() => Err(Trouble::interrupted()),
            why = self.shared.failures.enough() => Err(Trouble::Stopped(why)),
            turn = of.clone().acquire_owned() => turn.map_err(|_| Trouble::interrupted()),
        }
    }
}
