//! What nginx itself says of the servers behind it.

use crate::model::name::BackendName;
use serde::{Deserialize, Serialize};

/// What nginx wrote into its error log during a drill, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedError {
    /// The kind of error that nginx wrote down.
    #[serde(flatten)]
    pub what: NginxError,
    /// The server it happened with, if it is one of the site's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<BackendName>,
    /// How many lines of the log say so.
    pub count: u64,
}

/// Why nginx got no answer from a server, by its error log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "error", rename_all = "snake_case")]
pub enum NginxError {
    /// The port was closed.
    Refused,
    /// Nothing came back while connecting.
    ConnectTimeout,
    /// The connection stood, and no answer came in time.
    AnswerTimeout,
    /// The server closed the connection instead of an answer.
    Closed,
    /// There was no way to the machine.
    NoRoute,
    /// Every server of the site had failed a moment before.
    NobodyLeft,
    /// An error that has no kind here.
    Other {
        /// nginx's own text, without time, client and request.
        text: String,
    },
}

/// Whether nginx wrote that this server first refused connections and then took some without answering: what an application
/// does that listens while it still compiles.
pub fn began_to_listen_before_it_answered(logged: &[LoggedError], server: &BackendName) -> bool {
    let has = |what: &NginxError| logged.iter().any(|each| each.what == *what && each.host.as_ref() == Some(server));
    has(&NginxError::AnswerTimeout) && has(&NginxError::Refused)
}
