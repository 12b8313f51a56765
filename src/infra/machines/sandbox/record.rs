//! What was decided once for a lab and must stay: its subnet and the address of each host. Not what exists or runs:
//! that is read from the machines.

use super::paths::{LabPaths, labs_folder};
use super::process::{command, trouble, while_doing};
use super::subnet::{choose, links, nth, routes};
use crate::infra::machines::MachinesError;
use crate::infra::machines::keys::write_whole;
use crate::model::name::HostName;
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

/// The machine with number 10 is the first one.
const FIRST: u8 = 10;

/// The file `lab.json` of a lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct RecordFile {
    subnet: String,
    hosts: BTreeMap<HostName, u8>,
}

/// A lab's subnet, and the number of each host in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The lab's /24, out of 10.64.0.0/10.
    pub subnet: Ipv4Net,
    /// Which address in it each host has.
    pub hosts: BTreeMap<HostName, u8>,
}

impl Record {
    /// The record of a lab, if it has one that can be read.
    pub fn read(path: &Path) -> Option<Self> {
        let written: RecordFile = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
        let subnet = written.subnet.parse::<Ipv4Net>().ok()?.trunc();
        (subnet.prefix_len() == 24).then_some(Self { subnet, hosts: written.hosts })
    }

    /// The record of a lab as it is, or as it would be, with all of `hosts` in it.
    ///
    /// # Errors
    /// The lab is full, or no subnet is free.
    pub async fn with(paths: &LabPaths, hosts: &[HostName]) -> Result<Self, MachinesError> {
        let mut record = match Self::read(&paths.record()) {
            Some(record) => record,
            None => Self { subnet: free_subnet(paths).await?, hosts: BTreeMap::new() },
        };
        for host in hosts {
            record.add(host).ok_or_else(|| trouble(format!("lab {}: no address left for {host}", paths.lab)))?;
        }
        Ok(record)
    }

    /// Gives a new host the lowest free number; a known one keeps its own.
    fn add(&mut self, host: &HostName) -> Option<u8> {
        if let Some(number) = self.hosts.get(host) {
            return Some(*number);
        }
        let number = (FIRST..=254).find(|number| !self.hosts.values().any(|used| used == number))?;
        self.hosts.insert(host.clone(), number);
        Some(number)
    }

    /// Writes it for the next time.
    ///
    /// # Errors
    /// The lab's folder cannot be written.
    pub fn write(&self, paths: &LabPaths) -> Result<(), MachinesError> {
        if Self::read(&paths.record()).as_ref() == Some(self) {
            return Ok(());
        }
        let written = RecordFile { subnet: self.subnet.to_string(), hosts: self.hosts.clone() };
        let text = serde_json::to_string_pretty(&written).map_err(|error| trouble(error.to_string()))?;
        write_whole(&paths.record(), &(text + "\n"), 0o644)
    }

    /// The address of a host.
    pub fn address(&self, host: &HostName) -> Option<Ipv4Addr> {
        self.hosts.get(host).map(|number| nth(self.subnet, *number))
    }

    /// All hosts with their addresses, in the order of the addresses.
    pub fn addresses(&self) -> Vec<(HostName, IpAddr)> {
        let mut hosts: Vec<_> =
            self.hosts.iter().map(|(host, n)| (host.clone(), nth(self.subnet, *n).into())).collect();
        hosts.sort_by_key(|(_, address)| *address);
        hosts
    }
}

async fn free_subnet(paths: &LabPaths) -> Result<Ipv4Net, MachinesError> {
    // Without `ip` (not installed yet, or no Linux) a plan still has addresses; they are settled when machines are made.
    let ask = async |args: &[&str]| match command("ip", args).output().await {
        Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
        Err(_) => String::new(),
    };
    let bridge = paths.bridge();
    let mut taken = routes(&ask(&["-j", "-4", "route", "show", "table", "all"]).await, &bridge);
    taken.extend(links(&ask(&["-j", "-4", "addr"]).await, &bridge));
    let other_labs = fs::read_dir(labs_folder()).into_iter().flatten().flatten().map(|lab| lab.path().join("lab.json"));
    taken.extend(other_labs.filter_map(|path| Record::read(&path)).map(|record| record.subnet));
    taken.extend(super::host_settings::nameservers().into_iter().map(Ipv4Net::from));
    choose(paths.lab.as_str(), &taken).ok_or_else(|| trouble("every subnet of 10.64.0.0/10 is in use on this computer"))
}

/// Makes a folder that only root may enter.
///
/// # Errors
/// The folder above cannot be written.
pub fn private_folder(path: &Path) -> Result<(), MachinesError> {
    use std::os::unix::fs::PermissionsExt;
    fs::create_dir_all(path).map_err(while_doing("make", path))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(while_doing("close", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_keep_their_numbers() {
        let mut record = Record { subnet: "10.71.3.0/24".parse().unwrap(), hosts: BTreeMap::new() };
        let [web, app1, app2] = ["web", "app1", "app2"].map(|name| name.parse::<HostName>().unwrap());
        assert_eq!((record.add(&web), record.add(&app1)), (Some(10), Some(11)));
        record.hosts.remove(&web);
        assert_eq!((record.add(&app2), record.add(&app1)), (Some(10), Some(11)));
        assert_eq!(record.address(&app1).unwrap().to_string(), "10.71.3.11");
        assert_eq!(record.addresses()[0].0, app2);
    }

    #[test]
    fn a_lab_is_full_at_some_time() {
        let mut record = Record { subnet: "10.71.3.0/24".parse().unwrap(), hosts: BTreeMap::new() };
        for n in 0..245 {
            assert!(record.add(&format!("h{n}").parse().unwrap()).is_some());
        }
        assert_eq!(record.add(&"more".parse().unwrap()), None);
    }
}
