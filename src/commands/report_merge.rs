//! report merge: several recordings as one.

use super::output;
use crate::session::error::{Error, ErrorKind};
use crate::session::recordings::{Merged, merged};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What else can be done with recordings.
#[derive(Debug, Subcommand)]
pub enum Recordings {
    /// Join the recordings of shards, or of successive runs, into one that every report accepts
    Merge(MergeArgs),
}

#[derive(Debug, Args)]
pub struct MergeArgs {
    /// Recordings from `.labctl/LAB/runs`, or the output of `--format json`
    #[arg(required = true, value_name = "RECORDING")]
    recordings: Vec<PathBuf>,
    /// Where to write it, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub fn run(args: MergeArgs) -> Result<Option<ErrorKind>, Error> {
    let Merged { lines, missing } = merged(&args.recordings)?;
    missing.iter().for_each(|remark| output::progress(&format!("  {remark}")));
    match args.output {
        None => output::out(&lines),
        Some(path) => output::write(&path, &lines)?,
    }
    Ok(None)
}
