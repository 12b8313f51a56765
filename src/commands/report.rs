//! report: a run of the past, as a page or as test results.

use super::language::LanguageArgs;
use super::output::{self, Format, OutputArgs};
use super::report_merge::{self, Recordings};
use crate::reporting::{html, junit};
use crate::session::error::{Error, ErrorKind};
use crate::session::recordings::{chosen, lab_of, listed, read};
use clap::{Args, ValueEnum};
use std::io::{self, IsTerminal};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct ReportArgs {
    #[command(subcommand)]
    with: Option<Recordings>,
    /// A recording, an inventory, or a lab that has run here (its newest run); without it, the usual inventory
    #[arg(env = "LABCTL_INVENTORY")]
    what: Option<PathBuf>,
    /// The format of the report
    #[arg(long = "as", value_enum, value_name = "FORM", default_value = "html")]
    form: ReportFormat,
    /// Where to write it, instead of standard output (a page never goes to a terminal, but to LAB-report.html)
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// List the recordings instead
    #[arg(long, conflicts_with = "output")]
    list: bool,
    #[command(flatten)]
    language: LanguageArgs,
}

/// The format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// One self-contained page for a browser.
    Html,
    /// Test results for a CI system, as JUnit's XML.
    Junit,
}

pub async fn run(args: ReportArgs, output_args: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let ReportArgs { with, what, form, output, list, language } = args;
    if let Some(Recordings::Merge(args)) = with {
        return report_merge::run(args);
    }
    if list {
        for (path, about) in listed(what, output::notices())? {
            output::out(&if output_args.format == Format::Json { about.json(&path) } else { about.line(&path) });
        }
        return Ok(None);
    }
    let path = chosen(what, output::notices())?;
    let recording = read(&path)?;
    for remark in &recording.remarks {
        output::progress(&format!("  {remark}"));
    }
    let name = path.display().to_string();
    let made = match form {
        ReportFormat::Html => html(&recording, &name, language.language()),
        ReportFormat::Junit => junit(&recording, &name),
    };
    let made = made.ok_or_else(|| Error::input(format!("{name} does not contain a run")))?;
    // A page in a terminal helps nobody.
    let to_file = form == ReportFormat::Html && io::stdout().is_terminal();
    let page = || lab_of(&recording).filter(|_| to_file).map(|lab| format!("{lab}-report.html").into());
    let output = output.or_else(page);
    let Some(output) = output else {
        output::out(&made);
        return Ok(None);
    };
    output::write(&output, &made)?;
    let open = if form == ReportFormat::Html { "; open it in a browser" } else { "" };
    output::progress(&format!("  the report of {name} is in {}{open}", output.display()));
    Ok(None)
}
