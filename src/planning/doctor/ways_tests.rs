//! What pm2 starts, and is not there or shut: where it fails now, and where it would only after a reboot.

use super::*;

const KEPT: (&str, &str) = ("see.pm2.kept.student#0001", "demo\t/home/student/demo\t/usr/bin/npm\tnode");
const HOME: (&str, &str) = ("see.pm2.home.student", "/home/student/.pm2");

fn way(path: &str, first: &str, state: &str, rights: &str) -> String {
    format!("{path}\t{first}\t{state}\t{rights}")
}

/// The application serves, and one thing that its pm2 needs is not as it was.
fn serves(line: &str, more: &[(&str, &str)]) -> (&'static str, Vec<String>) {
    first(&[&[HOME, KEPT, ("see.pm2.way.student#0001", line)], more].concat())
}

#[test]
fn a_folder_that_was_moved_deleted_or_shut_is_found_before_the_reboot() {
    let (demo, moved) = ("/home/student/demo", "/home/student/frontend\t-md\tstudent\tnode src/index.js");
    let gone = way(demo, demo, "missing", "");
    let typed = serves(&gone, &[("see.checkout#0001", moved)]);
    let anew = "pm2 delete demo; cd /home/student/frontend && pm2 start npm --name demo -- start && pm2 save";
    assert_eq!(typed, ("app-gone-at-boot", vec![anew.into()]));
    // Deleted, and nothing like it anywhere.
    let (cause, next) = serves(&gone, &[("see.checkout#0001", "")]);
    assert_eq!(cause, "app-gone-at-boot");
    assert!(next[0].starts_with("git clone ") && next[0].contains("npm ci && pm2 restart demo"), "{next:?}");
    let package = way("/home/student/demo/package.json", "/home/student/demo/package.json", "missing", "");
    assert_eq!(serves(&package, &[]).1, ["cd /home/student/demo && git ls-files -d -z | xargs -0 -r git checkout --"]);
    for (first, rights, typed) in [
        (
            demo,
            "drw-r--r-- student",
            "chmod -R u+rwX /home/student/demo; chmod -f u+x /home/student/demo/node_modules/.bin/*",
        ),
        ("/home/student", "drw------- student", "chmod u+rwx /home/student"),
        ("/home", "drwx------ root", "sudo chmod a+rx /home"),
        (
            "/home/student/demo/src",
            "drwx------ root",
            "sudo chown -R student: /home/student/demo && sudo chmod -R u+rwX /home/student/demo",
        ),
    ] {
        assert_eq!(serves(&way(demo, first, "shut", rights), &[]), ("app-gone-at-boot", vec![typed.into()]));
    }
}

#[test]
fn a_pm2_that_may_not_use_its_own_folder_is_found_before_the_reboot() {
    let cure = "sudo chown -R student: /home/student/.pm2 && sudo chmod -R u+rwX /home/student/.pm2";
    for (first, rights) in [
        ("/home/student/.pm2", "drwxr-xr-x root"),
        ("/home/student/.pm2/dump.pm2", "-rw------- root"),
        ("/home/student/.pm2/logs", "dr-xr-xr-x student"),
    ] {
        let line = way("/home/student/.pm2", first, "shut", rights);
        assert_eq!(serves(&line, &[]), ("app-gone-at-boot", vec![cure.into(), "pm2 save".into()]), "{first}");
        // Its own socket is shut to it as well: then nothing is known of what it runs.
        let (cause, next) = serves(&line, &[("see.pm2.app.student.0", "nothing")]);
        assert_eq!((cause, next.len()), ("app-gone-at-boot", 2), "{first}");
    }
}

#[test]
fn what_runs_it_counts_and_what_was_not_saved_is_another_cause() {
    let nvm = "/home/student/.nvm/versions/node/v14/bin/node";
    let kept = (
        "see.pm2.kept.student#0001",
        "demo\t/home/student/demo\t/home/student/demo/src/index.js\t/home/student/.nvm/versions/node/v14/bin/node",
    );
    let line = way(nvm, "/home/student/.nvm/versions/node/v14", "missing", "");
    let (cause, next) = serves(&line, &[kept]);
    assert_eq!(cause, "app-gone-at-boot");
    assert!(next[0].starts_with("pm2 delete demo; "), "{next:?}");
    // It was started anew elsewhere, and only not saved.
    let entry = r#"{"name":"demo","pid":60,"status":"online","since":900000,"cwd":"/home/student/new"}"#;
    let gone = way("/home/student/demo", "/home/student/demo", "missing", "");
    let moved = [("see.pm2.app.student.0", entry), ("see.checkout#0001", "/home/student/new\t-md\tstudent\tnode a.js")];
    assert_eq!(serves(&gone, &moved), ("app-gone-at-boot", vec!["pm2 save".into()]));
    let unsaved = [("see.pm2.kept.student#0001", ""), ("see.pm2.saved.student#0001", "")];
    assert_eq!(serves(&gone, &unsaved).0, "pm2-not-saved");
    // Packages that were deleted are in memory still.
    let bare = ("see.checkout#0001", "/home/student/demo\t-d\tstudent\tnode src/index.js");
    assert_eq!(serves("", &[bare]), ("app-gone-at-boot", vec!["cd /home/student/demo && npm ci".into()]));
    // Nothing is the matter with what another application of that pm2 needs.
    assert_eq!(serves(&way("/srv/blog", "/srv/blog", "missing", ""), &[]).0, "none");
}

#[test]
fn what_is_shut_to_its_user_is_opened_and_not_started_once_more() {
    let entry = r#"{"name":"demo","pid":0,"status":"online","since":9000,"restarts":1,"cwd":"/home/student/demo","script":"/usr/bin/npm","args":["start"]}"#;
    let demo = "/home/student/demo";
    let fails = |first_shut: &str, rights: &str| {
        let line = way(demo, first_shut, "shut", rights);
        first(&[("see.pm2.app.student.0", entry), DOWN, NOBODY, ("see.pm2.way.student#0001", &line)])
    };
    for (shut, rights, typed) in [
        (demo, "drw-r--r-- student", "chmod -R u+rwX /home/student/demo; "),
        (demo, "d--------- student", "chmod -R u+rwX /home/student/demo; "),
        ("/home/student/demo/src", "drw------- student", "chmod -R u+rwX /home/student/demo; "),
        ("/home/student/demo/package.json", "---------- student", "chmod -R u+rwX /home/student/demo; "),
        ("/home/student", "drw------- student", "chmod u+rwx /home/student; "),
        ("/home", "drwx------ root", "sudo chmod a+rx /home"),
    ] {
        let (cause, next) = fails(shut, rights);
        assert_eq!(cause, "app-shut", "{shut}");
        assert!(next[0].starts_with(typed), "{next:?}");
        assert!(next.last().unwrap().ends_with("pm2 restart demo && pm2 save"), "{next:?}");
    }
    assert_eq!(fails("/home/student/demo/node_modules", "drwx------ root").0, "app-ownership");
}
