//! Providers: where machines come from. A provider makes them, finds them again, and takes them away.
//! What exists is read from the machines' own marks, never only from a file that a crash may have left wrong.

mod existing;
mod provider;
#[cfg(target_os = "linux")]
mod sandbox;

pub use existing::Existing;
pub use provider::{Capabilities, Provider, Work};
#[cfg(target_os = "linux")]
pub use sandbox::Sandbox;

use crate::config::inventory::{Inventory, ProviderKind};
use crate::model::name::{HostName, LabName};
use std::net::IpAddr;
use std::path::PathBuf;

/// The provider that an inventory names, for its lab.
///
/// # Errors
/// It does not work on this kind of computer.
pub fn provider(inventory: &Inventory) -> Result<Box<dyn Provider>, MachinesError> {
    match inventory.provider {
        ProviderKind::Existing => Ok(Box::new(Existing)),
        ProviderKind::Sandbox => sandbox(&inventory.lab),
    }
}

/// Every provider that may have made something on this computer for a lab of which no inventory is left.
pub fn makers(lab: &LabName) -> Vec<Box<dyn Provider>> {
    [sandbox(lab)].into_iter().flatten().collect()
}

#[cfg(target_os = "linux")]
fn sandbox(lab: &LabName) -> Result<Box<dyn Provider>, MachinesError> {
    Ok(Box::new(Sandbox::new(lab.clone())))
}

#[cfg(not(target_os = "linux"))]
fn sandbox(_: &LabName) -> Result<Box<dyn Provider>, MachinesError> {
    Err(MachinesError {
        reason: "the sandbox makes its machines with systemd-nspawn, which needs Linux".to_owned(),
        hints: vec!["use existing machines instead: `labctl init` writes an inventory for them".to_owned()],
    })
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
        assert_eq!((provider.name(), provider.capabilities()), ("existing", Capabilities::default()));
        assert_eq!(provider.why_not(&web), None);
        assert_eq!(provider.list().await.unwrap(), []);
        let hosts = [web];
        let refusal = provider.reset(&hosts, &mut |_| {}).await.unwrap_err();
        assert_eq!(refusal.reason, "the provider `existing` cannot reset machines");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn what_a_provider_cannot_do_it_refuses() {
        let provider = of("lab: never-made-t\nprovider: sandbox\nhosts: { web: { groups: [web] } }\n");
        let web: HostName = "web".parse().unwrap();
        assert_eq!(provider.why_not(&web).unwrap(), "the machine web has not been made");
        assert!(!provider.capabilities().snapshots);
        let hosts = [web];
        let refusals = [provider.snapshot(&hosts, "x").await, provider.restore(&hosts, "x").await];
        assert!(refusals.iter().all(|refusal| refusal.as_ref().is_err_and(|e| e.reason.contains("snapshots"))));
        let planned = provider.plan(&hosts).await.unwrap();
        assert_eq!((planned.len(), planned[0].user.as_str()), (1, "student"));
    }

    #[test]
    fn an_unknown_provider_is_told_with_those_that_there_are() {
        let text = "lab: a\nprovider: incus\nhosts: { web: { groups: [web] } }\n";
        let problems = parse(&Source::new("lab.yaml", text), Path::new("lab.yaml"), &[]).unwrap_err();
        assert!(problems.to_string().contains("must be one of existing, sandbox, not `incus`"), "{problems}");
    }
}
