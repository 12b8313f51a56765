//! Three machines with the whole exercise on them, taken away at the end.

use super::measure::Way;
use labctl::internals::machines::Sandbox;
use labctl::internals::name::{HostName, NameError};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PROBE: &str = include_str!("probe.sh");

/// A host, and what the floor asks it.
#[derive(Clone)]
pub struct Host {
    /// Where it listens.
    pub address: String,
    /// Its SSH port.
    pub port: u16,
    /// Who logs in.
    pub user: String,
    /// With which private key.
    pub key: PathBuf,
    /// What is run.
    pub command: String,
    /// What it reads; ends by printing `end .`.
    pub script: Vec<u8>,
}

impl Host {
    /// As words of a command line, for this program started again.
    fn words(&self, folder: &Path) -> Result<[String; 6], String> {
        let mut asked = DefaultHasher::new();
        self.script.hash(&mut asked);
        let file = folder.join(format!("{:016x}.probe", asked.finish()));
        fs::write(&file, &self.script).map_err(|error| error.to_string())?;
        let text = |path: &Path| path.display().to_string();
        let (port, user, command) = (self.port.to_string(), self.user.clone(), self.command.clone());
        Ok([self.address.clone(), port, user, text(&self.key), command, text(&file)])
    }

    fn read(words: &[String]) -> Result<Self, String> {
        let [address, port, user, key, command, script] = words else { return Err("six words for a host".into()) };
        Ok(Self {
            address: address.clone(),
            port: port.parse().map_err(|_| format!("`{port}` is no port"))?,
            user: user.clone(),
            key: key.into(),
            command: command.clone(),
            script: fs::read(script).map_err(|error| format!("{script}: {error}"))?,
        })
    }
}

/// This program, started again as the floor: a program of its own, as labctl is one.
pub fn floor(name: &str, hosts: &[Host], folder: &Path, forks: usize) -> Result<Way, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let list = folder.join(format!("floor-{}-{}", hosts.len(), name.replace([' ', '`'], "-")));
    let mut lines = String::new();
    for host in hosts {
        lines.push_str(&host.words(folder)?.join("\t"));
        lines.push('\n');
    }
    fs::write(&list, lines).map_err(|error| error.to_string())?;
    let mut command = Command::new(own);
    command.arg("floor").arg(list).arg(forks.to_string());
    Ok(Way::new(name, command))
}

/// The hosts that such a list names.
pub fn read_list(list: &str) -> Result<Vec<Host>, String> {
    let text = fs::read_to_string(list).map_err(|error| format!("{list}: {error}"))?;
    text.lines().map(|line| Host::read(&line.split('\t').map(str::to_owned).collect::<Vec<_>>())).collect()
}

/// The system's `ssh`, one process for each host, at most `forks` at a time.
pub fn by_ssh(name: &str, hosts: &[Host], options: &[&str], folder: &Path, forks: usize) -> Result<Way, String> {
    let mut lines = String::new();
    for host in hosts {
        let [address, port, user, key, command, file] = host.words(folder)?;
        lines.push_str(&format!("{file} -p {port} -i {key} {user}@{address} '{command}'\n"));
    }
    let list = folder.join(format!("ssh-{}-{}", hosts.len(), name.replace([' ', '`', '/'], "-")));
    fs::write(&list, lines).map_err(|error| error.to_string())?;
    let plain = "-F /dev/null -o BatchMode=yes -o IdentitiesOnly=yes -o LogLevel=ERROR -o StrictHostKeyChecking=no \
                 -o UserKnownHostsFile=/dev/null";
    let line = format!("file=$1; shift; exec ssh {plain} {} \"$@\" < \"$file\"", options.join(" "));
    let mut command = Command::new("xargs");
    command.args(["-P", &forks.to_string(), "-n", "7", "-a"]).arg(list).args(["sh", "-c", &line, "sh"]);
    Ok(Way::new(name, command))
}

/// A lab on machines of its own.
pub struct Lab {
    /// Holds the inventories.
    pub folder: tempfile::TempDir,
    name: String,
    addresses: Vec<(String, String)>,
}

impl Lab {
    /// Writes the inventories; makes nothing.
    pub fn new(name: &str) -> Result<Self, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let lab = Self { folder, name: format!("{name}{}", std::process::id()), addresses: Vec::new() };
        let shipped = fs::read_to_string(root.join("inventory/sandbox.yaml")).map_err(|error| error.to_string())?;
        let apps = root.join("demo").display().to_string();
        let text = shipped.replace("lab: sandbox", &format!("lab: {}", lab.name)).replace("../demo", &apps);
        lab.write("sandbox.yaml", &text)?;
        lab.write("hosts", "127.0.0.1\tlocalhost\n")?;
        Ok(lab)
    }

    /// Makes the machines, and everything on them.
    pub fn up(&mut self) -> Result<(), String> {
        self.run(&["up", "sandbox.yaml", "-q"])?;
        let names: Result<Vec<HostName>, _> = ["web", "app1", "app2"].iter().map(|name| name.parse()).collect();
        let names = names.map_err(|error| error.to_string())?;
        let lab = self.name.parse().map_err(|error: NameError| error.to_string())?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
        let found = runtime.block_on(Sandbox::new(lab).addresses(&names)).map_err(|error| error.reason)?;
        self.addresses = found.into_iter().map(|(name, address)| (name.to_string(), address.to_string())).collect();
        let sandbox = fs::read_to_string(self.path("sandbox.yaml")).map_err(|error| error.to_string())?;
        let login = format!("ssh: {{ user: student, key: {}, config: false }}", self.key().display());
        let mut text = sandbox.replace("provider: sandbox", &login);
        for (host, address) in &self.addresses {
            let mark = format!("  {host}:");
            let (before, after) = text.split_once(&mark).ok_or_else(|| format!("no host {host} in the inventory"))?;
            let after = after.trim_start().strip_prefix('{').ok_or("a host is written in braces")?;
            text = format!("{before}{mark} {{ address: {address},{after}");
        }
        self.write("existing.yaml", &text)
    }

    /// labctl in the lab's folder.
    pub fn labctl(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_labctl"));
        command.args(words).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("NO_COLOR", "1").env("LABCTL_HOSTS_FILE", self.path("hosts")).env_remove("LABCTL_INVENTORY");
        command
    }

    /// Runs it, and gives what it prints.
    pub fn run(&self, words: &[&str]) -> Result<String, String> {
        let output = self.labctl(words).output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let told = String::from_utf8_lossy(&output.stderr);
        output.status.success().then_some(said.clone()).ok_or_else(|| format!("labctl {words:?}: {said}{told}"))
    }

    /// Its hosts, with the hand-written probe.
    pub fn hosts(&self) -> Vec<Host> {
        let address = |name: &str| self.addresses.iter().find(|(host, _)| host == name).map(|(_, a)| a.clone());
        let known = "user=student home=/home/student port=3000 config=dumbways sites='demo.lab.test app1.lab.test'\n";
        let host = |name: &str| Host {
            address: address(name).unwrap_or_default(),
            port: 22,
            user: "student".into(),
            key: self.key(),
            command: "sudo -n sh -s".into(),
            script: format!("role={} {known}{PROBE}", if name == "web" { "web" } else { "app" }).into_bytes(),
        };
        ["web", "app1", "app2"].map(host).into()
    }

    /// The same, without a request for a page: only what the machines are like.
    pub fn quiet_hosts(&self) -> Vec<Host> {
        let quiet = |host: Host| Host { script: [b"asks=\n".as_slice(), &host.script].concat(), ..host };
        self.hosts().into_iter().map(quiet).collect()
    }

    /// The private key that the machines know.
    pub fn key(&self) -> PathBuf {
        PathBuf::from(format!("/var/lib/labctl/sandbox/{}/id_ed25519", self.name))
    }

    /// A file of the lab's folder.
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// Writes one.
    pub fn write(&self, file: &str, text: &str) -> Result<(), String> {
        let path = self.path(file);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        made.and_then(|()| fs::write(path, text)).map_err(|error| format!("{file}: {error}"))
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if let Err(error) = self.run(&["down", &self.name]) {
            eprintln!("could not take {} away: {error}", self.name);
        }
    }
}
