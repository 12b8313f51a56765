//! What was changed by hand is shown, and put back, where a cause by itself ends in a look.

use super::*;
use crate::model::event::Component;

/// Of these facts, with a task of labctl's that does not hold on a host and has this diff.
fn with_task(facts: &[(&str, &str, &str)], host: &str, component: Component, diff: Option<&str>) -> Vec<Finding> {
    let mut evidence = evidence(facts);
    let step = if component == Component::Sites { "proxy" } else { "run" };
    let mut task = TaskRef::new(host.parse().unwrap(), step.parse().unwrap(), "task");
    task.component = Some(component);
    let mut result = TaskResult::new(task, Outcome::Changed);
    result.diff = diff.map(str::to_owned);
    evidence.add(&Event { at_ms: 0, kind: Kind::TaskFinished { result } });
    evidence.outside.insert("a.b".into(), Ok(502));
    diagnose(&lab(), &evidence)
}

fn told(finding: &Finding) -> (&'static str, String, Vec<String>) {
    let seen = match finding.seen.first() {
        Some(Clue::Text(text)) => text.english(),
        other => format!("{other:?}"),
    };
    (finding.cause, seen, finding.next.iter().map(|next| format!("{}: {}", next.on, next.command)).collect())
}

const DIFF: &str = "--- /etc/nginx/dumbways/a.conf\n+++ /etc/nginx/dumbways/a.conf\n@@ -1,6 +1,5 @@\n # labctl\n upstream two {\n }\n-    proxy_bind 127.0.0.1;\n server {\n }\n";
const BAD: [(&str, &str, &str); 1] = [("web", "see.ask.a.b", "0 502 other 10.0.0.2:3000|")];

#[test]
fn an_edit_in_a_site_of_labctls_is_shown_first_and_put_back_by_the_step() {
    let found = with_task(&BAD, "web", Component::Sites, Some(DIFF));
    let (cause, seen, next) = told(&found[0]);
    assert_eq!(
        (cause, seen.as_str()),
        ("site-fails", "/etc/nginx/dumbways/a.conf:4 was added by hand: `proxy_bind 127.0.0.1;`")
    );
    assert_eq!(
        next,
        ["web: sudo cp /etc/nginx/dumbways/a.conf /var/backups/", "controller: labctl step proxy -i t.yaml"]
    );
    // A lab that was set up by hand has none of labctl's files: its step is not for it.
    let new = format!("--- /dev/null\n+++ /etc/nginx/dumbways/b.conf\n@@ -0,0 +1 @@\n+a;\n{DIFF}");
    let (_, _, next) = told(&with_task(&BAD, "web", Component::Sites, Some(&new))[0]);
    assert!(next.iter().all(|line| !line.contains("labctl step")), "{next:?}");
    // What is found as itself keeps its own cure, and what serves is left alone.
    let gone =
        [("web", "see.nginx.unit", "loaded inactive enabled"), ("web", "see.process#0001", "1 0 root Ss 9 init")];
    let (cause, _, next) = told(&with_task(&gone, "web", Component::Sites, Some(DIFF))[0]);
    assert_eq!((cause, next.len()), ("nginx-stopped", 1));
    let mut well = evidence(&[]);
    let mut task = TaskRef::new("web".parse().unwrap(), "proxy".parse().unwrap(), "task");
    task.component = Some(Component::Sites);
    let result = TaskResult { diff: Some(DIFF.into()), ..TaskResult::new(task, Outcome::Changed) };
    well.add(&Event { at_ms: 0, kind: Kind::TaskFinished { result } });
    assert_eq!(diagnose(&lab(), &well), []);
}

#[test]
fn an_edit_in_nginx_conf_or_a_file_of_ones_own_is_found_too() {
    let main: Vec<(String, String)> = [
        "--- /etc/nginx/nginx.conf",
        "+++ /etc/nginx/nginx.conf",
        "@@ -1,5 +1,3 @@",
        " events {}",
        "-proxy_bind 127.0.0.1;",
        " http {",
        "-    include /etc/nginx/dumbways/*.conf;",
        " }",
    ]
    .iter()
    .enumerate()
    .map(|(n, line)| (format!("see.nginx.main#{n:04}"), (*line).to_owned()))
    .collect();
    let facts: Vec<_> = main.iter().map(|(key, line)| ("web", key.as_str(), line.as_str())).chain(BAD).collect();
    let (_, seen, next) = told(&with_task(&facts, "web", Component::Answers, None)[0]);
    assert_eq!(seen, "/etc/nginx/nginx.conf:2 was added by hand: `proxy_bind 127.0.0.1;`");
    assert_eq!(
        next[0], "web: sudo sed -i.mine --follow-symlinks -e '2d' /etc/nginx/nginx.conf",
        "the include is labctl's own"
    );
    let own = [
        ("web", "see.touched#0001", "61 /etc/nginx/conf.d/tune.conf"),
        ("web", "see.nginx.since#0001", "/etc/nginx/conf.d/tune.conf"),
        ("web", "see.nginx.loaded#0009", "/etc/nginx/conf.d/tune.conf"),
        BAD[0],
    ];
    let (_, _, next) = told(&with_task(&own, "web", Component::Answers, None)[0]);
    assert_eq!(next[0], "web: sudo mv /etc/nginx/conf.d/tune.conf /var/backups/");
}

#[test]
fn what_pm2_runs_in_another_way_is_started_as_it_should_be() {
    let entry = |more: &str| {
        format!(
            r#"{{"name":"demo","status":"errored","restarts":15,"cwd":"/home/student/demo","script":"/home/student/demo/src/index.js"{more}}}"#
        )
    };
    let facts = |text: &str| -> Vec<(&'static str, &'static str, &'static str)> {
        vec![
            ("app2", "see.pm2.app.student.0", String::leak(text.to_owned())),
            ("app2", DOWN.0, DOWN.1),
            ("app2", NOBODY.0, NOBODY.1),
        ]
    };
    let anew = "app2: pm2 delete demo; cd /home/student/demo && pm2 start npm --name demo -- start && pm2 save";
    for (more, because) in [
        (r#","interpreter":"bash""#, "pm2 runs it with `bash`"),
        (
            r#","interpreter":"node","options":["-r","./nope.js"],"errors":["Error: Cannot find module './nope.js'"]"#,
            "the options that pm2 gives to Node.js: `-r ./nope.js`",
        ),
        (r#","interpreter":"node","options":["--inspect=0.0.0.0:3000"]"#, "(`--inspect=0.0.0.0:3000`) has port 3000"),
    ] {
        let found = diagnose(&lab(), &evidence(&facts(&entry(more))));
        let app: Vec<&Finding> = found.iter().filter(|each| each.host.as_str() == "app2").collect();
        assert!(app[0].sentence.english().contains(because), "{app:?}");
        assert_eq!(told(app[0]).2, [anew]);
    }
    // On a machine of labctl's, its own step starts it; by hand, what is unusual about it goes.
    let odd = entry(r#","interpreter":"node","options":["-r","./nope.js"]"#);
    let by_hand = diagnose(&lab(), &evidence(&facts(&odd)));
    let (cause, seen, next) = told(&by_hand[0]);
    assert_eq!((cause, seen.as_str()), ("app-restarts", "pm2 gives its interpreter these options: -r ./nope.js"));
    assert_eq!(next, [anew]);
    let (_, seen, next) = told(&with_task(&facts(&odd), "app2", Component::Application, None)[0]);
    assert_eq!(seen, "pm2 of student: demo was started by hand, as `index.js` in /home/student/demo");
    assert_eq!(next, ["controller: labctl step run -i t.yaml"]);
    // A debugger on a port of its own is somebody's wish.
    let other = entry(r#","interpreter":"node","options":["--inspect=9229"]"#);
    assert!(!diagnose(&lab(), &evidence(&facts(&other)))[0].sentence.english().contains("debugger"));
}

#[test]
fn settings_of_npm_and_line_ends_that_keep_it_from_starting_are_named() {
    let entry = r#"{"name":"demo","status":"errored","restarts":15,"cwd":"/home/student/demo","script":"/usr/bin/npm","args":["start"],"errors":["npm ERR! code ENOENT","npm ERR! syscall spawn /bin/zsh"]}"#;
    let rc = ("see.npmrc#0001", "/home/student/.npmrc\t3\tscript-shell = /bin/zsh");
    let app = ("see.pm2.app.student.0", entry);
    let (cause, next) = first(&[app, rc, DOWN, NOBODY]);
    assert_eq!(
        (cause, next),
        ("app-restarts", vec!["sed -i '3s/^/#/' /home/student/.npmrc && pm2 restart demo && pm2 save".into()])
    );
    // One that works says nothing.
    let bash = ("see.npmrc#0001", "/home/student/.npmrc\t3\tscript-shell=/bin/bash");
    assert!(!first(&[app, bash, DOWN, NOBODY]).1[0].contains("npmrc"));
    let script = r#"{"name":"demo","status":"errored","restarts":15,"cwd":"/home/student/demo","script":"/home/student/demo/start.sh","interpreter":"bash"}"#;
    let crlf = ("see.crlf#0001", "/home/student/demo\t/home/student/demo/start.sh");
    let (_, next) = first(&[("see.pm2.app.student.0", script), crlf, DOWN, NOBODY]);
    assert_eq!(next, ["sed -i 's/\\r$//' /home/student/demo/start.sh && pm2 restart demo && pm2 save"]);
}

#[test]
fn a_unit_that_systemd_refuses_is_why_it_is_down() {
    let refused = |line: &'static str| ("web", "see.unit.refused#0001", line);
    let down =
        [("web", "see.nginx.unit", "bad-setting inactive enabled"), ("web", "see.process#0001", "1 0 root Ss 9 init")];
    let line = refused(
        "nginx\tbad-setting\t/etc/systemd/system/nginx.service.d/x.conf\tnginx.service: more than one ExecStart= setting",
    );
    let findings = diagnose(&lab(), &evidence(&[line, down[0], down[1]]));
    let (cause, _, next) = told(&findings[0]);
    assert_eq!(cause, "nginx-unit-refused");
    assert_eq!(next[0], "web: sudo mv /etc/systemd/system/nginx.service.d/x.conf /var/backups/nginx-x.conf");
    assert_eq!(next[1], "web: sudo systemctl daemon-reload && sudo systemctl restart nginx");
    assert_eq!(findings.len(), 1, "that it is stopped follows: {findings:?}");
    let own = refused("pm2-student\terror\t/etc/systemd/system/pm2-student.service\t");
    let (cause, _, next) = told(&diagnose(&lab(), &evidence(&[("app1", own.1, own.2)]))[0]);
    let ssh = diagnose(
        &lab(),
        &evidence(&[(
            "app2",
            "see.unit.refused#0001",
            "ssh\tbad-setting\t/etc/systemd/system/ssh.service.d/port.conf\t",
        )]),
    );
    let serves = told(&ssh[0]);
    assert_eq!((serves.0, serves.2.len()), ("ssh-unit-refused", 2), "it runs, and is not started again");
    assert!(cause == "pm2-unit-refused" && next[0].contains("startup systemd -u student"), "{next:?}");
}

#[test]
fn one_address_for_two_machines_is_named_where_it_is_too_many() {
    let addresses = |host: &'static str, all: &'static str| (host, "see.addresses", all);
    let ip = ("web", "see.ip#0001", "host0 10.0.0.2/24");
    let facts =
        [addresses("web", "10.0.0.1 10.0.0.2"), addresses("app1", "10.0.0.2"), addresses("app2", "10.0.0.3"), ip];
    let (cause, _, next) = told(&diagnose(&lab(), &evidence(&facts))[0]);
    assert_eq!((cause, next), ("address-twice", vec!["web: sudo ip addr del 10.0.0.2/24 dev host0".to_owned()]));
    // Two hosts of the inventory may be one machine.
    assert_eq!(found(&[addresses("web", "10.0.0.1 10.0.0.2"), addresses("app1", "10.0.0.1 10.0.0.2")]), []);
}

#[test]
fn an_application_that_answers_with_another_page_since_somebody_edited_it_gets_its_files_back() {
    let text = "lab: t\nhosts:\n  web: {address: 10.0.0.1, groups: [web]}\n  app1: {address: 10.0.0.2, groups: [app]}\n  app2: {address: 10.0.0.3, groups: [app]}\nvars:\n  app: {name: demo, port: 3000, marker: lab}\n  sites: [{domain: a.b, upstream: app}]\n";
    let lab = crate::config::inventory::parse(&Source::new("t.yaml", text), Path::new("t.yaml"), &[]).unwrap();
    let facts = [
        ("app2", "see.local.3000", "0 301 other |"),
        ("app2", "see.changed#0001", "/home/student/demo\tsrc/index.js"),
        ("app2", "see.dir", "/home/student/demo"),
        (
            "app2",
            "see.pm2.app.student.0",
            r#"{"name":"demo","pid":60,"status":"online","since":900000,"cwd":"/home/student/demo","script":"/usr/bin/npm","args":["start"]}"#,
        ),
    ];
    let (cause, seen, next) = told(&diagnose(&lab, &evidence(&facts))[0]);
    assert_eq!((cause, seen.as_str()), ("app-silent", "on app2, http://127.0.0.1:3000/: 301"));
    assert!(next[0].contains("git checkout HEAD -- src/index.js"), "{next:?}");
    assert_eq!(diagnose(&lab, &evidence(&[facts[0], facts[2], facts[3]])), [], "as git has it, it may do so");
}
