//! The sandbox on computers that cannot have one: it needs Linux, and says so.

use super::{Machine, MachinesError, Told};
use crate::model::name::{HostName, LabName};
use std::net::IpAddr;

/// Machines that this computer cannot make.
#[derive(Debug, Clone)]
pub struct Sandbox;

fn never<T>() -> Result<T, MachinesError> {
    Err(MachinesError {
        reason: "the sandbox makes its machines with systemd-nspawn, which needs Linux".into(),
        hints: vec!["use machines that are there already: labctl init writes an inventory for them".into()],
    })
}

impl Sandbox {
    /// The sandbox of a lab.
    pub fn new(_: LabName) -> Self {
        Self
    }

    /// No lab has machines here.
    pub fn labs() -> Vec<LabName> {
        Vec::new()
    }

    /// Cannot be.
    ///
    /// # Errors
    /// Always.
    pub async fn addresses(&self, _: &[HostName]) -> Result<Vec<(HostName, IpAddr)>, MachinesError> {
        never()
    }

    /// Cannot be.
    ///
    /// # Errors
    /// Always.
    pub async fn ensure(&self, _: &[HostName], _: Told<'_>) -> Result<Vec<Machine>, MachinesError> {
        never()
    }

    /// There are none.
    ///
    /// # Errors
    /// Never.
    pub async fn list(&self) -> Result<Vec<Machine>, MachinesError> {
        Ok(Vec::new())
    }

    /// Nothing is there to be taken away.
    ///
    /// # Errors
    /// Never.
    pub async fn down(&self, _: Told<'_>) -> Result<(), MachinesError> {
        Ok(())
    }

    /// Cannot be.
    ///
    /// # Errors
    /// Always.
    pub async fn reset(&self, _: &[HostName], _: Told<'_>) -> Result<Vec<Machine>, MachinesError> {
        never()
    }
}
