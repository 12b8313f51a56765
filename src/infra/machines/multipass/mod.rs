//! Machines that Multipass makes: virtual machines with Ubuntu on Windows, macOS and Linux, with the same commands everywhere.
//! labctl keeps its own notes of those that are its own, and touches no other.

mod answers;
mod cloud_init;
mod fault;
mod power;
mod program;
mod provider;
mod snapshot;
mod store;

use super::{MachinesError, Notify, ProvidedMachine, lock};
use crate::config::inventory::{System, Wanted};
use crate::model::name::{HostName, LabName};
use answers::{Instance, State, instances, snapshots};
use fault::Fault;
pub use provider::provider;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use store::Store;

/// Who logs in: the user that Multipass makes and uses itself.
const USER: &str = "ubuntu";
/// What machines run, where the inventory does not say it.
const SYSTEM: System = System::Ubuntu2404;

/// All machines of this computer, by their names.
type All = BTreeMap<String, Instance>;

/// The machines of one lab.
#[derive(Debug)]
pub struct Multipass {
    store: Store,
    wanted: Wanted,
    /// Why hosts could not be worked on when Multipass was asked last; `None` before.
    obstacles: Mutex<Option<BTreeMap<HostName, String>>>,
}

impl Multipass {
    /// The machines of a lab. Touches nothing.
    pub fn new(lab: LabName, wanted: Wanted) -> Self {
        Self { store: Store::new(lab), wanted, obstacles: Mutex::default() }
    }

    fn system(&self) -> System {
        self.wanted.system.unwrap_or(SYSTEM)
    }

    async fn lock(&self, notify: Notify<'_>) -> Result<lock::LabLock, MachinesError> {
        lock::take(self.store.root(), &format!("lab-{}", self.store.lab), notify).await
    }

    /// Launches, starts or recovers what is needed so that every host answers ssh.
    async fn ensure(&self, hosts: &[HostName], notify: Notify<'_>) -> Result<Vec<ProvidedMachine>, MachinesError> {
        let _lock = self.lock(notify).await?;
        self.ensure_locked(hosts, notify).await
    }

    async fn ensure_locked(
        &self,
        hosts: &[HostName],
        notify: Notify<'_>,
    ) -> Result<Vec<ProvidedMachine>, MachinesError> {
        let all = instances().await?;
        self.own(hosts, &all)?;
        self.agree(hosts, &all)?;
        let mut done = BTreeMap::new();
        for host in hosts {
            if let Some(word) = self.bring_up(host, all.get(&self.store.name(host)), notify).await? {
                done.insert(host, word);
            }
        }
        let machines = self.reachable(hosts).await?;
        for machine in &machines {
            if let Some(word) = done.get(&machine.name) {
                notify(format!("{word} {} ({})", machine.name, machine.address));
            }
        }
        Ok(machines)
    }

    /// Makes sure that none of the names belongs to somebody else's machine, before anything is changed. Notes of machines
    /// that are not there any more are given up: whoever makes one of that name now makes one of their own.
    fn own(&self, hosts: &[HostName], all: &All) -> Result<(), MachinesError> {
        let made = self.store.made();
        for (host, instance) in &made {
            if !all.contains_key(instance) {
                self.store.give_up(host)?;
            }
        }
        for host in hosts {
            let instance = self.store.name(host);
            if let Some(found) = all.get(&instance).filter(|_| !made.contains_key(host)) {
                return Err(Fault::Taken { instance, deleted: found.state == State::Deleted }.into());
            }
        }
        Ok(())
    }

    /// Refuses where machines run another system than the inventory asks for.
    fn agree(&self, hosts: &[HostName], all: &All) -> Result<(), MachinesError> {
        let Some(wanted) = self.wanted.system.map(System::name) else { return Ok(()) };
        let other = |host: &HostName| {
            let release = &all.get(&self.store.name(host))?.release;
            // Multipass writes `Ubuntu 24.04 LTS`.
            let runs = release.to_lowercase();
            (runs.starts_with("ubuntu ") && !runs.starts_with(wanted)).then(|| format!("{host} ({release})"))
        };
        let others: Vec<String> = hosts.iter().filter_map(other).collect();
        if others.is_empty() { Ok(()) } else { Err(Fault::OtherSystem { others, wanted }.into()) }
    }

    /// The machines that labctl made and that are not in the trash, running or not.
    async fn list(&self) -> Result<Vec<ProvidedMachine>, MachinesError> {
        if !self.store.exists() {
            return Ok(Vec::new());
        }
        let all = instances().await?;
        self.take_in(&all)
    }

    /// Those that have an address; what is in the way of the others is kept for whoever asks, and known hosts follow.
    fn take_in(&self, all: &All) -> Result<Vec<ProvidedMachine>, MachinesError> {
        let (mut found, mut obstacles) = (Vec::new(), BTreeMap::new());
        for (host, instance) in self.store.made() {
            let why = match all.get(&instance) {
                Some(Instance { state: State::Running, address: Some(address), .. }) => {
                    found.push(self.machine(&host, *address));
                    continue;
                }
                Some(Instance { state: State::Running, .. }) => format!("the machine {host} has no address yet"),
                Some(Instance { state: State::Deleted, .. }) => {
                    format!("the machine {host} is deleted, but not purged")
                }
                Some(Instance { state, .. }) => {
                    format!("the machine {host} does not run (multipass: {})", state.word())
                }
                None => not_made(&host),
            };
            obstacles.insert(host, why);
        }
        self.store.write_known_hosts(found.iter().map(|machine| (&machine.name, machine.address)))?;
        *self.obstacles.lock().unwrap_or_else(PoisonError::into_inner) = Some(obstacles);
        Ok(found)
    }

    fn machine(&self, host: &HostName, address: IpAddr) -> ProvidedMachine {
        let (key, known_hosts) = (self.store.key(), self.store.known_hosts());
        ProvidedMachine { name: host.clone(), address, user: USER.to_owned(), key, known_hosts, running: true }
    }

    fn why_not(&self, host: &HostName) -> Option<String> {
        if !self.store.made().contains_key(host) {
            return Some(not_made(host));
        }
        let obstacles = self.obstacles.lock().unwrap_or_else(PoisonError::into_inner);
        obstacles.as_ref().and_then(|obstacles| obstacles.get(host).cloned())
    }

    /// Takes away the machines that labctl made, also those in the trash.
    async fn down(&self, notify: Notify<'_>) -> Result<(), MachinesError> {
        if !self.store.exists() {
            return Ok(());
        }
        let _lock = self.lock(notify).await?;
        let made = self.store.made();
        // Whoever has removed Multipass has removed its machines.
        let all = if made.is_empty() { All::new() } else { instances().await? };
        for (host, instance) in made.iter().filter(|(_, instance)| all.contains_key(*instance)) {
            power::purge(instance).await?;
            notify(format!("removed {host}"));
        }
        self.store.remove()
    }

    /// Makes these machines anew. Their host keys stay.
    async fn reset(&self, hosts: &[HostName], notify: Notify<'_>) -> Result<Vec<ProvidedMachine>, MachinesError> {
        let _lock = self.lock(notify).await?;
        let all = instances().await?;
        self.own(hosts, &all)?;
        let there: Vec<_> = hosts.iter().map(|host| (host, self.store.name(host))).collect();
        let there: Vec<_> = there.into_iter().filter(|(_, instance)| all.contains_key(instance)).collect();
        let kept = match snapshots().await {
            Err(Fault::TooOld { .. } | Fault::NoSnapshots) => BTreeMap::new(),
            kept => kept?,
        };
        for (host, instance) in &there {
            if let Some(names) = kept.get(instance) {
                let (host, instance, names) = ((*host).clone(), instance.clone(), names.clone());
                return Err(Fault::SnapshotsLost { host, instance, names }.into());
            }
        }
        for (host, instance) in there {
            notify(format!("removing {host}, to make it anew"));
            power::purge(&instance).await?;
            self.store.give_up(host)?;
        }
        self.ensure_locked(hosts, notify).await
    }

    /// Keeps the disks of these machines under a name. One that runs is stopped for it, and started again.
    async fn snapshot(&self, hosts: &[HostName], name: &str, notify: Notify<'_>) -> Result<(), MachinesError> {
        snapshot::checked(name)?;
        let _lock = self.lock(notify).await?;
        let (there, kept) = (self.existing(hosts).await?, snapshots().await?);
        let mut stopped = Vec::new();
        let mut taken = Ok(());
        for (host, instance, state) in there {
            if !state.is_off() {
                notify(format!("stopping {host}, to keep what is on its disk"));
                stopped.push(host.clone());
            }
            let none = Vec::new();
            taken = async {
                power::off(&instance, &state).await?;
                snapshot::take(&instance, name, kept.get(&instance).unwrap_or(&none)).await
            }
            .await;
            if taken.is_err() {
                break;
            }
        }
        // Also after one that failed, which is then what is told.
        let started = match stopped.is_empty() {
            true => Ok(()),
            false => self.ensure_locked(&stopped, notify).await.map(drop),
        };
        taken?;
        started
    }

    /// Brings back the disks that were kept under a name, of all these machines or of none, and starts them.
    async fn restore(
        &self,
        hosts: &[HostName],
        name: &str,
        notify: Notify<'_>,
    ) -> Result<Vec<ProvidedMachine>, MachinesError> {
        snapshot::checked(name)?;
        let _lock = self.lock(notify).await?;
        let (there, kept) = (self.existing(hosts).await?, snapshots().await?);
        for (host, instance, _) in &there {
            let names = kept.get(instance).cloned().unwrap_or_default();
            if !names.iter().any(|one| one == name) {
                let (host, name) = (host.clone(), name.to_owned());
                return Err(Fault::NoSuchSnapshot { host, name, there: names }.into());
            }
        }
        for (host, instance, state) in there {
            notify(format!("stopping {host}, to bring its disk back"));
            power::off(&instance, &state).await?;
            snapshot::bring_back(&instance, name).await?;
        }
        self.ensure_locked(hosts, notify).await
    }

    /// The names and states of machines that must be there.
    async fn existing(&self, hosts: &[HostName]) -> Result<Vec<(HostName, String, State)>, MachinesError> {
        let all = instances().await?;
        self.own(hosts, &all)?;
        let there = hosts.iter().map(|host| {
            let instance = self.store.name(host);
            match all.get(&instance).map(|found| found.state.clone()) {
                None | Some(State::Deleted) => Err(Fault::NotMade { host: host.clone() }),
                Some(state @ State::Other(_)) => Err(Fault::Stuck { instance, state: state.word().to_owned() }),
                Some(state) => Ok((host.clone(), instance, state)),
            }
        });
        Ok(there.collect::<Result<_, _>>()?)
    }
}

fn not_made(host: &HostName) -> String {
    format!("the machine {host} has not been made")
}
