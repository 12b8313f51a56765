//! completions: for shells.

use super::Cli;
use super::output::{self, OutputArgs};
use crate::session::error::{Error, ErrorKind};
use clap::{Args, CommandFactory};

#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell to complete command lines for
    shell: clap_complete::Shell,
}

pub async fn run(args: CompletionsArgs, _: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "labctl", &mut script);
    output::out(&String::from_utf8_lossy(&script));
    Ok(None)
}
