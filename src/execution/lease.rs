//! The line to one host: a way through a crowded bastion, a place among the hosts that are talked with, a slot among those that work, and the talk itself.

use super::host_session::HostSession;
use super::{Abort, RunContext};
use crate::config::inventory::Host;
use crate::infra::transport::Transport;
use crate::model::name::HostName;
use crate::model::unreachable::{SetupFailure, Unreachable};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Opened when it is needed, and given away where others need it more. What is held is given back in this order.
pub struct Lease<T: Transport> {
    context: Arc<RunContext<T>>,
    host: Host,
    deadlines: BTreeMap<usize, Duration>,
    talk: Option<HostSession<T>>,
    slot: Option<OwnedSemaphorePermit>,
    place: Option<OwnedSemaphorePermit>,
    door: Option<OwnedSemaphorePermit>,
}

impl<T: Transport> Lease<T> {
    /// To this host; not opened yet.
    pub fn new(context: Arc<RunContext<T>>, host: &HostName) -> Result<Self, Abort> {
        let found = context.run.hosts.get(host).cloned();
        let host = found.ok_or_else(|| Unreachable::from(SetupFailure::NotInInventory { host: host.clone() }))?;
        let tasks = context.run.plan.of(&host.name).flat_map(|(_, job)| job.tasks());
        let deadlines = tasks.map(|task| (task.id, task.limits.deadline)).collect();
        Ok(Self { context, host, deadlines, talk: None, slot: None, place: None, door: None })
    }

    /// The talk with the host, which may work now. A host that has something to do goes on where it has looked: were the
    /// others let in before, connections of all hosts would stand open.
    pub async fn talk(&mut self) -> Result<&HostSession<T>, Abort> {
        // The narrowest first: whoever has a slot waits for nobody, and whoever has a place for no bastion.
        if let (None, Some(door)) = (&self.door, self.context.bastion_limits.of(&self.host)) {
            self.door = Some(self.turn(door).await?);
        }
        if self.place.is_none() {
            self.place = Some(self.turn(&self.context.places).await?);
        }
        if self.slot.is_none() {
            self.slot = Some(self.turn(&self.context.slots).await?);
        }
        let talk = match self.talk.take() {
            Some(talk) => talk,
            None => HostSession::open(self.context.clone(), self.host.clone(), self.deadlines.clone()).await?,
        };
        Ok(self.talk.insert(talk))
    }

    /// The host waits for others: they may work. Where there is no place for all, they get this one too, or those whom
    /// everybody waits for might never be reached.
    pub fn rest(&mut self) {
        self.slot = None;
        if self.context.run.max_open_hosts < self.context.hosts.len() || self.door.is_some() {
            self.talk = None;
            self.place = None;
            self.door = None;
        }
    }

    async fn turn(&self, of: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Abort> {
        tokio::select! {
            biased;
            () = self.context.cancel.cancelled() => Err(Abort::interrupted()),
            why = self.context.failures.enough() => Err(why.into()),
            turn = of.clone().acquire_owned() => turn.map_err(|_| Abort::interrupted()),
        }
    }
}
