//! How results are shown, and the two places where commands print. A closed pipe is not an error: `labctl plan | head`
//! ends quietly.

use crate::reporting::{Reporter, Story, Style};
use crate::session::error::Error;
use crate::session::notices::Notices;
use clap::{Args, ValueEnum};
use std::io::{self, IsTerminal, Write};
use std::path::Path;

/// How results are shown.
#[derive(Debug, Clone, Args)]
pub struct OutputArgs {
    /// For people, or one JSON event per line
    #[arg(long, global = true, value_enum, default_value = "human", env = "LABCTL_FORMAT")]
    pub format: Format,
    /// Whether to use colour (NO_COLOR is honoured)
    #[arg(long, global = true, value_enum, default_value = "auto")]
    pub color: Color,
    /// Show every task, with diffs and output
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Show only what went wrong, and the result
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
}

/// Who reads the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people.
    Human,
    /// JSON for programs.
    Json,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always, even into a file or a pipe.
    Always,
    /// Never, not even on a terminal.
    Never,
}

/// A result, on standard output.
pub fn out(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// A result, into a file.
pub fn write(path: &Path, text: &str) -> Result<(), Error> {
    std::fs::write(path, text).map_err(|error| Error::input(format!("cannot write {}: {error}", path.display())))
}

/// A result with styles, which are stripped where they cannot be shown.
pub fn styled(text: &str) {
    let mut out = anstream::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Progress, on standard error.
pub fn progress(text: &str) {
    let _ = writeln!(io::stderr(), "{}", crate::reporting::sanitize(text));
}

/// An error, on standard error.
pub fn error(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Whether somebody can see live lines and prompts.
pub fn on_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Tells on standard error how a drill or a count goes, unless `--quiet`.
pub fn story(output: &OutputArgs) -> Vec<Box<dyn Reporter + Send>> {
    if output.quiet { Vec::new() } else { vec![Box::new(Story::new(io::stderr()))] }
}

/// Notices, printed to standard error.
pub fn notices() -> Notices {
    Notices::new(progress)
}

/// How a run looks on this terminal.
pub fn style(output: &OutputArgs) -> Style {
    let live = output.format == Format::Human && on_terminal() && !output.quiet;
    Style { color: colored(output), live, verbose: output.verbose, quiet: output.quiet }
}

/// Whether to use colour on standard output.
pub fn colored(output: &OutputArgs) -> bool {
    match choice(output) {
        anstream::ColorChoice::Never => false,
        anstream::ColorChoice::Auto => {
            io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
        }
        _ => true,
    }
}

/// When to use colour, for streams.
pub fn choice(output: &OutputArgs) -> anstream::ColorChoice {
    match output.color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
}
