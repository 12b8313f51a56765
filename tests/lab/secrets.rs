//! Passwords and passphrases in every way that an inventory knows, on a real machine with real sshd, PAM and sudo. While
//! labctl works, every process of this computer and of the machine is looked at again and again; afterwards everything that
//! was written anywhere is searched. Words that are no secrets are planted to prove that the search finds what is there.

use super::class::{Class, Seen};
use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What the inventory calls it, the variable and file that bring it, and the word itself.
type Word = (&'static str, &'static str, String);

struct Vault {
    class: Class,
    words: [Word; 3],
    /// No secret: it is printed, written and logged, and must be found.
    control: String,
}

fn word(kind: &str) -> String {
    use std::hash::{BuildHasher, RandomState};
    // What shells, YAML, JSON, XML and HTML would write in another way is apart from what is looked for.
    format!("{kind}{:016x}", RandomState::new().hash_one(kind))
}

fn holds(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|part| part == word.as_bytes())
}

#[test]
fn no_secret_is_seen_anywhere() {
    let Some(class) = Class::alone("secret") else { return };
    let words = [
        ("passphrase", "LABCTL_TEST_PHRASE", word("Phrase")),
        ("password", "LABCTL_TEST_LOGIN", word("Login")),
        ("sudo_password", "LABCTL_TEST_SUDO", word("Sudo")),
    ];
    let vault = Vault { class, words, control: word("Control") };
    vault.prepare();
    for way in ["env", "file", "command"] {
        vault.works(way);
    }
    vault.works_when_typed();
    vault.nothing_written_holds_a_secret();
    let down = vault.class.labctl(&["down"]);
    assert_eq!(down.code, 0, "{down}");
    vault.class.assert_nothing_left();
}

impl Vault {
    /// The machine wants a key and a password of whoever logs in, and root's password of whoever types sudo.
    fn prepare(&self) {
        let (class, control) = (&self.class, &self.control);
        let [phrase, login, sudo] = self.words.each_ref().map(|(.., word)| word);
        let key = class.path("key").display().to_string();
        let made =
            Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-a", "4", "-N", phrase, "-f", &key]).status();
        assert!(made.unwrap().success());
        let public = class.read("key.pub");
        class.root(
            "web",
            &format!(
                "useradd -m -s /bin/sh vera
                printf 'vera:{login}\\nroot:{sudo}\\n' | chpasswd
                mkdir -m 700 ~vera/.ssh
                echo '{}' > ~vera/.ssh/authorized_keys
                chown -R vera: ~vera/.ssh
                echo 'vera ALL=(ALL:ALL) ALL\nDefaults:vera rootpw, lecture=always, timestamp_timeout=0' > /etc/sudoers.d/vera
                printf 'LogLevel DEBUG3\\nMatch User vera\\n AuthenticationMethods publickey,password\\n PasswordAuthentication yes\\n' \\
                    > /etc/ssh/sshd_config.d/vera.conf
                systemctl reload ssh
                umask 077
                printf '{phrase} {login} {sudo}\\n' > /root/spoken
                logger {control}",
                public.trim()
            ),
        );
        fs::create_dir(class.path("tmp")).unwrap();
        fs::create_dir(class.path("store")).unwrap();
        for (name, _, word) in &self.words {
            let file = class.path(&format!("store/{name}"));
            fs::write(&file, format!("{word}\n")).unwrap();
            fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        }
        for way in ["env", "file", "command", "prompt"] {
            let from = |name: &str, variable: &str| match way {
                "env" => format!("{{ env: {variable} }}"),
                "file" => format!("{{ file: store/{name} }}"),
                "command" => format!("{{ command: \"cat store/{name}; sleep 0.3\" }}"),
                way => way.to_owned(),
            };
            let ways: Vec<String> = self.words.iter().map(|(n, v, _)| format!("{n}: {}", from(n, v))).collect();
            let text = format!(
                "lab: {}\nssh: {{ user: vera, key: key, config: false, connect_timeout: 60s, {} }}\nhosts:\n  \
                 web: {{ address: {}, groups: [web] }}\n",
                class.lab(),
                ways.join(", "),
                class.address("web")
            );
            class.write(&format!("{way}.yaml"), &text);
        }
        // The first task prints every environment of the machine; the last one prints the secrets, as a machine might that
        // somebody has taken over.
        let tasks = format!(
            "hosts: web\ntasks:\n\
             - command: {{ run: 'echo {control}; cat /proc/[0-9]*/environ | tr \"\\0\" \"\\n\"; ps axeww; sleep 1' }}\n\
             - file: {{ path: /etc/told, content: \"{control} {{{{ host.name }}}} at {{{{ lab }}}}\\n\" }}\n\
             - command: {{ run: 'echo {control}; cat /root/spoken; sleep 1; exit 3' }}\n"
        );
        class.write("playbooks/told.yaml", &tasks);
        class.write("playbooks/site.yaml", "steps: [told]\n");
    }

    fn command(&self, way: &str, words: &[&str]) -> Command {
        let mut command = self.class.command(words);
        command.args(["-i", &format!("{way}.yaml")]).env("TMPDIR", self.class.path("tmp"));
        if way == "env" {
            command.envs(self.words.iter().map(|(_, variable, word)| (variable, word)));
        }
        command
    }

    /// Everything that is said is free of secrets, and it does say something.
    fn clean(&self, what: &str, said: &str) {
        for (name, _, word) in &self.words {
            assert!(!said.contains(word.as_str()), "{what}: the {name} is in: {said}");
        }
    }

    fn works(&self, way: &str) {
        let spy = Spy::begin(self);
        for words in [&["step", "told", "-v"][..], &["step", "told", "--format", "json"]] {
            let seen = Seen::of(self.command(way, words).output().unwrap());
            assert_eq!(seen.code, 1, "{way}: the last task fails: {seen}");
            self.clean(way, &format!("{seen}"));
            assert!(seen.out.contains("*** *** ***") && seen.out.contains(&self.control), "{way}: {seen}");
        }
        self.reports(way);
        let check = Seen::of(self.command(way, &["exec", "web"]).args(["--", "id"]).output().unwrap());
        assert_eq!(check.code, 0, "{way}: {check}");
        self.clean(way, &format!("{check}"));
        spy.end(way);
    }

    fn reports(&self, way: &str) {
        // Of the newest recording: that of the same lab, whatever the inventory is called.
        let report = |words: &[&str]| Seen::of(self.class.command(&[&["report"], words].concat()).output().unwrap());
        let page = report(&["-o", &format!("{way}.html")]);
        let junit = report(&["--as", "junit", "-o", &format!("{way}.xml")]);
        let script = Seen::of(self.command(way, &["plan", "--script", "web"]).output().unwrap());
        assert_eq!((page.code, junit.code, script.code), (0, 0, 0), "{way}: {page} {junit} {script}");
        self.clean(way, &format!("{page} {junit} {script}"));
    }

    /// On a terminal, at prompts that show nothing.
    fn works_when_typed(&self) {
        let spy = Spy::begin(self);
        let line = format!("{} step told -v -i prompt.yaml", env!("CARGO_BIN_EXE_labctl"));
        let mut command = self.class.command(&[]);
        let given: Vec<_> =
            command.get_envs().map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned))).collect();
        command = Command::new("script");
        command.args(["-qefc", &line, "/dev/null"]).current_dir(self.class.path("")).env("TERM", "xterm");
        for (name, value) in given {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (mut keys, mut shown) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let text = Arc::new(Mutex::new(String::new()));
        let heard = text.clone();
        let reader = std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(n @ 1..) = shown.read(&mut bytes) {
                heard.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..n]));
            }
        });
        let mut prompts = vec![("sudo password for web: ", 2), ("passphrase of ", 0), ("\rpassword of vera: ", 1)];
        let limit = Instant::now() + Duration::from_secs(120);
        while !prompts.is_empty() {
            let now = text.lock().unwrap().replace('\n', "\r");
            assert!(Instant::now() < limit && child.try_wait().unwrap().is_none(), "it asks for {prompts:?}: {now}");
            match prompts.iter().position(|(prompt, _)| now.contains(prompt)) {
                Some(at) if hidden() => {
                    let (_, which) = prompts.remove(at);
                    keys.write_all(format!("{}\n", self.words[which].2).as_bytes()).unwrap();
                }
                _ => std::thread::sleep(Duration::from_millis(100)),
            }
        }
        let ended = child.wait().unwrap();
        reader.join().unwrap();
        drop(keys);
        let said = text.lock().unwrap().clone();
        assert_eq!(ended.code(), Some(1), "{said}");
        self.clean("on the terminal", &said);
        assert!(said.contains("*** *** ***") && said.contains(&self.control), "{said}");
        self.reports("prompt");
        spy.end("prompt");
    }

    fn nothing_written_holds_a_secret(&self) {
        let class = &self.class;
        let machine = PathBuf::from(format!("/proc/{}/root", class.init_of("web")));
        let journal = class.root("web", "journalctl -q -o export");
        self.clean("the journal of the machine", &journal);
        assert!(journal.contains(&self.control) && journal.contains("sudo"), "the journal is there");
        let mut files = Vec::new();
        let folders =
            ["run/labctl", "var/lib/labctl", "var/log", "tmp", "var/tmp", "etc", "home", "root", "dev/shm", "run/log"];
        for folder in folders {
            walk(&machine.join(folder), &mut files);
        }
        files.retain(|file| !file.ends_with("root/spoken"));
        let (here, there) = (files.len(), walk(&class.path(""), &mut files));
        assert!(here > 100 && there > 20, "{here} files of the machine and {there} of the lab are searched");
        let store = class.path("store");
        let mut found = BTreeSet::new();
        for file in files.iter().filter(|file| !file.starts_with(&store)) {
            // A file may have gone since.
            let Ok(bytes) = fs::read(file) else { continue };
            for (name, _, word) in &self.words {
                assert!(!holds(&bytes, word), "the {name} is in {}", file.display());
            }
            if holds(&bytes, &self.control) {
                found.insert(file.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
        // What the search must find, or it finds nothing: file, playbook, pages, reports, and a recording of each run.
        let mut wanted: BTreeSet<String> = ["told", "told.yaml"].map(str::to_owned).into();
        for way in ["env", "file", "command", "prompt"] {
            wanted.extend(["html", "xml"].map(|kind| format!("{way}.{kind}")));
        }
        assert!(found.is_superset(&wanted), "{found:?}");
        assert!(found.iter().filter(|file| file.ends_with(".jsonl")).count() >= 7, "{found:?}");
        for (name, ..) in &self.words {
            let bytes = fs::read(store.join(name)).unwrap();
            assert!(
                self.words.iter().any(|(.., word)| holds(&bytes, word)),
                "the search knows a secret when it sees one"
            );
        }
    }
}

/// All files below a folder; how many.
fn walk(folder: &Path, into: &mut Vec<PathBuf>) -> usize {
    let before = into.len();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => {
                walk(&entry.path(), into);
            }
            Ok(kind) if kind.is_file() => into.push(entry.path()),
            _ => {}
        }
    }
    into.len() - before
}

fn is_labctl(process: &Path) -> bool {
    fs::read_link(process.join("exe")).is_ok_and(|exe| exe == Path::new(env!("CARGO_BIN_EXE_labctl")))
}

fn processes() -> impl Iterator<Item = PathBuf> {
    let number = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().parse::<u32>().is_ok());
    fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path()).filter(number)
}

/// Whether a labctl of this test waits on a terminal that shows nothing of what is typed.
fn hidden() -> bool {
    processes().any(|process| {
        let ours =
            fs::read(process.join("cmdline")).is_ok_and(|line| holds(&line, "prompt.yaml")) && is_labctl(&process);
        let terminal = fs::read_link(process.join("fd/0")).ok().filter(|file| ours && file.starts_with("/dev/pts"));
        terminal.is_some_and(|file| {
            let said = Command::new("stty").arg("-F").arg(file).arg("-a").output().unwrap();
            holds(&said.stdout, "-echo ")
        })
    })
}

#[derive(Default)]
struct Found {
    looks: usize,
    leaks: BTreeSet<String>,
    seen: BTreeSet<&'static str>,
}

/// A process whose environment is to be found.
struct Bait(std::process::Child);

impl Drop for Bait {
    fn drop(&mut self) {
        let _ = self.0.kill().and_then(|()| self.0.wait());
    }
}

/// Looks at all processes, and at what labctl has for a moment on the machine, until it is told to end.
struct Spy {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Found>,
    bait: Bait,
}

impl Spy {
    fn begin(vault: &Vault) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let bait = Command::new("sleep")
            .arg("600")
            .env("BAIT", &vault.control)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let words: Vec<(&str, String)> = vault.words.iter().map(|(name, _, word)| (*name, word.clone())).collect();
        let (ended, control) = (stop.clone(), vault.control.clone());
        let machine = PathBuf::from(format!("/proc/{}/root", vault.class.init_of("web")));
        let mut places = vec![vault.class.path("tmp"), vault.class.path(".labctl")];
        places.extend(["run/labctl", "tmp", "var/tmp", "dev/shm", "var/lib/labctl"].map(|at| machine.join(at)));
        let thread = std::thread::spawn(move || {
            let mut found = Found::default();
            while !ended.load(Ordering::Relaxed) {
                processes().for_each(|process| look(&process, &words, &control, &mut found));
                let mut files = Vec::new();
                for place in &places {
                    walk(place, &mut files);
                }
                for file in files {
                    let Ok(bytes) = fs::read(&file) else { continue };
                    if words.iter().any(|(_, word)| holds(&bytes, word)) {
                        if is_for_root_alone(&file) {
                            found.seen.insert("what a program printed");
                        } else {
                            found.leaks.insert(format!("a secret in {}", file.display()));
                        }
                    }
                }
                found.looks += 1;
            }
            found
        });
        Self { stop, thread, bait: Bait(bait) }
    }

    fn end(self, way: &str) {
        // So that the bait is looked at in any case.
        std::thread::sleep(Duration::from_millis(300));
        self.stop.store(true, Ordering::Relaxed);
        let found = self.thread.join().unwrap();
        drop(self.bait);
        eprintln!("{way}: {} looks at everything; seen: {:?}", found.looks, found.seen);
        assert!(found.leaks.is_empty(), "{way}: {:#?}", found.leaks);
        let mut wanted =
            vec!["bait in an environment", "control in a command line", "sudo -S", "labctl", "what a program printed"];
        match way {
            "env" => wanted.push("labctl's own environment"),
            "command" => wanted.push("command of a secret"),
            _ => {}
        }
        for each in wanted {
            assert!(found.seen.contains(each), "{way}: {each} was not seen in {} looks: {:?}", found.looks, found.seen);
        }
    }
}

/// What a program on the machine prints lies in the folder of the run until it is sent, whatever it is; there only root
/// comes in. Everywhere else a secret in a file is a leak, whoever may read it.
fn is_for_root_alone(file: &Path) -> bool {
    let shut = |path: &Path| {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        fs::symlink_metadata(path).is_ok_and(|of| of.uid() == 0 && of.permissions().mode() & 0o077 == 0)
    };
    let inside = file.ancestors().any(|folder| folder.ends_with("run/labctl"));
    inside && file.ancestors().take_while(|path| !path.ends_with("run/labctl")).any(shut)
}

#[test]
fn only_the_folder_of_a_run_may_hold_what_was_printed() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    if std::os::unix::fs::MetadataExt::uid(&fs::metadata(folder.path()).unwrap()) != 0 {
        return eprintln!("SKIPPED: the folders of a run are root's");
    }
    let file = |name: &str, mode: u32, above: u32| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "x").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        fs::set_permissions(path.parent().unwrap(), fs::Permissions::from_mode(above)).unwrap();
        is_for_root_alone(&path)
    };
    assert!(file("run/labctl/lab/out", 0o644, 0o700) && file("run/labctl/lab/out", 0o600, 0o755));
    assert!(!file("run/labctl/lab/out", 0o644, 0o755), "others may read it");
    assert!(!file("tmp/askpass", 0o600, 0o700) && !file("tmp/askpass", 0o644, 0o755), "no other file may hold it");
}

fn look(process: &Path, words: &[(&str, String)], control: &str, found: &mut Found) {
    // First of all: between a fork and its exec, a child still shows the memory of labctl itself.
    let labctl = is_labctl(process);
    let line = fs::read(process.join("cmdline")).unwrap_or_default();
    let environment = fs::read(process.join("environ")).unwrap_or_default();
    for (name, word) in words {
        let told = String::from_utf8_lossy(&line).replace('\0', " ");
        if holds(&line, word) {
            found.leaks.insert(format!("the {name} in the command line {told}"));
        }
        match (holds(&environment, word), labctl) {
            (true, true) => found.seen.insert("labctl's own environment"),
            (true, false) => found.leaks.insert(format!("the {name} in the environment of {told}")),
            (false, _) => false,
        };
    }
    for (what, seen) in [
        ("labctl", labctl),
        ("control in a command line", holds(&line, control)),
        ("bait in an environment", holds(&environment, control)),
        ("sudo -S", holds(&line, "sudo\0-S")),
        ("command of a secret", holds(&line, "cat store/")),
    ] {
        if seen {
            found.seen.insert(what);
        }
    }
}
