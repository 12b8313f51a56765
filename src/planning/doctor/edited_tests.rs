//! A project that is not as its git has it, and fails over that.

use super::*;

const PACKAGE: (&str, &str) = ("see.changed#0001", "/home/student/demo\tpackage.json");

/// An application of pm2 that ends with an error, with more of what pm2 says.
fn fails(error: &str, more: &str, facts: &[(&str, &str)]) -> (&'static str, String) {
    let entry = format!(
        r#"{{"name":"demo","status":"errored","cwd":"/home/student/demo","script":"/usr/bin/npm","args":["start"],"errors":["{error}"]{more}}}"#
    );
    let (cause, next) = first(&[&[("see.pm2.app.student.0", entry.as_str()), DOWN, NOBODY], facts].concat());
    (cause, next.into_iter().next().unwrap_or_default())
}

#[test]
fn a_start_script_that_was_edited_is_put_back_before_anything_is_started_anew() {
    for (error, also) in [
        ("node: --legacy-openssl-provider is not allowed in NODE_OPTIONS", "pm2 delete demo"),
        ("sh: 1: reacts-cripts: not found", "npm ci"),
        ("Error: Cannot find module 'dotenv/config'", "npm ci"),
        ("Error: listen EADDRINUSE: address already in use 0.0.0.0:22", "pm2 restart demo"),
        ("FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory", "swap"),
    ] {
        let (cause, line) = fails(error, "", &[PACKAGE]);
        assert_eq!(cause, "app-restarts", "{error}");
        assert!(line.starts_with("cd /home/student/demo && for f in package.json; do"), "{error}: {line}");
        assert!(line.contains("git checkout HEAD -- package.json && ") && line.contains(also), "{error}: {line}");
        // Without an edit, the same end is what it was.
        assert!(!fails(error, "", &[]).1.contains("git checkout"), "{error}");
    }
}

#[test]
fn settings_beside_the_package_count_as_well_and_other_files_do_not() {
    let error = "node: --legacy-openssl-provider is not allowed in NODE_OPTIONS";
    for file in [".env", ".env.local", ".npmrc", "ecosystem.config.js", ".node-version"] {
        let changed = format!("/home/student/demo\t{file}");
        let line = fails(error, "", &[("see.changed#0001", &changed)]).1;
        assert!(line.contains(&format!("git checkout HEAD -- {file} && ")), "{line}");
    }
    for file in ["src/pages/Home.js", "README.md"] {
        let changed = format!("/home/student/demo\t{file}");
        assert!(!fails(error, "", &[("see.changed#0001", &changed)]).1.contains("git checkout"), "{file}");
    }
}

#[test]
fn a_port_or_an_address_that_stands_in_the_source_is_not_changed_from_outside() {
    let source = ("see.changed#0001", "/home/student/demo\tsrc/index.js");
    let port = "Error: listen EACCES: permission denied 0.0.0.0:80";
    let address = "Error: listen EADDRNOTAVAIL: address not available 192.168.5.5:3000";
    for (error, more, source_is_why) in [
        (port, "", true),
        (port, r#","port":"3000""#, true),
        (port, r#","port":"80""#, false),
        (address, "", true),
        (address, r#","host":"192.168.5.5""#, false),
    ] {
        let line = fails(error, more, &[source]).1;
        assert_eq!(line.contains("git checkout HEAD -- src/index.js"), source_is_why, "{error} {more}: {line}");
    }
}

#[test]
fn a_package_that_somebody_has_added_is_installed_and_not_forgotten() {
    let added = ("see.changed.line#0001", "/home/student/demo\tpackage.json\t+\t    \"axios\": \"^1.0.0\",");
    let line = fails("Error: Cannot find module 'axios'", "", &[PACKAGE, added]).1;
    assert_eq!(line, "cd /home/student/demo && npm ci && pm2 restart demo && pm2 save");
}

#[test]
fn what_was_edited_is_shown() {
    let entry = r#"{"name":"demo","status":"errored","cwd":"/home/student/demo","script":"/usr/bin/npm","args":["start"],"errors":["node: --x is not allowed in NODE_OPTIONS"]}"#;
    let facts = [
        ("app2", "see.pm2.app.student.0", entry),
        ("app2", DOWN.0, DOWN.1),
        ("app2", NOBODY.0, NOBODY.1),
        ("app2", PACKAGE.0, PACKAGE.1),
        ("app2", "see.changed.line#0001", "/home/student/demo\tpackage.json\t-\t    \"start\": \"node a.js\","),
        (
            "app2",
            "see.changed.line#0002",
            "/home/student/demo\tpackage.json\t+\t    \"start\": \"NODE_OPTIONS=--x node a.js\",",
        ),
    ];
    let findings = diagnose(&lab(), &evidence(&facts));
    let seen = format!("{:?}", findings[0].seen);
    assert!(seen.contains("NODE_OPTIONS=--x node a.js") && seen.contains("git has"), "{seen}");
}
