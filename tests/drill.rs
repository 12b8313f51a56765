//! The drill on real machines: every fault under load, what visitors noticed of it, and that everything serves again,
//! also when labctl is killed in the middle.
#![allow(clippy::unwrap_used, clippy::print_stderr, dead_code)] // a test that cannot go on has failed

#[path = "lab/class.rs"]
mod class;

use class::{Class, Running, Seen};
use serde_json::Value;
use std::time::{Duration, Instant};

/// Long enough for nginx to have left the server out, and so short that its next try (`fail_timeout=10s`) finds it whole.
const LASTING: &str = "8";

#[test]
fn every_fault_costs_nobody_a_request_and_is_undone() {
    let Some(class) = Class::begin("drill") else { return };
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
        assert!(number("sent") >= 50 * 8, "{each}");
        let (before, during, after) = (&each["before"]["app2"], &each["during"]["app2"], &each["after"]["app2"]);
        assert!(before.as_f64().unwrap() > 20.0 && after.as_f64().unwrap() > 5.0, "{each}");
        assert!(each["left_out_ms"].as_u64().is_some_and(|ms| ms <= 3500), "{each}");
        if mode == "reboot" {
            assert!(number("silent_ms") >= 1000, "the fault was there: {each}");
        } else {
            assert_eq!(during.as_f64(), Some(0.0), "the fault was there: {each}");
            assert!(number("silent_ms") >= 8000, "the fault was there: {each}");
        }
        assert!(each["verdict"].as_str().unwrap().starts_with("app2 was "), "{each}");
    }
    for (mode, slow) in [("freeze", true), ("stop", false), ("kill", false)] {
        let each = told.iter().find(|each| each["mode"] == mode).unwrap();
        assert_eq!(each["slow"].as_u64().unwrap() > 0, slow, "{each}");
    }
    whole(&class, "after every drill");

    a_killed_labctl_leaves_nothing_broken(&class);
    an_interrupt_restores_first(&class);

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

fn what_cannot_be_drilled_is_said(class: &Class) {
    for (words, wanted) in [
        (["--host", "web"], "`web` is no backend of demo.lab.test"),
        (["--site", "demo.lab.tst"], "did you mean `demo.lab.test`?"),
        (["--site", "app1.lab.test"], "has only one backend"),
    ] {
        let drill = class.labctl(&[&["drill"], &words[..]].concat());
        assert!(drill.code == 2 && drill.err.contains(wanted), "{drill}");
    }
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

fn a_killed_labctl_leaves_nothing_broken(class: &Class) {
    // What the background process holds is killed with it, as by the system: no word to the machine.
    drop(freeze(class, &[]));
    let began = Instant::now();
    assert!(frozen(class), "labctl is gone, and the fault is not");
    class.until("the machine's own timer undoes it", || !frozen(class));
    eprintln!("the machine undid it by itself after {:.0} s", began.elapsed().as_secs_f64());
    class.until("everything is whole", || class.labctl(&["check"]).code == 0);
    whole(class, "after a killed labctl");
}

fn an_interrupt_restores_first(class: &Class) {
    // The fault and nginx's own defaults: both are put back.
    let mut running = freeze(class, &["--template-defaults"]);
    assert!(!class.on("web", "cat /etc/nginx/dumbways/demo.lab.test.conf").contains("proxy_read_timeout"));
    class::interrupt(&running);
    let ended = Seen::of(running.wait_with_output_within(Duration::from_secs(60)));
    assert_eq!(ended.code, 130, "{ended}");
    assert!(!frozen(class), "{ended}");
    whole(class, "after an interrupt");
}
