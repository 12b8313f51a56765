//! A sentence with its parts apart, so that a language can put it into words of its own.

use serde::{Serialize, Serializer};
use std::fmt::Display;

/// A sentence: an English template with `{}` for each part, or a text that is the same in every language.
///
/// The template is the sentence's name, too: `languages` finds its translation by it. Nothing reads the finished text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// What a machine or a program printed.
    Verbatim(String),
    /// One of labctl's own sentences.
    Sentence {
        /// In English, as of `format!`, with `{}` only.
        template: &'static str,
        /// What stands in place of each `{}`.
        parts: Vec<Message>,
    },
}

/// Makes a [`Message`] as `format!` makes a text. Each part is a message of its own, or anything that can be displayed.
macro_rules! message {
    ($template:literal $(, $part:expr)* $(,)?) => {
        $crate::model::message::Message::Sentence {
            template: $template,
            parts: vec![$($crate::model::message::ToMessage::to_message(&$part)),*],
        }
    };
}
pub(crate) use message;

/// What can be a part of a sentence.
pub trait ToMessage {
    /// It as a part of another message: a name stays, a message is translated with it.
    fn to_message(&self) -> Message;
}

impl<T: Display + ?Sized> ToMessage for T {
    fn to_message(&self) -> Message {
        Message::Verbatim(self.to_string())
    }
}

impl ToMessage for Message {
    fn to_message(&self) -> Message {
        self.clone()
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::Verbatim(text)
    }
}

impl Default for Message {
    fn default() -> Self {
        Self::Verbatim(String::new())
    }
}

impl Message {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Verbatim(text) if text.is_empty())
    }

    /// The English text, with its parts put in.
    pub fn english(&self) -> String {
        self.in_words(&|_| None)
    }

    /// In the words that `translated` has for a template, and in English where it has none.
    pub fn in_words(&self, translated: &dyn Fn(&str) -> Option<&'static str>) -> String {
        match self {
            Self::Verbatim(text) => text.clone(),
            Self::Sentence { template, parts } => {
                let parts: Vec<String> = parts.iter().map(|part| part.in_words(translated)).collect();
                filled(translated(template).unwrap_or(template), &parts)
            }
        }
    }
}

/// A template with its parts: `{}` is the next one, `{1}` the second one; `{{` and `}}` are braces.
fn filled(template: &str, parts: &[String]) -> String {
    let mut out = String::new();
    let (mut rest, mut next) = (template, 0);
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let tail = &rest[at + 1..];
        let brace = &rest[at..=at];
        rest = match tail.strip_prefix(brace) {
            Some(after) => {
                out.push_str(brace);
                after
            }
            None => {
                let (name, after) = tail.split_once('}').unwrap_or((tail, ""));
                let part = name.parse().unwrap_or_else(|_| {
                    next += 1;
                    next - 1
                });
                out.push_str(parts.get(part).map_or("", String::as_str));
                after
            }
        };
    }
    out.push_str(rest);
    out
}

/// For programs: in English.
impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.english())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_where_the_language_has_them() {
        let part = message!("port {}", 80);
        let sentence = message!("{} of {} does not listen on `http {{ }}`: {}", "nginx", "web", part);
        assert_eq!(sentence.english(), "nginx of web does not listen on `http { }`: port 80");
        let indonesian = |template: &str| match template {
            "port {}" => Some("porta {}"),
            _ => Some("di {1}, {0} tidak mendengarkan {2} ({{}})"),
        };
        assert_eq!(sentence.in_words(&indonesian), "di web, nginx tidak mendengarkan porta 80 ({})");
        assert_eq!(Message::from("{}".to_owned()).in_words(&indonesian), "{}", "what programs print is left alone");
    }
}
