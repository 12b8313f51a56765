use super::*;
use crate::config::payload::Nothing;
use crate::config::playbook;
use crate::languages::ENGLISH;
use crate::model::problem::Source;
use std::path::Path;

fn lab() -> Inventory {
    let text = include_str!("../../../inventory/lab.yaml");
    crate::config::inventory::parse(&Source::new("lab.yaml", text), Path::new("lab.yaml"), &[]).unwrap()
}

fn page(name: &str, language: &Language) -> String {
    page_of(&lab(), name, language)
}

fn page_of(lab: &Inventory, name: &str, language: &Language) -> String {
    let library = Library::shipped();
    if let Some(topic) = topic(name, lab, &library, language).unwrap() {
        return topic;
    }
    let playbook = playbook::read(&name.parse().unwrap(), &library).unwrap();
    let plan = Plan::new(lab, |_| true, std::slice::from_ref(&playbook), &library, &Nothing).unwrap();
    step(&playbook, &typed(&plan, &playbook, lab, "/etc/hosts"), lab, &library, language).unwrap()
}

fn names() -> Vec<String> {
    let steps = playbook::order(&Library::shipped()).unwrap();
    TOPICS.iter().map(ToString::to_string).chain(steps.iter().map(ToString::to_string)).collect()
}

/// The blocks of code in a page, fences included.
fn blocks(page: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        if line.starts_with("```") {
            inside = !inside;
            if inside {
                blocks.push(String::new());
            }
        }
        if inside {
            let block = blocks.last_mut().unwrap();
            block.push_str(line);
            block.push('\n');
        }
    }
    assert!(!inside, "an open block:\n{page}");
    blocks
}

fn indonesian() -> &'static Language {
    Language::of_code("id").unwrap()
}

#[test]
fn every_language_has_the_same_sections_and_the_same_code() {
    for (name, other) in names().iter().flat_map(|name| ALL[1..].iter().map(move |other| (name, *other))) {
        let (english, translated) = (page(name, ENGLISH), page(name, other));
        assert_eq!(blocks(&english), blocks(&translated), "{name}");
        assert!(!blocks(&english).is_empty(), "{name}");
        let sections =
            |page: &str| page.lines().filter(|l| l.starts_with("## ")).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(sections(&english).len(), sections(&translated).len(), "{name}");
        assert!(TOPICS.contains(&name.as_str()) || sections(&english)[0] == "## Goal", "{english}");
        let points = |page: &str| page.lines().filter(|l| l.starts_with("* ") || l.starts_with('|')).count();
        assert_eq!(points(&english), points(&translated), "{name}");
        assert_ne!(summary(&english), summary(&translated));
        for page in [english, translated] {
            assert!(!page.contains("{{") && !page.contains("{%"), "{page}");
            let (title, sentence) = summary(&page);
            assert!(!title.is_empty() && sentence.ends_with('.'), "{name}: {title}: {sentence}");
        }
    }
}

#[test]
fn the_commands_are_those_of_the_course() {
    let all: String = names().iter().map(|name| page(name, indonesian())).collect();
    for command in [
        "sudo apt update && sudo apt upgrade -y",
        "sudo apt install -y nginx curl",
        "sudo systemctl enable --now nginx",
        "curl -fLO https://nodejs.org/dist/v14.21.3/node-v14.21.3-linux-$ARCH.tar.gz",
        "git clone -b master https://github.com/dumbwaysdev/dumbflix-frontend ~/dumbflix-frontend",
        "cd ~/dumbflix-frontend && npm ci",
        "npm install -g --prefix /opt/pm2-5.4.3 pm2@5.4.3",
        "pm2 start ~/.labctl/dumbflix.config.js",
        "sudo mkdir -p /etc/nginx/dumbways",
        "proxy_pass http://dumbflix_budi_studentdumbways_my_id;",
        "sudo nginx -t && sudo systemctl reload nginx",
        "192.168.56.10 dumbflix.budi.studentdumbways.my.id",
        r"Add-Content C:\Windows\System32\drivers\etc\hosts -Value '192.168.56.10 dumbflix",
    ] {
        assert!(all.contains(command), "{command}");
    }
}

#[test]
fn every_module_says_what_to_type() {
    let text = r#"
hosts: web
tasks:
  - update: { upgrade: 'false' }
  - file: { path: /etc/motd, content: "hi\n", mode: '600' }
  - folder: { path: /srv/x }
  - line: { path: /etc/x, line: a b }
  - block: { path: /etc/x, name: b, text: "c\n" }
  - user: { name: deploy, groups: [adm] }
  - command: { run: "touch {{ lab }}" }
  - http: { url: 'http://127.0.0.1/' }
  - service: { name: x, running: false, enabled: false }
  - node: { version: '', source: distribution }
"#;
    let playbook = playbook::read_text(&"own".parse().unwrap(), &Source::new("own.yaml", text)).unwrap();
    let (lab, library) = (lab(), Library::shipped());
    let plan = Plan::new(&lab, |_| true, std::slice::from_ref(&playbook), &library, &Nothing).unwrap();
    let typed = typed(&plan, &playbook, &lab, "/etc/hosts");
    let commands: Vec<&str> = typed.iter().map(|typed| typed.by_hand.command.as_str()).collect();
    assert_eq!(
        commands,
        [
            "sudo apt update",
            "sudo tee /etc/motd > /dev/null <<'EOF'\nhi\nEOF\nsudo chmod 600 /etc/motd",
            "sudo mkdir -p /srv/x && sudo chmod 755 /srv/x && sudo chown root /srv/x",
            "grep -qxF -e 'a b' /etc/x || echo 'a b' | sudo tee -a /etc/x > /dev/null",
            "sudo tee -a /etc/x > /dev/null <<'EOF'\n# BEGIN labctl b\nc\n# END labctl b\nEOF",
            "id deploy || sudo useradd --create-home --shell /bin/bash deploy\nsudo usermod --append --groups adm deploy",
            r"sudo sh -c 'touch '\''dumbflix'\'''",
            "curl -i http://127.0.0.1/",
            "sudo systemctl disable --now x",
            "sudo apt install -y --no-install-recommends nodejs npm",
        ]
    );
    let page = step(&playbook, &typed, &lab, &library, indonesian()).unwrap();
    assert!(page.starts_with("# own\n") && page.contains("Di **web** (192.168.56.10): "), "{page}");
}

#[test]
fn a_page_is_true_for_the_layout() {
    let layout = |hosts: &str, instances: u8| {
        let text = format!(
            "lab: t\nhosts: {{ {hosts} }}\nvars: {{ app: {{ name: demo, instances: {instances} }}, sites: [{{ domain: a.b, upstream: app }}] }}\n"
        );
        crate::config::inventory::parse(&Source::new("t.yaml", &text), Path::new("t.yaml"), &[]).unwrap()
    };
    let apart = "web: { address: 10.0.0.1, groups: [web] }, app1: { address: 10.0.0.2, groups: [app] }";
    let beside = "one: { address: 10.0.0.1, groups: [web, app] }, two: { address: 10.0.0.2, groups: [app] }";
    let alone = "one: { address: 10.0.0.1, groups: [web, app] }";
    for (hosts, instances, name, wanted, unwanted) in [
        (apart, 1, "hosts", "never that of an application server", "as well"),
        (beside, 1, "hosts", "that of another application server", "never that of an application server"),
        (alone, 1, "hosts", "where the application runs as well", "application server."),
        (apart, 1, "nginx", "You installed it on an application server", "every application server"),
        (beside, 1, "nginx", "on every application server", "You installed it on an application server"),
        (alone, 1, "node", "npm -v", "on the web server only"),
        (apart, 1, "verify", "there is one server", "the real proof"),
        (beside, 1, "verify", "On **one**:\n\n```sh\npm2 stop demo\n", "there is one server"),
        (alone, 3, "verify", "each of\n3 servers", "there is one server"),
        (alone, 3, "verify", "pm2 start demo-3000\n", "pm2 start demo\n"),
        (alone, 3, "pm2", "must show `demo-3000`, `demo-3001`, `demo-3002` exactly once each", "`demo`"),
        (alone, 3, "pm2", "curl -I http://localhost:3002/\n", "listens on port"),
        (alone, 3, "pm2", "pm2 delete demo-3000 demo-3001 demo-3002\npm2 save", "pm2 delete demo\n"),
        (alone, 1, "pm2", "must show `demo` exactly once, `online`", "each,"),
    ] {
        let page = page_of(&layout(hosts, instances), name, ENGLISH);
        assert!(page.contains(wanted), "{hosts} {instances} {name}: {wanted} is not in\n{page}");
        assert!(!page.contains(unwanted), "{hosts} {instances} {name}: {unwanted} is in\n{page}");
        let other = page_of(&layout(hosts, instances), name, indonesian());
        assert_eq!(blocks(&page).len(), blocks(&other).len(), "{other}");
    }
}

#[test]
fn every_site_is_asked_by_its_own_name() {
    let page = page("verify", ENGLISH);
    let lab = lab();
    for site in &lab.sites() {
        assert!(page.contains(&format!("-D - 'http://{}/#[1-200]' |", site.domain)), "{page}");
    }
}

#[test]
fn a_page_is_whole_html_and_code_stays_code() {
    let page = html(&[page("proxy", indonesian())], "dumbflix", indonesian());
    assert!(page.starts_with("<!doctype html>\n<html lang=\"id\">") && page.ends_with("</html>\n"));
    assert!(
        page.contains("<title>Reverse proxy dan load balancer</title>") && page.contains("&lt;&lt;'EOF'"),
        "{page}"
    );
    assert!(!page.contains("<script") && !page.contains("src=") && !page.contains("```"));
}

#[test]
fn a_terminal_sees_no_marks_and_code_can_be_copied() {
    let text = plain("# Title\n\n**On** it: `x`.\n\n```sh\n# a comment `y`\ncat <<'EOF'\n```\n");
    assert_eq!(text, "Title\n\nOn it: x.\n\n# a comment `y`\ncat <<'EOF'\n");
}
