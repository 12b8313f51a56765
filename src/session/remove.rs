//! Takes a lab away.

use super::error::Error;
use crate::execution::Controller;
use crate::infra::machines::makers;
use crate::model::name::LabName;
use std::path::PathBuf;

/// Removes what labctl made for a lab, and its block of the hosts file. Says whether there was anything; `show` is told what.
///
/// # Errors
/// A machine cannot be removed, or the hosts file not be written.
pub async fn remove(lab: &LabName, hosts_file: Option<PathBuf>, show: impl Fn(String) + Sync) -> Result<bool, Error> {
    let mut removed = false;
    for provider in makers(lab) {
        let mut show = |text| {
            removed = true;
            show(text);
        };
        provider.remove(&mut show).await?;
    }
    if Controller::new(lab, hosts_file).forget().map_err(|error| Error::failed(error.to_string()))? {
        removed = true;
        show("removed its block from the hosts file".to_owned());
    }
    Ok(removed)
}
