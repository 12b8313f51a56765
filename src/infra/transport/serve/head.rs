//! Which requests are answered. Pure.

use hyper::header::{
    CONTENT_LENGTH, HOST as HOST_HEADER, HeaderMap, HeaderName, ORIGIN as ORIGIN_HEADER, TRANSFER_ENCODING,
};
use hyper::{Method, Request, StatusCode};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Why a request is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status that it is refused with, such as 403 or 405.
    pub status: StatusCode,
    /// In a sentence, for whoever reads the page.
    pub why: &'static str,
}

impl Refusal {
    pub(super) const fn new(status: StatusCode, why: &'static str) -> Self {
        Self { status, why }
    }
}

const METHOD: Refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "This page is read-only.");
const BODY: Refusal = Refusal::new(StatusCode::BAD_REQUEST, "This page accepts no uploads.");
const TARGET: Refusal = Refusal::new(StatusCode::BAD_REQUEST, "Only a path on this server can be requested.");
const HOST: Refusal = Refusal::new(
    StatusCode::FORBIDDEN,
    "This page is for this computer only: open it at the address that labctl printed, which begins with http://127.0.0.1.",
);
const ORIGIN: Refusal = Refusal::new(StatusCode::FORBIDDEN, "Another website requested this page.");

/// Judges a request by its head.
///
/// A page of somebody else can make a browser send requests here: under a name that its owner lets point to 127.0.0.1
/// (DNS rebinding; the `Host` header tells), or as itself (`Origin` and `Sec-Fetch-Site` tell).
///
/// # Errors
/// The request wants more than to read, or was sent on behalf of another page.
pub fn judge<B>(request: &Request<B>) -> Result<(), Refusal> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(METHOD);
    }
    let headers = request.headers();
    let empty = headers.get_all(CONTENT_LENGTH).iter().all(|length| length == "0");
    if !empty || headers.contains_key(TRANSFER_ENCODING) {
        return Err(BODY);
    }
    let [host] = texts(headers, &HOST_HEADER)[..] else { return Err(HOST) };
    if !here(host) {
        return Err(HOST);
    }
    if !texts(headers, &ORIGIN_HEADER).iter().all(|origin| origin.strip_prefix("http://") == Some(host)) {
        return Err(ORIGIN);
    }
    // A link may lead here; nothing else of another page may.
    let other = texts(headers, &FETCH_SITE).iter().any(|site| matches!(*site, "cross-site" | "same-site"));
    if other && texts(headers, &FETCH_MODE) != ["navigate"] {
        return Err(ORIGIN);
    }
    if request.uri().authority().is_some() || !request.uri().path().starts_with('/') {
        return Err(TARGET);
    }
    Ok(())
}

/// Everything that a header says; what is no text is no name of this computer, either.
fn texts<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Vec<&'a str> {
    headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("?")).collect()
}

/// Whether a `Host` header names this computer. Any port will do: the page may be seen through a tunnel of ssh.
fn here(host: &str) -> bool {
    ["127.0.0.1", "localhost", "[::1]"].iter().any(|name| {
        let begins = host.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name));
        begins
            && match host[name.len()..].strip_prefix(':') {
                None => host.len() == name.len(),
                Some(port) => port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok(),
            }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(lines: &[&str]) -> Result<(), Refusal> {
        let [method, target, _] = lines[0].split(' ').collect::<Vec<_>>()[..] else { panic!("{lines:?}") };
        let mut request = Request::builder().method(method).uri(target);
        for line in &lines[1..] {
            let (name, value) = line.split_once(':').unwrap();
            request = request.header(name, value.trim().as_bytes());
        }
        judge(&request.body(()).unwrap())
    }

    #[test]
    fn only_this_computer_is_answered() {
        for good in ["127.0.0.1", "127.0.0.1:7070", "localhost", "LocalHost:1", "[::1]", "[::1]:65535"] {
            assert_eq!(with(&["GET /?x=1 HTTP/1.1", &format!("hOST: {good}")]), Ok(()), "{good}");
        }
        for bad in [
            "evil.test",
            "127.0.0.1.evil.test",
            "localhost.evil.test",
            "localhost:",
            "localhost:99999",
            "localhost:+80",
            "127.0.0.1:80@evil.test",
            "evil@127.0.0.1",
            "127.0.0.2",
            "[::1",
            "[::1]x",
            "0.0.0.0",
            "192.168.1.2:7070",
            "",
            "é27.0.0.1",
        ] {
            assert_eq!(with(&["GET / HTTP/1.1", &format!("Host: {bad}")]), Err(HOST), "{bad}");
        }
        assert_eq!(with(&["GET / HTTP/1.1"]), Err(HOST));
        assert_eq!(with(&["GET / HTTP/1.1", "Host: localhost", "Host: localhost"]), Err(HOST), "which of them?");
    }

    #[test]
    fn no_other_page_may_ask() {
        let from = |lines: &[&str]| with(&[&["GET /events HTTP/1.1", "Host: localhost:7070"], lines].concat());
        assert!(from(&["Origin: http://localhost:7070", "Sec-Fetch-Site: same-origin"]).is_ok());
        assert!(from(&["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"]).is_ok(), "a link");
        assert!(from(&["Sec-Fetch-Site: none"]).is_ok(), "typed by hand");
        for bad in [
            "Origin: http://evil.test",
            "Origin: null",
            "Origin: https://localhost:7070",
            "Origin: http://localhost:5000",
            "Origin:",
            "Sec-Fetch-Site: cross-site",
            "Sec-Fetch-Site: same-site",
        ] {
            assert_eq!(from(&[bad]), Err(ORIGIN), "{bad}");
            assert_eq!(from(&[bad, "Origin: http://localhost:7070", "Sec-Fetch-Site: none"]), Err(ORIGIN), "{bad}");
        }
        let links = ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Mode: cors"];
        assert_eq!(from(&links), Err(ORIGIN), "which of them?");
    }

    #[test]
    fn nothing_but_reading() {
        let host = "Host: localhost";
        assert!(with(&["HEAD / HTTP/1.0", host]).is_ok());
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "get"] {
            assert_eq!(with(&[&format!("{method} / HTTP/1.1"), host]), Err(METHOD), "{method}");
        }
        assert_eq!(with(&["GET / HTTP/1.1", host, "Content-Length: 5"]), Err(BODY));
        assert_eq!(with(&["GET / HTTP/1.1", host, "Transfer-Encoding: chunked"]), Err(BODY));
        assert!(with(&["GET / HTTP/1.1", host, "Content-Length: 0"]).is_ok());
    }

    #[test]
    fn only_a_path_is_asked_for() {
        let host = "Host: localhost";
        for bad in ["http://localhost/", "*", "localhost"] {
            assert_eq!(with(&[&format!("GET {bad} HTTP/1.1"), host]), Err(TARGET), "{bad}");
        }
    }
}
