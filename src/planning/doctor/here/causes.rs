//! The judgement on each part of this computer.

use super::Part;
use crate::model::computer::{
    About, AgentSeen, Computer, Disk, DiskRole, HostsAccess, HostsOwner, HostsSeen, KeyFault, Platform, Program,
    SandboxHere,
};
use crate::model::message::{Message, message};
use crate::model::quote::typed;
use std::net::IpAddr;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
/// Three machines while npm is at work on two of them.
const MEMORY: u64 = 2 * GIB;
/// Less than this, and not even a recording has room.
const LEAST: u64 = 20 * MIB;
/// The base of the sandbox, and what three machines install.
const MACHINES: u64 = 3 * GIB;

/// All of them.
pub fn all(computer: &Computer) -> Vec<Part> {
    let mut parts = vec![system(computer), ssh(computer), agent(computer)];
    parts.extend(keys(computer));
    parts.push(git(computer));
    parts.extend(computer.hosts.iter().map(|file| hosts(file, computer.platform)));
    parts.extend(names(computer));
    parts.extend([sandbox(computer), machines(computer)]);
    parts.extend(memory(computer));
    parts.extend(computer.disks.iter().filter_map(disk));
    parts
}

/// What a program said of itself.
fn said(text: &str) -> Message {
    Message::Verbatim(text.to_owned())
}

fn system(computer: &Computer) -> Part {
    let name = match computer.platform {
        Platform::Linux => "Linux",
        Platform::Mac => "macOS",
        Platform::Windows => "Windows",
        Platform::Wsl => {
            let sentence = message!("Linux within Windows (WSL), {}: your browser is on Windows.", computer.processor);
            return Part::noted(About::System, sentence);
        }
    };
    Part::well(About::System, said(&format!("{name}, {}", computer.processor)))
}

fn ssh(computer: &Computer) -> Part {
    match &computer.ssh {
        Program::Version(version) => Part::well(About::Ssh, said(version)),
        Program::Silent { file } => Part::noted(About::Ssh, message!("{} does not tell its version.", file)),
        Program::Absent => {
            let sentence = message!(
                "There is no ssh here. labctl logs in without it, but does not know of ~/.ssh/config then, and `labctl ssh` needs it."
            );
            let part = Part::noted(About::Ssh, sentence);
            match computer.platform {
                Platform::Linux | Platform::Wsl => part.then("sudo apt install openssh-client"),
                Platform::Windows => part.then("Add-WindowsCapability -Online -Name OpenSSH.Client~~~~0.0.1.0"),
                // It is part of the system there.
                Platform::Mac => part,
            }
        }
    }
}

fn agent(computer: &Computer) -> Part {
    let start = match computer.platform {
        Platform::Windows => "Start-Service ssh-agent; ssh-add",
        _ => "eval \"$(ssh-agent)\" && ssh-add",
    };
    match &computer.agent {
        AgentSeen::Keys(0) => Part::well(
            About::Agent,
            message!("An ssh-agent runs and holds no key. Only keys with a passphrase need it."),
        ),
        AgentSeen::Keys(1) => Part::well(About::Agent, message!("An ssh-agent runs and holds one key.")),
        AgentSeen::Keys(keys) => Part::well(About::Agent, message!("An ssh-agent runs and holds {} keys.", keys)),
        AgentSeen::None => {
            Part::well(About::Agent, message!("No ssh-agent runs. Only keys with a passphrase need one."))
        }
        AgentSeen::Silent { socket } => {
            let sentence = message!("SSH_AUTH_SOCK names {}, but no ssh-agent answers there.", socket);
            Part::noted(About::Agent, sentence).then(start)
        }
    }
}

fn keys(computer: &Computer) -> Vec<Part> {
    let Some(keys) = &computer.keys else { return Vec::new() };
    if keys.is_empty() {
        let sentence = message!("There is no private key in ~/.ssh. Machines of your own need one, or a password.");
        return vec![Part::noted(About::Keys, sentence).then("ssh-keygen -t ed25519")];
    }
    let fine: Vec<&str> = keys.iter().filter(|key| key.fault.is_none()).map(|key| key.file.as_str()).collect();
    let fine = (!fine.is_empty()).then(|| Part::well(About::Keys, said(&fine.join(", "))));
    let faults = keys.iter().filter_map(|key| {
        let file = typed(&key.file);
        Some(match key.fault? {
            KeyFault::Open { mode } => {
                let mode = format!("{mode:04o}");
                let sentence = message!("Others may read {} (rights {}): ssh refuses such a key.", key.file, mode);
                Part::wrong(About::Keys, sentence).then(format!("chmod 600 {file}"))
            }
            KeyFault::Unreadable => {
                let sentence = message!("You cannot read {}: it probably belongs to another user.", key.file);
                Part::wrong(About::Keys, sentence).then(format!("sudo chown \"$USER\" {file}"))
            }
        })
    });
    fine.into_iter().chain(faults).collect()
}

fn git(computer: &Computer) -> Part {
    let version = match &computer.git {
        Program::Absent => {
            let sentence = message!(
                "There is no git here: an application in a folder of this computer cannot be sent to machines, and the sandbox's demo is one."
            );
            let command = match computer.platform {
                Platform::Linux | Platform::Wsl => "sudo apt install git",
                Platform::Windows => "winget install Git.Git",
                Platform::Mac => "xcode-select --install",
            };
            return Part::noted(About::Git, sentence).then(command);
        }
        Program::Silent { file } => return Part::noted(About::Git, message!("{} does not tell its version.", file)),
        Program::Version(version) => version,
    };
    if computer.autocrlf {
        let sentence = message!(
            "{} gives files Windows' line ends (core.autocrlf): scripts of an application that is checked out here may not run on Linux.",
            version
        );
        let note = message!("then clone the application again");
        return Part::noted(About::Git, sentence).then("git config --global core.autocrlf input").note(note);
    }
    Part::well(About::Git, said(version))
}

fn hosts(seen: &HostsSeen, platform: Platform) -> Part {
    let file = &seen.file;
    match (&seen.access, seen.owner) {
        (HostsAccess::Refused { why }, _) => {
            Part::prevents(About::HostsFile, message!("labctl does not change {}: {}", file, said(why)))
        }
        (_, HostsOwner::Nobody) => Part::noted(
            About::HostsFile,
            message!(
                "The names of a lab go into {}, which was named in place of the system's: no browser reads it.",
                file
            ),
        ),
        (HostsAccess::Writable, _) => Part::well(About::HostsFile, message!("labctl can write {}.", file)),
        (HostsAccess::Denied, owner) if owner == HostsOwner::Windows || platform == Platform::Windows => {
            let sentence =
                message!("Only an administrator of Windows can write {}. `labctl up` shows the lines to add.", file);
            let note = message!("opens a PowerShell that may write it");
            Part::noted(About::HostsFile, sentence).then("Start-Process powershell -Verb RunAs").note(note)
        }
        (HostsAccess::Denied, _) => Part::noted(
            About::HostsFile,
            message!(
                "Only root can write {}. `labctl up` shows what to type with sudo; `sudo labctl up` writes it.",
                file
            ),
        ),
    }
}

fn names(computer: &Computer) -> Vec<Part> {
    let names = &computer.names;
    let mut parts = Vec::new();
    if let Some(line) = &names.without_hosts_file {
        let sentence = message!(
            "This computer does not look into its hosts file (/etc/nsswitch.conf: `{}`): no domain of a lab would be found.",
            line
        );
        parts.push(
            Part::prevents(About::Names, sentence).then("sudo sed -i 's/^hosts:/hosts: files/' /etc/nsswitch.conf"),
        );
    }
    let elsewhere = names.localhost.iter().find(|address| !address.is_loopback());
    if elsewhere.is_some() || names.localhost.is_empty() {
        let to = elsewhere.map_or_else(|| message!("nowhere"), |address| said(&address.to_string()));
        let sentence = message!("localhost leads to {}, not to this computer.", to);
        let part = Part::wrong(About::Names, sentence);
        parts.push(match computer.platform {
            Platform::Windows => part,
            _ => part.then("echo '127.0.0.1 localhost' | sudo tee -a /etc/hosts"),
        });
    }
    match names.found.as_deref() {
        None => parts.push(Part::noted(
            About::Names,
            message!(
                "No name server answers within {} s: a browser waits as long, until the hosts file has the domains.",
                names.patience
            ),
        )),
        Some([]) => {}
        Some([first, ..]) => parts.push(Part::noted(
            About::Names,
            message!(
                "A name server gives addresses to names that nobody has ({} leads to {}): before `labctl up`, the domains of a lab may lead there as well.",
                names.unknown,
                first
            ),
        )),
    }
    if parts.is_empty() {
        let localhost = names.localhost.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(", ");
        parts.push(Part::well(
            About::Names,
            message!("localhost leads to {}, and {} to nowhere, as it should be.", localhost, names.unknown),
        ));
    }
    parts
}

fn sandbox(computer: &Computer) -> Part {
    match &computer.sandbox {
        SandboxHere::Possible { now, installs } => {
            let sentence = match (now, installs.is_empty()) {
                (true, true) => message!("labctl can make machines here."),
                (false, true) => message!("labctl can make machines here, with sudo."),
                (true, false) => message!("labctl can make machines here, and installs {} first.", installs.join(" ")),
                (false, false) => {
                    message!("labctl can make machines here, with sudo, and installs {} first.", installs.join(" "))
                }
            };
            Part::well(About::Sandbox, sentence)
        }
        SandboxHere::NotLinux => Part::noted(
            About::Sandbox,
            message!("The sandbox needs Linux. Here, labctl makes machines with multipass, or works on your own."),
        ),
        SandboxHere::Confined => Part::noted(
            About::Sandbox,
            message!(
                "This computer is a container that may not mount file systems and make networks: labctl makes no machines in it."
            ),
        ),
        SandboxHere::NoOverlay => Part::noted(
            About::Sandbox,
            message!("The kernel has no overlay file system: labctl makes no machines here."),
        )
        .then("sudo modprobe overlay"),
        SandboxHere::Lacks(packages) => Part::noted(
            About::Sandbox,
            message!(
                "Machines need programs that are not here, and there is no apt to install them. Their Debian packages: {}.",
                packages.join(" ")
            ),
        ),
    }
}

fn machines(computer: &Computer) -> Part {
    if !computer.makers.is_empty() {
        return Part::well(About::Machines, said(&computer.makers.join(", ")));
    }
    let sentence =
        message!("No program for virtual machines was found (multipass, VirtualBox, VMware, libvirt, Incus, QEMU).");
    // With a sandbox, nobody needs one.
    let sandbox = matches!(computer.sandbox, SandboxHere::Possible { .. });
    if sandbox { Part::well(About::Machines, sentence) } else { Part::noted(About::Machines, sentence) }
}

fn size(bytes: u64) -> String {
    if bytes < GIB {
        return format!("{} MiB", bytes / MIB);
    }
    format!("{} GiB", bytes / GIB)
}

fn memory(computer: &Computer) -> Option<Part> {
    let room = computer.memory?;
    let (free, total) = (size(room.free), size(room.total));
    Some(match room.free < MEMORY {
        true => Part::noted(
            About::Memory,
            message!("{} of {} are free: three machines on this computer want {}.", free, total, size(MEMORY)),
        ),
        false => Part::well(About::Memory, message!("{} of {} are free.", free, total)),
    })
}

fn disk(disk: &Disk) -> Option<Part> {
    let (free, folder) = (size(disk.free), &disk.folder);
    Some(match disk.role {
        DiskRole::Work if disk.free < LEAST => Part::prevents(
            About::Disk,
            message!("{} are free in {}: labctl cannot even keep its records.", free, folder),
        ),
        DiskRole::Machines if disk.free < MACHINES => Part::noted(
            About::Disk,
            message!("{} are free in {}: machines made by labctl want {}.", free, folder, size(MACHINES)),
        ),
        DiskRole::Work | DiskRole::Machines => Part::well(About::Disk, message!("{} are free in {}.", free, folder)),
    })
}
