//! A lab of its own for one test: a folder with an inventory, machines, a hosts file; all of it goes with the value.

use crate::prepared;
use crate::seen::{Running, Seen};
use crate::skip::skip;
use crate::turn::Turn;
use crate::web::{Watcher, http};
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

pub struct Class {
    folder: tempfile::TempDir,
    lab: String,
    addresses: Vec<(String, String)>,
    _turn: Option<Turn>,
}

impl Class {
    /// `None`, with a loud reason, where machines cannot be made.
    pub fn begin(name: &str) -> Option<Self> {
        Self::with(Self::empty(name, Some(Turn::take()))?, "provider: sandbox")
    }

    /// A lab that a test needs for a while beside its own. It takes no turn: whoever has one must not wait for another.
    pub fn beside(name: &str) -> Option<Self> {
        Self::with(Self::empty(name, None)?, "provider: sandbox")
    }

    /// The same with machines that run this system.
    pub fn on_system(name: &str, system: &str) -> Option<Self> {
        Self::with(Self::empty(name, Some(Turn::take()))?, &format!("provider: sandbox\nsystem: {system}"))
    }

    fn with(mut class: Self, machines: &str) -> Option<Self> {
        let shipped = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/inventory/sandbox.yaml")).unwrap();
        let inventory = shipped.replace("lab: sandbox", &format!("lab: {}", class.lab)).replace("../demo", "demo");
        let inventory = inventory.replace("provider: sandbox", machines);
        class.write("inventory.yaml", &inventory);
        class.write("hosts", "127.0.0.1\tlocalhost\n");
        copy(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/demo")), &class.path("demo"));
        let plan = class.labctl(&["plan", "--script", "web"]);
        assert_eq!(plan.code, 0, "{plan}");
        // The script for the web server names the addresses of the others.
        class.addresses = class.planned_addresses(&["web", "app1", "app2"]);
        Some(class)
    }

    /// The same with the layout that these words of `labctl init --sandbox` make. Its hosts are named, the web server first.
    pub fn laid_out(name: &str, words: &[&str], hosts: &[&str]) -> Option<Self> {
        let mut class = Self::empty(name, Some(Turn::take()))?;
        class.write("hosts", "127.0.0.1\tlocalhost\n");
        let init = class.labctl(&[&["init", "--sandbox"], words].concat());
        assert_eq!(init.code, 0, "{init}");
        let inventory = class.read("inventory.yaml").replace("lab: sandbox", &format!("lab: {}", class.lab));
        class.write("inventory.yaml", &inventory);
        class.addresses = class.planned_addresses(hosts);
        Some(class.with_packages())
    }

    /// A folder to begin in, without a machine: for classes, which name their labs themselves.
    pub fn room(name: &str) -> Option<Self> {
        let class = Self::empty(name, Some(Turn::take()))?;
        class.write("hosts", "127.0.0.1\tlocalhost\n");
        // It is what is taken away in the end, and nothing is there.
        class.write(
            "inventory.yaml",
            &format!("lab: {}\nprovider: sandbox\nhosts: {{ web: {{ groups: [web] }} }}\n", class.lab),
        );
        Some(class)
    }

    /// A lab of one machine, `web`, which is there and bare.
    pub fn alone(name: &str) -> Option<Self> {
        let mut class = Self::empty(name, Some(Turn::take()))?;
        class.write("hosts", "127.0.0.1\tlocalhost\n");
        class.write(
            "inventory.yaml",
            &format!("lab: {}\nprovider: sandbox\nhosts:\n  web: {{ groups: [web] }}\n", class.lab),
        );
        class.addresses = class.planned_addresses(&["web"]);
        class.make_machines();
        Some(class)
    }

    /// The machines are there, and bare.
    pub fn make_machines(&self) {
        let hosts: Vec<_> = self.addresses.iter().map(|(name, _)| name.parse().unwrap()).collect();
        self.block_on(async |sandbox| drop(sandbox.ensure(&hosts, &mut |_| {}).await.unwrap()));
    }

    /// The same, whose machines are there and already hold the packages that the exercise installs: for tests of something
    /// else. To install them takes most of the time of an `up`.
    pub fn prepared(name: &str) -> Option<Self> {
        Some(Self::begin(name)?.with_packages())
    }

    fn with_packages(self) -> Self {
        let hosts: Vec<&str> = self.addresses.iter().map(|(name, _)| name.as_str()).collect();
        prepared::make_machines(&self.lab, &hosts);
        self
    }

    fn empty(name: &str, turn: Option<Turn>) -> Option<Self> {
        let root = Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.starts_with(b"0\n"));
        if !cfg!(target_os = "linux") || !root {
            skip("the sandbox needs Linux and root; run `sudo -E cargo test --test lab`");
            return None;
        }
        let lab = format!("t{name}{}", std::process::id());
        Some(Self { folder: tempfile::tempdir().unwrap(), lab, addresses: Vec::new(), _turn: turn })
    }

    /// The name of the lab.
    pub fn lab(&self) -> &str {
        &self.lab
    }

    fn planned_addresses(&self, names: &[&str]) -> Vec<(String, String)> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let names: Vec<labctl::internals::name::HostName> = names.iter().map(|n| n.parse().unwrap()).collect();
        let found = runtime.block_on(self.sandbox().addresses(&names)).unwrap();
        found.into_iter().map(|(name, address)| (name.to_string(), address.to_string())).collect()
    }

    fn sandbox(&self) -> labctl::internals::machines::Sandbox {
        labctl::internals::machines::Sandbox::new(self.lab.parse().unwrap())
    }

    pub fn address(&self, host: &str) -> &str {
        &self.addresses.iter().find(|(name, _)| name == host).expect("a host").1
    }

    /// This computer, as the machines see it.
    pub fn gateway(&self) -> String {
        format!("{}.1", self.subnet())
    }

    /// The first three numbers of its addresses.
    fn subnet(&self) -> &str {
        self.addresses[0].1.rsplit_once('.').unwrap().0
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    pub fn inventory(&self) -> String {
        self.path("inventory.yaml").display().to_string()
    }

    pub fn hosts_file(&self) -> PathBuf {
        self.path("hosts")
    }

    pub fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap()
    }

    pub fn remove(&self, folder: &str) {
        fs::remove_dir_all(self.path(folder)).unwrap();
    }

    /// labctl with these words, to be changed further.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_labctl"));
        command.args(words).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env_remove("LABCTL_INVENTORY").env("NO_COLOR", "1").env("LABCTL_HOSTS_FILE", self.hosts_file());
        command
    }

    /// labctl with these words, in the folder of the inventory.
    pub fn labctl(&self, words: &[&str]) -> Seen {
        Seen::of(self.command(words).output().unwrap())
    }

    /// labctl on a computer whose own names are those of this file, in the form of `/etc/hosts`: in a namespace of mounts, so that
    /// nobody else sees it.
    pub fn labctl_that_knows(&self, names: &str, words: &[&str]) -> Seen {
        let plain = self.command(words);
        let mut command = Command::new("unshare");
        command.args(["-m", "sh", "-c", "mount --bind \"$1\" /etc/hosts && shift && exec \"$@\"", "sh"]);
        command.arg(self.path(names)).arg(plain.get_program()).args(plain.get_args());
        for (key, value) in plain.get_envs() {
            match value {
                Some(value) => command.env(key, value),
                None => command.env_remove(key),
            };
        }
        Seen::of(command.current_dir(self.folder.path()).stdin(Stdio::null()).output().unwrap())
    }

    /// labctl in the background.
    pub fn begin_labctl(&self, words: &[&str]) -> Running {
        Running(Some(self.command(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()))
    }

    /// labctl in a terminal of its own (util-linux `script`); Ctrl-C is typed as soon as `ready`. What the terminal was
    /// sent, and its settings before and after.
    pub fn interrupted_in_terminal(&self, words: &[&str], ready: impl Fn() -> bool) -> (Seen, [String; 2]) {
        let line = format!(
            "trap : INT; stty -a > before; {} {}; code=$?; stty -a > after; exit $code",
            env!("CARGO_BIN_EXE_labctl"),
            words.join(" ")
        );
        let mut command = self.command(&[]);
        let given: Vec<_> = command.get_envs().map(|(key, value)| (key.to_owned(), value.map(Into::into))).collect();
        command = Command::new("script");
        command.args(["-qefc", &line, "/dev/null"]).current_dir(self.folder.path()).env("TERM", "xterm");
        for (key, value) in given {
            let value: Option<std::ffi::OsString> = value;
            match value {
                Some(value) => command.env(key, value),
                None => command.env_remove(key),
            };
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut keys = child.stdin.take().unwrap();
        let mut running = Running(Some(child));
        self.until("what is to be interrupted has begun", ready);
        keys.write_all(b"\x03").unwrap();
        let seen = Seen::of(running.wait_with_output_within(Duration::from_secs(40)));
        drop(keys);
        (seen, ["before", "after"].map(|file| self.read(file)))
    }

    /// Types a text into a root shell of a machine, on a real terminal, and leaves it.
    pub fn paste(&self, host: &str, text: &str) -> Seen {
        self.ssh_with(&["-tt"], host, "sudo -i bash", &format!("{text}\nexit\n"))
    }

    /// A command on a machine, with the system's ssh, so that the tests do not see through labctl's eyes.
    pub fn ssh(&self, host: &str, line: &str, input: &str) -> Seen {
        self.ssh_with(&[], host, line, input)
    }

    fn ssh_with(&self, options: &[&str], host: &str, line: &str, input: &str) -> Seen {
        let place = format!("/var/lib/labctl/sandbox/{}", self.lab);
        let mut child = Command::new("ssh")
            .args(options)
            .args(["-F", "/dev/null", "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "-o", "IdentitiesOnly=yes"])
            .arg("-o")
            .arg(format!("UserKnownHostsFile={place}/known_hosts"))
            .args(["-i", &format!("{place}/id_ed25519"), &format!("student@{}", self.address(host)), line])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_owned();
        let feeder = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output().unwrap();
        let _ = feeder.join();
        Seen::of(output)
    }

    pub fn on(&self, host: &str, line: &str) -> String {
        let seen = self.ssh(host, line, "");
        assert!(seen.code == 0 || seen.code == 255 && line.contains("reboot"), "{host}: {line}: {seen}");
        seen.out
    }

    /// A script run by root on a machine. It goes there on standard input, so that nothing in it shows in `ps`.
    pub fn root(&self, host: &str, script: &str) -> String {
        let seen = self.ssh(host, "sudo sh -eu", script);
        assert_eq!(seen.code, 0, "{host}: {script}: {seen}");
        seen.out
    }

    /// Every file's time of change, nginx's workers, pm2's restarts: what a run that changes nothing must not move.
    pub fn fingerprint(&self) -> BTreeSet<String> {
        let look = "sudo find /etc /home /opt /root /srv /usr/local /var/www /var/lib/labctl -xdev \
                    ! -path '*/.pm2/logs/*' ! -path '*/.pm2/pm2.log' ! -path '*/.pm2/touch' -printf '%p %T@ %C@ %m %u\\n'; \
                    sudo find /var/lib/dpkg /var/lib/apt -xdev -name '*lock*' -o -printf '%p %T@\\n'; \
                    pgrep -a nginx; systemctl show -p MainPID,ExecMainStartTimestamp nginx; \
                    if command -v pm2 > /dev/null; then \
                    pm2 -s jlist | grep -oE '\"(pid|restart_time|pm_uptime)\":[0-9]+'; fi";
        let mut lines = BTreeSet::new();
        for host in ["web", "app1", "app2"] {
            lines.extend(self.on(host, look).lines().map(|line| format!("{host}: {line}")));
        }
        let hosts = fs::metadata(self.hosts_file()).unwrap().modified().unwrap();
        lines.insert(format!("hosts file: {hosts:?}"));
        lines
    }

    /// Another inventory of the same lab, for machines that are just there: it names addresses, a user and a key.
    pub fn as_existing_machines(&self) -> String {
        let key = format!("/var/lib/labctl/sandbox/{}/id_ed25519", self.lab);
        let made = self.read("inventory.yaml");
        let mut text = made
            .split_inclusive('\n')
            .filter(|line| !line.starts_with("system: "))
            .collect::<String>()
            .replace("provider: sandbox", &format!("ssh: {{ user: student, key: {key}, connect_timeout: 4s }}"));
        for (host, address) in &self.addresses {
            let (before, after) = text.split_once(&format!("  {host}:")).expect("the host");
            let after = after.trim_start().strip_prefix('{').expect("its settings");
            text = format!("{before}  {host}: {{ address: {address},{after}");
        }
        self.write("existing.yaml", &text);
        "existing.yaml".into()
    }

    /// The process of this computer that is a machine's init.
    #[allow(dead_code)] // not every test goes past ssh
    pub fn init_of(&self, host: &str) -> u32 {
        self.init(host).unwrap_or_else(|| panic!("{host} does not run"))
    }

    #[allow(dead_code)] // not every test goes past ssh
    pub fn runs(&self, host: &str) -> bool {
        self.init(host).is_some()
    }

    fn init(&self, host: &str) -> Option<u32> {
        let mark = format!("LABCTL_ID={}/{host}", self.lab);
        let is_init = |pid: &u32| {
            let environ = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
            environ.split(|b| *b == 0).any(|each| each == mark.as_bytes())
                && status.lines().any(|line| line.starts_with("NSpid:") && line.ends_with("\t1"))
        };
        let pids = fs::read_dir("/proc").unwrap().filter_map(|e| e.unwrap().file_name().to_str()?.parse::<u32>().ok());
        pids.into_iter().find(is_init)
    }

    pub fn power_off(&self, host: &str) {
        self.block_on(async |sandbox| sandbox.stop(&host.parse().unwrap()).await.unwrap());
    }

    pub fn power_on(&self, host: &str) {
        self.block_on(async |sandbox| sandbox.start(&host.parse().unwrap()).await.unwrap());
    }

    fn block_on(&self, work: impl AsyncFnOnce(labctl::internals::machines::Sandbox)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(work(self.sandbox()));
    }

    pub fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let end = Instant::now() + Duration::from_secs(90);
        while !holds() {
            assert!(Instant::now() < end, "not within 90 s: {what}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Asks the site again and again, as its visitors would.
    pub fn watch(&self, domain: &str) -> Watcher {
        let stop = Arc::new(AtomicBool::new(false));
        let (ended, address, domain) = (stop.clone(), self.address("web").to_owned(), domain.to_owned());
        let thread = std::thread::spawn(move || {
            let (mut asked, mut bad) = (0, Vec::new());
            while !ended.load(Ordering::Relaxed) && asked < 5000 {
                asked += 1;
                match http(&address, &domain, "/") {
                    Ok(answer) if answer.status == 200 => {}
                    other => bad.push(format!("{other:?}")),
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            (asked, bad)
        });
        Watcher { stop, thread }
    }

    pub fn assert_nothing_left(&self) {
        for (command, words) in [
            ("ps", &["-eo", "args"][..]),
            ("mount", &[]),
            ("ip", &["-o", "addr"]),
            ("ls", &["/var/lib/labctl/sandbox"]),
        ] {
            let seen = Seen::of(Command::new(command).args(words).output().unwrap());
            let mine: Vec<_> = seen.out.lines().filter(|line| line.contains(&self.lab)).collect();
            assert!(mine.is_empty(), "{command}: {mine:?}");
        }
        let links = Seen::of(Command::new("ip").args(["-o", "addr"]).output().unwrap());
        assert!(!links.out.contains(&format!("{}.", self.subnet())), "{links}");
        assert_eq!(
            fs::read_to_string(self.hosts_file()).unwrap(),
            "127.0.0.1\tlocalhost\n",
            "the hosts file is as before"
        );
    }
}

impl Drop for Class {
    fn drop(&mut self) {
        let down = self.labctl(&["down"]);
        if down.code != 0 {
            eprintln!("could not take {} away: {down}", self.lab);
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_dir() {
            if entry.file_name() != "node_modules" {
                copy(&entry.path(), &to.join(entry.file_name()));
            }
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}
