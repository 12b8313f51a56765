//! Commands on a good connection: streams, ends of all kinds, and how to stop them.

use super::sshd::*;
use labctl::internals::secret::Secret;
use labctl::internals::transport::{Ended, Exec, Input, Listening, Password, Session, Transport};
use labctl::internals::unreachable::Lost;
use std::fs;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

macro_rules! open {
    ($lab:ident, $session:ident) => {
        #[allow(unused_mut)]
        let Some(mut $lab) = lab() else { return };
        let $session = $lab.ssh().open(&$lab.host()).await.unwrap();
    };
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_speaks_on_both_streams_and_ends_with_its_status() {
    open!(lab, session);
    let (ended, mut lines) = run(&session, script("echo out; echo err >&2; printf 'no end'; exit 7")).await;
    lines.sort();
    assert_eq!((ended, lines), (Ok(Ended::Status(7)), vec!["err".into(), "no end".into(), "out".into()]));
    let (ended, _) = run(&session, script("kill -9 $$")).await;
    assert_eq!(ended, Ok(Ended::Signal("KILL".into())));
    let (ended, lines) = run(&session, exec("cat; echo end", Input::Empty)).await;
    assert_eq!((ended, lines), (Ok(Ended::Status(0)), vec!["end".into()]));
    let (ended, _) = run(&session, exec("no-such-program", Input::Empty)).await;
    assert_eq!(ended, Ok(Ended::Status(127)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_script_is_not_eaten_by_its_children() {
    open!(lab, session);
    let mut text = String::from("{\ncat\n");
    for line in 0..10_000 {
        text.push_str(&format!("n=$((${{n:-0}} + 1)) # line {line:05}, to be long\n"));
    }
    text.push_str("echo $n; exit 3\n} </dev/null\n");
    assert!(text.len() > 300_000, "{}", text.len());
    let (ended, lines) = run(&session, script(text)).await;
    assert_eq!((ended, lines), (Ok(Ended::Status(3)), vec!["10000".into()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn much_output_comes_whole() {
    open!(lab, session);
    let (ended, lines) = run(&session, script("seq 1 400000; echo last >&2")).await;
    assert_eq!((ended, lines.len()), (Ok(Ended::Status(0)), 400_001));
    assert_eq!(lines.iter().rfind(|line| *line != "last").unwrap(), "400000");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_arrives_intact() {
    open!(lab, session);
    let mut bytes = Vec::with_capacity(20 << 20);
    let mut state = 1u64;
    while bytes.len() < 20 << 20 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        bytes.extend_from_slice(&state.to_be_bytes());
    }
    let file = lab.at("big");
    fs::write(&file, &bytes).unwrap();
    let want = said("sha256sum", &[&file.display().to_string()]);
    let (ended, lines) = run(&session, exec("sha256sum", Input::File(file))).await;
    assert_eq!(ended, Ok(Ended::Status(0)));
    assert_eq!(lines[0].split(' ').next(), want.split(' ').next());
    let (ended, lines) = run(&session, exec("echo never", Input::File(lab.at("none")))).await;
    assert!(matches!(ended, Err(Lost::Input { file, .. }) if file.ends_with("/none")) && lines.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_early_exit_does_not_hang_the_upload() {
    open!(lab, session);
    let file = lab.at("big");
    fs::File::create(&file).unwrap().set_len(64 << 20).unwrap();
    let start = Instant::now();
    let (ended, _) = run(&session, exec("exit 3", Input::File(file))).await;
    assert_eq!(ended, Ok(Ended::Status(3)));
    let text = "x".repeat(32 << 20);
    let (ended, _) = run(&session, exec("exit 4", Input::Text(text.into()))).await;
    assert_eq!(ended, Ok(Ended::Status(4)));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_holds_the_output_holds_nobody_up() {
    open!(lab, session);
    let start = Instant::now();
    let never = CancellationToken::new();
    let done = |line: &str| if line == "end" { Listening::Done } else { Listening::More };
    let (ended, lines) = run_until(&session, script("sleep 20 & echo end; echo more; exit 5"), &never, done).await;
    assert_eq!((ended, lines), (Ok(Ended::ListenerDone), vec!["end".into()]));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    let (ended, lines) = run(&session, script("sleep 20 & echo end; exit 5")).await;
    assert_eq!((ended, lines), (Ok(Ended::Status(5)), vec!["end".into()]));
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel_ends_a_command_and_leaves_nothing_behind() {
    open!(lab, session);
    let cancel = CancellationToken::new();
    let start = Instant::now();
    let stop = cancel.clone();
    let at_once = |line: &str| {
        if line == "go" {
            stop.cancel();
        }
        Listening::More
    };
    let (ended, lines) = run_until(&session, script("echo go; sleep 4242; echo no"), &cancel, at_once).await;
    assert_eq!((ended, lines), (Ok(Ended::Cancelled), vec!["go".into()]));
    assert!(start.elapsed() < Duration::from_secs(9), "{:?}", start.elapsed());
    let (_, lines) = run(&session, script("ps ax | grep '[s]leep 4242'")).await;
    assert!(lines.is_empty(), "{lines:?}");
    // What is cancelled before it starts does not start.
    let (ended, lines) = run_until(&session, script("echo no"), &cancel, |_| Listening::More).await;
    assert_eq!((ended, lines), (Ok(Ended::Cancelled), vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_may_tidy_up_when_cancelled_and_is_killed_if_it_will_not_end() {
    open!(lab, session);
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let flow = |line: &str| {
        if line == "go" {
            stop.cancel();
        }
        Listening::More
    };
    let text = "trap 'echo tidy' TERM; echo go; while :; do sleep 0.2; done";
    let start = Instant::now();
    let (ended, lines) = run_until(&session, script(text), &cancel, flow).await;
    assert_eq!(ended, Ok(Ended::Cancelled));
    assert!(lines.iter().any(|line| line == "tidy"), "{lines:?}");
    assert!((9..20).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    drop(session);
    drop(lab);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_run_is_killed() {
    open!(lab, session);
    let mut hear = |_: &[u8]| Listening::More;
    let never = CancellationToken::new();
    let run_it = session.run(script("exec sleep 4343"), &mut hear, &never);
    assert!(tokio::time::timeout(Duration::from_millis(1500), run_it).await.is_err());
    tokio::time::sleep(Duration::from_millis(1000)).await;
    let (_, lines) = run(&session, script("ps ax | grep '[s]leep 4343'")).await;
    assert!(lines.is_empty(), "{lines:?}");
    drop(lab);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_runs_share_a_connection() {
    open!(lab, session);
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..60 {
        let session = session.clone();
        tasks.spawn(async move { (number, run(&session, script(format!("echo {number}; exit {number}"))).await) });
    }
    while let Some(done) = tasks.join_next().await {
        let (number, (ended, lines)) = done.unwrap();
        assert_eq!((ended, lines), (Ok(Ended::Status(number)), vec![number.to_string()]));
    }
    let start = Instant::now();
    let (a, b) = tokio::join!(run(&session, script("sleep 3")), run(&session, script("sleep 3")));
    assert_eq!((a.0, b.0), (Ok(Ended::Status(0)), Ok(Ended::Status(0))));
    assert!(start.elapsed() < Duration::from_millis(5500), "{:?}", start.elapsed());
    assert_eq!(lab.connections().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_connection_is_a_loss() {
    open!(lab, session);
    let never = CancellationToken::new();
    let cut = |line: &str| {
        if line == "go" {
            for child in lab.connections() {
                let below = children(child);
                signal("KILL", child);
                below.into_iter().for_each(|child| signal("KILL", child));
            }
        }
        Listening::More
    };
    let (ended, lines) = run_until(&session, script("echo go; sleep 5; echo no"), &never, cut).await;
    let reason = words(ended.unwrap_err());
    assert!(reason.contains("lost") && reason.contains(&lab.port.to_string()), "{reason}");
    assert_eq!(lines, ["go"]);
    let (ended, _) = run(&session, script("echo")).await;
    assert!(matches!(ended, Err(Lost::Link { .. })), "{ended:?}");
}

fn with_password(program: &str, input: &str) -> Exec {
    let password = Password { secret: Secret::new("opensesame"), token: "token-1".into() };
    Exec { command: program.into(), password: Some(password), input: Input::Text(input.into()) }
}

#[tokio::test(flavor = "multi_thread")]
async fn input_waits_for_the_word_behind_the_password() {
    open!(lab, session);
    let door = "read -r word; echo lecture; [ \"$word\" = opensesame ] || exit 1; echo token-1; \
                read -r word; [ \"$word\" = token-1 ] || exit 2; exec sh -s";
    let (ended, lines) = run(&session, with_password(door, "echo inside; exit 6")).await;
    assert_eq!((ended, lines), (Ok(Ended::Status(6)), vec!["lecture".into(), "inside".into()]));
    // Refused at once.
    let (ended, lines) = run(&session, with_password("read -r word; echo no; exit 1", "echo inside")).await;
    assert_eq!((ended, lines), (Ok(Ended::Status(1)), vec!["no".into()]));
    // Asked again, as sudo does: it gets no second word, and never the script.
    let again = "read -r word; echo sorry; read -r word; echo \"got <$word>\"; exit 1";
    let start = Instant::now();
    let (ended, lines) = run(&session, with_password(again, "echo inside")).await;
    assert_eq!((ended, lines), (Ok(Ended::Status(1)), vec!["sorry".into(), "got <>".into()]));
    assert!(start.elapsed() < Duration::from_secs(20));
    drop(lab);
}
