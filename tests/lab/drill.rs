//! The drill on real machines: every fault under load, what visitors noticed of it, and that everything serves again,
//! also when labctl is killed in the middle.

use super::class::Class;
use super::seen::{Running, Seen, interrupt};
use super::web::http;
use labctl::internals::event::{Kind, Tick, TurnKind};
use labctl::internals::recording::Recording;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

/// Long enough for nginx to have left the server out, and so short that its next try (`fail_timeout=10s`) finds it whole.
const LASTING: &str = "6";

#[test]
fn every_fault_costs_nobody_a_request_and_is_undone() {
    let Some(class) = Class::prepared("drill") else { return };
    let up = class.labctl(&["up"]);
    assert_eq!(up.code, 0, "{up}");

    what_cannot_be_drilled_is_said(&class);
    let began = Instant::now();
    let drill = class.labctl(&["drill", "--all", "--seconds", LASTING, "--format", "json"]);
    eprintln!("drill --all: {:.0} s\n{}", began.elapsed().as_secs_f64(), drill.err);
    assert_eq!(drill.code, 0, "{drill}");
    let told: Vec<Value> = drill.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let modes: Vec<&str> = told.iter().map(|each| each["mode"].as_str().unwrap()).collect();
    assert_eq!(modes, ["stop", "kill", "freeze", "drop", "reboot"], "{drill}");
    for each in &told {
        let mode = each["mode"].as_str().unwrap();
        let number = |key: &str| each[key].as_u64().unwrap();
        eprintln!("{mode}: {each}");
        assert_eq!(number("lost"), 0, "{each}");
        assert!(number("max_ms") <= 3500, "{each}");
        assert!(number("sent") >= 50 * 6, "{each}");
        let (before, during, after) = (&each["before"]["app2"], &each["during"]["app2"], &each["after"]["app2"]);
        assert!(before.as_f64().unwrap() > 20.0 && after.as_f64().unwrap() > 5.0, "{each}");
        assert!(each["left_out_ms"].as_u64().is_some_and(|ms| ms <= 3500), "{each}");
        if mode == "reboot" {
            assert!(number("silent_ms") >= 1000, "the fault was there: {each}");
        } else {
            assert_eq!(during.as_f64(), Some(0.0), "the fault was there: {each}");
            assert!(number("silent_ms") >= 6000, "the fault was there: {each}");
        }
        assert!(each["verdict"].as_str().unwrap().starts_with("app2 was "), "{each}");
    }
    for (mode, slow) in [("freeze", true), ("stop", false), ("kill", false)] {
        let each = told.iter().find(|each| each["mode"] == mode).unwrap();
        assert_eq!(each["slow"].as_u64().unwrap() > 0, slow, "{each}");
    }
    the_recording_tells_the_same(&class, &told);
    whole(&class, "after every drill");

    what_pm2_did_not_start_is_left_alone(&class);
    a_killed_labctl_leaves_nothing_broken(&class);
    a_lost_link_is_taken_up_again(&class);
    an_interrupt_restores_first(&class);
    one_visitor_on_one_server(&class);
    super::deploy::nobody_notices_a_deploy(&class);

    let down = class.labctl(&["down"]);
    assert_eq!(down.code, 0, "{down}");
    class.assert_nothing_left();
}

fn whole(class: &Class, when: &str) {
    let check = class.labctl(&["check"]);
    assert_eq!(check.code, 0, "{when}: {check}");
    let left = class.on(
        "app2",
        "ls -d /run/labctl-drill 2> /dev/null; systemctl list-timers --all 'labctl-drill*' | grep drill; true",
    );
    assert_eq!(left.trim(), "", "{when}: nothing is left on the machine");
}

/// The newest recording of the lab.
fn recording(class: &Class) -> Recording {
    let lab = fs::read_dir(class.path(".labctl")).unwrap().next().unwrap().unwrap().path();
    let all = fs::read_dir(lab.join("runs")).unwrap().map(|entry| entry.unwrap().path());
    let newest = all.max_by_key(|path| fs::metadata(path).unwrap().modified().unwrap()).unwrap();
    assert_eq!(fs::metadata(&newest).unwrap().permissions().mode() & 0o777, 0o600, "{newest:?}");
    Recording::read("r", &fs::read(newest).unwrap()).unwrap()
}

fn the_recording_tells_the_same(class: &Class, told: &[Value]) {
    let recording = recording(class);
    assert!(recording.whole, "{:?}", recording.remarks);
    // A recording holds what was measured; the sentence about it is made for whoever reads it.
    let mut measured = told.to_vec();
    measured.iter_mut().for_each(|each| drop(each.as_object_mut().unwrap().remove("verdict")));
    let (mut drills, mut ticks, mut turns) = (Vec::new(), Vec::new(), Vec::new());
    for event in &recording.events {
        match &event.kind {
            Kind::DrillStarted { .. } => (ticks, turns) = (Vec::new(), Vec::new()),
            Kind::DrillTick { tick } => ticks.push(tick.clone()),
            Kind::DrillTurned { turn, .. } if turn.kind() != TurnKind::Note => turns.push(turn.kind()),
            Kind::DrillFinished { drilled } => {
                let sum = |of: fn(&Tick) -> u64| ticks.iter().map(of).sum::<u64>() as usize;
                assert_eq!((sum(|t| t.sent), sum(|t| t.lost)), (drilled.figures.sent, drilled.figures.lost));
                assert_eq!(sum(|t| t.answered.values().sum()), drilled.figures.sent - drilled.figures.lost);
                assert_eq!(ticks.iter().map(|t| t.max_ms).max(), Some(drilled.figures.max_ms));
                assert!(ticks.windows(2).all(|pair| pair[0].to_ms == pair[1].from_ms), "{ticks:?}");
                assert_eq!(
                    turns,
                    [TurnKind::Load, TurnKind::Broken, TurnKind::Ejected, TurnKind::Undoing, TurnKind::Back]
                );
                drills.push(serde_json::to_value(drilled).unwrap());
            }
            _ => {}
        }
    }
    assert_eq!(drills, measured, "figures are those that were printed");
    let report = class.labctl(&["report", "-o", "drill.html"]);
    assert!(report.code == 0 && report.out.is_empty(), "{report}");
    let page = class.read("drill.html");
    for wanted in
        ["The faults side by side", "Curves of the drill 5 reboot", "the server is ejected", class.address("app2")]
    {
        assert!(page.contains(wanted), "{wanted}");
    }
}

fn what_cannot_be_drilled_is_said(class: &Class) {
    for (words, wanted) in [
        (["--host", "web"], "`web` is not a backend of demo.lab.test"),
        (["--site", "demo.lab.tst"], "did you mean `demo.lab.test`?"),
        (["--site", "app1.lab.test"], "has only one backend"),
    ] {
        let drill = class.labctl(&[&["drill"], &words[..]].concat());
        assert!(drill.code == 2 && drill.err.contains(wanted), "{drill}");
    }
}

/// Somebody started the application by hand: its family reaches up to the login, and nobody of it is ended.
fn what_pm2_did_not_start_is_left_alone(class: &Class) {
    class.on("app2", "pm2 -s stop demo && cd demo && { HOST=0.0.0.0 nohup node src/index.js > /dev/null 2>&1 & }");
    class.until("it answers", || {
        class.on("app2", "curl -s -o /dev/null http://127.0.0.1:3000/ && echo yes || true") == "yes\n"
    });
    for mode in ["kill", "freeze"] {
        let drill = class.labctl(&["drill", "--mode", mode, "--host", "app2", "--seconds", LASTING]);
        let told = format!("{}{}", drill.out, drill.err);
        assert!(drill.code != 0 && told.contains("which pm2 of student did not start"), "{drill}");
    }
    class.on("app2", "pkill -f '^node src/index.js'");
    let up = class.labctl(&["up"]);
    assert_eq!(up.code, 0, "{up}");
    whole(class, "after a drill that was refused");
}

fn frozen(class: &Class) -> bool {
    class.on("app2", "pgrep -r T -f 'node src/index.j[s]' || true").trim() != ""
}

/// Waits until the application is frozen by a labctl in the background.
fn freeze(class: &Class, more: &[&str]) -> Running {
    let running = class.begin_labctl(&[&["drill", "--mode", "freeze", "--seconds", "4"], more].concat());
    class.until("the application is frozen", || frozen(class));
    running
}

/// Whether the application on app2 is broken in this way, seen on the machine itself. `boot` is the boot before.
fn broken(class: &Class, mode: &str, boot: &str) -> bool {
    let listens = "ss -Hltn 'sport = :3000' | grep -q .";
    let line = match mode {
        "stop" | "kill" => format!("! {listens}"),
        "freeze" => "pgrep -r T -f 'node src/index.j[s]' > /dev/null".to_owned(),
        "drop" => "sudo nft list table inet labctl_drill > /dev/null 2>&1 || sudo iptables -S | grep -q labctl-drill"
            .to_owned(),
        _ => format!("[ \"$(cat /proc/sys/kernel/random/boot_id)\" != {boot} ]"),
    };
    // While it boots, nobody answers.
    class.ssh("app2", &format!("if {line}; then echo broken; fi"), "").out.contains("broken")
}

/// labctl is killed in the middle of every mode: the machine undoes it by itself, and the lab is whole again.
fn a_killed_labctl_leaves_nothing_broken(class: &Class) {
    for mode in ["stop", "kill", "freeze", "drop", "reboot"] {
        // In this mode on a machine without nftables and without systemd-run.
        if mode == "drop" {
            bare(class);
        }
        let boot = class.on("app2", "cat /proc/sys/kernel/random/boot_id");
        let running = class.begin_labctl(&["drill", "--mode", mode, "--seconds", "6"]);
        class.until(&format!("{mode} has happened"), || broken(class, mode, boot.trim()));
        if mode == "drop" {
            assert!(class.on("app2", "sudo iptables -S").contains("labctl-drill"), "iptables drops");
            assert_ne!(class.on("app2", "pgrep -f 'fault.s[h] end' || true").trim(), "", "its timer sleeps");
        }
        let began = Instant::now();
        // Killed as by the system: no word to the machine.
        drop(running);
        let recording = recording(class);
        let ticks = recording.events.iter().filter(|event| matches!(event.kind, Kind::DrillTick { .. })).count();
        assert!(!recording.whole && ticks > 8, "it is written while it happens: {recording:?}");
        if mode != "reboot" {
            assert!(broken(class, mode, ""), "{mode}: labctl is gone, and the fault is not");
            class.until(&format!("the machine itself undoes {mode}"), || !broken(class, mode, ""));
        }
        class.until(&format!("everything is whole after {mode}"), || class.labctl(&["check"]).code == 0);
        if mode == "drop" {
            class.on("app2", "sudo mv /usr/bin/systemd-run.away /usr/bin/systemd-run");
        }
        eprintln!("{mode}: whole again {:.0} s after labctl was killed", began.elapsed().as_secs_f64());
        whole(class, &format!("after labctl was killed in {mode}"));
    }
}

/// Only iptables can drop packets, and only a sleeping process can be the timer.
fn bare(class: &Class) {
    let apt = "sudo DEBIAN_FRONTEND=noninteractive apt-get -y -q --no-install-recommends";
    class.on("app2", &format!("{apt} install iptables > /dev/null && {apt} purge nftables > /dev/null"));
    class.on("app2", "sudo mv /usr/bin/systemd-run /usr/bin/systemd-run.away && ! command -v /usr/sbin/nft");
}

/// The link is cut while the fault is there: labctl logs in anew, and restores.
fn a_lost_link_is_taken_up_again(class: &Class) {
    let mut running = freeze(class, &[]);
    class.ssh("app2", "sudo pkill -f '^sshd: studen[t]'", "");
    let ended = Seen::of(running.wait_with_output_within(Duration::from_secs(90)));
    assert_eq!(ended.code, 0, "{ended}");
    assert!(ended.out.contains("app2 was frozen") && !frozen(class), "{ended}");
    whole(class, "after a lost link");
}

/// By ip_hash this computer meets one server only: the drill is about that one.
fn one_visitor_on_one_server(class: &Class) {
    let shipped = class.read("inventory.yaml");
    class.write("inventory.yaml", &shipped.replace("balance: round_robin", "balance: ip_hash"));
    let step = class.labctl(&["step", "proxy"]);
    assert_eq!(step.code, 0, "{step}");
    let mine = http(class.address("web"), "demo.lab.test", "/").unwrap();
    let mine = mine.header("X-Upstream").unwrap().to_owned();
    let (own, other) = if mine.starts_with(class.address("app1")) { ("app1", "app2") } else { ("app2", "app1") };
    let words = ["drill", "--mode", "stop", "--seconds", "4", "--host", own, "--format", "json"];
    let mut running = class.begin_labctl(&words);
    class.until("it is stopped", || class.on(own, "ss -Hltn 'sport = :3000'").trim().is_empty());
    // Whoever comes meanwhile waits, is told for whom, and does not see what is broken on purpose.
    let check = class.labctl(&["check"]);
    assert_eq!(check.code, 0, "{check}");
    assert!(check.err.contains("waits for another run: ") && check.err.contains("(a drill)"), "{check}");
    let drill = Seen::of(running.wait_with_output_within(Duration::from_secs(60)));
    assert_eq!(drill.code, 0, "{drill}");
    let told: Value = serde_json::from_str(&drill.out).unwrap();
    assert_eq!((told["lost"].as_u64(), told["before"][own].as_f64()), (Some(0), Some(100.0)), "{drill}");
    assert_eq!(told["during"][other].as_f64(), Some(100.0), "the other one takes over: {drill}");
    let wrong = class.labctl(&["drill", "--mode", "stop", "--seconds", "3", "--host", other]);
    assert!(wrong.code == 1 && wrong.err.contains("ip_hash keeps this computer on"), "{wrong}");
    class.write("inventory.yaml", &shipped);
    assert_eq!(class.labctl(&["step", "proxy"]).code, 0);
}

fn an_interrupt_restores_first(class: &Class) {
    // The fault and nginx's own defaults: both are put back.
    let mut running = freeze(class, &["--template-defaults"]);
    assert!(!class.on("web", "cat /etc/nginx/dumbways/demo.lab.test.conf").contains("proxy_read_timeout"));
    interrupt(&running);
    let ended = Seen::of(running.wait_with_output_within(Duration::from_secs(60)));
    assert_eq!(ended.code, 130, "{ended}");
    assert!(!frozen(class), "{ended}");
    whole(class, "after an interrupt");
}
