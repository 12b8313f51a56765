//! Applications that end, hang or answer wrongly: several inputs of each kind.

use super::*;

const ANEW: &str = "pm2 delete demo; cd /home/student/demo && pm2 start npm --name demo -- start && pm2 save";

/// An entry of pm2 in the project's folder, with more of what pm2 says.
fn entry(status: &str, more: &str) -> String {
    format!(r#"{{"name":"demo","status":"{status}","cwd":"/home/student/demo","restarts":4,"exit":0{more}}}"#)
}

fn down(entry: &str, more: &[(&str, &str)]) -> (&'static str, Vec<String>) {
    first(&[&[("see.pm2.app.student.0", entry), DOWN, NOBODY], more].concat())
}

#[test]
fn what_ends_at_once_without_an_error_was_not_the_project() {
    for started in [
        r#","script":"/usr/bin/npm""#,
        r#","script":"/usr/bin/npm","args":["install"]"#,
        r#","script":"/usr/bin/npm","args":["run","build"]"#,
        r#","script":"/home/student/demo/build.js""#,
        r#","script":"/usr/bin/bash""#,
    ] {
        for status in ["errored", "waiting restart"] {
            assert_eq!(down(&entry(status, started), &[]), ("app-restarts", vec![ANEW.into()]), "{started}");
        }
        // Without a restart: it has ended by itself, and starting it once more would end the same way.
        let alone = format!(r#"{started},"alone":true,"final":true"#);
        assert_eq!(down(&entry("stopped", &alone), &[]), ("app-stopped", vec![ANEW.into()]), "{started}");
        // Between two starts, pm2 calls it stopped.
        let between = format!(r#"{started},"alone":true"#);
        assert_eq!(down(&entry("stopped", &between), &[]).0, "app-restarts", "{started}");
    }
    // Somebody has stopped it.
    let stopped = entry("stopped", r#","script":"/usr/bin/npm","args":["start"]"#);
    assert_eq!(down(&stopped, &[]), ("app-stopped", vec!["pm2 start demo && pm2 save".into()]));
}

#[test]
fn whoever_restarts_an_application_by_hand_has_no_restart_loop() {
    let young =
        |died: u8| format!(r#"{{"name":"demo","pid":60,"status":"online","since":900,"restarts":4,"died":{died}}}"#);
    for (died, cause) in [(0, "app-silent"), (1, "app-silent"), (2, "app-restarts")] {
        assert_eq!(down(&young(died), &[]).0, cause, "{died}");
    }
    // It listens, if only on another port: so it has not ended.
    let elsewhere = [
        ("see.process#0001", "60 50 student S 3 node src/index.js"),
        ("see.listen#0002", "LISTEN 0 511 0.0.0.0:8080 0.0.0.0:* users:((\"node\",pid=60,fd=19))"),
    ];
    assert_eq!(down(&young(2), &elsewhere).0, "app-other-port");
}

#[test]
fn an_application_that_somebody_has_edited_gets_its_files_back_where_it_fails() {
    let restored = |files: &str| {
        format!(
            "cd /home/student/demo && for f in {files}; do [ ! -e $f ] || cp $f $f.mine; done && git checkout HEAD -- {files} && pm2 restart demo && pm2 save"
        )
    };
    let edited = ("see.changed#0001", "/home/student/demo\tsrc/index.js");
    let package = ("see.changed#0002", "/home/student/demo\tpackage.json");
    let start = r#","script":"/usr/bin/npm","args":["start"]"#;
    assert_eq!(down(&entry("errored", start), &[edited]), ("app-restarts", vec![restored("src/index.js")]));
    let module = format!(
        r#"{start},"errors":["ReferenceError: require is not defined in ES module scope, you can use import instead"]"#
    );
    assert_eq!(
        down(&entry("errored", &module), &[edited, package]),
        ("app-restarts", vec![restored("src/index.js package.json")])
    );
    // The start script names a file that never was.
    let never = format!(r#"{start},"errors":["Error: Cannot find module '/home/student/demo/index.js'"]"#);
    assert_eq!(down(&entry("errored", &never), &[package]), ("app-restarts", vec![restored("package.json")]));
    let gone = format!(r#"{start},"errors":["Error: Cannot find module '/home/student/demo/src/index.js'"]"#);
    assert!(down(&entry("errored", &gone), &[edited]).1[0].contains("git ls-files -d"));
    // It hangs, or answers with an error.
    let runs =
        format!(r#"{{"name":"demo","pid":60,"status":"online","since":900000,"cwd":"/home/student/demo"{start}}}"#);
    let runs = ("see.pm2.app.student.0", runs.as_str());
    for answer in ["28 000 other |timed out", "0 500 other |Error: DATABASE_URL is not set"] {
        assert_eq!(first(&[runs, ("see.local.3000", answer), edited]), ("app-silent", vec![restored("src/index.js")]));
    }
    let lines = ("see.changed#0001", "/home/student/demo\tpackage-lock.json");
    assert_ne!(first(&[runs, ("see.local.3000", "28 000 other |timed out"), lines]).1, [restored("package-lock.json")]);
    // Where it serves, an edit is nobody's mistake; and another project is another one.
    assert_eq!(first(&[edited, package]).0, "none");
    let other = ("see.changed#0001", "/home/student/other\tpackage.json");
    assert!(!down(&entry("errored", start), &[other]).1[0].contains("git"));
}

#[test]
fn a_program_that_lost_its_permission_is_not_somebody_elses_file() {
    for line in [
        "sh: 1: react-scripts: Permission denied",
        "sh: react-scripts: Permission denied",
        "sh: line 1: vite: Permission denied",
    ] {
        let more = format!(r#","script":"/usr/bin/npm","args":["start"],"errors":["{line}"]"#);
        let (cause, next) = down(&entry("errored", &more), &[]);
        assert_eq!(cause, "app-restarts", "{line}");
        assert!(next[0].contains("chmod +x node_modules/.bin/*"), "{next:?}");
    }
    let foreign = ("see.foreign#0001", "/home/student/demo\t/home/student/demo/node_modules\troot\tstudent");
    let more = r#","errors":["sh: 1: react-scripts: Permission denied"]"#;
    assert_eq!(down(&entry("errored", more), &[foreign]).0, "app-ownership");
}

#[test]
fn of_several_npm_on_one_port_the_one_too_many_goes_in_cluster_mode_as_well() {
    let each = |id: u8, pid: u8, more: &str| {
        format!(
            r#"{{"name":"demo","id":{id},"pid":{pid},"status":"online","since":900000,"mode":"cluster_mode","cwd":"/home/student/demo","script":"/usr/bin/npm","args":["start"]{more}}}"#
        )
    };
    let (one, two) = (each(0, 60, ""), each(1, 0, r#","restarts":9,"errors":["Error: listen EADDRINUSE"]"#));
    let found = first(&[("see.pm2.app.student.0", &one), ("see.pm2.app.student.1", &two)]);
    assert_eq!(found, ("app-twice", vec!["pm2 delete 1 && pm2 save".into()]));
}

#[test]
fn what_pm2_was_told_is_why_an_application_ends() {
    let runs = |more: &str| {
        format!(
            r#"{{"name":"demo","pid":60,"status":"online","since":900,"restarts":40,"cwd":"/home/student/demo"{more}}}"#
        )
    };
    let stop = r#","ended":9,"ending":"2026-11-28T02:50:26: PM2 log: Stopping app:demo id:0""#;
    for (cron, cause) in [("*/5 * * * * *", "app-ended-by-pm2"), ("* * * * *", "app-ended-by-pm2"), ("", "none")] {
        let entry = runs(&format!(r#","cron":"{cron}"{stop}"#));
        assert_eq!(first(&[("see.pm2.app.student.0", &entry)]).0, cause, "{cron}");
    }
    // Once a night.
    let nightly = runs(r#","cron":"0 4 * * *","ended":1"#);
    assert_eq!(first(&[("see.pm2.app.student.0", &nightly)]).0, "none");
    // What is to run it is gone: there is no process at all.
    let missing = r#"{"name":"demo","pid":0,"status":"online","since":9000,"cwd":"/home/student/demo","script":"/usr/bin/npm","args":["start"],"missing":"/home/student/.nvm/versions/node/v10.24.1/bin/node"}"#;
    assert_eq!(down(missing, &[]), ("app-silent", vec![ANEW.into()]));
    // The option is quoted, and only the one that needs a newer Node.js is called so.
    for (option, words) in [
        ("--openssl-legacy-provder", "does not know the option --openssl-legacy-provder"),
        ("--openssl-legacy-provider", "17 or later"),
    ] {
        let more = format!(r#","errors":["node: {option} is not allowed in NODE_OPTIONS"]"#);
        let entry = entry("errored", &more);
        let facts =
            [("app2", "see.pm2.app.student.0", entry.as_str()), ("app2", DOWN.0, DOWN.1), ("app2", NOBODY.0, NOBODY.1)];
        let sentence = diagnose(&lab(), &evidence(&facts))[0].sentence.english();
        assert!(sentence.contains(words), "{sentence}");
    }
}

#[test]
fn a_unit_of_pm2_that_names_what_is_gone_is_written_anew_before_it_starts() {
    let gone = [
        ("see.pm2.user", "budi"),
        ("see.pm2.app.student.0", "nothing"),
        ("see.pm2.saved.budi#0001", "demo"),
        DOWN,
        NOBODY,
    ];
    for unit in ["none /usr/bin/node", "/usr/bin/pm2 none"] {
        let facts = [&gone[..], &[("see.pm2.boot.budi", "enabled failed"), ("see.pm2.unit.budi", unit)]].concat();
        let (cause, next) = first(&facts);
        assert_eq!(cause, "pm2-not-running");
        assert!(
            next[0].contains("pm2 startup systemd -u budi") && next[1].ends_with("systemctl restart pm2-budi"),
            "{next:?}"
        );
    }
}
