//! Names of a class and of who is in it. They become parts of names of machines and domains, which have no capitals.

use super::NameError;
use std::fmt;
use std::str::FromStr;

/// A letter, then letters, digits and `-`, none of them a capital, and no `-` at the end.
fn checked(kind: &'static str, text: &str, allowed: usize) -> Result<String, NameError> {
    let Some(first) = text.chars().next() else {
        return Err(NameError::Empty { kind });
    };
    let belongs = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let stray = (!first.is_ascii_lowercase()).then_some(first).or_else(|| text.chars().find(|c| !belongs(*c)));
    let stray = stray.or_else(|| text.ends_with('-').then_some('-'));
    if let Some(found) = stray {
        return Err(NameError::Character { kind, name: text.into(), found });
    }
    if text.len() > allowed {
        return Err(NameError::Long { kind, name: text.into(), length: text.len(), allowed });
    }
    Ok(text.into())
}

macro_rules! names {
    ($($(#[$doc:meta])* $Name:ident $kind:literal $allowed:literal),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $Name(String);

        impl $Name {
            /// The most characters that it has.
            pub const LONGEST: usize = $allowed;

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $Name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                checked($kind, text, $allowed).map(Self)
            }
        }

        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    )+};
}

names! {
    /// A class: as many labs as it has students.
    ClassName "class" 16,
    /// A student of a class, as machines and domains name them. `CLASS-ID` is the name of their lab, and there is room for a
    /// host's name behind it in one label.
    StudentId "student" 24,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_student_is_a_part_of_a_domain() {
        for good in ["s01", "budi-santoso", "a", &"a".repeat(24)] {
            assert_eq!(good.parse::<StudentId>().unwrap().as_str(), good);
        }
        for bad in ["", "01", "Budi", "budi_s", "a.b", "-a", "a-", "ä", &"a".repeat(25)] {
            assert!(bad.parse::<StudentId>().is_err(), "{bad}");
        }
        let error = "devops-3a-of-2026".parse::<ClassName>().unwrap_err().to_string();
        assert!(error.contains("17 characters, 16 are allowed"), "{error}");
    }
}
