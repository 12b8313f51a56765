//! labctl for Windows, under wine, with machines of the sandbox: what a student who sits at Windows types, and finds
//! there. Begun by `.ci/platforms windows`, which makes the program and a Windows of its own.

use super::class::Class;
use super::seen::{Running, Seen};
use super::web::{Mirror, http};
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// As many are: a space, and a letter that no code page of DOS agrees on.
const USER: &str = "Zoë Putri";
const HOSTS: &str = "# Copyright (c) 1993-2009 Microsoft Corp.\r\n127.0.0.1 localhost\r\n";

/// Names under Windows are what its hosts file says; wine asks this computer, which is to look there, too. `/etc` is another
/// one, for this command alone: what replaces the hosts file is seen at once.
const NAMES: &str = "mount -t tmpfs labctl-test /mnt && mkdir /mnt/upper /mnt/work && \
                     mount -t overlay -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work labctl-test /etc && \
                     ln -sf \"$1\" /etc/hosts && shift && exec \"$@\"";

/// A user's home, and a folder in it with an inventory.
struct Windows {
    program: PathBuf,
    wine: PathBuf,
    drive: PathBuf,
}

impl Windows {
    fn begin() -> Self {
        let named = |name: &str| PathBuf::from(std::env::var_os(name).unwrap_or_else(|| panic!("{name} is not set")));
        let drive = named("WINEPREFIX").join("drive_c");
        let windows = Self { program: named("LABCTL_WINDOWS"), wine: named("LABCTL_WINE"), drive };
        let _ = fs::remove_dir_all(windows.home());
        let _ = fs::remove_file(windows.ssh());
        fs::create_dir_all(windows.home().join("AppData/Local/Temp")).unwrap();
        windows.write("lab ku/.keep", "");
        // wine names a home by the user of this computer, whatever it is told; not so what a program of Windows starts.
        windows.write("labctl.cmd", "@set USERPROFILE=%LAB_HOME%\r\n@\"%LAB_PROGRAM%\" %*\r\n");
        fs::write(windows.hosts_file(), HOSTS).unwrap();
        windows
    }

    fn home(&self) -> PathBuf {
        self.drive.join("users").join(USER)
    }

    fn hosts_file(&self) -> PathBuf {
        self.drive.join("windows/system32/drivers/etc/hosts")
    }

    /// Where Windows puts its own ssh.
    fn ssh(&self) -> PathBuf {
        self.drive.join("windows/system32/OpenSSH/ssh.exe")
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.home().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.home().join(file)).unwrap()
    }

    /// labctl with these words, in the folder of the inventory; the environment is the one that Windows gives.
    fn command(&self, words: &[&str]) -> Command {
        let home = format!("C:\\users\\{USER}");
        let mut command = Command::new("unshare");
        command.args(["-m", "sh", "-c", NAMES, "sh"]).arg(self.hosts_file()).arg(&self.wine);
        command
            .args(["cmd", "/c", "..\\labctl.cmd"])
            .args(words)
            .current_dir(self.home().join("lab ku"))
            .stdin(Stdio::null());
        command.env_remove("LABCTL_HOSTS_FILE").env_remove("LABCTL_INVENTORY").env_remove("HOME").env_remove("USER");
        command.env("WINEDEBUG", "-all").env("NO_COLOR", "1").env("LC_ALL", "C.UTF-8");
        command.env("LAB_HOME", &home).env("LAB_PROGRAM", format!("Z:{}", self.program.display()));
        command.env("LOCALAPPDATA", format!("{home}\\AppData\\Local"));
        for name in ["TEMP", "TMP"] {
            command.env(name, format!("{home}\\AppData\\Local\\Temp"));
        }
        command
    }

    fn labctl(&self, words: &[&str]) -> Seen {
        let seen = Seen::of(self.command(words).output().unwrap());
        eprintln!("labctl {}: exit {}", words.join(" "), seen.code);
        assert!(!seen.out.contains('\u{1b}') && !seen.err.contains("panicked"), "{words:?}: {seen}");
        seen
    }

    fn succeeds(&self, words: &[&str]) -> Seen {
        let seen = self.labctl(words);
        assert_eq!(seen.code, 0, "{words:?}: {seen}");
        seen
    }
}

impl Drop for Windows {
    /// What a program of Windows started does not end with it.
    fn drop(&mut self) {
        let server = self.wine.canonicalize().unwrap().with_file_name("wineserver");
        let ended = Command::new(&server).arg("-k").status();
        assert!(ended.is_ok() || std::thread::panicking(), "{}: {ended:?}", server.display());
    }
}

/// As somebody's git host has it: read-only, over http.
fn repository(class: &Class) -> Mirror {
    let line = "git init -q -b main . && git add -A && git -c user.name=t -c user.email=t@t commit -q -m first && \
                git clone -q --bare . ../git/demo && git -C ../git/demo update-server-info";
    let made = Command::new("sh").args(["-c", line]).current_dir(class.path("demo")).output().unwrap();
    assert!(made.status.success(), "{}", Seen::of(made));
    Mirror::begin(class.gateway(), class.path("git"))
}

#[test]
#[ignore = "needs labctl for Windows, and wine: .ci/platforms windows"]
fn the_whole_exercise_from_windows() {
    let Some(class) = Class::begin("windows") else { return };
    let windows = Windows::begin();
    class.make_machines();
    let mirror = repository(&class);

    before_there_is_an_inventory(&windows);
    inventory(&class, &windows, &mirror);

    let plan = windows.succeeds(&["plan"]);
    assert!(plan.out.contains("app1") && plan.out.contains("nginx"), "{plan}");
    let check = windows.labctl(&["check"]);
    assert_eq!(check.code, 3, "a bare lab would be changed: {check}");

    let first = windows.succeeds(&["up"]);
    assert!(first.out.contains("open http://demo.lab.test/"), "{first}");
    let answer = http(class.address("web"), "demo.lab.test", "/").expect("the site answers");
    assert_eq!(answer.status, 200, "{answer:?}");
    let known = windows.read(&format!("lab ku/.labctl/{}/known_hosts", class.lab()));
    for host in ["web", "app1", "app2"] {
        assert!(known.contains(class.address(host)), "{host}: {known}");
    }
    the_hosts_file_is_windows_own(&class, &windows);

    let before = class.fingerprint();
    let second = windows.succeeds(&["up"]);
    assert!(second.out.contains("changed 0"), "{second}");
    let after = class.fingerprint();
    let moved: Vec<_> = before.symmetric_difference(&after).collect();
    assert!(moved.is_empty(), "the second run moved something: {moved:#?}");
    windows.succeeds(&["check"]);

    windows.succeeds(&["status"]);
    let doctor = windows.succeeds(&["doctor"]);
    assert!(doctor.out.contains("nothing is wrong"), "{doctor}");
    let exec = windows.succeeds(&["exec", "app1,app2", "--", "hostname"]);
    assert!(exec.out.contains("app1") && exec.out.contains("app2"), "{exec}");
    logging_in(&windows);
    let drill = windows.succeeds(&["drill", "--mode", "kill", "--host", "app1", "--seconds", "6"]);
    assert!(drill.out.contains("kill"), "{drill}");
    windows.succeeds(&["report", "-o", "report.html"]);
    assert!(windows.read("lab ku/report.html").contains("demo.lab.test"));
    the_live_page_is_served(&windows);

    windows.succeeds(&["down"]);
    assert_eq!(fs::read_to_string(windows.hosts_file()).unwrap(), HOSTS, "the hosts file is as before");
}

fn before_there_is_an_inventory(windows: &Windows) {
    let doctor = windows.labctl(&["doctor"]);
    assert!(doctor.out.contains("Windows, x86_64") && doctor.out.contains("OpenSSH.Client"), "{doctor}");
    let none = windows.labctl(&["up"]);
    assert!(none.code == 2 && none.err.contains("labctl init"), "{none}");
    windows.succeeds(&["init"]);
    assert!(windows.read("lab ku/inventory.yaml").contains("192.168.56.10"), "an example to edit");
}

/// As Notepad writes it: a mark at the start, and two characters at the end of each line.
fn inventory(class: &Class, windows: &Windows, mirror: &Mirror) {
    let key = fs::read_to_string(format!("/var/lib/labctl/sandbox/{}/id_ed25519", class.lab())).unwrap();
    windows.write(".ssh/id_lab", &key);
    let [web, app1, app2] = ["web", "app1", "app2"].map(|host| class.address(host).to_owned());
    windows.write(
        ".ssh/config",
        &format!("Host {web}\r\n    User student\r\n    IdentityFile \"C:\\users\\{USER}\\.ssh\\id_lab\"\r\n"),
    );
    let text = format!(
        "lab: {}\nssh: {{ user: student, key: ~/.ssh/id_lab }}\nhosts:\n  web: {{ address: {web}, groups: [web] }}\n  \
         app1: {{ address: {app1}, groups: [app] }}\n  app2: {{ address: {app2}, groups: [app] }}\nvars:\n  \
         app: {{ name: demo, repo: {}/demo, version: main, port: 3000 }}\n  \
         node: {{ version: \"\", source: distribution }}\n  sites:\n    \
         - {{ domain: demo.lab.test, upstream: [app1, app2], balance: round_robin }}\n    \
         - {{ domain: app1.lab.test, upstream: [app1] }}\n",
        class.lab(),
        mirror.url()
    );
    windows.write("lab ku/inventory.yaml", &format!("\u{feff}{}", text.replace('\n', "\r\n")));
}

fn the_hosts_file_is_windows_own(class: &Class, windows: &Windows) {
    let hosts = fs::read_to_string(windows.hosts_file()).unwrap();
    assert!(hosts.starts_with(HOSTS), "what was there stays: {hosts:?}");
    assert_eq!(
        hosts.matches('\n').count(),
        hosts.matches("\r\n").count(),
        "every line ends as Windows' lines do: {hosts:?}"
    );
    for domain in ["demo.lab.test", "app1.lab.test"] {
        assert!(hosts.lines().any(|line| line.starts_with(class.address("web")) && line.contains(domain)), "{hosts:?}");
    }
}

/// Windows' own ssh does it: not there, and then at its usual place.
fn logging_in(windows: &Windows) {
    let none = windows.labctl(&["ssh", "app1"]);
    assert!(none.code != 0 && none.err.contains("OpenSSH"), "{none}");
    fs::create_dir_all(windows.ssh().parent().unwrap()).unwrap();
    fs::copy(std::env::var_os("LABCTL_WINDOWS_ECHO").expect("LABCTL_WINDOWS_ECHO is set"), windows.ssh()).unwrap();
    let seen = windows.succeeds(&["ssh", "app1", "--", "uname -a"]);
    assert!(seen.out.contains(".ssh\\id_lab") && seen.out.contains("uname -a"), "{seen}");
    fs::remove_file(windows.ssh()).unwrap();
}

fn the_live_page_is_served(windows: &Windows) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = windows.command(&["watch", "--port", &port.to_string()]);
    let _watch = Running(Some(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()));
    let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
    let page = loop {
        let asked = Command::new("curl").args(["-sS", &format!("http://127.0.0.1:{port}/")]).output().unwrap();
        if asked.status.success() {
            break Seen::of(asked);
        }
        assert!(std::time::Instant::now() < end, "no page within a minute: {}", Seen::of(asked));
        std::thread::sleep(std::time::Duration::from_millis(300));
    };
    assert!(page.out.contains("<html") && page.out.contains("demo.lab.test") || page.out.contains("<title>"), "{page}");
}
