//! Host keys as a person meets them: shown once when they are new, refused when they change, accepted with
//! `labctl trust`; and a file that OpenSSH's own `ssh` uses just as well.

use super::logins::says;
use super::sshd::*;
use labctl::internals::inventory::HostKeys;
use labctl::internals::transport::{HostKeyVerdict, Key, Session, Transport, replace};
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

macro_rules! lab {
    ($lab:ident) => {
        lab!($lab, "")
    };
    ($lab:ident, $config:expr) => {
        let Some($lab) = lab_with($config) else { return };
    };
}

fn public(file: &Path) -> String {
    let text = fs::read_to_string(file.with_extension("pub")).unwrap();
    text.trim().rsplit_once(' ').unwrap().0.to_owned()
}

fn print(file: &Path) -> String {
    said("ssh-keygen", &["-lf", &file.with_extension("pub").display().to_string()])
        .split(' ')
        .nth(1)
        .unwrap()
        .to_owned()
}

/// labctl with an inventory of one host, on the server of this test.
fn labctl(lab: &Lab, ssh: &str, words: &[&str]) -> Output {
    let text = format!(
        "lab: t\nssh: {{ user: {}, port: {}, key: key, known_hosts: known_hosts, config: false{ssh} }}\n\
         hosts:\n  web: {{ address: 127.0.0.1, groups: [web] }}\n",
        lab.user, lab.port
    );
    fs::write(lab.at("inventory.yaml"), text).unwrap();
    Command::new(env!("CARGO_BIN_EXE_labctl"))
        .args([words[0], "-i", &lab.at("inventory.yaml").display().to_string()])
        .args(&words[1..])
        .env("LABCTL_HOSTS_FILE", lab.at("hosts"))
        .env_remove("SSH_AUTH_SOCK")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn all(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_is_told_of_once() {
    lab!(lab);
    let (ssh, host) = (lab.ssh(), lab.host());
    ssh.open(&host).await.unwrap();
    let pinned = ssh.pinned(&host.name);
    assert_eq!(pinned.len(), 1);
    assert_eq!(pinned[0].key, format!("ED25519 {}", print(&lab.at("host"))));
    assert_eq!(pinned[0].endpoint, format!("{}@127.0.0.1:{}", lab.user, lab.port));
    assert_eq!(pinned[0].file, lab.at("known_hosts"));
    ssh.open(&host).await.unwrap();
    lab.ssh().open(&host).await.unwrap();
    assert!(ssh.pinned(&host.name).is_empty() && lab.ssh().pinned(&host.name).is_empty());
}

#[test]
fn a_changed_key_is_accepted_with_the_words_that_labctl_says() {
    lab!(lab);
    let (old, new) = (print(&lab.at("other")), print(&lab.at("host")));
    let known = lab.at("known_hosts");
    let before = format!(
        "# mine\nweb,[127.0.0.1]:{} {} me@there\n\tapp {}\n",
        lab.port,
        public(&lab.at("other")),
        public(&lab.at("other"))
    );
    fs::write(&known, &before).unwrap();
    let refused = labctl(&lab, "", &["exec", "web", "--", "true"]);
    let words = format!("labctl trust web -i '{}'", lab.at("inventory.yaml").display());
    for word in [&old, &new, &words] {
        assert!(all(&refused).contains(word), "`{word}` is not in: {}", all(&refused));
    }
    assert_eq!(refused.status.code(), Some(4));
    // Nobody is there to say yes.
    let asked = labctl(&lab, "", &["trust", "web"]);
    assert_eq!(
        (asked.status.code(), fs::read_to_string(&known).unwrap()),
        (Some(2), before.clone()),
        "{}",
        all(&asked)
    );
    let accepted = labctl(&lab, "", &["trust", "web", "--yes"]);
    assert_eq!(accepted.status.code(), Some(0), "{}", all(&accepted));
    for word in [format!("pinned   ED25519 {old}  ({}:2)", known.display()), format!("offered  ED25519 {new}")] {
        assert!(all(&accepted).contains(&word), "`{word}` is not in: {}", all(&accepted));
    }
    let (other, own) = (public(&lab.at("other")), public(&lab.at("host")));
    let after = format!("# mine\nweb {other} me@there\n[127.0.0.1]:{} {own}\n\tapp {other}\n", lab.port);
    assert_eq!(fs::read_to_string(&known).unwrap(), after);
    let again = labctl(&lab, "", &["trust", "web"]);
    assert!(again.status.success() && all(&again).contains("nothing to do"), "{}", all(&again));
    let wrong = labctl(&lab, "", &["trust", "wbe"]);
    assert!(wrong.status.code() == Some(2) && all(&wrong).contains("did you mean `web`"), "{}", all(&wrong));
}

#[test]
fn a_key_is_accepted_on_a_terminal_with_the_whole_word_yes() {
    lab!(lab);
    let strict = ", host_keys: strict";
    labctl(&lab, strict, &["trust", "web"]);
    for (typed, accepted) in [("no", false), ("y", false), ("", false), ("yes", true)] {
        let line = format!("{} trust web -i {}", env!("CARGO_BIN_EXE_labctl"), lab.at("inventory.yaml").display());
        let shell = format!("printf '%s\\n' '{typed}' | script -qec '{line}' /dev/null");
        let seen = Command::new("sh").args(["-c", &shell]).output().unwrap();
        assert!(all(&seen).contains("Trust the offered key? (yes/no)"), "{}", all(&seen));
        assert_eq!(lab.at("known_hosts").exists(), accepted, "{typed}: {}", all(&seen));
    }
}

#[test]
fn what_must_not_be_accepted_is_not() {
    lab!(lab);
    let (own, other) = (public(&lab.at("host")), public(&lab.at("other")));
    let rows = [
        (format!("@revoked * {own}\n"), "revoked"),
        (format!("[127.0.0.1]:{} {other}\n@revoked [127.0.0.1]:{} {own}\n", lab.port, lab.port), "revoked"),
        (format!("* {other}\n"), "pattern for several hosts"),
        (format!("[127.0.0.1]:{},[127.*]:* {other}\n", lab.port), "pattern for several hosts"),
    ];
    for (text, why) in rows {
        fs::write(lab.at("known_hosts"), &text).unwrap();
        let seen = labctl(&lab, "", &["trust", "web", "--yes"]);
        assert!(seen.status.code() == Some(1) && all(&seen).contains(why), "{text}: {}", all(&seen));
        assert_eq!(fs::read_to_string(lab.at("known_hosts")).unwrap(), text);
    }
}

/// The bastion's key is as much on the way as the host's own.
#[test]
fn a_bastions_key_is_accepted_first() {
    lab!(gate);
    lab!(lab);
    fs::copy(lab.at("key.pub"), gate.at("authorized_keys")).unwrap();
    let ssh = format!(", jump: \"{}@127.0.0.1:{}\"", gate.user, gate.port);
    let other = public(&lab.at("other"));
    let text = format!("[127.0.0.1]:{} {other}\n[127.0.0.1]:{} {other}\n", gate.port, lab.port);
    fs::write(lab.at("known_hosts"), text).unwrap();
    let refused = all(&labctl(&lab, &ssh, &["exec", "web", "--", "true"]));
    assert!(refused.contains("through a bastion") && refused.contains("labctl trust web"), "{refused}");
    for way in [&gate, &lab] {
        let seen = labctl(&lab, &ssh, &["trust", "web", "--yes"]);
        let wanted = format!("offered  ED25519 {}", print(&way.at("host")));
        assert!(seen.status.success() && all(&seen).contains(&wanted), "{wanted}: {}", all(&seen));
    }
    let seen = all(&labctl(&lab, &ssh, &["trust", "web"]));
    assert!(seen.contains("nothing to do"), "{seen}");
}

/// As the person's own ssh, which must never ask: every form that a file may have.
#[tokio::test(flavor = "multi_thread")]
async fn openssh_uses_the_same_file() {
    lab!(lab);
    let strict = lab.host_with(|login| login.host_keys = HostKeys::Strict);
    lab.ssh().open(&lab.host()).await.unwrap();
    let known = lab.at("known_hosts");
    let by_ssh = || {
        let (port, file) = (lab.port.to_string(), format!("UserKnownHostsFile={}", known.display()));
        let key = lab.at("key").display().to_string();
        let mut ssh = Command::new("ssh");
        ssh.args(["-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", &file]);
        ssh.args([
            "-o",
            "GlobalKnownHostsFile=/dev/null",
            "-i",
            &key,
            "-p",
            &port,
            "-l",
            &lab.user,
            "127.0.0.1",
            "true",
        ]);
        ssh.stdin(Stdio::null()).output().unwrap().status.success()
    };
    assert!(by_ssh(), "as labctl wrote it");
    said("ssh-keygen", &["-q", "-H", "-f", &known.display().to_string()]);
    assert!(fs::read_to_string(&known).unwrap().starts_with("|1|"));
    assert!(by_ssh() && lab.ssh().open(&strict).await.is_ok(), "hashed");
    // The key changes under a hashed name.
    let text = fs::read_to_string(&known).unwrap().replace(&public(&lab.at("host")), &public(&lab.at("other")));
    fs::write(&known, format!("# first\r\n{text}last,* nonsense")).unwrap();
    assert!(!by_ssh());
    let shown = lab.ssh().probe(&strict).await.unwrap();
    assert!(matches!(shown.verdict, HostKeyVerdict::Changed { line: 2, .. }), "{shown:?}");
    replace(&shown.file, &shown.host, shown.port, &shown.key, &shown.pinned).unwrap();
    let new = format!("# first\r\n[127.0.0.1]:{} {}\nlast,* nonsense", lab.port, public(&lab.at("host")));
    assert_eq!(fs::read_to_string(&known).unwrap(), new);
    assert!(by_ssh() && lab.ssh().open(&strict).await.is_ok(), "replaced");
}

/// Certificates that an authority of the file has signed, and that are none for this host or this time.
#[tokio::test(flavor = "multi_thread")]
async fn certificates_that_do_not_hold_are_refused_as_openssh_does() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let text = |name: &str| at(name).display().to_string();
    for key in ["ca", "rogue", "h"] {
        keygen(&at(key), "ed25519", "");
    }
    let rows: [(&str, &[&str], &str, &str); 6] = [
        ("good", &["-n", "127.0.0.1", "-V", "-1d:+1d"], "ca", ""),
        ("expired", &["-n", "127.0.0.1", "-V", "20200101:20200102"], "ca", "is not valid"),
        ("not yet", &["-n", "127.0.0.1", "-V", "20900101:20900102"], "ca", "is not valid"),
        ("another host's", &["-n", "elsewhere"], "ca", "it is for elsewhere"),
        ("another authority's", &["-n", "127.0.0.1"], "rogue", "is not valid"),
        ("of a revoked authority", &["-n", "127.0.0.1"], "ca", "revoked"),
    ];
    for (what, words, authority, why) in rows {
        let mut sign = vec!["-q", "-s"];
        let (by, public_key) = (text(authority), text("h.pub"));
        sign.extend([by.as_str(), "-h", "-I", "web"]);
        sign.extend(words);
        sign.push(&public_key);
        said("ssh-keygen", &sign);
        lab!(
            lab,
            &format!(
                "HostKey {}\nHostCertificate {}\nHostKeyAlgorithms ssh-ed25519-cert-v01@openssh.com",
                text("h"),
                text("h-cert.pub")
            )
        );
        let mut file = format!("@cert-authority * {}\n", public(&at("ca")));
        if why == "revoked" {
            file.push_str(&format!("@revoked * {}\n", public(&at("ca"))));
        }
        fs::write(lab.at("known_hosts"), &file).unwrap();
        let opened = lab.ssh().open(&lab.host()).await;
        let mut ssh = Command::new("ssh");
        let known = format!("UserKnownHostsFile={}", lab.at("known_hosts").display());
        ssh.args(["-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", &known]);
        ssh.args(["-o", "GlobalKnownHostsFile=/dev/null", "-i", &lab.at("key").display().to_string()]);
        ssh.args(["-p", &lab.port.to_string(), "-l", &lab.user, "127.0.0.1", "true"]);
        let openssh = ssh.stdin(Stdio::null()).output().unwrap().status.success();
        assert_eq!((opened.is_ok(), openssh), (why.is_empty(), why.is_empty()), "{what}: {:?}", opened.err());
        if let Err(error) = opened {
            says(&error, &[why]);
            let seen = labctl(&lab, "", &["trust", "web", "--yes"]);
            assert!(seen.status.code() == Some(1) && all(&seen).contains(why), "{what}: {}", all(&seen));
        }
        assert_eq!(fs::read_to_string(lab.at("known_hosts")).unwrap(), file, "{what}");
    }
}

/// Writers of one file at the same time, each with a host of its own: nothing is lost, and no line is broken.
#[test]
fn many_write_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("known_hosts");
    let keys: Vec<_> = ["a", "b"].map(|name| folder.path().join(name)).into();
    keys.iter().for_each(|key| keygen(key, "ed25519", ""));
    let key = |at: usize| public(&keys[at]).parse::<russh::keys::PublicKey>().unwrap();
    let old: String = (0..24).map(|n| format!("host{n} {}\n", public(&keys[0]))).collect();
    fs::write(&file, format!("# first\n{old}# last\n")).unwrap();
    std::thread::scope(|scope| {
        for n in 0..24_usize {
            let (file, old, new) = (&file, Key::of(&key(0)), key(1));
            scope.spawn(move || {
                replace(file, &format!("host{n}"), 22, &new, &[(n + 2, old)]).unwrap();
                replace(file, &format!("new{n}"), 2200, &new, &[]).unwrap();
            });
        }
    });
    let text = fs::read_to_string(&file).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.remove(0), "# first");
    let replaced: Vec<String> = (0..24).map(|n| format!("host{n} {}", public(&keys[1]))).collect();
    assert_eq!(lines[..24], replaced);
    assert_eq!(lines.remove(24), "# last");
    let mut added: Vec<&str> = lines.split_off(24);
    added.sort_unstable();
    let mut wanted: Vec<String> = (0..24).map(|n| format!("[new{n}]:2200 {}", public(&keys[1]))).collect();
    wanted.sort_unstable();
    assert_eq!(added, wanted);
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 6, "no half-written file stays: {left:?}");
}

/// What a person agreed to is what is replaced, and not what another process has put there since.
#[test]
fn a_file_that_changed_while_somebody_thought_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    ["a", "b", "c"].iter().for_each(|key| keygen(&at(key), "ed25519", ""));
    let key = |name: &str| public(&at(name)).parse::<russh::keys::PublicKey>().unwrap();
    let text = format!("web {}\n", public(&at("b")));
    fs::write(at("known_hosts"), &text).unwrap();
    let seen = [(1, Key::of(&key("a")))];
    let error = replace(&at("known_hosts"), "web", 22, &key("c"), &seen).unwrap_err();
    assert!(error.to_string().contains("in the meantime"), "{error}");
    assert_eq!(fs::read_to_string(at("known_hosts")).unwrap(), text);
    // A link stays a link, and permissions stay.
    std::os::unix::fs::symlink(at("known_hosts"), at("link")).unwrap();
    fs::set_permissions(at("known_hosts"), std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
    replace(&at("link"), "web", 22, &key("c"), &[(1, Key::of(&key("b")))]).unwrap();
    assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(at("known_hosts")).unwrap(), format!("web {}\n", public(&at("c"))));
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(fs::metadata(at("known_hosts")).unwrap().permissions().mode() & 0o777, 0o640);
}

/// A bastion or a host that is taken over must not be able to use the person's keys.
#[tokio::test(flavor = "multi_thread")]
async fn the_agent_is_never_forwarded() {
    lab!(lab, "LogLevel DEBUG1\nAllowAgentForwarding yes");
    let socket = lab.at("agent");
    let mut agent = Command::new("ssh-agent").arg("-D").arg("-a").arg(&socket).stdout(Stdio::null()).spawn().unwrap();
    while !socket.exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    said_with_agent(&socket, &["-q", &lab.at("key").display().to_string()]);
    let person = labctl::internals::transport::Person { agent: Some(socket), ..lab.person() };
    let gate = format!("{}@127.0.0.1:{}", lab.user, lab.port);
    let host = lab.host_with(|login| {
        login.key = None;
        login.jump = Some(format!("{gate},{gate}"));
    });
    let session = lab.ssh_of(person).open(&host).await.unwrap();
    let (_, lines) = told(&session).await;
    let _ = agent.kill().and_then(|()| agent.wait());
    assert!(lines.iter().any(|line| line == "none"), "{lines:?}");
    // sshd may write later than it answers.
    let mut log = String::new();
    for _ in 0..600 {
        log = fs::read_to_string(lab.at("log")).unwrap();
        if log.contains("req exec") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert!(log.contains("req exec"), "the log tells of requests: {log}");
    assert!(!log.contains("auth-agent-req"), "{log}");
}

/// `labctl ssh` is the system's ssh, which also reads what the person has configured for all their hosts.
#[tokio::test(flavor = "multi_thread")]
async fn the_agent_is_not_forwarded_by_a_persons_configuration() {
    lab!(lab, "AllowAgentForwarding yes");
    let socket = lab.at("agent");
    let mut agent = Command::new("ssh-agent").arg("-D").arg("-a").arg(&socket).stdout(Stdio::null()).spawn().unwrap();
    while !socket.exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    fs::write(lab.at("config"), "Host *\n  ForwardAgent yes\n  BatchMode yes\n").unwrap();
    let words = lab.ssh().command_line(&lab.host()).await.unwrap();
    let asked = |words: &[&String]| {
        let mut ssh = Command::new("ssh");
        ssh.arg("-F").arg(lab.at("config")).args(words).arg("echo ${SSH_AUTH_SOCK-none}");
        String::from_utf8(ssh.env("SSH_AUTH_SOCK", &socket).output().unwrap().stdout).unwrap().trim().to_owned()
    };
    let ours = asked(&words.iter().collect::<Vec<_>>());
    let without = asked(&words.iter().filter(|word| *word != "-a").collect::<Vec<_>>());
    let _ = agent.kill().and_then(|()| agent.wait());
    assert!(without.starts_with('/'), "the configuration counts: {without}");
    assert_eq!(ours, "none");
    let gate = format!("{}@127.0.0.1:{}", lab.user, lab.port);
    let behind = lab.host_with(|login| login.jump = Some(format!("{gate},{gate}")));
    let words = lab.ssh().command_line(&behind).await.unwrap();
    let line: Vec<String> = words.join(" ").split(' ').map(|word| word.replace(['\'', '\\'], "")).collect();
    let of = |wanted: &str| line.iter().filter(|word| *word == wanted).count();
    assert_eq!((of("-W"), of("-a")), (2, 3), "the machine's ssh and that of each bastion: {line:?}");
}

async fn told(session: &impl Session) -> (bool, Vec<String>) {
    let (ended, lines) = run(session, script("echo ${SSH_AUTH_SOCK-none}")).await;
    (ended.is_ok(), lines)
}

fn said_with_agent(socket: &Path, words: &[&str]) {
    assert!(Command::new("ssh-add").args(words).env("SSH_AUTH_SOCK", socket).status().unwrap().success());
}
