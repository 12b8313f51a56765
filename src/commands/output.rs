//! The places where commands print. A closed pipe is not an error: `labctl plan | head`
//! ends quietly.

pub use super::output_args::{Color, Format, OutputArgs, choice, colored};
use crate::model::notice::Notice;
use crate::model::userinfo;
use crate::reporting::{Reporter, Story, Style, sentences};
use crate::session::error::Error;
use crate::session::notices::Notices;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

/// Whatever a variable, a program or an old recording says: no password of a URL is printed.
fn without_passwords(text: &str) -> String {
    let mut text = text.to_owned();
    userinfo::mask(&mut text);
    text
}

/// A result, on standard output.
pub fn out(text: &str) {
    let text = &without_passwords(text);
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// A result, into a file.
pub fn write(path: &Path, text: &str) -> Result<(), Error> {
    std::fs::write(path, without_passwords(text))
        .map_err(|error| Error::input(format!("cannot write {}: {error}", path.display())))
}

/// A result with styles, which are stripped where they cannot be shown.
pub fn styled(text: &str) {
    let text = &without_passwords(text);
    let mut out = anstream::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Progress, on standard error.
pub fn progress(text: &str) {
    let _ = writeln!(io::stderr(), "{}", crate::reporting::sanitize(&without_passwords(text)));
}

/// An error, on standard error.
pub fn error(text: &str) {
    let text = without_passwords(text);
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
    Notices::new(|notice| progress(&format!("  {}", sentences::notice::notice(notice))))
}

/// Notices about one lab of many. What a provider does to its machines would fill the screen.
pub fn notices_of(who: &str) -> Notices {
    let who = who.to_owned();
    Notices::new(move |notice| match notice {
        Notice::Provider(_) => {}
        other => progress(&format!("  {who}: {}", sentences::notice::notice(other))),
    })
}

/// How a run looks on this terminal.
pub fn style(output: &OutputArgs) -> Style {
    let live = output.format == Format::Human && on_terminal() && !output.quiet;
    Style { color: colored(output), live, verbose: output.verbose, quiet: output.quiet }
}
