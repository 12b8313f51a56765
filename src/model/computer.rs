//! The computer that labctl runs on, as far as a lab depends on it: what was seen, and the words for a
//! judgement.

use serde::Serialize;
use std::net::IpAddr;

/// What was seen of this computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Computer {
    /// What runs on it.
    pub platform: Platform,
    /// Its processor, such as `x86_64`.
    pub processor: String,
    /// The SSH client.
    pub ssh: Program,
    /// The ssh-agent.
    pub agent: AgentSeen,
    /// git.
    pub git: Program,
    /// Whether git gives files Windows' line ends when it checks them out.
    pub autocrlf: bool,
    /// The private keys in `~/.ssh`; `None` without a home folder.
    pub keys: Option<Vec<KeyFile>>,
    /// The hosts files that the names of a lab go into, this computer's own first.
    pub hosts: Vec<HostsSeen>,
    /// What names mean.
    pub names: NamesSeen,
    /// The programs for virtual machines, as people call them.
    pub makers: Vec<&'static str>,
    /// Whether labctl can make machines here.
    pub sandbox: SandboxHere,
    /// The memory.
    pub memory: Option<Room>,
    /// The disks that labctl writes to.
    pub disks: Vec<Disk>,
}

/// The kinds of systems that differ here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// Linux.
    Linux,
    /// Linux within Windows.
    Wsl,
    /// macOS.
    Mac,
    /// Windows.
    Windows,
}

/// A program that may be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// It is not.
    Absent,
    /// It is, but does not say which version it is.
    Silent {
        /// Its file.
        file: String,
    },
    /// It is.
    Version(String),
}

/// An ssh-agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentSeen {
    /// Nothing names one.
    None,
    /// One is named, and nobody answers.
    Silent {
        /// Where it should answer.
        socket: String,
    },
    /// It answers, and holds so many keys.
    Keys(usize),
}

/// A private key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFile {
    /// Its path.
    pub file: String,
    /// What is wrong with it.
    pub fault: Option<KeyFault>,
}

/// Why a private key is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "Windows has no such permissions")]
pub enum KeyFault {
    /// Others may read or change it: ssh refuses such a key.
    Open {
        /// Its permissions.
        mode: u32,
    },
    /// Whoever runs labctl cannot read it.
    Unreadable,
}

/// A hosts file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostsSeen {
    /// Its path, as its own system calls it.
    pub file: String,
    /// Whose it is.
    pub owner: HostsOwner,
    /// Whether labctl can change it.
    pub access: HostsAccess,
}

/// Who reads a hosts file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostsOwner {
    /// This computer's resolver.
    System,
    /// Windows around this Linux: the browser is there.
    Windows,
    /// cloud-init, which makes the system's own anew from it.
    CloudInit,
    /// Nobody: an option or a variable named another file than the system's.
    Nobody,
}

/// Whether labctl can change a hosts file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostsAccess {
    /// It can.
    Writable,
    /// Only an administrator can.
    Denied,
    /// It could, but will not before somebody has put something right.
    Refused {
        /// What is in the way.
        why: String,
    },
}

/// What names mean on this computer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NamesSeen {
    /// The addresses of `localhost`.
    pub localhost: Vec<IpAddr>,
    /// The line of `/etc/nsswitch.conf` that leaves the hosts file out.
    pub without_hosts_file: Option<String>,
    /// A domain as labs have them, which nobody has given an address.
    pub unknown: String,
    /// Its addresses; `None` if no answer came in time.
    pub found: Option<Vec<IpAddr>>,
    /// How long an answer was waited for, in seconds.
    pub patience: u64,
}

/// Whether labctl can make machines on this computer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(dead_code, reason = "no system has all of these")]
pub enum SandboxHere {
    /// It can.
    Possible {
        /// As whoever runs it now; otherwise with sudo.
        now: bool,
        /// The packages that it installs first.
        installs: Vec<String>,
    },
    /// This is not Linux.
    NotLinux,
    /// This is a container that may not make any.
    Confined,
    /// The kernel has no overlay file system.
    NoOverlay,
    /// Programs are missing (by their Debian packages), and there is no apt.
    Lacks(Vec<String>),
}

/// How much of something there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes that can be used.
    pub free: u64,
    /// All bytes.
    pub total: u64,
}

/// A disk that labctl writes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// What for.
    pub role: DiskRole,
    /// The folder that was asked about.
    pub folder: String,
    /// Free bytes.
    pub free: u64,
}

/// What labctl keeps on a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskRole {
    /// Inventories and recordings.
    Work,
    /// The sandbox's machines.
    Machines,
}

/// The parts of a computer that a lab depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// The system itself.
    System,
    /// The SSH client.
    Ssh,
    /// The ssh-agent.
    Agent,
    /// The private keys.
    Keys,
    /// git.
    Git,
    /// The hosts file.
    HostsFile,
    /// The resolver.
    Names,
    /// The sandbox.
    Sandbox,
    /// The programs for virtual machines.
    Machines,
    /// The memory.
    Memory,
    /// The disk.
    Disk,
}

/// How a part of this computer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartState {
    /// As it should be.
    Well,
    /// Worth knowing: some labs need it otherwise.
    Noted,
    /// To be put right.
    Wrong,
    /// No lab can be made before it is put right.
    Prevents,
}
