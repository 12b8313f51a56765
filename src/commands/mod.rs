//! One file for each verb, its arguments beside it. `cli` has the list, `*_args` what many verbs share, `apply` how a
//! run is reported, and `output` the places where commands print.

mod apply;
mod balance;
mod check;
mod class;
mod class_down;
mod cli;
mod completions;
mod doctor;
mod down;
mod drill;
mod exec;
mod explain;
mod first_inventory;
mod graph;
mod init;
mod inventory_args;
mod language;
mod man;
mod misplaced;
mod output;
mod output_args;
mod plan;
#[cfg(test)]
mod renamed_tests;
mod report;
mod report_merge;
mod reset;
mod run_args;
mod schema;
mod snapshot;
mod ssh;
mod status;
mod step;
mod trust;
mod up;
mod watch;

use crate::session::error::{Error, ErrorKind};
pub use cli::Cli;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs what the user typed, and returns the exit code. With a type parameter, all that it calls would be compiled again in
/// the program, beside the library's.
pub fn run(words: &[OsString]) -> ExitCode {
    let cli = match misplaced::parse(words) {
        Ok(cli) => cli,
        Err(error) => return show_error(&error),
    };
    // Before any secret is read.
    crate::infra::transport::no_core_dumps();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return show_error(&Error::failed(format!("cannot start: {error}"))),
    };
    let done = runtime.block_on(cli.command.run(&cli.output));
    // A prompt or an archive being packed must not delay the exit.
    runtime.shutdown_background();
    match done {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(kind)) => ExitCode::from(kind.code()),
        Err(error) => show_error(&error),
    }
}

fn show_error(error: &Error) -> ExitCode {
    output::error(&error.to_string());
    ExitCode::from(error.kind.code())
}
