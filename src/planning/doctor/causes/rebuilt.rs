//! What nginx refuses for the shape of its files, and not for a word in one line: blocks that stand in others, tables that are too
//! small. Here text of nginx is matched.

use crate::model::quote::{quote, typed};
use crate::planning::doctor::conf::Conf;
use crate::planning::doctor::directives::At;

/// A table of nginx that is too small for what is in its files: a long name, or many.
pub(super) fn hash(conf: &Conf, words: &str) -> Option<(At, String)> {
    let (_, rest) = words.split_once("you should increase ")?;
    let rest = rest.strip_prefix("either ").unwrap_or(rest);
    // Of two tables, the second one: a bucket that is too small for a name.
    let said = rest.rsplit(" or ").next()?;
    let (key, size) = said.split_once(": ")?;
    let size: usize = size.trim().parse().ok()?;
    let longest = conf.servers.iter().flat_map(|server| &server.names).map(|(name, _)| name.len()).max().unwrap_or(0);
    let size = (2 * size).max((longest + 32).next_power_of_two());
    match conf.find(&format!("{key} ")) {
        Some(at) => Some((at, format!("s|{key}[^;]*;|{key} {size};|"))),
        None => Some((conf.http.clone()?, format!("s|{{|{{ {key} {size};|"))),
    }
}

/// Lifts an `upstream { }` that stands in a server to the top of its file.
pub(super) fn lifted(conf: &Conf, at: &At, words: &str) -> Option<String> {
    words.strip_prefix("\"upstream\" directive is not allowed here")?;
    let lines = conf.lines(&at.file);
    let count = |text: &str, brace: char| {
        i32::try_from(text.split('#').next().unwrap_or_default().matches(brace).count()).unwrap_or(0)
    };
    let change = |text: &str| count(text, '{') - count(text, '}');
    let above: Vec<&str> =
        lines.iter().take_while(|(line, _)| *line < at.line).map(|(_, text)| text.trim_start()).collect();
    above.iter().rev().find(|text| text.starts_with("server") && text.contains('{'))?;
    // The server around it is whole: a brace that is missing is another mistake.
    let before: i32 = above.iter().map(|text| change(text)).sum();
    let all: i32 = lines.iter().map(|(_, text)| change(text)).sum();
    if before != 1 || all != 0 {
        return None;
    }
    let mut depth = 0;
    let (last, _) = lines.iter().skip_while(|(line, _)| *line < at.line).find(|(_, text)| {
        depth += change(text);
        depth == 0
    })?;
    let (first, file) = (at.line, typed(&at.file));
    let script = format!(
        "{{ sed -n {first},{last}p {file}; sed {first},{last}d {file}; }} > {file}.new && cat {file}.new > {file} && rm {file}.new"
    );
    Some(format!("sudo sh -c {}", quote(&script)))
}
