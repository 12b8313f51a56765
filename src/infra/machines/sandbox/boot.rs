//! Starting, awaiting and ending one machine.

use super::base;
use super::find::{MARK, Trace, traces};
use super::paths::LabPaths;
use super::process::{command, last_words, run, trouble, while_doing};
use super::provision::hostname;
use crate::config::inventory::System;
use crate::infra::machines::{MachineId, MachinesError};
use crate::model::name::HostName;
use std::fs::{self, File};
use std::net::IpAddr;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// How long a machine may take until it answers ssh; a crowded computer is slow, not broken.
const BOOT: Duration = Duration::from_secs(180);
/// How long a machine may take to power itself off.
const POWER_OFF: Duration = Duration::from_secs(30);

/// The program that keeps a machine where no systemd does: a control group of its own (machines that share one kill each
/// other's services), and systemd-nspawn again when the machine reboots, which it says with 133.
const KEEPER: &str = r#"name=$1; shift
for base in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup; do
    [ -w "$base/cgroup.procs" ] || continue
    mkdir -p "$base/labctl/$name" && echo $$ > "$base/labctl/$name/cgroup.procs"
done
while :; do "$@"; [ $? -eq 133 ] || exit; done"#;

/// The processes of one machine.
pub fn trace(paths: &LabPaths, host: &HostName) -> Trace {
    traces().remove(&MachineId { lab: paths.lab.clone(), host: host.clone() }).unwrap_or_default()
}

fn under_systemd() -> bool {
    Path::new("/run/systemd/system").exists()
}

/// Starts a machine whose disk is mounted. It lives on when labctl ends, and when its terminal closes.
///
/// # Errors
/// systemd-nspawn cannot be started.
pub async fn start(paths: &LabPaths, host: &HostName) -> Result<(), MachinesError> {
    let console = paths.console(host);
    let log = File::create(&console).map_err(while_doing("write", &console))?;
    let name = paths.machine_name(host);
    let mut nspawn = vec!["systemd-nspawn".into(), "--quiet".into(), "--boot".into()];
    nspawn.push(format!("--directory={}", paths.root(host).display()));
    nspawn.push(format!("--machine={name}"));
    nspawn.push(format!("--hostname={}", hostname(host)));
    nspawn.push(format!("--network-bridge={}", paths.bridge()));
    nspawn.push(format!("--setenv={MARK}={}", paths.mark(host)));
    // No dependence on machined, and nothing of this computer's own files or journal in the machine.
    nspawn.extend(
        ["--register=no", "--keep-unit", "--resolv-conf=off", "--timezone=off", "--link-journal=no"].map(String::from),
    );
    if version().await >= 250 {
        // A machine to throw away need not wait for this computer's disk.
        nspawn.push("--suppress-sync=yes".into());
    }
    // From systemd 256 on (Debian 13), a machine refuses to boot with other control groups than the unified ones, which
    // this computer itself may not have.
    let unified = base::system(&paths.machine(host).join("base")).is_some_and(|system| system != System::Debian12);
    let hierarchy = ("SYSTEMD_NSPAWN_UNIFIED_HIERARCHY", "1");
    if !under_systemd() {
        let mark = paths.mark(host);
        let mut args = vec!["--fork", "sh", "-c", KEEPER, "labctl", &mark];
        args.extend(nspawn.iter().map(String::as_str));
        let err = log.try_clone().map_err(while_doing("write", &console))?;
        let mut setsid = command("setsid", &args);
        // Nothing of our environment, which may hold secrets, goes to the machine.
        setsid.env_clear().env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        setsid.envs(unified.then_some(hierarchy)).stdout(log).stderr(err).stdin(Stdio::null());
        let status = setsid.status().await.map_err(|error| trouble(format!("cannot start `setsid`: {error}")))?;
        return status.success().then_some(()).ok_or_else(|| failed(paths, host, "could not be started"));
    }
    // As systemd-nspawn@.service does it, but without a file to leave behind.
    let unit = paths.unit(host);
    let _ = run("systemctl", &["reset-failed", &format!("{unit}.service")]).await;
    let log = console.display();
    let mut args: Vec<String> =
        ["--quiet", "--collect", "--slice=machine.slice", "--service-type=exec"].map(String::from).into();
    args.push(format!("--unit={unit}"));
    args.push(format!("--description=labctl machine {}", paths.mark(host)));
    for property in
        ["Delegate=yes", "KillMode=mixed", "RestartForceExitStatus=133", "SuccessExitStatus=133", "TasksMax=infinity"]
    {
        args.push(format!("--property={property}"));
    }
    if unified {
        args.push(format!("--setenv={}={}", hierarchy.0, hierarchy.1));
    }
    args.push(format!("--property=StandardOutput=append:{log}"));
    args.push(format!("--property=StandardError=append:{log}"));
    args.extend(nspawn);
    run("systemd-run", &args.iter().map(String::as_str).collect::<Vec<_>>()).await.map(|_| ())
}

async fn version() -> u32 {
    let text = run("systemd-nspawn", &["--version"]).await.unwrap_or_default();
    text.split_whitespace().nth(1).and_then(|word| word.split(['.', '~']).next()?.parse().ok()).unwrap_or(0)
}

/// An error about a machine, with the last lines of its console.
fn failed(paths: &LabPaths, host: &HostName, what: &str) -> MachinesError {
    let console = paths.console(host);
    let text = String::from_utf8_lossy(&fs::read(&console).unwrap_or_default()).into_owned();
    let words = last_words(&text, 8);
    let output = if words.is_empty() { "its console is empty".to_string() } else { format!("its console:\n  {words}") };
    let mut error = trouble(format!("machine {host} of lab {} {what}; {output}", paths.lab));
    error.hints.push(format!("the whole console: {}", console.display()));
    error.hints.push("`labctl reset` rebuilds it".into());
    error
}

/// Waits until an ssh server speaks at the machine's address, or the machine has ended (`false`).
///
/// # Errors
/// It runs, but has not answered after three minutes.
pub async fn answers(paths: &LabPaths, host: &HostName, address: IpAddr) -> Result<bool, MachinesError> {
    let begun = Instant::now();
    let mut checked = Instant::now();
    let mut missing = 0;
    while !speaks_ssh(address).await {
        if begun.elapsed() > BOOT {
            return Err(failed(paths, host, &format!("does not answer SSH at {address} after {} s", BOOT.as_secs())));
        }
        if checked.elapsed() > Duration::from_millis(500) {
            checked = Instant::now();
            // Twice, because a machine that reboots is gone for a moment.
            missing = if trace(paths, host) == Trace::default() { missing + 1 } else { 0 };
            if missing > 2 {
                return Ok(false);
            }
        }
        sleep(Duration::from_millis(40)).await;
    }
    Ok(true)
}

/// The same for a machine that was just started: it has no reason to end.
///
/// # Errors
/// It has ended, or has not answered after three minutes.
pub async fn answering(paths: &LabPaths, host: &HostName, address: IpAddr) -> Result<(), MachinesError> {
    answers(paths, host, address).await?.then_some(()).ok_or_else(|| failed(paths, host, "stopped while booting"))
}

/// Whether an ssh server introduces itself there.
pub async fn speaks_ssh(address: IpAddr) -> bool {
    let banner = async {
        let mut stream = TcpStream::connect((address, 22)).await?;
        let mut start = [0; 4];
        stream.read_exact(&mut start).await?;
        std::io::Result::Ok(&start == b"SSH-")
    };
    matches!(timeout(Duration::from_secs(2), banner).await, Ok(Ok(true)))
}

async fn signal(number: &str, pids: &[u32]) {
    for pid in pids {
        // It may have ended by itself in the meantime.
        let _ = run("sh", &["-c", "kill -\"$1\" \"$2\"", "sh", number, &pid.to_string()]).await;
    }
}

/// Powers a machine off as its power button would, and ends it when that takes too long.
///
/// # Errors
/// Its processes cannot be ended.
pub async fn power_off(paths: &LabPaths, host: &HostName) -> Result<(), MachinesError> {
    let begun = Instant::now();
    if let Some(init) = trace(paths, host).init {
        // SIGRTMIN+3 is "power off" to systemd.
        signal("37", &[init]).await;
        while begun.elapsed() < POWER_OFF && trace(paths, host) != Trace::default() {
            sleep(Duration::from_millis(100)).await;
        }
    }
    end(paths, host).await
}

/// Ends all processes of a machine at once, whatever state they are in.
///
/// # Errors
/// A process is still there after half a minute.
pub async fn end(paths: &LabPaths, host: &HostName) -> Result<(), MachinesError> {
    let begun = Instant::now();
    loop {
        let processes = trace(paths, host).processes();
        if processes.is_empty() {
            break;
        }
        if begun.elapsed() > POWER_OFF {
            return Err(failed(paths, host, &format!("cannot be stopped (processes {processes:?})")));
        }
        signal("KILL", &processes).await;
        sleep(Duration::from_millis(50)).await;
    }
    if under_systemd() {
        // Gone already in most cases; a unit that restarts right now is caught by this.
        let _ = run("systemctl", &["stop", &format!("{}.service", paths.unit(host))]).await;
    }
    remove_groups(&paths.mark(host)).await;
    remove_run_files(paths, host);
    Ok(())
}

/// Removes what a systemd-nspawn that was killed could not remove itself: an empty folder and the lock of the disk.
fn remove_run_files(paths: &LabPaths, host: &HostName) {
    let run = Path::new("/run/systemd/nspawn");
    let _ = fs::remove_dir(run.join("propagate").join(paths.machine_name(host)));
    if let Ok(root) = fs::metadata(paths.root(host)) {
        let _ = fs::remove_file(run.join(format!("locks/inode-{}:{}", root.dev(), root.ino())));
    }
}

/// Removes the control groups that the keeper made below this name (`LAB` or `LAB/HOST`), and that systemd made in them.
pub async fn remove_groups(name: &str) {
    fn remove(folder: &Path) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                remove(&entry.path());
            }
        }
        let _ = fs::remove_dir(folder);
    }
    for base in ["systemd", "unified", ""] {
        let ours = Path::new("/sys/fs/cgroup").join(base).join("labctl");
        // A process that was killed stays in its group until the kernel is done with it.
        for _ in 0..40 {
            remove(&ours.join(name));
            if !ours.join(name).exists() {
                break;
            }
            sleep(Duration::from_millis(50)).await;
        }
        // Only when no other lab has one in there.
        let _ = fs::remove_dir(ours);
    }
}
