//! What somebody writes into the files of their own pm2, root reads: as numbers of processes, and as nothing else.

use super::host::Engine;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

#[test]
fn a_pid_file_that_leads_elsewhere_runs_nothing() {
    for shell in ["dash", "bash"] {
        let Some(engine) = Engine::new(shell) else { return };
        let root = engine.root.path().display().to_string();
        let put = |file: &str, text: &str| {
            let path = engine.root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        put("bin/pm2", "#!/bin/sh\n");
        fs::set_permissions(engine.path("bin/pm2"), PermissionsExt::from_mode(0o755)).unwrap();
        put("a.config.js", "");
        put("home/.pm2/pm2.pid", "1\n");
        put("home/.pm2/pids/a-0.pid", &format!("..{root}/his\n"));
        // bash looks for commands in whatever becomes a part of a sum.
        put("his/stat", &format!("1 (x) S 1{} PATH[$(>{root}/witness)]\n", " 0".repeat(17)));
        let task = format!("  - pm2: {{ name: a, config: {root}/a.config.js, dir: {root}, port: 3999 }}\n");
        let script = engine.book(&task, 60);
        let script = script.replace("\nsurvey\n", &format!("\nhome={root}/home PATH={root}/bin:$PATH\nsurvey\n"));
        let text = engine.said(engine.begin(&script));
        assert!(text.contains("pm2 could not start"), "{shell}: {text}");
        assert!(!fs::exists(engine.path("witness")).unwrap(), "{shell}: {text}");
    }
}

#[test]
fn a_client_that_waits_for_a_dead_daemon_is_ended_and_asked_again() {
    for shell in ["dash", "bash"] {
        for (hangs, code) in [(1, 0), (2, 124)] {
            let folder = tempfile::tempdir().unwrap();
            let tries = folder.path().join("tries");
            let pm2 = folder.path().join("pm2");
            let text = format!(
                "#!/bin/sh\necho x >> {0}\n[ $(wc -l < {0}) -gt {hangs} ] || exec sleep 600\necho \"$2 with $WITH\"\n",
                tries.display()
            );
            fs::write(&pm2, text).unwrap();
            fs::set_permissions(&pm2, PermissionsExt::from_mode(0o755)).unwrap();
            let ask = include_str!("../../src/config/modules/pm2_ask.sh").replace("-k 5 60", "-k 5 0.3");
            let script = format!(
                "as() {{ shift; env PATH={}:$PATH \"$@\"; }}\n{ask}\nuser=somebody pm2_with=WITH=it\npm2_ask start x\n",
                folder.path().display()
            );
            let asked = Command::new(shell).args(["-c", &script]).output().unwrap();
            let (out, err) = (String::from_utf8_lossy(&asked.stdout), String::from_utf8_lossy(&asked.stderr));
            assert_eq!(asked.status.code(), Some(code), "{shell}: {out} {err}");
            assert_eq!(out, if code == 0 { "start with it\n" } else { "" }, "{shell}: {err}");
            assert_eq!(err.matches("did not answer `start`").count(), hangs, "{shell}: {err}");
            assert_eq!(fs::read_to_string(&tries).unwrap().lines().count(), 2, "{shell}: {err}");
        }
    }
}

/// An application that only its own machine can reach is not ready, whatever 127.0.0.1 answers.
#[test]
fn ready_is_what_the_web_server_can_reach() {
    let serve = |address: &str| {
        let listener = std::net::TcpListener::bind((address, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                use std::io::{Read, Write};
                let (mut stream, mut request) = (stream.unwrap(), [0; 4096]);
                let _ = stream.read(&mut request);
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\nConnection: close\r\n\r\nthe page");
            }
        });
        port
    };
    let ready = include_str!("../../src/config/modules/pm2_ready.sh");
    let asked = |port: u16, reach: &str| {
        let text = format!(
            "{ready}\nport={port} url=http://127.0.0.1:{port}/ marker=page pm2_reach={reach}\npm2_answers 5; echo \"$? $pm2_lonely $answer\"\n"
        );
        let output = std::process::Command::new("sh").args(["-c", &text]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let (everywhere, lonely) = (serve("0.0.0.0"), serve("127.0.0.1"));
    assert_eq!(asked(everywhere, "yes"), format!("0  http://127.0.0.1:{everywhere}/: 200\n"));
    let said = asked(lonely, "yes");
    assert!(said.starts_with(&format!("1 yes it listens on 127.0.0.1:{lonely} only, where the web server")), "{said}");
    // Where nginx is on the same machine and asks there, nothing more is wanted.
    assert_eq!(asked(lonely, ""), format!("0  http://127.0.0.1:{lonely}/: 200\n"));
    let nobody = asked(1, "yes");
    assert!(nobody.starts_with("1  http://127.0.0.1:1/: curl: (7)"), "{nobody}");
}
