//! One machine from whatever state it is in to one that answers ssh.

use super::paths::LabPaths;
use super::process::while_doing;
use super::provision::{HostKey, LabSettings};
use super::{base, boot, find, overlay, provision};
use crate::infra::machines::{MachinesError, keys};
use crate::model::name::HostName;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// Where a machine's host key lies, outside its disk: a reset leaves it.
pub fn host_key(paths: &LabPaths, host: &HostName) -> PathBuf {
    paths.machine(host).join("host_key")
}

/// Sees to one machine; says in a word what had to be done, if anything.
///
/// # Errors
/// Its disk cannot be mounted, or it does not boot.
pub async fn bring_up(
    paths: &LabPaths,
    host: &HostName,
    address: IpAddr,
    base: &Path,
    shared: &LabSettings,
) -> Result<Option<&'static str>, MachinesError> {
    // A machine that was made for another address (the record was lost) starts again with the new one.
    let whole = overlay::is_made(paths, host, address);
    if whole && boot::trace(paths, host).nspawn.is_some() {
        provision::refresh(paths, host, shared)?;
        if boot::answers(paths, host, address).await? {
            return Ok(None);
        }
        // It was on its way down: its plug had just been pulled, or it was powering off.
    }
    let mut done = "started";
    match boot::trace(paths, host) {
        find::Trace { nspawn: None, init: Some(_), .. } if whole => {
            // Its systemd-nspawn was killed: it runs, but a reboot inside would be its end.
            boot::power_off(paths, host).await?;
            done = "restarted";
        }
        _ => boot::end(paths, host).await?,
    }
    if overlay::mount(paths, host, base).await? {
        let path = host_key(paths, host);
        let private = fs::read_to_string(&path).map_err(while_doing("read", &path))?;
        let public = keys::line(&keys::key_at(&path, host.as_str())?)?;
        provision::first(paths, host, shared, &HostKey { private, public }, base::has_authorities(base))?;
        done = "made";
    } else {
        provision::refresh(paths, host, shared)?;
    }
    overlay::note_made(paths, host, address)?;
    boot::start(paths, host).await?;
    boot::answering(paths, host, address).await?;
    Ok(Some(done))
}
