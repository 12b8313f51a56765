//! From whatever state a machine is in to one that runs and has an address; and off, and away.

use super::answers::{Instance, State, instances};
use super::fault::Fault;
use super::program::{LAUNCH, START, WORK, feed, multipass};
use super::{Multipass, cloud_init};
use crate::infra::machines::{MachinesError, Notify, ProvidedMachine};
use crate::model::name::HostName;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// A machine asks for its address while it boots.
const ADDRESS: Duration = Duration::from_secs(120);
/// How often Multipass is asked meanwhile.
const PAUSE: Duration = Duration::from_millis(500);

impl Multipass {
    /// Sees to one machine; says in a word what had to be done, if anything.
    ///
    /// # Errors
    /// Multipass cannot make or start it.
    pub(super) async fn bring_up(
        &self,
        host: &HostName,
        found: Option<&Instance>,
        notify: Notify<'_>,
    ) -> Result<Option<&'static str>, MachinesError> {
        let instance = self.store.name(host);
        match found.map(|found| &found.state) {
            Some(State::Running) => Ok(None),
            Some(State::Startable(_)) => {
                start(&instance).await?;
                Ok(Some("started"))
            }
            Some(State::Deleted) => {
                // Somebody's work may be on its disk, and to be rid of that there is `labctl reset`.
                multipass(&["recover", &instance], WORK).await?;
                start(&instance).await?;
                Ok(Some("recovered"))
            }
            Some(State::Other(state)) => Err(Fault::Stuck { instance, state: state.clone() }.into()),
            None => {
                let system = self.system().name();
                notify(format!("launching {host} with {system} (minutes; the first time, its image is downloaded)"));
                self.launch(host, &instance).await?;
                Ok(Some("made"))
            }
        }
    }

    async fn launch(&self, host: &HostName, instance: &str) -> Result<(), MachinesError> {
        let (private, public) = self.store.host_key(host)?;
        let user_data = cloud_init::user_data(&self.store.login()?, &private, &public);
        let image = self.system().name().rsplit(' ').next().unwrap_or_default();
        let (size, cpus) = (&self.wanted.size, self.wanted.size.cpus.to_string());
        let words = ["launch", image, "--name", instance, "--cpus", &cpus, "--memory", &size.memory];
        let more = ["--disk", &size.disk, "--cloud-init", "-", "--timeout", LAUNCH];
        // Before it is made: whatever happens from now on, it is known whose it is.
        self.store.claim(host, instance)?;
        let launched = feed(&[&words[..], &more].concat(), &user_data, WORK + Duration::from_secs(300)).await;
        let Err(fault) = launched else { return Ok(()) };
        // What goes on without us is ours when it is there. Of the rest, Multipass has kept a machine or not.
        let goes_on = matches!(fault, Fault::TimedOut { .. } | Fault::BeingPrepared | Fault::Silent { .. });
        if !goes_on && instances().await.is_ok_and(|all| !all.contains_key(instance)) {
            self.store.give_up(host)?;
        }
        Err(fault.into())
    }

    /// Waits until each of these machines has an address.
    ///
    /// # Errors
    /// One gets none.
    pub(super) async fn reachable(&self, hosts: &[HostName]) -> Result<Vec<ProvidedMachine>, MachinesError> {
        let begun = Instant::now();
        loop {
            let all = instances().await?;
            let known = self.take_in(&all)?;
            let machine = |host: &HostName| known.iter().find(|machine| machine.name == *host).cloned();
            let missing = hosts.iter().find(|host| machine(host).is_none());
            let Some(missing) = missing else { return Ok(hosts.iter().filter_map(machine).collect()) };
            if begun.elapsed() > ADDRESS {
                let instance = self.store.name(missing);
                let state = all.get(&instance).map_or("gone", |found| found.state.word()).to_owned();
                return Err(Fault::NoAddress { instance, seconds: ADDRESS.as_secs(), state }.into());
            }
            sleep(PAUSE).await;
        }
    }
}

async fn start(instance: &str) -> Result<(), Fault> {
    multipass(&["start", "--timeout", START, instance], WORK).await.map(drop)
}

/// Stops a machine, whatever it does. One that is suspended has to wake up for it.
///
/// # Errors
/// Multipass cannot stop it.
pub async fn off(instance: &str, state: &State) -> Result<(), Fault> {
    if state.word() == "Stopped" {
        return Ok(());
    }
    if *state != State::Running {
        start(instance).await?;
    }
    multipass(&["stop", instance], WORK).await.map(drop)
}

/// Removes a machine for good.
///
/// # Errors
/// Multipass cannot do it.
pub async fn purge(instance: &str) -> Result<(), Fault> {
    multipass(&["delete", "--purge", instance], WORK).await.map(drop)
}
