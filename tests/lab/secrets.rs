//! Passwords and passphrases in every way that an inventory knows, on a real machine with real sshd, PAM and sudo. While
//! labctl works, every process of this computer and of the machine is looked at again and again; afterwards everything that
//! was written anywhere is searched. Words that are no secrets are planted to prove that the search finds what is there.

mod spy;

use super::class::Class;
use super::seen::Seen;
use spy::{Spy, hidden, walk};
use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
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
