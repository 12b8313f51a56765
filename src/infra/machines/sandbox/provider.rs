//! The sandbox as what every provider is.

use super::record::Record;
use super::{Sandbox, USER};
use crate::config::inventory::{ProviderKind, Wanted};
use crate::infra::machines::{Capabilities, Notify, Planned, ProvidedMachine, Provider, Work};
use crate::model::name::{HostName, LabName};

/// The sandbox of a lab. Touches nothing.
pub fn provider(lab: &LabName, wanted: &Wanted) -> Sandbox {
    Sandbox { system: wanted.system, ..Sandbox::new(lab.clone()) }
}

impl Provider for Sandbox {
    fn kind(&self) -> ProviderKind {
        ProviderKind::Sandbox
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { makes: true, resets: true, snapshots: true }
    }

    fn plan<'a>(&'a self, hosts: &'a [HostName]) -> Work<'a, Vec<Planned>> {
        let planned = |(name, address)| Planned { name, address, user: USER.to_owned() };
        Box::pin(async move { Ok(self.addresses(hosts).await?.into_iter().map(planned).collect()) })
    }

    fn ensure<'a>(&'a self, hosts: &'a [HostName], notify: Notify<'a>) -> Work<'a, Vec<ProvidedMachine>> {
        Box::pin(self.ensure(hosts, notify))
    }

    fn list(&self) -> Work<'_, Vec<ProvidedMachine>> {
        Box::pin(self.list())
    }

    fn why_not(&self, host: &HostName) -> Option<String> {
        let made = Record::read(&self.paths.record()).is_some_and(|record| record.hosts.contains_key(host));
        (!made).then(|| format!("the machine {host} has not been made"))
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
