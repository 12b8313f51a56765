//! How an event carries what became a type only later: the kind under its own key, or words under the key that they have always
//! had. A reporter for programs writes both; then the kind counts, unless this labctl does not know it.

use serde::de::DeserializeOwned;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// What has a kind or is words.
pub trait Worded: Serialize + DeserializeOwned + Sized {
    /// The key of a kind.
    const KIND: &'static str;
    /// The key of words.
    const WORDS: &'static str;
    /// The words, if it has no kind.
    fn words(&self) -> Option<&str>;
    /// What words come to.
    fn of_words(words: String) -> Self;
}

/// Writes it under its key.
///
/// # Errors
/// As the format.
pub fn write<T: Worded, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    let mut map = to.serialize_map(Some(1))?;
    match value.words() {
        Some(words) => map.serialize_entry(T::WORDS, words)?,
        None => map.serialize_entry(T::KIND, value)?,
    }
    map.end()
}

/// Reads it from either key; `None` where neither is there.
///
/// # Errors
/// As the format.
pub fn read<'de, T: Worded, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    let mut map = Map::<String, Value>::deserialize(from)?;
    let kind = map.remove(T::KIND).and_then(|kind| serde_json::from_value(kind).ok());
    Ok(kind.or_else(|| match map.remove(T::WORDS) {
        Some(Value::String(words)) => Some(T::of_words(words)),
        _ => None,
    }))
}

/// For a field that may be missing.
pub mod optional {
    use super::*;

    /// Writes it, if it is there.
    ///
    /// # Errors
    /// As the format.
    pub fn serialize<T: Worded, S: Serializer>(value: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => write(value, to),
            None => to.serialize_map(Some(0))?.end(),
        }
    }

    /// Reads it, if it is there.
    ///
    /// # Errors
    /// As the format.
    pub fn deserialize<'de, T: Worded, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
        read(from)
    }
}

/// For a field that must be there.
pub mod needed {
    use super::*;
    use serde::de::Error;

    /// Writes it.
    ///
    /// # Errors
    /// As the format.
    pub fn serialize<T: Worded, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        write(value, to)
    }

    /// Reads it.
    ///
    /// # Errors
    /// It is missing.
    pub fn deserialize<'de, T: Worded, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        read(from)?.ok_or_else(|| D::Error::missing_field(T::KIND))
    }
}
