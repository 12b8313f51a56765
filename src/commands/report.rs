//! report: a run of the past, as a page or as test results.

use super::language::LanguageArgs;
use super::output::{self, Format, OutputArgs};
use crate::reporting::{date, html, junit, seconds};
use crate::session::error::{Error, ErrorKind};
use crate::session::record;
use crate::session::recordings::{About, Merged, chosen, folder, lab_of, merged, read};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

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

/// What else can be done with recordings.
#[derive(Debug, Subcommand)]
pub enum Recordings {
    /// Join the recordings of shards, or of runs one after the other, into one that every report takes
    Merge {
        /// Recordings: of `.labctl/LAB/runs`, or what `--format json` printed
        #[arg(required = true, value_name = "RECORDING")]
        recordings: Vec<PathBuf>,
        /// Where to write it, instead of standard output
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

pub async fn run(args: ReportArgs, look: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let ReportArgs { with, what, form, output, list, language } = args;
    if let Some(Recordings::Merge { recordings, output }) = with {
        return merge(&recordings, output.as_deref());
    }
    if list {
        return listed(&folder(what, output::notices())?, look);
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

fn merge(paths: &[PathBuf], output: Option<&Path>) -> Result<Option<ErrorKind>, Error> {
    let Merged { lines, missing } = merged(paths)?;
    missing.iter().for_each(|remark| output::progress(&format!("  {remark}")));
    match output {
        None => output::out(&lines),
        Some(path) => output::write(path, &lines)?,
    }
    Ok(None)
}

/// One line for each recording, the newest last.
fn listed(folder: &Path, look: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let all = record::all(folder);
    if all.is_empty() {
        return Err(Error::input(format!("nothing is recorded in {}", folder.display())));
    }
    for path in &all {
        let About { started, verb, took_ms, result } = About::file(path);
        let file = path.display().to_string();
        match look.format {
            Format::Json => {
                let row =
                    json!({"file": file, "started": started, "command": verb, "took_ms": took_ms, "result": result});
                output::out(&format!("{row}\n"));
            }
            Format::Human => {
                let took = seconds(took_ms);
                output::out(&crate::reporting::sanitize(&format!(
                    "  {}  {verb:<7}  {took:>10}  {result:<34}  {file}\n",
                    date(started)
                )));
            }
        }
    }
    Ok(None)
}
