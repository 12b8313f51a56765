//! What becomes of a fault when labctl's own work breaks: a site and a machine that are only played.

use super::*;
use crate::config::inventory;
use crate::infra::transport::{Ended, Exec, Input, Listening, Secrets, Session};
use crate::model::problem::Source;
use crate::model::unreachable::Lost;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

fn gone() -> Lost {
    Lost::LocalShell { error: "the link is gone".to_owned() }
}

/// What happens when the fault is to be made.
#[derive(Clone, Copy, PartialEq)]
enum Begin {
    Panics,
    LosesTheLink,
}

/// A machine that notes what it is told.
#[derive(Clone)]
struct Played {
    begin: Begin,
    logins: Arc<AtomicUsize>,
    done: Arc<Mutex<Vec<String>>>,
}

struct Login {
    played: Played,
    number: usize,
}

impl Transport for Played {
    type Session = Login;

    async fn open(&self, _: &inventory::Host) -> Result<Login, Unreachable> {
        Ok(Login { number: self.logins.fetch_add(1, Ordering::SeqCst), played: self.clone() })
    }
}

impl Session for Login {
    async fn run(
        &self,
        exec: Exec,
        on_line: &mut (dyn FnMut(&[u8]) -> Listening + Send),
        _: &CancellationToken,
    ) -> Result<Ended, Lost> {
        let Input::Text(text) = &exec.input else { panic!("a script") };
        let verb = if text.contains("\nset -- 'begin'") { "begin" } else { "end" };
        self.played.done.lock().unwrap().push(format!("{verb} on login {}", self.number));
        match (verb, self.played.begin) {
            ("begin", Begin::Panics) => panic!("a defect, made on purpose"),
            // A login whose link is gone stays so.
            (_, Begin::LosesTheLink) if self.number == 0 => return Err(gone()),
            _ => {}
        }
        on_line(b"\x1etoken fault boot 1-2-3");
        on_line(b"\x1etoken fault undone");
        Ok(Ended::ListenerDone)
    }
}

/// A web server whose two backends take turns.
async fn site() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for n in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 1024]).await;
                let by = n % 2 + 1;
                let head = format!("HTTP/1.1 200 OK\r\nX-Upstream: 10.0.0.{by}:3000\r\nContent-Length: 0\r\n\r\n");
                let _ = stream.write_all(head.as_bytes()).await;
            });
        }
    });
    address
}

async fn drilled(begin: Begin) -> (DrillError, Vec<String>) {
    let played = Played { begin, logins: Arc::default(), done: Arc::default() };
    let lab = "lab: t\nhosts: { app1: { address: 10.0.0.1, groups: [app] } }\n";
    let inventory = inventory::parse(&Source::new("t", lab), Path::new("t"), &[]).unwrap();
    let host = inventory.hosts[0].clone();
    let names = [("10.0.0.1:3000", "app1"), ("10.0.0.2:3000", "app2")];
    let second = Duration::from_secs(1);
    let drill = DrillPlan {
        mode: Mode::Stop,
        target: Target {
            name: host.name.clone().into(),
            host: host.clone(),
            user: None,
            app: "demo".into(),
            port: "3000".into(),
        },
        ask: Ask { to: site().await, domain: "a.test".into(), connect: second, total: second },
        names: names.map(|(socket, name)| (socket.to_owned(), name.parse().unwrap())).into(),
        sticky: false,
        rate: 20,
        lasting: second,
    };
    let sudo = Sudo::new(&host, &Secrets::new(".", None), "token").await.unwrap();
    let (events, _heard) = tokio::sync::mpsc::unbounded_channel();
    let ended = run(drill, played.clone(), sudo, events, CancellationToken::new()).await;
    let done = played.done.lock().unwrap().clone();
    (ended.unwrap_err(), done)
}

#[tokio::test]
async fn a_panic_restores() {
    let (failure, done) = drilled(Begin::Panics).await;
    assert!(
        matches!(&failure, DrillError::Drill(DrillFailure::Defect { text }) if text.contains("panic")),
        "{failure:?}"
    );
    assert_eq!(done, ["begin on login 0", "end on login 0"]);
}

#[tokio::test]
async fn a_lost_link_restores_over_a_new_one() {
    let (failure, done) = drilled(Begin::LosesTheLink).await;
    assert!(matches!(&failure, DrillError::Unreachable(why) if *why == gone().into()), "{failure:?}");
    assert_eq!(done, ["begin on login 0", "end on login 0", "end on login 1"]);
}
