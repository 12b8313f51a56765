//! Markdown as one HTML page that needs nothing else: for a hand-out, on a screen or on paper.

use super::{Language, summary};
use pulldown_cmark::{Options, Parser};

const STYLE: &str = include_str!("page.css");

/// The pages below each other; on paper each begins on a new sheet.
pub fn html(pages: &[String], lab: &str, language: Language) -> String {
    let title = match pages {
        [page] => summary(page).0,
        _ => lab.to_owned(),
    };
    let mut body = String::new();
    for page in pages {
        body.push_str("<article>\n");
        pulldown_cmark::html::push_html(&mut body, Parser::new_ext(page, Options::ENABLE_TABLES));
        body.push_str("</article>\n");
    }
    let mut escaped = String::new();
    for c in title.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            c => escaped.push(c),
        }
    }
    format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<title>{escaped}</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n<main>\n{body}</main>\n</body>\n</html>\n",
        language.code(),
    )
}
