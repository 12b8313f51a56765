//! How many hosts may fail before nothing more is begun.

use crate::model::event::Reason;
use crate::model::name::HostName;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, OnceLock, PoisonError};
use tokio_util::sync::CancellationToken;

/// So many hosts may fail: when there are more, nothing more is begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaxFail {
    /// At most so many hosts.
    Hosts(usize),
    /// So many in a hundred hosts of the run.
    Percent(u8),
}

impl MaxFail {
    /// Whether so many of all are too many.
    pub fn exceeded(self, failed: usize, of: usize) -> bool {
        match self {
            Self::Hosts(most) => failed > most,
            Self::Percent(most) => failed * 100 > of * usize::from(most),
        }
    }
}

/// A text that is not a [`MaxFail`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a number of hosts: write `5` for five hosts, or `20%` (0% to 100%) of the run's hosts")]
pub struct MaxFailError(String);

impl FromStr for MaxFail {
    type Err = MaxFailError;

    fn from_str(text: &str) -> Result<Self, MaxFailError> {
        let number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
        let known = match text.strip_suffix('%') {
            Some(percent) => {
                let percent = number(percent).and_then(|n: usize| u8::try_from(n).ok()).filter(|n| *n <= 100);
                percent.map(Self::Percent)
            }
            None => number(text).map(Self::Hosts),
        };
        known.ok_or_else(|| MaxFailError(text.to_owned()))
    }
}

impl fmt::Display for MaxFail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hosts(most) => write!(f, "{most}"),
            Self::Percent(most) => write!(f, "{most}%"),
        }
    }
}

/// More hosts have failed than `--max-fail` allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exceeded {
    failed: usize,
    of: usize,
    most: MaxFail,
}

impl From<Exceeded> for Reason {
    fn from(Exceeded { failed, of, most }: Exceeded) -> Self {
        Self::TooManyFailed { failed, of, most: most.to_string() }
    }
}

/// The hosts that have failed so far, and whether that is enough.
pub(super) struct Failures {
    most: Option<MaxFail>,
    of: usize,
    hosts: Mutex<BTreeSet<HostName>>,
    why: OnceLock<Exceeded>,
    enough: CancellationToken,
}

impl Failures {
    /// For a run on so many hosts.
    pub fn new(most: Option<MaxFail>, of: usize) -> Self {
        Self { most, of, hosts: Mutex::default(), why: OnceLock::new(), enough: CancellationToken::new() }
    }

    /// A host has failed, or was not reached. Gives how many have, when that is too many for the first time.
    pub fn add(&self, host: &HostName) -> Option<usize> {
        let most = self.most.filter(|_| !host.is_controller())?;
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        hosts.insert(host.clone());
        let (failed, of) = (hosts.len(), self.of);
        if self.enough.is_cancelled() || !most.exceeded(failed, of) {
            return None;
        }
        let _ = self.why.set(Exceeded { failed, of, most });
        self.enough.cancel();
        Some(failed)
    }

    /// How many hosts there are.
    pub fn of(&self) -> usize {
        self.of
    }

    /// Why nothing more is begun, if so.
    pub fn why(&self) -> Option<Exceeded> {
        self.why.get().copied()
    }

    /// Waits until too many have failed: most often for ever.
    pub async fn enough(&self) -> Exceeded {
        self.enough.cancelled().await;
        match self.why() {
            Some(why) => why,
            // It is set before the wait ends.
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_or_a_part_of_the_hosts() {
        for (text, wanted) in [
            ("0", Some(MaxFail::Hosts(0))),
            ("12", Some(MaxFail::Hosts(12))),
            ("20%", Some(MaxFail::Percent(20))),
            ("100%", Some(MaxFail::Percent(100))),
            ("101%", None),
            ("300%", None),
            ("-1", None),
            ("+1", None),
            ("2.5%", None),
            ("%", None),
            ("", None),
            ("few", None),
        ] {
            let read = text.parse::<MaxFail>();
            assert_eq!(read.clone().ok(), wanted, "{text}");
            match read {
                Ok(most) => assert_eq!(most.to_string(), text),
                Err(error) => assert!(error.to_string().contains("`20%`"), "{error}"),
            }
        }
    }

    #[test]
    fn only_more_than_that_is_too_many() {
        for (most, of, wanted) in [("0", 3, 1), ("2", 100, 3), ("20%", 10, 3), ("20%", 11, 3), ("20%", 4, 1)] {
            let failures = Failures::new(Some(most.parse().unwrap()), of);
            let host = |n: usize| format!("h{n}").parse().unwrap();
            for n in 1..wanted {
                assert_eq!(failures.add(&host(n)), None, "{most} of {of}");
                assert_eq!(failures.add(&host(n)), None, "a host fails once");
            }
            assert_eq!(failures.add(&HostName::controller()), None, "this computer is none of them");
            assert_eq!(failures.add(&host(wanted)), Some(wanted), "{most} of {of}");
            assert_eq!(failures.add(&host(wanted + 1)), None, "told once");
        }
    }

    #[test]
    fn without_a_number_nothing_is_too_many() {
        let failures = Failures::new(None, 1);
        assert_eq!((failures.add(&"a".parse().unwrap()), failures.why()), (None, None));
    }
}
