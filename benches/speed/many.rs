//! A thousand hosts on one computer: every address of 127.0.0.0/8 is this computer, and one sshd answers on all of them.
//!
//! Each session, whoever opens it, gets folders of its own where labctl keeps its lock and its state, for a thousand hosts do
//! not share them, with what a run leaves there: that is an `unshare`, two mounts and a `mkdir` for every way alike.

use super::lab::Host;
use super::ten;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const SESSION: &str = "#!/bin/sh
exec unshare -m --propagation private sh -c '
    mkdir -p /run/labctl /var/lib/labctl
    mount -t tmpfs tmpfs /run/labctl && mount -t tmpfs tmpfs /var/lib/labctl && mkdir -m 700 /run/labctl/many && eval \"$SSH_ORIGINAL_COMMAND\"'
";

/// The sshd; ends with the value.
pub struct Many {
    folder: tempfile::TempDir,
    port: u16,
    sshd: Child,
}

impl Many {
    /// Starts it, with what the checks look at.
    pub fn begin() -> Result<Self, String> {
        let failed = |error: std::io::Error| error.to_string();
        let folder = tempfile::tempdir().map_err(failed)?;
        let path = |file: &str| folder.path().join(file);
        for key in ["host", "id"] {
            let mut keygen = Command::new("ssh-keygen");
            keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path(key));
            keygen.status().map_err(failed)?;
        }
        let public = fs::read_to_string(path("id.pub")).map_err(failed)?;
        let session = path("session");
        fs::write(path("authorized"), public).map_err(failed)?;
        fs::write(&session, SESSION).map_err(failed)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&session, fs::Permissions::from_mode(0o755)).map_err(failed)?;
        }
        ten::files(folder.path())?;
        let port = TcpListener::bind("127.0.0.1:0").and_then(|own| own.local_addr()).map_err(failed)?.port();
        let show = |file: &str| path(file).display().to_string();
        // In another home than that of whoever measures, whose shell may do much when it starts.
        let config = format!(
            "SetEnv HOME={}\nPort {port}\nListenAddress 0.0.0.0\nHostKey {}\nAuthorizedKeysFile {}\nAllowUsers root@127.0.0.0/8\n\
             PermitRootLogin yes\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nStrictModes no\nUsePAM no\n\
             MaxStartups 2000\nForceCommand {}\nPidFile none\nUseDNS no\n",
            folder.path().display(),
            show("host"),
            show("authorized"),
            show("session"),
        );
        fs::write(path("sshd_config"), config).map_err(failed)?;
        fs::create_dir_all("/run/sshd").map_err(failed)?;
        let mut sshd = Command::new("/usr/sbin/sshd");
        sshd.args(["-D", "-e", "-f"]).arg(path("sshd_config")).stdin(Stdio::null()).stderr(Stdio::null());
        let sshd = sshd.spawn().map_err(|error| format!("sshd: {error}"))?;
        let many = Self { folder, port, sshd };
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if begun.elapsed() > Duration::from_secs(10) {
                return Err("sshd does not answer".into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(many)
    }

    /// A file of its folder.
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// The folder.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    fn address(n: usize) -> String {
        format!("127.{}.{}.{}", 10 + n / 62_500, n / 250 % 250, n % 250 + 1)
    }

    /// An inventory of so many hosts and a playbook of ten checks that all hold; as labctl's words.
    pub fn step(&self, hosts: usize) -> Result<Command, String> {
        let failed = |error: std::io::Error| error.to_string();
        let mut text = format!(
            "lab: many\nssh: {{ user: root, port: {}, key: {}, config: false }}\nhosts:\n",
            self.port,
            self.path("id").display()
        );
        for n in 0..hosts {
            text.push_str(&format!("  h{n}: {{ address: {}, groups: [app] }}\n", Self::address(n)));
        }
        let file = format!("many-{hosts}.yaml");
        fs::write(self.path(&file), text).map_err(failed)?;
        fs::create_dir_all(self.path("playbooks")).map_err(failed)?;
        fs::write(self.path("playbooks/ten.yaml"), ten::book(self.folder.path())).map_err(failed)?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_labctl"));
        command.args(["step", "ten", "-q", "-i", &file]).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("NO_COLOR", "1").env_remove("LABCTL_INVENTORY");
        Ok(command)
    }

    /// So many hosts, for the floor.
    pub fn hosts(&self, hosts: usize) -> Result<Vec<Host>, String> {
        let script = ten::looks(self.folder.path())?;
        Ok((0..hosts)
            .map(|n| Host {
                address: Self::address(n),
                port: self.port,
                user: "root".into(),
                key: self.path("id"),
                command: "sh -s".into(),
                script: script.clone(),
            })
            .collect())
    }
}

impl Drop for Many {
    fn drop(&mut self) {
        let _ = self.sshd.kill();
        let _ = self.sshd.wait();
    }
}
