//! Where everything of one sandbox lab lies, and what it is called. All of it derives from the lab's name alone, so
//! that `down` finds it without an inventory and after any crash.

use crate::infra::machines::names::{digest, machine_name};
use crate::model::name::{HostName, LabName};
use std::path::{Path, PathBuf};

/// Everything that labctl keeps on this computer for its machines.
pub const STATE: &str = "/var/lib/labctl";

/// Where locks lie: nothing in it outlives a boot.
pub const LOCKS: &str = "/run/labctl";

/// The folder that holds one folder per lab.
pub fn labs_folder() -> PathBuf {
    Path::new(STATE).join("sandbox")
}

/// One lab's names and paths.
#[derive(Debug, Clone)]
pub struct LabPaths {
    /// The lab; every name and path derives from it.
    pub lab: LabName,
}

impl LabPaths {
    /// The lab's folder. Anybody may enter it (a plan needs no root); what is secret in it is not readable.
    pub fn folder(&self) -> PathBuf {
        labs_folder().join(self.lab.as_str())
    }

    /// The subnet and the hosts, as decided once.
    pub fn record(&self) -> PathBuf {
        self.folder().join("lab.json")
    }

    /// The private key that may log in to every machine of the lab.
    pub fn key(&self) -> PathBuf {
        self.folder().join("id_ed25519")
    }

    /// The host keys of every machine of the lab.
    pub fn known_hosts(&self) -> PathBuf {
        self.folder().join("known_hosts")
    }

    /// Where one machine lies. A folder of its own below `machines`, so that no host name can meet another file.
    pub fn machine(&self, host: &HostName) -> PathBuf {
        self.folder().join("machines").join(host.as_str())
    }

    /// The machine's file system, once mounted.
    pub fn root(&self, host: &HostName) -> PathBuf {
        self.machine(host).join("root")
    }

    /// What was kept of the machine's disk under a name. The name has been checked: it is one plain word.
    pub fn snapshot(&self, host: &HostName, name: &str) -> PathBuf {
        self.machine(host).join("snapshots").join(name)
    }

    /// What the machine's console said since its last start.
    pub fn console(&self, host: &HostName) -> PathBuf {
        self.machine(host).join("console.log")
    }

    /// The lab's bridge. Interface names end at 15 characters, so it is a hash.
    pub fn bridge(&self) -> String {
        format!("lb-{}", digest(self.lab.as_str(), 10))
    }

    /// The lab's table of nft rules, and the comment of its iptables rules.
    pub fn table(&self) -> String {
        format!("labctl_{}_{}", self.lab.as_str().replace('-', "_"), digest(self.lab.as_str(), 6))
    }

    /// The mark that finds a machine again.
    pub fn mark(&self, host: &HostName) -> String {
        format!("{}/{}", self.lab, host)
    }

    /// The machine's name for systemd-nspawn.
    pub fn machine_name(&self, host: &HostName) -> String {
        machine_name(&self.lab, host)
    }

    /// The transient unit that runs the machine where systemd is the init of this computer.
    pub fn unit(&self, host: &HostName) -> String {
        format!("labctl-{}", self.machine_name(host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(lab: &str) -> LabPaths {
        LabPaths { lab: lab.parse().unwrap() }
    }

    #[test]
    fn long_names_still_fit() {
        let long = paths(&"l".repeat(63));
        assert!(long.bridge().len() <= 15);
        assert!(long.machine_name(&"h".repeat(63).parse().unwrap()).len() <= 63);
    }
}
