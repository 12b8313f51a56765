//! Faults of the machines: power, disk, killed programs, clock, sudo, and programs that hang.

use super::link::{alert, heard};
use super::run::Run;
use super::stage::{HOSTS, Stage, Undo, root};
use std::time::Duration;

const STEPS: [&str; 8] = ["update", "nginx", "node", "dumbflix", "pm2", "proxy", "hosts", "verify"];

pub fn all(stage: &mut Stage) {
    power(stage);
    disks(stage);
    killed(stage);
    clocks(stage);
    sudo(stage);
    hung(stage);
}

/// It ended as a run may that met a fault of a machine.
pub fn met(run: Run) -> Result<i32, String> {
    super::controller::ended(run, &[0, 1, 4])
}

/// What this step of the plan is waited for until it begins: the one before it was told.
fn about(run: &mut Run, step: &str) {
    let at = STEPS.iter().position(|s| *s == step).unwrap();
    match at.checked_sub(1) {
        Some(before) => run.until_line(|all| all.iter().any(|line| heard(line, STEPS[before]))),
        None => run.lines(1),
    };
}

/// Who has something to do in a step.
fn doers(step: &str) -> &'static [&'static str] {
    match step {
        // While the hosts file is edited, the web server is at work.
        "nginx" | "proxy" | "hosts" | "verify" => &HOSTS[..1],
        "node" | "dumbflix" | "pm2" => &HOSTS[1..],
        _ => &HOSTS,
    }
}

/// Power off, cut, and reboot, about each step.
fn power(stage: &mut Stage) {
    for (class, few) in [("host: power cut", 1), ("host: power off", 1), ("host: reboot", 1)] {
        for step in stage.chosen(class, STEPS.to_vec(), few) {
            let host = *stage.rng.choice(doers(step)).unwrap();
            // The last steps are over soon.
            let longest = if STEPS[5..].contains(&step) { 30 } else { 1500 };
            let mut pause = Duration::from_millis(stage.rng.u64(0..longest));
            let what = format!("{host}, {} ms after the step before {step}", pause.as_millis());
            let undo = if step == "update" { Undo::Thorough } else { Undo::Quick };
            stage.round(class, &what, undo, |stage| {
                let mut run = alert(stage);
                about(&mut run, step);
                std::thread::sleep(pause);
                // Whoever came too late comes earlier the next time.
                pause /= 3;
                match class {
                    "host: power cut" => {
                        let init = stage.class.init_of(host).to_string();
                        std::process::Command::new("kill").args(["-KILL", &init]).status().unwrap();
                    }
                    "host: power off" => stage.class.power_off(host),
                    _ => drop(root(&stage.class, host, "systemctl reboot")),
                }
                let struck = met(run)? != 0;
                if class == "host: reboot" {
                    stage.class.until("the machine is back", || {
                        stage.class.ssh(host, "systemctl is-system-running --wait", "").code != 255
                    });
                }
                Ok(struck)
            });
        }
    }
}

/// Some place has little room left, or few inodes; what was half written there is still there when it has room again.
fn disks(stage: &mut Stage) {
    let class = "host: disk full";
    let points = [
        ("app1", "/opt", 300, 9999),
        ("app1", "/opt", 20_000, 9999),
        ("app2", "/usr/share", 400, 9999),
        ("app2", "/var/lib/dpkg", 40, 9999),
        ("web", "/var/lib/dpkg", 40, 9999),
        ("web", "/var/lib/apt/lists", 40, 9999),
        ("web", "/var/cache/apt/archives", 100, 9999),
        ("web", "/etc/nginx", 4, 2),
        ("app2", "/home/student", 40, 9999),
        ("app2", "/home/student", 9999, 40),
        ("app1", "/var/lib/labctl", 8, 1),
        ("web", "/var/lib/labctl", 4, 1),
        ("app2", "/run/labctl", 4, 3),
    ];
    for (host, place, max_open_hosts, inodes) in stage.chosen(class, points.to_vec(), 1) {
        let what = format!("{place} of {host}: {max_open_hosts} KB, {inodes} inodes");
        stage.round(class, &what, Undo::Thorough, |stage| {
            let settings = format!("place={place} room={max_open_hosts} inodes={inodes}\n");
            stage.on(host, &format!("{settings}{}", include_str!("little_room.sh")));
            let said = met(stage.up(&[]));
            stage.on(host, &format!("{settings}{}", include_str!("room_again.sh")));
            Ok(said? != 0)
        });
    }
}

/// Kills what is found, so many milliseconds after it is there; whether anything was killed. What is over by then is
/// looked for again, in the same run and, earlier, in the next one.
pub fn struck(stage: &Stage, host: &str, find: &str, pause: &mut u32) -> bool {
    // Known by its number from then on: npm, for one, changes its name at once.
    let script = format!(
        "n=0 struck=; while [ -z \"$struck\" ] && [ $n -lt 1500 ]; do \
         if found=$({find}); then sleep {}; for pid in $found; do \
         if [ $pid != $$ ] && kill -KILL $pid; then echo struck; struck=yes; fi; done; fi; \
         sleep 0.01; n=$((n + 1)); done; true",
        f64::from(*pause) / 1000.0
    );
    *pause /= 3;
    root(&stage.class, host, &script).out.contains("struck")
}

/// What the kernel kills for want of memory: anything.
fn killed(stage: &mut Stage) {
    let class = "host: killed for want of memory";
    let mut points = Vec::new();
    for program in [
        "sh -s",
        "sudo -n sh -s",
        "sshd: student@notty",
        "npm",
        "git",
        "PM2",
        "node /usr/local/bin/pm2",
        "nginx: master",
    ] {
        // git is soon done with each of its commands.
        let later = if program == "git" { 20 } else { 300 };
        points.extend([0, later].map(|pause| (program, pause)));
    }
    for (program, mut pause) in stage.chosen(class, points, 1) {
        let host = if program.starts_with("nginx") { "web" } else { "app2" };
        stage.round(class, &format!("{program} on {host}, {pause} ms after it is there"), Undo::Quick, |stage| {
            let mut run = alert(stage);
            run.lines(2);
            std::thread::sleep(Duration::from_millis(600));
            let struck = struck(stage, host, &format!("pgrep -f '^{program}'"), &mut pause);
            met(run).map(|_| struck)
        });
    }
}

/// The clock is wrong, or was: what was written then is from the future.
fn clocks(stage: &mut Stage) {
    let class = "host: wrong clock";
    for shift in
        stage.chosen(class, vec!["-10 years", "+10 years", "-3 hours", "files: +2 days", "files: -30 years"], 1)
    {
        stage.round(class, shift, Undo::Quick, |stage| {
            for host in HOSTS {
                let script = match shift.strip_prefix("files: ") {
                    Some(shift) => format!(
                        "find /var/lib/labctl /etc/nginx /home/student /opt -xdev -exec touch -h -d '{shift}' {{}} + 2> /dev/null; true"
                    ),
                    // The clock of a machine of the sandbox is this computer's: what asks `date` is told another time.
                    None => format!(
                        "printf '#!/bin/sh\\nexec /bin/date -d \"{shift}\" \"$@\"\\n' > /usr/local/sbin/date; chmod +x /usr/local/sbin/date"
                    ),
                };
                stage.on(host, &script);
            }
            let seen = stage.up(&[]).end();
            HOSTS.iter().for_each(|host| drop(stage.on(host, "rm -f /usr/local/sbin/date")));
            let seen = seen?;
            if seen.code == 0 { Ok(true) } else { Err(format!("the run by a wrong clock: {seen}")) }
        });
    }
}

/// sudo wants a password, is not allowed, or is not there.
fn sudo(stage: &mut Stage) {
    let class = "host: sudo refused";
    let points = [
        ("not allowed", "mv /etc/sudoers.d /etc/sudoers.d.away", "mv /etc/sudoers.d.away /etc/sudoers.d", 4),
        ("sudoers that anybody may write", "chmod o+w /etc/sudoers", "chmod 440 /etc/sudoers", 4),
        // sudo says so, and goes on with the other lines.
        (
            "a line of sudoers without sense",
            "cp -p /etc/sudoers /etc/sudoers.own; echo 'no sense' >> /etc/sudoers",
            "mv /etc/sudoers.own /etc/sudoers",
            0,
        ),
        ("not there", "mv /usr/bin/sudo /usr/bin/sudo.away", "mv /usr/bin/sudo.away /usr/bin/sudo", 4),
        ("no longer setuid", "chmod u-s /usr/bin/sudo", "chmod u+s /usr/bin/sudo", 4),
    ];
    for (what, take, give, code) in stage.chosen(class, points.to_vec(), 1) {
        stage.round(class, what, Undo::Quick, |stage| {
            let host = *stage.rng.choice(&HOSTS).unwrap();
            stage.on(host, take);
            let seen = stage.up(&[]).end();
            stage.on(host, give);
            let seen = seen?;
            let told = code == 0 || seen.out.contains("no shell as root");
            if seen.code == code && told { Ok(true) } else { Err(format!("not {code}: {seen}")) }
        });
    }
}

/// A program that never ends, with children in sessions of their own: its limit ends them all.
fn hung(stage: &mut Stage) {
    let class = "host: a command hangs";
    let points = [
        ("npm ci", "dumbflix", "npm: { dir: \"{{ app.dir }}\" }"),
        ("apt-get", "nginx", "- apt: [nginx, curl]"),
        ("pm2", "pm2", "- pm2_boot: {}"),
    ];
    for (what, step, task) in stage.chosen(class, points.to_vec(), 1) {
        stage.round(class, what, Undo::Quick, |stage| {
            let shipped = std::fs::read_to_string(format!("{}/playbooks/{step}.yaml", env!("CARGO_MANIFEST_DIR"))).unwrap();
            let limited = shipped.replace(task, &format!("{task}\n    timeout: 4s"));
            assert_ne!(limited, shipped);
            stage.class.write(&format!("playbooks/{step}.yaml"), &limited);
            let (host, program) = match what {
                "npm ci" => ("app1", "/usr/bin/npm"),
                "apt-get" => ("web", "/usr/bin/apt-get"),
                _ => ("app1", "/opt/pm2-5.4.3/bin/pm2"),
            };
            stage.on(host, &format!(
                "mv {program} /root/aside; printf '#!/bin/sh\\nsetsid sleep 86399 &\\nsleep 86398\\n' > {program}; chmod +x {program}"
            ));
            let seen = stage.up(&[]).end();
            // What systemd was starting, it has been told to end.
            let gone = "for n in $(seq 50); do pgrep -f 'sleep 8639[89]' > /dev/null || exit 0; sleep 0.1; done; pgrep -af 'sleep 8639[89]'";
            let left = root(&stage.class, host, gone).out;
            stage.on(host, &format!("mv /root/aside {program}; pkill -f 'sleep 8639[89]'; true"));
            stage.class.remove("playbooks");
            let seen = seen?;
            if seen.code != 1 || !seen.out.contains("took longer than 4 s") {
                return Err(format!("the limit is not told: {seen}"));
            }
            if left.is_empty() { Ok(true) } else { Err(format!("left on the machine: {left}")) }
        });
    }
}
