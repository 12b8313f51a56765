//! What stands around the commands of an explanation.

use crate::config::modules::Purpose;

/// The sentences of explanations. Commands are the same in every language.
pub struct Explain {
    /// Where something is typed: on the reader's own computer. Hosts that it is for, or none: `app1, app2`.
    pub here: fn(hosts: &str) -> String,
    /// Where something is typed: on these hosts, whose names are Markdown already.
    pub on: fn(hosts: &str) -> String,
    /// What a command is for: the rest of a sentence that begins with where it is typed.
    pub purpose: fn(&Purpose) -> String,
    /// Stands above what is typed on Windows instead.
    pub windows: &'static str,
    /// The list of all pages.
    pub topics: Topics,
}

/// The headings of the list of all pages.
pub struct Topics {
    /// Heading above the pages of steps.
    pub steps: &'static str,
    /// Heading above the pages of background topics.
    pub background: &'static str,
    /// Before the command that shows one of them.
    pub read_one: &'static str,
}
