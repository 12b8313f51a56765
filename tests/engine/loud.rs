//! What a program prints lies in the memory of the machine until it is sent: there is an end to it.

use super::host::{Engine, alive, unlike_any_other};

/// The engine reads its limits when it begins.
fn limited(script: &str) -> String {
    script.replacen("token=", "loudness=1\ntoken=", 1)
}

#[test]
fn a_task_that_prints_without_end_is_ended() {
    for shell in ["dash", "bash"] {
        let seconds = unlike_any_other();
        let Some(engine) = Engine::new(shell) else { return };
        // Bytes that are no text, a child that would stay, and a pause: a second of an unbridled `yes` is gigabytes.
        let line = format!(
            "sleep {seconds} & while :; do yes \"$(printf 'y\\377')\" | head -c 300000; sleep 0.1; done; sleep {seconds}"
        );
        let output = engine.begin(&limited(&engine.script(&[&line, "true"], 600))).wait_with_output().unwrap();
        let said = |words: &str| {
            let line = format!("\u{1e}{} {words}\n", engine.token);
            output.stdout.windows(line.len()).any(|bytes| bytes == line.as_bytes())
        };
        let end = String::from_utf8_lossy(&output.stdout[output.stdout.len().saturating_sub(300)..]).into_owned();
        assert!(said("failed 0 printed more than 1 MB") && said("skipped 1") && said("end"), "{shell}: {end}");
        assert!(output.stdout.windows(3).any(|bytes| bytes == b"y\xff\n"), "{shell}: its last words are told");
        assert!((60_000..140_000).contains(&output.stdout.len()), "{shell}: {} bytes", output.stdout.len());
        assert!(!alive(&format!("sleep {seconds}")), "{shell}: its processes are ended");
        assert_eq!(engine.leftovers(), Vec::<String>::new());
    }
}

#[test]
fn a_task_that_a_full_folder_has_ended_is_explained() {
    let Some(engine) = Engine::new("dash") else { return };
    // The limit of a file's size stands in for a folder in memory that is full in no time: nobody looks before it is.
    let text = engine.said(engine.begin(&limited(&engine.script(&["ulimit -f 4000; yes"], 600))));
    assert!(
        text.contains("@k failed 0 exit 153, having printed more than 1 MB\n"),
        "{:?}",
        text.lines().rev().take(3).collect::<Vec<_>>()
    );
    // What comes to its end by itself is as good as it is.
    let text = engine.said(engine.begin(&limited(&engine.script(&["yes | head -c 1500000"], 600))));
    assert!(text.contains("@k changed 0") && text.len() < 140_000, "{}", text.len());
}

#[test]
fn a_check_that_prints_without_end_is_ended() {
    for shell in ["dash", "bash"] {
        let seconds = unlike_any_other();
        let Some(engine) = Engine::new(shell) else { return };
        let flood = format!("sleep {seconds} & while :; do yes | head -c 300000; sleep 0.1; done");
        let check = format!("\ncheck_command() {{ sh -c '{flood}'; }}\ntasks() {{");
        let script = limited(&engine.script(&["true"], 600)).replacen("\ntasks() {", &check, 1);
        let text = engine.said(engine.begin(&script));
        assert!(
            text.contains("@k note 0 a check printed more than 1 MB, and was ended"),
            "{shell}: {}",
            text.replace("y\n", "")
        );
        assert!(text.contains("@k end") && !alive(&seconds), "{shell}: {}", text.replace("y\n", ""));
    }
}
