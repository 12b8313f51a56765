//! An inventory that was typed where a verb has other words: what to type instead.

use super::Cli;
use super::inventory_args::is_inventory;
use crate::model::quote::typed;
use crate::session::error::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser};
use std::ffi::OsString;

/// Reads what was typed, without the name of the program.
///
/// # Errors
/// An inventory stands where the verb has other words. Any other mistake ends the program, with clap's own words.
pub fn parse(words: &[OsString]) -> Result<Cli, Error> {
    let said = |error: clap::Error| {
        let words: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        behind_its_option(&words, &error).unwrap_or_else(|| error.exit())
    };
    Cli::try_parse_from(std::iter::once(&"labctl".into()).chain(words)).map_err(said)
}

/// The line with the inventory behind `-i`, where that is what is wrong.
fn behind_its_option(words: &[String], error: &clap::Error) -> Option<Error> {
    let wrong = match error.kind() {
        ErrorKind::UnknownArgument => error.get(ContextKind::InvalidArg)?,
        ErrorKind::ValueValidation => error.get(ContextKind::InvalidValue)?,
        _ => return None,
    };
    let ContextValue::String(file) = wrong else { return None };
    let program = Cli::command();
    let verb = words.iter().find_map(|word| program.find_subcommand(word))?;
    if !is_inventory(file) || !verb.get_arguments().any(|argument| argument.get_short() == Some('i')) {
        return None;
    }
    let at = words.iter().rposition(|word| word == file)?;
    let rest = words.iter().enumerate().filter(|(n, _)| *n != at).map(|(_, word)| typed(word));
    let mut line: Vec<String> = std::iter::once("labctl".to_owned()).chain(rest).collect();
    let end = line.iter().position(|word| word == "--").unwrap_or(line.len());
    line.splice(end..end, ["-i".to_owned(), typed(file)]);
    let what = format!("`labctl {}` takes the inventory with `-i`, not as a word of its own", verb.get_name());
    Some(Error::input(what).hint(line.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    fn told(line: &str) -> String {
        let error = parse(&words(line)).unwrap_err();
        assert_eq!(error.kind.code(), 2);
        assert!(error.what.contains("takes the inventory with `-i`"), "{line}: {}", error.what);
        error.hints.join("\n")
    }

    #[test]
    fn an_inventory_as_a_trailing_word_is_put_behind_its_option() {
        for (line, right) in [
            ("step nginx lab.yaml", "labctl step nginx -i lab.yaml"),
            ("step nginx proxy labs/two.YML --limit web", "labctl step nginx proxy --limit web -i labs/two.YML"),
            ("balance demo.lab.test lab.yaml", "labctl balance demo.lab.test -i lab.yaml"),
            ("reset app1 lab.yaml", "labctl reset app1 -i lab.yaml"),
            ("reset lab.yaml", "labctl reset -i lab.yaml"),
            ("trust app1 lab.yaml", "labctl trust app1 -i lab.yaml"),
            ("explain nginx lab.yaml --lang id", "labctl explain nginx --lang id -i lab.yaml"),
            ("ssh web lab.yaml", "labctl ssh web -i lab.yaml"),
            ("ssh web lab.yaml -- uptime", "labctl ssh web -i lab.yaml -- uptime"),
            ("exec app* lab.yaml -- uptime", "labctl exec 'app*' -i lab.yaml -- uptime"),
            ("-v step nginx lab.yaml", "labctl -v step nginx -i lab.yaml"),
        ] {
            assert_eq!(told(line), right, "{line}");
        }
    }

    #[test]
    fn what_is_right_is_read() {
        for line in ["step nginx -i lab.yaml", "up lab.yaml", "balance demo.lab.test", "down lab.yaml", "init a.yaml"] {
            assert!(parse(&words(line)).is_ok(), "{line}");
        }
    }
}
