//! Servers that are silent, talk nonsense, hang up, fall asleep, or ask for passwords.

use super::logins::says;
use super::sshd::*;
use labctl::internals::inventory::{Host, SecretSource};
use labctl::internals::transport::{Ended, Input, Listening, Person, Ssh, SshDefaults, Transport};
use labctl::internals::unreachable::{Lost, SecretFailure, Unreachable};
use russh::server::{Auth, Config, Handler, Msg, Response, Session as ServerSession};
use russh::{Channel, ChannelId};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// A controller, and a port where `serve` is called for every connection.
pub async fn stage<F: Future<Output = ()> + Send + 'static>(
    serve: impl Fn(TcpStream) -> F + Send + 'static,
) -> (TempDir, Ssh, Host) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            tokio::spawn(serve(tcp));
        }
    });
    let folder = tempfile::tempdir().unwrap();
    secret(&folder.path().join("password"), "sesame\n");
    let defaults = SshDefaults { known_hosts: folder.path().join("known"), base: folder.path().into() };
    let ssh = Ssh::with_person(defaults, Person { user: Some("me".into()), ..Person::default() });
    let host = host(port, |login| {
        login.connect_timeout = Duration::from_millis(1500);
        login.password = Some(SecretSource::File("password".into()));
    });
    (folder, ssh, host)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_nothing_is_given_up_in_time() {
    let (_folder, ssh, host) = stage(|mut tcp| async move {
        let mut bytes = [0; 999];
        while tcp.read(&mut bytes).await.is_ok_and(|got| got > 0) {}
    })
    .await;
    let start = Instant::now();
    says(&ssh.open(&host).await.unwrap_err(), &["no SSH greeting", "1.5 s"]);
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_server_is_no_ssh_server() {
    let (_folder, ssh, host) = stage(|mut tcp| async move {
        let _ = tcp.write_all(b"HTTP/1.1 400 Bad Request\r\nServer: \x1b[31mnginx\r\n\r\n").await;
        let _ = tcp.shutdown().await;
    })
    .await;
    says(&ssh.open(&host).await.unwrap_err(), &["does not speak SSH", "`HTTP/1.1 400 Bad Request`", "right port"]);
    let (_folder, ssh, host) = stage(|mut tcp| async move {
        let noise: Vec<u8> = (0..9999u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let _ = tcp.write_all(&noise).await;
        tokio::time::sleep(Duration::from_secs(5)).await;
    })
    .await;
    says(&ssh.open(&host).await.unwrap_err(), &["does not speak SSH"]);
    let (_folder, ssh, host) = stage(|mut tcp| async move {
        let _ = tcp.write_all(b"SSH-2.0-Nonsense\r\n\x00\x00\x00\x05hello, this is not a packet").await;
        tokio::time::sleep(Duration::from_secs(5)).await;
    })
    .await;
    says(&ssh.open(&host).await.unwrap_err(), &["SSH-2.0-Nonsense"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_up_is_tried_again() {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let (_folder, ssh, host) = stage(move |tcp| {
        counted.fetch_add(1, SeqCst);
        async move { drop(tcp) }
    })
    .await;
    says(&ssh.open(&host).await.unwrap_err(), &["closed the connection at once", "try again"]);
    assert_eq!(count.load(SeqCst), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_than_eight_knock_at_one_door() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counts = (now.clone(), most.clone());
    let (_folder, ssh, mut host) = stage(move |mut tcp| {
        let (now, most) = counts.clone();
        async move {
            most.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
            let mut bytes = [0; 999];
            while tcp.read(&mut bytes).await.is_ok_and(|got| got > 0) {}
            now.fetch_sub(1, SeqCst);
        }
    })
    .await;
    host.login.connect_timeout = Duration::from_millis(300);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (ssh, host) = (ssh.clone(), host.clone());
        tasks.spawn(async move { ssh.open(&host).await.is_err() });
    }
    assert!(tasks.join_all().await.into_iter().all(|failed| failed));
    // One that is leaving may still be counted when the next one comes.
    assert!((8..=10).contains(&most.load(SeqCst)), "{most:?}");
}

/// How a server of our own treats us.
#[derive(Clone, Copy, PartialEq)]
pub enum Manner {
    Password,
    Interactive,
    HangUpAfterLogin,
    RefuseCommands,
    NoStatus,
}

struct Server(Manner);

impl Handler for Server {
    type Error = russh::Error;

    async fn auth_password(&mut self, _: &str, password: &str) -> Result<Auth, russh::Error> {
        Ok(if self.0 != Manner::Interactive && password == "sesame" { Auth::Accept } else { Auth::reject() })
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _: &str,
        _: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, russh::Error> {
        Ok(match response.map(|mut answers| answers.next()) {
            _ if self.0 != Manner::Interactive => Auth::reject(),
            None => Auth::Partial {
                name: "".into(),
                instructions: "".into(),
                prompts: vec![("Password: ".into(), false)].into(),
            },
            Some(Some(answer)) if answer[..] == *b"sesame" => Auth::Accept,
            Some(_) => Auth::reject(),
        })
    }

    async fn auth_succeeded(&mut self, _: &mut ServerSession) -> Result<(), russh::Error> {
        if self.0 == Manner::HangUpAfterLogin { Err(russh::Error::Disconnect) } else { Ok(()) }
    }

    async fn channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: russh::server::ChannelOpenHandle,
        _: &mut ServerSession,
    ) -> Result<(), russh::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        command: &[u8],
        session: &mut ServerSession,
    ) -> Result<(), russh::Error> {
        match self.0 {
            Manner::RefuseCommands => session.channel_failure(channel),
            Manner::NoStatus => {
                session.channel_success(channel)?;
                session.data(channel, "half a word")?;
                session.close(channel)
            }
            _ => {
                session.channel_success(channel)?;
                session.exit_status_request(channel, 5)?;
                // The command's own first word: `echo labctl-'…'`.
                let command = String::from_utf8_lossy(command).replace('\'', "");
                let word = command.trim_start_matches("echo ").split(';').next().unwrap_or_default();
                session.data(channel, format!("{word}\nlate\n"))?;
                session.close(channel)
            }
        }
    }
}

async fn server(manner: Manner) -> (TempDir, Ssh, Host) {
    server_behind(manner, |tcp| async { Some(tcp) }).await
}

/// The same behind a door: whom it keeps does not get to the server.
pub async fn server_behind<F: Future<Output = Option<TcpStream>> + Send + 'static>(
    manner: Manner,
    door: impl Fn(TcpStream) -> F + Send + 'static,
) -> (TempDir, Ssh, Host) {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    keygen(&key, "ed25519", "");
    let keys = vec![russh::keys::load_secret_key(&key, None).unwrap()];
    let rejection = Duration::from_millis(10);
    let config = Arc::new(Config { keys, auth_rejection_time: rejection, ..Config::default() });
    let (folder, ssh, mut host) = stage(move |tcp| {
        let (config, through) = (config.clone(), door(tcp));
        async move {
            let Some(tcp) = through.await else { return };
            if let Ok(running) = russh::server::run_stream(config, tcp, Server(manner)).await {
                let _ = running.await;
            }
        }
    })
    .await;
    host.login.connect_timeout = Duration::from_secs(20);
    (folder, ssh, host)
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_by_both_ways() {
    for manner in [Manner::Password, Manner::Interactive] {
        let (folder, ssh, mut host) = server(manner).await;
        let session = ssh.open(&host).await.unwrap();
        let (ended, lines) = run(&session, script("")).await;
        assert_eq!((ended, lines), (Ok(Ended::Status(5)), vec!["late".into()]));
        secret(&folder.path().join("wrong"), "barley\n");
        host.login.password = Some(SecretSource::File("wrong".into()));
        says(&ssh.open(&host).await.unwrap_err(), &["denied", "password", "is the password right?", "ssh-copy-id"]);
        host.login.password = None;
        says(&ssh.open(&host).await.unwrap_err(), &["no key or password", "set `password`"]);
        host.login.password = Some(SecretSource::Env("LABCTL_TEST_NO_SUCH_WORD".into()));
        let error = ssh.open(&host).await.unwrap_err();
        let missing = SecretFailure::VariableMissing { name: "LABCTL_TEST_NO_SUCH_WORD".into() };
        assert!(matches!(&error, Unreachable::Secret { why } if why.why == missing), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_up_after_the_login() {
    let (_folder, ssh, host) = server(Manner::HangUpAfterLogin).await;
    match ssh.open(&host).await {
        Err(error) => says(&error, &["login failed"]),
        Ok(session) => assert!(matches!(run(&session, script("")).await.0, Err(Lost::Link { .. }))),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_commands_and_missing_statuses_are_losses() {
    let (_folder, ssh, host) = server(Manner::RefuseCommands).await;
    let session = ssh.open(&host).await.unwrap();
    assert!(matches!(run(&session, script("")).await.0, Err(Lost::CommandRefused { .. })));
    let (_folder, ssh, host) = server(Manner::NoStatus).await;
    let (ended, lines) = run(&ssh.open(&host).await.unwrap(), script("")).await;
    assert!(matches!(ended, Err(Lost::NoExitStatus { .. })), "{ended:?}");
    assert_eq!(lines, ["half a word"]);
}

/// A server that stops in the middle of a command, as a machine does that goes to sleep.
async fn asleep(input: Input, command: &str) {
    let Some(lab) = lab() else { return };
    let host = lab.host_with(|login| login.keepalive = Duration::from_millis(500));
    let session = lab.ssh().open(&host).await.unwrap();
    let mut start = Instant::now();
    let never = CancellationToken::new();
    let flow = |line: &str| {
        if line == "go" {
            // For other users than root, a child of that process holds the connection.
            let above = lab.connections();
            let below: Vec<_> = above.iter().flat_map(|child| children(*child)).collect();
            above.into_iter().chain(below).for_each(|process| signal("STOP", process));
            start = Instant::now();
        }
        Listening::More
    };
    let (ended, lines) = run_until(&session, exec(command, input), &never, flow).await;
    let (reason, took) = (words(ended.unwrap_err()), start.elapsed());
    assert!(reason.contains("lost"), "{reason}");
    assert_eq!(lines, ["go"]);
    assert!((1000..20_000).contains(&took.as_millis()), "{took:?}: {reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sleeping_machine_is_noticed() {
    asleep(Input::Empty, "echo go; sleep 30").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_falls_asleep_in_an_upload_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("big");
    fs::File::create(&file).unwrap().set_len(1 << 30).unwrap();
    asleep(Input::File(file), "head -c 1000 >/dev/null; echo go; cat >/dev/null").await;
}
