//! Multipass as what every provider is.

use super::{Multipass, USER};
use crate::config::inventory::{ProviderKind, Wanted};
use crate::infra::machines::{Capabilities, Notify, Planned, ProvidedMachine, Provider, Work};
use crate::model::name::{HostName, LabName};

/// The machines of a lab. Touches nothing.
pub fn provider(lab: &LabName, wanted: &Wanted) -> Multipass {
    Multipass::new(lab.clone(), wanted.clone())
}

impl Provider for Multipass {
    fn kind(&self) -> ProviderKind {
        ProviderKind::Multipass
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { makes: true, resets: true, snapshots: true }
    }

    /// Only for machines that run: nobody knows an address before.
    fn plan<'a>(&'a self, hosts: &'a [HostName]) -> Work<'a, Vec<Planned>> {
        Box::pin(async move {
            let there = self.list().await?.into_iter().filter(|machine| hosts.contains(&machine.name));
            let planned = |ProvidedMachine { name, address, .. }| Planned { name, address, user: USER.to_owned() };
            Ok(there.map(planned).collect())
        })
    }

    fn ensure<'a>(&'a self, hosts: &'a [HostName], notify: Notify<'a>) -> Work<'a, Vec<ProvidedMachine>> {
        Box::pin(self.ensure(hosts, notify))
    }

    fn list(&self) -> Work<'_, Vec<ProvidedMachine>> {
        Box::pin(self.list())
    }

    fn why_not(&self, host: &HostName) -> Option<String> {
        self.why_not(host)
    }

    fn remove<'a>(&'a self, notify: Notify<'a>) -> Work<'a, ()> {
        Box::pin(self.down(notify))
    }

    fn reset<'a>(&'a self, hosts: &'a [HostName], notify: Notify<'a>) -> Work<'a, Vec<ProvidedMachine>> {
        Box::pin(self.reset(hosts, notify))
    }

    fn snapshot<'a>(&'a self, hosts: &'a [HostName], name: &'a str, notify: Notify<'a>) -> Work<'a, ()> {
        Box::pin(self.snapshot(hosts, name, notify))
    }

    fn restore<'a>(
        &'a self,
        hosts: &'a [HostName],
        name: &'a str,
        notify: Notify<'a>,
    ) -> Work<'a, Vec<ProvidedMachine>> {
        Box::pin(self.restore(hosts, name, notify))
    }
}
