//! Indonesian.

mod doctor;
mod explain;
mod live;
mod machine;
mod numbers;
mod outcomes;
mod picture;
mod report;
mod sentences;

use crate::languages::{Language, shipped_pages};

pub static LANGUAGE: Language = Language {
    code: "id",
    name: "Bahasa Indonesia",
    locales: &["id", "in"],
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
