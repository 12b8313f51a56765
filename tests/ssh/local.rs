//! The same rules on this very computer.

use super::sshd::{exec, host, run, run_until, script};
use labctl::internals::inventory::Connection;
use labctl::internals::secret::Secret;
use labctl::internals::transport::{
    Either, Ended, Exec, Input, Listening, Local, Password, Person, Ssh, SshDefaults, Transport,
};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

async fn session() -> impl labctl::internals::transport::Session {
    let defaults = SshDefaults { known_hosts: "/nowhere".into(), base: "/".into() };
    let any = Either { ssh: Ssh::with_person(defaults, Person::default()), local: Local };
    any.open(&host(1, |login| login.connection = Connection::Local)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_run_with_both_streams_in_order() {
    let session = session().await;
    let (ended, lines) = run(&session, script("echo out; echo err >&2; printf 'no end'; exit 7")).await;
    assert_eq!((ended, lines), (Ok(Ended::Status(7)), vec!["out".into(), "err".into(), "no end".into()]));
    let (ended, _) = run(&session, script("kill -9 $$")).await;
    assert_eq!(ended, Ok(Ended::Signal("KILL".into())));
    let (ended, lines) = run(&session, exec("cat; echo end", Input::Empty)).await;
    assert_eq!((ended, lines), (Ok(Ended::Status(0)), vec!["end".into()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_and_early_exits() {
    let session = session().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("big");
    std::fs::write(&file, vec![b'x'; 5 << 20]).unwrap();
    let (ended, lines) = run(&session, exec("wc -c", Input::File(file.clone()))).await;
    assert_eq!((ended, lines[0].trim()), (Ok(Ended::Status(0)), "5242880"));
    assert_eq!(run(&session, exec("exit 3", Input::File(file))).await.0, Ok(Ended::Status(3)));
    assert!(run(&session, exec("cat", Input::File(folder.path().join("none")))).await.0.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn daemons_and_cancels() {
    let session = session().await;
    let start = Instant::now();
    let never = CancellationToken::new();
    let (ended, _) = run_until(&session, script("sleep 20 & echo end"), &never, |_| Listening::Done).await;
    assert_eq!(ended, Ok(Ended::ListenerDone));
    assert_eq!(run(&session, script("sleep 20 & echo end; exit 5")).await.0, Ok(Ended::Status(5)));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    let cancel = CancellationToken::new();
    let (ended, lines) = run_until(&session, script("echo go; sleep 4444; echo no"), &cancel, |_| {
        cancel.cancel();
        Listening::More
    })
    .await;
    assert_eq!((ended, lines), (Ok(Ended::Cancelled), vec!["go".into()]));
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    assert!(run(&session, script("ps ax | grep '[s]leep 4444'")).await.1.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn input_waits_for_the_word_behind_the_password() {
    let password = || Some(Password { secret: Secret::new("sesame"), token: "token-1".into() });
    let door = "read -r word; [ \"$word\" = sesame ] || exit 1; echo token-1; read -r word; [ \"$word\" = token-1 ] || exit 2; exec sh -s";
    let text = || Input::Text("echo inside".into());
    let session = session().await;
    let (ended, lines) = run(&session, Exec { command: door.into(), password: password(), input: text() }).await;
    assert_eq!((ended, lines), (Ok(Ended::Status(0)), vec!["inside".into()]));
    let refused = Exec { command: "read -r word; exit 1".into(), password: password(), input: text() };
    assert_eq!(run(&session, refused).await.0, Ok(Ended::Status(1)));
}
