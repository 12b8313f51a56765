//! Runs that are ended, wait for each other, or are one command.

use super::super::class::Class;
use super::super::seen::{Seen, interrupt};
use std::time::Duration;

pub fn tasks_have_limits_and_can_be_stopped(class: &Class) {
    let tasks =
        |line: &str| format!("hosts: app\ntasks:\n  - {line}\n  - command: {{ run: 'true', unless: 'true' }}\n");
    class.write("playbooks/slow.yaml", &tasks("{ command: { run: 'echo begun; sleep 4321' }, timeout: 3s }"));
    let slow = class.labctl(&["step", "slow"]);
    assert_eq!(slow.code, 1, "{slow}");
    assert!(slow.out.contains("took longer than 3 s") && slow.out.contains("begun"), "{slow}");
    for host in ["app1", "app2"] {
        assert_eq!(class.on(host, "pgrep -fc 'sleep 432[1]' || true").trim(), "0", "its processes are ended");
    }
    class.write("playbooks/slow.yaml", &tasks("command: { run: 'sleep 4322' }"));
    let mut running = class.begin_labctl(&["step", "slow"]);
    for host in ["app1", "app2"] {
        class.until("the task runs", || class.on(host, "pgrep -fc 'sleep 432[2]' || true").trim() != "0");
    }
    interrupt(&running);
    let stopped = Seen::of(running.wait_with_output_within(Duration::from_secs(40)));
    assert_eq!(stopped.code, 130, "{stopped}");
    assert!(stopped.out.contains("interrupted"), "{stopped}");
    for host in ["app1", "app2"] {
        assert_eq!(class.on(host, "pgrep -fc 'sleep 432[2]' || true").trim(), "0", "its processes are ended");
    }
    // On a terminal, with a live display: it is left as it was.
    let (drawn, [before, after]) = class.interrupted_in_terminal(&["step", "slow"], || {
        class.on("app1", "pgrep -fc 'sleep 432[2]' || true").trim() != "0"
    });
    assert_eq!(drawn.code, 130, "{drawn}");
    assert!(drawn.out.contains("\x1b["), "something was drawn: {drawn}");
    assert_eq!(before, after, "the terminal's settings");
    assert!(drawn.out.rfind("\x1b[?25l") <= drawn.out.rfind("\x1b[?25h"), "the cursor is seen: {drawn}");
    assert!(!drawn.out.contains("\x1b[?1049h") && drawn.out.ends_with('\n'), "{drawn}");
    class.remove("playbooks");
    let next = class.labctl(&["up"]);
    assert_eq!(next.code, 0, "the next run converges: {next}");
}

pub fn two_runs_do_not_work_at_once(class: &Class) {
    class.write("playbooks/slow.yaml", "hosts: app1\ntasks:\n  - command: { run: 'sleep 5' }\n");
    let mut first = class.begin_labctl(&["step", "slow"]);
    class.until("the task runs", || class.on("app1", "pgrep -fc 'sleep [5]' || true").trim() != "0");
    let second = class.labctl(&["check", "--limit", "app1"]);
    assert!(second.err.contains("waits for another run: "), "it names the holder: {second}");
    assert_eq!(Seen::of(first.wait_with_output_within(Duration::from_secs(40))).code, 0);
    class.remove("playbooks");
}

pub fn commands_on_machines(class: &Class) {
    let exec = class.labctl(&["exec", "app*,!app2", "-i", &class.inventory(), "--", "echo I am $(hostname)"]);
    assert!(exec.code == 0 && exec.out.contains("I am app1") && !exec.out.contains("app2"), "{exec}");
    let failed = class.labctl(&["exec", "web", "-i", &class.inventory(), "--", "false"]);
    assert_eq!(failed.code, 1, "{failed}");
    let ssh = class.labctl(&["ssh", "web", "-i", &class.inventory(), "--", "hostname"]);
    assert!(ssh.code == 0 && ssh.out.trim() == "web", "{ssh}");
}
