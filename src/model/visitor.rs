//! What a visitor meets instead of the page. A type, so that whoever explains it, counts it or draws it never has to read a
//! sentence; the sentences are made in `reporting`.

mod losses;
mod old_texts;
mod seen_from;

pub use losses::Losses;
pub use seen_from::{Indirect, SeenFrom};

use crate::model::name::HostName;
use serde::{Deserialize, Serialize};

/// Why a request to a site got no good answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "error", rename_all = "snake_case")]
pub enum VisitError {
    /// The web server's name or the domain could not be resolved.
    NameNotFound {
        /// The name that does not resolve.
        name: String,
        /// The resolver's words; empty if it simply knows no address.
        text: String,
    },
    /// Nothing came back while connecting.
    ConnectTimeout,
    /// The network knows no route to the web server.
    NoRoute,
    /// The web server's port is closed.
    Refused,
    /// The connection stood, and the answer did not come in time.
    AnswerTimeout,
    /// The other side broke the connection off.
    Reset,
    /// The connection was closed before the answer was whole.
    Truncated,
    /// What came back is not HTTP.
    NotHttp,
    /// The page is larger than any page of a lab.
    Endless,
    /// The page came with a status that is not a good one.
    Status {
        /// The HTTP status, 300 or more.
        status: u16,
        /// The server that was asked last.
        #[serde(default, skip_serializing_if = "Asked::is_unknown")]
        asked: Asked,
    },
    /// nginx answered from another configuration of the site than the inventory's (by `X-Labctl-Config`).
    OtherConfiguration,
    /// All requests together took longer than the web server waits for them.
    TooSlow {
        /// How long it waits.
        seconds: u64,
    },
    /// curl on the web server ended with a code that has no meaning of its own here.
    Curl {
        /// The exit code of curl.
        exit: u32,
        /// Its last words; empty if it said none.
        text: String,
    },
    /// Another error of this computer's network.
    Network {
        /// The operating system's error message.
        text: String,
    },
    /// The request was still under way when the count was taken.
    UnderWay,
    /// A reason that an older version of labctl recorded, and this one does not know.
    Other {
        /// What the other side said.
        text: String,
    },
}

/// A domain that means another address on this computer than the web server's: a browser here asks somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameElsewhere {
    /// The domain that is asked for.
    pub domain: String,
    /// What it means here.
    pub here: std::net::IpAddr,
    /// The web server's IP address.
    pub web: std::net::IpAddr,
}

/// Which server nginx asked for a page, by the last entry of `X-Upstream`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// The answer does not say.
    #[default]
    Unknown,
    /// None: every server of the site has failed just now.
    Nobody,
    /// A server of the site.
    Server {
        /// The application server's host.
        host: HostName,
        /// The TCP port of the application.
        port: String,
    },
    /// A server that the site does not have.
    Stranger(String),
}

impl Asked {
    /// Reads the last entry of `X-Upstream`; `host_at` names the site's servers by their sockets.
    pub fn read(upstream: Option<&str>, host_at: impl Fn(&str) -> Option<HostName>) -> Self {
        let Some(socket) = upstream.filter(|socket| !socket.is_empty()) else { return Self::Unknown };
        match (host_at(socket), socket.rsplit_once(':')) {
            (Some(host), Some((_, port))) => Self::Server { host, port: port.to_owned() },
            (None, Some(_)) => Self::Stranger(socket.to_owned()),
            // Instead of an address, the name of the upstream: none of its servers counts as alive.
            (_, None) => Self::Nobody,
        }
    }

    /// Whether the answer does not say.
    pub fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }
}

impl VisitError {
    /// What curl's exit code means. `text` is what it printed last, `patience` how many seconds all its requests had.
    pub fn of_curl(exit: u32, text: &str, patience: u64) -> Self {
        match exit {
            7 => Self::Refused,
            // 1 and 8: an answer in HTTP/0.9, and one whose head cannot be read.
            1 | 8 => Self::NotHttp,
            18 | 52 => Self::Truncated,
            28 => Self::AnswerTimeout,
            56 => Self::Reset,
            // Not curl's own, but that of `timeout`.
            124 => Self::TooSlow { seconds: patience },
            exit => Self::Curl { exit, text: text.to_owned() },
        }
    }

    /// Whether no web server was reached at all: whoever asks again at once meets the same.
    pub fn is_before_any_answer(&self) -> bool {
        matches!(
            self,
            Self::NameNotFound { .. } | Self::ConnectTimeout | Self::NoRoute | Self::Refused | Self::Network { .. }
        )
    }

    /// Whether a little patience may help: a name, a route, a firewall or a page that was not found do not mend themselves,
    /// while an application that starts, or an nginx that has just left one alone, does.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::NameNotFound { .. }
            | Self::ConnectTimeout
            | Self::NoRoute
            | Self::Refused
            | Self::Network { .. }
            | Self::Endless => false,
            Self::Status { status, .. } => *status >= 500,
            _ => true,
        }
    }

    /// Whether nothing came back from the web server's address: it is off, elsewhere, or cut off.
    pub fn is_silence(&self) -> bool {
        matches!(self, Self::ConnectTimeout | Self::NoRoute)
    }

    /// The server that was asked, where that is known.
    pub fn asked(&self) -> &Asked {
        match self {
            Self::Status { asked, .. } => asked,
            _ => &Asked::Unknown,
        }
    }

    /// Shows `change` every text in it that a machine or its programs chose.
    pub fn change_outputs(&mut self, change: &mut dyn FnMut(&mut String)) {
        match self {
            Self::NameNotFound { text, .. }
            | Self::Curl { text, .. }
            | Self::Network { text }
            | Self::Other { text }
            | Self::Status { asked: Asked::Stranger(text), .. } => change(text),
            Self::ConnectTimeout
            | Self::NoRoute
            | Self::Refused
            | Self::AnswerTimeout
            | Self::Reset
            | Self::Truncated
            | Self::NotHttp
            | Self::Endless
            | Self::Status { .. }
            | Self::OtherConfiguration
            | Self::TooSlow { .. }
            | Self::UnderWay => {}
        }
    }
}

impl From<&std::io::Error> for VisitError {
    fn from(error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        match error.kind() {
            ErrorKind::ConnectionRefused => Self::Refused,
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => Self::Reset,
            ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => Self::NoRoute,
            ErrorKind::TimedOut => Self::ConnectTimeout,
            _ => Self::Network { text: error.to_string() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_asked_is_read_from_the_last_upstream() {
        let host_at = |socket: &str| (socket == "10.0.0.2:3000").then(|| "app1".parse().unwrap());
        let server = Asked::Server { host: "app1".parse().unwrap(), port: "3000".into() };
        assert_eq!(Asked::read(Some("10.0.0.2:3000"), host_at), server);
        assert_eq!(Asked::read(Some("10.0.0.9:3000"), host_at), Asked::Stranger("10.0.0.9:3000".into()));
        assert_eq!(Asked::read(Some("dumbways_a_b"), host_at), Asked::Nobody);
        assert_eq!((Asked::read(Some(""), host_at), Asked::read(None, host_at)), (Asked::Unknown, Asked::Unknown));
    }

    #[test]
    fn the_network_s_errors_have_kinds() {
        use std::io::{Error, ErrorKind};
        let of = |kind: ErrorKind| VisitError::from(&Error::from(kind));
        assert_eq!(of(ErrorKind::ConnectionRefused), VisitError::Refused);
        assert!(of(ErrorKind::HostUnreachable).is_silence() && of(ErrorKind::NetworkUnreachable).is_silence());
        assert!(matches!(of(ErrorKind::PermissionDenied), VisitError::Network { .. }));
    }

    #[test]
    fn curl_s_exit_codes_have_a_meaning() {
        assert_eq!(VisitError::of_curl(7, "curl: (7) …", 40), VisitError::Refused);
        assert_eq!(VisitError::of_curl(124, "", 40), VisitError::TooSlow { seconds: 40 });
        assert_eq!(VisitError::of_curl(6, "x", 40), VisitError::Curl { exit: 6, text: "x".into() });
    }
}
