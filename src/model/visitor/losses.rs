//! How many requests were lost to what.

use super::VisitError;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;

/// Requests without a good answer, counted by what the visitor met instead. Written as a list of errors, each with its
/// `count`; what older versions wrote, a map from sentences to numbers, is still read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Losses(BTreeMap<VisitError, u64>);

impl Losses {
    /// Counts `n` more of these.
    pub fn add(&mut self, error: VisitError, n: u64) {
        *self.0.entry(error).or_default() += n;
    }

    /// All of them together.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// How many kinds there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was lost.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether some were lost to this.
    pub fn contains(&self, error: &VisitError) -> bool {
        self.0.contains_key(error)
    }

    /// Each error, and how many requests met it.
    pub fn iter(&self) -> impl Iterator<Item = (&VisitError, u64)> {
        self.0.iter().map(|(error, n)| (error, *n))
    }

    /// The one that tells most: of those that name who was asked, the most frequent; else the most frequent. Once every
    /// server has failed, nginx asks nobody for a while: who was asked before that tells more.
    pub fn most_telling(&self) -> Option<(&VisitError, u64)> {
        let named = |error: &VisitError| matches!(error.asked(), super::Asked::Server { .. });
        self.iter().max_by_key(|(error, n)| (named(error), *n))
    }

    /// Shows `change` every text in it that a machine chose. What becomes the same is counted together.
    pub fn change_outputs(&mut self, change: &mut dyn FnMut(&mut String)) {
        for (mut error, n) in std::mem::take(&mut self.0) {
            error.change_outputs(change);
            self.add(error, n);
        }
    }
}

impl FromIterator<(VisitError, u64)> for Losses {
    fn from_iter<I: IntoIterator<Item = (VisitError, u64)>>(all: I) -> Self {
        let mut losses = Self::default();
        all.into_iter().for_each(|(error, n)| losses.add(error, n));
        losses
    }
}

#[derive(Serialize, Deserialize)]
struct Loss {
    #[serde(flatten)]
    error: VisitError,
    count: u64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenLosses {
    List(Vec<Loss>),
    Sentences(BTreeMap<String, u64>),
}

impl Serialize for Losses {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(|(error, count)| Loss { error: error.clone(), count }))
    }
}

impl<'de> Deserialize<'de> for Losses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match WrittenLosses::deserialize(deserializer)? {
            WrittenLosses::List(all) => all.into_iter().map(|loss| (loss.error, loss.count)).collect(),
            WrittenLosses::Sentences(all) => {
                all.into_iter().map(|(text, n)| (VisitError::of_old_text(&text), n)).collect()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Asked;
    use super::*;

    fn asked(host: &str) -> VisitError {
        let asked = Asked::Server { host: host.parse().unwrap(), port: "3000".into() };
        VisitError::Status { status: 502, asked }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let losses: Losses = [
            (asked("app1"), 3),
            (VisitError::Status { status: 502, asked: Asked::Nobody }, 9),
            (VisitError::Status { status: 500, asked: Asked::Stranger("10.0.0.9:1".into()) }, 1),
            (VisitError::Refused, 1),
            (VisitError::Curl { exit: 6, text: "no".into() }, 2),
        ]
        .into_iter()
        .collect();
        let written = serde_json::to_string(&losses).unwrap();
        assert_eq!(serde_json::from_str::<Losses>(&written).unwrap(), losses, "{written}");
        assert_eq!(losses.most_telling(), Some((&asked("app1"), 3)));
        assert_eq!(losses.total(), 16);
    }

    #[test]
    fn sentences_of_older_recordings_are_read() {
        let losses: Losses =
            serde_json::from_str(r#"{"status 502": 7, "answered 502 (asked: app1:3000)": 2, "no answer in time": 1}"#)
                .unwrap();
        let wanted: Losses = [
            (VisitError::Status { status: 502, asked: Asked::Unknown }, 7),
            (asked("app1"), 2),
            (VisitError::AnswerTimeout, 1),
        ]
        .into_iter()
        .collect();
        assert_eq!(losses, wanted);
    }

    #[test]
    fn what_becomes_the_same_is_counted_together() {
        let network = |text: &str| VisitError::Network { text: text.into() };
        let mut losses: Losses = [(network("a"), 1), (network("b"), 2), (VisitError::Reset, 4)].into_iter().collect();
        losses.change_outputs(&mut |text| *text = text.replace('b', "a"));
        assert_eq!(losses, [(network("a"), 3), (VisitError::Reset, 4)].into_iter().collect());
    }
}
