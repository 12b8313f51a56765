//! Markdown as one self-contained HTML page: a hand-out for screen or paper.

use super::summary;
use crate::languages::Language;
use crate::model::page::{Page, escaped};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// The pages below each other; on paper each starts on a new sheet.
pub fn html(pages: &[String], lab: &str, language: &Language) -> String {
    let title = match pages {
        [page] => summary(page).0,
        _ => lab.to_owned(),
    };
    let mut body = "<main>\n".to_owned();
    for page in pages {
        body.push_str("<article>\n");
        pulldown_cmark::html::push_html(&mut body, Parser::new_ext(page, Options::ENABLE_TABLES).map(reachable));
        body.push_str("</article>\n");
    }
    body.push_str("</main>\n");
    Page { lang: language.code, title: &title, body: &body, ..Page::default() }.html()
}

/// Blocks of code may be wider than the page: they take the focus, so that a keyboard can scroll them.
fn reachable(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Start(Tag::CodeBlock(kind)) => {
            let language = match &kind {
                CodeBlockKind::Fenced(name) if !name.is_empty() => format!(" class=\"language-{}\"", escaped(name)),
                _ => String::new(),
            };
            Event::Html(format!("<pre tabindex=\"0\"><code{language}>").into())
        }
        Event::End(TagEnd::CodeBlock) => Event::Html("</code></pre>\n".into()),
        other => other,
    }
}
