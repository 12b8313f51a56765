//! How an event carries its [`Unreachable`]: as `why`. Recordings from before there were kinds have `reason` and
//! `hints` instead: they are read as [`Unreachable::Words`]. So is a kind that this labctl does not know yet, for reporters write
//! the words beside the kind.

use super::Unreachable;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize)]
#[serde(untagged)]
enum Written<'a> {
    Words { reason: &'a str, hints: &'a [String] },
    Kind { why: &'a Unreachable },
}

#[derive(Deserialize)]
struct Read {
    why: Option<serde_json::Value>,
    reason: Option<String>,
    #[serde(default)]
    hints: Vec<String>,
}

/// Writes `why`, or the words again that were read.
///
/// # Errors
/// As the format.
pub fn serialize<S: Serializer>(why: &Unreachable, to: S) -> Result<S::Ok, S::Error> {
    match why {
        Unreachable::Words { reason, hints } => Written::Words { reason, hints }.serialize(to),
        why => Written::Kind { why }.serialize(to),
    }
}

/// Reads `why`, or `reason` and `hints` where it is missing or not understood.
///
/// # Errors
/// There is neither.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Unreachable, D::Error> {
    let Read { why, reason, hints } = Read::deserialize(from)?;
    match (why.map(serde_json::from_value), reason) {
        (Some(Ok(why)), _) => Ok(why),
        (_, Some(reason)) => Ok(Unreachable::Words { reason, hints }),
        (Some(Err(error)), None) => Err(D::Error::custom(error)),
        (None, None) => Err(D::Error::missing_field("why")),
    }
}
