//! The machine itself: disk, memory, clock, processes, and its way to names.

use super::{Cause, Found, HostView, Layer};
use crate::model::health::ClockOffset;
use crate::model::message::{Message, message};
use crate::model::quote::typed;

pub const CAUSES: &[Cause] = &[
    Cause { name: "disk-read-only", layer: Layer::Machine, blocks: true, find: read_only },
    Cause { name: "disk-full", layer: Layer::Machine, blocks: true, find: disk },
    Cause { name: "folder-shut", layer: Layer::Machine, blocks: true, find: folder_shut },
    Cause { name: "memory-killed", layer: Layer::Machine, blocks: true, find: memory },
    Cause { name: "clock-wrong", layer: Layer::Machine, blocks: false, find: clock },
    Cause { name: "process-frozen", layer: Layer::Machine, blocks: true, find: frozen },
    Cause { name: "names-silent", layer: Layer::Machine, blocks: false, find: names },
];

/// A clock that is further off than this breaks certificates, apt and logs.
const CLOCK: f64 = 30_000.0;

/// After an error of the disk, such as a hard power-off leaves, the kernel lets nobody write any more.
fn read_only(view: &HostView<'_>) -> Option<Found> {
    // Elsewhere, a disk that is only read may be meant.
    let needed = |at: &str| {
        let folder = view.folder();
        matches!(at, "/" | "/var" | "/var/log" | "/var/lib" | "/home" | "/root")
            || view.is_app() && folder.strip_prefix(at).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let all = view.machine.lines("readonly").iter().filter_map(|line| line.split_once(' '));
    let (at, kind) = all.into_iter().find(|(at, _)| needed(at))?;
    let found = Found::new(message!(
        "The disk of {} is read-only at {}: the kernel makes it so after an error, such as a hard power-off leaves.",
        view.host,
        at
    ));
    let found = found.saw(message!("/proc/mounts: {} is {}, `ro`", at, kind));
    let found = found.then(view.host, format!("sudo mount -o remount,rw {}", typed(at)));
    Some(
        found.note(message!(
            "if that is refused, the disk has errors: see sudo dmesg | tail, then reboot, which checks it"
        )),
    )
}

/// What every program writes to, and somebody has shut with a chmod: `/tmp`, `/dev/null`.
fn folder_shut(view: &HostView<'_>) -> Option<Found> {
    let (at, mode) = view.machine.lines("shut").first()?.split_once(' ')?;
    let found = Found::new(message!(
        "Nobody but root may write to {} on {}: programs of other users, such as npm and pm2, fail without it.",
        at,
        view.host
    ));
    let found = found.saw(message!("`ls -ld {}`: {}", at, if mode.is_empty() { "-" } else { mode }));
    let device = at == "/dev/null";
    Some(found.then(
        view.host,
        match (device, mode.starts_with(if device { 'c' } else { 'd' })) {
            (true, true) => format!("sudo chmod 666 {at}"),
            (true, false) => format!("sudo rm -f {at}; sudo mknod -m 666 {at} c 1 3"),
            (false, true) => format!("sudo chown root: {at}; sudo chmod 1777 {at}"),
            (false, false) => format!("sudo rm -f {at}; sudo mkdir -m 1777 {at}"),
        },
    ))
}

fn disk(view: &HostView<'_>) -> Option<Found> {
    let full = |space: &&crate::planning::doctor::machine::Space| space.free < 1024 || space.free * 100 < space.total;
    if let Some(space) = view.machine.spaces("disk").iter().find(full) {
        let found = Found::new(message!(
            "The disk of {} is full: nothing can be installed, written or logged any more.",
            view.host
        ));
        let found = found.saw(message!("{} has {} of {} MiB free", space.at, space.free / 1024, space.total / 1024));
        return Some(found.then(view.host, format!("sudo du -xh --max-depth=2 {} | sort -h | tail", space.at)));
    }
    let files = view.machine.spaces("inodes").into_iter().find(|space| space.free * 100 < space.total)?;
    let found =
        Found::new(message!("The disk of {} can hold no more files, though there may be space left.", view.host));
    let found = found.saw(message!("{} has room for {} more of {} files", files.at, files.free, files.total));
    Some(found.then(view.host, format!("sudo du -x --inodes --max-depth=3 {} | sort -n | tail", files.at)))
}

/// The kernel ended a process for want of memory, and the application does not serve (or is being started again).
fn memory(view: &HostView<'_>) -> Option<Found> {
    let young = view.entry().is_some_and(|entry| entry.restarts > 0 && entry.since < 120_000);
    if !view.is_app() || view.serves() && !young {
        return None;
    }
    let counted = view.machine.lines("killed").iter().filter(|line| line.contains("pm2") || line.contains("user"));
    let counted = counted.filter_map(|line| {
        let (group, count) = line.rsplit_once(":oom_kill ")?;
        let group =
            group.trim_end_matches("/memory.events").trim_end_matches("/memory.oom_control").rsplit('/').next()?;
        Some(message!("the kernel has killed {} processes of {}: out of memory", count, group))
    });
    let kernel = view.machine.lines("kernel").iter().cloned().map(Message::from);
    let seen: Vec<Message> = counted.chain(kernel).collect();
    if seen.is_empty() {
        return None;
    }
    let memory = view.health().memory().map_or(0.0, |memory| memory.total_kb / 1024.0);
    let found =
        Found::new(message!("{} ran out of memory, and the kernel killed the application.", view.host)).saw_all(seen);
    let found = found.saw(message!("the machine has {} MiB of memory", format!("{memory:.0}")));
    Some(found.then(view.host, SWAP))
}

/// A file of swap, now and after a reboot.
pub(super) const SWAP: &str = "sudo fallocate -l 1G /swapfile && sudo chmod 600 /swapfile && sudo mkswap /swapfile && sudo swapon /swapfile && echo '/swapfile none swap sw 0 0' | sudo tee -a /etc/fstab";

fn clock(view: &HostView<'_>) -> Option<Found> {
    let ClockOffset { ahead_ms: off, margin_ms: margin } = view.health().clock()?;
    if off.abs() <= margin + CLOCK {
        return None;
    }
    let seconds = off.abs() / 1000.0;
    let found = Found::new(message!(
        "The clock of {} is wrong: downloads are refused as not yet valid or expired, and logs mislead.",
        view.host
    ));
    let seconds = format!("{seconds:.0}");
    let found = found.saw(if off > 0.0 {
        message!("it is {} s fast, compared with this computer", seconds)
    } else {
        message!("it is {} s slow, compared with this computer", seconds)
    });
    Some(found.then(view.host, "sudo timedatectl set-ntp true && timedatectl"))
}

/// Somebody sent SIGSTOP, or pressed Ctrl-Z: the process is there, and does nothing.
fn frozen(view: &HostView<'_>) -> Option<Found> {
    let lab = |line: &str| {
        ["nginx: ", "PM2 ", "node", "npm"].iter().any(|word| line.starts_with(word) || line.contains("/node "))
    };
    let app: Vec<u32> =
        view.entry().map(|entry| view.machine.family(entry).map(|(pid, _)| pid).collect()).unwrap_or_default();
    let stopped: Vec<_> = view
        .machine
        .processes
        .iter()
        .filter(|(pid, process)| process.frozen && (app.contains(pid) || lab(&process.line)))
        .collect();
    let (_, first) = stopped.first()?;
    let found = Found::new(message!(
        "A process on {} is frozen: a signal stopped it (SIGSTOP, or Ctrl-Z); it accepts connections but answers nobody.",
        view.host
    ));
    let found = found.saw_all(
        stopped
            .iter()
            .map(|(pid, process)| message!("process {} of {} is stopped: {}", pid, process.user, process.line)),
    );
    let pids: Vec<String> = stopped.iter().map(|(pid, _)| pid.to_string()).collect();
    let sudo = if first.user == view.login() { "" } else { "sudo " };
    Some(found.then(view.host, format!("{sudo}kill -CONT {}", pids.join(" "))))
}

/// The name servers say nothing, not even that they do not know.
fn names(view: &HostView<'_>) -> Option<Found> {
    view.machine.one("names.silent")?;
    let found = Found::new(message!(
        "No name server answers {}: nothing can be downloaded there, and much is slow.",
        view.host
    ));
    let servers = view.machine.lines("resolver").iter().map(|line| format!("/etc/resolv.conf: {line}"));
    let found = found.saw(message!("looking up example.com took longer than 4 s")).saw_all(servers);
    let stub = view.machine.lines("resolver").iter().any(|line| line.contains("127.0.0.5"));
    Some(if stub {
        found.then(view.host, "resolvectl status; sudo systemctl restart systemd-resolved")
    } else {
        found.then(view.host, "sudo cp -n /etc/resolv.conf /etc/resolv.conf.before; echo 'nameserver 1.1.1.1' | sudo tee /etc/resolv.conf")
            .note(message!("or use the address of your network's own name server instead of 1.1.1.1"))
    })
}
