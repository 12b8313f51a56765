//! One HTML page that needs nothing else: no other file, no server, no script. Light and dark follow the reader's
//! system, and on paper it is black on white. Everything that is not our own text comes in through [`escaped`].

use crate::model::color;
use std::fmt::Write;

/// The look that every page of the house shares.
pub const STYLE: &str = include_str!("page.css");

/// A page. `style` and `body` are put in as they are: whoever makes them has escaped what others wrote.
#[derive(Debug, Clone, Default)]
pub struct Page<'a> {
    /// The language of its words, as in `lang=`: `en`, `id`.
    pub lang: &'a str,
    /// What stands in the title bar; escaped here.
    pub title: &'a str,
    /// More style, beside the shared one; without `<style>`.
    pub style: &'a str,
    /// Where its style lies, if the page is served and not a file of its own: `/page.css` (which holds [`STYLE`] too).
    /// Then nothing is styled inline. Empty: everything is in the page.
    pub sheet: &'a str,
    /// What else the page may do, beside its own style: directives of a content security policy such as
    /// `script-src 'self'; connect-src 'self'`. Empty: nothing is loaded and nothing runs.
    pub policy: &'a str,
    /// What stands in `<body>`: it brings its own `<main>`.
    pub body: &'a str,
}

impl Page<'_> {
    /// The document as HTML that needs no other file.
    pub fn html(&self) -> String {
        let policy = if self.policy.is_empty() { String::new() } else { format!("; {}", self.policy) };
        let (may, style) = if self.sheet.is_empty() {
            ("'unsafe-inline'", format!("<style>\n{STYLE}{}</style>", self.style))
        } else {
            ("'self'", format!("<link rel=\"stylesheet\" href=\"{}\">", escaped(self.sheet)))
        };
        format!(
            "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src {may}; \
             img-src data:; base-uri 'none'; form-action 'none'{}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n\
             <link rel=\"icon\" href=\"data:,\">\n{style}\n</head>\n<body>\n{}</body>\n</html>\n",
            escaped(self.lang),
            escaped(&policy),
            escaped(self.title),
            self.body,
        )
    }
}

/// A table that a keyboard can scroll and a screen reader can read: `caption` and `heads` are escaped here, cells are
/// HTML already. The first cell of each row is its head.
pub fn table(caption: &str, heads: &[&str], rows: &[Vec<String>]) -> String {
    let caption = escaped(caption);
    let mut out = format!(
        "<div class=\"scroll\" role=\"group\" aria-label=\"{caption}\" tabindex=\"0\">\n<table>\n<caption>{caption}</caption>\n<thead><tr>"
    );
    for head in heads {
        let _ = write!(out, "<th scope=\"col\">{}</th>", escaped(head));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        for (n, cell) in row.iter().enumerate() {
            let _ = if n == 0 { write!(out, "<th scope=\"row\">{cell}</th>") } else { write!(out, "<td>{cell}</td>") };
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
    out
}

/// A text as it stands between marks of XML and HTML, and in their attributes. Control characters are in no XML: all but
/// the end of a line and the tabulator become blanks.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' if color::code(rest.as_str()) > 0 => rest = rest.as_str()[color::code(rest.as_str())..].chars(),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_a_text() {
        assert_eq!(escaped("<a href=\"x\">&'\u{7}\n"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39; \n");
        assert_eq!(escaped("\u{1b}[31mnpm\u{1b}[0m"), "npm");
        let page = Page { lang: "en", title: "</title><script>", ..Page::default() }.html();
        assert!(page.contains("<title>&lt;/title&gt;&lt;script&gt;</title>") && !page.contains("<script"), "{page}");
    }

    #[test]
    fn a_page_may_only_what_it_says() {
        let policy = |policy| Page { lang: "id", title: "t", policy, ..Page::default() }.html();
        assert!(policy("").contains("content=\"default-src 'none'; "));
        assert!(policy("script-src 'self'").contains("; script-src &#39;self&#39;\">"));
        let served = Page { lang: "id", title: "t", sheet: "/page.css", ..Page::default() }.html();
        assert!(
            served.contains("style-src 'self';") && served.contains("<link rel=\"stylesheet\" href=\"/page.css\">")
        );
        assert!(!served.contains("<style") && !served.contains("unsafe"), "{served}");
        assert!(policy("").starts_with("<!doctype html>\n<html lang=\"id\">\n"));
    }

    #[test]
    fn a_table_is_read_by_ear_and_by_keyboard() {
        let table = table("Shares of <app1>", &["who", "how much"], &[vec!["app1".into(), "<b>50 %</b>".into()]]);
        for wanted in [
            "aria-label=\"Shares of &lt;app1&gt;\" tabindex=\"0\"",
            "<th scope=\"col\">how much</th>",
            "<th scope=\"row\">app1</th><td><b>50 %</b></td>",
        ] {
            assert!(table.contains(wanted), "{wanted}: {table}");
        }
    }
}
