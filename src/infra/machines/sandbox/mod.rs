//! The sandbox: machines on this Linux computer, made with systemd-nspawn over one shared Debian base.
//! Each has its own init, sshd, disk and address: a real server to the exercise, there in seconds.

mod base;
mod boot;
mod ensure;
mod find;
mod host_settings;
mod join_errors;
mod network;
mod overlay;
mod packages;
mod paths;
mod preflight;
mod process;
mod provider;
mod provision;
mod record;
mod snapshot;
mod sources;
mod subnet;

use super::{MachinesError, Notify, ProvidedMachine, keys, lock};
use crate::config::inventory::System;
use crate::model::name::{HostName, LabName};
use ensure::{bring_up, host_key};
use join_errors::{all_of, joined};
use paths::LabPaths;
pub use preflight::sandbox_here;
use process::{trouble, while_doing};
pub use provider::provider;
use provision::LabSettings;
use record::Record;
use std::collections::BTreeSet;
use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Who logs in to a machine.
const USER: &str = "student";
/// More at a time only make each other slow.
const AT_ONCE: usize = 6;

/// The machines of one lab on this computer.
#[derive(Debug, Clone)]
pub struct Sandbox {
    paths: LabPaths,
    /// What new machines are to run, where somebody says so.
    system: Option<System>,
    /// What new machines are made of, where it is not the base of their system.
    base: Option<PathBuf>,
}

impl Sandbox {
    /// The sandbox of a lab. Touches nothing.
    pub fn new(lab: LabName) -> Self {
        Self { paths: LabPaths { lab }, system: None, base: None }
    }

    /// The same, whose new machines are made of this folder: the whole root of a machine that has been prepared, as it is.
    pub fn on_base(self, prepared: PathBuf) -> Self {
        Self { base: Some(prepared), ..self }
    }

    /// The labs that have anything on this computer: a folder, or only processes that a crash left.
    pub fn labs() -> Vec<LabName> {
        let folders = fs::read_dir(paths::labs_folder()).into_iter().flatten().flatten();
        let named = folders.filter_map(|folder| folder.file_name().to_str()?.parse().ok());
        let labs: BTreeSet<LabName> = named.chain(find::traces().into_keys().map(|id| id.lab)).collect();
        labs.into_iter().collect()
    }

    /// The address that each host has, or will have. Makes nothing and needs no root.
    ///
    /// # Errors
    /// The lab is full, or no subnet is free.
    pub async fn addresses(&self, hosts: &[HostName]) -> Result<Vec<(HostName, IpAddr)>, MachinesError> {
        let record = Record::with(&self.paths, hosts).await?;
        hosts.iter().map(|host| Ok((host.clone(), address_of(&record, host)?))).collect()
    }

    /// Makes, starts, adopts or repairs what is needed so that every host answers ssh. All may be repeated.
    ///
    /// # Errors
    /// Not root; or a machine cannot be made or does not boot.
    pub async fn ensure(&self, hosts: &[HostName], notify: Notify<'_>) -> Result<Vec<ProvidedMachine>, MachinesError> {
        packages::possible()?;
        let _lock = self.lock(notify).await?;
        self.ensure_locked(hosts, notify).await
    }

    /// The machines of the lab, running or not.
    ///
    /// # Errors
    /// None so far: a lab without a record has no machines.
    pub async fn list(&self) -> Result<Vec<ProvidedMachine>, MachinesError> {
        let Some(record) = Record::read(&self.paths.record()) else { return Ok(Vec::new()) };
        let running = find::traces();
        let alive = |host: &HostName| running.iter().any(|(id, _)| id.lab == self.paths.lab && id.host == *host);
        Ok(record.addresses().into_iter().map(|(host, at)| self.machine(&host, at, alive(&host))).collect())
    }

    /// Takes away everything of the lab: machines, disks, keys, bridge and rules. Needs no inventory; nothing left is fine.
    ///
    /// # Errors
    /// Not root while something of the lab is there; or it cannot be ended or removed.
    pub async fn down(&self, notify: Notify<'_>) -> Result<(), MachinesError> {
        if self.left_nothing() {
            return Ok(());
        }
        packages::possible()?;
        let _lock = self.lock(notify).await?;
        let hosts = self.all_hosts();
        if !hosts.is_empty() {
            notify(format!("powering off {} (up to a minute)", named(hosts.iter())));
        }
        let mut ends = JoinSet::new();
        for host in hosts.clone() {
            let paths = self.paths.clone();
            ends.spawn(async move { boot::end(&paths, &host).await });
        }
        joined(ends).await?;
        boot::remove_groups(self.paths.lab.as_str()).await;
        network::remove(&self.paths).await?;
        let folder = self.paths.folder();
        if folder.exists() {
            overlay::unmount_below(&folder)?;
            fs::remove_dir_all(&folder).map_err(while_doing("remove", &folder))?;
        }
        for host in hosts {
            notify(format!("removed {host}"));
        }
        Ok(())
    }

    /// Resets machines to what they were when they were made; host keys and addresses stay.
    ///
    /// # Errors
    /// Not root; or a machine cannot be ended, made or booted.
    pub async fn reset(&self, hosts: &[HostName], notify: Notify<'_>) -> Result<Vec<ProvidedMachine>, MachinesError> {
        packages::possible()?;
        let _lock = self.lock(notify).await?;
        notify(format!("powering off {} (up to a minute), to start fresh", named(hosts.iter())));
        let mut drops = JoinSet::new();
        for host in hosts {
            let (paths, host) = (self.paths.clone(), host.clone());
            drops.spawn(async move {
                boot::end(&paths, &host).await?;
                overlay::drop_layers(&paths, &host)
            });
        }
        joined(drops).await?;
        self.ensure_locked(hosts, notify).await
    }

    /// Keeps the disks of these machines under a name. One that runs is powered off for it, and started again.
    ///
    /// # Errors
    /// Not root; or a machine has not been made, or its disk cannot be copied.
    pub async fn snapshot(&self, hosts: &[HostName], name: &str, notify: Notify<'_>) -> Result<(), MachinesError> {
        packages::possible()?;
        let _lock = self.lock(notify).await?;
        let running = hosts.iter().filter(|host| boot::trace(&self.paths, host) != find::Trace::default());
        let running: Vec<HostName> = running.cloned().collect();
        if !running.is_empty() {
            notify(format!("powering off {} (up to a minute), to copy what is on the disk", named(running.iter())));
        }
        let mut copies = JoinSet::new();
        for host in hosts {
            let (paths, host, name) = (self.paths.clone(), host.clone(), name.to_owned());
            copies.spawn(async move { snapshot::take(&paths, &host, &name).await });
        }
        let copied = joined(copies).await;
        // Also after a copy that failed.
        if !running.is_empty() {
            self.ensure_locked(&running, notify).await?;
        }
        copied
    }

    /// Brings back the disks that were kept under a name, of all these machines or of none, and starts them.
    ///
    /// # Errors
    /// Not root; or a machine has no such snapshot, and then nothing is changed.
    pub async fn restore(
        &self,
        hosts: &[HostName],
        name: &str,
        notify: Notify<'_>,
    ) -> Result<Vec<ProvidedMachine>, MachinesError> {
        packages::possible()?;
        let _lock = self.lock(notify).await?;
        hosts.iter().try_for_each(|host| snapshot::exists(&self.paths, host, name))?;
        let mut copies = JoinSet::new();
        for host in hosts {
            let (paths, host, name) = (self.paths.clone(), host.clone(), name.to_owned());
            copies.spawn(async move { snapshot::bring_back(&paths, &host, &name).await });
        }
        joined(copies).await?;
        self.ensure_locked(hosts, notify).await
    }

    /// Powers one machine off; its disk stays.
    ///
    /// # Errors
    /// Not root; or its processes cannot be ended.
    pub async fn stop(&self, host: &HostName) -> Result<(), MachinesError> {
        packages::possible()?;
        let _lock = self.lock(&mut |_| {}).await?;
        boot::power_off(&self.paths, host).await
    }

    /// Powers one machine on; returns when it answers ssh.
    ///
    /// # Errors
    /// Not root; or it does not boot.
    pub async fn start(&self, host: &HostName) -> Result<(), MachinesError> {
        self.ensure(std::slice::from_ref(host), &mut |_| {}).await.map(|_| ())
    }

    async fn lock(&self, notify: Notify<'_>) -> Result<lock::LabLock, MachinesError> {
        lock::take(Path::new(paths::LOCKS), &format!("lab-{}", self.paths.lab), notify).await
    }

    /// Whether nothing of the lab is on this computer, as far as anybody can see without being root: no folder, no bridge,
    /// no systemd-nspawn. A machine without all three, whose init runs on, only root finds.
    fn left_nothing(&self) -> bool {
        let bridge = Path::new("/sys/class/net").join(self.paths.bridge());
        !packages::is_root() && !self.paths.folder().exists() && !bridge.exists() && self.all_hosts().is_empty()
    }

    /// Every host that left a trace: in the record, as a folder, or as a process.
    fn all_hosts(&self) -> BTreeSet<HostName> {
        let folders = fs::read_dir(self.paths.folder().join("machines")).into_iter().flatten().flatten();
        let found = find::traces().into_keys().filter(|id| id.lab == self.paths.lab).map(|id| id.host);
        let recorded = Record::read(&self.paths.record()).map(|record| record.hosts).unwrap_or_default();
        let named = folders.filter_map(|folder| folder.file_name().to_str()?.parse().ok());
        named.chain(found).chain(recorded.into_keys()).collect()
    }

    fn machine(&self, host: &HostName, address: IpAddr, running: bool) -> ProvidedMachine {
        let (key, known_hosts) = (self.paths.key(), self.paths.known_hosts());
        ProvidedMachine { name: host.clone(), address, user: USER.to_owned(), key, known_hosts, running }
    }

    async fn ensure_locked(
        &self,
        hosts: &[HostName],
        notify: Notify<'_>,
    ) -> Result<Vec<ProvidedMachine>, MachinesError> {
        preflight::able()?;
        packages::ensure(notify).await?;
        let paths = &self.paths;
        // What is decided is written down before anything is made of it. From then on others take the machines for made, and log
        // in: the keys for that are there already.
        let record = Record::with(paths, hosts).await?;
        open_folder(&paths.folder())?;
        record::private_folder(&paths.folder().join("machines"))?;
        let login = keys::line(&keys::key_at(&paths.key(), &format!("labctl {}", paths.lab))?)?;
        self.write_known_hosts(&record)?;
        record.write(paths)?;
        base::agree(paths, hosts, self.system)?;
        let base = match &self.base {
            Some(prepared) => prepared.clone(),
            None => base::ensure(self.system, notify).await?,
        };
        // Each machine takes about 8; the usual 128 stop the twelfth in the middle of its boot.
        network::raise("/proc/sys/fs/inotify/max_user_instances", 8192, notify)?;
        let mtu = network::mtu().await;
        network::ensure(paths, record.subnet, mtu, notify).await?;
        let apt = host_settings::apt_settings(&process::run("apt-config", &["dump"]).await.unwrap_or_default());
        let shared = Arc::new(LabSettings { record, mtu, login, apt });
        self.announce(hosts, &shared);

        let turns = Arc::new(Semaphore::new(AT_ONCE));
        let mut bringing = JoinSet::new();
        for host in hosts.iter().cloned() {
            let (paths, base, shared, turns) = (paths.clone(), base.clone(), shared.clone(), turns.clone());
            bringing.spawn(async move {
                let _turn = turns.acquire().await;
                let at = address_of(&shared.record, &host)?;
                let done = bring_up(&paths, &host, at, &base, &shared).await?;
                Ok((host, at, done))
            });
        }
        let mut trouble_seen = Vec::new();
        while let Some(result) = bringing.join_next().await {
            match result {
                Ok(Ok((host, at, Some(done)))) => notify(format!("{done} {host} ({at})")),
                Ok(Ok(_)) => {}
                Ok(Err(error)) => trouble_seen.push(error),
                Err(error) => trouble_seen.push(trouble(format!("creating a machine ended unexpectedly: {error}"))),
            }
        }
        all_of(trouble_seen)?;
        hosts.iter().map(|host| Ok(self.machine(host, address_of(&shared.record, host)?, true))).collect()
    }

    /// Host keys of all hosts, made before any boots.
    fn write_known_hosts(&self, record: &Record) -> Result<(), MachinesError> {
        let mut lines = String::new();
        for (host, address) in record.addresses() {
            record::private_folder(&self.paths.machine(&host))?;
            let key = keys::key_at(&host_key(&self.paths, &host), &host.to_string())?;
            lines.push_str(&format!("{address} {}\n", keys::line(&key)?));
        }
        let path = self.paths.known_hosts();
        if fs::read_to_string(&path).is_ok_and(|now| now == lines) {
            return Ok(());
        }
        keys::write_whole(&path, &lines, 0o600)
    }

    /// Machines that were there before learn of new ones. Those of `hosts` are seen to one by one.
    fn announce(&self, hosts: &[HostName], shared: &LabSettings) {
        for host in shared.record.hosts.keys().filter(|host| !hosts.contains(host)) {
            if self.paths.root(host).join("etc").exists() {
                // It is not asked for now: that it does not know a neighbour is not a reason to fail.
                let _ = provision::refresh(&self.paths, host, shared);
            }
        }
    }
}

fn open_folder(path: &Path) -> Result<(), MachinesError> {
    fs::create_dir_all(path).map_err(while_doing("make", path))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).map_err(while_doing("open", path))
}

fn address_of(record: &Record, host: &HostName) -> Result<IpAddr, MachinesError> {
    record.address(host).map(IpAddr::V4).ok_or_else(|| trouble(format!("{host} has no address")))
}

/// `web, app1`.
fn named<'a>(hosts: impl Iterator<Item = &'a HostName>) -> String {
    hosts.map(HostName::as_str).collect::<Vec<_>>().join(", ")
}
