//! Plain HTTP requests, as a visitor's browser would send them: HTTP/1.1, no TLS. Here each on a connection of its own; many
//! of one visitor on a kept connection are in `kept`.
//! Small enough that a library would be larger than what is used of it, and nothing of it retries in secret.

mod kept;

pub use kept::Visitor;

use crate::model::visitor::VisitError;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A page that is larger than this is not read to its end, and counts as broken.
const LARGEST: u64 = 64 << 20;
/// The longest line of a head that is believed.
const LONGEST_LINE: u64 = 16 << 10;

/// Whom to ask for what.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The web server's address and TCP port.
    pub to: SocketAddr,
    /// The domain, for the `Host` header.
    pub domain: String,
    /// How long connecting may take.
    pub connect: Duration,
    /// How long everything may take.
    pub total: Duration,
}

/// An answer that came to its end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// The HTTP status, such as 200.
    pub status: u16,
    /// `X-Upstream`: every server that was asked, in order; the last one answered.
    pub asked: Vec<String>,
    /// `X-Labctl-Config`: which configuration of the site nginx has loaded.
    pub config: Option<String>,
    /// How many bytes the page has.
    pub length: u64,
    /// The page; empty unless it was asked for.
    pub page: Vec<u8>,
    /// Whether the connection ends with this answer.
    pub last: bool,
}

/// The socket address of a web server, by address or name.
///
/// # Errors
/// The name has no address.
pub async fn find(address: &str, port: u16) -> Result<SocketAddr, VisitError> {
    let found = find_all(address, port).await?;
    found.first().copied().ok_or_else(|| VisitError::NameNotFound { name: address.to_owned(), text: String::new() })
}

/// All socket addresses of a name, as this computer's resolver gives them.
///
/// # Errors
/// The resolver's words.
pub async fn find_all(address: &str, port: u16) -> Result<Vec<SocketAddr>, VisitError> {
    let unknown = |text: String| VisitError::NameNotFound { name: address.to_owned(), text };
    let found = tokio::net::lookup_host((address, port)).await.map_err(|error| unknown(error.to_string()))?;
    Ok(found.collect())
}

/// The first of these addresses that takes a connection, as a browser tries one after the other; if none does, the first.
pub async fn first_open(addresses: &[SocketAddr], patience: Duration) -> Option<SocketAddr> {
    if addresses.len() > 1 {
        for to in addresses {
            if timeout(patience, TcpStream::connect(to)).await.is_ok_and(|stream| stream.is_ok()) {
                return Some(*to);
            }
        }
    }
    addresses.first().copied()
}

/// Asks for `/`. An answer that was cut short is an error.
///
/// # Errors
/// Why there is no whole answer.
pub async fn get(ask: &Ask) -> Result<Answer, VisitError> {
    let whole = async {
        let mut stream = connected(ask).await?;
        stream.write_all(head(&ask.domain).as_bytes()).await.map_err(|error| VisitError::from(&error))?;
        read(&mut stream, false).await
    };
    timeout(ask.total, whole).await.unwrap_or(Err(VisitError::AnswerTimeout))
}

async fn connected(ask: &Ask) -> Result<Stream, VisitError> {
    let stream = match timeout(ask.connect, TcpStream::connect(ask.to)).await {
        Err(_) => return Err(VisitError::ConnectTimeout),
        Ok(stream) => stream.map_err(|error| VisitError::from(&error))?,
    };
    // Only speed depends on it.
    let _ = stream.set_nodelay(true);
    Ok(BufReader::new(stream))
}

/// The request. keep-alive, because a browser says so, and a proxy may hand it on: the server behind it then keeps its
/// connection.
fn head(domain: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: {domain}\r\nAccept: */*\r\nUser-Agent: labctl\r\nConnection: keep-alive\r\n\r\n")
}

type Stream = BufReader<TcpStream>;

/// Reads one answer to its end, and keeps the page if it is `wanted`.
async fn read(stream: &mut Stream, wanted: bool) -> Result<Answer, VisitError> {
    let status = line(stream).await?;
    let mut answer = Answer { status: status_of(&status)?, last: status.starts_with("HTTP/1.0"), ..Answer::default() };
    let mut page = wanted.then(Vec::new);
    let (mut length, mut chunked) = (None, false);
    loop {
        let line = line(stream).await?;
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = Some(value.parse::<u64>().map_err(|_| VisitError::NotHttp)?),
            "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
            "x-upstream" => answer.asked = upstreams(value),
            "connection" if value.eq_ignore_ascii_case("close") => answer.last = true,
            "connection" if value.eq_ignore_ascii_case("keep-alive") => answer.last = false,
            "x-labctl-config" => answer.config = Some(value.to_owned()),
            _ => {}
        }
    }
    answer.length = match length {
        _ if answer.status == 204 || answer.status == 304 => 0,
        _ if chunked => chunks(stream, &mut page).await?,
        Some(length) => take(stream, length, &mut page).await?,
        None => {
            answer.last = true;
            copied(stream, LARGEST, &mut page).await?
        }
    };
    answer.page = page.unwrap_or_default();
    Ok(answer)
}

fn status_of(line: &str) -> Result<u16, VisitError> {
    let mut words = line.split(' ');
    let version = words.next().unwrap_or_default();
    let status = words.next().and_then(|word| word.parse().ok());
    status.filter(|_| version.starts_with("HTTP/1.")).ok_or(VisitError::NotHttp)
}

/// `10.0.0.2:3000, 10.0.0.1:3000`; a `:` stands between tries that belong to different groups of servers.
fn upstreams(value: &str) -> Vec<String> {
    value.split([',', ' ']).filter(|word| !word.is_empty() && *word != ":").map(str::to_owned).collect()
}

async fn line(stream: &mut Stream) -> Result<String, VisitError> {
    let mut bytes = Vec::new();
    let read =
        stream.take(LONGEST_LINE).read_until(b'\n', &mut bytes).await.map_err(|error| VisitError::from(&error))?;
    if read == 0 || bytes.pop() != Some(b'\n') {
        return Err(VisitError::Truncated);
    }
    Ok(String::from_utf8_lossy(&bytes).trim_end_matches('\r').to_owned())
}

async fn chunks(stream: &mut Stream, page: &mut Option<Vec<u8>>) -> Result<u64, VisitError> {
    let mut length = 0;
    loop {
        let size = line(stream).await?;
        let size = size.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).map_err(|_| VisitError::NotHttp)?;
        if size == 0 {
            while !line(stream).await?.is_empty() {}
            return Ok(length);
        }
        length += take(stream, size, page).await?;
        if length > LARGEST {
            return Err(VisitError::Endless);
        }
        line(stream).await?;
    }
}

/// Reads so many bytes, and puts them behind the page if it is wanted.
async fn take(stream: &mut Stream, length: u64, page: &mut Option<Vec<u8>>) -> Result<u64, VisitError> {
    let read = copied(stream, length, page).await?;
    if read == length { Ok(length) } else { Err(VisitError::Truncated) }
}

async fn copied(stream: &mut Stream, most: u64, page: &mut Option<Vec<u8>>) -> Result<u64, VisitError> {
    let mut stream = stream.take(most);
    let read = match page {
        Some(page) => tokio::io::copy(&mut stream, page).await,
        None => tokio::io::copy(&mut stream, &mut tokio::io::sink()).await,
    };
    read.map_err(|error| VisitError::from(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    async fn asked(answer: &'static str, open: bool) -> Result<Answer, VisitError> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let to = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let n = stream.read(&mut request).await.unwrap();
            assert!(String::from_utf8_lossy(&request[..n]).contains("\r\nHost: a.test\r\n"));
            stream.write_all(answer.as_bytes()).await.unwrap();
            if open {
                tokio::time::sleep(Duration::from_secs(60)).await;
            }
        });
        let limit = Duration::from_millis(500);
        get(&Ask { to, domain: "a.test".into(), connect: limit, total: limit }).await
    }

    fn answered(status: u16, length: u64) -> Answer {
        Answer { status, length, ..Answer::default() }
    }

    #[tokio::test]
    async fn answers_are_read_to_their_end() {
        let both = vec!["10.0.0.2:3000".to_owned(), "10.0.0.1:3000".to_owned()];
        let by_length = "HTTP/1.1 200 OK\r\nx-upstream: 10.0.0.2:3000, 10.0.0.1:3000\r\nContent-Length: 4\r\n\r\npage";
        assert_eq!(asked(by_length, true).await.unwrap(), Answer { asked: both, ..answered(200, 4) });
        let by_chunks = "HTTP/1.1 502 Bad Gateway\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\npage\r\na\r\n0123456789\r\n0\r\n\r\n";
        assert_eq!(asked(by_chunks, true).await.unwrap(), answered(502, 14));
        assert_eq!(asked("HTTP/1.0 200 OK\r\n\r\npage", false).await.unwrap().length, 4);
    }

    #[tokio::test]
    async fn what_is_not_whole_is_no_answer() {
        for (answer, open, wanted) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npage", false, VisitError::Truncated),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npage\r\n", false, VisitError::Truncated),
            ("", false, VisitError::Truncated),
            ("SSH-2.0-x\r\n", false, VisitError::NotHttp),
            ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npage", true, VisitError::AnswerTimeout),
        ] {
            assert_eq!(asked(answer, open).await.unwrap_err(), wanted, "{answer:?}");
        }
    }
}
