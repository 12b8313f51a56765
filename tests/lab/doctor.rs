//! `labctl doctor` on real machines: one lab, then every mistake of `tests/lab/mistakes/` is made for real, must be the first
//! finding, and is mended. `doctor` itself changes nothing, and a healthy lab has no finding.
//!
//! A mistake is `{ cause, on, says, typed, break, mend }`: shell as root on a machine (or on this computer), with the lab's
//! addresses and files as variables; `says` stands somewhere in the finding. The cause `none` is for what is no mistake. With
//! `typed: yes`, the commands that the first finding names are typed, then
//! those of what is left, and the lab must be well again.

use super::class::Class;
use super::seen::Seen;
use super::web::http;
use labctl::internals::problem::Source;
use labctl::internals::yaml::{self, Node};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What every shell of a mistake may call.
const PRELUDE: &str = r#"
set -e
DEMO=/etc/nginx/dumbways/demo.lab.test.conf
APP=/etc/nginx/dumbways/app1.lab.test.conf
SITES="$DEMO $APP"
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
# As the student, with what pm2 is to see of this environment.
me() { runuser -u student -- env HOME=/home/student USER=student "$@"; }
serves() { for n in $(seq 100); do if curl -s -o /dev/null http://127.0.0.1:3000/; then return; fi; sleep 0.1; done; return 1; }
# The application anew, with a restart count of nought.
again() { me pm2 -s delete demo; me pm2 -s resurrect; serves; }
keep() { rm -rf /root/nginx.kept; cp -a /etc/nginx /root/nginx.kept; }
reload() { sleep 0.2; nginx -t -q; systemctl reload nginx; sleep 0.2; }
restore() { rm -rf /etc/nginx; mv /root/nginx.kept /etc/nginx; sleep 0.2; systemctl reset-failed nginx; systemctl reload-or-restart nginx; sleep 0.2; }
"#;

struct Mistake {
    name: String,
    node: Node,
}

impl Mistake {
    fn all() -> Vec<Self> {
        let files = files("tests/lab/mistakes");
        files.into_iter().map(|(name, text)| Self { node: parsed(&name, text), name }).collect()
    }

    fn text(&self, key: &str) -> &str {
        self.node.get(key).and_then(Node::text).unwrap_or_default()
    }
}

/// The files of a folder of these tests, by name.
fn files(folder: &str) -> Vec<(String, String)> {
    let entries = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut all: Vec<(String, String)> = paths
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()))
        .collect();
    all.sort();
    all
}

fn parsed(name: &str, text: String) -> Node {
    yaml::parse(&Source::new(name, text)).unwrap_or_else(|problems| panic!("{problems}"))
}

/// Shell as root on a machine, past ssh (which may be what is broken), or on this computer.
fn on(class: &Class, host: &str, shell: &str) {
    let variables: String = ["web", "app1", "app2"]
        .iter()
        .map(|host| format!("{}={}\n", host.to_uppercase(), class.address(host)))
        .chain([
            format!("HOSTS={}\nINVENTORY={}\n", class.hosts_file().display(), class.inventory()),
            format!("NOBODY={}.99\n", class.address("web").rsplit_once('.').unwrap().0),
        ])
        .collect();
    let command = match host {
        "controller" => vec!["sh".to_owned()],
        host => {
            let init = class.init_of(host).to_string();
            ["nsenter", "-t", &init, "-m", "-u", "-i", "-n", "-p", "-C", "--", "sh"].map(str::to_owned).to_vec()
        }
    };
    let mut child = Command::new("timeout")
        .arg("60")
        .args(command)
        .arg("-s")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(format!("{{\n{variables}{PRELUDE}{shell}\nexit\n}} < /dev/null\n").as_bytes())
        .unwrap();
    let ended = Seen::of(child.wait_with_output().unwrap());
    assert_eq!(ended.code, 0, "{host}: {shell}: {ended}");
}

fn findings(doctor: &Seen) -> Vec<Value> {
    doctor.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{doctor}"))).collect()
}

fn healthy(class: &Class, when: &str) {
    // nginx leaves a server that failed out for ten seconds; that is true, and passes.
    class.until(&format!("{when}: a healthy lab"), || {
        let doctor = class.labctl(&["doctor", "-v"]);
        let passes = doctor.out.contains("backend-ejected");
        assert!(doctor.code == 0 || passes, "{when}: {doctor}");
        doctor.code == 0
    });
    let doctor = class.labctl(&["doctor"]);
    assert!(doctor.out.contains(": nothing is wrong  (3 machines, 2 sites, "), "{doctor}");
    assert_eq!(class.labctl(&["doctor", "--format", "json"]).out, "");
}

#[test]
fn every_mistake_is_the_first_finding() {
    let Some(class) = Class::prepared("doctor") else { return };
    let up = class.labctl(&["up"]);
    assert_eq!(up.code, 0, "{up}");
    let install = "DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends nftables > /dev/null";
    std::thread::scope(|scope| {
        for host in ["web", "app1", "app2"] {
            let class = &class;
            scope.spawn(move || on(class, host, install));
        }
    });
    let short = class.read("inventory.yaml").replace("hosts:\n", "ssh: { connect_timeout: 5s }\nhosts:\n");
    class.write("inventory.yaml", &short);

    healthy(&class, "before");
    let before = class.fingerprint();
    let told = class.labctl(&["doctor"]);
    assert_eq!(told.code, 0, "{told}");
    assert!(before == class.fingerprint(), "looking changes nothing");

    let only = std::env::var("MISTAKE").unwrap_or_default();
    let mut wrong = Vec::new();
    let began = Instant::now();
    for mistake in Mistake::all().iter().filter(|mistake| mistake.name.contains(&only)) {
        wrong.extend(made_found_mended(&class, mistake));
    }
    eprintln!("the mistakes took {:.0} s", began.elapsed().as_secs_f64());
    assert!(wrong.is_empty(), "{} mistakes were not found as they are:\n{}", wrong.len(), wrong.join("\n\n"));
    healthy(&class, "after");
    let down = class.labctl(&["down"]);
    assert_eq!(down.code, 0, "{down}");
    class.assert_nothing_left();
}

/// What is wrong with the diagnosis of a mistake. It is mended in any case, for the next one.
fn made_found_mended(class: &Class, mistake: &Mistake) -> Option<String> {
    let (name, host) = (&mistake.name, mistake.text("on"));
    let began = Instant::now();
    on(class, host, mistake.text("break"));
    let broken = began.elapsed();
    let doctor = class.labctl(&["doctor", "--format", "json"]);
    let looked = began.elapsed();
    let found = findings(&doctor);
    let unmended = (mistake.text("typed") == "yes").then(|| typed(class, &found)).flatten();
    on(class, host, mistake.text("mend"));
    let others: Vec<&str> = found.iter().skip(1).filter_map(|each| each["cause"].as_str()).collect();
    eprintln!(
        "{name}: broken in {:.1} s, found in {:.1} s, mended in {:.1} s; beside it: {others:?}",
        broken.as_secs_f64(),
        (looked - broken).as_secs_f64(),
        (began.elapsed() - looked).as_secs_f64()
    );
    let wrong = misjudged(mistake, &found, doctor.code).or(unmended)?;
    Some(format!("{name}: {wrong}: {doctor}"))
}

/// Types what the findings say, one after the other, as the student would. Nothing may be left then.
fn typed(class: &Class, found: &[Value]) -> Option<String> {
    let mut found = found.to_vec();
    for _ in 0..3 {
        let first = found.first()?.clone();
        for each in first["next"].as_array()? {
            let (host, command) = (each["on"].as_str()?, each["command"].as_str()?);
            let seen = match host {
                "controller" => here(class, command),
                // Who cannot log in sits at the console.
                host if first["layer"] == "login" => console(class, host, command),
                host => class.ssh(host, command, ""),
            };
            if seen.code != 0 && first["layer"] != "login" {
                return Some(format!("{host}: {command}: {seen}"));
            }
        }
        // What was started may need a moment, and nginx leaves a server that failed out for ten seconds. A look takes seconds of
        // processor time, a visitor none.
        let patience = Instant::now() + Duration::from_secs(12);
        while !served_by_both(class) && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(300));
        }
        for _ in 0..8 {
            found = findings(&class.labctl(&["doctor", "--format", "json"]));
            if found.is_empty() {
                return None;
            }
            std::thread::sleep(Duration::from_millis(500));
        }
    }
    Some(format!("after typing what was told, there is still {found:?}"))
}

/// Whether visitors get the page, in turns from both servers.
fn served_by_both(class: &Class) -> bool {
    let mut by = BTreeSet::new();
    for _ in 0..4 {
        match http(class.address("web"), "demo.lab.test", "/") {
            Ok(answer) if answer.status == 200 => by.extend(answer.header("x-upstream").map(str::to_owned)),
            _ => return false,
        }
    }
    // Who is asked first in vain stands there as well.
    by.len() == 2 && by.iter().all(|upstream| !upstream.contains(','))
}

/// A line typed on this computer, in the folder of the inventory.
fn here(class: &Class, line: &str) -> Seen {
    let bin = Path::new(env!("CARGO_BIN_EXE_labctl")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut command = class.command(&[]);
    let hosts = command
        .get_envs()
        .find(|(key, _)| *key == "LABCTL_HOSTS_FILE")
        .and_then(|(_, value)| value.map(ToOwned::to_owned));
    command = Command::new("sh");
    command.args(["-c", &line.replace("sudo ", "")]).current_dir(class.path("")).stdin(Stdio::null());
    command.env("PATH", path).env("NO_COLOR", "1").env("LABCTL_HOSTS_FILE", hosts.unwrap());
    Seen::of(command.output().unwrap())
}

/// A line typed at the console of a machine, as the student.
fn console(class: &Class, host: &str, line: &str) -> Seen {
    let init = class.init_of(host).to_string();
    let words = ["nsenter", "-t", &init, "-m", "-u", "-i", "-n", "-p", "-C", "--", "runuser", "-u", "student", "--"];
    let user = ["env", "HOME=/home/student", "USER=student", "PATH=/usr/local/bin:/usr/bin:/bin", "sh", "-c", line];
    Seen::of(Command::new("timeout").arg("60").args(words).args(user).stdin(Stdio::null()).output().unwrap())
}

fn misjudged(mistake: &Mistake, found: &[Value], code: i32) -> Option<String> {
    if mistake.text("cause") == "none" {
        return (!found.is_empty() || code != 0).then(|| "something was found".to_owned());
    }
    let Some(first) = found.first() else { return Some("nothing was found".to_owned()) };
    let login = first["layer"] == "login";
    let place = if mistake.text("on") == "controller" && login { "web" } else { mistake.text("on") };
    let text = first.to_string().replace("\\\"", "\"");
    let says = mistake.text("says");
    let full = |key: &str| first[key].as_array().is_some_and(|list| !list.is_empty());
    let holds = [
        (first["cause"] == mistake.text("cause"), format!("not {}", mistake.text("cause"))),
        (first["host"] == place, format!("not on {place}")),
        (text.contains(says), format!("does not say `{says}`")),
        (full("seen") && full("next"), "no evidence, or nothing to type".to_owned()),
        (code == if login { 4 } else { 3 }, format!("exit code {code}")),
    ];
    holds.into_iter().find(|(holds, _)| !holds).map(|(_, wrong)| wrong)
}

/// What dpkg counts as installed, apt calls the newest version: the steps put back the programs that are lost.
#[test]
fn steps_install_again_what_lost_its_program() {
    let Some(class) = Class::prepared("doclost") else { return };
    let up = class.labctl(&["up"]);
    assert_eq!(up.code, 0, "{up}");
    on(&class, "app1", "ln -sf /home/student/.nvm/versions/node/v14.21.3/bin/node /usr/bin/node; rm /usr/bin/git");
    on(&class, "web", "systemctl stop nginx; rm /usr/sbin/nginx; : > /usr/bin/curl");
    let check = class.labctl(&["check"]);
    assert_eq!(check.code, 3, "{check}");
    let node = class.labctl(&["step", "node"]);
    assert_eq!(node.code, 0, "{node}");
    let up = class.labctl(&["up"]);
    assert_eq!(up.code, 0, "{up}");
    on(&class, "app1", "node -v; git --version; test ! -L /usr/bin/node");
    on(&class, "web", "nginx -t -q; curl --version > /dev/null");
    let again = class.labctl(&["check"]);
    assert_eq!(again.code, 0, "{again}");
    assert_eq!(class.labctl(&["down"]).code, 0);
    class.assert_nothing_left();
}
