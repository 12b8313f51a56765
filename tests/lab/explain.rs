//! explain = execute: what `labctl explain` says is typed into fresh machines, in order, and then labctl finds nothing
//! to do. So a student who follows the hand-out ends up exactly where `labctl up` would have.

use super::class::Class;
use super::seen::Seen;
use super::web::{Mirror, http};
use std::process::Command;
use std::time::Instant;

#[test]
fn what_is_explained_is_what_labctl_does() {
    let Some(class) = Class::prepared("explain") else { return };
    let reset = class.labctl(&["reset"]);
    assert_eq!(reset.code, 0, "fresh machines: {reset}");
    assert!(
        reset.err.contains("powering off") && reset.err.contains("to start fresh"),
        "it says what takes so long: {reset}"
    );
    let before = class.labctl(&["check"]);
    assert_eq!(before.code, 3, "there is something to do: {before}");

    let said = class.labctl(&["explain", "--format", "json"]);
    assert_eq!(said.code, 0, "{said}");
    let all: Vec<[String; 3]> = said.out.lines().map(line).collect();
    assert!(all.len() > 20, "{said}");
    // What stands next to each other for several machines is typed into all of them at once.
    let mut at = 0;
    while at < all.len() {
        let together = all[at..].iter().take_while(|l| l[0] == all[at][0] && l[2] == all[at][2]).count();
        let began = Instant::now();
        std::thread::scope(|scope| {
            for [_, host, command] in &all[at..at + together] {
                scope.spawn(|| typed(&class, host, command));
            }
        });
        let hosts: Vec<&str> = all[at..at + together].iter().map(|l| l[1].as_str()).collect();
        let first = all[at][2].lines().next().unwrap();
        eprintln!("{:5.1} s  {:<9} {}: {first}", began.elapsed().as_secs_f64(), all[at][0], hosts.join(","));
        at += together;
    }
    let answer = http(class.address("web"), "demo.lab.test", "/").unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");

    let check = class.labctl(&["check", "-v"]);
    assert_eq!(check.code, 0, "nothing is to be done: {check}");
    let up = class.labctl(&["up"]);
    assert!(up.code == 0 && up.out.contains("changed 0"), "{up}");

    let began = Instant::now();
    what_was_typed_is_looked_at_and_not_believed(&class);
    eprintln!("{:5.1} s  it is not just believed", began.elapsed().as_secs_f64());
    let began = Instant::now();
    a_snapshot_brings_back_what_was_there(&class);
    eprintln!("{:5.1} s  a snapshot", began.elapsed().as_secs_f64());
    let began = Instant::now();
    another_node_is_typed_too(&class);
    eprintln!("{:5.1} s  another Node.js", began.elapsed().as_secs_f64());
    assert_eq!(class.labctl(&["down"]).code, 0);
}

/// What a check accepts without labctl's marks, it accepts only as long as it is true.
fn what_was_typed_is_looked_at_and_not_believed(class: &Class) {
    let wrong = |host: &str, line: &str, task: &str| {
        class.on(host, line);
        let check = class.labctl(&["check", "-v"]);
        let found = check.out.lines().any(|l| l.contains("changed") && l.contains(task));
        assert!(check.code == 3 && found, "{line}: {check}");
    };
    wrong("app1", "sed -i 's/1.0.3/1.0.2/' ~/demo/node_modules/escape-html/package.json", "install its packages");
    class.on("app1", "sed -i 's/1.0.2/1.0.3/' ~/demo/node_modules/escape-html/package.json");
    assert_eq!(class.labctl(&["check"]).code, 0);
    wrong(
        "app2",
        "pm2 -s delete demo && cd / && PORT=3000 pm2 -s start ~/demo/src/index.js --name demo && pm2 -s save",
        "run the application",
    );
    wrong("web", "sudo touch -d '2 days ago' /var/lib/apt/lists/partial", "apt update and upgrade");
    let up = class.labctl(&["up"]);
    assert_eq!(up.code, 0, "{up}");
}

fn a_snapshot_brings_back_what_was_there(class: &Class) {
    // What was typed is believed by when it was typed, which a copy changes; what labctl installed says so itself.
    class.on("app2", "rm -rf ~/demo/node_modules");
    assert_eq!(class.labctl(&["up"]).code, 0);
    let kept = class.labctl(&["snapshot", "before-exam", "app2"]);
    assert!(kept.code == 0 && kept.out.contains("app2 kept as `before-exam`"), "{kept}");
    assert!(kept.err.contains("labctl reset --to before-exam"), "{kept}");
    // The machine has been off. pm2 does not bear to be typed while its unit begins: then there are two daemons, and it waits for ever.
    let serves = "for n in $(seq 300); do curl -s -o /dev/null 127.0.0.1:3000 && break; sleep 0.2; done";
    class.on("app2", serves);
    class.on("app2", "pm2 -s delete demo && pm2 -s save --force && rm -rf ~/demo");
    for (words, why) in [
        (["reset", "app2", "--to", "after-exam"], "app2 has no snapshot `after-exam`"),
        (["reset", "app9", "--to", "before-exam"], "there is no host `app9`"),
    ] {
        let refused = class.labctl(&words);
        assert!(refused.code != 0 && refused.err.contains(why), "{refused}");
    }
    let reset = class.labctl(&["reset", "app2", "--to", "before-exam"]);
    assert!(reset.code == 0 && reset.out.contains("app2 reset to `before-exam`"), "{reset}");
    class.on("app2", serves);
    let up = class.labctl(&["up"]);
    assert!(up.code == 0 && up.out.contains("changed 0"), "{up}");
}

/// From a folder on this computer, and from a mirror (as from nodejs.org).
fn another_node_is_typed_too(class: &Class) {
    node_archive(class);
    let mirror = Mirror::begin(class.gateway(), class.path("node"));
    for source in ["node".to_owned(), mirror.url()] {
        let source = format!("node.source={source}");
        let set = ["--set", &source, "--set", "node.version=14.21.3"];
        let said = class.labctl(&[&["explain", "node", "--format", "json"], &set[..]].concat());
        assert_eq!(said.code, 0, "{said}");
        class.on("app1", "sudo rm -rf /opt/node");
        let commands = said.out.lines().map(line).filter(|[_, host, _]| host == "controller" || host == "app1");
        for [_, host, command] in commands.filter(|[_, _, command]| !command.contains(class.address("app2"))) {
            typed(class, &host, &command);
        }
        assert_eq!(class.on("app1", "node -v").trim(), "v14.21.3");
        let check = class.labctl(&[&["check", "-v", "--limit", "app1"], &set[..]].concat());
        let task = |name: &str| {
            check.out.lines().find(|l| l.contains(name) && l.starts_with("      ")).unwrap().trim().to_owned()
        };
        assert!(task("install Node.js").starts_with("ok "), "{check}");
        // The packages were made for another Node.js, and the application runs with it.
        assert!(task("install its packages").starts_with("changed "), "{check}");
    }
}

/// A folder as nodejs.org has it. What it holds only has to say its version.
fn node_archive(class: &Class) {
    let name = "node-v14.21.3-linux-x64";
    for program in ["node", "npm", "npx"] {
        class.write(&format!("{name}/bin/{program}"), "#!/bin/sh\necho v14.21.3\n");
    }
    class.write("node/v14.21.3/SHASUMS256.txt", "");
    let pack = format!(
        "chmod 755 {name}/bin/* && tar -czf node/v14.21.3/{name}.tar.gz {name} && \
         cd node/v14.21.3 && sha256sum {name}.tar.gz > SHASUMS256.txt"
    );
    let packed = Command::new("sh").args(["-c", &pack]).current_dir(class.path(".")).status().unwrap();
    assert!(packed.success());
}

fn line(text: &str) -> [String; 3] {
    let value: serde_json::Value = serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"));
    ["step", "host", "command"].map(|key| value[key].as_str().unwrap().to_owned())
}

/// A command, as a person types it: into a shell on the machine, or into one on this computer.
fn typed(class: &Class, host: &str, command: &str) {
    // `set -e` is the person who looks at what the last command said before typing the next one.
    let text = format!("set -e\n{command}\n");
    let seen = if host == "controller" {
        // This computer may have no sudo; the hosts file is the lab's own anyway.
        let text = text.replace("sudo tee", "tee");
        // Only labctl reads that hosts file, so what it says is told to curl.
        let text = text.replace("curl -s ", &format!("curl -sf --connect-to ::{}: ", class.address("web")));
        Seen::of(Command::new("bash").args(["-c", &text]).current_dir(class.path(".")).output().unwrap())
    } else {
        class.ssh(host, "bash -l", &text)
    };
    assert_eq!(seen.code, 0, "{host}: {command}\n{seen}");
}
