//! What is there, and shut: folders, tools, logins, sites; and machines that are not where the inventory has them.

use super::edits::{MAIN, SITE, difference, typed_on};
use super::*;

fn on_web(facts: &[(&str, &str)]) -> Vec<Finding> {
    let facts: Vec<(&str, &str, &str)> = facts.iter().map(|(key, value)| ("web", *key, *value)).collect();
    diagnose(&lab(), &evidence(&facts))
}

#[test]
fn a_folder_that_everybody_writes_to_is_opened_again() {
    for (at, typed) in [
        ("/tmp drwxr-xr-x", "sudo chown root: /tmp; sudo chmod 1777 /tmp"),
        ("/var/tmp ", "sudo rm -f /var/tmp; sudo mkdir -m 1777 /var/tmp"),
        ("/dev/null crw-r--r--", "sudo chmod 666 /dev/null"),
        ("/dev/null -rw-r--r--", "sudo rm -f /dev/null; sudo mknod -m 666 /dev/null c 1 3"),
    ] {
        assert_eq!(first(&[("see.shut#0001", at)]), ("folder-shut", vec![typed.to_owned()]));
    }
}

#[test]
fn a_tool_that_the_user_may_not_come_to_is_there() {
    let gone = [("see.pm2.app.student.0", "nothing"), ("see.pm2.daemon.student", "1"), DOWN, NOBODY];
    let with = |tool: &str, key: &str, at: &str| first(&[&gone[..], &[(tool, ""), (key, at)]].concat());
    for (tool, key, at, typed) in [
        ("see.tool#0002", "see.hidden.pm2", "/opt/pm2-5.4.3/", "sudo chmod -R a+rX /opt/pm2-5.4.3"),
        ("see.tool#0000", "see.hidden.node", "/usr/local/lib/nodejs/", "sudo chmod -R a+rX /usr/local/lib/nodejs"),
        ("see.tool#0001", "see.hidden.npm", "/usr/bin/npm", "sudo chmod a+rx /usr/bin/npm"),
        ("see.tool#0000", "see.hidden.node", "/opt/", "sudo chmod a+rx /opt"),
    ] {
        let (cause, next) = with(tool, key, at);
        assert_eq!((cause, next[0].as_str()), ("tool-shut", typed), "{at}");
    }
    // A terminal of nvm's has its own.
    assert_ne!(
        first(&[("see.hidden.node", "/opt/"), ("see.terminal.student", "/home/student/.nvm/x/bin")]).0,
        "tool-shut"
    );
}

#[test]
fn a_program_of_an_installed_package_that_does_not_work_is_installed_again() {
    for (line, typed) in [
        ("/usr/bin/git\tgit\tmissing\t", "sudo apt-get install -y --reinstall git"),
        ("/usr/bin/curl\tcurl\tempty\t", "sudo apt-get install -y --reinstall curl"),
        ("/usr/bin/npm\tnpm\tlink\t../share/nodejs/npm/bin/npm-cli.js", "sudo apt-get install -y --reinstall npm"),
        ("/usr/bin/node\tnodejs\tshut\t", "sudo apt-get install -y --reinstall nodejs"),
    ] {
        let tools = [("see.tool#0000", "node "), ("see.tool#0001", "npm "), ("see.lost#0001", line)];
        assert_eq!(first(&tools), ("program-lost", vec![typed.to_owned()]), "{line}");
    }
    // Without its daemon, the application comes back when its Node.js is there.
    let gone = [
        ("see.pm2.app.student.0", "nothing"),
        ("see.tool#0000", "node "),
        ("see.lost#0001", "/usr/bin/node\tnodejs\tlink\t/home/student/.nvm/versions/node/v14.21.3/bin/node"),
        DOWN,
        NOBODY,
    ];
    assert_eq!(first(&gone).0, "program-lost");
    // Another one is found first: nobody notices.
    let other = [("see.tool#0000", "node /usr/local/bin/node"), ("see.lost#0001", "/usr/bin/node\tnodejs\tmissing\t")];
    assert_eq!(first(&other).0, "none");
    let nginx = on_web(&[("see.lost#0001", "/usr/sbin/nginx\tnginx\tmissing\t"), ("see.nginx.missing", "yes")]);
    assert_eq!((nginx[0].cause, nginx.len()), ("program-lost", 1), "{nginx:?}");
}

#[test]
fn two_machines_with_each_others_address_are_found_before_what_lacks_there() {
    let swapped = [
        ("web", "see.hostname", "app1"),
        ("app1", "see.hostname", "web.lan"),
        ("web", "see.nginx.missing", "yes"),
        ("web", "see.ask.a.b", "7 000 other |refused"),
        ("app1", "see.tool#0000", "node "),
        ("app1", "see.pm2.app.student.0", "nothing"),
        ("app1", "see.pm2.daemon.student", "1"),
        ("app1", DOWN.0, DOWN.1),
    ];
    let findings = diagnose(&lab(), &evidence(&swapped));
    assert_eq!((findings[0].cause, findings.len()), ("addresses-swapped", 1), "{findings:?}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.yaml");
    std::fs::write(
        &file,
        "web: {address: 10.0.0.1, groups: [web]}\napp1: {address: 10.0.0.2}\nx: 10.0.0.11\ny:\n  address: 10.0.0.2\n",
    )
    .unwrap();
    let line = findings[0].next[0].command.replace("t.yaml", &file.display().to_string());
    assert!(std::process::Command::new("sh").args(["-ec", &line]).status().unwrap().success(), "{line}");
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        "web: {address: 10.0.0.2, groups: [web]}\napp1: {address: 10.0.0.1}\nx: 10.0.0.11\ny:\n  address: 10.0.0.1\n"
    );
    // One of them is called so, or all is well: machines may be called as they like.
    assert_ne!(diagnose(&lab(), &evidence(&swapped[1..]))[0].cause, "addresses-swapped");
    assert_eq!(found(&swapped[..2]), []);
}

#[test]
fn an_address_that_nobody_has_is_no_firewall() {
    let silent = serde_json::to_string(&Unreachable::Connection {
        at: endpoint(),
        why: ConnectionFailure::Silent { waited_ms: 4000 },
    });
    let mut seen =
        evidence(&[("app2", "unreachable", &silent.unwrap()), ("web", "see.reach.10.0.0.3:3000", "28 000 other |")]);
    let typed = |seen: &Evidence| {
        let finding = diagnose(&lab(), seen).remove(0);
        (finding.cause, finding.next.iter().map(|next| next.command.clone()).collect::<Vec<_>>().join(" ; "))
    };
    let (cause, next) = typed(&seen);
    assert!(cause == "host-silent" && next.contains("ufw"), "{next}");
    let nowhere = |near: u8| {
        let why = Unreachable::Connection {
            at: endpoint(),
            why: ConnectionFailure::NoRoute { error: "os error 113".into() },
        };
        let mut seen = evidence(&[("app2", "unreachable", &serde_json::to_string(&why).unwrap())]);
        seen.neighbours.push([10, 0, 0, near].into());
        typed(&seen).1.contains("ip addr add")
    };
    // The kernel gives up: nobody is there; or a firewall of the machine itself says so.
    assert_eq!([2, 3, 9].map(nowhere), [true, false, false]);
    seen.nobodys.push([10, 0, 0, 3].into());
    let (cause, next) = typed(&seen);
    assert!(cause == "host-silent" && !next.contains("ufw") && next.contains("ip addr add 10.0.0.3/"), "{next}");
}

#[test]
fn a_key_that_is_not_there_is_one_mistake_of_the_inventory() {
    let missing = |file: &str| {
        let key = LoginFailure::Key { key: KeyFailure::Missing { file: file.into() } };
        serde_json::to_string(&Unreachable::Login { at: endpoint(), why: Box::new(key) }).unwrap()
    };
    let why = missing("/home/me/.ssh/id_rsa_lab");
    let all = [("web", "unreachable", why.as_str()), ("app1", "unreachable", &why), ("app2", "unreachable", &why)];
    let mut seen = evidence(&all);
    let findings = diagnose(&lab(), &seen);
    assert_eq!((findings.len(), findings[0].cause, findings[0].host.as_str()), (1, "login-secret", "controller"));
    assert_eq!(findings[0].next[0].command, "ssh-keygen -t ed25519 -N '' -f /home/me/.ssh/id_rsa_lab");
    seen.options.other_keys = vec!["/home/me/.ssh/id_ed25519".into()];
    let next = diagnose(&lab(), &seen)[0].next[0].command.clone();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.yaml");
    std::fs::write(
        &file,
        "ssh: { key: ~/.ssh/id_rsa_lab, user: x }\nkey: /home/me/.ssh/id_rsa_lab\nother: id_rsa_lab2\n",
    )
    .unwrap();
    let line = next.replace("t.yaml", &file.display().to_string());
    assert!(std::process::Command::new("sh").args(["-ec", &line]).status().unwrap().success(), "{line}");
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        "ssh: { key: ~/.ssh/id_ed25519, user: x }\nkey: /home/me/.ssh/id_ed25519\nother: id_rsa_lab2\n"
    );
}

#[test]
fn a_login_without_programs_is_no_lack_of_sudo() {
    let why = Unreachable::Root { why: RootFailure::NoPrograms, output: "bash: line 1: exec: sh: not found".into() };
    let findings = diagnose(&lab(), &evidence(&[("app1", "unreachable", &serde_json::to_string(&why).unwrap())]));
    assert_eq!(findings[0].cause, "login-path");
    let folder = tempfile::tempdir().unwrap();
    for (at, text, wanted) in [
        (0, "PATH=$PATH:/opt/node/bin\nX=1\n", "# PATH=$PATH:/opt/node/bin\nX=1\n"),
        (0, "PATH=/opt/node/bin\n", "# PATH=/opt/node/bin\n"),
        (0, "PATH=/usr/local/bin:/usr/bin:/bin\n", "PATH=/usr/local/bin:/usr/bin:/bin\n"),
        (
            1,
            "export PATH=/opt/node/bin\nexport PATH=\"$HOME/bin:$PATH\"\n",
            "# export PATH=/opt/node/bin\nexport PATH=\"$HOME/bin:$PATH\"\n",
        ),
    ] {
        let file = folder.path().join("file");
        std::fs::write(&file, text).unwrap();
        let line = findings[0].next[at].command.replace("/usr/bin/sudo ", "");
        let line = line.replace("/etc/environment", &file.display().to_string());
        let line = line.replace("~/.bashrc ~/.profile", &file.display().to_string());
        assert!(std::process::Command::new("sh").args(["-ec", &line]).status().unwrap().success(), "{line}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), wanted, "{line}");
    }
}

#[test]
fn lines_of_sshd_that_keep_the_user_out_are_put_right() {
    let denied = LoginFailure::Denied {
        tried: Vec::new(),
        passed_over: Vec::new(),
        takes: vec!["publickey".into()],
        own_key: None,
        password: false,
    };
    let why = serde_json::to_string(&Unreachable::Login { at: endpoint(), why: Box::new(denied) }).unwrap();
    let findings = diagnose(&lab(), &evidence(&[("app1", "unreachable", &why)]));
    let line = findings[0].next.iter().map(|next| &next.command).find(|line| line.contains("AllowUsers")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sshd_config");
    let line = line
        .split(" /etc/ssh")
        .next()
        .unwrap()
        .replace("sudo ", "")
        .replace("$(id -un)", "vera")
        .replace("$(id -gn)", "class");
    for (text, wanted) in [
        ("AllowUsers budi siti", "AllowUsers vera budi siti"),
        ("  allowusers budi # the teacher", "  allowusers vera budi # the teacher"),
        ("AllowGroups admins", "AllowGroups class admins"),
        ("DenyUsers vera", "#DenyUsers vera"),
        ("AuthorizedKeysFile /etc/keys/%u", "#AuthorizedKeysFile /etc/keys/%u"),
        ("#AllowUsers nobody", "#AllowUsers nobody"),
        ("PasswordAuthentication no", "PasswordAuthentication no"),
    ] {
        std::fs::write(&file, format!("{text}\n")).unwrap();
        let line = format!("{line} {}", file.display());
        assert!(std::process::Command::new("sh").args(["-ec", &line]).status().unwrap().success(), "{line}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{wanted}\n"), "{line}");
    }
}

#[test]
fn visitors_that_nginx_turns_away_are_let_in() {
    let answer = |status: &'static str| ("see.ask.a.b", status);
    for (from, to, met, cause, gone) in [
        (
            "listen 80;",
            "listen 80;\n    allow 127.0.0.1;\n    deny all;",
            "0 403 other |",
            "site-refuses",
            "-deny all;",
        ),
        (
            "location / {",
            "location / {\n        deny 10.0.0.0/8;",
            "0 403 other |",
            "site-refuses",
            "-deny 10.0.0.0/8;",
        ),
        (
            "listen 80;",
            "listen 80;\n    auth_basic \"Students only\";",
            "0 401 other |",
            "site-refuses",
            "-auth_basic \"Students only\";",
        ),
        ("proxy_pass", "limit_req zone=one; proxy_pass", "0 503 other |", "site-limited", "+proxy_pass http://two;"),
        ("listen 80;", "listen 80;\n    limit_conn addr 1;", "0 503 other |", "site-limited", "-limit_conn addr 1;"),
        (
            "listen 80;",
            "listen 80;\n    limit_req zone=one;\n    limit_req_status 429;",
            "0 429 other |",
            "site-limited",
            "-limit_req zone=one;",
        ),
    ] {
        let site = SITE.replacen(from, to, 1);
        let edited = typed_on(&site, MAIN, "", &[answer(met)]);
        let lines = difference(&site, &edited.file);
        assert!(edited.cause == cause && lines.iter().any(|line| line == gone), "{to}: {}: {lines:?}", edited.cause);
    }
    // Where nobody is turned away, a limit is a wish.
    let line = |text: &'static str| ("see.nginx.conf#00009", text);
    assert!(on_web(&[line("/etc/nginx/nginx.conf\t4\tlimit_req zone=one;")]).is_empty());
    let http = line("/etc/nginx/dumbways/z.conf\t1\tdeny all;");
    assert_eq!(on_web(&[http, answer("0 403 other |")])[0].cause, "site-refuses");
    let agent = line("/etc/nginx/nginx.conf\t4\t");
    assert!(on_web(&[agent]).is_empty());
    let test = "listen 80;\n    if ($http_user_agent ~* curl) {\n        return 403;\n    }";
    let site = SITE.replacen("listen 80;", test, 1);
    let edited = typed_on(&site, MAIN, "", &[answer("0 403 other |")]);
    assert_eq!(edited.cause, "site-refuses");
    // Several connections of one visitor, as a browser has them.
    let counted = "round_robin 200 10.0.0.2:3000=app1=1=96=104=60 10.0.0.3:3000=app2=1=96=104=60 lost:503,=80";
    let limit = ("web", "see.nginx.conf#00006", "/etc/nginx/dumbways/a.conf\t3\tlimit_conn addr 1;");
    assert_eq!(found(&[limit, ("web", "balance.a.b", counted)])[0].0, "site-limited");
}

#[test]
fn a_site_that_is_asked_elsewhere_gets_the_plain_port_and_keeps_the_others() {
    for (listen, added) in [
        ("listen [::]:80;", "+listen 80; listen [::]:80;"),
        ("listen 443 ssl;", "+listen 80; listen 443 ssl;"),
        ("listen 8080;", "+listen 80;"),
        // Another machine's address, and the loopback.
        ("listen 10.0.0.2:80;", "+listen 80;"),
        ("listen 127.0.0.1:80;", "+listen 80;"),
    ] {
        let site = SITE.replacen("listen 80;", listen, 1);
        let edited = typed_on(&site, MAIN, "", &[("see.ask.a.b", "0 200 welcome |"), ("see.addresses", "10.0.0.1 ")]);
        let lines = difference(&site, &edited.file);
        assert!(edited.cause == "listen-port" && lines.iter().any(|line| line == added), "{}: {lines:?}", edited.cause);
    }
}

#[test]
fn what_nginx_cannot_do_for_its_own_settings_is_named() {
    let log = |text: &'static str| ("see.nginx.error#0001", text);
    let resolver = log(
        "2026/11/28 05:47:24 [error] 21048#21048: *306 no resolver defined to resolve app1, client: 10.0.0.9, server: a.b, request: x",
    );
    for target in ["$target", "http://$target", "http://$target$request_uri"] {
        let site = SITE.replacen("http://two", target, 1);
        let edited = typed_on(&site, MAIN, "", &[("see.ask.a.b", "0 502 other |"), resolver]);
        let lines = difference(&site, &edited.file);
        assert_eq!(edited.cause, "proxy-pass-variable");
        assert!(lines.contains(&"+proxy_pass http://two;".to_owned()), "{lines:?}");
    }
    let few =
        log("2026/11/28 05:55:05 [alert] 9#9: *38 5 worker_connections are not enough while connecting to upstream");
    let main = MAIN.replace("events {}", "events {\n    worker_connections 5;\n}");
    assert_eq!(typed_on(SITE, &main, "", &[few]).cause, "worker-connections");
    // It was so once.
    assert!(on_web(&[few]).is_empty());
    // All were ejected, and answer again.
    let ejected = log(
        "2026/11/28 05:55:05 [error] 9#9: *38 no live upstreams while connecting to upstream, client: x, server: a.b",
    );
    assert_eq!(on_web(&[("see.ask.a.b", "0 502 other two|"), ejected])[0].cause, "backend-ejected");
}

#[test]
fn a_main_file_that_a_site_was_pasted_over_is_written_anew() {
    let words = "\"upstream\" directive is not allowed here in /etc/nginx/nginx.conf:1";
    let edited = typed_on(SITE, SITE, words, &[]);
    assert_eq!(edited.cause, "nginx-conf-replaced");
    assert!(
        edited.file.contains("events {") && edited.file.contains("include /etc/nginx/dumbways/*.conf;"),
        "{}",
        edited.file
    );
    // A slip in a main file that is whole is a slip.
    let slip = typed_on(
        SITE,
        &MAIN.replace("include", "inclde"),
        "unknown directive \"inclde\" in /etc/nginx/nginx.conf:3",
        &[],
    );
    assert_eq!(slip.cause, "nginx-syntax");
}

#[test]
fn a_rule_of_the_web_server_against_its_own_questions_is_one_finding_there() {
    let rule = (
        "web",
        "see.firewall#0001",
        "ip filter OUTPUT: tcp dport 3000 counter packets 74 bytes 6218 reject # handle 2",
    );
    let refused = "7 000 other |refused";
    let facts = [
        rule,
        ("web", "see.reach.10.0.0.2:3000", refused),
        ("web", "see.reach.10.0.0.3:3000", refused),
        ("web", "see.ask.a.b", "0 502 other |"),
    ];
    let findings = diagnose(&lab(), &evidence(&facts));
    let shown: Vec<_> = findings.iter().map(|finding| (finding.cause, finding.host.as_str())).collect();
    assert_eq!(shown, [("firewall-app", "web")]);
    assert_eq!(findings[0].next[0].command, "sudo nft delete rule ip filter OUTPUT handle 2");
}

#[test]
fn a_firewall_that_drops_the_answers_is_found_before_what_is_silent_for_it() {
    let policy = ("web", "see.firewall#0001", "inet wall in: type filter hook input priority filter; policy drop;");
    let old = ("web", "see.firewall#0001", "ip filter INPUT: type filter hook input priority filter; policy drop;");
    let older = ("web", "see.firewall#0001", ":INPUT DROP [0:0]");
    let late = "28 000 other |timed out";
    let silent = [
        ("web", "see.names.silent", "yes"),
        ("web", "see.reach.10.0.0.2:3000", late),
        ("web", "see.reach.10.0.0.3:3000", late),
        ("web", "see.ask.a.b", "0 504 other |"),
    ];
    for (rule, typed) in [
        (policy, "sudo nft insert rule inet wall in ct state established,related accept"),
        (old, "sudo iptables -I INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"),
        (older, "sudo iptables -I INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"),
    ] {
        let findings = diagnose(&lab(), &evidence(&[&[rule], &silent[..]].concat()));
        assert_eq!((findings[0].cause, findings[0].next[0].command.as_str()), ("firewall-answers", typed));
        assert_eq!(findings.len(), 1, "{findings:?}");
    }
    // With such a rule, or where all answers come, a policy is a wish.
    assert_eq!(found(&[policy]), []);
    assert_eq!(found(&[policy, ("web", "see.established", "yes"), silent[0]]), one("names-silent", "web"));
}

#[test]
fn a_limit_of_ufw_is_no_closed_port() {
    let mut seen = evidence(&[("web", "see.ufw", "yes"), ("web", "see.ufw.limit#0001", "80 tcp")]);
    assert!(diagnose(&lab(), &seen).is_empty());
    seen.outside.insert("a.b".into(), Err(VisitError::Refused));
    let first = diagnose(&lab(), &seen).remove(0);
    assert_eq!(first.cause, "firewall-web");
    assert!(
        first.sentence.english().contains("ufw limit")
            && first.next[0].command.contains("sudo ufw delete limit 80/tcp")
    );
}

#[test]
fn an_nginx_that_the_service_does_not_know_is_named() {
    let fails = ("see.ask.a.b", "0 200 other |");
    let by_hand = ("see.process#0001", "70 1 root Ss 900 nginx: master process nginx -c /home/student/nginx.conf");
    let found = on_web(&[by_hand, fails]);
    assert_eq!(
        (found[0].cause, found[0].next[0].command.as_str()),
        ("port-80-taken", "sudo kill 70; sleep 1; sudo systemctl restart nginx")
    );
    for (pid, cause) in [("", "not-reloaded"), ("71", "not-reloaded"), ("70", "site-fails")] {
        assert_eq!(on_web(&[("see.nginx.pid", pid), fails])[0].cause, cause, "{pid}");
        assert!(on_web(&[("see.nginx.pid", pid)]).is_empty(), "it serves");
    }
}

#[test]
fn blocks_and_tables_of_nginx_get_another_shape() {
    let inside = "server {\n    listen 80;\n    server_name a.b;\n    upstream two {\n        server 10.0.0.2:3000;\n        server 10.0.0.3:3000;\n    }\n    location / {\n        proxy_pass http://two;\n    }\n}\n";
    let words = "\"upstream\" directive is not allowed here in /etc/nginx/dumbways/a.conf:4";
    let edited = typed_on(inside, MAIN, words, &[]);
    assert!(
        edited.file.trim_start().starts_with("upstream two {")
            && edited.file.contains("server_name a.b;\n    location / {"),
        "{}",
        edited.file
    );
    // Where the server before it is not closed, that is the mistake.
    let open = "server {\n    listen 80;\n    location / {\n    }\nupstream two {\n    server 10.0.0.2:3000;\n}\n";
    let edited =
        typed_on(open, MAIN, "\"upstream\" directive is not allowed here in /etc/nginx/dumbways/a.conf:5", &[]);
    assert!(edited.file.contains("}\n}\nupstream two {"), "{}", edited.file);
    let long = format!("{}.studentdumbways.my.id", "a".repeat(60));
    for (words, wanted) in [
        (
            "could not build server_names_hash, you should increase server_names_hash_bucket_size: 64",
            "server_names_hash_bucket_size 128;",
        ),
        (
            "could not build optimal types_hash, you should increase either types_hash_max_size: 1024 or types_hash_bucket_size: 64",
            "types_hash_bucket_size 128;",
        ),
    ] {
        let edited = typed_on(&SITE.replace("a.b", &format!("a.b {long}")), MAIN, words, &[]);
        assert!(
            edited.cause == "nginx-syntax" && edited.file.contains(&format!("http {{ {wanted}")),
            "{}",
            edited.file
        );
        let there = MAIN.replace("http {", &format!("http {{\n    {}", wanted.replace("128", "64")));
        let edited = typed_on(SITE, &there, words, &[]);
        assert!(
            edited.file.contains(&format!("\n    {wanted}")) && edited.file.matches("_bucket_size").count() == 1,
            "{}",
            edited.file
        );
    }
}

#[test]
fn what_a_machine_says_of_a_login_is_said_plainly() {
    let sentence = |why: &Unreachable| {
        let why = serde_json::to_string(why).unwrap();
        let finding = diagnose(&lab(), &evidence(&[("app1", "unreachable", &why)])).remove(0);
        (
            finding.sentence.english(),
            finding.next.iter().map(|next| next.command.clone()).collect::<Vec<_>>().join(" ; "),
        )
    };
    let denied = LoginFailure::Denied {
        tried: Vec::new(),
        passed_over: Vec::new(),
        takes: vec!["password".into()],
        own_key: None,
        password: false,
    };
    assert!(
        sentence(&Unreachable::Login { at: endpoint(), why: Box::new(denied) })
            .0
            .contains("accepts no keys, only: password")
    );
    let expired =
        Lost::NotStarted { at: endpoint(), output: String::new(), how: ShellFailure::PasswordExpired, line: None };
    let (said, typed) = sentence(&Unreachable::Lost { why: expired });
    assert!(said.contains("has expired there") && typed.starts_with("sudo chage -d"), "{said} {typed}");
}

#[test]
fn a_slip_in_an_address_of_the_inventory_is_told_by_what_nginx_asks() {
    let silent = Unreachable::Connection { at: endpoint(), why: ConnectionFailure::Silent { waited_ms: 4000 } };
    let silent = serde_json::to_string(&silent).unwrap();
    let members = |address: &str| {
        format!("/etc/nginx/dumbways/a.conf\t1\tupstream two {{ server 10.0.0.2:3000; server {address}:3000; }}")
    };
    for (address, cause) in [("10.0.0.33", "controller"), ("10.99.7.1", "app2")] {
        let (line, reach) = (members(address), format!("see.reach.{address}:3000"));
        let facts = [
            ("app2", "unreachable", silent.as_str()),
            ("web", "see.nginx.conf#00004", &line),
            ("web", "see.reach.10.0.0.3:3000", "28 000 other |"),
            ("web", &reach, "0 200 lab |"),
        ];
        let finding = diagnose(&lab(), &evidence(&facts)).remove(0);
        assert_eq!((finding.cause, finding.host.as_str()), ("host-silent", cause), "{address}");
        assert!(
            cause == "app2" || finding.next[0].command.contains("s/10\\.0\\.0\\.3([^0-9.]|$)/10.0.0.33\\1/g"),
            "{finding:?}"
        );
    }
}

/// The lines that are typed on web where its login ends so, each with its remark.
fn typed_at_login(why: &Unreachable) -> Vec<(String, String)> {
    let why = serde_json::to_string(why).unwrap();
    let findings = diagnose(&lab(), &evidence(&[("web", "unreachable", &why)]));
    findings[0].next.iter().map(|next| (next.command.clone(), next.note.english())).collect()
}

#[test]
fn what_listens_everywhere_is_told_from_what_listens_to_itself() {
    let refused = Unreachable::Connection { at: endpoint(), why: ConnectionFailure::Refused };
    let lines = typed_at_login(&refused);
    assert!(lines.len() <= 4 && lines[0].0.contains("journalctl"), "{lines:?}");
    let (line, _) = lines.iter().find(|(line, _)| line.contains("ss -Hltn 'sport")).unwrap();
    let (look, _) = line.split_once(" || ").unwrap();
    let (_, look) = look.split_once(" | ").unwrap();
    // As ss prints it: the peer is `0.0.0.0:*` in any case.
    for (seen, everywhere) in [
        ("LISTEN 0      128          0.0.0.0:22        0.0.0.0:*          \nLISTEN 0 128 [::]:22 [::]:*", true),
        ("LISTEN 0 4096 *:22 *:*", true),
        ("LISTEN 0      128        127.0.0.1:22        0.0.0.0:*          ", false),
        ("LISTEN 0 128 192.168.56.7:22 0.0.0.0:*", false),
        ("LISTEN 0 128 [::1]:22 [::]:*", false),
        ("", false),
    ] {
        let shell = format!("printf '%s\\n' '{seen}' | {look}");
        let ended = std::process::Command::new("sh").args(["-c", &shell]).status().unwrap();
        assert_eq!(ended.success(), everywhere, "{seen}: {look}");
    }
}

#[test]
fn who_is_kept_out_looks_first_and_has_few_lines_to_choose_from() {
    let denied = |takes: &[&str]| {
        let why = LoginFailure::Denied {
            tried: vec!["key".into()],
            passed_over: Vec::new(),
            takes: takes.iter().map(|each| (*each).to_owned()).collect(),
            own_key: Some("/k".into()),
            password: false,
        };
        typed_at_login(&Unreachable::Login { at: endpoint(), why: Box::new(why) })
    };
    for takes in [&["publickey"][..], &["publickey", "password"], &["publickey", "keyboard-interactive"]] {
        let lines = denied(takes);
        assert!(lines.len() <= 3 && lines[0].0.contains("journalctl"), "{lines:?}");
        assert!(lines.iter().all(|(_, note)| note.contains("if ") || note.contains("says who")), "{lines:?}");
        let copy = lines.iter().any(|(_, note)| note.contains("ssh-copy-id"));
        assert_eq!(copy, takes.contains(&"password"), "{lines:?}");
    }
}

#[test]
fn sudo_that_wants_a_password_is_opened_by_a_file_that_is_read_last() {
    let why = Unreachable::Root { why: RootFailure::WantsPassword, output: "sudo: a password is required".into() };
    let lines = typed_at_login(&why);
    let tee = lines.iter().find(|(line, _)| line.contains("NOPASSWD: ALL' | sudo tee ")).unwrap();
    let file = tee.0.rsplit('/').next().unwrap();
    assert!(["90-cloud-init-users", "labctl", "student", "zz-student"].iter().all(|other| *other < file), "{file}");
    assert!(tee.1.contains("as root on its console"), "{tee:?}");
    // Machines that labctl has not made are not for it to make anew.
    assert!(!lines.iter().any(|(line, _)| line.contains("labctl reset")), "{lines:?}");
}
