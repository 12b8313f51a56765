//! The base: one Debian root that all machines share, made once and kept under the hash of its recipe.

use super::host_settings::{apt_settings, authorities};
use super::overlay::unmount_below;
use super::paths::{LOCKS, LabPaths, STATE, labs_folder};
use super::process::{command, last_words, run, trouble, trouble_with, while_doing};
use super::record::private_folder;
use super::sources::DebianRelease;
use crate::config::inventory::{ProviderKind, System};
use crate::infra::machines::keys::write_whole;
use crate::infra::machines::names::digest;
use crate::infra::machines::{MachinesError, Notify, lock};
use crate::model::name::HostName;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

/// The essential packages of Debian, and what a server of a class has before anybody touches it: no nginx, no Node.js, no git.
const PACKAGES: &str = "systemd,systemd-sysv,libpam-systemd,dbus,udev,openssh-server,sudo,iproute2,iputils-ping,\
                        ca-certificates,curl,procps,less,nano";
const FINISH: &str = include_str!("finish.sh");
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// For programs that build: namespaces of their own, which end with labctl however that ends. So nothing goes on
/// building, and nothing stays mounted.
const ALONE: [&str; 7] = ["--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child"];

fn bases() -> PathBuf {
    Path::new(STATE).join("base")
}

/// Where the base of a release lies. What it is called is a hash of all that it is made of.
fn base_folder(archive: &DebianRelease, authorities: &[String]) -> PathBuf {
    let recipe = format!("1\n{PACKAGES}\n{FINISH}\n{}\n{}", archive.list(), authorities.concat());
    bases().join(digest(&recipe, 16))
}

/// The base for this computer as it is now, made if it is not there yet.
///
/// # Errors
/// mmdebstrap fails, such as without a mirror of Debian.
pub async fn ensure(system: Option<System>, notify: Notify<'_>) -> Result<PathBuf, MachinesError> {
    let archive = DebianRelease::here(system);
    let authorities = authorities();
    let base = base_folder(&archive, &authorities);
    if base.exists() {
        return Ok(base);
    }
    private_folder(&bases())?;
    let _lock = lock::take(Path::new(LOCKS), "base", notify).await?;
    if base.exists() {
        return Ok(base);
    }
    // Those that a machine may be made of at this moment stay.
    let current = ProviderKind::Sandbox
        .systems()
        .iter()
        .map(|system| base_folder(&DebianRelease::here(Some(*system)), &authorities))
        .collect();
    remove_stale(current)?;
    notify(format!("making the base of {}, once for this computer (about a minute)", archive.system.name()));
    let begun = Instant::now();
    let half = bases().join(format!("half-{}", std::process::id()));
    build(&half, &archive, &authorities).await?;
    fs::rename(&half, &base).map_err(while_doing("put in place", &base))?;
    notify(format!("made the base in {} s", begun.elapsed().as_secs()));
    Ok(base)
}

async fn build(half: &Path, archive: &DebianRelease, authorities: &[String]) -> Result<(), MachinesError> {
    let list = bases().join("half-sources.list");
    write_whole(&list, &archive.list(), 0o644)?;
    let target = half.display().to_string();
    let mut args = vec!["--mode=root".into(), "--variant=minbase".into(), format!("--include={PACKAGES}")];
    args.push("--dpkgopt=force-unsafe-io".into());
    args.push("--aptopt=Acquire::Languages \"none\"".into());
    let settings = apt_settings(&run("apt-config", &["dump"]).await.unwrap_or_default());
    args.extend(settings.iter().map(|line| format!("--aptopt={}", line.trim_end_matches(';'))));
    // Ubuntu does not trust Debian's keys by itself.
    if Path::new(KEYRING).exists() {
        args.push(format!("--keyring={KEYRING}"));
    }
    args.extend([archive.system.codename().to_owned(), target.clone(), list.display().to_string()]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let args = [&ALONE[..], &["--mount-proc", "mmdebstrap"], &args].concat();
    let made = command("setpriv", &args).stdout(Stdio::null()).output().await;
    let made = made.map_err(|error| trouble(format!("cannot start `mmdebstrap`: {error}")))?;
    if !made.status.success() {
        let words = last_words(&String::from_utf8_lossy(&made.stderr), 12);
        let hint = format!(
            "it loads packages from {}: check that this computer can reach it (`apt-get update`)",
            archive.main
        );
        return Err(trouble_with(format!("mmdebstrap could not make the base ({}):\n  {words}", made.status), hint));
    }
    let shared = half.join("usr/local/share/ca-certificates");
    for (number, authority) in authorities.iter().enumerate() {
        write_whole(&shared.join(format!("controller-{number}.crt")), authority, 0o644)?;
    }
    let proc = format!("--mount-proc={target}/proc");
    let inside = [&ALONE[..], &[&proc, "chroot", &target, "/bin/sh"]].concat();
    super::process::feed("setpriv", &inside, FINISH).await?;
    super::overlay::remove(&list)
}

/// What the machines of this base run.
pub fn system(base: &Path) -> Option<System> {
    let text = fs::read_to_string(base.join("usr/lib/os-release")).ok()?;
    System::coded(text.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="))?.trim_matches('"'))
}

/// Refuses where machines that are there were made of another system than is wanted now: labctl does not take away by
/// itself what somebody may have worked on.
///
/// # Errors
/// All machines that differ.
pub fn agree(paths: &LabPaths, hosts: &[HostName], wanted: Option<System>) -> Result<(), MachinesError> {
    let Some(wanted) = wanted else { return Ok(()) };
    let runs = |host: &HostName| {
        let folder = paths.machine(host);
        let base = folder.join("made").exists().then(|| fs::read_link(folder.join("base")).ok()).flatten()?;
        system(&base).filter(|runs| *runs != wanted).map(|runs| format!("{host} ({})", runs.name()))
    };
    let others: Vec<String> = hosts.iter().filter_map(runs).collect();
    if others.is_empty() {
        return Ok(());
    }
    let (wanted, others) = (wanted.name(), others.join(", "));
    let reason = format!("made with another system than the inventory's `system: {wanted}`: {others}");
    Err(trouble_with(
        reason,
        format!("`labctl reset` rebuilds the machines with {wanted}; what is on them now is lost"),
    ))
}

/// Whether the machines of this base trust more than Debian does.
pub fn has_authorities(base: &Path) -> bool {
    base.join("usr/local/share/ca-certificates/controller-0.crt").exists()
}

/// Removes what an interrupted build left, and bases of another time that no machine and no snapshot stands on. Under the
/// lock only.
fn remove_stale(current: Vec<PathBuf>) -> Result<(), MachinesError> {
    let machines = fs::read_dir(labs_folder()).into_iter().flatten().flatten().flat_map(|lab| {
        fs::read_dir(lab.path().join("machines")).into_iter().flatten().flatten().map(|machine| machine.path())
    });
    let disks = machines.flat_map(|machine| {
        let kept = fs::read_dir(machine.join("snapshots")).into_iter().flatten().flatten().map(|kept| kept.path());
        kept.chain([machine]).collect::<Vec<_>>()
    });
    let used: Vec<PathBuf> = disks.filter_map(|disk| fs::read_link(disk.join("base")).ok()).chain(current).collect();
    for entry in fs::read_dir(bases()).into_iter().flatten().flatten() {
        let path = entry.path();
        if used.contains(&path) {
            continue;
        }
        if path.is_dir() {
            unmount_below(&path)?;
        }
        super::overlay::remove(&path)?;
    }
    Ok(())
}
