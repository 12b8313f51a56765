//! Computers made of files and shell scripts.
#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

use super::*;
use crate::model::computer::{DiskRole, HostsAccess, HostsOwner, KeyFault, KeyFile, Program, Room, SandboxHere};
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// A computer in a folder: files, programs that print something, and keys with their rights.
struct Made(tempfile::TempDir);

impl Made {
    fn new() -> Self {
        let made = Self(tempfile::tempdir().unwrap());
        for (file, text) in [
            ("proc/version", "Linux version 6.1.0-18-amd64 (debian-kernel@lists.debian.org)"),
            ("proc/meminfo", "MemTotal: 4194304 kB\nMemAvailable: 2097152 kB\n"),
            ("proc/self/status", "CapBnd:\t000001ffffffffff\n"),
            ("proc/filesystems", "nodev\toverlay\n"),
            ("etc/hosts", "127.0.0.1 localhost\n"),
            ("etc/nsswitch.conf", "hosts: files dns\n"),
        ] {
            made.put(file, text, 0o644);
        }
        made.program("ssh", "echo 'OpenSSH_9.2p1 Debian-2, OpenSSL 3.0.15' >&2");
        made.program("git", "case $1 in config) exit 1;; *) echo 'git version 2.39.5';; esac");
        made.program("df", "echo head; echo '/dev/vda 9 8 5242880 62% /'");
        made.program("virsh", "exit 1");
        made
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    fn put(&self, file: &str, text: &str, mode: u32) {
        let file = self.path(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn program(&self, name: &str, script: &str) {
        self.put(&format!("bin/{name}"), &format!("#!/bin/sh\n{script}\n"), 0o755);
    }

    async fn look(&self) -> Computer {
        self.look_with(|_| {}).await
    }

    async fn look_with(&self, change: impl FnOnce(&mut Place)) -> Computer {
        let person = Person { home: Some(self.path("home")), user: None, agent: None };
        let (root, here, search) = (self.0.path().to_owned(), self.path("here"), vec![self.path("bin")]);
        let mut place = Place { root, here, person, search, hosts_file: None };
        change(&mut place);
        look_with(&place, async |name: &str| {
            Some(if name == "localhost" { vec!["127.0.0.1".parse().unwrap()] } else { Vec::new() })
        })
        .await
    }
}

#[tokio::test]
async fn everything_is_seen_where_it_is() {
    let made = Made::new();
    made.put("home/.ssh/id_ed25519", "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n", 0o600);
    made.put("home/.ssh/work.pem", "-----BEGIN RSA PRIVATE KEY-----\nx\n", 0o640);
    made.put("home/.ssh/id_ed25519.pub", "ssh-ed25519 AAAA", 0o644);
    made.put("home/.ssh/known_hosts", "x ssh-ed25519 AAAA\n", 0o644);
    let seen = made.look().await;
    assert_eq!(seen.platform, Platform::Linux);
    assert_eq!(seen.ssh, Program::Version("OpenSSH_9.2p1 Debian-2, OpenSSL 3.0.15".into()));
    assert_eq!(seen.git, Program::Version("git version 2.39.5".into()));
    assert!(!seen.autocrlf);
    assert_eq!(seen.agent, AgentSeen::None);
    let key = |name: &str, fault| KeyFile { file: made.path("home/.ssh").join(name).display().to_string(), fault };
    let keys = [key("id_ed25519", None), key("work.pem", Some(KeyFault::Open { mode: 0o640 }))];
    assert_eq!(seen.keys.as_deref(), Some(&keys[..]));
    assert_eq!(seen.makers, ["libvirt"]);
    assert_eq!(seen.memory, Some(Room { free: 2 << 30, total: 4 << 30 }));
    let disks: Vec<_> = seen.disks.iter().map(|disk| (disk.role, disk.free)).collect();
    assert_eq!(disks, [(DiskRole::Work, 5 << 30), (DiskRole::Machines, 5 << 30)]);
    let [hosts] = seen.hosts.as_slice() else { panic!("{:?}", seen.hosts) };
    assert_eq!((hosts.owner, &hosts.access), (HostsOwner::System, &HostsAccess::Writable));
    assert!(matches!(seen.sandbox, SandboxHere::Possible { .. } | SandboxHere::Lacks(_)), "{:?}", seen.sandbox);
    assert_eq!(seen.names.localhost.len(), 1);
    assert_eq!((seen.names.found, seen.names.without_hosts_file), (Some(Vec::new()), None));
}

#[tokio::test]
async fn what_is_not_there_or_says_nothing_is_told_apart() {
    let made = Made::new();
    fs::remove_file(made.path("bin/ssh")).unwrap();
    fs::remove_file(made.path("bin/df")).unwrap();
    made.put("bin/virsh", "#!/bin/sh\n", 0o644);
    made.program("git", "case $1 in config) echo true;; *) exit 3;; esac");
    made.put("proc/meminfo", "nothing", 0o644);
    let seen = made.look_with(|place| place.person = Person::default()).await;
    assert_eq!(seen.ssh, Program::Absent);
    assert_eq!(seen.git, Program::Silent { file: made.path("bin/git").display().to_string() });
    assert!(seen.autocrlf);
    assert_eq!((seen.keys, seen.makers, seen.memory, seen.disks), (None, vec![], None, vec![]));
}

#[tokio::test]
async fn an_agent_that_is_gone_is_silent() {
    let made = Made::new();
    let socket = made.path("agent");
    let seen = made.look_with(|place| place.person.agent = Some(socket.clone())).await;
    assert_eq!(seen.agent, AgentSeen::Silent { socket: socket.display().to_string() });
}

#[tokio::test]
async fn a_hosts_file_is_left_as_it_is_whatever_is_found() {
    let made = Made::new();
    let broken = "127.0.0.1 localhost\n# END labctl nobody\n";
    for (text, refused) in [("127.0.0.1 localhost\n", false), (broken, true)] {
        made.put("etc/hosts", text, 0o644);
        let before = fs::metadata(made.path("etc/hosts")).unwrap().modified().unwrap();
        let seen = made.look().await;
        assert_eq!(matches!(seen.hosts[0].access, HostsAccess::Refused { .. }), refused, "{:?}", seen.hosts);
        assert_eq!(fs::read_to_string(made.path("etc/hosts")).unwrap(), text);
        assert_eq!(fs::metadata(made.path("etc/hosts")).unwrap().modified().unwrap(), before);
        assert_eq!(fs::read_dir(made.path("etc")).unwrap().count(), 2, "nothing is left beside it");
    }
    let other = made.path("other");
    let seen = made.look_with(|place| place.hosts_file = Some(other.clone())).await;
    let hosts: Vec<_> = seen.hosts.iter().map(|file| (file.file.clone(), file.owner)).collect();
    assert_eq!(hosts, [(other.display().to_string(), HostsOwner::Nobody)]);
    assert!(!other.exists());
}

#[tokio::test]
async fn linux_within_windows_has_windows_hosts_file_too() {
    let made = Made::new();
    made.put("proc/version", "Linux version 5.15.167.4-microsoft-standard-WSL2", 0o644);
    let seen = made.look().await;
    assert_eq!(seen.platform, Platform::Wsl);
    let owners: Vec<_> = seen.hosts.iter().map(|file| file.owner).collect();
    assert_eq!(owners, [HostsOwner::System, HostsOwner::Windows]);
    // It is not mounted here.
    assert_eq!(seen.hosts[1].access, HostsAccess::Denied);
}
