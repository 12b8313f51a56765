//! What the doctor says around its findings, and its findings in other languages than English.

use super::Language;
use crate::model::computer::{About, PartState};
use crate::model::layer::Layer;
use crate::model::message::Message;

/// The texts of `labctl doctor`.
pub struct DoctorTexts {
    /// Its sentences: the English template, and the one of this language. None for English, which the causes speak.
    pub sentences: &'static [&'static [(&'static str, &'static str)]],
    /// No cause was found.
    pub well: &'static str,
    /// How many machines and sites were asked.
    pub asked: fn(machines: usize, sites: usize) -> String,
    /// `labctl check` would still change so many things.
    pub open: fn(things: usize) -> String,
    /// So many causes were found.
    pub found: fn(causes: usize) -> String,
    /// The computer that labctl runs on.
    pub here: &'static str,
    /// On a host, which was named as `host`.
    pub on: fn(host: &str) -> String,
    /// Where on the way of a request a cause lies.
    pub layer: fn(Layer) -> &'static str,
    /// Before something that was seen.
    pub seen: &'static str,
    /// Before a command, and where to type it.
    pub typed: fn(host: &str) -> String,
    /// Another finding that is probably a consequence.
    pub consequence: fn(cause: &str, host: &str, sentence: &str) -> String,
    /// So many other findings that are probably consequences, and are not shown.
    pub consequences: fn(n: usize) -> String,
    /// Before the command that looks again.
    pub again: &'static str,
    /// What a visitor on this computer met under an address.
    pub visited: fn(url: &str, met: &str) -> String,
    /// There is no inventory, so this computer was looked at.
    pub no_inventory: &'static str,
    /// Nothing on this computer prevents a lab.
    pub ready: &'static str,
    /// So many things on this computer prevent any lab.
    pub prevented: fn(things: usize) -> String,
    /// A part of this computer.
    pub about: fn(About) -> &'static str,
    /// How a part of this computer is.
    pub state: fn(PartState) -> &'static str,
    /// Before what to type about a part of this computer.
    pub type_here: &'static str,
    /// Before the ways to a lab.
    pub ways: &'static str,
}

impl Language {
    /// A sentence in this language; in English where it has no translation yet.
    pub fn message(&self, message: &Message) -> String {
        let translated = |template: &str| {
            self.doctor
                .sentences
                .iter()
                .copied()
                .flatten()
                .find(|(english, _)| *english == template)
                .map(|(_, own)| *own)
        };
        message.in_words(&translated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::languages::{ALL, ENGLISH};
    use crate::model::message::message;
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    /// The templates in the sources below a folder: what stands first in `message!(…)`, and second in `login!(…)`.
    fn templates(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                templates(&path, found);
            } else if !path.to_string_lossy().ends_with("tests.rs") {
                let text = fs::read_to_string(&path).unwrap();
                for (mark, before) in [("message!(", 0), ("login!(", 1)] {
                    for rest in text.split(mark).skip(1) {
                        found.extend(literal(rest, before));
                    }
                }
            }
        }
    }

    /// The string literal that stands behind so many others.
    fn literal(text: &str, before: usize) -> Option<String> {
        let mut rest = text;
        for skipped in 0..=before {
            rest = rest.trim_start_matches([',', ' ', '\n']).strip_prefix('"')?;
            let (inner, after) = rest.split_once('"')?;
            if skipped == before {
                return Some(inner.to_owned());
            }
            rest = after;
        }
        None
    }

    fn places(template: &str) -> usize {
        template.replace("{{", "").replace("}}", "").matches('{').count()
    }

    #[test]
    fn the_causes_speak_every_language() {
        let mut english = BTreeSet::new();
        templates(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/planning/doctor"), &mut english);
        assert!(english.len() > 250, "the test reads the sources: {}", english.len());
        for language in ALL.iter().filter(|language| **language != ENGLISH) {
            let own: Vec<_> = language.doctor.sentences.iter().copied().flatten().collect();
            for (template, translated) in &own {
                assert_eq!(places(translated), places(template), "{language:?}: {translated}");
            }
            let known: BTreeSet<&str> = own.iter().map(|(template, _)| *template).collect();
            assert_eq!(known.len(), own.len(), "{language:?} translates a sentence twice");
            let lacks: Vec<_> = english.iter().filter(|template| !known.contains(template.as_str())).collect();
            let spare: Vec<_> = known.iter().filter(|template| !english.contains(**template)).collect();
            assert!(lacks.is_empty(), "{language:?} lacks {} sentences of the doctor: {lacks:#?}", lacks.len());
            assert!(spare.is_empty(), "{language:?} translates what no cause says: {spare:#?}");
        }
    }

    #[test]
    fn what_has_no_translation_is_said_in_english() {
        let indonesian = Language::of_code("id").unwrap();
        assert_eq!(
            indonesian.message(&message!("nginx is not installed on {}.", "web")),
            "nginx belum terpasang di web."
        );
        assert_eq!(indonesian.message(&message!("Nobody has translated {}.", "this")), "Nobody has translated this.");
    }
}
