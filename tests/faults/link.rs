//! Faults of the link between labctl and one machine, or all.

use super::class::Class;
use super::forwarder::{Fault, Forwarder};
use super::stage::{HOSTS, Said, Stage, Undo};
use std::time::{Duration, Instant};

/// The most memory that labctl may need, whatever a host says, in KB.
const MEMORY: u64 = 120_000;

/// The three links of a lab.
pub struct Links {
    links: Vec<Forwarder>,
    /// What passes each of them in one full run.
    bytes: Vec<u64>,
}

impl Links {
    /// Writes `linked.yaml`: the same lab, whose machines are reached through the links.
    pub fn begin(class: &Class) -> Self {
        let existing = class.as_existing_machines();
        let (mut config, mut links) = (String::new(), Vec::new());
        for host in HOSTS {
            let address = class.address(host);
            let link = Forwarder::to(address);
            config.push_str(&format!("Host {address}\n  HostName 127.0.0.1\n  Port {}\n", link.port));
            links.push(link);
        }
        class.write("ssh_config", &config);
        let text = class.read(&existing);
        let linked = text.replace("connect_timeout: 4s", "connect_timeout: 5s, keepalive: 1s, config: ssh_config");
        class.write("linked.yaml", &linked);
        // What is slow is given the time that everybody has.
        class.write("slow.yaml", &text.replace("connect_timeout: 4s", "config: ssh_config"));
        Self { links, bytes: Vec::new() }
    }

    /// What has passed since the last fault was that of a full run.
    pub fn measure(&mut self) {
        self.bytes = self.passed();
        eprintln!("bytes between labctl and each machine: {:?}", self.bytes);
        self.set(None, Fault::None);
    }

    fn passed(&self) -> Vec<u64> {
        self.links.iter().map(Forwarder::passed).collect()
    }

    fn set(&self, host: Option<usize>, fault: Fault) {
        for (at, link) in self.links.iter().enumerate() {
            link.set(if host.is_none_or(|host| host == at) { fault } else { Fault::None });
        }
    }
}

/// An `up` over links of which one is, or all are, disturbed.
fn disturbed(stage: &mut Stage, links: &Links, host: Option<usize>, fault: Fault, codes: &[i32]) -> Said {
    links.set(host, fault);
    let began = Instant::now();
    let slow = matches!(fault, Fault::Slow(..));
    let run = stage.up(&[if slow { "slow.yaml" } else { "linked.yaml" }]);
    let said = run.end_and_memory();
    let passed = links.passed();
    links.set(None, Fault::None);
    let (seen, memory) = said?;
    if !codes.contains(&seen.code) {
        return Err(format!("the disturbed run, not one of {codes:?}, {passed:?} bytes passed: {seen}"));
    }
    if memory > MEMORY {
        return Err(format!("it took {memory} KB of memory"));
    }
    if !slow && began.elapsed() > Duration::from_secs(60) {
        return Err(format!("it took {:?} to see that: {seen}", began.elapsed()));
    }
    Ok(match fault {
        // A link that was disturbed is one that was given up.
        Fault::Cut(_) | Fault::Dead(_) => seen.code == 4,
        Fault::Slow(from, _) => passed.iter().any(|bytes| *bytes > from),
        _ => true,
    })
}

pub fn all(stage: &mut Stage, links: &Links) {
    let at = |stage: &mut Stage, host: usize| match stage.rng.u8(0..4) {
        0 => stage.rng.u64(0..6000), // the login
        // No two runs are of the same length.
        _ => stage.rng.u64(0..links.bytes[host] * 4 / 5),
    };
    for (class, count, few) in [("link: cut", 16, 1), ("link: dead", 6, 1)] {
        for _ in stage.chosen(class, (0..count).collect(), few) {
            let host = stage.rng.usize(0..3);
            let mut byte = at(stage, host);
            stage.round(class, &format!("after byte {byte} to {}", HOSTS[host]), Undo::Quick, |stage| {
                let fault = if class == "link: cut" { Fault::Cut(byte) } else { Fault::Dead(byte) };
                byte /= 2;
                disturbed(stage, links, Some(host), fault, &[0, 4])
            });
        }
    }
    let class = "link: slow";
    let mut points = vec![(None, Fault::Slow(0, 1024))];
    points.push((Some(1), Fault::Slow(at(stage, 1), 1024)));
    points.push((Some(0), Fault::Slow(at(stage, 0), 10_240)));
    for (host, fault) in stage.chosen(class, points, 1) {
        let who = host.map_or("all", |host| HOSTS[host]);
        // Slow is not dead: it takes its time, and converges at once.
        stage.round(class, &format!("{fault:?} to {who}"), Undo::Quick, |stage| {
            disturbed(stage, links, host, fault, &[0])
        });
    }
    let class = "link: no SSH";
    let mut points = Vec::new();
    for fault in [Fault::Garbage, Fault::NearlySsh, Fault::EndlessBanner, Fault::NoLineEnd, Fault::Mute] {
        points.push((if stage.rng.bool() { Some(0) } else { None }, fault));
    }
    for (host, fault) in stage.chosen(class, points, 2) {
        let who = host.map_or("all", |host| HOSTS[host]);
        stage.round(class, &format!("{fault:?} from {who}"), Undo::Quick, |stage| {
            disturbed(stage, links, host, fault, &[4])
        });
    }
    floods(stage);
}

/// A login shell that never stops to talk.
fn floods(stage: &mut Stage) {
    let class = "link: endless answer";
    let points = [("without a line end", "tr '\\0' x < /dev/zero"), ("of lines", "yes"), ("of zeros", "cat /dev/zero")];
    for (what, line) in stage.chosen(class, points.to_vec(), 1) {
        stage.round(class, what, Undo::Quick, |stage| {
            let host = *stage.rng.choice(&HOSTS).unwrap();
            let rc = "/home/student/.bashrc";
            stage.on(host, &format!("cp -p {rc} {rc}.own; {{ echo 'timeout 100 {line}'; cat {rc}.own; }} > {rc}"));
            let said = stage.up(&["existing.yaml"]).end_and_memory();
            stage.on(host, &format!("mv {rc}.own {rc}; pkill -KILL -u student -x -f 'timeout.*|tr.*|yes|cat.*'; true"));
            let (seen, memory) = said?;
            match seen.code {
                4 if memory <= MEMORY => Ok(true),
                4 => Err(format!("it took {memory} KB of memory")),
                _ => Err(format!("the disturbed run: {seen}")),
            }
        });
    }
}

/// The machine is there, and this much of `up` is heard of it.
pub fn heard(line: &str, step: &str) -> bool {
    line.contains(&format!("\"step\":\"{step}\""))
}

/// A run over ssh that notices soon when a machine is gone.
pub fn alert(stage: &Stage) -> super::run::Run {
    stage.up(&["linked.yaml"])
}
