//! A repository that cannot be had: real git tells why, labctl tells what to correct, and nothing is left behind.

use super::host::Engine;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

/// A server that answers everything with this status; its address.
fn server(status: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
    });
    address
}

/// What a run says that is to clone `repo` at `version`, with other programs in place of some.
fn cloned(repo: &str, version: &str, programs: &[(&str, &str)]) -> Option<String> {
    let engine = Engine::new("dash")?;
    let root = engine.root.path().display().to_string();
    fs::create_dir(engine.path("bin")).unwrap();
    for (name, text) in programs {
        fs::write(engine.path(&format!("bin/{name}")), format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(engine.path(&format!("bin/{name}")), PermissionsExt::from_mode(0o755)).unwrap();
    }
    let repo = repo.replace("ROOT", &root);
    let init = "git init -q -b master \"$0/origin\" && cd \"$0/origin\" && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m x && git branch dev";
    assert!(Command::new("sh").args(["-ec", init, &root]).status().unwrap().success());
    let before = names(&engine);
    let script = engine
        .book(&format!("  - git: {{ repo: {repo:?}, version: {version:?}, dest: {root}/app }}\n"), 60)
        .replace("/etc/environment", "/nowhere")
        .replace("as_path=/usr", &format!("as_path={root}/bin:/usr"));
    let text = engine.said(engine.begin(&script));
    assert_eq!(names(&engine), before, "{repo}: something was left behind: {text}");
    Some(text)
}

fn names(engine: &Engine) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(engine.root.path())
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name != "state" && name != "run")
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_wrong_with_a_repository_is_told_as_what_to_correct() {
    let (found, lost) = (("getent", "exit 0"), ("getent", "exit 2"));
    let no_key = [("ssh", "echo 'git@github.com: Permission denied (publickey).' >&2; exit 255")];
    let no_host_key = [("ssh", "echo 'Host key verification failed.' >&2; exit 255")];
    let (gone, private, forbidden) = (server("404 Not Found"), server("401 Unauthorized"), server("403 Forbidden"));
    let https = "write app.repo with https: https://github.com/dumbwaysdev/x";
    let masked = private.replace("http://", "http://bob:secret@");
    for (repo, version, programs, wanted) in [
        ("git@github.com:dumbwaysdev/x.git", "master", &no_key[..], https),
        ("ssh://git@github.com/dumbwaysdev/x", "master", &no_key, https),
        ("git@github.com:dumbwaysdev/x", "master", &no_host_key, https),
        (&format!("{gone}/dumbwaysdew/x"), "master", &[], "there is no repository at http://127.0.0.1:"),
        ("file://ROOT/misspelt", "master", &[], "there is no repository at file:///"),
        (&format!("{private}/a/x"), "master", &[], "it is private, or does not exist"),
        (&format!("{forbidden}/a/x"), "master", &[], "it is private, or does not exist"),
        (&format!("{masked}/a/x"), "master", &[], "gives nobody http://127.0.0.1:"),
        (
            "https://githb.invalid/a/x",
            "master",
            &[found],
            "there is no host githb.invalid: correct the spelling of app.repo",
        ),
        ("https://githb.invalid/a/x", "master", &[lost], "cannot reach https://githb.invalid/a/x"),
        ("http://127.0.0.1:9/a/x", "master", &[], "cannot reach http://127.0.0.1:9/a/x"),
        (
            "file://ROOT/origin",
            "main",
            &[],
            "has no branch, tag or commit main: correct app.version in the inventory; its branches are: dev master",
        ),
        ("file://ROOT/origin", "mastr", &[], "its branches are: dev master"),
        ("file://ROOT/origin", "v1.0", &[], "has no branch, tag or commit v1.0"),
        ("file://ROOT/origin", "0123456789abcdef", &[], "has no branch, tag or commit 0123456789abcdef"),
    ] {
        let Some(text) = cloned(repo, version, programs) else { return };
        assert!(text.contains("@k failed 0") && text.contains(wanted), "{repo} {version}: {wanted}: {text}");
        assert!(!text.contains("secret"), "{repo}: {text}");
    }
}
