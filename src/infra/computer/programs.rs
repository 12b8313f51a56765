//! Programs of this computer: whether they are there, and what they say.

use super::super::transport::{WINDOWS_FOLDERS, std_command};
use crate::model::computer::Program;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;
use tokio::time::timeout;

/// A program that hangs is as good as none.
const PATIENCE: Duration = Duration::from_secs(5);

/// The programs that make virtual machines: their files, and what people call them.
const MAKERS: &[(&str, &str)] = &[
    ("multipass", "multipass"),
    ("VBoxManage", "VirtualBox"),
    ("vmrun", "VMware"),
    ("vmconnect", "Hyper-V"),
    ("utmctl", "UTM"),
    ("prlctl", "Parallels"),
    ("virsh", "libvirt"),
    ("incus", "Incus"),
    ("lxc", "LXD"),
    ("qemu-system-x86_64", "QEMU"),
    ("qemu-system-aarch64", "QEMU"),
];

/// Folders in which such programs are although the search path of a shell may lack them.
pub fn usual_folders() -> Vec<PathBuf> {
    let folders: &[&str] = match env::consts::OS {
        "windows" => &[
            r"C:\Windows\System32",
            r"C:\Program Files\Oracle\VirtualBox",
            r"C:\Program Files (x86)\VMware\VMware Workstation",
            r"C:\Program Files\VMware\VMware Workstation",
        ],
        "macos" => &[
            "/usr/local/bin",
            "/opt/homebrew/bin",
            "/Applications/UTM.app/Contents/MacOS",
            "/Applications/VMware Fusion.app/Contents/Library",
        ],
        _ => &["/usr/sbin", "/sbin", "/usr/bin", "/bin", "/snap/bin"],
    };
    let clients = if env::consts::OS == "windows" { WINDOWS_FOLDERS } else { &[] };
    folders.iter().chain(clients).map(PathBuf::from).collect()
}

/// Programs in some folders.
pub struct Programs<'a>(&'a [PathBuf]);

impl<'a> Programs<'a> {
    /// Those in these folders, the first one first.
    pub fn new(search: &'a [PathBuf]) -> Self {
        Self(search)
    }

    fn find(&self, name: &str) -> Option<PathBuf> {
        let name = format!("{name}{}", env::consts::EXE_SUFFIX);
        self.0.iter().map(|folder| folder.join(&name)).find(|file| runs(file))
    }

    /// Which version a program says that it is: the first line that it prints.
    pub async fn version(&self, name: &str, args: &[&str]) -> Program {
        let Some(file) = self.find(name) else { return Program::Absent };
        let said = said(&file, args).await;
        let line = said.as_deref().and_then(|text| text.lines().find(|line| !line.trim().is_empty()));
        match line {
            Some(line) => Program::Version(line.trim().to_owned()),
            None => Program::Silent { file: file.display().to_string() },
        }
    }

    /// What a program prints, if it is there and ends well.
    pub async fn ask(&self, name: &str, args: &[&str]) -> Option<String> {
        said(&self.find(name)?, args).await
    }

    /// The programs for virtual machines that are there.
    pub fn makers(&self) -> Vec<&'static str> {
        let mut found: Vec<_> =
            MAKERS.iter().filter(|(file, _)| self.find(file).is_some()).map(|(_, is)| *is).collect();
        found.dedup();
        found
    }
}

/// What a program prints: ssh tells its version on standard error.
async fn said(file: &Path, args: &[&str]) -> Option<String> {
    let mut command = Command::from(std_command(&file.display().to_string()));
    command.args(args).env("LC_ALL", "C").stdin(Stdio::null()).kill_on_drop(true);
    let output = timeout(PATIENCE, command.output()).await.ok()?.ok()?;
    let text = if output.stdout.trim_ascii().is_empty() { output.stderr } else { output.stdout };
    output.status.success().then(|| String::from_utf8_lossy(&text).into_owned())
}

#[cfg(unix)]
fn runs(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn runs(file: &Path) -> bool {
    file.is_file()
}
