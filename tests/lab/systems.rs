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

/// Everything once, everything again without a change, each step alone, doctor, and a drill.
fn the_exercise(class: &Class) {
    let first = timed(class, &["up"]);
    assert_eq!(first.code, 0, "{first}");
    for host in ["web", "app1", "app2"] {
        eprintln!("{host}: {}", class.on(host, ". /etc/os-release; echo \"$PRETTY_NAME\"; cp --version; sudo -V"));
    }
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
