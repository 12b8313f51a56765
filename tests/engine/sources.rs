//! Where packages come from: real apt, with sources in folders of its own, none of them on the network.

use super::host::Engine;
use super::skip::skip;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

struct Apt(Engine);

impl Apt {
    /// With an archive of the distribution that is good.
    fn new() -> Option<Self> {
        let apt = Self(Engine::new("dash")?);
        if Command::new("apt-get").arg("--version").output().is_err() {
            skip("there is no apt here");
            return None;
        }
        for folder in ["etc/apt.conf.d", "etc/preferences.d", "lists/partial", "cache/archives/partial", "bin"] {
            fs::create_dir_all(apt.0.root.path().join("apt").join(folder)).unwrap();
        }
        // `_apt` is to read it.
        fs::set_permissions(apt.0.root.path(), fs::Permissions::from_mode(0o755)).unwrap();
        apt.archive("debian", "bookworm");
        apt.write("etc/sources.list", &format!("{}\n", apt.good()));
        apt.write(
            "conf",
            "Dir::Etc \"ROOT/apt/etc\";\nDir::State::lists \"ROOT/apt/lists\";\nDir::Cache \"ROOT/apt/cache\";\n\
             APT::Architecture \"amd64\";\nAPT::Sandbox::User \"root\";\nAcquire::Retries \"0\";\nAcquire::Languages \"none\";\n",
        );
        apt.write("bin/apt-get", "#!/bin/sh\nAPT_CONFIG=ROOT/apt/conf exec /usr/bin/apt-get \"$@\"\n");
        apt.write("bin/apt-config", "#!/bin/sh\nAPT_CONFIG=ROOT/apt/conf exec /usr/bin/apt-config \"$@\"\n");
        Some(apt)
    }

    fn good(&self) -> String {
        format!("deb [trusted=yes] file:{}/apt/debian bookworm main", self.0.root.path().display())
    }

    fn write(&self, path: &str, text: &str) {
        let (root, path) = (self.0.root.path().display().to_string(), self.0.root.path().join("apt").join(path));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text.replace("ROOT", &root)).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// An archive without packages, and without a signature.
    fn archive(&self, name: &str, suite: &str) {
        self.write(&format!("{name}/dists/{suite}/main/binary-amd64/Packages"), "");
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        self.write(
            &format!("{name}/dists/{suite}/Release"),
            &format!(
                "Origin: Test\nSuite: {suite}\nCodename: {suite}\nArchitectures: amd64\nComponents: main\n\
                 Date: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n {empty} 0 main/binary-amd64/Packages\n"
            ),
        );
    }

    /// One run of `update`, without an upgrade.
    fn run(&self) -> String {
        let (next, root) = (Engine::new(self.0.shell).unwrap(), self.0.root.path().display().to_string());
        let script = next
            .book("  - update: { upgrade: false }\n", 60)
            .replace(&next.path("state"), &self.0.path("state"))
            .replace("/etc/apt/", &format!("{root}/apt/etc/"))
            .replace(". /etc/os-release", "ID=debian VERSION_CODENAME=bookworm VERSION_ID=12")
            .replacen("PATH='", &format!("PATH='{root}/apt/bin:"), 1)
            .replace("sleep \"$((pause", ": \"$((pause");
        next.said(next.begin(&script))
    }
}

#[test]
fn a_source_that_the_lab_does_not_need_is_named_and_passed_over() {
    let Some(apt) = Apt::new() else { return };
    assert!(apt.run().contains("@k changed 0"));
    apt.archive("unsigned", "stable");
    for (kind, source) in [
        ("dead", "deb [trusted=yes] file:ROOT/apt/gone/repo bookworm main"),
        ("a disc", "deb cdrom:[Debian GNU/Linux 12.5.0 _Bookworm_ - Official]/ bookworm main"),
        ("unsigned", "deb file:ROOT/apt/unsigned stable main"),
        ("unresolvable", "deb http://packages.nosuch.invalid/ubuntu/dists bookworm stable"),
        ("of another Ubuntu", "deb http://ppa.launchpad.nosuch.invalid/budi/ppa/ubuntu bookworm main"),
        ("deb822", "Types: deb\nURIs: file:ROOT/apt/gone\nSuites: stable\nComponents: main\nSigned-By: /nowhere.gpg\n"),
    ] {
        let file = if kind == "deb822" { "other.sources" } else { "other.list" };
        apt.write(&format!("etc/sources.list.d/{file}"), &format!("# {kind}\n{source}\n"));
        let place = format!("sources.list.d/{file}:{}: ", if kind == "deb822" { 3 } else { 2 });
        let text = apt.run();
        assert!(text.contains("@k changed 0"), "{kind}: {text}");
        // The next look says the same.
        for text in [text, apt.run()] {
            let noted = text
                .lines()
                .any(|line| line.starts_with("@k note 0 ") && line.contains("passed over") && line.contains(&place));
            assert!(noted && !text.contains("@k failed"), "{kind}: {place}: {text}");
        }
        fs::remove_file(apt.0.root.path().join("apt/etc/sources.list.d").join(file)).unwrap();
        let text = apt.run();
        assert!(text.contains("@k changed 0") && !text.contains("passed over"), "{kind}: {text}");
    }
}

/// As a proxy does that takes every connection and gets nowhere with it.
#[test]
fn a_server_that_says_nothing_is_not_waited_for_again_and_again() {
    let Some(apt) = Apt::new() else { return };
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = mute.local_addr().unwrap();
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = taken.clone();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for connection in mute.incoming() {
            counted.fetch_add(1, Ordering::Relaxed);
            held.push(connection);
        }
    });
    let impatient =
        "Acquire::Retries \"3\";\nAcquire::http::Timeout \"1\";\nAcquire::http::Proxy::127.0.0.1 \"DIRECT\";\n";
    apt.write("etc/apt.conf.d/impatient", impatient);
    apt.write("etc/sources.list.d/other.list", &format!("deb http://{address}/tool stable main\n"));
    let text = apt.run();
    assert!(text.contains("@k changed 0") && text.contains("passed over"), "{text}");
    let taken = taken.load(Ordering::Relaxed);
    // Apt's client of HTTP itself connects twice for each try.
    assert!((1..=4).contains(&taken), "{taken} connections: {text}");
}

#[test]
fn a_source_of_the_distribution_is_named_and_stops_every_run() {
    let Some(apt) = Apt::new() else { return };
    let good = apt.good();
    for (kind, sources) in [
        ("its updates are gone", format!("{good}\ndeb [trusted=yes] file:ROOT/apt/debian bookworm-updates main\n")),
        ("its mirror has no such name", format!("{good}\ndeb http://mirror.nosuch.invalid/debian/ bookworm main\n")),
        ("only a disc is left", "# none\ndeb cdrom:[Debian GNU/Linux 12.5.0]/ bookworm main\n".to_owned()),
    ] {
        apt.write("etc/sources.list", &sources);
        for run in ["first", "second"] {
            let text = apt.run();
            let named = text.contains("this source of packages fails; correct or remove it, and run again: ");
            assert!(
                text.contains("@k failed 0") && named && text.contains("etc/sources.list:2: "),
                "{kind}, {run}: {text}"
            );
        }
        apt.write("etc/sources.list", &format!("{good}\n"));
        let text = apt.run();
        assert!(text.contains("@k changed 0") && !text.contains("fails"), "{kind}: {text}");
        assert!(apt.run().contains("@k ok 0"), "{kind}");
    }
}
