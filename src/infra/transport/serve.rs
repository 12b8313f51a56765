//! A web server for pages that only this computer can see: it listens on 127.0.0.1, answers GET and HEAD for a handful of
//! pages held in memory, and sends changes as server-sent events. It accepts no uploads.
//! hyper speaks HTTP, one request per connection; this file decides who may ask ([`head`]), how many at once, and for how long.

mod content;
mod deadline;
mod feed;
mod head;

pub use feed::Feed;

use content::ResponseBody;
use deadline::WriteDeadline;
use head::{Refusal, judge};
use hyper::body::Bytes;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// The most connections at once. A classroom looks at one page on one screen.
const CONNECTIONS: usize = 32;
/// The longest time a request may take to arrive.
const ARRIVES: Duration = Duration::from_secs(5);
/// The longest time a client may leave a response unread.
const READS: Duration = Duration::from_secs(10);
/// The longest request head in bytes: hyper's minimum.
const LONGEST: usize = 8 << 10;

const MISSING: Refusal = Refusal::new(StatusCode::NOT_FOUND, "There is no such page.");
const CROWDED: Refusal =
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "Too many pages are open. Close some, then reload this one.");

const PLAIN: &str = "text/plain; charset=utf-8";

/// Sent with every response. Pages may load files from this server and nothing from anywhere else.
const HEADERS: [(&str, &str); 8] = [
    ("cache-control", "no-store"),
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("connection", "close"),
];

/// A page that is served from memory.
#[derive(Debug, Clone)]
pub struct ServedPage {
    /// The path it is served under, such as `/`.
    pub path: &'static str,
    /// Its media type: `text/html; charset=utf-8`.
    pub kind: &'static str,
    /// The body, sent as UTF-8.
    pub text: Arc<str>,
}

/// The pages and the one event stream of a server.
pub struct ServedSite {
    /// Pages in memory; any path but theirs and `stream` gets 404.
    pub pages: Vec<ServedPage>,
    /// The path of the event stream.
    pub stream: &'static str,
    /// The source of the events sent on `stream`.
    pub feed: Arc<Feed>,
}

/// A bound port on 127.0.0.1, for [`serve`].
pub struct PageListener {
    socket: TcpListener,
    /// The address it is bound to, with the port that was picked.
    pub address: SocketAddr,
}

/// Binds a port on 127.0.0.1; 0 picks any free port.
///
/// # Errors
/// The port is in use, or needs more privileges.
pub async fn bind(port: u16) -> io::Result<PageListener> {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = socket.local_addr()?;
    Ok(PageListener { socket, address })
}

/// Serves until it is dropped, which closes every connection.
pub async fn serve(listener: PageListener, site: ServedSite) {
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
            let _ = stream.try_write(crowded().as_bytes());
            let _ = timeout(Duration::from_millis(50), stream.shutdown()).await;
            continue;
        };
        let site = site.clone();
        under_way.spawn(async move {
            one(stream, &site).await;
            drop(seat);
        });
    }
}

async fn one(stream: TcpStream, site: &ServedSite) {
    // Only speed depends on it.
    let _ = stream.set_nodelay(true);
    let answers = service_fn(async |request| Ok::<_, Infallible>(answer(&request, site)));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(ARRIVES).max_buf_size(LONGEST);
    http.keep_alive(false).auto_date_header(false).title_case_headers(true);
    // A client that went away is not an error.
    let _ = http.serve_connection(TokioIo::new(WriteDeadline::new(stream, READS)), answers).await;
}

/// Answers what hyper accepts as a request; to anything else hyper itself sends a bare 400 or 431.
fn answer<B>(request: &Request<B>, site: &ServedSite) -> Response<ResponseBody> {
    if let Err(refusal) = judge(request) {
        return refused(refusal);
    }
    let path = request.uri().path();
    if path == site.stream {
        let mut answer = with_headers(StatusCode::OK, "text/event-stream; charset=utf-8", ResponseBody::of(&site.feed));
        answer.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
        return answer;
    }
    match site.pages.iter().find(|page| page.path == path) {
        Some(page) => {
            let text = Bytes::copy_from_slice(page.text.as_bytes());
            with_headers(StatusCode::OK, page.kind, ResponseBody::Text(text))
        }
        None => refused(MISSING),
    }
}

fn refused(Refusal { status, why }: Refusal) -> Response<ResponseBody> {
    let mut answer = with_headers(status, PLAIN, ResponseBody::Text(Bytes::from(format!("{why}\n"))));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    answer
}

fn with_headers(status: StatusCode, kind: &'static str, content: ResponseBody) -> Response<ResponseBody> {
    let mut answer = Response::new(content);
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.extend(HEADERS.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))));
    answer
}

/// The raw response for a connection over the limit.
fn crowded() -> String {
    let Refusal { status, why } = CROWDED;
    let headers: String = HEADERS.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = why.len() + 1;
    format!("HTTP/1.1 {status}\r\ncontent-type: {PLAIN}\r\ncontent-length: {length}\r\n{headers}\r\n{why}\n")
}

#[cfg(test)]
#[path = "serve/tests.rs"]
mod tests;
