//! Providers: where machines come from. A provider makes them, finds them again, and takes them away.
//! What exists is read from the machines' own marks, never only from a file that a crash may have left wrong.

#[cfg(target_os = "linux")]
mod sandbox;
#[cfg(not(target_os = "linux"))]
#[path = "elsewhere.rs"]
mod sandbox;

pub use sandbox::Sandbox;

use crate::model::name::{HostName, LabName};
use std::net::IpAddr;
use std::path::PathBuf;

/// A machine that a provider made, and all that is needed to log in to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// The host of the inventory that it is.
    pub name: HostName,
    /// Where it answers.
    pub address: IpAddr,
    /// The user that may log in and use sudo without a password.
    pub user: String,
    /// The private key for that.
    pub key: PathBuf,
    /// Holds its host key, which was put in before its first boot.
    pub known_hosts: PathBuf,
    /// Whether it runs now.
    pub running: bool,
}

/// Something a provider did that a person may want to know, in a sentence fragment: `made app1 (10.71.3.12)`.
pub type Told<'a> = &'a mut (dyn FnMut(String) + Send);

/// Why machines could not be made, found or removed.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct MachinesError {
    /// What happened: machine, command and its last words.
    pub reason: String,
    /// What to do about it.
    pub hints: Vec<String>,
}

/// Names one machine of one lab.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MachineId {
    /// The lab it belongs to.
    pub lab: LabName,
    /// Its host name in that lab.
    pub host: HostName,
}
