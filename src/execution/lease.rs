//! What a host needs in order to work: a permit of its bastion, a place among the hosts that are logged in to, a slot among
//! those that work, and the session itself.

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

/// Acquired when it is needed, and given up where others need it more. Fields are released in this order.
pub struct Lease<T: Transport> {
    context: Arc<RunContext<T>>,
    host: Host,
    deadlines: BTreeMap<usize, Duration>,
    session: Option<HostSession<T>>,
    slot: Option<OwnedSemaphorePermit>,
    permit: Option<OwnedSemaphorePermit>,
    bastion_permit: Option<OwnedSemaphorePermit>,
}

impl<T: Transport> Lease<T> {
    /// The lease of this host; nothing is acquired yet.
    ///
    /// # Errors
    /// The host is not in the inventory.
    pub fn new(context: Arc<RunContext<T>>, host: &HostName) -> Result<Self, Abort> {
        let found = context.run.hosts.get(host).cloned();
        let host = found.ok_or_else(|| Unreachable::from(SetupFailure::NotInInventory { host: host.clone() }))?;
        let tasks = context.run.plan.of(&host.name).flat_map(|(_, job)| job.tasks());
        let deadlines = tasks.map(|task| (task.id, task.limits.deadline)).collect();
        Ok(Self { context, host, deadlines, session: None, slot: None, permit: None, bastion_permit: None })
    }

    /// A session with the host, which may work now. A host with something to do goes on in the session of its check: if the
    /// others came first, connections to all hosts would be open.
    ///
    /// # Errors
    /// The host cannot be reached, or the run was cancelled.
    pub async fn session(&mut self) -> Result<&HostSession<T>, Abort> {
        // The scarcest first: whoever has a slot waits for nothing, and whoever has a place waits for no bastion.
        if let (None, Some(limit)) = (&self.bastion_permit, self.context.bastion_limits.of(&self.host)) {
            self.bastion_permit = Some(self.turn(limit).await?);
        }
        if self.permit.is_none() {
            self.permit = Some(self.turn(&self.context.places).await?);
        }
        if self.slot.is_none() {
            self.slot = Some(self.turn(&self.context.slots).await?);
        }
        let session = match self.session.take() {
            Some(session) => session,
            None => HostSession::open(self.context.clone(), self.host.clone(), self.deadlines.clone()).await?,
        };
        Ok(self.session.insert(session))
    }

    /// The host waits for others, so it gives up its slot. If there are not enough places for all, it gives up its place, too:
    /// otherwise the hosts that all others wait for might never be reached.
    pub fn rest(&mut self) {
        self.slot = None;
        if self.context.run.max_open_hosts < self.context.hosts.len() || self.bastion_permit.is_some() {
            self.session = None;
            self.permit = None;
            self.bastion_permit = None;
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
