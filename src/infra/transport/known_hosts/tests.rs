use super::*;
use proptest::prelude::*;
use std::fs;

const A: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB9dG4kjRhQTtWTVzd2t27+t0DEHBPW7iOD23TUiYLio";
const B: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
const RSA: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDAu7tvIvX6ZHrRXuZNfkR3XLHSsuCK9Zn3X58lxBcQzuo5xZgB6vRwwm/QtJuF+zZPtY5hsQILBLmF+BZ5WpKZp1jBeSjH2G7lxet9kbcH+kIVj0tPFEoyKI9wvWqIwC4prx/WVk2wLTJjzBAhyNxfEq7C9CeiX9pQEbEqJfkKCQ==";

fn key(text: &str) -> PublicKey {
    text.parse().unwrap()
}

fn verdict(file: &str, host: &str, port: u16) -> HostKeyVerdict {
    let known = KnownHosts::parse(file.as_bytes());
    let verdict = known.check(host, port, &key(A));
    assert_eq!(known.about(host, port).check(host, port, &key(A)), verdict, "what is kept of it says the same");
    verdict
}

fn changed(line: usize) -> HostKeyVerdict {
    HostKeyVerdict::Changed { line, known: key(B).fingerprint(HashAlg::Sha256).to_string() }
}

#[test]
fn verdicts() {
    let rows: &[(&str, String, &str, u16, HostKeyVerdict)] = &[
        ("an empty file", String::new(), "web", 22, HostKeyVerdict::Unknown),
        ("plain", format!("web {A}"), "web", 22, HostKeyVerdict::Trusted),
        ("plain, with a comment", format!("web {A} me@there"), "web", 22, HostKeyVerdict::Trusted),
        ("another case", format!("WEB {A}"), "Web", 22, HostKeyVerdict::Trusted),
        ("a list", format!("a,web,b {A}"), "web", 22, HostKeyVerdict::Trusted),
        ("another host", format!("app {A}"), "web", 22, HostKeyVerdict::Unknown),
        ("a port", format!("[web]:2222 {A}"), "web", 2222, HostKeyVerdict::Trusted),
        ("a port asked for as 22", format!("[web]:2222 {A}"), "web", 22, HostKeyVerdict::Unknown),
        ("the same key known from port 22", format!("web {A}"), "web", 2222, HostKeyVerdict::Trusted),
        ("another key known from port 22", format!("web {B}"), "web", 2222, HostKeyVerdict::Unknown),
        ("revoked on port 22", format!("@revoked web {A}"), "web", 2222, HostKeyVerdict::Revoked { line: 1 }),
        ("changed", format!("web {B}"), "web", 22, changed(1)),
        ("changed, on line 4", format!("# one\n\n  # three\nweb {B}\n"), "web", 22, changed(4)),
        ("another algorithm only", format!("web {RSA}"), "app", 22, HostKeyVerdict::Unknown),
        ("rotation: old and new", format!("web {B}\nweb {A}"), "web", 22, HostKeyVerdict::Trusted),
        ("revoked", format!("@revoked web {A}"), "web", 22, HostKeyVerdict::Revoked { line: 1 }),
        ("revoked beats known", format!("web {A}\n@revoked * {A}"), "web", 22, HostKeyVerdict::Revoked { line: 2 }),
        ("another key revoked", format!("@revoked web {B}\nweb {A}"), "web", 22, HostKeyVerdict::Trusted),
        ("star", format!("10.0.0.* {A}"), "10.0.0.7", 22, HostKeyVerdict::Trusted),
        ("question mark", format!("app? {A}"), "app1", 22, HostKeyVerdict::Trusted),
        ("question mark, too long", format!("app? {A}"), "app12", 22, HostKeyVerdict::Unknown),
        ("glob with a port", format!("[*.lab]:2222 {A}"), "web.lab", 2222, HostKeyVerdict::Trusted),
        ("everything", format!("* {A}"), "web", 2222, HostKeyVerdict::Trusted),
        ("negation", format!("!web,* {A}"), "web", 22, HostKeyVerdict::Unknown),
        ("negation after", format!("*,!web {A}"), "web", 22, HostKeyVerdict::Unknown),
        ("negation of another", format!("!app,* {A}"), "web", 22, HostKeyVerdict::Trusted),
        ("tabs", format!("web\t{}", A.replace(' ', "\t")), "web", 22, HostKeyVerdict::Trusted),
        ("CRLF", format!("# x\r\nweb {A}\r\n"), "web", 22, HostKeyVerdict::Trusted),
        ("an authority is not a plain key", format!("@cert-authority web {A}"), "web", 22, HostKeyVerdict::Unknown),
        ("a bad line between", format!("web nonsense\nweb {A}"), "web", 22, HostKeyVerdict::Trusted),
    ];
    for (what, file, host, port, want) in rows {
        assert_eq!(verdict(file, host, *port), *want, "{what}");
    }
}

#[test]
fn hashed_names_are_found() {
    let mac = Hmac::<sha1::Sha1>::new_from_slice(&[7; 20]).unwrap().chain_update(b"[web]:2222");
    let (salt, mac) = (vec![7; 20], mac.finalize().into_bytes());
    let name = HostPatterns::HashedName { salt, hash: mac.into() };
    let line = format!("{} {A}", name.to_string());
    assert_eq!(verdict(&line, "web", 2222), HostKeyVerdict::Trusted);
    assert_eq!(verdict(&line, "web", 2223), HostKeyVerdict::Unknown);
    assert_eq!(verdict(&line, "app", 2222), HostKeyVerdict::Unknown);
}

#[test]
fn known_algorithms_come_first() {
    let known = KnownHosts::parse(format!("web {RSA}\nweb {A}\nweb {B}\n@revoked web {A}\n").as_bytes());
    let rsa = |hash| Algorithm::Rsa { hash: Some(hash) };
    assert_eq!(known.algorithms("web", 22), [rsa(HashAlg::Sha512), rsa(HashAlg::Sha256), Algorithm::Ed25519]);
    assert!(known.algorithms("app", 22).is_empty());
}

#[test]
fn a_new_key_is_written_once_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deep/known_hosts");
    let learn = |file: &Path, host: &str, port, key: &PublicKey| HostKeyFile::default().learn(file, host, port, key);
    assert_eq!(learn(&file, "Web", 22, &key(A)).unwrap(), HostKeyVerdict::Trusted);
    assert_eq!(learn(&file, "web", 22, &key(A)).unwrap(), HostKeyVerdict::Trusted);
    assert_eq!(
        learn(&file, "web", 22, &key(B)).unwrap(),
        HostKeyVerdict::Changed { line: 1, known: key(A).fingerprint(HashAlg::Sha256).to_string() }
    );
    fs::write(&file, fs::read_to_string(&file).unwrap().trim_end()).unwrap();
    assert_eq!(learn(&file, "web", 2222, &key(B)).unwrap(), HostKeyVerdict::Trusted);
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("web {A}\n[web]:2222 {B}\n"));
}

#[test]
fn a_file_that_cannot_be_read_is_not_an_empty_one() {
    let folder = tempfile::tempdir().unwrap();
    assert!(HostKeyFile::default().read(folder.path()).is_err());
    assert!(HostKeyFile::default().read(&folder.path().join("none")).is_ok());
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..400), host in ".*", port: u16) {
        let known = KnownHosts::parse(&bytes);
        known.check(&host, port, &key(A));
        known.algorithms(&host, port);
    }

    #[test]
    fn any_patterns_are_matched(patterns in "[!*?\\[\\]:a-c,|1]{0,40}", host in "[a-c*?]{0,12}", port: u16) {
        verdict(&format!("{patterns} {A}"), &host, port);
    }
}
