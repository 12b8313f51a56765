//! The server, asked over real sockets.

use super::*;
use std::sync::Arc;
use tokio::io::AsyncReadExt;

struct Served {
    address: SocketAddr,
    feed: Arc<Feed>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn served() -> Served {
    let listener = bind(0).await.unwrap();
    let address = listener.address;
    let feed = Arc::new(Feed::default());
    let page = ServedPage { path: "/", kind: "text/html; charset=utf-8", text: "<p>é</p>".into() };
    let site = ServedSite { pages: vec![page], stream: "/events", feed: feed.clone() };
    Served { address, feed, task: tokio::spawn(serve(listener, site)) }
}

async fn connected(served: &Served) -> TcpStream {
    TcpStream::connect(served.address).await.unwrap()
}

/// Asks, and reads until the server closes.
async fn asked(served: &Served, request: &str) -> String {
    let mut stream = connected(served).await;
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await.unwrap().unwrap();
    String::from_utf8(answer).unwrap()
}

/// Reads until `wanted` has come.
async fn until(stream: &mut TcpStream, wanted: &str) -> String {
    let mut seen = Vec::new();
    let read = async {
        while !String::from_utf8_lossy(&seen).contains(wanted) {
            assert!(stream.read_buf(&mut seen).await.unwrap() > 0, "{}", String::from_utf8_lossy(&seen));
        }
    };
    timeout(Duration::from_secs(20), read).await.expect(wanted);
    String::from_utf8_lossy(&seen).into_owned()
}

#[tokio::test]
async fn pages_are_read_and_nothing_else() {
    let served = served().await;
    assert!(served.address.ip().is_loopback());
    let page = asked(&served, "GET /?again HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n") && page.ends_with("\r\n\r\n<p>é</p>"), "{page}");
    for header in ["Content-Length: 9", "X-Content-Type-Options: nosniff", "Connection: close", "X-Frame-Options: DENY"]
    {
        assert!(page.contains(&format!("\r\n{header}\r\n")), "{page}");
    }
    assert!(page.contains("\r\nContent-Security-Policy: default-src 'none'; script-src 'self'; "), "{page}");
    assert!(!page.to_lowercase().contains("access-control") && !page.contains("unsafe"), "{page}");
    let bare = asked(&served, "HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(bare.contains("Content-Length: 9\r\n") && bare.ends_with("\r\n\r\n"), "{bare}");
    for (request, status) in [
        ("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n", "404 "),
        ("GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n", "403 "),
        ("GET /events HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.test\r\n\r\n", "403 "),
        ("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n", "405 "),
    ] {
        let answer = asked(&served, request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{request}: {answer}");
        assert!(answer.contains("nosniff") && !answer.contains("<p>"), "{answer}");
    }
    let missing = asked(&served, "HEAD /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(missing.starts_with("HTTP/1.1 404 ") && missing.ends_with("\r\n\r\n"), "{missing}");
    let stream = asked(&served, "HEAD /events HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(stream.starts_with("HTTP/1.1 200 ") && stream.ends_with("\r\n\r\n"), "{stream}");
    let long = format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {}", "x".repeat(LONGEST));
    let mut stream = connected(&served).await;
    stream.write_all(&long.as_bytes()[..LONGEST]).await.unwrap();
    assert!(until(&mut stream, "\n").await.starts_with("HTTP/1.1 431 "));
}

/// It gets no page and no word of ours: at most a status, and the connection is closed.
#[tokio::test]
async fn what_is_no_request_is_refused() {
    let served = served().await;
    for bad in [
        &b"nonsense\r\n\r\n"[..],
        b"GET /\r\n\r\n",
        b"GET / HTTP/2\r\nHost: localhost\r\n\r\n",
        b"GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: local\nhost\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ] {
        let mut stream = connected(&served).await;
        stream.write_all(bad).await.unwrap();
        let mut answer = Vec::new();
        timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await.unwrap().unwrap();
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 "), "{}: {answer}", bad.escape_ascii());
        let body = answer.split("\r\n\r\n").nth(1).unwrap();
        assert!(body.is_empty() || answer.contains("nosniff"), "{}: {answer}", bad.escape_ascii());
        assert!(!answer.contains("<p>"), "{answer}");
    }
}

#[tokio::test]
async fn a_stream_begins_with_how_it_is() {
    let served = served().await;
    served.feed.send("state", &"first");
    served.feed.send("state", &"two");
    let mut stream = connected(&served).await;
    stream.write_all(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").await.unwrap();
    let begin = until(&mut stream, "two").await;
    assert!(begin.contains("\r\nContent-Type: text/event-stream") && !begin.contains("first"), "{begin}");
    served.feed.send("state", &"three");
    until(&mut stream, "data: \"three\"\n\n").await;
    until(&mut stream, ": still here\n\n").await;
}

#[tokio::test]
async fn who_does_not_read_is_left_out() {
    let served = served().await;
    let mut slow = connected(&served).await;
    slow.write_all(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").await.unwrap();
    until(&mut slow, "retry").await;
    let large = "x".repeat(1 << 20);
    // Far more than sockets and the feed hold; each is dropped as soon as 64 others have come.
    for _ in 0..200 {
        served.feed.send("large", &large);
        tokio::task::yield_now().await;
    }
    let mut all = Vec::new();
    let read = timeout(Duration::from_secs(60), slow.read_to_end(&mut all)).await;
    assert!(read.is_ok(), "the connection is ended from there");
    assert!(all.len() < 150 << 20, "{} bytes", all.len());
}

#[tokio::test]
async fn there_is_room_for_so_many() {
    let served = served().await;
    let mut open = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut stream = connected(&served).await;
        stream.write_all(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").await.unwrap();
        until(&mut stream, "retry").await;
        open.push(stream);
    }
    let mut more = connected(&served).await;
    assert!(until(&mut more, "\n").await.starts_with("HTTP/1.1 503 "));
    drop(open);
    // The seats are free once the server has tried to send something to those who left.
    let mut again = String::new();
    for _ in 0..100 {
        served.feed.send("x", &1);
        let mut stream = connected(&served).await;
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").await;
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes).await;
        again = String::from_utf8_lossy(&bytes).into_owned();
        if again.starts_with("HTTP/1.1 200 ") {
            break;
        }
        sleep(Duration::from_millis(50)).await;
    }
    assert!(again.starts_with("HTTP/1.1 200 "), "{again}");
}

#[tokio::test]
async fn who_says_nothing_is_not_waited_for() {
    let served = served().await;
    let mut silent = connected(&served).await;
    silent.write_all(b"GET / HT").await.unwrap();
    let mut bytes = Vec::new();
    let ended = timeout(Duration::from_secs(30), silent.read_to_end(&mut bytes)).await;
    assert!(ended.is_ok() && bytes.is_empty());
}
