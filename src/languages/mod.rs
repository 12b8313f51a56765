//! Texts that exist in more than one language: explanations, the page of a run, the live page, the doctor's. A language is one
//! folder here and one word in the list below. Its texts are structs without defaults, so the compiler names each one that a new
//! language lacks, and a language cannot fall behind when a text is added.
//!
//! JUnit, errors, and what a run prints on a terminal are in English ([`ENGLISH`]).

mod doctor;
mod explain;
pub mod lists;
mod live;
mod machine;
mod numbers;
mod outcomes;
mod picture;
mod report;
mod sentences;

pub use doctor::DoctorTexts;
pub use explain::{Explain, Topics};
pub use live::LiveTexts;
pub use machine::MachineTexts;
pub use numbers::{Moment, Numbers};
pub use outcomes::Outcomes;
pub use picture::PictureTexts;
pub use report::{
    BalanceTexts, CommonTexts, CurveTexts, DrillTexts, HeadTexts, PartTexts, ReportTexts, RunCounts, RunTexts,
};
pub use sentences::{Advice, Sentences};

use crate::model::problem::Source;
use std::fmt;
use std::sync::Arc;

/// Declares the folders, and lists what stands in each.
macro_rules! languages {
    ($first:ident $(, $more:ident)*) => {
        mod $first;
        $(mod $more;)*

        /// All languages. The first one is spoken where nobody asked for another.
        pub static ALL: &[&Language] = &[&$first::LANGUAGE $(, &$more::LANGUAGE)*];
    };
}

// `cargo fmt` does not look into these folders; tests/architecture.rs does it in its place.
languages!(en, id);

/// The sentences of the terminal, JUnit and errors.
pub use en::sentences as english;

/// What the terminal, JUnit and errors speak.
pub static ENGLISH: &Language = &en::LANGUAGE;
pub use en::plural;

/// The pages of `labctl explain` that come with labctl: `explain/NAME.md` in the folder of a language.
macro_rules! shipped_pages {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("explain/", $name, ".md")))),+]
    };
    () => {
        $crate::languages::shipped_pages!(
            "update", "nginx", "node", "dumbflix", "pm2", "proxy", "hosts", "verify", "web-server", "reverse-proxy",
            "load-balancing",
        )
    };
}
use shipped_pages;

/// A language, with all its texts.
pub struct Language {
    /// Its code in `--lang`, in `lang=`, and in the names of the user's own pages: `en`, `id`.
    pub code: &'static str,
    /// What its speakers call it.
    pub name: &'static str,
    /// What the locales of its speakers begin with: `id`, and `in` on old systems.
    pub locales: &'static [&'static str],
    /// Its pages of Markdown, by step and topic.
    pub pages: &'static [(&'static str, &'static str)],
    /// How it writes times and dates.
    pub numbers: Numbers,
    /// What the doctor says.
    pub doctor: DoctorTexts,
    /// What stands around the commands of an explanation.
    pub explain: Explain,
    /// The words for what a machine says of itself.
    pub machine: MachineTexts,
    /// How tasks and steps ended.
    pub outcomes: Outcomes,
    /// The words in the picture of a lab.
    pub picture: PictureTexts,
    /// The sentences about what happened in a run.
    pub sentences: Sentences,
    /// The texts of the page of a run.
    pub report: ReportTexts,
    /// The texts of the live page.
    pub live: LiveTexts,
}

impl Language {
    /// The language with this code.
    pub fn of_code(code: &str) -> Option<&'static Self> {
        ALL.iter().copied().find(|language| language.code == code)
    }

    /// The language of a locale such as `id_ID.UTF-8`; the first one for those that nobody here speaks.
    pub fn of_locale(locale: &str) -> &'static Self {
        let begin = locale.split(['_', '.', '@', '-']).next().unwrap_or_default();
        ALL.iter().copied().find(|language| language.locales.contains(&begin)).unwrap_or(ALL[0])
    }

    /// The texts of the live page as its script reads them.
    pub fn live_json(&self) -> String {
        #[derive(serde::Serialize)]
        struct Words<'a> {
            #[serde(flatten)]
            live: &'a LiveTexts,
            outcomes: &'a Outcomes,
        }
        // Texts always serialise.
        serde_json::to_string(&Words { live: &self.live, outcomes: &self.outcomes }).unwrap_or_default()
    }

    /// The page that labctl ships for a step or a topic.
    pub fn page(&self, name: &str) -> Option<Arc<Source>> {
        let (_, text) = self.pages.iter().find(|(page, _)| *page == name)?;
        Some(Source::new(format!("explain/{name}.{}.md (shipped with labctl)", self.code), *text))
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

/// Serialised as its code: `en`.
impl serde::Serialize for Language {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code)
    }
}

impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for Language {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    #[test]
    fn a_locale_chooses_the_language() {
        for (locale, code) in [
            ("id_ID.UTF-8", "id"),
            ("id", "id"),
            ("in_ID", "id"),
            ("en_GB.UTF-8", "en"),
            ("C.UTF-8", "en"),
            ("it_IT", "en"),
            ("", "en"),
        ] {
            assert_eq!(Language::of_locale(locale).code, code, "{locale}");
        }
    }

    #[test]
    fn no_two_languages_claim_the_same() {
        let codes: BTreeSet<&str> = ALL.iter().map(|language| language.code).collect();
        let names: BTreeSet<&str> = ALL.iter().map(|language| language.name).collect();
        let locales: Vec<&str> = ALL.iter().flat_map(|language| language.locales).copied().collect();
        assert_eq!((codes.len(), names.len()), (ALL.len(), ALL.len()));
        assert_eq!(locales.iter().collect::<BTreeSet<_>>().len(), locales.len(), "{locales:?}");
        for language in ALL {
            assert_eq!(Language::of_code(language.code), Some(*language));
            assert!(language.locales.contains(&language.code), "{language:?}");
        }
    }

    /// A page that was copied and then forgotten.
    #[test]
    fn every_language_has_pages_of_its_own() {
        for (n, one) in ALL.iter().enumerate() {
            for other in &ALL[n + 1..] {
                let own: BTreeSet<_> = other.pages.iter().collect();
                let same: Vec<&str> = one.pages.iter().filter(|page| own.contains(page)).map(|page| page.0).collect();
                assert_eq!(same, Vec::<&str>::new(), "{one:?} {other:?}");
            }
        }
    }

    /// The string literals in the sources below a folder that are sentences: three words and more, and no command.
    fn sentences(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sentences(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let code = fs::read_to_string(&path).unwrap();
                let code = code.split("#[cfg(test)]").next().unwrap_or_default();
                // A quote within a literal is escaped; a comment of one language's sources has no quotes.
                let literals = code.replace("\\\"", "'");
                let literals = literals.split('"').skip(1).step_by(2).map(|text| text.replace("\\\n", " "));
                found.extend(literals.filter(|text| {
                    let word =
                        |word: &&str| word.chars().filter(|c| c.is_alphabetic()).count() > 1 && !word.contains('{');
                    text.split_whitespace().filter(word).count() > 2 && !text.starts_with("labctl ")
                }));
            }
        }
    }

    /// A text that was copied and then forgotten. The English texts of the doctor are the keys of their translations.
    #[test]
    fn every_language_has_words_of_its_own() {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let of = |folder: &Path| {
            let mut found = BTreeSet::new();
            sentences(folder, &mut found);
            found
        };
        let keys: BTreeSet<String> = of(&src.join("planning")).union(&of(&src.join("model"))).cloned().collect();
        let texts: Vec<_> = ALL.iter().map(|language| of(&src.join("languages").join(language.code))).collect();
        for (n, one) in texts.iter().enumerate() {
            assert!(one.len() > 300, "the test reads the sources: {}", one.len());
            for other in &texts[n + 1..] {
                let same: Vec<_> = one.intersection(other).filter(|text| !keys.contains(*text)).collect();
                // What the resolver of the system says is the same in every language.
                assert!(same.iter().all(|text| text.starts_with("failed to lookup")), "{same:#?}");
            }
        }
    }
}
