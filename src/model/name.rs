//! Names: valid, or not built. A name can be printed anywhere and used in a path without another thought.

mod backend;
mod classroom;
pub mod machine;

pub use backend::BackendName;
pub use classroom::{ClassName, StudentId};

use std::fmt;
use std::str::FromStr;

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The name is the empty text.
    #[error("a {kind} name cannot be empty")]
    Empty {
        /// What the name was for.
        kind: &'static str,
    },
    /// A character that does not belong.
    #[error("`{name}` is not a {kind} name: `{found}` is not allowed (use a-z, 0-9 and `-`, and start with a letter)")]
    Character {
        /// What the name was for.
        kind: &'static str,
        /// The text that was written.
        name: String,
        /// The first character that does not belong.
        found: char,
    },
    /// Longer than what it becomes a part of may be: for most, a label of a host name (RFC 1035: 63 octets).
    #[error("`{name}` is not a {kind} name: it has {length} characters, {allowed} are allowed")]
    Long {
        /// What the name was for.
        kind: &'static str,
        /// The text that was written.
        name: String,
        /// Its length in characters.
        length: usize,
        /// The longest that there may be.
        allowed: usize,
    },
}

/// The one rule for names: a letter, then letters, digits, `-` or `_`, at most 63 of them.
fn checked(kind: &'static str, text: &str) -> Result<String, NameError> {
    let Some(first) = text.chars().next() else {
        return Err(NameError::Empty { kind });
    };
    let stray = (!first.is_ascii_alphabetic())
        .then_some(first)
        .or_else(|| text.chars().find(|c| !(c.is_ascii_alphanumeric() || *c == '-' || *c == '_')));
    if let Some(found) = stray {
        return Err(NameError::Character { kind, name: text.into(), found });
    }
    if text.len() > 63 {
        return Err(NameError::Long { kind, name: text.into(), length: text.len(), allowed: 63 });
    }
    Ok(text.into())
}

macro_rules! names {
    ($($(#[$doc:meta])* $Name:ident $kind:literal),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $Name(String);

        impl $Name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $Name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                checked($kind, text).map(Self)
            }
        }

        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $Name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

names! {
    /// A lab: one inventory, one block in the hosts file, one set of machines.
    LabName "lab",
    /// A machine that labctl works on.
    HostName "host",
    /// Hosts with the same part to play.
    GroupName "group",
    /// A step, which is a playbook.
    StepName "step",
    /// A handler of a playbook.
    HandlerName "handler",
}

impl StepName {
    /// The step that `labctl exec` makes of a command.
    pub fn exec() -> Self {
        Self("exec".into())
    }

    /// What the web server does around the change of a server, which is no step of any playbook.
    pub fn rotation() -> Self {
        Self("rotation".into())
    }

    /// The step that `labctl doctor` puts behind the others.
    pub fn doctor() -> Self {
        Self("doctor".into())
    }
}

impl HostName {
    /// The computer that labctl itself runs on, as a place for tasks (`hosts: controller`).
    pub fn controller() -> Self {
        Self("controller".into())
    }

    /// Whether this is [`HostName::controller`].
    pub fn is_controller(&self) -> bool {
        self.0 == "controller"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_valid_or_not_built() {
        assert_eq!("app1".parse::<HostName>().unwrap().as_str(), "app1");
        for bad in ["", "1app", "app 1", "../etc", "app.1", "-x", "ä"] {
            assert!(bad.parse::<HostName>().is_err(), "{bad:?}");
        }
        assert!("a".repeat(63).parse::<LabName>().is_ok());
        assert!("a".repeat(64).parse::<LabName>().is_err());
    }

    #[test]
    fn the_error_names_the_character() {
        let error = "web 1".parse::<HostName>().unwrap_err().to_string();
        assert!(error.contains("`web 1` is not a host name: ` ` is not allowed"), "{error}");
    }
}
