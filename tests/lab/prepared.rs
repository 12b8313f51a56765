//! What machines hold after the exercise's packages have been installed, by labctl itself, and nothing else: made once, and kept
//! on this computer for the tests that come after.

use super::class::Class;
use labctl::internals::machines::Sandbox;
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

const KEPT: &str = "/var/lib/labctl/prepared-for-tests";
/// What one machine has of its own, or of its lab.
const OWN: &str = "etc/hostname etc/machine-id etc/hosts etc/resolv.conf etc/environment etc/sudoers.d/controller \
                   etc/ssh/ssh_host_ed25519_key etc/ssh/ssh_host_ed25519_key.pub etc/apt/apt.conf.d/80controller \
                   etc/systemd/network/10-labctl.network etc/systemd/system.conf.d/controller.conf var/lib/labctl \
                   home/student/.ssh/authorized_keys home/student/.npm root/.npm var/log/journal/*";
const TOOLS: &str = "hosts: app\ntasks:\n  - npm_global: { package: pm2, version: \"{{ pm2.version }}\" }\n";

/// The folder with a root for each role: `web` and `app`.
pub fn ensure() -> PathBuf {
    fs::create_dir_all(KEPT).unwrap();
    let lock = fs::File::create(Path::new(KEPT).join("lock")).unwrap();
    lock.lock().unwrap();
    let folder = Path::new(KEPT).join(format!("{:016x}", recipe()));
    if !folder.exists() {
        // What was kept at another time goes, unless machines of other tests stand on it.
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        for old in fs::read_dir(KEPT).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
            if !mounts.contains(&format!("lowerdir={}", old.display())) {
                fs::remove_dir_all(old).unwrap();
            }
        }
        let half = Path::new(KEPT).join("half");
        make(&half);
        fs::rename(half, &folder).unwrap();
    }
    folder
}

/// Makes machines of a lab that hold the packages already: what is called `web` those of a web server, all others those of an
/// application's.
pub fn make_machines(lab: &str, hosts: &[&str]) {
    let prepared = ensure();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (web, app): (Vec<&str>, Vec<&str>) = hosts.iter().partition(|name| **name == "web");
    for (role, hosts) in [("web", web), ("app", app)] {
        let hosts: Vec<_> = hosts.iter().map(|name| name.parse().unwrap()).collect();
        let sandbox = Sandbox::new(lab.parse().unwrap()).on_base(prepared.join(role));
        runtime.block_on(sandbox.ensure(&hosts, &mut |_| {})).unwrap();
    }
}

/// What it is made of: the steps, and the values that they have by default.
fn recipe() -> u64 {
    let mut hash = DefaultHasher::new();
    for file in ["playbooks/update.yaml", "playbooks/nginx.yaml", "playbooks/node.yaml", "inventory/sandbox.yaml"] {
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap().hash(&mut hash);
    }
    (OWN, TOOLS, include_str!("../../src/infra/machines/sandbox/finish.sh")).hash(&mut hash);
    hash.finish()
}

fn make(half: &Path) {
    let class = Class::beside("prepared").expect("whoever asks for machines can have them");
    class.write("playbooks/tools.yaml", TOOLS);
    let inventory = class.read("inventory.yaml").replace("  app2: { groups: [app] }\n", "").replace(", app2]", "]");
    class.write("inventory.yaml", &inventory);
    class.make_machines();
    let steps = class.labctl(&["step", "update", "nginx", "node", "tools"]);
    assert_eq!(steps.code, 0, "{steps}");
    for (host, role) in [("web", "web"), ("app1", "app")] {
        class.root(host, "apt-get clean");
        class.power_off(host);
        let root = format!("/var/lib/labctl/sandbox/{}/machines/{host}/root", class.lab());
        let to = half.join(role);
        fs::create_dir_all(half).unwrap();
        let script = format!("cp -a --one-file-system {root} {0} && cd {0} && rm -rf {OWN}", to.display());
        assert!(Command::new("sh").args(["-euc", &script]).status().unwrap().success(), "{script}");
        assert!(to.join("usr/lib/os-release").exists(), "{} is no root", to.display());
    }
}
