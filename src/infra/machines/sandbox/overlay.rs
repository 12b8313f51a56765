//! A machine's disk: an overlay over the shared base. Mounting is cheap, and dropping the upper layer is a reset.

use super::paths::LabPaths;
use super::process::{run, trouble, trouble_with, while_doing};
use super::record::private_folder;
use crate::infra::machines::MachinesError;
use crate::infra::transport::std_command;
use crate::model::name::HostName;
use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// The mount points in `/proc/self/mountinfo` at or below a folder, the innermost and latest first.
fn mounts_below(mountinfo: &str, folder: &Path) -> Vec<PathBuf> {
    let points = mountinfo.lines().filter_map(|line| line.split(' ').nth(4)).map(|point| {
        // The kernel writes these three so that a line can be split.
        PathBuf::from(point.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\"))
    });
    let mut found: Vec<PathBuf> = points.filter(|point| point.starts_with(folder)).collect();
    found.reverse();
    found
}

fn mountinfo() -> Result<String, MachinesError> {
    let path = Path::new("/proc/self/mountinfo");
    fs::read_to_string(path).map_err(while_doing("read", path))
}

/// Unmounts everything at or below a folder. Nothing may be removed there before: through a mount, files elsewhere would go.
///
/// # Errors
/// Something there is still mounted.
pub fn unmount_below(folder: &Path) -> Result<(), MachinesError> {
    for lazy in [false, true] {
        for point in mounts_below(&mountinfo()?, folder) {
            let mut umount = std_command("umount");
            // The second time even what is busy: its processes are gone or going.
            if lazy {
                umount.arg("--lazy");
            }
            let _ = umount.arg(&point).output();
        }
    }
    match mounts_below(&mountinfo()?, folder).first() {
        Some(point) => Err(trouble(format!("cannot unmount {}", point.display()))),
        None => Ok(()),
    }
}

/// Mounts a machine's disk, over the base it was made on, or over `base` when it is new. Says whether it is new.
///
/// # Errors
/// The base is missing, or the kernel refuses the overlay.
pub async fn mount(paths: &LabPaths, host: &HostName, base: &Path) -> Result<bool, MachinesError> {
    let folder = paths.machine(host);
    // A user with the id of the machine's student must not reach programs in there that run as root.
    private_folder(&folder)?;
    let link = folder.join("base");
    let (upper, work, root) = (folder.join("upper"), folder.join("work"), paths.root(host));
    let fresh = !folder.join("made").exists();
    if fresh {
        // Also what a crash left between the first file and the last.
        drop_layers(paths, host)?;
        symlink(base, &link).map_err(while_doing("link", &link))?;
    }
    if mounts_below(&mountinfo()?, &root).is_empty() {
        for path in [&upper, &work, &root] {
            fs::create_dir_all(path).map_err(while_doing("make", path))?;
        }
        fs::set_permissions(&upper, fs::Permissions::from_mode(0o755)).map_err(while_doing("open", &upper))?;
        let lower = fs::read_link(&link).map_err(while_doing("read", &link))?;
        if !lower.exists() {
            let reason = format!("the base of {host} in lab {} is missing: {}", paths.lab, lower.display());
            return Err(trouble_with(reason, "`labctl reset` rebuilds it on a new one"));
        }
        let layers = format!("lowerdir={},upperdir={},workdir={}", lower.display(), upper.display(), work.display());
        run("mount", &["-t", "overlay", "labctl", "-o", &layers, &root.display().to_string()]).await?;
    }
    Ok(fresh)
}

/// Notes that a machine has all its files for this address, so that it may be started.
///
/// # Errors
/// The machine's folder cannot be written.
pub fn note_made(paths: &LabPaths, host: &HostName, address: IpAddr) -> Result<(), MachinesError> {
    let path = paths.machine(host).join("made");
    fs::write(&path, address.to_string()).map_err(while_doing("write", &path))
}

/// Whether a machine has all its files for this address.
pub fn is_made(paths: &LabPaths, host: &HostName, address: IpAddr) -> bool {
    fs::read_to_string(paths.machine(host).join("made")).is_ok_and(|noted| noted == address.to_string())
}

/// Drops all that a machine ever wrote. Its keys stay.
///
/// # Errors
/// Something cannot be unmounted or removed.
pub fn drop_layers(paths: &LabPaths, host: &HostName) -> Result<(), MachinesError> {
    let folder = paths.machine(host);
    unmount_below(&folder)?;
    // `made` first: a machine without it is made from the beginning, whatever else is left.
    for name in ["made", "base", "console.log"] {
        remove(&folder.join(name))?;
    }
    for name in ["upper", "work", "root"] {
        remove(&folder.join(name))?;
    }
    Ok(())
}

/// Removes a file or a folder; none is fine.
///
/// # Errors
/// It is there and cannot be removed.
pub fn remove(path: &Path) -> Result<(), MachinesError> {
    let removed = match fs::symlink_metadata(path) {
        Ok(seen) if seen.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(while_doing("remove", path)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mounts_below_the_folder() {
        let info = "1 0 8:1 / / rw - ext4 /dev/sda rw\n\
            2 1 0:40 / /var/lib/labctl/sandbox/a/root rw - overlay labctl rw\n\
            3 2 0:41 / /var/lib/labctl/sandbox/a/root/proc\\040x rw - proc proc rw\n\
            4 1 0:42 / /var/lib/labctl/sandbox/ab/root rw - overlay labctl rw\n";
        let found = mounts_below(info, Path::new("/var/lib/labctl/sandbox/a"));
        assert_eq!(
            found,
            ["/var/lib/labctl/sandbox/a/root/proc x", "/var/lib/labctl/sandbox/a/root"].map(PathBuf::from)
        );
    }
}
