//! Why a task failed, was skipped or is not known, or a step was not begun.

use super::worded::Worded;
use crate::model::name::HostName;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::path::PathBuf;

/// Why a task failed, was skipped or is not known, or a step was not begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", remote = "Self")]
pub enum Reason {
    /// Its last command ended with this status.
    Exit {
        /// As the shell counts: 128 and the signal, if one ended it.
        status: u32,
    },
    /// It was applied, and still does not hold.
    Unverified,
    /// It ran longer than it may.
    TookTooLong {
        /// So long, at most.
        seconds: u64,
    },
    /// It printed nothing for longer than it may.
    SaidNothing {
        /// So long, at most.
        seconds: u64,
    },
    /// It printed more than is kept.
    PrintedTooMuch {
        /// So much, at most.
        megabytes: u64,
    },
    /// Somebody killed the engine while it ran.
    EngineKilled,
    /// The user stopped it while it ran.
    StoppedByUser,
    /// The user stopped the run before it was begun.
    Interrupted,
    /// The machine was lost while it ran: why, the host's own event says.
    HostLost,
    /// The machine's script came to its end without a word about it.
    NothingSaid,
    /// Something that a run may not or cannot change stands in its way.
    InTheWay {
        /// Whether `--take-over` would put it aside, or end it.
        #[serde(default)]
        take_over: bool,
    },
    /// It does not hold, and nothing before it would change that.
    DoesNotHold,
    /// It cannot be known before this task is done.
    Until {
        /// The name of the task.
        task: String,
        /// Its host, if it is another one.
        host: Option<HostName>,
    },
    /// It cannot be known before this host is reached.
    UntilReached {
        /// The host that has not been reached yet.
        host: HostName,
    },
    /// A task before it on the same host failed.
    EarlierFailure,
    /// A task that it needs failed.
    TaskFailed {
        /// The name of the task.
        task: String,
        /// The host on which that task failed.
        host: HostName,
    },
    /// A task that it needs was not begun either.
    TaskSkipped {
        /// The name of the task.
        task: String,
        /// Where it was not begun.
        host: HostName,
    },
    /// A host that it needs, or its own, cannot be worked on.
    NotReached {
        /// The host that cannot be worked on.
        host: HostName,
    },
    /// More hosts have failed than `--max-fail` allows.
    TooManyFailed {
        /// How many have failed.
        failed: usize,
        /// How many hosts the run has.
        of: usize,
        /// The limit as it was typed: a number or a percentage.
        most: String,
    },
    /// Nobody is left to finish what it waits for.
    RunEnded,
    /// Not every site answers as it should; each says for itself what it lacks.
    SitesFail,
    /// This computer has no way to the web server, and the web server has no part in this run.
    NoWayToWeb {
        /// The web server, by its name in the inventory.
        web: HostName,
    },
    /// A hosts file needs an IP address, and the web server's is something else.
    NoIpAddress,
    /// This user may not change the hosts file.
    HostsFileDenied {
        /// The hosts file that this user may not change.
        path: PathBuf,
    },
    /// This computer's tasks are others.
    NotForThisComputer {
        /// What the task would have run.
        verb: String,
    },
    /// The web server, which takes a server out of its turns while that is changed, was lost.
    WebLost,
    /// The web server does not get the page of the server that was changed.
    NotBack {
        /// What the web server got in place of the page; empty if it got nothing.
        output: String,
    },
    /// In the words of a program, or of an older labctl.
    #[serde(skip)]
    Words(String),
}

impl Reason {
    /// What the engine on a host says, after `failed`. A recording of an older labctl has the other words.
    pub fn of_engine(text: String) -> Self {
        let number =
            |before: &str, after: &str| -> Option<u64> { text.strip_prefix(before)?.strip_suffix(after)?.parse().ok() };
        if let Some(status) = number("exit ", "").and_then(|status| u32::try_from(status).ok()) {
            return Self::Exit { status };
        }
        if let Some(seconds) = number("took longer than ", " s") {
            return Self::TookTooLong { seconds };
        }
        if let Some(seconds) = number("said nothing for ", " s") {
            return Self::SaidNothing { seconds };
        }
        if let Some(megabytes) = number("printed more than ", " MB") {
            return Self::PrintedTooMuch { megabytes };
        }
        match text.as_str() {
            "unverified" => Self::Unverified,
            "stopped by the user" => Self::StoppedByUser,
            "the engine was killed" => Self::EngineKilled,
            "host lost" => Self::HostLost,
            "interrupted" => Self::Interrupted,
            "something before it failed" => Self::EarlierFailure,
            _ => Self::Words(text),
        }
    }

    /// Changes what programs said.
    pub fn change_outputs(&mut self, change: &mut dyn FnMut(&mut String)) {
        if let Self::Words(text) | Self::NotBack { output: text } = self {
            change(text);
        }
    }
}

impl Worded for Reason {
    const KIND: &'static str = "why";
    const WORDS: &'static str = "reason";

    fn words(&self) -> Option<&str> {
        if let Self::Words(words) = self { Some(words) } else { None }
    }

    fn of_words(words: String) -> Self {
        Self::of_engine(words)
    }
}

/// Words as words, all else as its kind.
impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Words(text) => to.serialize_str(text),
            kind => Self::serialize(kind, to),
        }
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(from)? {
            serde_json::Value::String(text) => Ok(Self::of_engine(text)),
            kind => Self::deserialize(kind).map_err(D::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_reason_is_read_as_it_was_written() {
        let web: HostName = "web".parse().unwrap();
        for reason in [
            Reason::Exit { status: 137 },
            Reason::Unverified,
            Reason::HostLost,
            Reason::Until { task: "x".into(), host: Some(web.clone()) },
            Reason::TaskFailed { task: "x".into(), host: web },
            Reason::Words("E: no such package".into()),
        ] {
            let written = serde_json::to_value(&reason).unwrap();
            assert_eq!(serde_json::from_value::<Reason>(written.clone()).unwrap(), reason, "{written}");
        }
        assert_eq!(serde_json::to_value(Reason::Exit { status: 1 }).unwrap(), json!({"kind": "exit", "status": 1}));
    }

    #[test]
    fn what_the_engine_and_an_older_labctl_say_is_understood() {
        for (text, reason) in [
            ("exit 1", Reason::Exit { status: 1 }),
            ("took longer than 60 s", Reason::TookTooLong { seconds: 60 }),
            ("said nothing for 300 s", Reason::SaidNothing { seconds: 300 }),
            ("printed more than 32 MB", Reason::PrintedTooMuch { megabytes: 32 }),
            ("unverified", Reason::Unverified),
            ("host lost", Reason::HostLost),
            ("exit 1, having printed more than 32 MB", Reason::Words("exit 1, having printed more than 32 MB".into())),
            ("exit one", Reason::Words("exit one".into())),
        ] {
            assert_eq!(serde_json::from_value::<Reason>(json!(text)).unwrap(), reason);
        }
    }
}
