//! Providers: where machines come from. A provider makes them, finds them again, and takes them away.
//! What exists is read from the machines' own marks, never only from a file that a crash may have left wrong.

mod keys;
mod lock;
mod names;
mod provider;
mod trouble;

pub use provider::{Capabilities, Provider, Work};

use crate::config::inventory::{Inventory, ProviderKind, Wanted, each_provider};
use crate::model::name::{HostName, LabName};
use std::net::IpAddr;
use std::path::PathBuf;

/// The provider that an inventory names, for its lab.
///
/// # Errors
/// It does not work on this kind of computer.
pub fn provider(inventory: &Inventory) -> Result<Box<dyn Provider>, MachinesError> {
    of_kind(inventory.provider, &inventory.lab, &inventory.wanted)
}

/// Every provider that may have made something on this computer for a lab of which no inventory is left.
pub fn makers(lab: &LabName) -> Vec<Box<dyn Provider>> {
    let wanted = Wanted::default();
    let all = ProviderKind::ALL.iter().filter_map(|kind| of_kind(*kind, lab, &wanted).ok());
    all.filter(|provider| provider.capabilities().makes).collect()
}

/// Declares the folder of each provider, and who makes it. `cargo fmt` does not look into these folders;
/// tests/architecture.rs does it in its place.
macro_rules! folders {
    ($($(#[$doc:meta])* $kind:ident = $folder:ident {
        addresses: $addresses:ident, systems: [$($system:ident),*], sized: $sized:literal, where: $on:meta
    })*) => {
        $(#[cfg($on)] mod $folder;)*

        fn of_kind(
            kind: ProviderKind,
            lab: &LabName,
            wanted: &Wanted,
        ) -> Result<Box<dyn Provider>, MachinesError> {
            match kind {
                $(#[cfg($on)] ProviderKind::$kind => Ok(Box::new($folder::provider(lab, wanted))),)*
                #[allow(unreachable_patterns, reason = "some computers have all providers")]
                other => Err(MachinesError {
                    reason: format!("`provider: {}` does not work on {}", other.name(), std::env::consts::OS),
                    hints: vec!["use existing machines instead: `labctl init` writes an inventory for them".to_owned()],
                }),
            }
        }
    };
}
each_provider!(folders);

#[cfg(target_os = "linux")]
pub use sandbox::{Sandbox, sandbox_here};

/// Whether the sandbox can make machines on this computer.
#[cfg(not(target_os = "linux"))]
pub fn sandbox_here(_root: &std::path::Path) -> crate::model::computer::SandboxHere {
    crate::model::computer::SandboxHere::NotLinux
}

/// Where a host will be, and who logs in there: decided before the machine is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The host of the inventory.
    pub name: HostName,
    /// Where it will answer.
    pub address: IpAddr,
    /// The user that will be able to log in.
    pub user: String,
}

/// A machine that a provider made, and all that is needed to log in to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvidedMachine {
    /// The host of the inventory that it is.
    pub name: HostName,
    /// The IP address at which SSH answers.
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
pub type Notify<'a> = &'a mut (dyn FnMut(String) + Send);

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
#[cfg(target_os = "linux")]
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MachineId {
    /// The lab it belongs to.
    pub lab: LabName,
    /// Its host name in that lab.
    pub host: HostName,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::inventory::parse;
    use crate::model::problem::Source;
    use std::path::Path;

    fn of(text: &str) -> Box<dyn Provider> {
        let inventory = parse(&Source::new("lab.yaml", text), Path::new("lab.yaml"), &[]).unwrap();
        provider(&inventory).unwrap()
    }

    #[tokio::test]
    async fn nobody_takes_away_or_changes_machines_that_somebody_else_made() {
        let provider = of("lab: a\nhosts: { web: { address: 192.0.2.1, groups: [web] } }\n");
        let web: HostName = "web".parse().unwrap();
        assert_eq!((provider.kind(), provider.capabilities()), (ProviderKind::Existing, Capabilities::default()));
        assert_eq!(provider.why_not(&web), None);
        assert_eq!(provider.list().await.unwrap(), []);
        let hosts = [web];
        let refusal = provider.reset(&hosts, &mut |_| {}).await.unwrap_err();
        assert_eq!(refusal.reason, "the provider `existing` cannot reset machines");
        let kept = provider.snapshot(&hosts, "x", &mut |_| {}).await.unwrap_err();
        let back = provider.restore(&hosts, "x", &mut |_| {}).await.unwrap_err();
        assert_eq!(kept.reason, "the provider `existing` cannot take snapshots");
        assert_eq!(back.reason, "the provider `existing` cannot restore snapshots");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_provider_says_what_will_be_before_anything_is_made() {
        let provider = of("lab: never-made-t\nprovider: sandbox\nhosts: { web: { groups: [web] } }\n");
        let web: HostName = "web".parse().unwrap();
        assert_eq!(provider.why_not(&web).unwrap(), "the machine web has not been made");
        let hosts = [web];
        let planned = provider.plan(&hosts).await.unwrap();
        assert_eq!((planned.len(), planned[0].user.as_str()), (1, "student"));
    }

    #[test]
    fn every_provider_of_the_list_is_found_by_its_name() {
        let lab: LabName = "never-made-t".parse().unwrap();
        for kind in ProviderKind::ALL {
            assert_eq!(ProviderKind::named(kind.name()), Some(*kind));
            // Whoever chooses addresses makes the machines that have them, and the other way round.
            let Ok(provider) = of_kind(*kind, &lab, &Wanted::default()) else { continue };
            assert_eq!(provider.capabilities().makes, kind.chooses_addresses(), "{}", kind.name());
        }
    }

    #[test]
    fn an_unknown_provider_is_told_with_those_that_there_are() {
        let text = "lab: a\nprovider: incus\nhosts: { web: { groups: [web] } }\n";
        let problems = parse(&Source::new("lab.yaml", text), Path::new("lab.yaml"), &[]).unwrap_err();
        assert!(
            problems.to_string().contains("must be one of existing, sandbox, multipass, not `incus`"),
            "{problems}"
        );
    }
}
