//! Real machines: made, used, broken, repaired, reset and removed. Needs root on Linux; says so and returns otherwise.
#![cfg(target_os = "linux")] // machines of the sandbox
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test may")]

#[path = "support/skip.rs"]
mod skip;

use labctl::internals::machines::ProvidedMachine;
use labctl::internals::machines::Sandbox;
use labctl::internals::name::{HostName, LabName};
use skip::skip;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

fn skipped() -> bool {
    let root = fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    if !root {
        skip("the sandbox needs root on Linux (run this test with sudo)");
    }
    !root
}

/// Takes the lab away however the test ends.
struct Lab(LabName);

impl Lab {
    fn new(kind: &str) -> Self {
        Self(format!("{kind}{}-t", std::process::id()).parse().unwrap())
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let lab = self.0.clone();
        let down = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(Sandbox::new(lab).down(&mut |_| {}))
        };
        // A thread of its own: this one may be inside a runtime already.
        if let Ok(Err(error)) = std::thread::spawn(down).join() {
            eprintln!("down after the test: {error}");
        }
    }
}

fn hosts(names: &[&str]) -> Vec<HostName> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

fn ssh(machine: &ProvidedMachine, command: &str) -> Output {
    let known = format!("UserKnownHostsFile={}", machine.known_hosts.display());
    Command::new("ssh")
        .args(["-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=10"])
        .args(["-o", "IdentitiesOnly=yes", "-o", &known, "-i"])
        .arg(&machine.key)
        .arg(format!("{}@{}", machine.user, machine.address))
        .arg(command)
        .output()
        .unwrap()
}

fn said(machine: &ProvidedMachine, command: &str) -> String {
    let output = ssh(machine, command);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: `{command}`: {words}", machine.name);
    String::from_utf8(output.stdout).unwrap().trim().to_string()
}

/// The process ids whose command line or environment carries the lab's mark.
fn processes(lab: &LabName, nspawn_only: bool) -> Vec<String> {
    let mark = format!("LABCTL_ID={lab}/");
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        let read =
            |file: &str| String::from_utf8_lossy(&fs::read(entry.path().join(file)).unwrap_or_default()).into_owned();
        let line = read("cmdline");
        let marked = line.contains(&mark) || (!nspawn_only && read("environ").contains(&mark));
        if name.parse::<u32>().is_ok() && marked && (!nspawn_only || line.starts_with("systemd-nspawn")) {
            found.push(name);
        }
    }
    found
}

async fn ensured(sandbox: &Sandbox, hosts: &[HostName]) -> (Vec<ProvidedMachine>, Vec<String>, Duration) {
    let (mut told, begun) = (Vec::new(), Instant::now());
    let machines = sandbox.ensure(hosts, &mut |words| told.push(words)).await.unwrap();
    eprintln!("ensure took {:.1} s: {told:?}", begun.elapsed().as_secs_f32());
    (machines, told, begun.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn three_machines_live_and_leave_nothing() {
    if skipped() {
        return;
    }
    let lab = Lab::new("life");
    let sandbox = Sandbox::new(lab.0.clone());
    let names = hosts(&["web", "app1", "app2"]);
    let planned = sandbox.addresses(&names).await.unwrap();
    let (machines, _, _) = ensured(&sandbox, &names).await;
    let actual: Vec<_> = machines.iter().map(|machine| (machine.name.clone(), machine.address)).collect();
    assert_eq!(planned, actual);
    assert!(Sandbox::labs().contains(&lab.0));

    for machine in &machines {
        assert_eq!(said(machine, "sudo -n true && hostname"), machine.name.as_str());
        assert_eq!(said(machine, "for t in flock setsid diff curl; do command -v $t; done | wc -l"), "4");
        assert!(!ssh(machine, "command -v nginx || command -v node || command -v git").status.success());
    }
    assert_eq!(said(&machines[0], "ping -c1 -W2 app1 >/dev/null && ping -c1 -W2 app2 >/dev/null && echo met"), "met");
    said(&machines[0], "sudo apt-get update -qq");

    let (_, told, took) = ensured(&sandbox, &names).await;
    assert!(told.is_empty() && took < Duration::from_secs(2), "{told:?} {took:?}");

    // Powered off from outside, and then from inside.
    said(&machines[1], "sudo touch /kept");
    sandbox.stop(&names[1]).await.unwrap();
    let running: Vec<bool> = sandbox.list().await.unwrap().iter().map(|machine| machine.running).collect();
    assert_eq!(running.iter().filter(|running| **running).count(), 2);
    let (_, told, _) = ensured(&sandbox, &names).await;
    assert_eq!(told.len(), 1);
    said(&machines[1], "test -e /kept");

    // A reboot inside comes back by itself.
    let boot = said(&machines[2], "cut -d. -f1 /proc/1/stat; stat -c %Y /proc/1");
    ssh(&machines[2], "sudo systemctl reboot");
    let begun = Instant::now();
    loop {
        let output = ssh(&machines[2], "cut -d. -f1 /proc/1/stat; stat -c %Y /proc/1");
        if output.status.success() && String::from_utf8_lossy(&output.stdout).trim() != boot {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "no reboot");
        std::thread::sleep(Duration::from_millis(200));
    }
    eprintln!("reboot inside took {:.1} s", begun.elapsed().as_secs_f32());

    // systemd-nspawn killed: the machines live on and are found.
    for pid in processes(&lab.0, true) {
        Command::new("kill").args(["-KILL", &pid]).status().unwrap();
    }
    std::thread::sleep(Duration::from_millis(300));
    let (_, told, _) = ensured(&sandbox, &names).await;
    assert_eq!(told.len(), 3, "{told:?}");
    said(&machines[1], "test -e /kept");
    assert!(!processes(&lab.0, true).is_empty());

    // The plug was pulled a moment ago, and systemd-nspawn is yet to notice: found as if it ran, then started.
    let nspawns = processes(&lab.0, true);
    let is_init = |pid: &String| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        status.lines().any(|line| line.starts_with("NSpid:") && line.ends_with("\t1"))
    };
    let inits: Vec<String> = processes(&lab.0, false).into_iter().filter(is_init).collect();
    assert_eq!(inits.len(), 3, "{inits:?}");
    let kill = |signal: &str, pids: &[String]| Command::new("kill").arg(signal).args(pids).output().unwrap();
    kill("-STOP", &nspawns);
    kill("-KILL", &inits);
    // The kernel ends what was in there; for that long, it still answers.
    std::thread::sleep(Duration::from_millis(500));
    let noticed = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(800));
        Command::new("kill").arg("-CONT").args(nspawns).output().unwrap()
    });
    let (_, told, _) = ensured(&sandbox, &names).await;
    noticed.join().unwrap();
    assert!(told.len() == 3 && told.iter().all(|words| words.starts_with("started ")), "{told:?}");
    said(&machines[1], "test -e /kept");

    // A new machine is known to the old ones.
    let more = hosts(&["web", "app1", "app2", "app3"]);
    let (four, told, _) = ensured(&sandbox, &more).await;
    assert_eq!(told.len(), 1);
    assert_eq!(said(&four[0], "ping -c1 -W2 app3 >/dev/null && echo met"), "met");
    assert_eq!(four[..3], machines[..]);

    // A snapshot brings back what was there, what was gone, and nothing that came later.
    said(&machines[1], "sudo rm /etc/issue");
    sandbox.snapshot(&names[1..], "first", &mut |_| {}).await.unwrap();
    said(
        &machines[1],
        "test -e /kept && sudo rm /kept && sudo touch /later /etc/issue && sudo rm -r /etc/apt/apt.conf.d",
    );
    let refused = sandbox.restore(&names[..2], "first", &mut |_| {}).await.unwrap_err();
    assert_eq!(refused.to_string(), "web has no snapshot `first`");
    let refused = sandbox.snapshot(&names[..1], "../first", &mut |_| {}).await.unwrap_err();
    assert!(refused.to_string().contains("must be a plain word"), "{refused}");
    said(&machines[1], "test -e /later");
    let begun = Instant::now();
    let back = sandbox.restore(&names[1..2], "first", &mut |_| {}).await.unwrap();
    eprintln!("restore of one took {:.1} s", begun.elapsed().as_secs_f32());
    assert_eq!(back[0], machines[1]);
    said(&machines[1], "test -e /kept && test ! -e /etc/issue && test ! -e /later && test -d /etc/apt/apt.conf.d");
    assert_eq!(said(&machines[2], "hostname"), "app2");

    // Reset, with the same key and address: `known_hosts` would refuse another.
    let known = fs::read(&machines[1].known_hosts).unwrap();
    let begun = Instant::now();
    let again = sandbox.reset(&names[1..2], &mut |_| {}).await.unwrap();
    eprintln!("reset of one took {:.1} s", begun.elapsed().as_secs_f32());
    assert_eq!(again[0], machines[1]);
    assert_eq!(fs::read(&machines[1].known_hosts).unwrap(), known);
    assert!(!ssh(&machines[1], "test -e /kept").status.success());
    assert_eq!(said(&machines[1], "hostname"), "app1");

    let begun = Instant::now();
    sandbox.down(&mut |_| {}).await.unwrap();
    eprintln!("down took {:.1} s", begun.elapsed().as_secs_f32());
    nothing_left(&lab.0);
    sandbox.down(&mut |_| {}).await.unwrap();
}

/// Whoever only has existing machines needs no root to take the lab's names out of the hosts file.
#[test]
fn down_needs_root_only_where_there_are_machines() {
    if skipped() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let (hosts_file, program) = (folder.path().join("hosts"), folder.path().join("labctl"));
    fs::copy(env!("CARGO_BIN_EXE_labctl"), &program).unwrap();
    let lab = Lab::new("user");
    let (begin, end) = (format!("# BEGIN labctl {}", lab.0), format!("# END labctl {}", lab.0));
    let with_block = format!("127.0.0.1 localhost\n{begin}\n192.0.2.1 shop.test\n{end}\n");
    let down = || {
        fs::write(&hosts_file, &with_block).unwrap();
        std::os::unix::fs::chown(&hosts_file, Some(65534), Some(65534)).unwrap();
        Command::new("setpriv")
            .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
            .arg(&program)
            .args(["down", lab.0.as_str()])
            .env("LABCTL_HOSTS_FILE", &hosts_file)
            .env("HOME", folder.path())
            .current_dir(folder.path())
            .output()
            .unwrap()
    };
    let done = down();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(fs::read_to_string(&hosts_file).unwrap(), "127.0.0.1 localhost\n");

    // A folder is all that is left of its machines: still too much for anybody but root.
    let left = Path::new("/var/lib/labctl/sandbox").join(lab.0.as_str());
    fs::create_dir_all(&left).unwrap();
    let refused = down();
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && words.contains("only root"), "{words}");
    assert_eq!(fs::read_to_string(&hosts_file).unwrap(), with_block);
}

fn nothing_left(lab: &LabName) {
    let name = lab.as_str();
    assert_eq!(processes(lab, false), Vec::<String>::new());
    assert!(!fs::read_to_string("/proc/self/mountinfo").unwrap().contains(name), "a mount");
    assert!(!fs::exists(format!("/var/lib/labctl/sandbox/{name}")).unwrap(), "a folder");
    let nft = Command::new("nft").args(["list", "tables"]).output().unwrap();
    assert!(!String::from_utf8_lossy(&nft.stdout).contains(&name.replace('-', "_")), "a table of rules");
    for base in ["systemd/labctl", "unified/labctl", "labctl"] {
        let groups = fs::read_dir(format!("/sys/fs/cgroup/{base}")).into_iter().flatten().flatten();
        assert!(
            groups.map(|group| group.file_name().into_string().unwrap()).all(|group| !group.starts_with(name)),
            "a group"
        );
    }
    let left = fs::read_dir("/run/systemd/nspawn/propagate").into_iter().flatten().flatten();
    assert!(
        left.map(|left| left.file_name().into_string().unwrap()).all(|left| !left.starts_with(name)),
        "a folder in /run"
    );
    // systemd-nspawn shortens the names of ports: a start of the machine's name, then a hash.
    let links = Command::new("ip").args(["-br", "link"]).output().unwrap();
    let links = String::from_utf8_lossy(&links.stdout).into_owned();
    assert!(!links.contains(&format!("vb-{}", &name[..8])), "{links}");
    assert_eq!(labctl::internals::machines::Sandbox::labs().iter().filter(|other| *other == lab).count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn crashes_are_repaired_or_removed() {
    if skipped() {
        return;
    }
    let lab = Lab::new("crash");
    let sandbox = Sandbox::new(lab.0.clone());
    let names = hosts(&["one", "two"]);
    // Two at a time: the second waits, and finds all done.
    let (first, second) = (sandbox.clone(), sandbox.clone());
    let (mut told_first, mut told_second) = (Vec::new(), Vec::new());
    let mut hear_first = |words| told_first.push(words);
    let mut hear_second = |words| told_second.push(words);
    let (one, two) = tokio::join!(first.ensure(&names, &mut hear_first), second.ensure(&names, &mut hear_second));
    let machines = one.unwrap();
    assert_eq!(machines, two.unwrap());
    let made = told_first.iter().chain(&told_second).filter(|words| words.starts_with("made one"));
    assert_eq!(made.count(), 1, "{told_first:?} {told_second:?}");
    said(&machines[0], "sudo touch /kept");

    // As after a power cut of this computer: no process, no mount, no network.
    let folder = format!("/var/lib/labctl/sandbox/{}", lab.0);
    let shell = |script: &str| {
        let output = Command::new("sh").args(["-c", script]).output().unwrap();
        assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let kill_all = || {
        for _ in 0..20 {
            for pid in processes(&lab.0, false) {
                let _ = Command::new("kill").args(["-KILL", &pid]).output().unwrap();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    kill_all();
    shell(&format!("umount -l {folder}/machines/*/root"));
    let table = shell(&format!("nft list tables | grep -o 'labctl_{}_[0-9a-f]*'", lab.0.as_str().replace('-', "_")));
    shell(&format!("nft delete table ip {table}"));
    let address = machines[0].address.to_string();
    let subnet = format!("{}.1/24", address.rsplit_once('.').unwrap().0);
    shell(&format!("ip link del $(ip -br addr | awk '$3 == \"{subnet}\" {{print $1}}')"));
    let (again, _, _) = ensured(&sandbox, &names).await;
    assert_eq!(again, machines);
    said(&machines[0], "test -e /kept && ping -c1 -W2 two");
    said(&machines[0], "curl -sS -o /dev/null --max-time 20 http://deb.debian.org/");

    // The record is lost: the machines are found by their marks, and need not keep their addresses.
    fs::remove_file(format!("{folder}/lab.json")).unwrap();
    let turned = hosts(&["two", "one"]);
    let (machines, _, _) = ensured(&sandbox, &turned).await;
    assert_eq!(said(&machines[1], "hostname; test -e /kept"), "one");

    // One that cannot boot: the error names it and shows its console; the other is not held up.
    sandbox.stop(&names[0]).await.unwrap();
    fs::remove_file(format!("{folder}/machines/one/root/sbin/init")).unwrap();
    shell(&format!("rm -f {folder}/machines/one/root/lib/systemd/systemd"));
    let error = sandbox.ensure(&names, &mut |_| {}).await.unwrap_err();
    eprintln!("a machine that cannot boot: {error} {:?}", error.hints);
    assert!(error.reason.contains("machine one of lab") && error.hints[0].contains("console.log"), "{error:?}");
    said(&machines[0], "true");
    let (_, told, _) = {
        let machines = sandbox.reset(&names[..1], &mut |_| {}).await.unwrap();
        ensured(&sandbox, &[machines[0].name.clone()]).await
    };
    assert!(told.is_empty());

    // The whole folder is lost: what runs is still found and removed.
    shell(&format!("umount -l {folder}/machines/*/root && rm -rf {folder}"));
    assert!(Sandbox::labs().contains(&lab.0));
    sandbox.down(&mut |_| {}).await.unwrap();
    nothing_left(&lab.0);
}
