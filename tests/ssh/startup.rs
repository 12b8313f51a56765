//! A startup file of the login shell that takes what a command is to get: it gets nothing, and its line is named.

use super::sshd::*;
use labctl::internals::secret::Secret;
use labctl::internals::transport::{Exec, Input, Password, Transport};
use labctl::internals::unreachable::{Lost, ShellFailure, StartupLine};
use std::fs;
use std::time::Duration;

const SCRIPT: &str = "echo ran >> \"$HOME/ran\"\n";

fn with_password() -> Exec {
    let password = Password { secret: Secret::new("open-sesame"), token: "token-1".into() };
    let door = "exec sh -c 'read -r word; printf \"\\ntoken-1\\n\"; read -r skip; exec sh -s'";
    Exec { command: door.into(), password: Some(password), input: Input::Text(SCRIPT.into()) }
}

/// What became of a command behind this `.bashrc`: how it ended, and everything that lies in the home folder then.
async fn behind(lab: &Lab, bashrc: &str, exec: Exec) -> (Result<(), Lost>, String) {
    fs::write(lab.at("home/.bashrc"), bashrc).unwrap();
    let host = lab.host_with(|login| login.connect_timeout = Duration::from_secs(4));
    let session = lab.ssh().open(&host).await.unwrap();
    let (ended, lines) = run(&session, exec).await;
    let mut left = lines.join("\n");
    for entry in fs::read_dir(lab.at("home")).unwrap().flatten().filter(|entry| entry.file_name() != ".bashrc") {
        left += &format!("\n{}: {}", entry.path().display(), fs::read_to_string(entry.path()).unwrap_or_default());
        let _ = fs::remove_file(entry.path());
    }
    (ended.map(drop), left)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_startup_file_starts_gets_neither_password_nor_script() {
    if lab().is_none() {
        return;
    }
    if !said("sh", &["-c", "getent passwd \"$(id -un)\""]).ends_with("bash") {
        return crate::skip::skip("the login shell here is not bash");
    }
    let takers = [
        // As `exec zsh` does: a shell in the shell's place, which runs what it is sent.
        ("# mine\nalias ll='ls -l'\n\n  exec sh\n", Some((4, "exec sh"))),
        ("test -t 9 || exec bash --norc # my shell\n", Some((1, "test -t 9 || exec bash --norc # my shell"))),
        // No shell, which could be asked: the file is not named, and nothing but the question got into it.
        ("x=1\nexec cat >> ~/taken\n", None),
        // A shell below the shell, as `newgrp` and `zsh` alone are: the command comes after it.
        ("sh\n", Some((1, "sh"))),
        ("newgrp \"$(id -gn)\"\n", Some((1, "newgrp \"$(id -gn)\""))),
        (
            "if [ -n \"$HOME\" ]; then\n    read -r answer\n    echo \"$answer\" >> ~/taken\nfi\n",
            Some((2, "read -r answer")),
        ),
        ("tee -a ~/taken > /dev/null\n", Some((1, "tee -a ~/taken > /dev/null"))),
    ];
    let mut cases = tokio::task::JoinSet::new();
    for (text, line) in takers {
        for exec in [with_password(), script(SCRIPT)] {
            let lab = self::lab().unwrap();
            cases.spawn(async move {
                let (ended, left) = behind(&lab, text, exec).await;
                assert!(!left.contains("sesame") && !left.contains(SCRIPT.trim()), "{text}: {left}");
                assert!(!left.contains("/ran:"), "{text}: {left}");
                let Err(Lost::NotStarted { how: ShellFailure::Taken, line: found, .. }) = ended else {
                    panic!("{text}: {ended:?}")
                };
                let file = lab.at("home/.bashrc").display().to_string();
                let wanted = line.map(|(line, text)| StartupLine { file, line, text: text.into() });
                let guard = found.as_ref().map(|line| line.guard());
                assert_eq!(found.map(|line| *line), wanted, "{text}");
                // What is to be typed opens the way.
                let Some(guard) = guard else { return };
                said("sh", &["-c", &guard]);
                let guarded = fs::read_to_string(lab.at("home/.bashrc")).unwrap();
                let (ended, left) = behind(&lab, &guarded, script(SCRIPT)).await;
                assert!(ended.is_ok() && left.contains("/ran: ran"), "{guarded}: {ended:?} {left}");
            });
        }
    }
    cases.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_the_shell_is_told_from_what_takes_its_input() {
    let Some(lab) = lab() else { return };
    for (text, words, becomes) in [
        ("exit 0\n", "", ShellFailure::Ended),
        (
            "echo 'This account is currently not available.'; exit 1\n",
            "This account is currently not available.",
            ShellFailure::NoLogin,
        ),
        // Without a terminal it ends at once.
        ("exec tmux\n", "open terminal failed: not a terminal", ShellFailure::Ended),
    ] {
        let (ended, left) = behind(&lab, text, with_password()).await;
        assert!(!left.contains("sesame") && !left.contains("ran"), "{text}: {left}");
        let Err(Lost::NotStarted { how, output, line: None, .. }) = ended else { panic!("{text}: {ended:?}") };
        assert_eq!((output.as_str(), how), (words, becomes));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_talks_is_no_hindrance() {
    let Some(lab) = lab() else { return };
    for text in [
        "echo welcome\n",
        "printf 'no line end'\n",
        "set -x\n",
        "set -v\n",
        "echo \"$BASH_EXECUTION_STRING\"\n",
        "tmux 2> /dev/null\n",
        "case $- in *i*) ;; *) return ;; esac\nexec sh\n",
        "sleep 3\n",
    ] {
        let (ended, left) = behind(&lab, text, with_password()).await;
        assert_eq!(ended, Ok(()), "{text}");
        assert_eq!(left.matches("ran: ran").count(), 1, "{text}: {left}");
        assert!(!left.contains("sesame"), "{text}: {left}");
    }
}
