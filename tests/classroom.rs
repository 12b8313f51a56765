//! A class and its files, as people and platforms have them.
#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

#[path = "classroom/gradebooks.rs"]
mod gradebooks;
#[path = "classroom/importers.rs"]
mod importers;
#[path = "classroom/labs.rs"]
mod labs;
#[path = "classroom/rosters.rs"]
mod rosters;

/// How a text can be stored.
const ENCODINGS: [labctl::internals::table::Encoding; 5] = {
    use labctl::internals::table::Encoding::{Utf8, Utf16Be, Utf16Le, Windows1252};
    [Utf8 { mark: false }, Utf8 { mark: true }, Utf16Le, Utf16Be, Windows1252]
};
