//! Markdown for a terminal: headings and code stand out, and code starts at the left edge so that it can be copied.

use anstyle::{AnsiColor, Style};

/// Markdown with styles, which the printer strips where they cannot be shown.
pub fn styled(markdown: &str) -> String {
    shown(markdown, Style::new().bold(), AnsiColor::Cyan.on_default())
}

/// Markdown without any styles.
pub fn plain(markdown: &str) -> String {
    shown(markdown, Style::new(), Style::new())
}

fn shown(markdown: &str, strong: Style, code: Style) -> String {
    let mut out = String::new();
    let mut fence: Option<String> = None;
    for line in markdown.lines() {
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        match &fence {
            Some(open) if ticks.len() >= open.len() && line.trim_end() == ticks => fence = None,
            Some(_) => out.push_str(&format!("{code}{line}{code:#}\n")),
            None if ticks.len() >= 3 => fence = Some(ticks),
            None if line.starts_with('#') => {
                out.push_str(&format!("{strong}{}{strong:#}\n", line.trim_start_matches('#').trim_start()));
            }
            None => out.push_str(&(inline(line, strong, code) + "\n")),
        }
    }
    out
}

/// `**strong**` and `` `code` `` within a line.
fn inline(line: &str, strong: Style, code: Style) -> String {
    let mut out = String::new();
    for (n, part) in line.split('`').enumerate() {
        if n % 2 == 1 {
            out.push_str(&format!("{code}{part}{code:#}"));
            continue;
        }
        for (n, part) in part.split("**").enumerate() {
            out.push_str(&if n % 2 == 1 { format!("{strong}{part}{strong:#}") } else { part.to_owned() });
        }
    }
    out
}
