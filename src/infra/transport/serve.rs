//! A web server for pages that only this computer sees: it listens on 127.0.0.1, answers GET and HEAD of a handful of
//! pages that are in memory, and tells what changes as server-sent events. Nothing can be sent to it.
//! One request on a connection, no bodies, no TLS: a library would be larger than what is used of it.

mod feed;
mod head;

pub use feed::Feed;

use head::{Head, LONGEST, Refusal, read};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{sleep, timeout};

/// How many connections there may be at once. A classroom looks at one page on one screen.
const CONNECTIONS: usize = 32;
/// How long a request may take to arrive.
const ARRIVES: Duration = Duration::from_secs(5);
/// How long a reader may leave what it was sent unread.
const READS: Duration = Duration::from_secs(10);
/// After so long without anything to say, a stream says that it is still there.
const QUIET: Duration = Duration::from_secs(5);

const MISSING: Refusal = Refusal::new("404 Not Found", "There is no such page.");
const CROWDED: Refusal =
    Refusal::new("503 Service Unavailable", "Too many pages are open already. Close some, and load this one again.");
const LONG: Refusal = Refusal::new("431 Request Header Fields Too Large", "The request is too long.");

/// Pages may load what lies beside them, and nothing else from anywhere.
const HEADERS: &str = "Cache-Control: no-store\r\n\
    Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n\
    Cross-Origin-Opener-Policy: same-origin\r\n\
    Cross-Origin-Resource-Policy: same-origin\r\n\
    Referrer-Policy: no-referrer\r\n\
    X-Content-Type-Options: nosniff\r\n\
    X-Frame-Options: DENY\r\n\
    Connection: close\r\n";

/// Something that can be asked for.
#[derive(Debug, Clone)]
pub struct Page {
    /// Under which path: `/`.
    pub path: &'static str,
    /// Its media type: `text/html; charset=utf-8`.
    pub kind: &'static str,
    /// Itself.
    pub text: Arc<str>,
}

/// What is served.
pub struct Site {
    /// The pages.
    pub pages: Vec<Page>,
    /// Under which path changes are told.
    pub stream: &'static str,
    /// The changes.
    pub feed: Arc<Feed>,
}

/// A port that was taken.
pub struct Listener {
    socket: TcpListener,
    /// Where it is.
    pub address: SocketAddr,
}

/// Takes a port of 127.0.0.1; 0 is any that is free.
///
/// # Errors
/// The port is taken, or may not be.
pub async fn bind(port: u16) -> io::Result<Listener> {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = socket.local_addr()?;
    Ok(Listener { socket, address })
}

/// Serves, for ever. Dropped, it closes every connection.
pub async fn serve(listener: Listener, site: Site) {
    let (site, room) = (Arc::new(site), Arc::new(Semaphore::new(CONNECTIONS)));
    let mut under_way = tokio::task::JoinSet::new();
    loop {
        while under_way.try_join_next().is_some() {}
        let Ok((mut stream, _)) = listener.socket.accept().await else {
            // Out of file descriptors, mostly: others may be closed soon.
            sleep(Duration::from_millis(100)).await;
            continue;
        };
        let Ok(seat) = room.clone().try_acquire_owned() else {
            // No task and no memory for it: whatever fits into the socket's buffer is said at once.
            let _ = stream.try_write(refused(CROWDED).as_bytes());
            let _ = timeout(Duration::from_millis(50), stream.shutdown()).await;
            continue;
        };
        let site = site.clone();
        under_way.spawn(async move {
            // A reader that is gone is no error.
            let _ = one(&mut stream, &site).await;
            drop(seat);
        });
    }
}

async fn one(stream: &mut TcpStream, site: &Site) -> io::Result<()> {
    // Only speed depends on it.
    let _ = stream.set_nodelay(true);
    let asked = timeout(ARRIVES, heard(stream)).await.map_err(|_| io::ErrorKind::TimedOut)??;
    match asked {
        Ok(head) if head.path == site.stream => tell(stream, &site.feed, head.bare).await,
        Ok(head) => match site.pages.iter().find(|page| page.path == head.path) {
            Some(page) => {
                let length = page.text.len();
                let begin = format!("HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {length}\r\n", page.kind);
                say(stream, &format!("{begin}{HEADERS}\r\n")).await?;
                if !head.bare {
                    say(stream, &page.text).await?;
                }
                stream.shutdown().await
            }
            None => refuse(stream, MISSING).await,
        },
        Err(refusal) => refuse(stream, refusal).await,
    }
}

/// Reads one head. What follows it is never read.
async fn heard(stream: &mut TcpStream) -> io::Result<Result<Head, Refusal>> {
    let mut bytes = Vec::with_capacity(1024);
    loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            return Ok(read(&bytes[..at + 4]));
        }
        if bytes.len() >= LONGEST {
            return Ok(Err(LONG));
        }
        let room = (LONGEST - bytes.len()) as u64;
        if (&mut *stream).take(room).read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

async fn tell(stream: &mut TcpStream, feed: &Feed, bare: bool) -> io::Result<()> {
    let (present, mut changes) = feed.join();
    let begin = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nX-Accel-Buffering: no\r\n";
    say(stream, &format!("{begin}{HEADERS}\r\n")).await?;
    if bare {
        return stream.shutdown().await;
    }
    say(stream, &format!("retry: 1000\n\n{present}")).await?;
    drop(present);
    loop {
        match timeout(QUIET, changes.recv()).await {
            Ok(Ok(frame)) => say(stream, &frame).await?,
            // Too slow: it may come back, and is told everything anew.
            Ok(Err(RecvError::Lagged(_) | RecvError::Closed)) => return stream.shutdown().await,
            Err(_) => say(stream, ": still here\n\n").await?,
        }
    }
}

async fn refuse(stream: &mut TcpStream, refusal: Refusal) -> io::Result<()> {
    say(stream, &refused(refusal)).await?;
    stream.shutdown().await
}

fn refused(Refusal { status, why }: Refusal) -> String {
    let allow = if status.starts_with("405") { "Allow: GET, HEAD\r\n" } else { "" };
    let length = why.len() + 1;
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\n{allow}{HEADERS}\r\n{why}\n"
    )
}

async fn say(stream: &mut TcpStream, text: &str) -> io::Result<()> {
    timeout(READS, stream.write_all(text.as_bytes())).await.map_err(|_| io::ErrorKind::TimedOut)?
}

#[cfg(test)]
#[path = "serve/tests.rs"]
mod tests;
