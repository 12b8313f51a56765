//! The head of a request, and whether it may be answered. Pure.

/// No head is longer than this.
pub const LONGEST: usize = 8 << 10;

/// A request that may be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// What is asked for, without a query: `/watch.js`.
    pub path: String,
    /// Whether only the head of the answer is wanted.
    pub bare: bool,
}

/// Why a request is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The status with its words.
    pub status: &'static str,
    /// In a sentence, for whoever reads the page.
    pub why: &'static str,
}

impl Refusal {
    pub(super) const fn new(status: &'static str, why: &'static str) -> Self {
        Self { status, why }
    }
}

const BROKEN: Refusal = Refusal::new("400 Bad Request", "This is no HTTP request.");
const METHOD: Refusal = Refusal::new("405 Method Not Allowed", "This page can only be read.");
const BODY: Refusal = Refusal::new("400 Bad Request", "Nothing can be sent to this page.");
const HOST: Refusal = Refusal::new(
    "403 Forbidden",
    "This page is only for this computer: open it under the address that labctl printed, which begins with http://127.0.0.1.",
);
const ORIGIN: Refusal = Refusal::new("403 Forbidden", "Another page asked for this one.");

/// Reads a head, which ends with an empty line.
///
/// A page of somebody else can make a browser send requests here: under a name that its owner lets point to 127.0.0.1
/// (DNS rebinding; the `Host` header tells), or as itself (`Origin` and `Sec-Fetch-Site` tell).
///
/// # Errors
/// The request is malformed, wants more than to read, or was sent on behalf of another page.
pub fn read(bytes: &[u8]) -> Result<Head, Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|_| BROKEN)?;
    let text = text.strip_suffix("\r\n\r\n").ok_or(BROKEN)?;
    let mut lines = text.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(target), Some(version), None) = (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(BROKEN);
    };
    let printable = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic());
    if !printable(method) || !printable(target) || !matches!(version, "HTTP/1.1" | "HTTP/1.0") {
        return Err(BROKEN);
    }
    let bare = match method {
        "GET" => false,
        "HEAD" => true,
        _ => return Err(METHOD),
    };
    let (mut hosts, mut origin, mut site, mut mode) = (Vec::new(), None, None, None);
    for line in lines {
        let (name, value) = line.split_once(':').ok_or(BROKEN)?;
        let value = value.trim_matches([' ', '\t']);
        if !printable(name) || value.chars().any(char::is_control) {
            return Err(BROKEN);
        }
        match name.to_ascii_lowercase().as_str() {
            "host" => hosts.push(value),
            "origin" => origin = Some(value),
            "sec-fetch-site" => site = Some(value),
            "sec-fetch-mode" => mode = Some(value),
            "content-length" if value == "0" => {}
            "content-length" | "transfer-encoding" => return Err(BODY),
            _ => {}
        }
    }
    let [host] = hosts[..] else { return Err(HOST) };
    if !here(host) {
        return Err(HOST);
    }
    if origin.is_some_and(|origin| origin.strip_prefix("http://") != Some(host)) {
        return Err(ORIGIN);
    }
    // A link may lead here; nothing else of another page may.
    if matches!(site, Some("cross-site" | "same-site")) && mode != Some("navigate") {
        return Err(ORIGIN);
    }
    let path = target.split(['?', '#']).next().unwrap_or_default();
    if !path.starts_with('/') {
        return Err(BROKEN);
    }
    Ok(Head { path: path.to_owned(), bare })
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

    fn with(lines: &[&str]) -> Result<Head, Refusal> {
        read(format!("{}\r\n\r\n", lines.join("\r\n")).as_bytes())
    }

    #[test]
    fn only_this_computer_is_answered() {
        for good in ["127.0.0.1", "127.0.0.1:7070", "localhost", "LocalHost:1", "[::1]", "[::1]:65535"] {
            let head = with(&["GET /?x=1 HTTP/1.1", &format!("hOST: {good}")]);
            assert_eq!(head, Ok(Head { path: "/".into(), bare: false }), "{good}");
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
        }
    }

    #[test]
    fn nothing_but_reading() {
        let host = "Host: localhost";
        assert!(with(&["HEAD / HTTP/1.0", host]).unwrap().bare);
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "get"] {
            assert_eq!(with(&[&format!("{method} / HTTP/1.1"), host]), Err(METHOD));
        }
        assert_eq!(with(&["GET / HTTP/1.1", host, "Content-Length: 5"]), Err(BODY));
        assert_eq!(with(&["GET / HTTP/1.1", host, "Transfer-Encoding: chunked"]), Err(BODY));
        assert!(with(&["GET / HTTP/1.1", host, "Content-Length: 0"]).is_ok());
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for bad in [
            &b""[..],
            b"\r\n\r\n",
            b"GET /\r\n\r\n",
            b"GET / HTTP/2\r\nHost: localhost\r\n\r\n",
            b"GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\n folded\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: local\nhost\r\n\r\n",
            b"GET / HTTP/1.1\nHost: localhost\n\n",
            b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        ] {
            assert_eq!(read(bad), Err(BROKEN), "{}", bad.escape_ascii());
        }
    }
}
