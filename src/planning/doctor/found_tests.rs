//! The application as it is on a machine: whoever set it up, whatever it is called.

use super::*;

/// Node.js, npm and pm2 of nvm: a login finds none of them.
const NVM: [(&str, &str); 7] = [
    ("see.tool#0000", "node "),
    ("see.tool#0001", "npm "),
    ("see.tool#0002", "pm2 "),
    ("see.tool#0003", "version sh: 1: node: not found"),
    ("see.nvm./home/student/.nvm/versions/node/v14.21.3", "yes"),
    ("see.terminal.student", "/home/student/.nvm/versions/node/v14.21.3/bin"),
    ("see.pm2.node.student", "/home/student/.nvm/versions/node/v14.21.3/bin/node"),
];
const PATH: &str = "export PATH=/home/student/.nvm/versions/node/v14.21.3/bin:$PATH; ";

#[test]
fn with_nvm_every_fault_is_itself() {
    let with = |more: &[(&'static str, &'static str)]| first(&[NVM.as_slice(), more].concat());
    assert_eq!(with(&[]).0, "none");
    let entry = |status: &str| {
        format!(r#"{{"name":"node-server","pid":0,"status":"{status}","cwd":"/home/student/demo","script":"/x/npm"}}"#)
    };
    let stopped: &'static str = entry("stopped").leak();
    let app = |value| ("see.pm2.app.student.0", value);
    assert_eq!(
        with(&[app(stopped), DOWN, NOBODY]),
        ("app-stopped", vec![format!("{PATH}pm2 start node-server && pm2 save")])
    );
    let errored: &'static str = entry("errored").leak();
    let bare = ("see.checkout#0001", "/home/student/demo\t-d\tstudent\tnode src/index.js");
    let (cause, next) = with(&[app(errored), bare, DOWN, NOBODY]);
    assert_eq!(
        (cause, next[0].as_str()),
        (
            "packages-missing",
            format!("{PATH}cd /home/student/demo && npm ci && pm2 restart node-server && pm2 save").as_str()
        )
    );
    let saved = ("see.pm2.saved.student#0001", "other");
    assert_eq!(
        with(&[app(r#"{"name":"demo","pid":60,"status":"online","since":900000}"#), saved]),
        ("pm2-not-saved", vec![format!("{PATH}pm2 save")])
    );
    let boot = ("see.pm2.boot.student", "not-found inactive");
    assert_eq!(with(&[boot]).0, "pm2-not-at-boot");
}

#[test]
fn a_service_that_systemd_no_longer_starts_is_forgiven_first() {
    // A user whose pm2 does not run.
    let budi = [("see.pm2.user", "budi"), ("see.pm2.app.student.0", "nothing"), ("see.pm2.saved.budi#0001", "demo")];
    for (boot, typed) in [
        ("enabled inactive", "sudo systemctl restart pm2-budi"),
        ("enabled failed", "sudo systemctl reset-failed pm2-budi && sudo systemctl restart pm2-budi"),
        ("enabled activating", "sudo systemctl reset-failed pm2-budi && sudo systemctl restart pm2-budi"),
    ] {
        let facts = [budi.as_slice(), &[("see.pm2.boot.budi", boot), DOWN, NOBODY]].concat();
        assert_eq!(first(&facts), ("pm2-not-running", vec![typed.to_owned()]));
        let nvm = [("see.tool#0000", "node "), ("see.nvm./home/budi/.nvm/versions/node/v18.20.4", "yes")];
        let (cause, next) = first(&[facts.as_slice(), &nvm].concat());
        assert!(cause == "node-missing" && next[0].ends_with(&format!("/usr/local/bin/ && {typed}")), "{next:?}");
    }
}

#[test]
fn the_only_entry_and_the_checkout_that_is_there_are_the_application() {
    let entry =
        ("see.pm2.app.student.0", r#"{"name":"dumb-flix","status":"stopped","cwd":"/home/student/dumbways/flix"}"#);
    let gone = ("see.dir.missing", "/home/student/demo");
    let folder = ("see.checkout#0001", "/home/student/dumbways/flix\t-md\tstudent\treact-scripts start");
    assert_eq!(
        first(&[entry, gone, folder, DOWN, NOBODY]),
        ("app-stopped", vec!["pm2 start dumb-flix && pm2 save".into()])
    );
    // Never started: in the folder that is there.
    let none = ("see.pm2.app.student.0", "nothing");
    let (cause, next) = first(&[none, gone, folder, DOWN, NOBODY]);
    assert_eq!(cause, "app-not-in-pm2", "{next:?}");
    assert_eq!(next, ["cd /home/student/dumbways/flix && pm2 start npm --name demo -- start && pm2 save"]);
}

#[test]
fn what_serves_and_comes_back_is_well() {
    // A unit of systemd.
    let unit = ("see.unit.62", "dumbflix.service enabled");
    // The number of a process is as long as it is.
    let long = [
        ("see.listen#0001", "LISTEN 0 511 0.0.0.0:3000 0.0.0.0:* users:((\"node\",pid=7192,fd=19))"),
        ("see.process#0003", "7192 1 student Sl 900 /usr/bin/node src/index.js"),
        ("see.pm2.app.student.0", "nothing"),
    ];
    for (said, cause) in [("enabled", "none"), ("disabled", "service-not-at-boot")] {
        let unit = format!("web-app.service {said}");
        assert_eq!(first(&[long[0], long[1], long[2], ("see.unit.7192", &unit)]).0, cause, "{said}");
    }
    let line =
        [("see.process#0001", "50 1 student Ssl 900 sleep 9"), ("see.process#0002", "60 1 student Sl 900 npm start")];
    let nothing = ("see.pm2.app.student.0", "nothing");
    assert_eq!(first(&[unit, line[0], line[1], nothing]).0, "none");
    let disabled = ("see.unit.62", "dumbflix.service disabled");
    assert_eq!(
        first(&[disabled, line[0], line[1], nothing]),
        ("service-not-at-boot", vec!["sudo systemctl enable dumbflix.service".into()])
    );
    // Cluster mode: the daemon itself listens, for several of one name.
    let cluster = |id: u8, pid: u8| {
        format!(r#"{{"name":"demo","id":{id},"pid":{pid},"status":"online","since":900000,"mode":"cluster_mode"}}"#)
    };
    let (one, two) = (cluster(0, 60), cluster(1, 61));
    let listen = ("see.listen#0001", "LISTEN 0 511 0.0.0.0:3000 0.0.0.0:* users:((\"PM2\",pid=50,fd=19))");
    assert_eq!(first(&[("see.pm2.app.student.0", &one), ("see.pm2.app.student.1", &two), listen]).0, "none");
    // An old entry that is stopped, beside the one that serves.
    let old = ("see.pm2.app.student.0", r#"{"name":"demo","id":0,"status":"stopped","cwd":"/home/student/demo"}"#);
    let new = ("see.pm2.app.student.1", r#"{"name":"server2","id":1,"pid":60,"status":"online","since":900000}"#);
    let saved = ("see.pm2.saved.student#0001", "server2");
    assert_eq!(first(&[old, new, saved]).0, "none");
    // The pm2 of another user; only what is its own is shown, in that user's name.
    let other = [
        ("see.process#0001", "50 1 budi Ssl 900 PM2 v5.4.3: God Daemon (/home/budi/.pm2)"),
        ("see.pm2.app.student.0", "nothing"),
        ("see.pm2.app.budi.0", r#"{"name":"npm","pid":60,"status":"online","since":900000}"#),
        ("see.pm2.saved.budi#0001", "npm"),
        ("see.pm2.boot.budi", "enabled active"),
    ];
    assert_eq!(first(&other).0, "none");
    let unsaved = [other.as_slice(), &[("see.pm2.saved.budi#0001", "x")]].concat();
    assert_eq!(first(&unsaved), ("pm2-not-saved", vec!["sudo -Hu budi sh -c 'pm2 save'".into()]));
}

#[test]
fn why_an_application_ends_is_read_from_its_log() {
    let ends = |lines: &str, more: &str| {
        let entry = format!(
            r#"{{"name":"demo","status":"errored","cwd":"/home/student/demo","script":"/usr/bin/npm","args":["start"],"restarts":16,"errors":[{lines}]{more}}}"#
        );
        let (cause, next) = first(&[("see.pm2.app.student.0", &entry), DOWN, NOBODY]);
        (cause, next.last().cloned().unwrap_or_default())
    };
    for (lines, more, wanted) in [
        (
            r#""npm ERR! code ENOENT","npm ERR! enoent ENOENT: no such file or directory, open '/home/student/package.json'""#,
            r#","cwd":"/home/student""#,
            "pm2 delete demo; cd /home/student/demo && ",
        ),
        (r#""npm ERR! code EJSONPARSE""#, "", "git checkout HEAD -- package.json"),
        (
            r#""Error: Cannot find module './config/api'","Require stack:","- /home/student/demo/src/index.js""#,
            "",
            "git ls-files -d -z",
        ),
        (r#""Error: Cannot find module 'escape-html'""#, "", "npm ci"),
        (r#""Error: Cannot find module '/home/student/demo/node_modules/react-scripts/bin/x.js'""#, "", "npm ci"),
        (r#""sh: 1: react-scripts: not found""#, "", "npm ci"),
        (r#""npm ERR! missing script: strat""#, "", "pm2 delete demo; cd /home/student/demo"),
        (
            r#""/home/student/demo/src/index.js:1","SyntaxError: Unexpected token '='""#,
            "",
            "git checkout HEAD -- src/index.js",
        ),
        // An earlier start had ended for another reason, and the log still says so.
        (
            r#""Error: listen EADDRINUSE: address already in use :::3000","  code: 'EADDRINUSE',","npm ERR! code ELIFECYCLE","/home/student/demo/src/index.js:2","SyntaxError: Invalid or unexpected token""#,
            "",
            "git checkout HEAD -- src/index.js",
        ),
        (
            r#""ReferenceError: x is not defined","    at Object.<anonymous> (/home/student/demo/src/index.js:7:1)""#,
            "",
            "git checkout HEAD -- src/index.js",
        ),
        (
            r#""Error: listen EADDRNOTAVAIL: address not available 10.9.9.9:3000""#,
            r#","host":"10.9.9.9""#,
            "HOST=0.0.0.0 pm2 restart demo --update-env",
        ),
        (
            r#""Error: listen EACCES: permission denied 0.0.0.0:81""#,
            r#","port":"81""#,
            "PORT=3000 pm2 restart demo --update-env",
        ),
        (r#""Error: ENOSPC: System limit for number of file watchers reached""#, "", "fs.inotify.max_user_watches"),
    ] {
        let more = if more.contains("cwd") { more.replace(r#","cwd":"/home/student""#, "") } else { more.to_owned() };
        let (cause, next) = ends(lines, &more);
        assert_eq!(cause, "app-restarts", "{lines}");
        assert!(next.contains(wanted), "{lines}: {next}");
    }
}

#[test]
fn a_firewall_without_an_interface_closes_the_port_for_its_own_machine_too() {
    let rule = ("see.firewall#0001", "inet wall in: tcp dport 3000 counter packets 80 bytes 80 drop # handle 80");
    let late = ("see.local.3000", "28 000 other |Connection timed out");
    assert_eq!(first(&[late, rule]), ("firewall-app", vec!["sudo nft delete rule inet wall in handle 80".into()]));
    let refused = ("see.local.3000", "7 000 other |refused");
    let iptables = ("see.firewall#0001", "-A INPUT -p tcp -m tcp --dport 3000 -j REJECT");
    assert_eq!(
        first(&[refused, iptables]),
        ("firewall-app", vec!["sudo iptables -D INPUT -p tcp -m tcp --dport 3000 -j REJECT".into()])
    );
    // A rule of another port, whose counters look like this one.
    let other = ("see.firewall#0001", "inet wall in: tcp dport 25 counter packets 3000 bytes 3000 drop # handle 3000");
    assert_ne!(first(&[late, other]).0, "firewall-app");
}

#[test]
fn a_process_that_a_signal_stopped_is_frozen() {
    let stopped = ("see.process#0003", "62 60 student Tl 900 node src/index.js");
    let late = ("see.local.3000", "28 000 other |timed out");
    assert_eq!(first(&[stopped, late]), ("process-frozen", vec!["kill -CONT 62".into()]));
}

/// `Invalid Host header` comes with the status 200.
#[test]
fn a_development_server_that_refuses_the_name_is_no_page() {
    let refused = ("web", "see.ask.a.b", "0 200 unknown-host 10.0.0.2:3000|");
    let findings = diagnose(&lab(), &evidence(&[refused]));
    let next: Vec<String> = findings[0].next.iter().map(|next| format!("{}: {}", next.on, next.command)).collect();
    let line = "DANGEROUSLY_DISABLE_HOST_CHECK=true pm2 restart demo --update-env && pm2 save";
    assert_eq!((findings[0].cause, next), ("host-refused", vec![format!("app1: {line}"), format!("app2: {line}")]));
}

#[test]
fn an_application_that_hangs_is_started_again_and_one_that_compiles_is_waited_for() {
    let late = ("see.local.3000", "28 000 other |timed out");
    let (cause, next) = first(&[late]);
    assert_eq!((cause, next), ("app-silent", vec!["pm2 logs demo --lines 30 --nostream; pm2 restart demo".into()]));
    let young = ("see.pm2.app.student.0", r#"{"name":"demo","pid":60,"status":"online","since":9000}"#);
    // Plain node does not compile.
    assert!(first(&[late, young]).1[0].ends_with("; pm2 restart demo"));
    let react = ("see.checkout#0001", "/home/student/demo\t-md\tstudent\treact-scripts start");
    let (cause, next) = first(&[late, young, react]);
    assert_eq!(cause, "app-silent");
    assert!(
        next[0].starts_with("timeout 111 sh -c 'until curl") && next[0].ends_with("|| pm2 restart demo"),
        "{next:?}"
    );
}

#[test]
fn files_of_root_are_named_and_given_back() {
    let foreign = ("see.foreign#0001", "/home/student/demo\t/home/student/demo/src\troot\tstudent");
    // What only belongs to somebody else can still be read.
    assert_eq!(first(&[foreign]).0, "none");
    let entry = r#"{"name":"demo","status":"errored","cwd":"/home/student/demo","errors":["Error: EACCES: permission denied, open '/home/student/demo/src/index.js'"]}"#;
    let (cause, next) = first(&[foreign, ("see.pm2.app.student.0", entry), DOWN, NOBODY]);
    assert_eq!(cause, "app-ownership");
    assert_eq!(next[0], "sudo chown -R student: /home/student/demo && sudo chmod -R u+rwX /home/student/demo");
    assert_eq!(next[1], "pm2 restart demo && pm2 save");
}

#[test]
fn another_program_under_the_right_name_is_told_from_the_application() {
    let entry = (
        "see.pm2.app.student.0",
        r#"{"name":"demo","pid":60,"status":"online","since":900000,"cwd":"/home/student/test","script":"/home/student/test/index.js"}"#,
    );
    let hello = ("see.local.3000", "0 200 other |");
    let (cause, next) = first(&[entry, hello]);
    let wanted = "pm2 delete demo; cd /home/student/demo && pm2 start npm --name demo -- start && pm2 save";
    assert_eq!((cause, next), ("app-other-program", vec![wanted.to_owned()]));
}
