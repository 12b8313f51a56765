//! The machine itself: disk, memory, clock, processes, and its way to names.

use super::{Cause, Found, HostView, Layer};
use crate::model::health::ClockOffset;

pub const CAUSES: &[Cause] = &[
    Cause { name: "disk-full", layer: Layer::MachineFacts, blocks: true, look: disk },
    Cause { name: "memory-killed", layer: Layer::MachineFacts, blocks: true, look: memory },
    Cause { name: "clock-wrong", layer: Layer::MachineFacts, blocks: false, look: clock },
    Cause { name: "process-frozen", layer: Layer::MachineFacts, blocks: true, look: frozen },
    Cause { name: "names-silent", layer: Layer::MachineFacts, blocks: false, look: names },
];

/// A clock that is further off than this breaks certificates, apt and logs.
const CLOCK: f64 = 30_000.0;

fn disk(place: &HostView<'_>) -> Option<Found> {
    let full = |space: &&crate::planning::doctor::machine::Space| space.free < 1024 || space.free * 100 < space.total;
    if let Some(space) = place.machine.spaces("disk").iter().find(full) {
        let found = Found::new(format!(
            "The disk of {} is full: nothing can be installed, written or logged any more.",
            place.host
        ));
        let found = found.saw(format!("{} has {} of {} MiB free", space.at, space.free / 1024, space.total / 1024));
        return Some(found.then(place.host, format!("sudo du -xh --max-depth=2 {} | sort -h | tail", space.at)));
    }
    let files = place.machine.spaces("inodes").into_iter().find(|space| space.free * 100 < space.total)?;
    let found =
        Found::new(format!("The disk of {} can hold no more files, though there may be space left.", place.host));
    let found = found.saw(format!("{} has room for {} of {} files", files.at, files.free, files.total));
    Some(found.then(place.host, format!("sudo du -x --inodes --max-depth=3 {} | sort -n | tail", files.at)))
}

/// The kernel ended a process for want of memory, and the application does not serve (or is being started again).
fn memory(place: &HostView<'_>) -> Option<Found> {
    let young = place.entry().is_some_and(|entry| entry.restarts > 0 && entry.since < 120_000);
    if !place.is_app() || place.serves() && !young {
        return None;
    }
    let counted = place.machine.lines("killed").iter().filter(|line| line.contains("pm2") || line.contains("user"));
    let counted = counted.filter_map(|line| {
        let (group, count) = line.rsplit_once(":oom_kill ")?;
        let group =
            group.trim_end_matches("/memory.events").trim_end_matches("/memory.oom_control").rsplit('/').next()?;
        Some(format!("the kernel has killed {count} processes of {group} for want of memory"))
    });
    let seen: Vec<String> = counted.chain(place.machine.lines("kernel").iter().cloned()).collect();
    if seen.is_empty() {
        return None;
    }
    let memory = place.health().memory().map_or(0.0, |memory| memory.total_kb / 1024.0);
    let found =
        Found::new(format!("{} ran out of memory, and the kernel killed the application.", place.host)).saw_all(seen);
    let found = found.saw(format!("the machine has {memory:.0} MiB of memory"));
    Some(found.then(place.host, SWAP))
}

/// A file of swap, now and after a reboot.
pub(super) const SWAP: &str = "sudo fallocate -l 1G /swapfile && sudo chmod 600 /swapfile && sudo mkswap /swapfile && sudo swapon /swapfile && echo '/swapfile none swap sw 0 0' | sudo tee -a /etc/fstab";

fn clock(place: &HostView<'_>) -> Option<Found> {
    let ClockOffset { ahead_ms: off, margin_ms: margin } = place.health().clock()?;
    if off.abs() <= margin + CLOCK {
        return None;
    }
    let (seconds, way) = (off.abs() / 1000.0, if off > 0.0 { "fast" } else { "slow" });
    let found = Found::new(format!(
        "The clock of {} is wrong: downloads are refused as not valid yet or expired, and logs mislead.",
        place.host
    ));
    let found = found.saw(format!("it is {seconds:.0} s {way}, compared with this computer"));
    Some(found.then(place.host, "sudo timedatectl set-ntp true && timedatectl"))
}

/// Somebody sent SIGSTOP, or pressed Ctrl-Z: the process is there, and does nothing.
fn frozen(place: &HostView<'_>) -> Option<Found> {
    let lab = |line: &str| {
        ["nginx: ", "PM2 ", "node", "npm"].iter().any(|word| line.starts_with(word) || line.contains("/node "))
    };
    let app: Vec<u32> =
        place.entry().map(|entry| place.machine.family(entry).map(|(pid, _)| pid).collect()).unwrap_or_default();
    let stopped: Vec<_> = place
        .machine
        .processes
        .iter()
        .filter(|(pid, process)| process.frozen && (app.contains(pid) || lab(&process.line)))
        .collect();
    let (_, first) = stopped.first()?;
    let found = Found::new(format!(
        "A process on {} is frozen: it was stopped by a signal (SIGSTOP, or Ctrl-Z), takes connections, and answers nobody.",
        place.host
    ));
    let found = found.saw_all(
        stopped.iter().map(|(pid, process)| format!("process {pid} of {} is stopped: {}", process.user, process.line)),
    );
    let pids: Vec<String> = stopped.iter().map(|(pid, _)| pid.to_string()).collect();
    let sudo = if first.user == place.login() { "" } else { "sudo " };
    Some(found.then(place.host, format!("{sudo}kill -CONT {}", pids.join(" "))))
}

/// The name servers say nothing, not even that they do not know.
fn names(place: &HostView<'_>) -> Option<Found> {
    place.machine.one("names.silent")?;
    let found = Found::new(format!(
        "No name server answers {}: nothing can be downloaded there, and much is slow.",
        place.host
    ));
    let servers = place.machine.lines("resolver").iter().map(|line| format!("/etc/resolv.conf: {line}"));
    let found = found.saw("looking up example.com took longer than 4 s").saw_all(servers);
    let stub = place.machine.lines("resolver").iter().any(|line| line.contains("127.0.0.5"));
    Some(if stub {
        found.then(place.host, "resolvectl status; sudo systemctl restart systemd-resolved")
    } else {
        found.then(place.host, "sudo cp /etc/resolv.conf /etc/resolv.conf.before && echo 'nameserver 1.1.1.1' | sudo tee /etc/resolv.conf")
            .note("or the address of your network's own name server in place of 1.1.1.1")
    })
}
