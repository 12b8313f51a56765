//! What every provider does, whatever its machines are.

use super::{MachinesError, Notify, Planned, ProvidedMachine};
use crate::config::inventory::ProviderKind;
use crate::model::name::HostName;
use std::pin::Pin;

/// What a provider is about to do.
pub type Work<'a, T> = Pin<Box<dyn Future<Output = Result<T, MachinesError>> + Send + 'a>>;

/// What a provider can do, for whoever offers it to a user.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Makes machines, and takes them away. So it also chooses their addresses: see the list of providers in
    /// `config/inventory/provider.rs`.
    pub makes: bool,
    /// Resets them to what they were when they were made.
    pub resets: bool,
    /// Keeps their state under a name, and brings it back.
    pub snapshots: bool,
}

/// Where the machines of one lab come from. Everything may be repeated: what is done already is not done again. A provider
/// that cannot do something says so in its [`Capabilities`], and refuses.
pub trait Provider: Send + Sync {
    /// Which one it is, with its name in inventories.
    fn kind(&self) -> ProviderKind;

    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Where each of these hosts is, or will be, as far as the provider decides it. Makes nothing and needs no rights.
    fn plan<'a>(&'a self, hosts: &'a [HostName]) -> Work<'a, Vec<Planned>>;

    /// Makes, starts or repairs what is needed so that each of these hosts answers ssh.
    fn ensure<'a>(&'a self, hosts: &'a [HostName], notify: Notify<'a>) -> Work<'a, Vec<ProvidedMachine>>;

    /// The machines that it made for the lab, running or not.
    fn list(&self) -> Work<'_, Vec<ProvidedMachine>>;

    /// Why a host cannot be worked on, as far as the provider knows without asking the machine.
    fn why_not(&self, host: &HostName) -> Option<String>;

    /// Takes away everything that it made for the lab. Nothing left is fine.
    fn remove<'a>(&'a self, notify: Notify<'a>) -> Work<'a, ()>;

    /// Resets these machines to what they were when they were made; host keys stay.
    fn reset<'a>(&'a self, _hosts: &'a [HostName], _notify: Notify<'a>) -> Work<'a, Vec<ProvidedMachine>> {
        refused(self.kind(), "cannot reset machines")
    }

    /// Keeps the state of these machines under a name, in place of what was kept under it before.
    fn snapshot<'a>(&'a self, _hosts: &'a [HostName], _name: &'a str, _notify: Notify<'a>) -> Work<'a, ()> {
        refused(self.kind(), "cannot take snapshots")
    }

    /// Brings back the state that was kept under a name; the machines run when it returns.
    fn restore<'a>(
        &'a self,
        _hosts: &'a [HostName],
        _name: &'a str,
        _notify: Notify<'a>,
    ) -> Work<'a, Vec<ProvidedMachine>> {
        refused(self.kind(), "cannot restore snapshots")
    }
}

pub(super) fn refused<'a, T>(provider: ProviderKind, what: &str) -> Work<'a, T> {
    let reason = format!("the provider `{}` {what}", provider.name());
    let hints = vec!["for machines that labctl did not make, use the tool that made them".to_owned()];
    Box::pin(async { Err(MachinesError { reason, hints }) })
}
