//! One file for each verb or family of verbs.

mod balance;
pub mod cli;
mod doctor;
mod drill;
mod exec;
mod explain;
mod graph;
mod init;
mod machines;
mod output;
mod plan;
mod report;
mod run;
mod ssh;
mod status;
mod trust;
mod watch;
mod watch_load;

use crate::config::inventory::Setting;
use crate::session::error::{Error, ErrorKind};
use crate::session::lab::Lab;
pub use cli::Cli;
use cli::{Command, Recordings};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Runs what the user typed, and gives the exit code.
pub fn run(cli: Cli) -> ExitCode {
    // Before any secret is read.
    crate::infra::transport::no_core_dumps();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return told(&Error::failed(format!("cannot start: {error}"))),
    };
    let done = runtime.block_on(dispatch(cli));
    // A prompt or a packing that still blocks must not hold the exit up.
    runtime.shutdown_background();
    match done {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(kind)) => ExitCode::from(kind.code()),
        Err(error) => told(&error),
    }
}

/// Opens the lab of an inventory; notices go to standard error.
fn open(inventory: Option<PathBuf>, settings: &[Setting]) -> Result<Lab, Error> {
    Lab::open(inventory, settings, output::notices())
}

/// The same, or the example that `labctl init` writes if there is no inventory.
fn open_or_example(inventory: Option<PathBuf>, settings: &[Setting]) -> Result<Lab, Error> {
    Lab::open_or_example(inventory, settings, output::notices(), init::LAB)
}

fn told(error: &Error) -> ExitCode {
    output::error(&error.to_string());
    ExitCode::from(error.kind.code())
}

/// `Some` is an end that is not good, of which everything has been said already.
async fn dispatch(cli: Cli) -> Result<Option<ErrorKind>, Error> {
    let look = cli.look;
    match cli.command {
        Command::Up(build) => run::up(build, &look).await,
        Command::Step { steps, inventory, options, halt } => run::step(&steps, inventory, options, halt, &look).await,
        Command::Check(build) => run::check(build, &look).await,
        Command::Exec { hosts, inventory, spread, halt, command } => {
            exec::exec(&hosts, inventory, &command, spread, halt, &look).await
        }
        Command::Plan { work, script } => plan::plan(work, script.as_deref(), &look).await,
        Command::Graph { work, form, output, live } => graph::graph(work, form, output.as_deref(), live, &look).await,
        Command::Status { work, watch } => status::status(work, watch, &look).await,
        Command::Balance { sites, inventory } => balance::balance(&sites, inventory, &look).await,
        Command::Watch { work, port, rate, every, lang } => {
            watch::watch(watch::Asked { work, port, rate, every, lang }, &look).await
        }
        Command::Doctor(work) => doctor::doctor(work, &look).await,
        Command::Drill(words) => drill::drill(words, &look).await,
        Command::Report { with: Some(Recordings::Merge { recordings, output }), .. } => {
            report::merge(&recordings, output.as_deref())
        }
        Command::Report { with: None, what, form, output, list } => report::report(what, form, output, list, &look),
        Command::Explain { about, inventory, lang, form, settings, hosts_file } => {
            let asked = explain::Asked { about, inventory, lang, form, settings, hosts_file };
            explain::explain(asked, &look).await
        }
        Command::Ssh { host, inventory, command } => ssh::ssh(&host, inventory, &command).await,
        Command::Trust { host, inventory, yes } => trust::trust(&host, inventory, yes).await,
        Command::Down { lab, inventory, hosts_file } => machines::down(lab, inventory, hosts_file).await,
        Command::Reset { hosts, inventory } => machines::reset(&hosts, inventory).await,
        Command::Init { sandbox, file } => init::init(sandbox, &file),
        Command::Schema => init::schema(),
        Command::Completions { shell } => init::completions(shell),
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
