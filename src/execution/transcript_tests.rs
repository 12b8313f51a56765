use super::*;

fn read_lines(lines: &[&str]) -> (Transcript, Vec<Progress>) {
    let mut transcript = Transcript::new("k", 0..2);
    let mut progress = Vec::new();
    for line in lines {
        transcript.take_line(line.as_bytes(), &mut |_, now| progress.push(now));
    }
    (transcript, progress)
}

#[test]
fn sections_belong_to_their_task() {
    let (transcript, progress) = read_lines(&[
        "motd",
        "\x1ek begin debian 12 x86_64",
        "\x1ek start 0",
        "\x1ek diff 0",
        "-old",
        "+new",
        "\x1ek out 0",
        "hello",
        "\x1ek failed 0 exit 2",
        "\x1ek end",
    ]);
    let task = &transcript.tasks[&0];
    assert_eq!((task.diff.as_str(), task.output.as_str()), ("-old\n+new", "hello"));
    assert_eq!(task.reason, Some(Reason::Exit { status: 2 }));
    assert!(transcript.ended && transcript.before == ["motd"]);
    assert_eq!(progress, [Progress::Began("debian 12 x86_64".into()), Progress::Started(0), Progress::Finished(0)]);
}

#[test]
fn a_flood_is_cut_and_ended() {
    let mut transcript = Transcript::new("k", 0..2);
    let mut deaf = |_: &Transcript, _: Progress| {};
    for line in ["\x1ek begin x", "\x1ek start 0", "\x1ek out 0"] {
        assert_eq!(transcript.take_line(line.as_bytes(), &mut deaf), Listening::More);
    }
    let flood = "ä".repeat(500_000);
    let lines = (1..100).find(|_| transcript.take_line(flood.as_bytes(), &mut deaf) == Listening::Done);
    assert_eq!(lines, Some(68));
    assert!((KEPT - 2..=KEPT + 1).contains(&transcript.tasks[&0].output.len()));
    assert_eq!(transcript.stopped, Some(ScriptFailure::SaidTooMuch { megabytes: 64 }));
    assert!(!transcript.ended);
}

#[test]
fn a_flood_before_the_script_is_cut_too() {
    let mut transcript = Transcript::new("k", 0..2);
    // Each of these bytes is three when it is read.
    let flood = [b'\xff'; 200_000];
    for _ in 0..150 {
        transcript.take_line(&flood, &mut |_, _| {});
    }
    assert_eq!((transcript.before.len(), transcript.before[99].len()), (100, LINE - 1));
}

#[test]
fn nothing_is_kept_of_a_task_that_is_not_planned() {
    let lines =
        ["start", "live", "diff", "out", "note", "need", "ok", "changed", "unknown", "blocked", "failed", "skipped"];
    let lines: Vec<String> = lines.iter().map(|verb| format!("\x1ek {verb} 9 x y\n")).collect();
    let (transcript, progress) = read_lines(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(
        transcript.tasks.is_empty() && transcript.running.is_none() && progress.is_empty(),
        "{transcript:?} {progress:?}"
    );
}

#[test]
fn remarks_needs_and_facts_are_bounded() {
    let flood = "ä".repeat(20_000);
    let mut transcript = Transcript::new("k", [0]);
    let mut facts = 0;
    for _ in 0..600 {
        for word in ["note 0", "need 0 id", "fact key", "failed 0"] {
            let line = format!("\x1ek {word} {flood}");
            transcript.take_line(line.as_bytes(), &mut |_, now| {
                if let Progress::Fact(key, value) = now {
                    facts += key.len() + value.len();
                }
            });
        }
    }
    let task = &transcript.tasks[&0];
    assert_eq!(task.notes.len(), REMARKS);
    assert!(matches!(&task.notes[0], Note::Words(text) if text.len() == LINE));
    assert_eq!((task.needs.len(), task.needs[0].1.len()), (REMARKS, VALUE));
    assert!(matches!(&task.reason, Some(Reason::Words(text)) if text.len() == LINE));
    assert!((FACTS / 2..=FACTS).contains(&facts), "{facts}");
}

#[test]
fn a_refusal_is_what_the_shell_says_it_is() {
    let shell = concat!(include_str!("../planning/script/lifecycle.sh"), include_str!("../planning/script/lock.sh"));
    for (text, wanted) in [
        ("no-user ana", ScriptFailure::NoUser { user: "ana".into() }),
        ("not-root /run/labctl/t", ScriptFailure::NotRoot { folder: "/run/labctl/t".into() }),
        ("waiting", ScriptFailure::StoppedWaiting),
    ] {
        assert_eq!(read_lines(&[&format!("\x1ek stop {text}")]).0.stopped, Some(wanted));
        assert!(shell.contains(&format!("say \"stop {}", text.split(' ').next().unwrap_or_default())), "{text}");
    }
    let other = Some(ScriptFailure::Stopped { output: "for another reason".into() });
    assert_eq!(read_lines(&["\x1ek stop for another reason"]).0.stopped, other);
    assert_eq!(shell.matches("say \"stop ").count(), 3, "every refusal has a kind");
}

#[test]
fn without_the_end_line_nothing_has_ended() {
    assert!(!read_lines(&["\x1ek begin x", "\x1ek ok 0"]).0.ended);
}
