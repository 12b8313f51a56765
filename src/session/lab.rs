//! An open lab: inventory, playbooks, state folder, and the machines as they are.

use super::error::Error;
use super::notices::Notices;
use super::signal::signal;
use crate::config::inventory::{self, Connection, Host, Inventory, Selector, Setting};
use crate::config::library::Library;
use crate::config::playbook;
use crate::infra::artifacts::ArtifactStore;
use crate::infra::machines::{self, ProvidedMachine, Provider};
use crate::infra::transport::names::address_of;
use crate::infra::transport::{Either, Local, Ssh, SshDefaults};
use crate::model::name::HostName;
use crate::model::notice::Notice;
use crate::model::problem::{Source, did_you_mean};
use crate::model::secret;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use tokio::task::JoinSet;

/// The inventories that nobody has to name.
const USUAL: [&str; 2] = ["inventory.yaml", "inventory/lab.yaml"];

/// An inventory with everything around it.
pub struct Lab {
    /// What the user wrote.
    pub inventory: Inventory,
    /// The playbooks and templates, the user's before the shipped ones.
    pub library: Library,
    /// The folder of recordings, host keys and packed artifacts: `.labctl/LAB` beside the inventory.
    pub state: PathBuf,
    /// Where notices before and during a run go.
    pub notices: Notices,
    /// The transport that has dialled hosts already, until somebody takes it.
    knocked: Mutex<Option<Either>>,
}

impl Lab {
    /// Reads everything that the user wrote.
    ///
    /// # Errors
    /// Every mistake in the inventory and the playbooks.
    pub fn open(path: Option<PathBuf>, settings: &[Setting], notices: Notices) -> Result<Self, Error> {
        let path = chosen(path)?;
        Self::around(inventory::read(&path, settings)?, notices)
    }

    /// As [`Self::open`]; if there is no inventory, `example` takes its place.
    ///
    /// # Errors
    /// Every mistake in the inventory and the playbooks.
    pub fn open_or_example(
        path: Option<PathBuf>,
        settings: &[Setting],
        notices: Notices,
        example: &str,
    ) -> Result<Self, Error> {
        if path.is_some() || chosen(None).is_ok() {
            return Self::open(path, settings, notices);
        }
        let source = Source::new("inventory.yaml (the example)", example);
        Self::around(inventory::parse(&source, Path::new("inventory.yaml"), settings)?, notices)
    }

    /// What is around an inventory that has been read.
    ///
    /// # Errors
    /// Every mistake in the playbooks.
    pub fn around(inventory: Inventory, notices: Notices) -> Result<Self, Error> {
        // Before the first child process starts.
        inventory.hosts.iter().flat_map(|host| host.login.secret_variables()).for_each(secret::hide_variable);
        // The nearest wins: first the current folder, then the inventory's.
        let mut folders = vec![inventory.folder()];
        if inventory.folder().canonicalize().ok() != Path::new(".").canonicalize().ok() {
            folders.push(PathBuf::from("."));
        }
        let library = playbook::read_library(&folders)?;
        let state = inventory.folder().join(".labctl").join(inventory.lab.as_str());
        Ok(Self { inventory, library, state, notices, knocked: Mutex::default() })
    }

    /// Where its machines come from.
    ///
    /// # Errors
    /// The provider does not work on this kind of computer.
    pub fn provider(&self) -> Result<Box<dyn Provider>, Error> {
        Ok(machines::provider(&self.inventory)?)
    }

    /// Whether its machines are made by labctl, and may not be there yet.
    pub fn makes_machines(&self) -> bool {
        self.provider().is_ok_and(|provider| provider.capabilities().makes)
    }

    /// Makes the machines if the provider does that, and learns how to log in to them.
    ///
    /// # Errors
    /// The provider cannot make them, or the user interrupted it.
    pub async fn make_machines(&mut self) -> Result<(), Error> {
        let (provider, names) = (self.provider()?, self.names());
        let mut notify = |text| self.notices.show(&Notice::Provider(text));
        let machines = tokio::select! {
            machines = provider.ensure(&names, &mut notify) => machines?,
            () = signal() => {
                return Err(Error::interrupted("interrupted while machines were being made")
                    .hint("run the same command again to go on")
                    .hint(format!("remove what was made: labctl down {}", self.inventory.lab)));
            }
        };
        self.adopt(&machines);
        self.find_names().await;
        Ok(())
    }

    /// Learns what names mean that stand for addresses. A host behind a bastion has names that mean something there.
    async fn find_names(&mut self) {
        let open = |host: &&mut Host| host.resolved.is_none() && host.login.jump.is_none();
        let mut asked = JoinSet::new();
        for host in self.inventory.hosts.iter_mut().filter(open) {
            let Some(address) = host.named_address().map(str::to_owned) else { continue };
            let name = host.name.clone();
            asked.spawn(async move { (name, address_of(&address).await) });
        }
        while let Some(Ok((name, found))) = asked.join_next().await {
            if let Some(host) = self.inventory.hosts.iter_mut().find(|host| host.name == name) {
                host.resolved = found;
            }
        }
    }

    /// Learns how to log in to existing machines.
    ///
    /// # Errors
    /// A machine that the provider should have made does not exist.
    pub async fn find_machines(&mut self) -> Result<(), Error> {
        let provider = self.provider()?;
        self.adopt(&provider.list().await?);
        self.find_names().await;
        match self.inventory.hosts.iter().find_map(|host| provider.why_not(&host.name)) {
            Some(why) => Err(Error::failed(why).hint(format!("labctl up {}", self.inventory.path.display()))),
            None => Ok(()),
        }
    }

    /// Whether the machines are labctl's to make, and none of them exists.
    ///
    /// # Errors
    /// There is no such provider here.
    pub fn lacks_every_machine(&self) -> Result<bool, Error> {
        let provider = self.provider()?;
        let missing = |host: &Host| provider.why_not(&host.name).is_some();
        Ok(provider.capabilities().makes && self.inventory.hosts.iter().all(missing))
    }

    /// Learns the addresses that machines have or will have, without making anything.
    ///
    /// # Errors
    /// The provider finds no free addresses.
    pub async fn plan_machines(&mut self) -> Result<(), Error> {
        for planned in self.provider()?.plan(&self.names()).await? {
            if let Some(host) = self.inventory.hosts.iter_mut().find(|host| host.name == planned.name) {
                host.address = Some(planned.address.to_string());
                host.login.user.get_or_insert(planned.user);
            }
        }
        self.find_names().await;
        Ok(())
    }

    /// Refuses while a host has no address: a text with a gap in its place is of no use to anybody.
    ///
    /// # Errors
    /// A host has none, as its provider chooses one only when it makes the machine.
    pub fn all_have_addresses(&self) -> Result<(), Error> {
        let without = self.inventory.hosts.iter().filter(|host| host.address.is_none());
        let names: Vec<&str> = without.map(|host| host.name.as_str()).collect();
        if names.is_empty() {
            return Ok(());
        }
        let what = format!("the address of {} is known only when the machine runs", names.join(", "));
        Err(Error::failed(what).hint(format!("labctl up {}", self.inventory.path.display())))
    }

    /// The address and login user of each host: a plan depends on them, and only existing machines know them.
    pub fn places(&self) -> Vec<[Option<String>; 2]> {
        self.inventory.hosts.iter().map(|host| [host.address.clone(), host.login.user.clone()]).collect()
    }

    fn names(&self) -> Vec<HostName> {
        self.inventory.hosts.iter().map(|host| host.name.clone()).collect()
    }

    fn adopt(&mut self, machines: &[ProvidedMachine]) {
        for machine in machines {
            if let Some(host) = self.inventory.hosts.iter_mut().find(|host| host.name == machine.name) {
                host.address = Some(machine.address.to_string());
                host.login.user.get_or_insert_with(|| machine.user.clone());
                host.login.key.get_or_insert_with(|| machine.key.clone());
                host.login.known_hosts.get_or_insert_with(|| machine.known_hosts.clone());
                host.login.ssh_config = inventory::SshConfig::Ignore;
            }
        }
    }

    /// The host with this name.
    ///
    /// # Errors
    /// The inventory has no such host.
    pub fn host(&self, name: &str) -> Result<Host, Error> {
        if let Some(host) = self.inventory.hosts.iter().find(|host| host.name.as_str() == name) {
            return Ok(host.clone());
        }
        let names: Vec<&str> = self.inventory.hosts.iter().map(|host| host.name.as_str()).collect();
        let near = did_you_mean(name, names.iter().copied());
        let hint = near.map_or_else(|| format!("there are: {}", names.join(", ")), |n| format!("did you mean `{n}`?"));
        Err(Error::input(format!("there is no host `{name}` in {}", self.inventory.path.display())).hint(hint))
    }

    /// The hosts that `--limit` chooses; without it, all.
    ///
    /// # Errors
    /// A pattern that matches no host and no group.
    pub fn select(&self, limit: Option<&str>) -> Result<BTreeSet<HostName>, Error> {
        let selector = limit.map(|text| Selector::parse(text, &self.inventory.hosts)).transpose();
        let selector = selector.map_err(|error| Error::input(error.to_string()))?;
        let chosen = |host: &&Host| selector.as_ref().is_none_or(|selector| selector.chooses(host));
        Ok(self.inventory.hosts.iter().filter(chosen).map(|host| host.name.clone()).collect())
    }

    /// These hosts of the inventory, in its order; all of them if none is named.
    ///
    /// # Errors
    /// There is no host of such a name.
    pub fn hosts_named(&self, names: &[String]) -> Result<Vec<HostName>, Error> {
        for name in names {
            self.host(name)?;
        }
        let chosen = |host: &&Host| names.is_empty() || names.iter().any(|name| name == host.name.as_str());
        Ok(self.inventory.hosts.iter().filter(chosen).map(|host| host.name.clone()).collect())
    }

    /// Dials hosts with known addresses while planning still goes on. The next call of [`Self::transport`] gets these
    /// connections.
    pub fn preconnect<'a>(&self, hosts: impl Iterator<Item = &'a Host>) {
        let any = self.new_transport();
        any.ssh.preconnect(hosts.filter(|host| host.login.connection == Connection::Ssh));
        *self.knocked.lock().unwrap_or_else(PoisonError::into_inner) = Some(any);
    }

    /// Reaches its hosts, by SSH or on this computer.
    pub fn transport(&self) -> Either {
        let knocked = self.knocked.lock().unwrap_or_else(PoisonError::into_inner).take();
        knocked.unwrap_or_else(|| self.new_transport())
    }

    fn new_transport(&self) -> Either {
        let defaults = SshDefaults { known_hosts: self.state.join("known_hosts"), base: self.inventory.folder() };
        Either { ssh: Ssh::of_inventory(defaults, self.inventory.path.clone()), local: Local }
    }

    /// The artifacts that this computer can send to its hosts.
    pub fn artifacts(&self) -> ArtifactStore {
        ArtifactStore::new(self.inventory.folder(), self.state.clone())
    }
}

/// The inventory to open where a verb names none: the variable's, or the first usual one that exists.
pub fn inventory_here() -> Option<PathBuf> {
    let named = std::env::var_os("LABCTL_INVENTORY").filter(|path| !path.is_empty()).map(PathBuf::from);
    named.or_else(|| USUAL.iter().map(PathBuf::from).find(|path| path.is_file()))
}

fn chosen(path: Option<PathBuf>) -> Result<PathBuf, Error> {
    path.or_else(inventory_here).ok_or_else(|| {
        Error::input(format!("there is no inventory: neither {} is here", USUAL.join(" nor ")))
            .hint("name one: labctl up path/to/inventory.yaml")
            .hint("or write one to start from: labctl init")
            .hint("whether this computer is ready for a lab: labctl doctor")
    })
}
