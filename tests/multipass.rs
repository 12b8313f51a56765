//! Machines of Multipass, with a stand-in for the program: it answers what the real one was recorded to answer, and its
//! machines are files; in one test, each is an OpenSSH server on the loopback. No real Multipass was ever asked.
#![cfg(unix)] // the stand-in is a shell script
#![allow(clippy::unwrap_used, clippy::print_stderr)] // a test that cannot go on has failed

#[path = "support/skip.rs"]
mod skip;

use skip::skip;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const INVENTORY: &str = "lab: flix
provider: multipass
ssh: { port: PORT, user: USER, connect_timeout: 10s }
hosts:
  web:  { groups: [web] }
  app1: { groups: [app] }
";

/// The port of nobody on any address of the loopback: this run has it to itself.
fn free_port() -> u16 {
    TcpListener::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port()
}

/// A home with an inventory in it, and a folder of programs that has the stand-in.
struct Lab {
    home: tempfile::TempDir,
    port: u16,
}

impl Lab {
    fn new() -> Self {
        let lab = Self { home: tempfile::tempdir().unwrap(), port: free_port() };
        fs::create_dir_all(lab.stand_in("next")).unwrap();
        let program = lab.at("bin/multipass");
        fs::write(&program, include_str!("multipass/stand-in.sh")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        lab.write_inventory(INVENTORY);
        lab
    }

    fn write_inventory(&self, text: &str) {
        let user = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
        let text = text.replace("PORT", &self.port.to_string()).replace("USER", user.trim());
        fs::write(self.at("inventory.yaml"), text).unwrap();
    }

    fn at(&self, path: &str) -> PathBuf {
        self.home.path().join(path)
    }

    fn stand_in(&self, path: &str) -> PathBuf {
        self.at("bin/multipass.d").join(path)
    }

    /// labctl, as somebody with this home and these programs runs it.
    fn run(&self, words: &[&str]) -> Output {
        let path = format!("{}:{}", self.at("bin").display(), std::env::var("PATH").unwrap());
        self.run_with_path(words, &path)
    }

    fn run_with_path(&self, words: &[&str], path: &str) -> Output {
        let mut labctl = Command::new(env!("CARGO_BIN_EXE_labctl"));
        labctl.args(words).current_dir(self.home.path()).env("HOME", self.home.path()).env("PATH", path);
        labctl.env("LABCTL_HOSTS_FILE", self.at("hosts")).env("NO_COLOR", "1").env_remove("SSH_AUTH_SOCK");
        for name in ["LABCTL_INVENTORY", "LABCTL_FORMAT"] {
            labctl.env_remove(name);
        }
        labctl.output().unwrap()
    }

    /// What labctl says on both streams, of a run that ends with this code.
    fn says(&self, code: i32, words: &[&str]) -> String {
        let seen = self.run(words);
        let text = format!("{}{}", String::from_utf8_lossy(&seen.stdout), String::from_utf8_lossy(&seen.stderr));
        assert_eq!(seen.status.code(), Some(code), "{words:?}: {text}\ncalls:\n{}", self.calls());
        text
    }

    /// `up` as far as the machines: nobody answers ssh at their addresses.
    fn up(&self) -> String {
        self.says(4, &["up"])
    }

    /// What the stand-in was called with since the last question.
    fn calls(&self) -> String {
        let file = self.stand_in("calls");
        let calls = fs::read_to_string(&file).unwrap_or_default();
        let _ = fs::remove_file(file);
        calls
    }

    /// The calls that change something.
    fn changes(&self) -> Vec<String> {
        let asks = |line: &&str| !line.starts_with("list ") && !line.starts_with("version ");
        self.calls().lines().filter(asks).map(str::to_owned).collect()
    }

    /// What the stand-in does the next time it gets a verb.
    fn next(&self, verb: &str, code: i32, said: &str) {
        fs::write(self.stand_in("next").join(verb), format!("{code}\n{said}\n")).unwrap();
    }

    fn state(&self, machine: &str) -> String {
        fs::read_to_string(self.stand_in("vm").join(machine).join("state")).unwrap_or_default().trim().to_owned()
    }

    fn set(&self, machine: &str, state: &str) {
        let folder = self.stand_in("vm").join(machine);
        fs::create_dir_all(folder.join("snapshots")).unwrap();
        fs::write(folder.join("state"), state).unwrap();
    }

    fn known_hosts(&self) -> String {
        fs::read_to_string(self.at(".local/state/labctl/multipass/flix/known_hosts")).unwrap()
    }
}

#[track_caller]
fn says_all(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

#[test]
fn what_is_missing_is_launched_once() {
    let lab = Lab::new();
    let text = lab.up();
    says_all(&text, &["launching web with ubuntu 24.04", "made web (127.0.0.2)", "made app1 (127.0.0.3)"]);
    let how = "--cpus 1 --memory 1G --disk 8G --cloud-init - --timeout 1800";
    assert_eq!(
        lab.changes(),
        [format!("launch 24.04 --name flix-web {how}"), format!("launch 24.04 --name flix-app1 {how}")]
    );
    // Neither key was ever a word of a command, and both are what the machine gets.
    let data = fs::read_to_string(lab.stand_in("vm/flix-web/user-data")).unwrap();
    let own = lab.at(".local/state/labctl/multipass/flix");
    let key = fs::read_to_string(own.join("machines/web/host_key")).unwrap();
    says_all(&data, &["#cloud-config\n", &serde_json::to_string(&key).unwrap()]);
    let known = lab.known_hosts();
    assert_eq!(known.lines().count(), 2, "{known}");
    let public = known.lines().find_map(|line| line.strip_prefix("127.0.0.2 ")).unwrap();
    says_all(&data, &[public, " labctl flix\""]);
    for (path, mode) in [("", 0o700), ("id_ed25519", 0o600), ("machines/web", 0o700), ("machines/web/host_key", 0o600)]
    {
        assert_eq!(fs::metadata(own.join(path)).unwrap().permissions().mode() & 0o777, mode, "{path}");
    }

    let text = lab.up();
    assert!(!text.contains("made") && !text.contains("launching"), "{text}");
    assert_eq!(lab.changes(), [""; 0]);
}

#[test]
fn before_there_are_addresses_no_script_has_a_gap_in_their_place() {
    let lab = Lab::new();
    says_all(&lab.says(0, &["plan"]), &["app1: update, node"]);
    says_all(&lab.says(1, &["plan", "--script", "web"]), &["the address of web, app1 is known only when", "labctl up"]);
    says_all(&lab.says(3, &["check"]), &["none of the machines of flix exists yet"]);
    assert_eq!(lab.calls(), "", "nobody has to have multipass");
    lab.up();
    says_all(&lab.says(0, &["plan", "--script", "web"]), &["127.0.0.2"]);
}

#[test]
fn system_and_size_are_those_of_the_inventory() {
    let lab = Lab::new();
    let wish = "provider: multipass\nsystem: ubuntu 22.04\nsize: { cpus: 2, memory: 1.5G, disk: 10G }";
    lab.write_inventory(&INVENTORY.replace("provider: multipass", wish));
    lab.up();
    assert_eq!(
        lab.changes()[0],
        "launch 22.04 --name flix-web --cpus 2 --memory 1.5G --disk 10G --cloud-init - --timeout 1800"
    );
    lab.says(4, &["up"]);
    // Machines that are there keep theirs.
    lab.write_inventory(&INVENTORY.replace("provider: multipass", "provider: multipass\nsystem: ubuntu 24.04"));
    lab.calls();
    let text = lab.says(1, &["up"]);
    says_all(
        &text,
        &["`system: ubuntu 24.04`: web (Ubuntu 22.04 LTS), app1 (Ubuntu 22.04 LTS)", "`labctl reset` makes"],
    );
    assert_eq!(lab.changes(), [""; 0]);
    lab.says(0, &["reset"]);
    lab.up();
}

#[test]
fn from_an_empty_folder_doctor_and_init_lead_there() {
    let lab = Lab::new();
    fs::remove_file(lab.at("inventory.yaml")).unwrap();
    let way = "labctl init --multipass && labctl up";
    says_all(&lab.says(0, &["doctor", "--lang", "en"]), &["multipass", way]);
    says_all(&lab.says(0, &["init", "--multipass"]), &["wrote inventory.yaml\nnext: labctl up inventory.yaml"]);
    says_all(&lab.says(0, &["plan"]), &["dumbflix: 6 scripts"]);
    lab.next("launch", 2, "launch failed: enough seen");
    says_all(&lab.says(1, &["up"]), &["launching web", "enough seen"]);
    assert!(lab.changes()[0].starts_with("launch 24.04 --name dumbflix-web --cpus 1 --memory 1G --disk 8G "));
}

#[test]
fn what_is_off_is_started() {
    let lab = Lab::new();
    lab.up();
    lab.calls();
    for state in ["Stopped", "Suspended", "Starting"] {
        lab.set("flix-app1", state);
        let text = lab.says(1, &["status"]);
        says_all(&text, &["the machine app1 does not run", state, "labctl up"]);
        assert_eq!(lab.changes(), [""; 0], "looking starts nothing");
        let text = lab.up();
        says_all(&text, &["started app1 (127.0.0.3)"]);
        assert_eq!(lab.changes(), ["start --timeout 600 flix-app1"]);
    }
    lab.set("flix-app1", "Unknown");
    says_all(&lab.says(1, &["up"]), &["flix-app1 cannot be started", "Unknown", "multipass stop --force flix-app1"]);
}

#[test]
fn what_somebody_else_made_is_left_alone() {
    let lab = Lab::new();
    lab.set("flix-app1", "Running");
    let text = lab.says(1, &["up"]);
    says_all(&text, &["a machine flix-app1 that labctl did not make", "another name", "delete --purge flix-app1"]);
    assert_eq!(lab.changes(), [""; 0], "nothing is made beside it");
    lab.set("flix-app1", "Deleted");
    says_all(&lab.says(1, &["up"]), &["deleted, but not purged", "multipass recover flix-app1"]);
    for words in [&["reset"][..], &["snapshot", "x"], &["reset", "--to", "x"], &["down"], &["down", "flix"]] {
        lab.run(words);
    }
    assert_eq!(lab.changes(), [""; 0]);
}

#[test]
fn a_machine_of_the_same_name_that_came_later_is_somebody_elses() {
    let lab = Lab::new();
    lab.up();
    // Purged by hand; the next run makes it again, but fails.
    fs::remove_dir_all(lab.stand_in("vm/flix-app1")).unwrap();
    lab.next("launch", 2, "launch failed: something else");
    says_all(&lab.says(1, &["up"]), &["something else"]);
    lab.set("flix-app1", "Running");
    says_all(&lab.says(1, &["up"]), &["flix-app1 that labctl did not make"]);
    lab.calls();
    lab.says(0, &["down"]);
    assert_eq!((lab.changes(), lab.state("flix-app1")), (vec!["delete --purge flix-web".to_owned()], "Running".into()));
}

#[test]
fn what_is_in_the_trash_is_recovered() {
    let lab = Lab::new();
    lab.up();
    lab.calls();
    lab.set("flix-web", "Deleted");
    says_all(&lab.says(1, &["status"]), &["the machine web is deleted, but not purged"]);
    says_all(&lab.up(), &["recovered web (127.0.0.2)"]);
    assert_eq!(lab.changes(), ["recover flix-web", "start --timeout 600 flix-web"]);
    // And `down` takes it out of the trash, too.
    lab.set("flix-web", "Deleted");
    lab.says(0, &["down", "flix"]);
    assert_eq!(lab.changes(), ["delete --purge flix-app1", "delete --purge flix-web"]);
}

#[test]
fn a_launch_that_takes_too_long_goes_on_in_the_next_run() {
    let lab = Lab::new();
    lab.next("launch", 5, "Timed out waiting for instance launch.");
    says_all(&lab.says(1, &["up"]), &["stopped waiting", "run the same command again"]);
    assert_eq!(lab.state("flix-web"), "Starting");
    lab.calls();
    says_all(&lab.up(), &["started web", "made app1"]);
    assert!(lab.changes()[0].starts_with("start "), "it is not launched again");
}

#[test]
fn an_address_may_come_late_and_change() {
    let lab = Lab::new();
    fs::write(lab.stand_in("waits"), "2").unwrap();
    says_all(&lab.up(), &["made web (127.0.0.2)", "made app1 (127.0.0.3)"]);
    let before = lab.known_hosts();
    // The computer was switched off; afterwards, the machine asks for an address again and gets another one.
    fs::write(lab.stand_in("forgets"), "").unwrap();
    lab.set("flix-web", "Stopped");
    says_all(&lab.up(), &["started web (127.0.0.4)"]);
    assert_eq!(lab.known_hosts(), before.replace("127.0.0.2 ", "127.0.0.4 "));
    // It was restarted by hand.
    fs::write(lab.stand_in("vm/flix-web/address"), "127.0.0.9").unwrap();
    lab.says(4, &["exec", "web", "--", "true"]);
    assert_eq!(lab.known_hosts(), before.replace("127.0.0.2 ", "127.0.0.9 "));
}

#[test]
fn a_host_key_that_somebody_has_accepted_goes_along() {
    let lab = Lab::new();
    lab.up();
    let [web, app1] = ["127.0.0.2 ", "127.0.0.3 "];
    let own = lab.known_hosts();
    let line = own.lines().find(|line| line.starts_with(web)).unwrap().to_owned();
    // As `labctl trust web` leaves it.
    let accepted = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
    let known = own.replace(&line, &format!("{web}{accepted}"));
    fs::write(lab.at(".local/state/labctl/multipass/flix/known_hosts"), &known).unwrap();
    lab.up();
    assert_eq!(lab.known_hosts(), known);
    // The two change places, each with its key.
    fs::write(lab.stand_in("vm/flix-web/address"), "127.0.0.3").unwrap();
    fs::write(lab.stand_in("vm/flix-app1/address"), "127.0.0.2").unwrap();
    lab.up();
    let swapped = known.replace(web, "x ").replace(app1, web).replace("x ", app1);
    assert_eq!(lab.known_hosts(), swapped);
    // A machine that is made anew has the key that labctl made.
    lab.says(0, &["reset", "web"]);
    let fresh = lab.known_hosts();
    assert!(!fresh.contains(accepted) && fresh.contains(line.strip_prefix(web).unwrap()), "{fresh}");
}

#[test]
fn snapshots_are_taken_of_machines_that_are_off_and_brought_back() {
    let lab = Lab::new();
    says_all(&lab.says(1, &["snapshot", "one"]), &["the machine web has not been made", "labctl up"]);
    lab.up();
    lab.set("flix-app1", "Stopped");
    lab.calls();
    says_all(&lab.says(0, &["snapshot", "one"]), &["web, app1 kept as `one`"]);
    assert_eq!(
        lab.changes(),
        [
            "stop flix-web",
            "snapshot --name one flix-web",
            "snapshot --name one flix-app1",
            "start --timeout 600 flix-web"
        ]
    );
    assert_eq!(lab.state("flix-app1"), "Stopped", "what was off stays off");

    // One that is on its way up is waited for first, and comes back.
    lab.set("flix-web", "Starting");
    lab.says(0, &["snapshot", "two", "web"]);
    assert_eq!(
        lab.changes(),
        [
            "start --timeout 600 flix-web",
            "stop flix-web",
            "snapshot --name two flix-web",
            "start --timeout 600 flix-web"
        ]
    );
    fs::remove_file(lab.stand_in("vm/flix-web/snapshots/two")).unwrap();

    // In its place: the old one goes when the new one is there.
    lab.says(0, &["snapshot", "one", "app1"]);
    assert_eq!(
        lab.changes(),
        [
            "snapshot --name labctl-new flix-app1",
            "delete --purge flix-app1.one",
            "set local.flix-app1.labctl-new.name=one"
        ]
    );
    lab.next("snapshot", 2, "snapshot failed: No space left on device");
    says_all(&lab.says(1, &["snapshot", "one", "web"]), &["too little room on a disk"]);
    assert!(lab.stand_in("vm/flix-web/snapshots/one").exists());
    assert_eq!(lab.state("flix-web"), "Running", "it is started again");
    lab.calls();

    let text = lab.says(0, &["reset", "--to", "one"]);
    says_all(&text, &["web, app1 reset to `one`"]);
    let mut changes = lab.changes();
    changes.sort();
    assert_eq!(
        changes,
        [
            "restore --destructive flix-app1.one",
            "restore --destructive flix-web.one",
            "start --timeout 600 flix-app1",
            "start --timeout 600 flix-web",
            "stop flix-web"
        ]
    );
    says_all(&lab.says(1, &["reset", "--to", "two"]), &["web has no snapshot `two`", "it has one"]);
    says_all(&lab.says(1, &["snapshot", "v1.2"]), &["`v1.2`", "beginning with a letter"]);
    assert_eq!(lab.changes(), [""; 0]);
}

#[test]
fn a_fresh_machine_keeps_its_host_key_and_costs_no_snapshot() {
    let lab = Lab::new();
    lab.up();
    let before = lab.known_hosts();
    lab.says(0, &["snapshot", "one", "web"]);
    lab.calls();
    let text = lab.says(1, &["reset"]);
    says_all(&text, &["web has snapshots (one)", "labctl reset --to one", "multipass delete --purge flix-web.one"]);
    assert_eq!(lab.changes(), [""; 0], "nothing is reset");
    says_all(&lab.says(0, &["reset", "app1"]), &["made app1 (127.0.0.4)", "app1 reset"]);
    let changes = lab.changes();
    assert_eq!(changes[0], "delete --purge flix-app1");
    assert!(changes.len() == 2 && changes[1].starts_with("launch 24.04 --name flix-app1"), "{changes:?}");
    assert_eq!(lab.known_hosts(), before.replace("127.0.0.3 ", "127.0.0.4 "));
}

#[test]
fn old_versions_and_drivers_without_snapshots_are_told() {
    let lab = Lab::new();
    lab.up();
    lab.calls();
    lab.next("version", 0, r#"{ "multipass": "1.12.2", "multipassd": "1.12.2" }"#);
    says_all(&lab.says(1, &["snapshot", "one"]), &["multipass 1.12.2 has no snapshots", "1.13"]);
    let none = "list failed: The snapshots feature is not implemented on this backend.";
    lab.next("snapshots", 2, none);
    says_all(&lab.says(1, &["snapshot", "one"]), &["driver", "labctl reset"]);
    assert_eq!(lab.changes(), [""; 0], "nothing is stopped for it");
    // Without snapshots, none can be lost.
    lab.next("snapshots", 2, none);
    lab.says(0, &["reset", "app1"]);
}

#[test]
fn down_takes_away_what_labctl_made_and_nothing_else() {
    let lab = Lab::new();
    lab.up();
    lab.set("primary", "Running");
    lab.set("flix-db", "Stopped");
    lab.calls();
    says_all(&lab.says(0, &["down", "flix"]), &["removed web", "removed app1", "flix: removed"]);
    assert_eq!(lab.changes(), ["delete --purge flix-app1", "delete --purge flix-web"]);
    assert_eq!((lab.state("primary"), lab.state("flix-db")), ("Running".into(), "Stopped".into()));
    assert!(!lab.at(".local/state/labctl/multipass/flix").exists());
    says_all(&lab.says(0, &["down", "flix"]), &["nothing to remove"]);
    assert_eq!(lab.calls(), "", "nobody has to have multipass");
    says_all(&lab.says(1, &["status"]), &["the machine web has not been made"]);
}

#[test]
fn what_is_wrong_with_multipass_itself_is_told_with_the_next_command() {
    let lab = Lab::new();
    let none = lab.run_with_path(&["up"], "/usr/bin:/bin");
    assert_eq!(none.status.code(), Some(1));
    let text = String::from_utf8(none.stderr).unwrap();
    says_all(&text, &["needs the program multipass", "canonical.com/multipass/install"]);
    for (verb, code, said, expected) in [
        (
            "list",
            2,
            "list failed: cannot connect to the multipass socket",
            &["service does not answer", "multipass"][..],
        ),
        (
            "list",
            2,
            "list failed: The user is not authenticated with the Multipass service.",
            &["multipass authenticate"],
        ),
        ("list", 0, "No instances found.", &["did not answer as multipass does", "multipass list --format json"]),
        ("launch", 2, "launch failed: Unable to find an image matching \"24.04\" in remote \"\".", &["multipass find"]),
        (
            "launch",
            2,
            "launch failed: Requested disk (8589934592 bytes) below minimum for this image (9663676416 bytes)",
            &["too little room", "9663676416", "size: { disk: 10G }"],
        ),
        (
            "launch",
            2,
            "launch failed: cannot set up guest memory 'ram0': Cannot allocate memory",
            &["too little memory"],
        ),
        ("launch", 2, "launch failed: instance \"flix-web\" is being prepared", &["an earlier run", "wait a minute"]),
        ("launch", 9, "what nobody knows", &["`multipass launch 24.04", "exit code 9", "what nobody knows"]),
    ] {
        lab.next(verb, code, said);
        says_all(&lab.says(1, &["up"]), expected);
    }
    assert_eq!(lab.state("flix-web"), "");
}

/// Stops the servers of the stand-in's machines, also after a failure.
struct Servers<'a>(&'a Lab);

impl Drop for Servers<'_> {
    fn drop(&mut self) {
        for machine in ["flix-web", "flix-app1"] {
            if let Ok(pid) = fs::read_to_string(self.0.stand_in("vm").join(machine).join("pid")) {
                let _ = Command::new("kill").arg(pid.trim()).status();
            }
        }
    }
}

#[test]
fn the_keys_of_the_first_boot_let_labctl_in_wherever_the_machine_is() {
    if !Path::new("/usr/sbin/sshd").exists() {
        return skip("there is no /usr/sbin/sshd here");
    }
    let _ = fs::create_dir_all("/run/sshd");
    let lab = Lab::new();
    fs::write(lab.stand_in("port"), lab.port.to_string()).unwrap();
    // No key is taken on trust.
    lab.write_inventory(&INVENTORY.replace("ssh: {", "ssh: { host_keys: strict,"));
    let _servers = Servers(&lab);
    says_all(&lab.says(0, &["reset"]), &["made web (127.0.0.2)", "made app1 (127.0.0.3)"]);
    let hello = ["exec", "all", "--", "echo hello"];
    let greeted = || {
        let text = lab.says(0, &hello);
        assert_eq!(text.matches("│ hello").count(), 2, "{text}");
        for machine in ["flix-web", "flix-app1"] {
            let log = lab.stand_in("vm").join(machine).join("log");
            says_all(&fs::read_to_string(&log).unwrap(), &["Accepted publickey"]);
            fs::remove_file(log).unwrap();
        }
    };
    greeted();

    // Two machines come back where the other one was.
    for (machine, address) in [("flix-web", "127.0.0.3"), ("flix-app1", "127.0.0.2")] {
        lab.set(machine, "Stopped");
        let pid = fs::read_to_string(lab.stand_in("vm").join(machine).join("pid")).unwrap();
        assert!(Command::new("kill").arg(pid.trim()).status().unwrap().success());
        fs::write(lab.stand_in("vm").join(machine).join("address"), address).unwrap();
    }
    says_all(&lab.says(0, &["snapshot", "one"]), &["kept"]);
    says_all(&lab.says(0, &["reset", "--to", "one"]), &["started web (127.0.0.3)", "started app1 (127.0.0.2)"]);
    greeted();

    // Somebody else's machine at an address of the lab is not taken for it.
    let [web, app1] = ["flix-web", "flix-app1"].map(|machine| lab.stand_in("vm").join(machine).join("address"));
    let at = fs::read_to_string(&app1).unwrap();
    fs::write(web, &at).unwrap();
    fs::remove_file(app1).unwrap();
    let text = lab.says(4, &["exec", "web", "--", "true"]);
    says_all(&text, &["host key", at.trim()]);
    lab.says(0, &["down"]);
}
