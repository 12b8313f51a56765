//! A part of a run that is split over several computers: `3/10` is the third of ten.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Which part, of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    number: usize,
    of: usize,
}

impl Shard {
    /// Which part, counted from 1.
    pub fn number(self) -> usize {
        self.number
    }

    /// Into how many parts the run is split, from 1.
    pub fn of(self) -> usize {
        self.of
    }

    /// Whether it is the first: what there is only once belongs to it.
    pub fn first(self) -> bool {
        self.number == 1
    }

    /// Whether host number `n` (from 0) belongs to it. One in so many does, rather than a piece of the list: hosts
    /// of a kind stand together in an inventory, and each shard gets its part of each kind; and a host that is added at
    /// the end moves no other.
    pub fn has(self, n: usize) -> bool {
        n % self.of == self.number - 1
    }
}

/// Why a text names no part of a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShardError {
    /// It is not two numbers with a slash between.
    #[error("`{0}` is not a part of a run: write `3/10` for the third of ten")]
    Form(String),
    /// There are not so many parts.
    #[error("there is no shard {part} of {of}: they are counted from 1/{of} to {of}/{of}")]
    Range {
        /// Which part of them, from 1.
        part: usize,
        /// Into how many parts the run is split.
        of: usize,
    },
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let number = |digits: &str| -> Option<usize> {
            digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
        };
        let form = || ShardError::Form(text.to_owned());
        let (part, of) = text.split_once('/').ok_or_else(form)?;
        let (part, of) = number(part).zip(number(of)).ok_or_else(form)?;
        if of == 0 {
            return Err(form());
        }
        if part == 0 || part > of {
            return Err(ShardError::Range { part, of });
        }
        Ok(Self { number: part, of })
    }
}

impl TryFrom<String> for Shard {
    type Error = ShardError;

    fn try_from(text: String) -> Result<Self, ShardError> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_counted_from_one() {
        for text in ["1/1", "3/10", "10/10"] {
            assert_eq!(text.parse::<Shard>().unwrap().to_string(), text);
        }
        for (text, message) in [
            ("0/3", "from 1/3 to 3/3"),
            ("4/3", "from 1/3 to 3/3"),
            ("a/b", "write `3/10`"),
            ("1/0", "write `3/10`"),
            ("0/0", "write `3/10`"),
            ("3", "write `3/10`"),
            ("1/2/3", "write `3/10`"),
            ("-1/3", "write `3/10`"),
            ("+1/3", "write `3/10`"),
            (" 1/3", "write `3/10`"),
            ("1/99999999999999999999999", "write `3/10`"),
            ("", "write `3/10`"),
        ] {
            let error = text.parse::<Shard>().unwrap_err().to_string();
            assert!(error.contains(message), "{text}: {error}");
        }
    }

    #[test]
    fn every_host_belongs_to_one_shard_and_they_are_even() {
        for of in 1..12 {
            let shards: Vec<Shard> = (1..=of).map(|n| format!("{n}/{of}").parse().unwrap()).collect();
            for hosts in [0, 1, 5, 11, 100] {
                let sizes: Vec<usize> =
                    shards.iter().map(|shard| (0..hosts).filter(|n| shard.has(*n)).count()).collect();
                assert_eq!(sizes.iter().sum::<usize>(), hosts);
                assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1, "{sizes:?}");
            }
        }
    }
}
