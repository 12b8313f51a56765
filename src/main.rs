//! Parse, run, exit; nothing else.

#![forbid(unsafe_code)]

use clap::Parser;
use labctl::commands::{self, Cli};
use std::process::ExitCode;

fn main() -> ExitCode {
    commands::run(Cli::parse())
}
