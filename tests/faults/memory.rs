//! Too little memory on a machine, made by a control group: the kernel itself ends what asks for more.

use super::class::Class;
use super::stage::{Said, Stage, Undo};
use std::fs;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

/// Where control groups of version 1 count memory. Version 2 has one tree for everything, in which a machine's processes
/// cannot be moved without taking them away from its systemd.
const GROUPS: &str = "/sys/fs/cgroup/memory";

/// A machine that may have so much and no more, as long as this lives.
struct Short(PathBuf);

impl Short {
    fn new(class: &Class, host: &str, limit: &str) -> Self {
        let group = PathBuf::from(GROUPS).join(format!("labctl-fault-{}-{host}", class.lab()));
        fs::create_dir_all(&group).unwrap();
        let short = Self(group);
        fs::write(short.0.join("memory.limit_in_bytes"), limit).unwrap();
        let machine = |pid: &str| fs::read_link(format!("/proc/{pid}/ns/pid")).ok();
        let own = machine(&class.init_of(host).to_string());
        // What begins later is where its parent is; what has begun meanwhile is found by the second look.
        for _ in 0..2 {
            for entry in fs::read_dir("/proc").unwrap().flatten() {
                let pid = entry.file_name().to_string_lossy().into_owned();
                if pid.bytes().all(|b| b.is_ascii_digit()) && machine(&pid) == own {
                    let _ = fs::write(short.0.join("cgroup.procs"), &pid);
                }
            }
        }
        short
    }

    /// How often the kernel ended something.
    fn kills(&self) -> u64 {
        let text = fs::read_to_string(self.0.join("memory.oom_control")).unwrap_or_default();
        text.lines().find_map(|line| line.strip_prefix("oom_kill ")?.parse().ok()).unwrap_or(0)
    }
}

impl Drop for Short {
    fn drop(&mut self) {
        let _ = fs::write(self.0.join("memory.limit_in_bytes"), "-1");
        for _ in 0..100 {
            for pid in fs::read_to_string(self.0.join("cgroup.procs")).unwrap_or_default().lines() {
                let _ = fs::write(PathBuf::from(GROUPS).join("cgroup.procs"), pid);
            }
            if fs::remove_dir(&self.0).is_ok() {
                return;
            }
            sleep(Duration::from_millis(50));
        }
    }
}

/// Machines on which the kernel ends programs.
pub fn all(stage: &mut Stage) {
    let class = "host: memory is short";
    let points = [
        ("app1", "24m"),
        ("app1", "48m"),
        ("app1", "72m"),
        ("app2", "100m"),
        ("app2", "140m"),
        ("web", "8m"),
        ("web", "16m"),
        ("web", "32m"),
    ];
    for (host, limit) in stage.chosen(class, points.to_vec(), 1) {
        if !PathBuf::from(GROUPS).is_dir() {
            stage.exception(class, &format!("{limit} for {host}"), "there are no memory groups of version 1 here");
            continue;
        }
        stage.round(class, &format!("{limit} for {host}"), Undo::Thorough, |stage| squeezed(stage, host, limit));
    }
}

fn squeezed(stage: &Stage, host: &str, limit: &str) -> Said {
    let short = Short::new(&stage.class, host, limit);
    let seen = stage.up(&["linked.yaml"]).end();
    let kills = short.kills();
    drop(short);
    let seen = seen?;
    match seen.code {
        _ if kills == 0 => Err(format!("{limit} was enough: {seen}")),
        0 | 1 | 4 => Ok(true),
        _ => Err(format!("the disturbed run, of which the kernel ended {kills} programs: {seen}")),
    }
}
