//! Machines that somebody else made: they are where the inventory says, and labctl never takes them away.

use super::{Capabilities, Notify, Planned, ProvidedMachine, Provider, Work};
use crate::config::inventory::{ProviderKind, Wanted};
use crate::model::name::{HostName, LabName};

/// Nothing is made, nothing is taken away.
#[derive(Debug, Clone, Copy)]
pub struct Existing;

/// The provider of a lab whose machines are there already.
pub fn provider(_: &LabName, _: &Wanted) -> Existing {
    Existing
}

impl Provider for Existing {
    fn kind(&self) -> ProviderKind {
        ProviderKind::Existing
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    fn plan<'a>(&'a self, _hosts: &'a [HostName]) -> Work<'a, Vec<Planned>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn ensure<'a>(&'a self, _hosts: &'a [HostName], _notify: Notify<'a>) -> Work<'a, Vec<ProvidedMachine>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn list(&self) -> Work<'_, Vec<ProvidedMachine>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn why_not(&self, _host: &HostName) -> Option<String> {
        None
    }

    fn remove<'a>(&'a self, _notify: Notify<'a>) -> Work<'a, ()> {
        Box::pin(async { Ok(()) })
    }
}
