//! Indonesian.

mod explain;
mod live;
mod outcomes;

use crate::languages::{Language, shipped_pages};

pub static LANGUAGE: Language = Language {
    code: "id",
    name: "Bahasa Indonesia",
    locales: &["id", "in"],
    pages: shipped_pages!(),
    explain: explain::EXPLAIN,
    outcomes: outcomes::OUTCOMES,
    live: live::LIVE,
};
