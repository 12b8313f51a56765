//! Opens labs, and is the only place that does: a command for many labs opens each of them here.

use super::error::Error;
use super::lab::Lab;
use super::notices::Notices;
use super::options::{LabRequest, RunOptions};

/// Opens a lab, and resolves the options. No machine is contacted yet.
///
/// # Errors
/// Every mistake in the inventory, the playbooks and the templates; a pattern of `--limit` that matches no host.
pub fn open(request: LabRequest, notices: Notices) -> Result<(Lab, RunOptions), Error> {
    let lab = Lab::open(request.inventory.clone(), &request.settings, notices)?;
    resolved(lab, request)
}

/// As [`open`]; if there is no inventory, `example` takes its place.
///
/// # Errors
/// The same as those of [`open`].
pub fn open_or_example(request: LabRequest, notices: Notices, example: &str) -> Result<(Lab, RunOptions), Error> {
    let lab = Lab::open_or_example(request.inventory.clone(), &request.settings, notices, example)?;
    resolved(lab, request)
}

fn resolved(lab: Lab, request: LabRequest) -> Result<(Lab, RunOptions), Error> {
    let LabRequest { inventory: _, settings, limit, shard, forks, hosts_file } = request;
    let hosts = lab.select(limit.as_deref())?;
    Ok((lab, RunOptions { hosts, shard, forks: forks.unwrap_or(1), hosts_file, take_over: false, limit, settings }))
}
