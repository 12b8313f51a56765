//! man: the pages for `man labctl`.

use super::Cli;
use super::output::{self, OutputArgs};
use crate::session::error::{Error, ErrorKind};
use clap::{Args, CommandFactory};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct ManArgs {
    /// The folder to write them to
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

/// Writes one page for labctl, and one for each verb.
pub async fn run(args: ManArgs, _: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let folder = args.folder;
    let failed = |error| Error::input(format!("cannot write to {}: {error}", folder.display()));
    std::fs::create_dir_all(&folder).map_err(failed)?;
    clap_mangen::generate_to(Cli::command().disable_help_subcommand(true), &folder).map_err(failed)?;
    output::out(&format!("wrote the pages to {}: man {}\n", folder.display(), folder.join("labctl.1").display()));
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::output::{Color, Format};

    #[tokio::test]
    async fn every_verb_has_a_page_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("new/man1");
        let output = OutputArgs { format: Format::Human, color: Color::Never, verbose: false, quiet: true };
        run(ManArgs { folder: at.clone() }, &output).await.unwrap();
        for verb in Cli::command().get_subcommands() {
            let page = std::fs::read_to_string(at.join(format!("labctl-{}.1", verb.get_name()))).unwrap();
            let about = verb.get_about().unwrap().to_string();
            let first = about.split([':', ',', '.', '`', '(', '\'', '-']).next().unwrap();
            assert!(page.contains(first) && page.contains(".SH SYNOPSIS"), "{page}");
        }
        let main = std::fs::read_to_string(at.join("labctl.1")).unwrap();
        assert!(main.contains("labctl\\-up(1)"), "{main}");
    }
}
