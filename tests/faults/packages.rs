//! Faults of what is installed on the machines: apt and its like, npm and its registry, pm2.

use super::host::{met, struck};
use super::registry::Registry;
use super::stage::{Stage, Undo};
use std::time::Duration;

pub fn all(stage: &mut Stage) {
    dpkg(stage);
    locks(stage);
    mirrors(stage);
    npm(stage);
    halves(stage);
    strays(stage);
}

/// dpkg and its kind are killed half-way: as by a person, or for want of memory.
fn dpkg(stage: &mut Stage) {
    let class = "host: dpkg interrupted";
    let mut points = Vec::new();
    // Some are over at once.
    for (host, program, later) in [
        ("web", "dpkg", 300),
        ("web", "apt-get", 300),
        ("app1", "dpkg", 30),
        ("web", "dpkg-deb", 10),
        ("web", "nginx.postinst", 10),
    ] {
        points.extend([0, later].map(|pause| (host, program, pause)));
    }
    for (host, program, mut pause) in stage.chosen(class, points, 1) {
        let what = format!("kill -9 {program} on {host}, {pause} ms after it began");
        stage.round(class, &what, Undo::Thorough, |stage| {
            let run = stage.up(&[]);
            let find = match program {
                // apt also asks it which architectures there are, and that is no work.
                "dpkg" => "pgrep -f '^/usr/bin/dpkg .*--(unpack|configure)'".to_owned(),
                // What runs from a script is known by its arguments only.
                script if script.contains('.') => format!("pgrep -f {script}"),
                name => format!("pgrep -x {name}"),
            };
            let struck = struck(stage, host, &find, &mut pause);
            met(run).map(|_| struck)
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
                Ok(true)
            } else {
                Err(format!("who holds it is not named: {seen}"))
            }
        });
    }
    let class = "host: unattended-upgrades runs";
    for _ in stage.chosen(class, vec![()], 1) {
        stage.round(class, "again and again, while labctl works", Undo::Thorough, |stage| {
            // The real one, which takes every lock that apt has; with what it needs it goes again.
            let list = "dpkg-query -W -f '${Package}\\n' | sort";
            stage.on("web", &format!(
                "{list} > /tmp/before; export DEBIAN_FRONTEND=noninteractive; apt-get -q update && \
                 apt-get install -qy --no-install-recommends unattended-upgrades > /tmp/installed 2>&1 || {{ cat /tmp/installed; exit 1; }}\n\
                 touch /tmp/upgrading\n\
                 setsid sh -c 'while [ -e /tmp/upgrading ]; do unattended-upgrade && echo >> /tmp/upgraded; done' > /dev/null 2>&1 &"
            ));
            let seen = stage.up(&[]).end();
            let worked = stage.on("web", "cat /tmp/upgraded 2> /dev/null || true").lines().count();
            stage.on("web", &format!(
                "rm -f /tmp/upgrading; for n in $(seq 600); do pgrep -f bin/unattended-upgrade > /dev/null || break; sleep 0.1; done; \
                 systemctl -q disable --now unattended-upgrades; {list} > /tmp/after; dpkg --purge --force-depends $(comm -13 /tmp/before /tmp/after | grep -vE '^(nginx|curl)') > /dev/null 2>&1; \
                 rm -f /tmp/before /tmp/after /tmp/installed /tmp/upgraded"
            ));
            let seen = seen?;
            // It had all of apt's locks, once and again, in the time of the run.
            if seen.code == 0 { Ok(worked > 0) } else { Err(format!("it was not waited for: {seen}")) }
        });
    }
    let class = "host: cloud-init runs";
    for _ in stage.chosen(class, vec![()], 1) {
        stage.round(class, "for 5 s", Undo::Thorough, |stage| {
            let fake = "printf '#!/bin/sh\\nsleep 5\\necho status: done\\ntouch /tmp/waited\\n' > /usr/local/bin/cloud-init; \
                        chmod +x /usr/local/bin/cloud-init";
            stage.on("app1", fake);
            let seen = stage.up(&[]).end()?;
            stage.on("app1", "rm /usr/local/bin/cloud-init; rm /tmp/waited");
            if seen.code == 0 { Ok(true) } else { Err(format!("it was not waited for: {seen}")) }
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
    for (what, settings, back) in stage.chosen(class, points.to_vec(), 1) {
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
            let ended = if what == "down" { met(run) } else { super::controller::ended(run, &[0]) };
            ["web", "app1"].iter().for_each(|host| drop(stage.on(host, &format!("rm -f {file}"))));
            ended.map(|_| true)
        });
    }
}

/// The registry breaks off in the middle, lies about lengths, or answers with an error; or npm is killed.
fn npm(stage: &mut Stage) {
    let class = "host: npm's registry";
    let cut =
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999\r\n\r\n{\"name\":\"pm2\",\"vers";
    let error = b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno";
    let nonsense = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\n<html>hi<";
    // pm2 is installed by root, the application's packages by its user.
    let points = [
        ("breaks off", "/root", Registry::Answers(cut)),
        ("answers 500", "/root", Registry::Answers(error)),
        ("answers nonsense", "/root", Registry::Answers(nonsense)),
        ("hangs up", "/root", Registry::Answers(b"")),
        ("breaks off in the middle of an archive", "/root", Registry::BreaksOff),
        ("hangs up", "/home/student", Registry::Answers(b"")),
        ("breaks off in the middle of an archive", "/home/student", Registry::BreaksOff),
    ];
    for (what, home, registry) in stage.chosen(class, points.to_vec(), 1) {
        stage.round(class, &format!("{what}, for {home}"), Undo::Thorough, |stage| {
            let own = registry.begin(&stage.class.gateway());
            stage.on("app1", &format!(
                "rm -rf {home}/.npm/_cacache; printf 'registry={own}/\nproxy=null\nhttps-proxy=null\nnoproxy=*\nfetch-retries=1\nfetch-retry-mintimeout=300\nfetch-retry-maxtimeout=600\n' > {home}/.npmrc"
            ));
            let ended = super::controller::ended(stage.up(&[]), &[1]);
            stage.on("app1", &format!("rm {home}/.npmrc"));
            ended.map(|_| true)
        });
    }
    let class = "host: npm is killed";
    let mut points = Vec::new();
    for command in ["npm install", "npm ci"] {
        points.extend([100, 1000, 2500].map(|pause| (command, pause)));
    }
    for (command, mut pause) in stage.chosen(class, points, 1) {
        stage.round(class, &format!("{command}, {pause} ms after it began"), Undo::Thorough, |stage| {
            let run = stage.up(&[]);
            let struck = struck(stage, "app1", &format!("pgrep -f '{command}'"), &mut pause);
            met(run).map(|_| struck)
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
            if seen.code == 0 { Ok(true) } else { Err(format!("{seen}")) }
        });
    }
}

/// A daemon of pm2 that lost its pid file answers whoever asks, and systemd waits for that file in vain; and where the
/// daemon died while somebody asked, there may be two, of which the other one has the application.
fn strays(stage: &mut Stage) {
    let class = "host: a stray pm2";
    let outside = |then: &str| {
        format!(
            "systemctl stop pm2-student; cd /; student 'pm2 -s resurrect; {then}'; timeout 5 systemctl start pm2-student; true"
        )
    };
    let second = "cd /; student 'cd ~/.pm2 && pm2 -s delete demo && cp pm2.pid kept && rm rpc.sock pub.sock pm2.pid && \
                  pm2 -s start ~/.labctl/demo.config.js && mv kept pm2.pid' && [ $(pgrep -c ^PM2) = 2 ]";
    let points = [
        ("without its pid file", outside("rm ~/.pm2/pm2.pid")),
        ("with it", outside(":")),
        ("beside the service's", second.to_owned()),
    ];
    for (what, script) in stage.chosen(class, points.to_vec(), 1) {
        stage.round(class, what, Undo::Quick, |stage| {
            let seen = stage.up(&[]).end()?;
            let student = "student() { runuser -u student -- env HOME=/home/student PATH=/usr/local/bin:/usr/bin:/bin sh -c \"$1\"; }";
            stage.on("app2", &format!("{student}\n{script}"));
            if seen.code == 0 { Ok(true) } else { Err(format!("{seen}")) }
        });
    }
}
