//! What labctl keeps of a lab's machines: their keys, and the names of those that it made. Multipass has no labels, so these
//! notes are what tells a lab's machines from anybody's. They are written before a machine is made, and given up as soon as
//! Multipass does not have it any more.

use crate::infra::machines::MachinesError;
use crate::infra::machines::keys::{key_at, line, write_whole};
use crate::infra::machines::names::machine_name;
use crate::infra::machines::trouble::while_doing;
use crate::model::name::{HostName, LabName};
use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// The folder of one lab. Everything in it derives from the lab's name, so that `down` needs no inventory.
#[derive(Debug, Clone)]
pub struct Store {
    /// The lab.
    pub lab: LabName,
    root: PathBuf,
}

impl Store {
    /// The notes of a lab, in the home of whoever runs labctl. Touches nothing.
    pub fn new(lab: LabName) -> Self {
        let home = std::env::home_dir().filter(|home| home.is_absolute());
        let state = home.map_or_else(|| PathBuf::from(".labctl"), |home| home.join(".local/state/labctl"));
        Self { lab, root: state.join("multipass") }
    }

    /// Where the folders of all labs and their locks are.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn folder(&self) -> PathBuf {
        self.root.join(self.lab.as_str())
    }

    /// Whether labctl has begun to make any machine of the lab.
    pub fn exists(&self) -> bool {
        self.folder().exists()
    }

    /// The private key that may log in to every machine of the lab.
    pub fn key(&self) -> PathBuf {
        self.folder().join("id_ed25519")
    }

    /// The host keys of every machine that has an address.
    pub fn known_hosts(&self) -> PathBuf {
        self.folder().join("known_hosts")
    }

    fn machine(&self, host: &HostName) -> PathBuf {
        self.folder().join("machines").join(host.as_str())
    }

    fn note(&self, host: &HostName) -> PathBuf {
        self.machine(host).join("instance")
    }

    /// The names of the machines that labctl made, by host.
    pub fn made(&self) -> BTreeMap<HostName, String> {
        let folders = fs::read_dir(self.folder().join("machines")).into_iter().flatten().flatten();
        let hosts = folders.filter_map(|folder| folder.file_name().to_str()?.parse::<HostName>().ok());
        hosts.filter_map(|host| Some((host.clone(), self.noted(&host)?))).collect()
    }

    fn noted(&self, host: &HostName) -> Option<String> {
        let text = fs::read_to_string(self.note(host)).ok()?;
        // An empty note would be the name of no machine, and must not become a command for all of them.
        Some(text.trim().to_owned()).filter(|name| !name.is_empty() && !name.starts_with('-'))
    }

    /// What a machine is called, or will be.
    pub fn name(&self, host: &HostName) -> String {
        self.noted(host).unwrap_or_else(|| machine_name(&self.lab, host))
    }

    /// Notes that a machine of that name is labctl's.
    ///
    /// # Errors
    /// The lab's folder cannot be written.
    pub fn claim(&self, host: &HostName, instance: &str) -> Result<(), MachinesError> {
        write_whole(&self.note(host), &format!("{instance}\n"), 0o644)
    }

    /// Gives up a machine that is not there. Its host key stays, for the next one.
    ///
    /// # Errors
    /// The note cannot be removed.
    pub fn give_up(&self, host: &HostName) -> Result<(), MachinesError> {
        for note in [self.place(host), self.note(host)] {
            match fs::remove_file(&note) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(while_doing("remove", &note)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The public key that may log in, made when there is none.
    ///
    /// # Errors
    /// The lab's folder cannot be written.
    pub fn login(&self) -> Result<String, MachinesError> {
        private_folder(&self.folder())?;
        line(&key_at(&self.key(), &format!("labctl {}", self.lab))?)
    }

    /// A machine's host key, made when there is none: its private text and its public line.
    ///
    /// # Errors
    /// The lab's folder cannot be written.
    pub fn host_key(&self, host: &HostName) -> Result<(String, String), MachinesError> {
        private_folder(&self.machine(host))?;
        let path = self.machine(host).join("host_key");
        let public = line(&key_at(&path, host.as_str())?)?;
        Ok((fs::read_to_string(&path).map_err(while_doing("read", &path))?, public))
    }

    /// Writes the host keys of machines under the addresses that they have now. A key that somebody has accepted in the place
    /// of ours (`labctl trust`) goes along.
    ///
    /// # Errors
    /// The lab's folder cannot be written.
    pub fn write_known_hosts<'a>(
        &self,
        places: impl Iterator<Item = (&'a HostName, IpAddr)>,
    ) -> Result<(), MachinesError> {
        let path = self.known_hosts();
        let now = fs::read_to_string(&path).unwrap_or_default();
        let with_key = |(host, address)| Ok((host, address, self.host_key(host)?.1));
        let places = places.map(with_key).collect::<Result<Vec<_>, MachinesError>>()?;
        let mut lines = String::new();
        for (host, address, own) in &places {
            let accepted = fs::read_to_string(self.place(host)).ok().and_then(|at| key_at_address(&now, at.trim()));
            // Machines may have changed places while nobody looked.
            let others = |key: &str| places.iter().any(|(other, _, own)| other != host && same_key(own, key));
            let key = accepted.filter(|key| !others(key)).unwrap_or(own.as_str());
            lines.push_str(&format!("{address} {key}\n"));
        }
        if now != lines {
            write_whole(&path, &lines, 0o600)?;
        }
        for (host, address, _) in &places {
            let (place, text) = (self.place(host), format!("{address}\n"));
            if fs::read_to_string(&place).ok().as_ref() != Some(&text) {
                write_whole(&place, &text, 0o644)?;
            }
        }
        Ok(())
    }

    /// Where the address is noted under which a machine's key stands in the file of known hosts.
    fn place(&self, host: &HostName) -> PathBuf {
        self.machine(host).join("address")
    }

    /// Forgets the lab.
    ///
    /// # Errors
    /// The folder cannot be removed.
    pub fn remove(&self) -> Result<(), MachinesError> {
        let folder = self.folder();
        fs::remove_dir_all(&folder).map_err(while_doing("remove", &folder))
    }
}

/// The key that stands behind an address.
fn key_at_address<'a>(known: &'a str, address: &str) -> Option<&'a str> {
    known.lines().find_map(|line| line.split_once(' ').filter(|(name, _)| *name == address).map(|(_, key)| key))
}

/// Whether two public keys are one, whatever their comments say.
fn same_key(one: &str, other: &str) -> bool {
    one.split_whitespace().take(2).eq(other.split_whitespace().take(2))
}

/// A folder that only its owner may enter.
fn private_folder(path: &Path) -> Result<(), MachinesError> {
    let mut folder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.recursive(true).create(path).map_err(while_doing("make", path))
}
