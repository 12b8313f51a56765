//! English.

mod doctor;
mod explain;
mod live;
mod machine;
mod numbers;
mod outcomes;
mod picture;
mod report;
pub mod sentences;

use crate::languages::{Language, shipped_pages};

pub static LANGUAGE: Language = Language {
    code: "en",
    name: "English",
    locales: &["en"],
    pages: shipped_pages!(),
    numbers: numbers::NUMBERS,
    doctor: doctor::DOCTOR,
    explain: explain::EXPLAIN,
    machine: machine::MACHINE,
    outcomes: outcomes::OUTCOMES,
    picture: picture::PICTURE,
    sentences: sentences::SENTENCES,
    report: report::REPORT,
    live: live::LIVE,
};

/// `1 task`, `2 tasks`.
pub fn plural(n: usize, thing: &str) -> String {
    format!("{n} {thing}{}", if n == 1 { "" } else { "s" })
}
