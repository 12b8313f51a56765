//! Root by way of a password, as machines have it on which nobody allowed sudo without: real sudo and sudo-rs, real PAM.

use super::class::Class;
use super::seen::Seen;
use crate::skip::skip;
use std::path::Path;

const RIGHT: &str = "Sesame-4417 it's";

/// A machine with a user who has a password, may use sudo with it, and logs in with the lab's key.
struct Door(Class);

impl Door {
    fn begin() -> Option<Self> {
        let class = Class::alone("sudo")?;
        class.root(
            "web",
            &format!(
                "useradd -m -s /bin/sh vera\nprintf '%s\\n' {} | chpasswd\n\
                 mkdir -m 700 ~vera/.ssh\ncp ~student/.ssh/authorized_keys ~vera/.ssh/\nchown -R vera: ~vera/.ssh\n",
                quoted(&format!("vera:{RIGHT}"))
            ),
        );
        let key = format!("/var/lib/labctl/sandbox/{}/id_ed25519", class.lab());
        let inventory = format!(
            "lab: {}\nssh: {{ user: vera, key: {key}, sudo_password: {{ env: LABCTL_TEST_WORD }}, config: false }}\n\
             hosts:\n  web: {{ address: {}, groups: [web] }}\n",
            class.lab(),
            class.address("web")
        );
        class.write("door.yaml", &inventory);
        class.write("quick.yaml", &inventory.replace("sudo_password: { env: LABCTL_TEST_WORD }, ", ""));
        let task = "hosts: web\ntasks:\n  - command: { run: 'id -un; tty || echo inside' }\n";
        class.write("playbooks/door.yaml", task);
        Some(Self(class))
    }

    /// What sudo is told of vera.
    fn sudoers(&self, lines: &str) {
        let check = "visudo -cqf /etc/sudoers.d/vera";
        self.0.root(
            "web",
            &format!("cat > /etc/sudoers.d/vera << 'EOT'\n{lines}\nEOT\nchmod 440 /etc/sudoers.d/vera\n{check}"),
        );
    }

    /// A task of root's.
    fn step(&self, inventory: &str, word: &str) -> Seen {
        let mut labctl = self.0.command(&["step", "door", "-v", "-i", inventory]);
        Seen::of(labctl.env("LABCTL_TEST_WORD", word).output().unwrap())
    }

    /// Root, and nobody's password among what was said.
    fn opens(&self, what: &str, inventory: &str) {
        let seen = self.step(inventory, RIGHT);
        assert_eq!(seen.code, 0, "{what}: {seen}");
        assert!(seen.out.contains("│ root\n") && seen.out.contains("inside"), "{what}: {seen}");
        assert!(seen.out.contains("not a tty"), "{what}: programs see no terminal: {seen}");
        assert!(!format!("{seen}").contains("Sesame"), "{what}: {seen}");
    }

    /// How many passwords of vera PAM has refused so far.
    fn refused(&self) -> usize {
        let said = self.0.root("web", "journalctl -q -o cat | cat");
        // "authentication failure" for the first of a conversation, "2 more authentication failures" at its end.
        said.matches("authentication failure").count()
    }

    fn turns_away(&self, what: &str, word: &str) {
        let before = self.refused();
        let seen = self.step("door.yaml", word);
        assert_eq!(seen.code, 4, "{what}: {seen}");
        for said in ["no shell as root: ", "the sudo password is wrong", "sudo_password"] {
            assert!(seen.out.contains(said), "{what}: `{said}` is not in {seen}");
        }
        assert!(!format!("{seen}").contains(word), "{what}: {seen}");
        assert_eq!(self.refused() - before, 1, "{what}: one word, one attempt");
        let left = self.0.ssh("web", "pgrep -af '[s]udo -S'", "");
        assert_eq!(left.out, "", "{what}: nothing waits for another word");
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

const ASKS: &str = "vera ALL=(ALL:ALL) ALL";

#[test]
fn sudo_takes_a_password() {
    let Some(door) = Door::begin() else { return };
    with_sudo(&door);
    with_sudo_rs(&door);
    let down = door.0.labctl(&["down"]);
    assert_eq!(down.code, 0, "{down}");
    door.0.assert_nothing_left();
}

fn with_sudo(door: &Door) {
    door.sudoers(ASKS);
    door.opens("a password", "door.yaml");
    door.turns_away("a wrong password", "Wrong-9923");
    let said = door.0.root("web", "journalctl -q -o cat | cat");
    assert!(said.contains("1 incorrect password attempt"), "as sudo counts: {said}");
    let none = door.step("quick.yaml", RIGHT);
    assert!(none.code == 4 && none.out.contains("set `sudo_password: prompt`"), "{none}");

    door.0.root("web", "printf 'We trust you have received\\nthe usual lecture: \\n\\nPassword:' > /etc/lecture");
    let lecture = format!("{ASKS}\nDefaults:vera lecture=always, lecture_file=/etc/lecture, badpass_message=\"No: \"");
    door.sudoers(&lecture);
    door.opens("the lecture", "door.yaml");
    door.turns_away("a wrong password after the lecture", "Wrong-1188");

    let terminal = format!("{ASKS}\nDefaults:vera requiretty");
    door.sudoers(&terminal);
    door.opens("requiretty", "door.yaml");
    door.turns_away("a wrong password with requiretty", "Wrong-7701");
    door.sudoers(&format!("{terminal}, use_pty, lecture=always"));
    door.opens("requiretty, a lecture and a terminal of sudo's own", "door.yaml");
    door.sudoers("vera ALL=(ALL:ALL) NOPASSWD: ALL\nDefaults:vera requiretty");
    door.opens("requiretty without a password", "quick.yaml");
    a_long_script_arrives_whole(door);

    // The inventory names a password, and sudo asks for none: it must not be taken for the first line of the script.
    door.sudoers("vera ALL=(ALL:ALL) NOPASSWD: ALL");
    door.opens("a password that nobody wants", "door.yaml");
    door.sudoers(&format!("{ASKS}\nDefaults:vera timestamp_type=global"));
    door.opens("sudo remembers from now on", "door.yaml");
    door.opens("a password that sudo remembers", "door.yaml");
    door.sudoers("");
    let not = door.step("door.yaml", RIGHT);
    assert!(not.code == 4 && not.out.contains("this user may not use sudo"), "{not}");
}

/// Through a terminal, lines would be cut at 4096 bytes and control characters obeyed.
fn a_long_script_arrives_whole(door: &Door) {
    let content = format!("{}\\x03\\x04\\u00e9\\n", "0123456789abcdef".repeat(2000));
    door.0.write(
        "playbooks/long.yaml",
        &format!("hosts: web\ntasks:\n  - file: {{ path: /etc/long, content: \"{content}\" }}\n"),
    );
    let seen = Seen::of(door.0.command(&["step", "long", "-i", "quick.yaml"]).output().unwrap());
    assert_eq!(seen.code, 0, "{seen}");
    let read = door.0.root("web", "cat /etc/long");
    assert_eq!(read, format!("{}\u{3}\u{4}\u{e9}\n", "0123456789abcdef".repeat(2000)));
}

/// A copy of sudo-rs that somebody names, or the machine's own package, stands in sudo's place.
fn with_sudo_rs(door: &Door) {
    let class = &door.0;
    let set = "mv /usr/bin/sudo /usr/bin/sudo.old && cp -p \"$new\" /usr/bin/sudo && chmod 4755 /usr/bin/sudo\n";
    if let Some(file) = std::env::var_os("LABCTL_SUDO_RS") {
        let root = format!("/proc/{}/root", class.init_of("web"));
        std::fs::copy(Path::new(&file), format!("{root}/usr/local/bin/sudo-rs")).unwrap();
        class.root("web", &format!("new=/usr/local/bin/sudo-rs\n{set}"));
    } else {
        let install = "export DEBIAN_FRONTEND=noninteractive; apt-get update -q && apt-get install -y -q sudo-rs";
        let seen = class.ssh("web", "sudo sh -eu", &format!("apt-cache policy sudo-rs\n{install} || exit 7\n"));
        if seen.code != 0 {
            let why = "this Debian has no package `sudo-rs`, and LABCTL_SUDO_RS names no binary";
            skip(&format!("sudo-rs: {why}: {}", seen.err.lines().last().unwrap_or_default()));
            return;
        }
        class.root("web", &format!("new=$(command -v sudo-rs)\n{set}"));
    }
    door.sudoers(ASKS);
    let version = class.ssh("web", "sudo -V", "");
    assert!(format!("{version}").contains("sudo-rs"), "{version}");
    door.opens("sudo-rs", "door.yaml");
    door.turns_away("a wrong password for sudo-rs", "Wrong-5512");
    door.sudoers("vera ALL=(ALL:ALL) NOPASSWD: ALL");
    door.opens("sudo-rs without a question, and a password nobody wants", "door.yaml");
    door.opens("sudo-rs without a password", "quick.yaml");
}
