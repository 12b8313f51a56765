//! The engine on the host, under a real shell: limits, stopping, and what happens when nobody listens any more.
#![allow(clippy::unwrap_used, clippy::print_stderr)] // a test that cannot go on has failed
#![cfg(target_os = "linux")] // the engine runs on servers

#[path = "engine/checkout.rs"]
mod checkout;
#[path = "engine/host.rs"]
mod host;
#[path = "engine/links.rs"]
mod links;
#[path = "engine/loud.rs"]
mod loud;
#[path = "engine/npm.rs"]
mod npm;
#[path = "engine/overlay.rs"]
mod overlay;
#[path = "engine/pm2.rs"]
mod pm2;
#[path = "engine/refused.rs"]
mod refused;
#[path = "support/skip.rs"]
mod skip;
#[path = "engine/sources.rs"]
mod sources;
#[path = "engine/unpack.rs"]
mod unpack;

use host::{Engine, alive, unlike_any_other, until};
use skip::skip;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[test]
fn a_silent_task_is_ended_with_all_its_processes() {
    for shell in ["dash", "bash"] {
        let seconds = unlike_any_other();
        let Some(engine) = Engine::new(shell) else { return };
        // One child stays, one leaves its session, one ignores the first signal.
        let line = format!(
            "echo begun; setsid sleep {seconds} & sh -c 'trap : TERM; sleep {seconds}; sleep {seconds}' & sleep {seconds}"
        );
        let text = engine.said(engine.begin(&engine.script(&[&line, "true"], 2)));
        assert!(text.contains("@k failed 0 said nothing for 2 s"), "{shell}: {text}");
        assert!(text.contains("begun") && text.contains("@k skipped 1") && text.contains("@k end"), "{shell}: {text}");
        assert!(!alive(&format!("sleep {seconds}")), "{shell}: its processes are ended");
        assert_eq!(engine.leftovers(), Vec::<String>::new());
    }
}

#[test]
fn a_command_gets_a_clean_environment_and_the_machines_proxies() {
    for shell in ["dash", "bash"] {
        let Some(engine) = Engine::new(shell) else { return };
        let said = engine.path("said");
        fs::write(
            engine.path("environment"),
            "PATH=\"/nowhere\"\n# http_proxy=no\nno_proxy=\"localhost, 10.0.0.1\"\nHTTPS_Proxy=http://p:1\n\
             no_proxy\nHTTP_PROXY='http://p:2' \r\na b_proxy=x\nTOKEN=t\nNODE_EXTRA_CA_CERTS=/ca.pem",
        )
        .unwrap();
        let script =
            engine.script(&[&format!("env > {said}")], 60).replace("/etc/environment", &engine.path("environment"));
        let text = engine.said(engine.begin(&script));
        assert!(text.contains("@k changed 0"), "{shell}: {text}");
        let environment = fs::read_to_string(said).unwrap();
        let mut lines: Vec<&str> =
            environment.lines().filter(|line| !line.starts_with("LABCTL_TASK=") && !line.starts_with("PWD=")).collect();
        lines.retain(|line| !line.starts_with("OLDPWD=") && !line.starts_with("SHLVL=") && !line.starts_with("_="));
        lines.sort_unstable();
        let wanted = [
            "HOME=/root",
            "HTTPS_Proxy=http://p:1",
            "HTTP_PROXY=http://p:2",
            "LC_ALL=C.UTF-8",
            "LOGNAME=root",
            "NODE_EXTRA_CA_CERTS=/ca.pem",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "USER=root",
            "no_proxy=localhost, 10.0.0.1",
        ];
        assert_eq!(lines, wanted, "{shell}");
    }
}

/// Students write it where their shell reads it. What git, npm and curl get is what a login of theirs would give them.
#[test]
fn whoever_downloads_gets_the_proxies_of_a_login_and_of_the_inventory() {
    for shell in ["dash", "bash"] {
        for (profile, inventory, wanted) in [
            (
                "export http_proxy=http://p:1 https_proxy=$http_proxy\n",
                "",
                "http_proxy=http://p:1 https_proxy=http://p:1",
            ),
            ("  http_proxy=\"http://p:1\"; export http_proxy\n#https_proxy=x\n", "", "http_proxy=http://p:1"),
            (
                "if true; then\n\texport no_proxy='a, b'\nfi\nexport HTTPS_PROXY=${no_proxy}",
                "",
                "HTTPS_PROXY=a, b no_proxy=a, b",
            ),
            ("export http_proxy=http://p:1\nexport http_proxy=http://p:2\n", "", "http_proxy=http://p:2"),
            ("export http_proxy=$(echo x) https_proxy=`id`\nPATH=/x; TOKEN=t\n", "", ""),
            (
                "export http_proxy=http://p:1\n",
                "http://campus:8080",
                "HTTPS_PROXY=http://campus:8080 HTTP_PROXY=http://campus:8080 NO_PROXY=localhost \
                 http_proxy=http://campus:8080 https_proxy=http://campus:8080 no_proxy=localhost",
            ),
        ] {
            let Some(engine) = Engine::new(shell) else { return };
            let said = engine.path("said");
            fs::write(engine.path(".profile"), profile).unwrap();
            let git = engine.path("git");
            fs::write(&git, format!("#!/bin/sh\nenv | grep -i _proxy | sort > {said}\nexit 1\n")).unwrap();
            fs::set_permissions(&git, fs::Permissions::from_mode(0o755)).unwrap();
            let root = engine.root.path().display().to_string();
            let script = engine
                .book("  - git: { repo: 'https://127.0.0.1/x', version: main, dest: /nowhere/x }\n", 60)
                .replace("/etc/environment", "/nowhere")
                .replace("/etc/profile", "/nowhere")
                .replace("home=$found known=$user", &format!("home={root} known=$user"))
                .replace("as_path=/usr", &format!("as_path={root}:/usr"))
                .replacen("proxy=''", &format!("proxy='{inventory}'"), 1)
                .replacen("proxy_except=''", "proxy_except='localhost'", 1);
            let text = engine.said(engine.begin(&script));
            let environment = fs::read_to_string(said).unwrap_or_else(|error| panic!("{error}: {text}"));
            assert_eq!(environment.lines().collect::<Vec<_>>().join(" "), wanted, "{shell}: {profile}");
        }
    }
}

#[test]
fn a_task_that_talks_is_not_silent() {
    let Some(engine) = Engine::new("dash") else { return };
    let text = engine.said(engine.begin(&engine.script(&["for n in 1 2 3 4 5; do echo $n; sleep 1; done"], 3)));
    assert!(text.contains("@k changed 0") && text.contains("@k live 0 "), "{text}");
}

#[test]
fn the_stop_file_ends_the_running_task_and_begins_no_other() {
    let Some(engine) = Engine::new("dash") else { return };
    let sleeper = format!("sleep {}", unlike_any_other());
    let child = engine.begin(&engine.script(&[&sleeper, "touch /nonexistent/never"], 600));
    until("the task runs", 10, || alive(&sleeper));
    fs::write(engine.path(&format!("run/t/stop.{}", engine.token)), "").unwrap();
    let text = engine.said(child);
    assert!(text.contains("@k failed 0 stopped by the user") && text.contains("@k skipped 1"), "{text}");
    assert!(!alive(&sleeper));
    assert_eq!(engine.leftovers(), Vec::<String>::new());
}

#[test]
fn the_last_file_lets_the_running_task_finish_and_begins_no_other() {
    let Some(engine) = Engine::new("dash") else { return };
    let (first, second) = (engine.path("first"), engine.path("second"));
    let child =
        engine.begin(&engine.script(&[&format!("sleep 4.0625; touch {first}"), &format!("touch {second}")], 600));
    until("the task runs", 10, || alive("sleep 4.0625"));
    fs::write(engine.path(&format!("run/t/last.{}", engine.token)), "").unwrap();
    let text = engine.said(child);
    assert!(text.contains("@k changed 0") && text.contains("@k skipped 1"), "{text}");
    assert!(Path::new(&first).exists() && !Path::new(&second).exists(), "{text}");
    assert_eq!(engine.leftovers(), Vec::<String>::new());
}

#[test]
fn when_nobody_listens_the_running_task_ends_and_no_other_begins() {
    for shell in ["dash", "bash"] {
        let Some(engine) = Engine::new(shell) else { return };
        let (first, second) = (engine.path("first"), engine.path("second"));
        let mut child =
            engine.begin(&engine.script(&[&format!("sleep 2; touch {first}"), &format!("touch {second}")], 600));
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("start 0") {
            line.clear();
            assert!(lines.read_line(&mut line).unwrap() > 0);
        }
        drop(lines);
        assert!(child.wait().is_ok());
        assert!(Path::new(&first).exists(), "{shell}: what ran came to its end");
        assert!(!Path::new(&second).exists(), "{shell}: nothing else was begun");
        assert_eq!(engine.leftovers(), Vec::<String>::new());
    }
}

#[test]
fn a_cut_script_does_nothing_at_all() {
    for shell in ["dash", "bash"] {
        let Some(engine) = Engine::new(shell) else { return };
        let script = engine.script(&[&format!("touch {}", engine.path("first")), "true"], 600);
        let cut = &script[..script.rfind("\ntask 1").unwrap()];
        let text = engine.said(engine.begin(cut));
        assert!(!text.contains("@k "), "{shell}: {text}");
        assert!(!Path::new(&engine.path("first")).exists());
    }
}

#[test]
fn what_a_killed_engine_left_is_ended_and_taken_away() {
    for shell in ["dash", "bash"] {
        let seconds = unlike_any_other();
        let Some(mut engine) = Engine::new(shell) else { return };
        // The watcher of the task would notice within a second: what the next engine finds is tried without it.
        for watched in [true, false] {
            let mut child = engine.begin(&engine.script(&[&format!("setsid sleep {seconds}; sleep {seconds}")], 600));
            until("the task runs", 10, || alive(&format!("sleep {seconds}")));
            child.kill().unwrap();
            child.wait().unwrap();
            if watched {
                until("its task is ended", 10, || !alive(&format!("sleep {seconds}")));
            }
            assert_eq!(engine.leftovers().len(), 2, "{shell}: its folder and its mark are left");
            let dead = engine.token.clone();
            let sent = |token: &str| PathBuf::from(engine.path(&format!("state/t/payloads/{token}")));
            let asked = |token: &str| PathBuf::from(engine.path(&format!("run/t/stop.{token}")));
            // What was sent to an engine that lives, or is yet to come, stays.
            fs::write(engine.path("run/t/engine.living"), std::process::id().to_string()).unwrap();
            for token in [&dead, "living", "coming", "lost", "unplugged"] {
                fs::create_dir_all(sent(token)).unwrap();
                fs::write(asked(token), "").unwrap();
            }
            let set = |age: &str, path: &Path| {
                assert!(Command::new("touch").args(["-d", age]).arg(path).status().unwrap().success());
            };
            let booted = engine.path("run/t/lock");
            for (token, age) in [("lost", "-11 minutes"), ("unplugged", "-5 minutes"), ("coming", "-3 minutes")] {
                [sent(token), asked(token)].iter().for_each(|path| set(age, path));
            }
            // The machine was started after what was unplugged had come, or long before all of it.
            set(if watched { "-4 minutes" } else { "-20 minutes" }, Path::new(&booted));
            engine.token.push('x');
            let text = engine.said(engine.begin(&engine.script(&["true"], 600)));
            assert!(text.contains("@k changed 0"), "{shell}: {text}");
            assert!(!alive(&format!("sleep {seconds}")), "{shell}: nothing works beside the next run");
            let stays = |token: &str| {
                let path = |place: &str| Path::new(&engine.path(&format!("{place}{token}"))).exists();
                [path("state/t/payloads/"), path("run/t/stop.")]
            };
            assert_eq!(["living", "coming"].map(stays), [[true; 2]; 2], "{shell}");
            assert_eq!([dead.as_str(), "lost"].map(stays), [[false; 2]; 2], "{shell}");
            assert_eq!(stays("unplugged"), [!watched; 2], "{shell}");
            for own in ["engine.living", "stop.living", "stop.coming", "stop.unplugged"] {
                let _ = fs::remove_file(engine.path(&format!("run/t/{own}")));
            }
            assert_eq!(engine.leftovers(), Vec::<String>::new());
        }
    }
}

/// Whoever sources the engine's shell by hand, with variables of their own, loses nothing by it.
#[test]
fn the_end_of_a_run_takes_away_only_what_a_run_makes() {
    let lifecycle = concat!(env!("CARGO_MANIFEST_DIR"), "/src/planning/script/lifecycle.sh");
    for shell in ["dash", "bash"] {
        for run in ["run/t", "", "run/../theirs"] {
            let root = tempfile::tempdir().unwrap();
            let at = |path: &str| root.path().join(path);
            for folder in ["theirs/kept", "run/t/work.7/kept", "state/payloads/k"] {
                fs::create_dir_all(at(folder)).unwrap();
            }
            let end = |work: &str, payloads: &str| {
                let run = if run.is_empty() { String::new() } else { at(run).display().to_string() };
                let script = format!(
                    "say() {{ echo \"$@\"; }}; . {lifecycle}; run='{run}' state='{state}' work='{work}' payloads='{payloads}'\n\
                     stop={theirs} last={theirs}/kept token=k mode=apply guardian='' aheads=''\nend",
                    state = at("state").display(),
                    theirs = at("theirs").display(),
                );
                let ended = Command::new(shell).args(["-c", &script]).output().unwrap();
                assert_eq!(String::from_utf8_lossy(&ended.stdout), "end\n", "{shell}: {ended:?}");
            };
            let text = |path: &str| at(path).display().to_string();
            end(&text("theirs"), &text("theirs"));
            end(&text("run/t/work.7/../../../theirs"), &text("state/payloads/../../theirs"));
            assert!(at("theirs/kept").is_dir(), "{shell}, run={run}: somebody else's folder");
            end(&text("run/t/work.7"), &text("state/payloads/k"));
            assert_eq!(at("run/t/work.7").exists(), run != "run/t", "{shell}, run={run}");
            assert!(!at("state/payloads/k").exists(), "{shell}");
        }
    }
}

#[test]
fn a_second_script_waits_for_the_first_and_names_it() {
    let Some(engine) = Engine::new("dash") else { return };
    let first = engine.begin(&engine.script(&["sleep 3"], 600));
    until("the first holds the lock", 10, || Path::new(&engine.path("run/t/holder")).exists());
    std::thread::sleep(Duration::from_millis(200));
    let began = Instant::now();
    let second = engine.said(engine.begin(&engine.script(&["true"], 600)));
    assert!(second.contains("@k held a test since "), "{second}");
    assert!(second.contains("@k changed 0") && began.elapsed() > Duration::from_secs(1), "{second}");
    assert!(engine.said(first).contains("@k changed 0"));
}

#[test]
fn whoever_hears_the_end_can_begin_at_once() {
    for shell in ["dash", "bash"] {
        let Some(engine) = Engine::new(shell) else { return };
        // On a busy machine, time passes between the last word of a run and the end of its process.
        let slow = engine.script(&["true"], 600).replace("\nbegin\n", "\ntrap 'sleep 2' EXIT\nbegin\n");
        assert!(slow.contains("trap 'sleep 2'"));
        let mut first = engine.begin(&slow);
        let mut lines = BufReader::new(first.stdout.take().unwrap()).lines();
        let end = format!("{} end", engine.token);
        assert!(lines.any(|line| line.unwrap().ends_with(&end)), "{shell}: no end");
        let second = engine.said(engine.begin(&engine.script(&["true"], 600)));
        assert!(second.contains("@k changed 0") && !second.contains("@k held"), "{shell}: {second}");
        assert!(first.try_wait().unwrap().is_none(), "{shell}: the first is still there");
        first.wait().unwrap();
    }
}

#[test]
fn what_a_task_leaves_running_holds_neither_the_lock_nor_the_line() {
    let Some(engine) = Engine::new("dash") else { return };
    let pid_file = engine.path("daemon");
    let mut child = engine.begin(&engine.script(&[&format!("sleep 20 & echo $! > {pid_file}")], 600));
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(text.contains(&format!("{} end", engine.token)), "{text}");
    assert!(child.wait().unwrap().success());
    let again = Instant::now();
    assert!(engine.said(engine.begin(&engine.script(&["true"], 600))).contains("@k changed 0"));
    assert!(again.elapsed() < Duration::from_secs(10), "the daemon does not hold the lock");
    let pid = fs::read_to_string(pid_file).unwrap();
    assert!(Command::new("kill").arg(pid.trim()).status().unwrap().success(), "it still runs");
}

#[test]
fn a_check_that_hangs_is_ended() {
    for shell in ["dash", "bash"] {
        let seconds = unlike_any_other();
        let Some(engine) = Engine::new(shell) else { return };
        // The engine reads its patience when it begins.
        let script = engine.script(&["true"], 600).replacen("token=", "patience=2\ntoken=", 1);
        let script = script.replace("command '' ''", &format!("command '' 'sleep {seconds}'"));
        assert!(script.contains(&format!("sleep {seconds}")));
        let began = Instant::now();
        let text = engine.said(engine.begin(&script));
        assert!(began.elapsed() < Duration::from_secs(30), "{shell}: {text}");
        assert!(text.contains("@k note 0 a check took longer than 2 s, and was ended"), "{shell}: {text}");
        assert!(text.contains("@k end"), "{shell}: {text}");
        assert!(!alive(&format!("sleep {seconds}")), "{shell}: its processes are ended");
    }
}

/// A pipe in place of a user's file: nothing runs but the shell's own `read`, which carries no mark.
#[test]
fn a_check_that_waits_for_a_pipe_is_ended() {
    for shell in ["dash", "bash"] {
        let Some(engine) = Engine::new(shell) else { return };
        let pipe = engine.path("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let script = engine.script(&["true"], 600).replacen("token=", "patience=2\ntoken=", 1);
        let waits = format!("\ncheck_command() {{ read -r nothing < '{pipe}'; }}\ntasks() {{");
        let began = Instant::now();
        let text = engine.said(engine.begin(&script.replacen("\ntasks() {", &waits, 1)));
        assert!(began.elapsed() < Duration::from_secs(30), "{shell}: {text}");
        assert!(text.contains("@k note 0 a check took longer than 2 s, and was ended"), "{shell}: {text}");
        assert!(text.contains("@k failed 0 unverified") && text.contains("@k end"), "{shell}: {text}");
        assert_eq!(engine.leftovers(), Vec::<String>::new());
    }
}

#[test]
fn what_is_begun_ahead_ends_with_its_task() {
    for shell in ["dash", "bash"] {
        let (first, second) = (unlike_any_other(), unlike_any_other());
        let ahead = |engine: &Engine, seconds: &str| {
            let script = engine.script(&["true"], 600).replacen("token=", "patience=2\ntoken=", 1);
            script.replacen("\ntasks() {", &format!("\nask_command() {{ ahead sleep {seconds}; }}\ntasks() {{"), 1)
        };
        // The check that waits for it takes too long.
        let Some(engine) = Engine::new(shell) else { return };
        let text = engine.said(engine.begin(&ahead(&engine, &first)));
        assert!(text.contains("@k note 0 a check took longer than 2 s, and was ended"), "{shell}: {text}");
        assert!(text.contains("@k changed 0") && text.contains("@k end"), "{shell}: {text}");
        assert!(!alive(&format!("sleep {first}")) && engine.leftovers().is_empty(), "{shell}");
        // There is no check.
        let engine = Engine::new(shell).unwrap();
        fs::create_dir_all(engine.root.path().join("run/t")).unwrap();
        fs::write(engine.path(&format!("run/t/last.{}", engine.token)), "").unwrap();
        let text = engine.said(engine.begin(&ahead(&engine, &second)));
        assert!(text.contains("@k skipped 0") && text.contains("@k end"), "{shell}: {text}");
        assert!(!alive(&format!("sleep {second}")) && engine.leftovers().is_empty(), "{shell}");
    }
}

#[test]
fn what_is_asked_of_many_files_is_asked_at_once_and_forgotten_when_something_changes() {
    for shell in ["dash", "bash", "busybox ash"] {
        let Some(engine) = Engine::new("sh") else { return };
        if Command::new(shell.split(' ').next().unwrap()).arg("--help").output().is_err() {
            skip(&format!("there is no {shell} here"));
            continue;
        }
        let (programs, asked) = (engine.path("bin"), engine.path("asked"));
        fs::create_dir(&programs).unwrap();
        for program in ["stat", "sha256sum"] {
            let text = format!("#!/bin/sh\necho {program} >> {asked}\nexec /usr/bin/{program} \"$@\"\n");
            let path = Path::new(&programs).join(program);
            fs::write(&path, text).unwrap();
            fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        }
        let (a, b, folder) = (engine.path("a file"), engine.path("b"), engine.path("folder"));
        let file = |path: &str| format!("  - file: {{ path: {path:?}, content: \"one\\ntwo\" }}\n");
        let book = format!("{}{}  - folder: {{ path: {folder}, mode: \"2755\" }}\n", file(&a), file(&b));
        let run = |book: &str| {
            let script = engine.book(book, 60).replacen("PATH='", &format!("PATH='{programs}:"), 1);
            let _ = fs::remove_file(&asked);
            let mut child = Command::new(shell.split(' ').next().unwrap())
                .args(shell.split(' ').skip(1))
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
            let text = engine.said(child);
            let outcomes: Vec<String> = text
                .lines()
                .filter_map(|line| line.strip_prefix("@k "))
                .filter_map(|line| line.split(' ').next())
                .filter(|word| ["ok", "changed", "failed"].contains(word))
                .map(str::to_owned)
                .collect();
            (outcomes.join(" "), fs::read_to_string(&asked).unwrap_or_default().lines().count())
        };
        assert_eq!(run(&book).0, "changed changed changed", "{shell}");
        assert_eq!(run(&book), ("ok ok ok".to_owned(), 2), "{shell}: one stat, one sha256sum");
        // Each of these is a difference that the survey must see.
        fs::write(&b, "one\ntwO").unwrap();
        assert_eq!(run(&book).0, "ok changed ok", "{shell}: content");
        fs::set_permissions(&a, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        assert_eq!(run(&book).0, "changed ok ok", "{shell}: mode");
        fs::rename(&b, engine.path("c")).unwrap();
        std::os::unix::fs::symlink(engine.path("c"), &b).unwrap();
        assert_eq!(run(&book).0, "ok changed ok", "{shell}: a link is not a file");
        fs::remove_dir(&folder).unwrap();
        fs::write(&folder, "").unwrap();
        assert_eq!(run(&book).0, "ok ok failed", "{shell}: a file is not a folder");
        fs::remove_file(&folder).unwrap();
        assert_eq!(run(&book).0, "ok ok changed", "{shell}");
        // What a task changed in between is not believed from before.
        let between = format!("{}  - command: {{ run: \"echo three > '{a}'\" }}\n{book}", file(&a));
        assert_eq!(run(&between).0, "ok changed changed ok ok", "{shell}");
        // A file that is too large for the survey is looked at all the same.
        let large = format!("  - file: {{ path: {b}, content: \"{}\" }}\n", "x".repeat(200_000));
        assert_eq!([run(&large).0, run(&large).0], ["changed", "ok"], "{shell}");
        fs::write(&b, vec![b'x'; 2_000_000]).unwrap();
        assert_eq!([run(&large).0, run(&large).0], ["changed", "ok"], "{shell}");
    }
}
