//! The exercise on machines that run something else than the others of these tests.

use super::class::Class;
use super::seen::Seen;
use std::time::Instant;

const STEPS: [&str; 8] = ["update", "nginx", "node", "dumbflix", "pm2", "proxy", "hosts", "verify"];

#[test]
fn debian_13() {
    let Some(class) = Class::on_system("debian13", "debian 13") else { return };
    the_exercise(&class);
    let other = class.read("inventory.yaml").replace("system: debian 13", "system: debian 12");
    class.write("other.yaml", &other);
    let refused = class.labctl(&["up", "other.yaml"]);
    assert!(refused.code != 0 && refused.err.contains("web (debian 13)"), "what is there is not taken away: {refused}");
    let down = class.labctl(&["down"]);
    assert_eq!(down.code, 0, "{down}");
    class.assert_nothing_left();
}

/// As Ubuntu has them since 25.10: coreutils is uutils, sudo is sudo-rs. Both are Debian's packages, or the files that
/// `LABCTL_UUTILS` (the program for all names) and `LABCTL_SUDO_RS` name.
#[test]
#[ignore = "once for each release: cargo test --test lab uutils -- --ignored --nocapture"]
fn uutils_and_sudo_rs() {
    let Some(class) = Class::on_system("uutils", "debian 13") else { return };
    let reset = class.labctl(&["reset"]);
    assert_eq!(reset.code, 0, "{reset}");
    let given = ["LABCTL_UUTILS", "LABCTL_SUDO_RS"].map(std::env::var_os);
    std::thread::scope(|scope| {
        for host in ["web", "app1", "app2"] {
            let (class, given) = (&class, &given);
            scope.spawn(move || {
                let root = format!("/proc/{}/root/usr/bin", class.init_of(host));
                for (file, name) in given.iter().zip(["coreutils", "sudo-rs"]) {
                    let Some(file) = file else { continue };
                    std::fs::copy(file, format!("{root}/{name}")).unwrap();
                }
                class.root(host, include_str!("systems/other_tools.sh"));
                let versions = class.on(host, "cp --version; mv --version; date --version; sudo -V 2>&1");
                assert!(!versions.contains("GNU") && versions.contains("sudo-rs"), "{host}: {versions}");
            });
        }
    });
    the_exercise(&class);
    super::exercise::everything(&class);
}

/// Everything once, everything again without a change, each step alone, doctor, and a drill.
fn the_exercise(class: &Class) {
    let first = timed(class, &["up"]);
    assert_eq!(first.code, 0, "{first}");
    let said = ". /etc/os-release; echo \"$PRETTY_NAME\"; apt-get --version | head -n 1; cp --version | head -n 1; sudo -V 2>&1 | head -n 1";
    eprintln!("{}", class.on("web", said));
    let before = class.fingerprint();
    let second = timed(class, &["up"]);
    assert!(second.code == 0 && second.out.contains("changed 0"), "{second}");
    for step in STEPS {
        let again = timed(class, &["step", step]);
        assert!(again.code == 0 && again.out.contains("changed 0"), "{step}: {again}");
    }
    let after = class.fingerprint();
    let moved: Vec<_> = before.symmetric_difference(&after).collect();
    assert!(moved.is_empty(), "something moved: {moved:#?}");
    let check = timed(class, &["check"]);
    assert_eq!(check.code, 0, "{check}");
    let doctor = timed(class, &["doctor"]);
    assert!(doctor.code == 0 && doctor.out.contains("nothing is wrong"), "{doctor}");
    let drill = timed(class, &["drill", "--mode", "stop", "--seconds", "6"]);
    assert_eq!(drill.code, 0, "{drill}");
    let end = timed(class, &["check"]);
    assert_eq!(end.code, 0, "{end}");
}

fn timed(class: &Class, words: &[&str]) -> Seen {
    let began = Instant::now();
    let seen = class.labctl(words);
    eprintln!("{}: {:.1} s", words.join(" "), began.elapsed().as_secs_f64());
    seen
}
