//! English.

mod explain;
mod live;
mod outcomes;

use crate::languages::{Language, shipped_pages};

pub static LANGUAGE: Language = Language {
    code: "en",
    name: "English",
    locales: &["en"],
    pages: shipped_pages!(),
    explain: explain::EXPLAIN,
    outcomes: outcomes::OUTCOMES,
    live: live::LIVE,
};
