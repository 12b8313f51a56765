//! What can go wrong with Multipass and its machines: each a type, and here its sentence and what to type.

use crate::infra::machines::MachinesError;
use crate::model::name::HostName;
use std::env::consts::OS;
use std::io;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// There is no such program.
    #[error("`provider: multipass` needs the program multipass, which is not installed (or in no folder of PATH)")]
    NotInstalled,
    /// The program is there and cannot be started.
    #[error("cannot start multipass: {error}")]
    NoStart {
        /// What the system says.
        error: io::Error,
    },
    /// Nobody answers the program.
    #[error("multipass is installed, but its service does not answer")]
    NoDaemon,
    /// The service is there, for others.
    #[error("multipass does not let you use its service: {said}")]
    Denied {
        /// Its words.
        said: String,
    },
    /// The service wants to know who asks.
    #[error("multipass does not know you yet: whoever installed it has to give you its passphrase")]
    NotAuthenticated,
    /// The program does not end.
    #[error("`{command}` did not end within {minutes} minutes")]
    Silent {
        /// What was run.
        command: String,
        /// For how long it was waited.
        minutes: u64,
    },
    /// The program answers something else than it should.
    #[error("`{command}` did not answer as multipass does: {why}")]
    Unreadable {
        /// What was run.
        command: &'static str,
        /// Where it is wrong.
        why: serde_json::Error,
    },
    /// Multipass stopped waiting for a machine, which goes on.
    #[error("multipass stopped waiting for a machine to start (`{command}`); the machine may still get there")]
    TimedOut {
        /// What was run.
        command: String,
    },
    /// Multipass has no such image.
    #[error("multipass finds no image of this system: {said}")]
    ImageUnknown {
        /// Its words.
        said: String,
    },
    /// The disk of the machine or of this computer is too small.
    #[error("there is too little room on a disk: {said}")]
    TooLittleDisk {
        /// Multipass's words.
        said: String,
    },
    /// This computer has too little memory for one more machine.
    #[error("this computer has too little memory for the machine: {said}")]
    TooLittleMemory {
        /// Multipass's words.
        said: String,
    },
    /// There is a machine of that name, which labctl did not make.
    #[error("multipass has a machine {instance} that labctl did not make{}", if *.deleted { " (it is deleted, but not purged)" } else { "" })]
    Taken {
        /// Its name.
        instance: String,
        /// Whether it is in the trash.
        deleted: bool,
    },
    /// A launch that somebody interrupted goes on by itself.
    #[error("multipass is still making a machine that an earlier run began")]
    BeingPrepared,
    /// Machines run something else than the inventory asks for.
    #[error("made with another system than the inventory's `system: {wanted}`: {}", .others.join(", "))]
    OtherSystem {
        /// The machines, each with what it runs.
        others: Vec<String>,
        /// What the inventory asks for.
        wanted: &'static str,
    },
    /// A machine runs, and has no address.
    #[error("{instance} has no address after {seconds} s (its state: {state})")]
    NoAddress {
        /// Its name.
        instance: String,
        /// How long it was waited for.
        seconds: u64,
        /// Its state, as Multipass calls it.
        state: String,
    },
    /// A machine is in a state that nothing leads out of by itself.
    #[error("{instance} cannot be started: its state is {state}")]
    Stuck {
        /// Its name.
        instance: String,
        /// Its state, as Multipass calls it.
        state: String,
    },
    /// This version has no snapshots.
    #[error("multipass {version} has no snapshots: they came with version 1.13")]
    TooOld {
        /// The version that is installed.
        version: String,
    },
    /// What Multipass makes its machines with has no snapshots.
    #[error("multipass has no snapshots with the driver that it uses here")]
    NoSnapshots,
    /// Multipass takes no such name.
    #[error(
        "multipass takes no snapshot called `{name}`: letters, digits and `-`, beginning with a letter, ending without `-`"
    )]
    SnapshotName {
        /// The name.
        name: String,
    },
    /// A machine has no snapshot of that name.
    #[error("{host} has no snapshot `{name}`")]
    NoSuchSnapshot {
        /// The machine.
        host: HostName,
        /// The name.
        name: String,
        /// Those that it has.
        there: Vec<String>,
    },
    /// A machine that is made anew would lose its snapshots.
    #[error("{host} has snapshots ({}), which a reset to the beginning would remove as well", .names.join(", "))]
    SnapshotsLost {
        /// The machine.
        host: HostName,
        /// What Multipass calls it.
        instance: String,
        /// Its snapshots.
        names: Vec<String>,
    },
    /// A machine has not been made.
    #[error("the machine {host} has not been made")]
    NotMade {
        /// The machine.
        host: HostName,
    },
    /// Anything else.
    #[error("`{command}` failed{}:\n  {said}", .code.map(|code| format!(" (exit code {code})")).unwrap_or_default())]
    Failed {
        /// What was run.
        command: String,
        /// How it ended.
        code: Option<i32>,
        /// Its last words.
        said: String,
    },
}

impl Fault {
    fn hints(&self) -> Vec<String> {
        let one = |hint: &str| vec![hint.to_owned()];
        match self {
            Self::NotInstalled => vec![install(OS).into(), "its page: https://canonical.com/multipass/install".into()],
            Self::NoDaemon | Self::Silent { .. } => {
                vec![restart(OS).into(), "then see whether it answers: multipass list".into()]
            }
            Self::Denied { .. } => one("run labctl as the user who installed multipass, or with sudo"),
            Self::NotAuthenticated => one("multipass authenticate"),
            Self::Unreadable { .. } => one("see which program that is: multipass version"),
            Self::TimedOut { .. } => vec![
                "run the same command again: it goes on with the machine that is there".into(),
                "see what it does: multipass list".into(),
            ],
            Self::ImageUnknown { .. } => one(
                "see what multipass has: multipass find; then write `system: ubuntu 22.04` or `system: ubuntu 24.04`",
            ),
            Self::TooLittleDisk { .. } => {
                one("make room, or write another size into the inventory: `size: { disk: 10G }`")
            }
            Self::TooLittleMemory { .. } => {
                one("close other programs, or write another size into the inventory: `size: { memory: 768M }`")
            }
            Self::Taken { instance, deleted } => vec![
                "labctl leaves it alone: give your lab another name (`lab:` in the inventory)".into(),
                "if labctl made it for another user of this computer, run labctl as that user".into(),
                match deleted {
                    true => format!(
                        "if nobody needs it any more: multipass delete --purge {instance} (to get it back: multipass recover {instance})"
                    ),
                    false => format!("if nobody needs it any more: multipass delete --purge {instance}"),
                },
            ],
            Self::BeingPrepared => one("wait a minute, and run the same command again"),
            Self::NoAddress { instance, .. } => vec![
                format!("look at it: multipass info {instance}"),
                format!("often a restart helps: multipass restart {instance}"),
            ],
            Self::OtherSystem { wanted, .. } => {
                vec![format!("`labctl reset` makes the machines anew with {wanted}; what is on them now is lost")]
            }
            Self::Stuck { instance, .. } => vec![
                format!("end it, and run the same command again: multipass stop --force {instance}"),
                format!("look at it: multipass info {instance}"),
            ],
            Self::TooOld { .. } => one(upgrade(OS)),
            Self::NoSnapshots => one("make the machines anew instead: labctl reset"),
            Self::SnapshotName { .. } => one("such as: labctl snapshot before-nginx"),
            Self::NoSuchSnapshot { there, .. } if there.is_empty() => one("it has no snapshots"),
            Self::NoSuchSnapshot { there, .. } => vec![format!("it has {}", there.join(", "))],
            Self::SnapshotsLost { instance, names, .. } => {
                let all: Vec<String> = names.iter().map(|name| format!("{instance}.{name}")).collect();
                vec![
                    format!("bring one back: labctl reset --to {}", names.first().map_or("NAME", String::as_str)),
                    format!("or remove them first: multipass delete --purge {}", all.join(" ")),
                ]
            }
            Self::NotMade { .. } => one("labctl up"),
            Self::NoStart { .. } | Self::Failed { .. } => Vec::new(),
        }
    }
}

impl From<Fault> for MachinesError {
    fn from(fault: Fault) -> Self {
        Self { hints: fault.hints(), reason: fault.to_string() }
    }
}

fn install(os: &str) -> &'static str {
    match os {
        "windows" => "winget install Canonical.Multipass",
        "macos" => "brew install --cask multipass",
        _ => "sudo snap install multipass",
    }
}

fn upgrade(os: &str) -> &'static str {
    match os {
        "windows" => "winget upgrade Canonical.Multipass",
        "macos" => "brew upgrade --cask multipass",
        _ => "sudo snap refresh multipass",
    }
}

fn restart(os: &str) -> &'static str {
    match os {
        "windows" => "in PowerShell, as administrator: Restart-Service Multipass",
        "macos" => "sudo launchctl kickstart -k system/com.canonical.multipassd",
        _ => "sudo snap restart multipass",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_has_its_own_commands() {
        for (os, word) in [("linux", "snap"), ("macos", "brew"), ("windows", "winget")] {
            assert!(install(os).contains(word) && upgrade(os).contains(word), "{os}");
        }
        assert!(restart("windows").contains("Restart-Service") && restart("macos").contains("launchctl"));
    }

    #[test]
    fn what_is_not_ours_is_left_to_its_owner() {
        let taken = |deleted| MachinesError::from(Fault::Taken { instance: "flix-web".into(), deleted });
        assert_eq!(taken(false).reason, "multipass has a machine flix-web that labctl did not make");
        let (alive, trash) = (taken(false).hints.join("\n"), taken(true).hints.join("\n"));
        assert!(alive.contains("another name") && !alive.contains("recover"), "{alive}");
        assert!(trash.contains("multipass recover flix-web"), "{trash}");
    }
}
