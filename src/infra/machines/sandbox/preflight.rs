//! Whether this computer can have machines at all, before anything is made.

use super::packages::{is_root, missing};
use super::process::{installed, trouble_with};
use crate::infra::machines::MachinesError;
use crate::model::computer::SandboxHere;
use std::fs;
use std::path::Path;

/// The right to mount, and the one to make networks (`CAP_SYS_ADMIN`, `CAP_NET_ADMIN`), as bits of `/proc/self/status`.
const RIGHTS: u64 = 1 << 21 | 1 << 12;

/// Whether machines can be made on the computer whose files lie under `root`.
pub fn sandbox_here(root: &Path) -> SandboxHere {
    let installs = missing().into_iter().map(str::to_owned).collect::<Vec<_>>();
    match obstacle(root) {
        Some(obstacle) => obstacle,
        None if !installs.is_empty() && !installed("apt-get") => SandboxHere::Lacks(installs),
        None => SandboxHere::Possible { now: is_root(), installs },
    }
}

/// Refuses where no package and no sudo would help.
///
/// # Errors
/// This computer is a container without the rights, or its kernel has no overlay file system.
pub fn able() -> Result<(), MachinesError> {
    match obstacle(Path::new("/")) {
        Some(SandboxHere::Confined) => Err(trouble_with(
            "this computer is a container that may not mount file systems and make networks: it cannot have machines",
            "use another computer, or start the container with these rights (CAP_SYS_ADMIN, CAP_NET_ADMIN)",
        )),
        Some(_) => Err(trouble_with(
            "the kernel of this computer has no overlay file system, which machines share their base by",
            "sudo modprobe overlay",
        )),
        None => Ok(()),
    }
}

/// What no package would change.
fn obstacle(root: &Path) -> Option<SandboxHere> {
    let read = |file: &str| fs::read_to_string(root.join(file)).unwrap_or_default();
    // What sudo could give: the rights that no program of this computer gets back once they are gone.
    let bounds = read("proc/self/status")
        .lines()
        .find_map(|line| u64::from_str_radix(line.strip_prefix("CapBnd:")?.trim(), 16).ok());
    if bounds.is_some_and(|bounds| bounds & RIGHTS != RIGHTS) {
        return Some(SandboxHere::Confined);
    }
    let loaded = read("proc/filesystems").lines().any(|line| line.split_whitespace().last() == Some("overlay"));
    let release = read("proc/sys/kernel/osrelease");
    let modules = root.join("lib/modules").join(release.trim()).join("kernel/fs/overlayfs");
    (!loaded && !modules.exists()).then_some(SandboxHere::NoOverlay)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A computer with these lines in `/proc`.
    fn computer(bounds: &str, filesystems: &str, module: bool) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let put = |file: &str, text: &str| {
            let file = root.path().join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        put("proc/self/status", &format!("Name:\tlabctl\nCapEff:\t0000000000000000\nCapBnd:\t{bounds}\n"));
        put("proc/filesystems", filesystems);
        put("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n");
        if module {
            put("lib/modules/6.1.0-18-amd64/kernel/fs/overlayfs/overlay.ko.xz", "");
        }
        root
    }

    #[test]
    fn what_stands_in_the_way_of_machines_is_told_apart() {
        let (all, docker) = ("000001ffffffffff", "00000000a80425fb");
        let (with, without) = ("nodev\tsysfs\n\text4\nnodev\toverlay\n", "nodev\tsysfs\n\text4\n");
        for (bounds, filesystems, module, obstacle_there) in [
            (all, with, false, None),
            (all, without, true, None),
            (all, without, false, Some(SandboxHere::NoOverlay)),
            (docker, with, true, Some(SandboxHere::Confined)),
            // A kernel that does not tell is given the benefit of the doubt.
            ("?", with, false, None),
        ] {
            let root = computer(bounds, filesystems, module);
            assert_eq!(obstacle(root.path()), obstacle_there, "{bounds} {filesystems:?} {module}");
        }
    }

    #[test]
    fn without_an_obstacle_it_is_possible_here_or_lacks_packages() {
        let root = computer("000001ffffffffff", "nodev\toverlay\n", false);
        match sandbox_here(root.path()) {
            SandboxHere::Possible { now, installs } => {
                assert_eq!(now, is_root());
                assert_eq!(installs, missing());
            }
            SandboxHere::Lacks(packages) => assert!(!packages.is_empty() && !installed("apt-get"), "{packages:?}"),
            other => panic!("{other:?}"),
        }
    }
}
