//! Faults of the machines: power, packages, disk, memory, clock, sudo, and programs that hang.

use super::link::{alert, heard};
use super::run::Run;
use super::stage::{HOSTS, Said, Stage, Undo, root};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

const STEPS: [&str; 8] = ["update", "nginx", "node", "dumbflix", "pm2", "proxy", "hosts", "verify"];

pub fn all(stage: &mut Stage) {
    power(stage);
    dpkg(stage);
    locks(stage);
    mirrors(stage);
    npm(stage);
    halves(stage);
    disks(stage);
    killed(stage);
    strays(stage);
    clocks(stage);
    sudo(stage);
    hung(stage);
}

/// It ended as a run may that met a fault of a machine.
fn met(run: Run) -> Said {
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

/// Power off, cut, and reboot, about each step.
fn power(stage: &mut Stage) {
    for (class, few) in [("host: power cut", 1), ("host: power off", 0), ("host: reboot", 1)] {
        for step in stage.chosen(class, STEPS.to_vec(), few) {
            let host = *stage.rng.choice(&HOSTS).unwrap();
            let pause = Duration::from_millis(stage.rng.u64(0..1500));
            let what = format!("{host}, {} ms after the step before {step}", pause.as_millis());
            stage.round(class, &what, Undo::Quick, |stage| {
                let mut run = alert(stage);
                about(&mut run, step);
                std::thread::sleep(pause);
                match class {
                    "host: power cut" => {
                        let init = stage.class.init_of(host).to_string();
                        std::process::Command::new("kill").args(["-KILL", &init]).status().unwrap();
                    }
                    "host: power off" => stage.class.power_off(host),
                    _ => drop(root(&stage.class, host, "systemctl reboot")),
                }
                met(run)?;
                if class == "host: reboot" {
                    stage.class.until("the machine is back", || {
                        stage.class.ssh(host, "systemctl is-system-running --wait", "").code != 255
                    });
                }
                Ok(())
            });
        }
    }
}

/// dpkg and its kind are killed half-way: as by a person, or for want of memory.
fn dpkg(stage: &mut Stage) {
    let class = "host: dpkg interrupted";
    let mut points = Vec::new();
    for (host, program) in
        [("web", "dpkg"), ("web", "apt-get"), ("app1", "dpkg"), ("web", "dpkg-deb"), ("web", "nginx.postinst")]
    {
        for pause in [0, 300] {
            points.push((host, program, pause));
        }
    }
    for (host, program, pause) in stage.chosen(class, points, 1) {
        let what = format!("kill -9 {program} on {host}, {pause} ms after it began");
        stage.round(class, &what, Undo::Thorough, |stage| {
            let run = stage.up(&[]);
            // What runs from a script is known by its arguments only.
            let find =
                if program.contains('.') { format!("pgrep -f {program}") } else { format!("pgrep -x {program}") };
            let script = format!(
                "n=0; until {find} > /dev/null || [ $n -gt 1500 ]; do sleep 0.01; n=$((n + 1)); done; \
                 sleep 0.{pause:03}; kill -KILL $({find}); true"
            );
            root(&stage.class, host, &script);
            met(run)
        });
    }
}

/// Somebody else has apt's locks.
fn locks(stage: &mut Stage) {
    let class = "host: apt's lock is held";
    let points = [
        ("/var/lib/dpkg/lock-frontend", "somebody"),
        ("/var/lib/dpkg/lock", "somebody"),
        ("/var/lib/apt/lists/lock", "somebody"),
        ("/var/cache/apt/archives/lock", "somebody"),
        ("/var/lib/dpkg/lock-frontend", "unattended-upgr"),
        ("/var/lib/apt/lists/lock", "unattended-upgr"),
    ];
    for (lock, who) in stage.chosen(class, points.to_vec(), 1) {
        stage.round(class, &format!("{lock} by {who}"), Undo::Thorough, |stage| {
            // As apt itself locks: fcntl, on the whole file. The name is what the kernel shows of a process.
            let hold = format!(
                "cat > /tmp/hold <<'EOT'\n$whole = pack('s s x4 q q i x4', 1, 0, 0, 0, 0); open(F, '>>', '{lock}'); fcntl(F, 7, $whole) or die;\n\
                 open(C, '>', '/proc/self/comm'); syswrite(C, '{who}'); open(R, '>', '/tmp/held'); close(R); sleep 12;\nEOT\n\
                 setsid perl /tmp/hold > /dev/null 2>&1 & for n in $(seq 200); do [ ! -e /tmp/held ] || exit 0; sleep 0.05; done; exit 1"
            );
            stage.on("web", &hold);
            let seen = stage.up(&[]).end();
            stage.on("web", &format!("pkill -x {who}; rm -f /tmp/hold /tmp/held; true"));
            let seen = seen?;
            if seen.code != 0 {
                return Err(format!("it was not waited for: {seen}"));
            }
            if seen.out.contains("held by process") && seen.out.contains(who) {
                Ok(())
            } else {
                Err(format!("who holds it is not named: {seen}"))
            }
        });
    }
    let class = "host: unattended-upgrades runs";
    for _ in stage.chosen(class, vec![()], 0) {
        stage.round(class, "again and again, while labctl works", Undo::Thorough, |stage| {
            // The real one, which takes every lock that apt has; with what it needs it goes again.
            let list = "dpkg-query -W -f '${Package}\\n' | sort";
            stage.on("web", &format!(
                "{list} > /tmp/before; export DEBIAN_FRONTEND=noninteractive; apt-get -q update && \
                 apt-get install -qy --no-install-recommends unattended-upgrades > /tmp/installed 2>&1 || {{ cat /tmp/installed; exit 1; }}\n\
                 touch /tmp/upgrading\n\
                 setsid sh -c 'while [ -e /tmp/upgrading ]; do unattended-upgrade; done' > /dev/null 2>&1 &"
            ));
            let seen = stage.up(&[]).end();
            stage.on("web", &format!(
                "rm -f /tmp/upgrading; for n in $(seq 600); do pgrep -f bin/unattended-upgrade > /dev/null || break; sleep 0.1; done; \
                 systemctl -q disable --now unattended-upgrades; {list} > /tmp/after; dpkg --purge --force-depends $(comm -13 /tmp/before /tmp/after | grep -vE '^(nginx|curl)') > /dev/null 2>&1; \
                 rm -f /tmp/before /tmp/after /tmp/installed"
            ));
            let seen = seen?;
            if seen.code == 0 { Ok(()) } else { Err(format!("it was not waited for: {seen}")) }
        });
    }
    let class = "host: cloud-init runs";
    for _ in stage.chosen(class, vec![()], 0) {
        stage.round(class, "for 5 s", Undo::Thorough, |stage| {
            let fake = "printf '#!/bin/sh\\nsleep 5\\necho status: done\\ntouch /tmp/waited\\n' > /usr/local/bin/cloud-init; \
                        chmod +x /usr/local/bin/cloud-init";
            stage.on("app1", fake);
            let seen = stage.up(&[]).end()?;
            stage.on("app1", "rm /usr/local/bin/cloud-init; rm /tmp/waited");
            if seen.code == 0 { Ok(()) } else { Err(format!("it was not waited for: {seen}")) }
        });
    }
}

/// apt's mirror does not answer, comes back in the middle, or is slow.
fn mirrors(stage: &mut Stage) {
    let points = [
        ("down", "Acquire::http::Proxy \"http://127.0.0.1:9\"; Acquire::https::Proxy \"http://127.0.0.1:9\";", 0),
        (
            "down for 3 s",
            "Acquire::http::Proxy \"http://127.0.0.1:9\"; Acquire::https::Proxy \"http://127.0.0.1:9\";",
            3,
        ),
        ("slow", "Acquire::http::Dl-Limit \"150\"; Acquire::https::Dl-Limit \"150\";", 0),
        ("very slow", "Acquire::http::Dl-Limit \"40\"; Acquire::https::Dl-Limit \"40\";", 0),
    ];
    let class = "host: apt's mirror";
    for (what, settings, back) in stage.chosen(class, points.to_vec(), 0) {
        stage.round(class, what, Undo::Thorough, |stage| {
            let file = "/etc/apt/apt.conf.d/zz-fault";
            for host in ["web", "app1"] {
                stage.on(host, &format!("apt-get clean; echo '{settings}' > {file}"));
            }
            let run = stage.up(&[]);
            if back > 0 {
                std::thread::sleep(Duration::from_secs(back));
                ["web", "app1"].iter().for_each(|host| drop(stage.on(host, &format!("rm {file}"))));
            }
            let said = if what == "down" { met(run) } else { super::controller::ended(run, &[0]) };
            ["web", "app1"].iter().for_each(|host| drop(stage.on(host, &format!("rm -f {file}"))));
            said
        });
    }
}

/// The registry breaks off in the middle, lies about lengths, or answers with an error; or npm is killed.
fn npm(stage: &mut Stage) {
    let class = "host: npm's registry";
    let points: Vec<(&str, &'static [u8])> = vec![
        ("breaks off", b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999\r\n\r\n{\"name\":\"pm2\",\"vers"),
        ("answers 500", b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"),
        ("answers nonsense", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\n<html>hi<"),
        ("hangs up", b""),
    ];
    for (what, answer) in stage.chosen(class, points, 0) {
        stage.round(class, what, Undo::Thorough, |stage| {
            let port = registry(&stage.class.gateway(), answer);
            let gateway = stage.class.gateway();
            stage.on("app1", &format!(
                "rm -rf /root/.npm/_cacache; printf 'registry=http://{gateway}:{port}/\\nproxy=null\\nhttps-proxy=null\\nnoproxy=*\\nfetch-retries=1\\nfetch-retry-mintimeout=300\\nfetch-retry-maxtimeout=600\\n' > /root/.npmrc"
            ));
            let said = super::controller::ended(stage.up(&[]), &[1]);
            stage.on("app1", "rm /root/.npmrc");
            said
        });
    }
    let class = "host: npm is killed";
    let mut points = Vec::new();
    for command in ["npm install", "npm ci"] {
        points.extend([100, 1000, 2500].map(|pause| (command, pause)));
    }
    for (command, pause) in stage.chosen(class, points, 1) {
        stage.round(class, &format!("{command}, {pause} ms after it began"), Undo::Thorough, |stage| {
            let run = stage.up(&[]);
            let script = format!(
                "n=0; until pgrep -f '{command}' > /dev/null || [ $n -gt 2000 ]; do sleep 0.02; n=$((n + 1)); done; \
                 sleep {}; pkill -KILL -f '{command}'; true",
                f64::from(pause) / 1000.0
            );
            root(&stage.class, "app1", &script);
            met(run)
        });
    }
}

/// What npm leaves that was ended after it unpacked a package, and before it linked its commands.
fn halves(stage: &mut Stage) {
    let class = "host: half a package";
    for (what, file) in stage.chosen(class, vec![("as it is", ""), ("with labctl's mark", "unfinished")], 1) {
        stage.round(class, what, Undo::Thorough, |stage| {
            stage.on("app2", &format!(
                "mkdir -p /opt/pm2-5.4.3/lib/node_modules/pm2 && cd /opt/pm2-5.4.3 && \
                 printf '{{\n  \"name\": \"pm2\",\n  \"version\": \"5.4.3\"\n}}\n' > lib/node_modules/pm2/package.json && \
                 [ -z '{file}' ] || : > '{file}'"
            ));
            let seen = stage.up(&[]).end()?;
            if seen.code == 0 { Ok(()) } else { Err(format!("{seen}")) }
        });
    }
}

/// A registry that gives this answer to everybody.
fn registry(address: &str, answer: &'static [u8]) -> u16 {
    let listener = TcpListener::bind(format!("{address}:0")).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer);
        }
    });
    port
}

/// Some place has no room left.
fn disks(stage: &mut Stage) {
    let class = "host: disk full";
    let points = [
        ("app1", "/opt", "300k"),
        ("app1", "/opt", "20m"),
        ("web", "/var/cache/apt/archives", "100k"),
        ("web", "/etc/nginx/dumbways", "4k,nr_inodes=2"),
        ("app2", "/home/student/demo", "40k"),
        ("app2", "/home/student/.pm2", "8k"),
        ("app1", "/var/lib/labctl", "8k"),
        ("web", "/var/lib/labctl", "4k"),
        ("app2", "/run/labctl", "4k,nr_inodes=3"),
    ];
    for (host, place, size) in stage.chosen(class, points.to_vec(), 1) {
        stage.round(class, &format!("{place} of {host}: {size}"), Undo::Thorough, |stage| {
            // The folder was perhaps not there before.
            stage.on(host, &format!(
                "mkdir -p {place}; case {place} in /home/*) chown student: {place}; own=,uid=$(id -u student),gid=$(id -g student) ;; esac; \
                 mount -t tmpfs -o mode=755,size={size}$own tmpfs {place}"
            ));
            let said = met(stage.up(&[]));
            stage.on(host, &format!("pkill -u student -KILL; systemctl stop pm2-student 2> /dev/null; umount -l {place}; rmdir {place} 2> /dev/null; true"));
            said
        });
    }
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
        points.extend([0, 300].map(|pause| (program, pause)));
    }
    for (program, pause) in stage.chosen(class, points, 1) {
        let host = if program.starts_with("nginx") { "web" } else { "app2" };
        stage.round(class, &format!("{program} on {host}, {pause} ms after it is there"), Undo::Quick, |stage| {
            let mut run = alert(stage);
            run.lines(2);
            std::thread::sleep(Duration::from_millis(600));
            let script = format!(
                "n=0; until pgrep -f '^{program}' > /dev/null || [ $n -gt 600 ]; do sleep 0.02; n=$((n + 1)); done; \
                 sleep 0.{pause:03}; for pid in $(pgrep -f '^{program}'); do [ $pid = $$ ] || kill -KILL $pid; done; true"
            );
            root(&stage.class, host, &script);
            met(run)
        });
    }
}

/// A daemon of pm2 that lost its pid file answers whoever asks, and systemd waits for that file in vain.
fn strays(stage: &mut Stage) {
    let class = "host: a stray pm2";
    for (what, file) in stage.chosen(class, vec![("without its pid file", "rm ~/.pm2/pm2.pid"), ("with it", ":")], 1) {
        stage.round(class, what, Undo::Quick, |stage| {
            let seen = stage.up(&[]).end()?;
            let script = format!(
                "systemctl stop pm2-student; cd /; runuser -u student -- env HOME=/home/student PATH=/usr/local/bin:/usr/bin:/bin \
                 sh -c 'pm2 -s resurrect; {file}'; timeout 5 systemctl start pm2-student; true"
            );
            stage.on("app2", &script);
            if seen.code == 0 { Ok(()) } else { Err(format!("{seen}")) }
        });
    }
}

/// The clock is wrong, or was: what was written then is from the future.
fn clocks(stage: &mut Stage) {
    let class = "host: wrong clock";
    for shift in
        stage.chosen(class, vec!["-10 years", "+10 years", "-3 hours", "files: +2 days", "files: -30 years"], 0)
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
            if seen.code == 0 { Ok(()) } else { Err(format!("the run by a wrong clock: {seen}")) }
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
            if seen.code == code && told { Ok(()) } else { Err(format!("not {code}: {seen}")) }
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
            if left.is_empty() { Ok(()) } else { Err(format!("left on the machine: {left}")) }
        });
    }
}
