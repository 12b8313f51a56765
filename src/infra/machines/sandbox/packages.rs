//! The programs of this computer that machines need, installed when labctl may.

use super::paths::LOCKS;
use super::process::{command, installed, last_words, trouble, trouble_with};
use crate::infra::machines::{MachinesError, Notify, lock};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How long another apt is waited for.
const PATIENCE: Duration = Duration::from_secs(300);

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
///
/// # Errors
/// This process is not root's.
pub fn possible() -> Result<(), MachinesError> {
    if !is_root() {
        return Err(trouble_with("only root can create and remove the machines of the sandbox", "run with sudo"));
    }
    Ok(())
}

/// The packages of the programs that are not there.
pub fn missing() -> Vec<&'static str> {
    let mut missing: Vec<_> = NEEDED.iter().filter(|(program, _)| !installed(program)).map(|(_, name)| *name).collect();
    if !Path::new("/usr/share/keyrings/debian-archive-keyring.gpg").exists() {
        missing.push("debian-archive-keyring");
    }
    missing
}

/// Sees to it that all needed programs are there.
///
/// # Errors
/// Programs are missing, and apt cannot install them.
pub async fn ensure(notify: Notify<'_>) -> Result<(), MachinesError> {
    if missing().is_empty() {
        return Ok(());
    }
    let _one = lock::take(Path::new(LOCKS), "packages", notify).await?;
    // Whoever had the lock may have installed them.
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    if !installed("apt-get") {
        let hint = format!("install these packages (by their Debian names): {list}");
        return Err(trouble_with(format!("the sandbox needs programs that are not installed: {list}"), hint));
    }
    notify(format!("installing {list} on this computer"));
    apt(&["update"], notify).await?;
    let mut args = vec!["install", "--yes", "--no-install-recommends"];
    args.extend(missing);
    apt(&args, notify).await
}

async fn apt(args: &[&str], notify: Notify<'_>) -> Result<(), MachinesError> {
    let until = Instant::now() + PATIENCE;
    let mut waits = false;
    loop {
        let mut apt = command("apt-get", args);
        // Another apt (a fresh computer updates itself) is awaited, not fought.
        apt.args(["-o", &format!("DPkg::Lock::Timeout={}", PATIENCE.as_secs()), "-q"]);
        // Broken off in the middle, it would leave this computer with half a package.
        apt.env("DEBIAN_FRONTEND", "noninteractive").kill_on_drop(false);
        let output = apt.output().await.map_err(|error| trouble(format!("cannot start `apt-get`: {error}")))?;
        if output.status.success() {
            return Ok(());
        }
        let stderr = String::from_utf8_lossy(&output.stderr);
        let held = stderr.lines().find(|line| line.contains("Could not get lock"));
        if let Some(held) = held.filter(|_| Instant::now() < until) {
            // The lock of the lists is not among those that apt itself waits for.
            if !waits {
                notify(format!("waiting for another apt: {}", held.trim_start_matches("E: ")));
            }
            waits = true;
            sleep(Duration::from_secs(2)).await;
            continue;
        }
        let (words, line) = (last_words(&stderr, 8), args.join(" "));
        let hint = format!("see what `apt-get {line}` says");
        return Err(trouble_with(format!("`apt-get {line}` failed ({}):\n  {words}", output.status), hint));
    }
}
