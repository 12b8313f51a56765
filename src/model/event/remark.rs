//! What a host has to say to whoever watches a run.

use super::worded::Worded;
use crate::model::name::HostName;
use serde::{Deserialize, Serialize};

/// What a host has to say to whoever watches: it waits for another run, or an upload goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Remark {
    /// It waits for another run, which holds its lock.
    Waits {
        /// Who, from where, and since when.
        by: String,
    },
    /// It receives something that this computer holds.
    Receives {
        /// What, as it is stored.
        id: String,
        /// How much, in KB, rounded up.
        kilobytes: u64,
    },
    /// The web server sends it no visitors while it is changed.
    OutOfTurns {
        /// The web server, by its name in the inventory.
        web: HostName,
    },
    /// The web server gets its page, and sends it visitors again.
    BackInTurns {
        /// The web server, by its name in the inventory.
        web: HostName,
    },
    /// In words: a warning about a name on this computer, or what an older labctl said.
    #[serde(skip)]
    Words(String),
}

impl Remark {
    /// Changes what programs said.
    pub fn change_outputs(&mut self, change: &mut dyn FnMut(&mut String)) {
        if let Self::Words(text) | Self::Waits { by: text } = self {
            change(text);
        }
    }
}

impl Worded for Remark {
    const KIND: &'static str = "remark";
    const WORDS: &'static str = "text";

    fn words(&self) -> Option<&str> {
        if let Self::Words(words) = self { Some(words) } else { None }
    }

    fn of_words(words: String) -> Self {
        Self::Words(words)
    }
}
