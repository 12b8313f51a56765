//! The programs of this computer that machines need, installed when labctl may.

use super::run::{command, installed, last_words, trouble, trouble_with};
use crate::machines::{MachinesError, Told};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

const NEEDED: [(&str, &str); 6] = [
    ("systemd-nspawn", "systemd-container"),
    ("mmdebstrap", "mmdebstrap"),
    ("nft", "nftables"),
    ("ip", "iproute2"),
    ("setsid", "util-linux"),
    ("mount", "mount"),
];

/// Whether this process may do all that machines need.
pub fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// Refuses where machines cannot be made at all.
pub fn possible() -> Result<(), MachinesError> {
    if !cfg!(target_os = "linux") {
        let hint = "run labctl inside a Linux virtual machine, or name existing machines in the inventory";
        return Err(trouble_with("the sandbox makes machines on Linux only", hint));
    }
    if !is_root() {
        return Err(trouble_with("the sandbox makes and removes machines as root only", "run with sudo"));
    }
    Ok(())
}

/// Sees to it that all needed programs are there.
pub async fn ensure(told: Told<'_>) -> Result<(), MachinesError> {
    let mut missing: Vec<&str> =
        NEEDED.iter().filter(|(program, _)| !installed(program)).map(|(_, name)| *name).collect();
    if !Path::new("/usr/share/keyrings/debian-archive-keyring.gpg").exists() {
        missing.push("debian-archive-keyring");
    }
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    if !installed("apt-get") {
        let hint = format!("install what Debian calls: {list}");
        return Err(trouble_with(format!("the sandbox needs programs that are not installed: {list}"), hint));
    }
    told(format!("installing {list} on this computer"));
    apt(&["update"]).await?;
    let mut args = vec!["install", "--yes", "--no-install-recommends"];
    args.extend(missing);
    apt(&args).await
}

async fn apt(args: &[&str]) -> Result<(), MachinesError> {
    let mut apt = command("apt-get", args);
    // Another apt (a fresh computer updates itself) is awaited, not fought.
    apt.args(["-o", "DPkg::Lock::Timeout=300", "-q"]).env("DEBIAN_FRONTEND", "noninteractive");
    // Broken off in the middle, it would leave this computer with half a package.
    apt.kill_on_drop(false);
    let output = apt.output().await.map_err(|error| trouble(format!("cannot start `apt-get`: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let words = last_words(&String::from_utf8_lossy(&output.stderr), 8);
    let hint = format!("see what `apt-get {}` says", args.join(" "));
    Err(trouble_with(format!("`apt-get {}` failed ({}):\n  {words}", args.join(" "), output.status), hint))
}
