//! Where else than in this computer's own hosts file the names of a lab must stand, so that its browser finds them and a reboot
//! leaves them there.

use super::HostsFile;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Windows' hosts file, as Windows calls it.
const WINDOWS: &str = r"C:\Windows\System32\drivers\etc\hosts";

/// Why a second file must have the names, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Second {
    /// This is Linux within Windows (WSL): the browser is Windows', and reads its file. WSL makes this Linux's own file
    /// anew from it whenever it starts.
    Windows,
    /// cloud-init makes `/etc/hosts` anew from this template whenever the machine starts (`manage_etc_hosts: true`).
    CloudInit,
}

/// What stands around this computer's hosts file.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The files that must have the names, too.
    pub seconds: Vec<(Second, HostsFile)>,
    /// Whoever runs labctl has come over SSH from this address: the browser is there.
    pub visitor: Option<IpAddr>,
}

impl Surroundings {
    /// Those of this computer.
    pub fn found() -> Self {
        if cfg!(windows) {
            return Self::default();
        }
        Self::under(Path::new("/"), env::var("SSH_CONNECTION").ok().as_deref())
    }

    /// Those of a computer whose files lie under `root`, for a login with this `SSH_CONNECTION`.
    pub fn under(root: &Path, ssh_connection: Option<&str>) -> Self {
        let mut seconds = Vec::new();
        if let Some(mounted) = windows_below(root) {
            seconds.push((Second::Windows, HostsFile { path: mounted, windows: Some(WINDOWS.to_owned()) }));
        }
        if let Some(template) = cloud_template(root) {
            seconds.push((Second::CloudInit, HostsFile::at(template)));
        }
        let visitor = ssh_connection.and_then(|words| words.split(' ').next()?.parse().ok());
        // Somebody who logs in from this computer itself sits before it.
        Self { seconds, visitor: visitor.filter(|from: &IpAddr| !from.is_loopback()) }
    }
}

/// Windows' hosts file as WSL mounts it, whether or not it is there.
fn windows_below(root: &Path) -> Option<PathBuf> {
    let kernel = fs::read_to_string(root.join("proc/version")).ok()?;
    if !kernel.to_lowercase().contains("microsoft") {
        return None;
    }
    let settings = fs::read_to_string(root.join("etc/wsl.conf")).unwrap_or_default();
    let mut section = "";
    let mut mounts = "/mnt/";
    for line in settings.lines().map(str::trim) {
        match line.split_once('=') {
            None if line.starts_with('[') => section = line,
            Some((key, value)) if section == "[automount]" && key.trim() == "root" => {
                mounts = value.trim().trim_matches('"');
            }
            _ => {}
        }
    }
    let mounts = root.join(mounts.trim_start_matches('/'));
    Some(mounts.join("c/Windows/System32/drivers/etc/hosts"))
}

/// The template that cloud-init makes `/etc/hosts` of, where it does.
fn cloud_template(root: &Path) -> Option<PathBuf> {
    let cloud = root.join("etc/cloud");
    if !cloud.is_dir() || cloud.join("cloud-init.disabled").exists() {
        return None;
    }
    let mut files: Vec<PathBuf> =
        fs::read_dir(cloud.join("cloud.cfg.d")).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "cfg"));
    files.sort();
    files.insert(0, cloud.join("cloud.cfg"));
    // What the machine was made with counts last. Only root may read it.
    files.push(root.join("var/lib/cloud/instance/cloud-config.txt"));
    let setting = files.iter().filter_map(|file| managed(&fs::read_to_string(file).ok()?)).next_back();
    if !setting? {
        return None;
    }
    let system = fs::read_to_string(root.join("etc/os-release")).unwrap_or_default().to_lowercase();
    let family = match () {
        () if system.contains("suse") => "suse",
        () if system.contains("rhel") || system.contains("fedora") => "redhat",
        () => "debian",
    };
    Some(cloud.join(format!("templates/hosts.{family}.tmpl")))
}

/// What a file of settings says last of `manage_etc_hosts`: `localhost` leaves all other lines alone.
fn managed(settings: &str) -> Option<bool> {
    let mut values = settings.lines().filter_map(|line| line.trim().strip_prefix("manage_etc_hosts:"));
    let value = values.next_back()?.split('#').next()?.trim().trim_matches(['"', '\'']).to_lowercase();
    Some(matches!(value.as_str(), "true" | "yes" | "on" | "template"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn computer(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn seconds(files: &[(&str, &str)]) -> Vec<(Second, String)> {
        let root = computer(files);
        let found = Surroundings::under(root.path(), None).seconds;
        let name =
            |file: &HostsFile| file.path.strip_prefix(root.path()).unwrap().display().to_string().replace('\\', "/");
        found.iter().map(|(why, file)| (*why, name(file))).collect()
    }

    #[test]
    fn linux_within_windows_is_known_by_its_kernel() {
        let mounted = |at: &str| vec![(Second::Windows, format!("{at}/c/Windows/System32/drivers/etc/hosts"))];
        let two = "Linux version 5.15.167.4-microsoft-standard-WSL2 (root@f9c826d3017f)";
        assert_eq!(seconds(&[("proc/version", two)]), mounted("mnt"));
        let one = "Linux version 4.4.0-22621-Microsoft (Microsoft@Microsoft.com)";
        assert_eq!(seconds(&[("proc/version", one)]), mounted("mnt"));
        let elsewhere = "[boot]\nroot=/no\n[automount]\nenabled = true\nroot = /windir/\n";
        assert_eq!(seconds(&[("proc/version", two), ("etc/wsl.conf", elsewhere)]), mounted("windir"));
        assert_eq!(seconds(&[("proc/version", "Linux version 6.1.0-18-amd64 (debian-kernel@lists.debian.org)")]), []);
        assert_eq!(seconds(&[]), []);
    }

    #[test]
    fn cloud_init_counts_where_it_writes_the_file_anew() {
        let debian = vec![(Second::CloudInit, "etc/cloud/templates/hosts.debian.tmpl".to_owned())];
        let main = |text| ("etc/cloud/cloud.cfg", text);
        assert_eq!(seconds(&[main("users:\n- default\nmanage_etc_hosts: true\n")]), debian);
        assert_eq!(
            seconds(&[main("x: 1\n"), ("etc/cloud/cloud.cfg.d/90.cfg", "manage_etc_hosts: template # old\n")]),
            debian
        );
        let made = ("var/lib/cloud/instance/cloud-config.txt", "#cloud-config\nmanage_etc_hosts: True\n");
        assert_eq!(seconds(&[main("manage_etc_hosts: false\n"), made]), debian);
        let suse = ("etc/os-release", "ID=\"opensuse-leap\"\n");
        let found = seconds(&[main("manage_etc_hosts: true\n"), suse]);
        assert_eq!(found[0].1, "etc/cloud/templates/hosts.suse.tmpl");
        for left_alone in
            ["manage_etc_hosts: localhost\n", "manage_etc_hosts: false\n", "# manage_etc_hosts: true\n", ""]
        {
            assert_eq!(seconds(&[main(left_alone)]), [], "{left_alone}");
        }
        let later = ("etc/cloud/cloud.cfg.d/99.cfg", "manage_etc_hosts: false\n");
        assert_eq!(seconds(&[main("manage_etc_hosts: true\n"), later]), []);
        assert_eq!(seconds(&[main("manage_etc_hosts: true\n"), ("etc/cloud/cloud-init.disabled", "")]), []);
    }

    #[test]
    fn whoever_came_over_ssh_has_the_browser_elsewhere() {
        let from = |words| Surroundings::under(Path::new("/nowhere"), words).visitor.map(|from| from.to_string());
        assert_eq!(from(Some("192.168.1.20 50522 192.168.1.7 22")), Some("192.168.1.20".to_owned()));
        assert_eq!(from(Some("fe80::1 50522 fe80::2 22")), Some("fe80::1".to_owned()));
        for here in [Some("127.0.0.1 50522 127.0.0.1 22"), Some("::1 5 ::1 22"), Some(""), Some("UNKNOWN 1 2 3"), None]
        {
            assert_eq!(from(here), None, "{here:?}");
        }
    }
}
