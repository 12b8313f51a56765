//! Parse, run, exit; nothing else.

#![forbid(unsafe_code)]

use labctl::commands;
use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    commands::run(&words)
}
