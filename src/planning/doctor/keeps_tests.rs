//! What keeps an application, its tools or a machine from working though each of them is there: rules of pm2, a Node.js that does
//! not run, a disk that is only read, an SSH port that drops.

use super::*;
use crate::model::unreachable::ConnectionFailure;

const ANEW: &str = "pm2 delete demo; cd /home/student/demo && pm2 start npm --name demo -- start && pm2 save";

#[test]
fn what_pm2_ends_by_a_rule_of_its_own_is_no_fault_of_the_application() {
    let entry = |more: &str| {
        format!(
            r#"{{"name":"demo","pid":60,"status":"online","since":900,"restarts":40,"cwd":"/home/student/demo",{more}}}"#
        )
    };
    let said = |line: &str| format!("2026-11-28T02:50:26: PM2 log: {line}");
    let watch = said("Change detected on path access.log for app demo - restarting");
    let memory = said(
        "[PM2][WORKER] Process 0 restarted because it exceeds --max-memory-restart value (current_memory=45875200 max_memory_limit=20971520 [octets])",
    );
    for (rule, times, cause) in [
        (format!(r#""watch":true,"ended":9,"ending":"{watch}""#), "down", "app-ended-by-pm2"),
        (format!(r#""watch":true,"ended":9,"ending":"{watch}""#), "up", "app-ended-by-pm2"),
        (format!(r#""limit":20971520,"ended":3,"ending":"{memory}""#), "up", "app-ended-by-pm2"),
        // Somebody has edited a file once; or the rule is gone since.
        (format!(r#""watch":true,"ended":1,"ending":"{watch}""#), "up", "none"),
        (format!(r#""ended":9,"ending":"{watch}""#), "up", "none"),
        (format!(r#""limit":0,"ended":9,"ending":"{memory}""#), "up", "none"),
    ] {
        let entry = entry(&rule);
        let mut facts = vec![("see.pm2.app.student.0", entry.as_str())];
        if times == "down" {
            facts.extend([DOWN, NOBODY]);
        }
        let (found, next) = first(&facts);
        assert_eq!(found, cause, "{rule}");
        assert!(cause == "none" || next == [ANEW], "{next:?}");
    }
}

#[test]
fn programs_that_call_themselves_by_several_words_are_seen() {
    let entry = |mode: &str| {
        format!(
            r#"{{"name":"demo","pid":60,"status":"online","since":900000,"mode":"{mode}","cwd":"/home/student/demo","script":"/home/student/demo/src/index.js"}}"#
        )
    };
    for (program, pid, mode) in [("node /home/stud", 60, "fork_mode"), ("PM2 v5.4.3: God", 50, "cluster_mode")] {
        let listen = format!("LISTEN 0 511 0.0.0.0:3000 0.0.0.0:* users:((\"{program}\",pid={pid},fd=19))");
        let entry = entry(mode);
        let facts = [("see.listen#0001", listen.as_str()), ("see.pm2.app.student.0", entry.as_str())];
        assert_eq!(first(&facts).0, "none", "{program}");
    }
}

#[test]
fn what_was_saved_while_it_was_stopped_is_stopped_after_a_reboot() {
    let idle = |name| first(&[("see.pm2.saved-stopped.student#0001", name)]);
    assert_eq!(idle("demo"), ("pm2-saved-stopped", vec!["pm2 save".into()]));
    assert_eq!(idle("another").0, "none");
}

#[test]
fn behind_a_mask_the_unit_is_made_anew() {
    let (cause, next) = first(&[("see.pm2.boot.student", "masked active")]);
    assert_eq!((cause, next[0].as_str()), ("pm2-not-at-boot", "sudo systemctl unmask pm2-student"));
    assert!(next[1].contains("pm2 startup systemd -u student"), "{next:?}");
}

#[test]
fn a_unit_that_does_not_run_the_application_is_the_cause_and_not_a_pm2_that_nobody_wants() {
    let unit = |active: &str, status: u32, user: &str, folder: &str, command: &str| {
        format!(
            "web-app.service\t{active}\tenabled\t{status}\t{user}\t{folder}\t/etc/systemd/system/web-app.service\t{command}"
        )
    };
    let demo = "/home/student/demo";
    let edit = |edit: &str| format!("sudo sed -i '{edit}' /etc/systemd/system/web-app.service");
    for (unit, next) in [
        (
            unit("failed", 203, "student", demo, "/usr/local/bin/npm start"),
            edit("/^ExecStart=/s|/usr/local/bin/npm|/usr/bin/npm|"),
        ),
        (
            unit("activating", 203, "student", demo, "/opt/node/bin/node src/index.js"),
            edit("/^ExecStart=/s|/opt/node/bin/node|/usr/bin/node|"),
        ),
        (
            unit("failed", 200, "student", "/home/student/dmeo", "/usr/bin/node src/index.js"),
            edit("/^WorkingDirectory=/s|/home/student/dmeo|/home/student/demo|"),
        ),
        (unit("failed", 217, "studnet", demo, "/usr/bin/npm start"), edit("/^User=/s|studnet|student|")),
        (
            unit("inactive", 0, "student", demo, "/usr/bin/npm start"),
            "sudo systemctl enable web-app.service && sudo systemctl restart web-app.service".into(),
        ),
        (
            unit("failed", 1, "", "", "/usr/bin/node /home/student/demo/src/index.js"),
            "sudo journalctl -u web-app.service -n 20 --no-pager".into(),
        ),
    ] {
        let facts = [("see.units#0001", unit.as_str()), ("see.pm2.app.student.0", "nothing"), DOWN, NOBODY];
        let (cause, typed) = first(&facts);
        assert_eq!((cause, &typed[0]), ("service-fails", &next), "{unit}");
    }
    // What is served by a unit that starts at boot needs no npm.
    let serves =
        [("see.unit.62", "web-app.service enabled"), ("see.pm2.app.student.0", "nothing"), ("see.tool#0001", "npm ")];
    let line = [("see.process#0001", "50 1 student Ssl 900 sleep 9"), ("see.process#0002", "60 1 student Sl 900 node")];
    assert_eq!(first(&[serves.as_slice(), &line].concat()).0, "none");
    // What pm2 has saved as `npm start` does: it serves until the next reboot.
    let entry = r#"{"name":"demo","pid":60,"status":"online","since":900000,"cwd":"/home/student/demo","script":"/usr/bin/npm"}"#;
    assert_eq!(first(&[("see.pm2.app.student.0", entry), ("see.tool#0001", "npm ")]).0, "npm-missing");
    // One of something else, and one beside a pm2 that has the application.
    let other = unit("failed", 1, "", "/opt/x", "/usr/bin/python3 backup.py");
    assert_eq!(
        first(&[("see.units#0001", &other), ("see.pm2.app.student.0", "nothing"), DOWN, NOBODY]).0,
        "app-not-in-pm2"
    );
    let idle = unit("inactive", 0, "student", demo, "/usr/bin/npm start");
    assert_eq!(first(&[("see.units#0001", &idle)]).0, "none");
}

#[test]
fn a_node_that_does_not_run_is_named_and_another_one_is_taken() {
    let gone = [("see.pm2.app.student.0", "nothing"), DOWN, NOBODY];
    for said in [
        "version sh: 1: node: Exec format error",
        "version node: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.28' not found (required by node)",
        "version sh: 1: /usr/local/bin/node: cannot execute: required file not found",
        "version Segmentation fault",
        "version ",
    ] {
        let tools = [("see.tool#0000", "node /usr/local/bin/node"), ("see.tool#0003", said)];
        let (cause, next) = first(&[tools.as_slice(), &gone].concat());
        assert_eq!(cause, "node-broken", "{said}");
        assert!(next[0].starts_with("labctl "), "{next:?}");
        let second = [
            ("see.tool#0004", "at /usr/local/bin/node sh: 1: node: Exec format error"),
            ("see.tool#0005", "at /usr/bin/node v18.20.4"),
        ];
        let (cause, next) = first(&[tools.as_slice(), &second, &gone].concat());
        assert_eq!(
            (cause, next[0].as_str()),
            ("node-broken", "sudo mv /usr/local/bin/node /usr/local/bin/node.broken")
        );
    }
}

#[test]
fn a_disk_that_is_only_read_is_a_cause_where_the_lab_writes() {
    for (at, cause) in [
        ("/ ext4", "disk-read-only"),
        ("/home ext4", "disk-read-only"),
        ("/home/student xfs", "disk-read-only"),
        ("/home/student/demo ext4", "disk-read-only"),
        ("/var ext4", "disk-read-only"),
        ("/srv/films ext4", "none"),
        ("/home/siti ext4", "none"),
        ("/opt nfs4", "none"),
    ] {
        let (found, next) = first(&[("see.readonly#0001", at)]);
        assert_eq!(found, cause, "{at}");
        let folder = at.split(' ').next().unwrap();
        assert!(cause == "none" || next == [format!("sudo mount -o remount,rw {folder}")], "{next:?}");
    }
}

#[test]
fn what_a_firewall_does_with_other_ports_and_ways_is_named() {
    let on_web = |facts: &[(&str, &str)]| {
        let facts: Vec<(&str, &str, &str)> = facts.iter().map(|(key, value)| ("web", *key, *value)).collect();
        let findings = diagnose(&lab(), &evidence(&facts));
        let first = findings.first().map(|first| (first.cause, first.next[0].command.clone(), findings.len()));
        first.unwrap_or(("none", String::new(), 0))
    };
    let nft = ("see.firewall#0001", "inet wall out: type filter hook output priority filter; policy drop;");
    let old = ("see.firewall#0001", ":OUTPUT DROP [0:0]");
    let (one, two) = ("see.reach.10.0.0.2:3000", "see.reach.10.0.0.3:3000");
    let dropped = "28 000 other |timed out";
    let both = [(one, dropped), (two, dropped), ("see.ask.a.b", "0 504 other |")];
    for (more, next) in [
        (&[nft][..], "sudo nft add chain inet wall out '{ policy accept; }'"),
        (&[old], "sudo iptables -P OUTPUT ACCEPT"),
        (&[nft, ("see.ufw", "yes")], "sudo ufw default allow outgoing"),
    ] {
        let found = on_web(&[more, &both].concat());
        assert_eq!(found, ("firewall-outgoing", next.to_owned(), 1));
    }
    // Where what is needed may go out, that is meant.
    assert_eq!(on_web(&[nft]).0, "none");
    let away =
        ("see.firewall#0001", "ip nat PREROUTING: tcp dport 80 counter packets 0 bytes 0 redirect to :8080 # handle 4");
    let iptables = ("see.firewall#0001", "-A PREROUTING -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 8080");
    assert_eq!(on_web(&[away]).1, "sudo nft delete rule ip nat PREROUTING handle 4");
    assert_eq!(
        on_web(&[iptables]).1,
        "sudo iptables -t nat -D PREROUTING -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 8080"
    );
    let here = ("see.firewall#0001", "ip nat PREROUTING: tcp dport 8080 redirect to :80 # handle 4");
    assert_eq!(on_web(&[here]).0, "none");
}

#[test]
fn a_machine_that_serves_is_there_though_its_ssh_is_silent() {
    let why = |why| serde_json::to_string(&Unreachable::Connection { at: endpoint(), why }).unwrap();
    let silent = why(ConnectionFailure::Silent { waited_ms: 4000 });
    let refused = why(ConnectionFailure::Refused);
    let app = |why: &str, reach: &str| {
        let findings =
            diagnose(&lab(), &evidence(&[("app2", "unreachable", why), ("web", "see.reach.10.0.0.3:3000", reach)]));
        (findings[0].cause, findings[0].next.iter().map(|next| next.command.clone()).collect::<Vec<_>>())
    };
    let (cause, next) = app(&silent, "0 200 lab |");
    assert_eq!(
        (cause, next[0].as_str()),
        (
            "ssh-dropped",
            "sudo sh -c 'command -v ufw && ufw allow 2222/tcp; command -v fail2ban-client && fail2ban-client unban --all'"
        )
    );
    assert_eq!(app(&silent, "28 000 other |timed out").0, "host-silent");
    // Whoever refuses is there anyway.
    assert_eq!(app(&refused, "0 200 lab |").0, "ssh-refused");
    let mut seen = evidence(&[("web", "unreachable", &silent)]);
    seen.outside.clear();
    assert_eq!(diagnose(&lab(), &seen)[0].cause, "host-silent");
    seen.outside.insert("a.b".into(), Ok(200));
    assert_eq!(diagnose(&lab(), &seen)[0].cause, "ssh-dropped");
}
