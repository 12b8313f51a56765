//! Parse, run, exit; nothing else.

#![forbid(unsafe_code)]

use labctl::commands;
use std::process::ExitCode;

fn main() -> ExitCode {
    commands::run(std::env::args_os().skip(1))
}
