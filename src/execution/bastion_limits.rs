//! Bastions with many hosts behind them: not more are talked with at a time than one can hold.

use crate::config::inventory::Host;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// The sshd of a bastion has an open file for each connection that leads through it, and Linux gives it 1024 unless it is set
/// otherwise. Where they are used up, it refuses the next host as if that were off.
const THROUGH: usize = 900;

/// The bastions that have more hosts behind them than they can hold.
#[derive(Debug, Default)]
pub struct BastionLimits(BTreeMap<String, Arc<Semaphore>>);

impl BastionLimits {
    /// For these hosts. Bastions that only `~/.ssh/config` names are not known here.
    pub fn new<'a>(hosts: impl IntoIterator<Item = &'a Host>) -> Self {
        let mut behind: BTreeMap<&str, usize> = BTreeMap::new();
        for jump in hosts.into_iter().filter_map(|host| host.login.jump.as_deref()).filter(|jump| *jump != "none") {
            *behind.entry(jump).or_default() += 1;
        }
        let crowded = behind.into_iter().filter(|(_, hosts)| *hosts > THROUGH);
        Self(crowded.map(|(jump, _)| (jump.to_owned(), Arc::new(Semaphore::new(THROUGH)))).collect())
    }

    /// Where a host has to wait for its turn, if it has to.
    pub fn of(&self, host: &Host) -> Option<&Arc<Semaphore>> {
        self.0.get(host.login.jump.as_deref()?)
    }

    /// Whether there are any: then logins must not be kept for later.
    pub fn any(&self) -> bool {
        !self.0.is_empty()
    }
}
