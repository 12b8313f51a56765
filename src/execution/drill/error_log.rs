//! What nginx itself wrote down while a drill went on: why it gave a server up is in no answer to a visitor.

use crate::config::inventory::Host;
use crate::config::modules::Piece;
use crate::execution::Sudo;
use crate::execution::drill::Names;
use crate::infra::transport::{Listening, Session, Transport};
use crate::model::event::{LoggedError, NginxError};
use crate::model::name::BackendName;
use crate::planning::script::{PATH, PRELUDE, ScriptLine, ScriptMessage, program, read};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const SHELL: Piece = Piece::Shell(include_str!("error_log.sh"));
/// How long reading it may take. Without it a drill still has its figures.
const PATIENCE: Duration = Duration::from_secs(15);

/// nginx's error log on the web server, from the moment of the drill on.
pub struct ErrorLog<'a, T: Transport> {
    transport: &'a T,
    web: Host,
    sudo: Sudo,
    /// Its size in bytes at the beginning.
    size: String,
}

impl<'a, T: Transport> ErrorLog<'a, T> {
    /// Remembers how long the log is now. `None`: it cannot be read there.
    pub async fn begin(transport: &'a T, web: Host, sudo: Sudo) -> Option<Self> {
        let mut log = Self { transport, web, sudo, size: String::new() };
        log.size = log.ask().await?.0?;
        Some(log)
    }

    /// What it says of a site since then, the most frequent first.
    pub async fn since(&self, site: &str, names: &Names) -> Vec<LoggedError> {
        let lines = self.ask().await.map(|(_, lines)| lines).unwrap_or_default();
        count(lines.iter().map(String::as_str), site, names)
    }

    /// Its size, and the lines behind `self.size`.
    async fn ask(&self) -> Option<(Option<String>, Vec<String>)> {
        let token = self.sudo.token();
        let text = program(&[("token", token), ("from", &self.size), ("PATH", PATH)], &[PRELUDE, SHELL]);
        let (mut size, mut lines, mut ended) = (None, Vec::new(), false);
        let mut on_line = |line: &[u8]| {
            for line in read(line, token) {
                match line {
                    ScriptLine::Message(ScriptMessage::Fact(key, value)) if key == "size" => size = Some(value),
                    ScriptLine::Message(ScriptMessage::End) => ended = true,
                    ScriptLine::Printed(text) => lines.push(text),
                    ScriptLine::Message(_) => {}
                }
            }
            if ended { Listening::Done } else { Listening::More }
        };
        let asked = async {
            let session = self.transport.open(&self.web).await.ok()?;
            let script = self.sudo.script(format!("(\n{text}) 2>/dev/null </dev/null\n"));
            session.run(script, &mut on_line, &CancellationToken::new()).await.ok()
        };
        tokio::time::timeout(PATIENCE, asked).await.ok()??;
        Some((size, lines))
    }
}

/// Counts what nginx says of a site in these lines of its log.
fn count<'a>(lines: impl Iterator<Item = &'a str>, site: &str, names: &Names) -> Vec<LoggedError> {
    let of_site = format!(", server: {site},");
    let mut counts: BTreeMap<(NginxError, Option<BackendName>), u64> = BTreeMap::new();
    for line in lines.filter(|line| line.contains(" [error] ") && line.contains(&of_site)) {
        let message = line.split_once(" [error] ").map_or(line, |(_, message)| message);
        let socket =
            message.split_once("upstream: \"").and_then(|(_, url)| url.split_once("://")?.1.split(['/', '"']).next());
        let host = socket.and_then(|socket| names.get(socket)).cloned();
        *counts.entry((kind(message), host)).or_default() += 1;
    }
    let mut all: Vec<LoggedError> =
        counts.into_iter().map(|((what, host), count)| LoggedError { what, host, count }).collect();
    all.sort_by_key(|each| std::cmp::Reverse(each.count));
    all
}

/// The words of nginx, `src/http/ngx_http_upstream.c`: the same in all versions since 1.0.
fn kind(message: &str) -> NginxError {
    let has = |words: &str| message.contains(words);
    if has("no live upstreams") {
        NginxError::NobodyLeft
    } else if has("Connection refused") {
        NginxError::Refused
    } else if has("timed out") && has("while connecting to upstream") {
        NginxError::ConnectTimeout
    } else if has("timed out") && has("upstream") {
        NginxError::AnswerTimeout
    } else if has("Connection reset by peer") || has("prematurely closed connection") || has("Broken pipe") {
        NginxError::Closed
    } else if has("No route to host") || has("Network is unreachable") || has("Host is unreachable") {
        NginxError::NoRoute
    } else {
        // `1234#1234: *56 words, client: …`
        let words =
            message.split_once(" *").and_then(|(_, rest)| rest.split_once(' ')).map_or(message, |(_, words)| words);
        NginxError::Other { text: words.split(", client: ").next().unwrap_or(words).chars().take(120).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nginx_wrote_is_counted_for_each_server() {
        let host = |name: &str| name.parse::<BackendName>().unwrap();
        let names = Names::from([("10.0.0.2:3000".into(), host("app1")), ("10.0.0.3:3000".into(), host("app2"))]);
        let line = |message: &str, site: &str, at: &str| {
            format!(
                "2026/11/27 22:14:30 [error] 24176#24176: *858 {message}, client: 10.0.0.1, server: {site}, \
                 request: \"GET / HTTP/1.1\", upstream: \"http://{at}/\", host: \"{site}\""
            )
        };
        let refused = "connect() failed (111: Connection refused) while connecting to upstream";
        let lines = [
            line(refused, "a.b", "10.0.0.3:3000"),
            line(refused, "a.b", "10.0.0.3:3000"),
            line(refused, "other.b", "10.0.0.3:3000"),
            line(
                "upstream timed out (110: Connection timed out) while reading response header from upstream",
                "a.b",
                "10.0.0.3:3000",
            ),
            line("upstream timed out (110: Connection timed out) while connecting to upstream", "a.b", "10.0.0.3:3000"),
            line(
                "upstream prematurely closed connection while reading response header from upstream",
                "a.b",
                "10.0.0.2:3000",
            ),
            line(
                "recv() failed (104: Connection reset by peer) while reading response header from upstream",
                "a.b",
                "10.0.0.2:3000",
            ),
            line("no live upstreams while connecting to upstream", "a.b", "a_b"),
            line("connect() failed (113: No route to host) while connecting to upstream", "a.b", "10.0.0.9:3000"),
            line("upstream sent too big header while reading response header from upstream", "a.b", "10.0.0.2:3000"),
            "2026/11/27 22:14:30 [warn] 1#1: *2 an upstream response is buffered, client: x, server: a.b, request"
                .to_owned(),
            "sudo: something".to_owned(),
        ];
        let shown: Vec<String> = count(lines.iter().map(String::as_str), "a.b", &names)
            .iter()
            .map(|each| {
                format!("{} {:?} {}", each.count, each.what, each.host.as_ref().map_or("-", BackendName::as_str))
            })
            .collect();
        assert_eq!(shown[..2], ["2 Refused app2", "2 Closed app1"]);
        for wanted in ["1 AnswerTimeout app2", "1 ConnectTimeout app2", "1 NobodyLeft -", "1 NoRoute -"] {
            assert!(shown.contains(&wanted.to_owned()), "{wanted}: {shown:?}");
        }
        assert!(
            shown.iter().any(|each| each
                .contains("upstream sent too big header while reading response header from upstream\" } app1")),
            "{shown:?}"
        );
        assert_eq!(shown.len(), 7, "{shown:?}");
    }
}
