//! Logins: keys, passphrases, agents, host keys, bastions, configuration; and the words when they fail.

use super::sshd::*;
use labctl::internals::inventory::{HostKeys, SecretSource, SshConfig};
use labctl::internals::report::sentences::unreachable::{hints, reason};
use labctl::internals::transport::{Ended, Input, Person, Transport};
use labctl::internals::unreachable::Unreachable;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Asserts that a failure says all of these, and gives a hint.
pub fn says(error: &Unreachable, words: &[&str]) {
    let hints = hints(error);
    let all = format!("{}\n{}", reason(error), hints.join("\n"));
    for word in words {
        assert!(all.contains(word), "`{word}` is not in: {all}");
    }
    assert!(!hints.is_empty(), "{all}");
}

macro_rules! lab {
    ($lab:ident) => {
        lab!($lab, "")
    };
    ($lab:ident, $config:expr) => {
        #[allow(unused_mut)]
        let Some(mut $lab) = lab_with($config) else { return };
    };
}

async fn works(session: &impl labctl::internals::transport::Session) {
    assert_eq!(run(session, script("exit 9")).await.0, Ok(Ended::Status(9)));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_all_kinds() {
    lab!(lab);
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let file = lab.at(&format!("id_{kind}"));
        keygen(&file, kind, "");
        fs::copy(file.with_extension("pub"), lab.at("authorized_keys")).unwrap();
        works(&lab.ssh().open(&lab.host_with(|login| login.key = Some(file))).await.unwrap()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_told_clearly() {
    lab!(lab);
    let place = format!("{}@127.0.0.1:{}", lab.user, lab.port);
    let error = lab.ssh().open(&lab.host_with(|login| login.key = Some("other".into()))).await.unwrap_err();
    says(&error, &["denied", &place, "/other", "publickey", "authorized_keys"]);
    let error = lab.ssh().open(&lab.host_with(|login| login.key = Some("none".into()))).await.unwrap_err();
    says(&error, &["/none", "does not exist", "ssh-keygen"]);
    let error = lab.ssh().open(&lab.host_with(|login| login.key = Some("key.pub".into()))).await.unwrap_err();
    says(&error, &["key.pub", "not a private key", "without .pub"]);
    let error = lab.ssh().open(&lab.host_with(|login| login.key = None)).await.unwrap_err();
    says(&error, &["no key or password", &place, "publickey"]);
    let error = lab.ssh().open(&lab.host_with(|login| login.user = Some("nobody-here".into()))).await.unwrap_err();
    says(&error, &["denied", "nobody-here"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn passphrases() {
    lab!(lab);
    keygen(&lab.at("locked"), "ed25519", "open sesame");
    fs::copy(lab.at("locked.pub"), lab.at("authorized_keys")).unwrap();
    secret(&lab.at("right"), "open sesame\n");
    secret(&lab.at("wrong"), "open barley\n");
    let host = |passphrase: Option<&str>| {
        lab.host_with(|login| {
            login.key = Some("locked".into());
            login.passphrase = passphrase.map(|file| SecretSource::File(file.into()));
        })
    };
    let ssh = lab.ssh();
    works(&ssh.open(&host(Some("right"))).await.unwrap()).await;
    says(&ssh.open(&host(Some("wrong"))).await.unwrap_err(), &["wrong passphrase", "/locked"]);
    says(&ssh.open(&host(None)).await.unwrap_err(), &["/locked", "passphrase", "ssh-add", "env"]);
    says_no_hint(&ssh.open(&host(Some("gone"))).await.unwrap_err(), "/gone");
    // Opened once for all: the file is not read again.
    fs::remove_file(lab.at("locked")).unwrap();
    works(&ssh.open(&host(Some("right"))).await.unwrap()).await;
}

fn says_no_hint(error: &Unreachable, word: &str) {
    assert!(reason(error).contains(word), "{error:?}");
}

struct Agent(Child);

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn agent(lab: &Lab, keys: &[&str]) -> (Agent, Person) {
    let socket = lab.at("agent");
    let child = Command::new("ssh-agent").arg("-D").arg("-a").arg(&socket).stdout(Stdio::null()).spawn().unwrap();
    let agent = Agent(child);
    while !socket.exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    for key in keys {
        let mut add = Command::new("ssh-add");
        add.arg("-q").arg(lab.at(key)).env("SSH_AUTH_SOCK", &socket);
        assert!(add.status().unwrap().success());
    }
    (agent, Person { agent: Some(socket), ..lab.person() })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_agent_signs() {
    lab!(lab);
    keygen(&lab.at("rsa"), "rsa", "");
    let (_agent, person) = agent(&lab, &["other", "rsa", "key"]);
    let ssh = lab.ssh_of(person);
    works(&ssh.open(&lab.host_with(|login| login.key = None)).await.unwrap()).await;
    // A locked key file whose other half the agent holds.
    fs::copy(lab.at("key"), lab.at("locked")).unwrap();
    let file = lab.at("locked").display().to_string();
    said("ssh-keygen", &["-q", "-p", "-P", "", "-N", "sesame", "-f", &file]);
    works(&ssh.open(&lab.host_with(|login| login.key = Some("locked".into()))).await.unwrap()).await;
    fs::copy(lab.at("rsa.pub"), lab.at("authorized_keys")).unwrap();
    works(&ssh.open(&lab.host_with(|login| login.key = None)).await.unwrap()).await;
    let gone = Person { agent: Some(lab.at("no-agent")), ..lab.person() };
    assert!(lab.ssh_of(gone).open(&lab.host_with(|login| login.key = None)).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_keys_are_told_as_such() {
    lab!(lab, "MaxAuthTries 2");
    for key in ["a", "b", "c"] {
        keygen(&lab.at(key), "ed25519", "");
    }
    let (_agent, person) = agent(&lab, &["a", "b", "c"]);
    let error = lab.ssh_of(person).open(&lab.host_with(|login| login.key = None)).await.unwrap_err();
    says(&error, &["oo many authentication failures", "name the right one"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_usual_keys_are_found() {
    lab!(lab);
    fs::create_dir(lab.at("home/.ssh")).unwrap();
    keygen(&lab.at("home/.ssh/id_ed25519"), "ed25519", "locked");
    keygen(&lab.at("home/.ssh/id_rsa"), "rsa", "");
    fs::copy(lab.at("home/.ssh/id_rsa.pub"), lab.at("authorized_keys")).unwrap();
    works(&lab.ssh().open(&lab.host_with(|login| login.key = None)).await.unwrap()).await;
    fs::write(lab.at("authorized_keys"), "").unwrap();
    let error = lab.ssh().open(&lab.host_with(|login| login.key = None)).await.unwrap_err();
    says(&error, &["id_rsa", "id_ed25519 is locked", "ssh-add"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_host_key_is_kept_and_a_changed_one_refused() {
    lab!(lab);
    let strict = lab.host_with(|login| login.host_keys = HostKeys::Strict);
    let print = said("ssh-keygen", &["-lf", &lab.at("host.pub").display().to_string()]);
    let print = print.split(' ').nth(1).unwrap();
    says(&lab.ssh().open(&strict).await.unwrap_err(), &["not known", print, "known_hosts", "accept-new"]);
    assert!(!lab.at("known_hosts").exists());
    fs::write(lab.at("known_hosts"), "# mine\n127.0.0.1 ssh-ed25519 AAAAtypo\n").unwrap();
    says(&lab.ssh().open(&strict).await.unwrap_err(), &["not known", "line 2"]);
    fs::remove_file(lab.at("known_hosts")).unwrap();
    let (a, b) = (lab.ssh(), lab.ssh());
    let (one, two) = tokio::join!(async { a.open(&lab.host()).await }, async { b.open(&lab.host()).await });
    works(&one.unwrap()).await;
    works(&two.unwrap()).await;
    let line = fs::read_to_string(lab.at("known_hosts")).unwrap();
    let key = fs::read_to_string(lab.at("host.pub")).unwrap();
    let key = key.rsplit_once(' ').unwrap().0;
    assert_eq!(line, format!("[127.0.0.1]:{} {key}\n", lab.port));
    works(&lab.ssh().open(&strict).await.unwrap()).await;
    let other = fs::read_to_string(lab.at("other.pub")).unwrap();
    fs::write(lab.at("known_hosts"), format!("# mine\n[127.0.0.1]:{} {other}", lab.port)).unwrap();
    let old = said("ssh-keygen", &["-lf", &lab.at("other.pub").display().to_string()]);
    let old = old.split(' ').nth(1).unwrap();
    for host in [lab.host(), strict] {
        let error = lab.ssh().open(&host).await.unwrap_err();
        says(&error, &["changed", "known_hosts:2", old, print, "ssh-keygen -R '[127.0.0.1]:", "-f '"]);
    }
    fs::write(lab.at("known_hosts"), format!("@revoked * {key}\n")).unwrap();
    says(&lab.ssh().open(&lab.host()).await.unwrap_err(), &["revoked", "known_hosts:1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_known_by_another_kind_of_key_is_not_new() {
    let folder = tempfile::tempdir().unwrap();
    let rsa = folder.path().join("rsa");
    keygen(&rsa, "rsa", "");
    lab!(lab, &format!("HostKey {}", rsa.display()));
    let key = fs::read_to_string(rsa.with_extension("pub")).unwrap();
    let known = format!("[127.0.0.1]:{} {key}", lab.port);
    fs::write(lab.at("known_hosts"), &known).unwrap();
    works(&lab.ssh().open(&lab.host()).await.unwrap()).await;
    assert_eq!(fs::read_to_string(lab.at("known_hosts")).unwrap(), known);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_certificate_is_taken_from_a_known_authority() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    keygen(&folder.path().join("ca"), "ed25519", "");
    keygen(&folder.path().join("h"), "ed25519", "");
    said("ssh-keygen", &["-q", "-s", &at("ca"), "-h", "-I", "web", "-n", "127.0.0.1", &at("h.pub")]);
    lab!(lab, &format!("HostKey {}\nHostCertificate {}", at("h"), at("h-cert.pub")));
    let authority = fs::read_to_string(at("ca.pub")).unwrap();
    fs::write(lab.at("known_hosts"), format!("@cert-authority * {authority}")).unwrap();
    let strict = lab.host_with(|login| login.host_keys = HostKeys::Strict);
    works(&lab.ssh().open(&strict).await.unwrap()).await;
    let other = fs::read_to_string(lab.at("other.pub")).unwrap();
    fs::write(lab.at("known_hosts"), format!("@cert-authority * {other}")).unwrap();
    assert!(lab.ssh().open(&strict).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bastion_is_logged_in_to_once() {
    lab!(lab);
    let gate = format!("{}@127.0.0.1:{}", lab.user, lab.port);
    let host = lab.host_with(|login| login.jump = Some(gate.clone()));
    let ssh = lab.ssh();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let (ssh, host) = (ssh.clone(), host.clone());
        tasks.spawn(async move { ssh.open(&host).await });
    }
    let sessions: Vec<_> = tasks.join_all().await.into_iter().map(Result::unwrap).collect();
    for session in &sessions {
        works(session).await;
    }
    assert_eq!(lab.connections().len(), 13);
    // The connections that nobody uses any more are closed, the bastion's stays for the run.
    drop(sessions);
    down_to(&lab, 1).await;
    let twice = lab.host_with(|login| login.jump = Some(format!("{gate},{gate}")));
    works(&ssh.open(&twice).await.unwrap()).await;
    let bytes = vec![b'x'; 3 << 20];
    fs::write(lab.at("big"), bytes).unwrap();
    let (_, lines) = run(&ssh.open(&twice).await.unwrap(), exec("wc -c", Input::File(lab.at("big")))).await;
    assert_eq!(lines[0].trim(), "3145728");
    let closed = free_port();
    let shut = host_at(&lab, closed, &gate);
    says(&ssh.open(&shut).await.unwrap_err(), &[&closed.to_string(), "bastion", "could not connect"]);
    let no_gate = lab.host_with(|login| login.jump = Some(format!("x@127.0.0.1:{closed}")));
    says(&ssh.open(&no_gate).await.unwrap_err(), &["through a bastion", "refused"]);
    says(&ssh.open(&lab.host_with(|login| login.jump = Some("a,:x".into()))).await.unwrap_err(), &["`:x`"]);
}

/// sshd sends most of twelve away at once, with a word; all come back until they are let in.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_sent_away_comes_back() {
    lab!(lab, "MaxStartups 2:100:2");
    let gate = format!("{}@127.0.0.1:{}", lab.user, lab.port);
    let (straight, behind) = (lab.host_with(|_| ()), lab.host_with(|login| login.jump = Some(gate.clone())));
    let ssh = lab.ssh();
    let mut tasks = tokio::task::JoinSet::new();
    for turn in 0..12 {
        let (ssh, host) = (ssh.clone(), if turn % 2 == 0 { straight.clone() } else { behind.clone() });
        tasks.spawn(async move { ssh.open(&host).await.map(drop) });
    }
    for opened in tasks.join_all().await {
        opened.unwrap();
    }
}

/// An sshd that sends away the twenty-first who has not logged in sees no more than eight of forty, straight or behind it.
#[tokio::test(flavor = "multi_thread")]
async fn no_more_are_at_a_door_than_sshd_lets_wait_there() {
    lab!(lab, "MaxStartups 20:100:20");
    let gate = format!("{}@127.0.0.1:{}", lab.user, lab.port);
    let log = |lab: &Lab| fs::read_to_string(lab.at("log")).unwrap();
    for host in [lab.host(), lab.host_with(|login| login.jump = Some(gate.clone()))] {
        let ssh = lab.ssh();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..40 {
            let (ssh, host) = (ssh.clone(), host.clone());
            tasks.spawn(async move { ssh.open(&host).await.map(drop) });
        }
        for opened in tasks.join_all().await {
            opened.unwrap();
        }
        assert!(!log(&lab).contains("MaxStartups"), "{}", log(&lab));
    }
    // It would have said so.
    let crowd: Vec<_> = (0..40).map(|_| std::net::TcpStream::connect(("127.0.0.1", lab.port)).unwrap()).collect();
    for _ in 0..300 {
        if log(&lab).contains("MaxStartups") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{} connections, and not a word: {}", crowd.len(), log(&lab));
}

async fn down_to(lab: &Lab, connections: usize) {
    for _ in 0..100 {
        if lab.connections().len() == connections {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{} connections are left", lab.connections().len());
}

fn host_at(lab: &Lab, port: u16, jump: &str) -> labctl::internals::inventory::Host {
    lab.host_with(|login| {
        login.port = Some(port);
        login.jump = Some(jump.into());
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ssh_configuration_fills_what_is_left_out() {
    lab!(lab);
    let (key, port, user) = (lab.at("key"), lab.port, &lab.user);
    let text = format!(
        "Host gate web\n  HostName 127.0.0.1\n  Port {port}\n  User {user}\n  IdentityFile {}\nHost web\n  ProxyJump gate\n",
        key.display()
    );
    fs::write(lab.at("config"), text).unwrap();
    let mut host = lab.host_with(|login| {
        login.key = None;
        login.port = None;
        login.ssh_config = SshConfig::File("config".into());
    });
    let ssh = lab.ssh_of(Person { user: Some("nobody-here".into()), ..lab.person() });
    for (name, connections) in [("gate", 1), ("web", 2)] {
        host.address = Some(name.into());
        let session = ssh.open(&host).await.unwrap();
        works(&session).await;
        assert_eq!(lab.connections().len(), connections);
        drop(session);
        down_to(&lab, connections - 1).await;
    }
    host.login.user = Some("nobody-here".into());
    assert!(ssh.open(&host).await.is_err(), "the inventory wins");
    fs::write(lab.at("config"), "Nonsense yes\n").unwrap();
    says(&lab.ssh().open(&host).await.unwrap_err(), &["ssh -G", "onsense"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_systems_ssh_logs_in_with_our_words() {
    lab!(lab);
    let gate = format!("{}@127.0.0.1:{}", lab.user, lab.port);
    works(&lab.ssh().open(&lab.host()).await.unwrap()).await;
    let words = lab.ssh().command_line(&lab.host()).await.unwrap();
    assert_eq!(said_with("ssh", &words, "echo $((6 * 7))"), "42");
    let words = lab.ssh().command_line(&lab.host_with(|login| login.jump = Some(gate.clone()))).await.unwrap();
    assert_eq!(said_with("ssh", &words, "echo $((6 * 7))"), "42");
    let words =
        lab.ssh().command_line(&lab.host_with(|login| login.jump = Some(format!("{gate},{gate}")))).await.unwrap();
    assert_eq!(said_with("ssh", &words, "echo $((6 * 7))"), "42");
}

fn said_with(program: &str, words: &[String], command: &str) -> String {
    let mut all: Vec<&str> = vec!["-F", "none", "-o", "BatchMode=yes"];
    all.extend(words.iter().map(String::as_str));
    all.push(command);
    said(program, &all)
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_answers() {
    let folder = tempfile::tempdir().unwrap();
    let defaults = labctl::internals::transport::SshDefaults {
        known_hosts: folder.path().join("known"),
        base: folder.path().into(),
    };
    let person = Person { user: Some("me".into()), ..Person::default() };
    let ssh = labctl::internals::transport::Ssh::with_person(defaults, person);
    let closed = free_port();
    let mut machine = host(closed, |_| {});
    says(&ssh.open(&machine).await.unwrap_err(), &["refused", &format!("me@127.0.0.1:{closed}"), "systemctl"]);
    machine.address = Some("no-such-machine.invalid".into());
    says(&ssh.open(&machine).await.unwrap_err(), &["does not resolve", "no-such-machine.invalid"]);
    machine.address = None;
    says(&ssh.open(&machine).await.unwrap_err(), &["no address yet"]);
    machine.address = Some("-oProxyCommand=x".into());
    says(&ssh.open(&machine).await.unwrap_err(), &["not an address"]);
}
