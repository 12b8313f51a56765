//! Opens labs, and is the only place that does: a command for many labs opens each of them here.

use super::class;
use super::error::Error;
use super::lab::{Lab, inventory_here};
use super::notices::Notices;
use super::options::{LabRequest, RunOptions};
use crate::config::class::student_at;
use std::path::Path;

/// Opens a lab, and resolves the options. No machine is contacted yet. `class.yaml:s07` is the lab of a student.
///
/// # Errors
/// Every mistake in the inventory, the playbooks and the templates; a pattern of `--limit` that matches no host.
pub fn open(request: LabRequest, notices: Notices) -> Result<(Lab, RunOptions), Error> {
    let path = request.inventory.clone().or_else(inventory_here);
    let lab = match path.as_deref().and_then(student_at) {
        Some((file, id)) => class::open_one(&file, &id, &request, notices)?,
        None => {
            if let Some(class) = path.as_deref().filter(|path| class::is_class(path)) {
                return Err(one_lab(class));
            }
            Lab::open(path, &request.settings, notices)?
        }
    };
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

/// A class was named, and what is asked for is done to one lab.
pub fn one_lab(class: &Path) -> Error {
    let name = class.display();
    Error::input(format!("{name} is a class, and this is done to one lab"))
        .hint(format!("name the lab of a student, such as {name}:s07"))
}

fn resolved(lab: Lab, request: LabRequest) -> Result<(Lab, RunOptions), Error> {
    let LabRequest { inventory: _, settings, limit, shard, forks, hosts_file } = request;
    let hosts = lab.select(limit.as_deref())?;
    Ok((lab, RunOptions { hosts, shard, forks: forks.unwrap_or(1), hosts_file, take_over: false, limit, settings }))
}
