//! The two places where commands print. A closed pipe is no error: `labctl plan | head` ends quietly.

use super::cli::OutputArgs;
use crate::reporting::{Reporter, Story};
use crate::session::notices::Notices;
use std::io::{self, IsTerminal, Write};

/// A result, on standard output.
pub fn out(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// A result with styles, which go where nobody would see them.
pub fn styled(text: &str) {
    let mut out = anstream::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Something on the way, on standard error.
pub fn progress(text: &str) {
    let _ = writeln!(io::stderr(), "{}", crate::reporting::sanitize(text));
}

/// An error, on standard error.
pub fn error(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Whether live lines and prompts have somebody to see them.
pub fn on_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Whoever watches a drill, or a count: told on standard error, unless quiet is wanted.
pub fn story(look: &OutputArgs) -> Option<Box<dyn Reporter + Send>> {
    (!look.quiet).then(|| Box::new(Story::new(io::stderr())) as _)
}

/// Notices, said on standard error.
pub fn notices() -> Notices {
    Notices::new(progress)
}
