//! The files that make a copy of the base this one machine: its name, its address, its keys, its way to the world.

use super::host_settings::{apt_settings_inside, environment, nameservers};
use super::paths::LabPaths;
use super::process::{trouble, while_doing};
use super::record::Record;
use super::subnet::gateway;
use crate::infra::machines::MachinesError;
use crate::infra::machines::names::digest;
use crate::model::name::HostName;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

const BEGIN: &str = "# The machines of this lab, kept by labctl";
const END: &str = "# End of the machines of this lab";
const RESOLV: &str = "# Kept by labctl: the nameservers of the computer that runs this machine";

/// What is the same for all machines of a lab.
#[derive(Debug, Clone)]
pub struct LabSettings {
    /// The lab's subnet and the address of each host.
    pub record: Record,
    /// The largest packet that leaves this computer.
    pub mtu: u32,
    /// The public key that may log in.
    pub login: String,
    /// This computer's settings of apt that machines inherit.
    pub apt: Vec<String>,
}

/// One machine's host key: the private text and the public line.
#[derive(Debug, Clone)]
pub struct HostKey {
    /// The private key in OpenSSH's own file format.
    pub private: String,
    /// The public line, as in `known_hosts`: `ssh-ed25519 ...`.
    pub public: String,
}

fn write(root: &Path, name: &str, content: &str, mode: u32) -> Result<(), MachinesError> {
    let path = root.join(name);
    let written = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, content)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))
    };
    written().map_err(while_doing("write", &path))
}

/// Writes what a new machine needs before its first boot.
///
/// # Errors
/// A file cannot be written.
pub fn first(
    paths: &LabPaths,
    host: &HostName,
    shared: &LabSettings,
    key: &HostKey,
    extra_ca: bool,
) -> Result<(), MachinesError> {
    let root = paths.root(host);
    let gateway = gateway(shared.record.subnet);
    write(&root, "etc/hostname", &format!("{}\n", hostname(host)), 0o644)?;
    write(&root, "etc/machine-id", &format!("{}\n", digest(&format!("machine {}", paths.mark(host)), 32)), 0o444)?;
    write(&root, "etc/hosts", "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n", 0o644)?;
    write(&root, "etc/resolv.conf", RESOLV, 0o644)?;
    write(&root, "etc/ssh/ssh_host_ed25519_key", &key.private, 0o600)?;
    write(&root, "etc/ssh/ssh_host_ed25519_key.pub", &format!("{}\n", key.public), 0o644)?;
    let authorized = "home/student/.ssh/authorized_keys";
    write(&root, authorized, &format!("{}\n", shared.login), 0o600)?;
    let path = root.join(authorized);
    chown(&path, Some(1000), Some(1000)).map_err(while_doing("give to student", &path))?;
    write(&root, "etc/apt/apt.conf.d/80controller", &apt_settings_inside(&shared.apt, gateway), 0o644)?;
    let hosts = shared.record.addresses();
    let near: Vec<String> = hosts.iter().flat_map(|(name, address)| [name.to_string(), address.to_string()]).collect();
    let environment = environment(gateway, &near, extra_ca);
    if !environment.is_empty() {
        let lines: String = environment.iter().map(|(name, value)| format!("{name}=\"{value}\"\n")).collect();
        write(&root, "etc/environment", &lines, 0o644)?;
        // Sessions read /etc/environment; what runs under sudo and services of systemd do not.
        write(&root, "etc/sudoers.d/controller", "Defaults env_file=/etc/environment\n", 0o440)?;
        let quoted = environment.iter().map(|(name, value)| format!(" \"{name}={}\"", value.replace('%', "%%")));
        let defaults = format!("[Manager]\nDefaultEnvironment={}\n", quoted.collect::<String>());
        write(&root, "etc/systemd/system.conf.d/controller.conf", &defaults, 0o644)?;
    }
    refresh(paths, host, shared)
}

/// Writes what may have changed since: the neighbours, the nameservers, the network. Also in a machine that runs.
///
/// # Errors
/// A file cannot be written.
pub fn refresh(paths: &LabPaths, host: &HostName, shared: &LabSettings) -> Result<(), MachinesError> {
    let root = paths.root(host);
    let net = shared.record.subnet;
    let address = shared.record.address(host).ok_or_else(|| trouble(format!("{host} has no address")))?;
    // Before 80-container-host0.network, which systemd brings along and which would ask for DHCP.
    let network = format!(
        "[Match]\nName=host0\n\n[Link]\nMTUBytes={}\n\n[Network]\nAddress={address}/{}\nGateway={}\nDHCP=no\nIPv6AcceptRA=no\n",
        shared.mtu,
        net.prefix_len(),
        gateway(net)
    );
    replace(&root, "etc/systemd/network/10-labctl.network", |_| Some(network))?;
    let servers: String = nameservers().iter().map(|server| format!("nameserver {server}\n")).collect();
    // Whoever wrote another one in the machine wants that one.
    replace(&root, "etc/resolv.conf", |now| now.starts_with(RESOLV).then(|| format!("{RESOLV}\n{servers}")))?;
    replace(&root, "etc/hosts", |now| Some(with_neighbours(now, &shared.record)))
}

/// Changes a file of a machine that its own root may have changed before: never through a link, which could lead to
/// a file of this computer.
fn replace(root: &Path, name: &str, new: impl FnOnce(&str) -> Option<String>) -> Result<(), MachinesError> {
    let mut path = root.to_path_buf();
    for part in Path::new(name) {
        path.push(part);
        if fs::symlink_metadata(&path).is_ok_and(|seen| seen.is_symlink()) {
            return Ok(());
        }
    }
    let now = fs::read_to_string(&path).unwrap_or_default();
    match new(&now) {
        Some(content) if content != now => write(root, name, &content, 0o644),
        _ => Ok(()),
    }
}

fn with_neighbours(now: &str, record: &Record) -> String {
    let mut inside = false;
    let mut text = String::new();
    for line in now.lines() {
        inside |= line == BEGIN;
        if !inside {
            text.push_str(line);
            text.push('\n');
        }
        inside &= line != END;
    }
    text.push_str(&format!("{BEGIN}\n"));
    text.extend(record.addresses().iter().map(|(name, address)| format!("{address} {name}\n")));
    text + END + "\n"
}

/// The name that the machine itself goes by; host names have no `_`.
pub fn hostname(host: &HostName) -> String {
    host.as_str().replace('_', "-").trim_end_matches('-').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_written_once_and_others_stay() {
        let record = Record {
            subnet: "10.71.3.0/24".parse().unwrap(),
            hosts: [("web".parse().unwrap(), 10), ("app1".parse().unwrap(), 11)].into(),
        };
        let first = with_neighbours("127.0.0.1 localhost\n", &record);
        assert_eq!(first, format!("127.0.0.1 localhost\n{BEGIN}\n10.71.3.10 web\n10.71.3.11 app1\n{END}\n"));
        assert_eq!(with_neighbours(&first, &record), first);
        let more = with_neighbours(&format!("{first}192.0.2.1 mine\n"), &record);
        assert!(more.contains("192.0.2.1 mine\n") && more.matches("web").count() == 1, "{more}");
    }

    #[test]
    fn a_link_in_a_machine_is_not_followed() {
        let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::NamedTempFile::new().unwrap());
        fs::create_dir(root.path().join("etc")).unwrap();
        std::os::unix::fs::symlink(outside.path(), root.path().join("etc/hosts")).unwrap();
        replace(root.path(), "etc/hosts", |_| Some("x".into())).unwrap();
        assert_eq!(fs::read_to_string(outside.path()).unwrap(), "");
    }
}
