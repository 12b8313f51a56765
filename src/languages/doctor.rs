//! What the doctor says around its findings, and its findings in other languages than English.

use super::Language;
use crate::model::layer::Layer;
use crate::model::message::Message;

/// The texts of `labctl doctor`.
pub struct DoctorTexts {
    /// Its sentences: the English template, and the one of this language. None for English, which the causes speak.
    pub sentences: &'static [(&'static str, &'static str)],
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
}

impl Language {
    /// A sentence in this language; in English where it has no translation yet.
    pub fn message(&self, message: &Message) -> String {
        let translated = |template: &str| {
            self.doctor.sentences.iter().find(|(english, _)| *english == template).map(|(_, own)| *own)
        };
        message.in_words(&translated)
    }
}
