//! Snapshots: copies of all that a machine ever wrote (the upper layer of its disk), kept beside it under a name. A reset
//! leaves them; `down` takes them away with everything else.

use super::boot;
use super::overlay::{drop_layers, remove, unmount_below};
use super::paths::LabPaths;
use super::process::{run, trouble, trouble_with, while_doing};
use super::record::private_folder;
use crate::infra::machines::MachinesError;
use crate::model::name::HostName;
use crate::model::name::machine::PLAIN;
use std::fs;
use std::path::Path;

/// What a snapshot holds. `made` comes last: only a copy that is whole has it, and only a machine that is whole.
const PARTS: [&str; 3] = ["upper", "base", "made"];

/// Powers the machine off and copies its disk, in place of the snapshot that had this name.
///
/// # Errors
/// The name is not a plain word, the machine has not been made, or its disk cannot be copied.
pub async fn take(paths: &LabPaths, host: &HostName, name: &str) -> Result<(), MachinesError> {
    checked(name)?;
    let folder = paths.machine(host);
    if !folder.join("made").exists() {
        return Err(trouble(format!("the machine {host} has not been made")));
    }
    boot::power_off(paths, host).await?;
    // What the kernel still holds is on the disk only then.
    unmount_below(&folder)?;
    let (kept, half) = (paths.snapshot(host, name), paths.snapshot(host, ".half"));
    remove(&half)?;
    private_folder(&half)?;
    copy(&folder, &half).await?;
    remove(&kept)?;
    fs::rename(&half, &kept).map_err(while_doing("put in place", &kept))
}

/// Refuses where a machine has no snapshot of that name.
///
/// # Errors
/// It has none; the hint names those that it has.
pub fn exists(paths: &LabPaths, host: &HostName, name: &str) -> Result<(), MachinesError> {
    checked(name)?;
    if paths.snapshot(host, name).join("made").exists() {
        return Ok(());
    }
    let all = fs::read_dir(paths.machine(host).join("snapshots")).into_iter().flatten().flatten();
    let mut names: Vec<String> = all.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    let there =
        if names.is_empty() { "it has no snapshots".to_owned() } else { format!("it has {}", names.join(", ")) };
    Err(trouble_with(format!("{host} has no snapshot `{name}`"), there))
}

/// Ends the machine and puts the disk of the snapshot in the place of its own.
///
/// # Errors
/// The machine cannot be ended, or the disk cannot be copied.
pub async fn bring_back(paths: &LabPaths, host: &HostName, name: &str) -> Result<(), MachinesError> {
    boot::end(paths, host).await?;
    drop_layers(paths, host)?;
    copy(&paths.snapshot(host, name), &paths.machine(host)).await
}

async fn copy(from: &Path, to: &Path) -> Result<(), MachinesError> {
    for part in PARTS {
        let (from, to) = (from.join(part).display().to_string(), to.join(part).display().to_string());
        // What the overlay notes about its files stands in their extended attributes: without those, deleted files come back.
        let how = ["--archive", "--preserve=all,xattr", "--reflink=auto", "--no-target-directory", "--", &from, &to];
        run("cp", &how).await?;
    }
    Ok(())
}

fn checked(name: &str) -> Result<(), MachinesError> {
    let plain = (PLAIN.holds)(name);
    if plain { Ok(()) } else { Err(trouble(format!("the name of a snapshot must be {}, not `{name}`", PLAIN.what))) }
}
