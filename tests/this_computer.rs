//! `labctl doctor` where there is no inventory: it looks at the computer that it runs on.
#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// labctl in a folder that is the home of somebody, too, with a hosts file in it.
fn labctl(folder: &Path, args: &[&str]) -> Output {
    let mut labctl = Command::new(env!("CARGO_BIN_EXE_labctl"));
    labctl.args(args).current_dir(folder).env("HOME", folder).env("LABCTL_HOSTS_FILE", folder.join("hosts"));
    for name in ["LABCTL_INVENTORY", "LABCTL_FORMAT", "SSH_AUTH_SOCK", "LC_ALL", "LC_MESSAGES", "LANG"] {
        labctl.env_remove(name);
    }
    labctl.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A home with a hosts file and, in `.ssh`, a private key that others may read.
fn home(hosts: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("hosts"), hosts).unwrap();
    fs::create_dir(folder.path().join(".ssh")).unwrap();
    let key = folder.path().join(".ssh/id_rsa");
    fs::write(&key, "-----BEGIN OPENSSH PRIVATE KEY-----\n").unwrap();
    #[cfg(unix)]
    fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    folder
}

/// The parts of this computer, as programs read them: what each is about, and how it is.
fn parts(folder: &Path, args: &[&str]) -> (i32, Vec<Value>) {
    let seen = labctl(folder, &[args, &["--format", "json"]].concat());
    let parts = text(&seen.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (seen.status.code().unwrap(), parts)
}

fn part<'a>(parts: &'a [Value], about: &str) -> &'a Value {
    parts.iter().find(|part| part["about"] == about).unwrap_or_else(|| panic!("nothing about {about}: {parts:#?}"))
}

#[test]
fn without_an_inventory_doctor_looks_at_this_computer() {
    let home = home("127.0.0.1 localhost\n");
    let (code, parts) = parts(home.path(), &["doctor"]);
    assert_eq!(code, 0, "what is only wrong prevents no lab: {parts:#?}");
    let about = ["system", "ssh", "agent", "keys", "git", "hosts-file", "names", "sandbox", "machines"];
    about.iter().for_each(|about| assert!(part(&parts, about)["sentence"].as_str().unwrap().len() > 3));
    let system = part(&parts, "system")["sentence"].as_str().unwrap();
    assert!(system.contains(std::env::consts::ARCH), "{system}");
    // Tests are run from a checkout, mostly; whoever has no git is told so.
    let git = Command::new("git").arg("--version").output().map(|seen| text(&seen.stdout));
    let sentence = part(&parts, "git")["sentence"].as_str().unwrap();
    assert!(git.map_or(sentence.contains("no git"), |git| sentence.contains(git.trim())), "{sentence}");
    #[cfg(unix)]
    {
        let key = part(&parts, "keys");
        assert_eq!(key["state"], "wrong", "{key}");
        let file = home.path().join(".ssh/id_rsa").display().to_string();
        assert_eq!(key["next"][0]["command"].as_str().unwrap(), format!("chmod 600 {file}"));
        assert!(Command::new("sh").args(["-c", &format!("chmod 600 {file}")]).status().unwrap().success());
        let (_, parts) = self::parts(home.path(), &["doctor"]);
        assert_eq!(part(&parts, "keys")["state"], "well", "{parts:#?}");
    }
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 2, "nothing is made");
}

#[test]
fn people_read_it_in_their_language_with_the_way_to_a_lab() {
    let home = home("127.0.0.1 localhost\n");
    let english = text(&labctl(home.path(), &["doctor", "--lang", "en"]).stdout);
    assert!(english.starts_with("this computer: nothing prevents a lab"), "{english}");
    let ways = english.split("\n  next:\n").nth(1).unwrap_or_default();
    assert!(ways.contains("labctl init"), "{english}");
    let own = text(&labctl(home.path(), &["doctor", "--lang", "id"]).stdout);
    assert!(own.starts_with("komputer ini: tidak ada yang menghalangi sebuah lab"), "{own}");
    assert_eq!(own.lines().count(), english.lines().count(), "{own}\n{english}");
    let quiet = text(&labctl(home.path(), &["doctor", "-q", "--lang", "en"]).stdout);
    assert!(!quiet.contains("  ok  ") && !quiet.contains("next:"), "{quiet}");
}

#[test]
fn what_prevents_any_lab_is_told_and_no_way_is_shown() {
    let home = home("127.0.0.1 localhost\n# BEGIN labctl nobody\n127.0.0.1 x.test\n");
    let (code, parts) = parts(home.path(), &["doctor"]);
    assert_eq!((code, part(&parts, "hosts-file")["state"].as_str()), (3, Some("prevents")), "{parts:#?}");
    let seen = labctl(home.path(), &["doctor", "--lang", "en"]);
    let told = text(&seen.stdout);
    assert!(told.starts_with("this computer: 1 thing prevents any lab") && !told.contains("labctl init"), "{told}");
}

#[test]
fn whatever_is_about_a_lab_still_wants_an_inventory() {
    let home = home("127.0.0.1 localhost\n");
    for args in [
        &["plan"][..],
        &["up"],
        &["status"],
        &["doctor", "--limit", "web"],
        &["doctor", "--set", "app.port=1"],
        &["doctor", "none.yaml"],
    ] {
        let seen = labctl(home.path(), args);
        let told = text(&seen.stderr);
        assert_eq!(seen.status.code(), Some(2), "{args:?}: {told}");
        assert!(told.contains("labctl init"), "{args:?}: {told}");
        assert_eq!(told.contains("labctl doctor"), args.last() != Some(&"none.yaml"), "{args:?}: {told}");
    }
}
