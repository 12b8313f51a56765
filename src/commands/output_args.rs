//! The arguments that say how results are shown, which every verb has.

use clap::{Args, ValueEnum};
use std::io::{self, IsTerminal};

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
    /// Text, with colours where they can be seen.
    Human,
    /// One JSON value per line.
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
