//! A server's place in the turns of nginx: left for as long as the server is changed, and taken again once the web server gets
//! its page. Not for playbooks: execution puts it around what it changes on a server that others can stand in for.

use super::{Call, Limits, Piece, Shell, Word};
use std::time::Duration;

const SHELL: Shell = Shell::new("rotation", include_str!("rotation.sh"))
    .with(&[Piece::Shell(include_str!("nginx_loaded.sh")), Piece::Shell(include_str!("nginx_change.sh"))]);

/// How long the web server may ask for the page of a server that says of itself that it is ready.
const WITHIN: Duration = Duration::from_secs(30);

/// Whether visitors are sent to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turns {
    /// Visitors are not sent to it.
    Out,
    /// It has its turns.
    In,
}

/// The call, on the web server, that takes the servers at these sockets (of one machine) out of the turns of these files of nginx,
/// or lets them in once the page of each has `marker` in it.
pub fn call<'a>(
    to: Turns,
    sockets: impl Iterator<Item = &'a str>,
    marker: &str,
    files: impl Iterator<Item = String>,
) -> Call {
    let sockets = sockets.collect::<Vec<_>>().join(" ");
    let word = match to {
        Turns::Out => "out",
        Turns::In => "in",
    };
    let words = [word.into(), sockets.into(), marker.into(), Word::Text(WITHIN.as_secs().to_string())];
    Call::new(SHELL, words.into_iter().chain(files.map(Word::Text)))
}

/// How long it may take.
pub fn limits() -> Limits {
    Limits::seconds(120, 120)
}
