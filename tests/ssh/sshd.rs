//! An OpenSSH server of our own: loopback, a temporary folder, nothing of the machine touched.

use crate::skip::skip;
use labctl::internals::inventory::{Host, Login, SshConfig};
use labctl::internals::transport::{Ended, Exec, Input, Listening, Person, Session, Ssh, SshDefaults};
use labctl::internals::unreachable::Lost;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub struct Lab {
    pub folder: TempDir,
    pub port: u16,
    pub user: String,
    server: Child,
}

/// `None` where there is no sshd: the test is then passed over.
pub fn lab() -> Option<Lab> {
    lab_with("")
}

pub fn lab_with(config: &str) -> Option<Lab> {
    let sshd = Path::new("/usr/sbin/sshd");
    if !sshd.exists() {
        skip("there is no /usr/sbin/sshd here");
        return None;
    }
    let user = said("id", &["-un"]);
    if user == "root" {
        // sshd empties its mind in this folder, and wants it even for one connection.
        fs::create_dir_all("/run/sshd").unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    for key in ["host", "key", "other"] {
        keygen(&folder.path().join(key), "ed25519", "");
    }
    fs::create_dir(at("home")).unwrap();
    fs::copy(at("key.pub"), at("authorized_keys")).unwrap();
    let port = free_port();
    // Who runs this test may have a shell that talks when it starts; in another home it does not.
    let text = format!(
        "{config}\nSetEnv HOME={}\nPort {port}\nListenAddress 127.0.0.1\nHostKey {}\nPidFile {}\nUsePAM no\nStrictModes no\n\
         PermitRootLogin yes\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nAuthorizedKeysFile {}\n",
        at("home"),
        at("host"),
        at("pid"),
        at("authorized_keys")
    );
    fs::write(at("sshd_config"), text).unwrap();
    let log = fs::File::create(at("log")).unwrap();
    let server = Command::new(sshd)
        .args(["-D", "-e", "-f", &at("sshd_config")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    let lab = Lab { folder, port, user, server };
    let until = Instant::now() + Duration::from_secs(10);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < until, "{}", fs::read_to_string(lab.at("log")).unwrap());
        std::thread::sleep(Duration::from_millis(10));
    }
    Some(lab)
}

impl Lab {
    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn person(&self) -> Person {
        Person { home: Some(self.at("home")), user: Some(self.user.clone()), agent: None }
    }

    pub fn ssh(&self) -> Ssh {
        self.ssh_of(self.person())
    }

    pub fn ssh_of(&self, person: Person) -> Ssh {
        let defaults = SshDefaults { known_hosts: self.at("known_hosts"), base: self.folder.path().into() };
        Ssh::with_person(defaults, person)
    }

    pub fn host(&self) -> Host {
        host(self.port, |login| login.key = Some("key".into()))
    }

    pub fn host_with(&self, change: impl FnOnce(&mut Login)) -> Host {
        host(self.port, |login| {
            login.key = Some("key".into());
            change(login);
        })
    }

    /// The sshd processes that serve connections.
    pub fn connections(&self) -> Vec<u32> {
        children(self.server.id())
    }

    pub fn stop(&mut self) {
        for child in self.connections() {
            for grandchild in children(child) {
                signal("KILL", grandchild);
            }
            signal("KILL", child);
        }
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.stop();
    }
}

pub fn host(port: u16, change: impl FnOnce(&mut Login)) -> Host {
    // Long, since tests share a busy machine.
    let connect_timeout = Duration::from_secs(30);
    let mut login = Login { port: Some(port), ssh_config: SshConfig::Ignore, connect_timeout, ..Login::default() };
    change(&mut login);
    Host { name: "web".parse().unwrap(), address: Some("127.0.0.1".into()), resolved: None, groups: Vec::new(), login }
}

pub fn keygen(file: &Path, kind: &str, passphrase: &str) {
    let file = file.display().to_string();
    said("ssh-keygen", &["-q", "-t", kind, "-N", passphrase, "-a", "4", "-C", "test", "-f", &file]);
}

/// A file with a secret, as labctl takes it: its owner's alone.
pub fn secret(file: &Path, text: &str) {
    fs::write(file, text).unwrap();
    fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

pub fn said(program: &str, words: &[&str]) -> String {
    let output = Command::new(program).args(words).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{program} {words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

pub fn signal(name: &str, process: u32) {
    let kill = format!("kill -{name} {process}");
    let _ = Command::new("sh").args(["-c", &kill]).stderr(Stdio::null()).status();
}

pub fn children(parent: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        let fields: Vec<_> = stat.rsplit_once(')').map(|(_, rest)| rest.split(' ').collect()).unwrap_or_default();
        if fields.get(2) == Some(&parent.to_string().as_str()) {
            found.extend(entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()));
        }
    }
    found
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub fn exec(command: &str, input: Input) -> Exec {
    Exec { command: command.into(), password: None, input }
}

pub fn script(text: impl Into<std::sync::Arc<str>>) -> Exec {
    exec("exec sh -s", Input::Text(text.into()))
}

/// Runs to the end, and gives all lines.
/// How a loss is told.
pub fn words(lost: Lost) -> String {
    labctl::internals::report::sentences::unreachable::reason(&lost.into())
}

pub async fn run(session: &impl Session, exec: Exec) -> (Result<Ended, Lost>, Vec<String>) {
    run_until(session, exec, &CancellationToken::new(), |_| Listening::More).await
}

pub async fn run_until(
    session: &impl Session,
    exec: Exec,
    cancel: &CancellationToken,
    mut flow: impl FnMut(&str) -> Listening + Send,
) -> (Result<Ended, Lost>, Vec<String>) {
    let mut lines = Vec::new();
    let mut hear = |line: &[u8]| {
        let line = String::from_utf8_lossy(line).into_owned();
        let next = flow(&line);
        lines.push(line);
        next
    };
    let ended = tokio::time::timeout(Duration::from_secs(60), session.run(exec, &mut hear, cancel)).await;
    (ended.expect("the command hangs"), lines)
}
