use super::*;
use crate::config::inventory::{SecretSource, System};

const GOOD: &str = "
lab: dumbflix
ssh: { user: student, key: ~/.ssh/id_ed25519 }
hosts:
  web:  { address: 192.168.56.10, groups: [web] }
  app1: { address: 192.168.56.11, groups: [app] }
  app2: { address: 192.168.56.12, groups: [app], ssh: { port: 2222 }, vars: { app: { port: 8080 } } }
groups:
  app: { vars: { node: { version: 16.20.2 }, colour: blue } }
vars:
  app: { version: main }
  sites:
    - { domain: dumbflix.budi.studentdumbways.my.id, upstream: [app1, { host: app2, weight: 3 }] }
    - { domain: App1.budi.id, upstream: app1 }
";

fn lab(text: &str, settings: &[&str]) -> Result<Inventory, Problems> {
    let settings: Vec<Setting> = settings.iter().map(|s| s.parse().unwrap()).collect();
    parse(&Source::new("lab.yaml", text), Path::new("lab.yaml"), &settings)
}

#[test]
fn the_ssh_configuration_is_a_word_or_a_file() {
    use crate::config::inventory::SshConfig;
    for (word, wanted) in [
        ("true", SshConfig::Default),
        ("false", SshConfig::Ignore),
        ("class/ssh_config", SshConfig::File("class/ssh_config".into())),
    ] {
        let text = GOOD.replace("user: student,", &format!("user: student, config: {word},"));
        assert_eq!(lab(&text, &[]).unwrap().hosts[0].login.ssh_config, wanted, "{word}");
    }
}

#[test]
fn a_good_inventory() {
    let lab = lab(GOOD, &[]).unwrap();
    assert_eq!(lab.hosts.iter().map(|h| h.name.as_str()).collect::<Vec<_>>(), ["web", "app1", "app2"]);
    assert_eq!(lab.hosts[2].login.port, Some(2222));
    assert_eq!(lab.hosts[2].login.user.as_deref(), Some("student"));
    assert_eq!(lab.sites()[1].domain, "app1.budi.id");
    let scope = lab.scope(&lab.hosts[2].name);
    assert_eq!(scope["app"]["port"], 8080);
    assert_eq!(scope["app"]["dir"], "~/dumbflix-frontend");
    assert_eq!(scope["node"]["version"], "16.20.2");
    assert_eq!(scope["colour"], "blue");
    assert_eq!(
        scope["sites"][0]["servers"][1],
        serde_json::json!({"name": "app2", "host": "app2", "address": "192.168.56.12", "port": 8080, "socket": "192.168.56.12:8080", "weight": 3})
    );
    assert_eq!(lab.scope(&lab.hosts[0].name)["node"]["version"], "14.21.3");
}

#[test]
fn a_name_stands_for_the_address_behind_it() {
    let text = GOOD.replace("address: 192.168.56.11,", "address: app1.local,");
    let mut lab = lab(&text, &[]).unwrap();
    assert_eq!(lab.sites()[0].servers[0].socket(), "app1.local:3000", "as long as nobody knows it");
    lab.hosts[1].resolved = Some("192.168.56.11".parse().unwrap());
    lab.hosts[0].address = Some("web".into());
    lab.hosts[0].resolved = Some("192.168.56.10".parse().unwrap());
    assert_eq!(lab.sites()[0].servers[0].socket(), "192.168.56.11:3000");
    let scope = lab.scope(&lab.hosts[1].name);
    assert_eq!(
        (&scope["web"]["address"], &scope["host"]["address"]),
        (&"192.168.56.10".into(), &"192.168.56.11".into())
    );
    // What is logged in to is the name: ~/.ssh/config and known_hosts know it.
    assert_eq!(lab.hosts[1].address.as_deref(), Some("app1.local"));
    assert_eq!((lab.hosts[1].named_address(), lab.hosts[2].named_address()), (Some("app1.local"), None));
}

#[test]
fn variables_have_precedence() {
    let lab = lab(GOOD, &["app.port=9000", "colour=red"]).unwrap();
    for host in &lab.hosts {
        assert_eq!(lab.scope(&host.name)["app"]["port"], 9000);
        assert_eq!(lab.scope(&host.name)["colour"], "red");
    }
    assert_eq!(lab.scope(&lab.hosts[0].name)["app"]["version"], "main");
}

#[test]
fn a_distribution_has_a_version_of_its_own() {
    let version = |text: &str, settings: &[&str]| {
        let lab = lab(text, settings).unwrap();
        let of = |host: &Host| lab.scope(&host.name)["node"]["version"].to_string().replace('"', "");
        lab.hosts.iter().map(of).collect::<Vec<_>>()
    };
    // Alone, for all hosts, for one, in a group, on the command line.
    let all = GOOD.replace("  app: { version: main }", "  app: { version: main }\n  node: { source: distribution }");
    assert_eq!(version(&all, &[]), ["", "16.20.2", "16.20.2"], "a version that is written counts");
    assert_eq!(version(GOOD, &["node.source=distribution"]), ["", "16.20.2", "16.20.2"]);
    let group = GOOD.replace("node: { version: 16.20.2 }", "node: { source: distribution }");
    assert_eq!(version(&group, &[]), ["14.21.3", "", ""]);
    let host = group.replace("app: { port: 8080 }", "app: { port: 8080 }, node: { version: \"18\" }");
    assert_eq!(version(&host, &[]), ["14.21.3", "", "18"]);
    assert_eq!(version(&group, &["node.version=20"]), ["20", "20", "20"]);
}

#[test]
fn all_mistakes_at_once_with_their_lines() {
    let shown = lab(
        "lab: 1x
hosts:
  web: { adress: 10.0.0.1, groups: [web] }
  app1: { address: 10.0.0.300, groups: [app] }
  app2: { address: 10.0.0.2 }
  app3: { address: 10.0.0.2, groups: [app] }
groups:
  ap: { vars: {} }
vars:
  app: { prot: 3000, port: 70000, repo: https://github.com/a/b/tree/main }
  sites:
    - { domain: http://x.y, upstream: [ap1], balance: round_robbin }
",
        &[],
    )
    .unwrap_err()
    .to_string();
    for expected in [
        "`1x` is not a lab name",
        "lab.yaml:3:10",
        "did you mean `address`?",
        "host `web` has no address",
        "`10.0.0.300` is not an address",
        "host `app2` is in no group",
        "host `app3` has the same address as `app2`",
        "no host is in group `ap`",
        "unknown key `prot` in `app`",
        "did you mean `port`?",
        "must be a number from 1 to 65535, not `70000`",
        "is the address of a page, not of a repository",
        "write `repo: https://github.com/a/b` and `version: main`",
        "`http://x.y` is not a domain",
        "no host or group is called `ap1`",
        "did you mean `app1`?",
        "did you mean `round_robin`?",
    ] {
        assert!(shown.contains(expected), "{expected} is not in:\n{shown}");
    }
}

#[test]
fn only_machines_that_labctl_makes_have_a_system_that_is_chosen() {
    let text = "lab: l\nprovider: sandbox\nsystem: debian 13\nhosts: { web: { groups: [web] } }\n";
    assert_eq!(lab(text, &[]).unwrap().wanted.system, Some(System::Debian13));
    assert_eq!(lab(&text.replace("system: debian 13\n", ""), &[]).unwrap().wanted.system, None);
    let shown = |text: &str| lab(text, &[]).unwrap_err().to_string();
    let unknown = shown(&text.replace("debian 13", "debian 31"));
    assert!(
        unknown.contains("must be one of debian 12, debian 13, ubuntu 22.04, ubuntu 24.04, not `debian 31`"),
        "{unknown}"
    );
    let there = shown(&GOOD.replace("lab: dumbflix\n", "lab: dumbflix\nsystem: debian 13\n"));
    assert!(there.contains("only machines that labctl makes") && there.contains("`provider: sandbox`"), "{there}");
    let mistyped = shown(&text.replace("provider: sandbox", "provider: sandbx"));
    assert!(!mistyped.contains("only machines"), "{mistyped}");
    let other = shown(&text.replace("debian 13", "ubuntu 24.04"));
    assert!(other.contains("`provider: sandbox` cannot run ubuntu 24.04"), "{other}");
    assert!(other.contains("choose debian 12 or debian 13; or `provider: multipass`"), "{other}");
}

#[test]
fn only_machines_that_multipass_makes_have_a_size() {
    let text = "lab: l\nprovider: multipass\nsize: { memory: 2G }\nhosts: { web: { groups: [web] } }\n";
    let size = lab(text, &[]).unwrap().wanted.size;
    assert_eq!((size.cpus, size.memory.as_str(), size.disk.as_str()), (1, "2G", "8G"));
    let shown = |text: &str| lab(text, &[]).unwrap_err().to_string();
    let small = shown(&text.replace("2G", "100M"));
    assert!(small.contains("`memory` must be a size from 512M on, such as 1G or 1.5G, not `100M`"), "{small}");
    let sandbox = shown(&text.replace("multipass", "sandbox"));
    assert!(sandbox.contains("`provider: sandbox` cannot have a `size`"), "{sandbox}");
    assert!(sandbox.contains("`provider: multipass` makes machines of a size"), "{sandbox}");
}

#[test]
fn a_secret_comes_from_one_place() {
    let text = "
lab: l
ssh: { user: u, password: { env: ALL }, sudo_password: prompt }
groups:
  app: { ssh: { sudo_password: { command: pass app } } }
hosts:
  web: { address: 10.0.0.1, groups: [web], ssh: { password: { file: web.txt } } }
  app1: { address: 10.0.0.2, groups: [app], ssh: { sudo_password: { env: APP1 } } }
";
    let lab_of = lab(text, &[]).unwrap();
    let [web, app1] = [0, 1].map(|at| &lab_of.hosts[at].login);
    assert_eq!(web.password, Some(SecretSource::File("web.txt".into())));
    assert_eq!(web.sudo_password, Some(SecretSource::Prompt));
    assert_eq!(app1.password, Some(SecretSource::Env("ALL".into())));
    assert_eq!(app1.sudo_password, Some(SecretSource::Env("APP1".into())));
    for (good, bad, line) in [
        ("{ env: ALL }", "{ env: ALL, file: x }", 3),
        ("{ command: pass app }", "{}", 5),
        ("{ env: APP1 }", "{ file: a, command: b }", 8),
    ] {
        let shown = lab(&text.replace(good, bad), &[]).unwrap_err().to_string();
        assert!(
            shown.contains("a secret has exactly one source") && shown.contains(&format!("lab.yaml:{line}:")),
            "{shown}"
        );
    }
}

#[test]
fn a_setting_that_sets_nothing_is_a_mistake() {
    for (set, wanted) in [
        ("legacy_openssl=true", "did you mean `app.legacy_openssl`?"),
        ("legacy_opensl=true", "did you mean `app.legacy_openssl`?"),
        ("prot=8080", "did you mean `app.port`?"),
        ("color=red", "did you mean `colour`?"),
        ("database=x", "give it a value in `vars:` first"),
    ] {
        let shown = lab(GOOD, &[set]).unwrap_err().to_string();
        assert!(shown.contains("there is no variable `") && shown.contains(wanted), "{set}: {shown}");
    }
    assert!(lab(GOOD, &["colour=red", "app.legacy_openssl=true"]).is_ok());
}

#[test]
fn a_password_in_an_address_is_a_mistake_and_is_not_shown() {
    for line in [
        "app: { repo: 'http://bob:secret@host/x.git' }",
        "app: { repo: 'https://secret@github.com/a/b' }",
        "app: { repo: 'ssh://git:secret@host/x' }",
        "node: { source: 'https://bob:secret@mirror/node' }",
    ] {
        let shown = lab(&GOOD.replace("app: { version: main }", line), &[]).unwrap_err().to_string();
        assert!(shown.contains("cannot hold a password") && shown.contains("lab.yaml:"), "{shown}");
        assert!(!shown.contains("secret") && shown.contains("***@"), "{shown}");
    }
    let shown = lab(GOOD, &["app.repo=http://bob:secret@host/x"]).unwrap_err().to_string();
    assert!(shown.contains("cannot hold a password") && !shown.contains("secret"), "{shown}");
    assert!(lab(GOOD, &["app.repo=ssh://git@host/x"]).is_ok());
}

#[test]
fn settings_are_checked_too() {
    use crate::config::inventory::setting::SettingError;
    assert!("app.prot=1".parse::<Setting>().unwrap_err().to_string().contains("did you mean `port`?"));
    assert_eq!("app.port".parse::<Setting>().unwrap_err(), SettingError::NoValue);
    assert_eq!("app..port=1".parse::<Setting>().unwrap_err(), SettingError::BadName("app..port".into()));
}

#[test]
fn several_instances_on_a_machine_are_as_many_backends() {
    let text = GOOD.replace("groups: [app] }\n  app2", "groups: [app], vars: { app: { instances: 3 } } }\n  app2");
    let found = lab(&text, &[]).unwrap();
    let servers = |lab: &Inventory, site: usize| -> Vec<String> {
        lab.sites()[site]
            .servers
            .iter()
            .map(|s| format!("{} {} {} {}", s.name, s.host(), s.socket(), s.weight))
            .collect()
    };
    assert_eq!(
        servers(&found, 0),
        [
            "app1:3000 app1 192.168.56.11:3000 1",
            "app1:3001 app1 192.168.56.11:3001 1",
            "app1:3002 app1 192.168.56.11:3002 1",
            "app2 app2 192.168.56.12:8080 3",
        ]
    );
    let scope = found.scope(&found.hosts[1].name);
    let entry = |n: u16| serde_json::json!({"name": format!("dumbflix-{n}"), "port": n});
    assert_eq!(scope["app"]["entries"], serde_json::json!([entry(3000), entry(3001), entry(3002)]));
    let alone = found.scope(&found.hosts[2].name);
    assert_eq!(alone["app"]["entries"], serde_json::json!([{"name": "dumbflix", "port": 8080}]));
    // One of them, by its port; the only one has a port as well.
    let text = text.replace("upstream: [app1, { host: app2, weight: 3 }]", "upstream: [\"app1:3002\", \"app2:8080\"]");
    let found = lab(&text, &[]).unwrap();
    assert_eq!(servers(&found, 0), ["app1:3002 app1 192.168.56.11:3002 1", "app2 app2 192.168.56.12:8080 1"]);
    for (wrong, wanted) in [
        ("app1:3003", "no application is at `app1:3003`"),
        ("app1:3003", "app1 has `app1:3000`, `app1:3001`, `app1:3002`;"),
        ("app3:3000", "no host or group is called `app3:3000`"),
        ("app1:3002\", \"app1", "`app1:3002` is in this upstream twice"),
    ] {
        let shown = lab(&text.replace("\"app1:3002\"", &format!("\"{wrong}\"")), &[]).unwrap_err().to_string();
        assert!(shown.contains(wanted), "{wanted}: {shown}");
    }
    let shown = lab(&text, &["app.port=65534"]).unwrap_err().to_string();
    assert!(shown.contains("3 instances do not fit from port 65534 on") && shown.contains("lab.yaml:6:"), "{shown}");
}

#[test]
fn what_hands_on_to_pm2_is_no_start() {
    for (start, instead) in [
        ("pm2 serve build 3000 --spa", "`npx serve -s build`"),
        ("npm run build && pm2 serve dist", "`npx serve -s dist`"),
        ("npx pm2 serve --spa", "`npx serve -s build`"),
        ("pm2 start npm -- start", "`npm start`"),
    ] {
        let shown = lab(GOOD, &[&format!("app.start={start}")]).unwrap_err().to_string();
        assert!(shown.contains("only asks pm2") && shown.contains(instead), "{start}: {shown}");
        assert_eq!(shown.matches("only asks pm2").count(), 1, "once for all hosts: {shown}");
    }
    for start in ["npm start", "npm run build && npx serve -s build", "node pm2.js", "./pm2-like run"] {
        assert!(lab(GOOD, &[&format!("app.start={start}")]).is_ok(), "{start}");
    }
}
