//! Passwords in URLs, `http://bob:secret@host/x`: whoever prints, records or hands out a text leaves them out.

use std::ops::Range;

/// Puts `***` in place of the password of every URL in a text; of what stands alone before the `@`, if it is a key to the place
/// (`https://TOKEN@host`) and no name (`ssh://git@host`).
pub fn mask(text: &mut String) {
    let mut from = 0;
    while let Some(secret) = secret(text, from) {
        match secret {
            Found::Nothing { next } => from = next,
            Found::Secret(range) => {
                from = range.start + 3;
                text.replace_range(range, "***");
            }
        }
    }
}

/// Whether a URL holds a password or a key.
pub fn has_password(url: &str) -> bool {
    let mut masked = url.to_owned();
    mask(&mut masked);
    masked != url
}

enum Found {
    /// This URL has none; others may come from here on.
    Nothing {
        next: usize,
    },
    Secret(Range<usize>),
}

/// The secret of the next URL at or behind this byte.
fn secret(text: &str, from: usize) -> Option<Found> {
    let colon = from + text.get(from..)?.find("://")?;
    let start = colon + 3;
    let rest = &text[start..];
    let word = &rest[..rest.find(|c: char| c.is_whitespace() || "\"'<>`\\".contains(c)).unwrap_or(rest.len())];
    let authority = &word[..word.find(['/', '?', '#']).unwrap_or(word.len())];
    let at = authority.rfind('@').or_else(|| {
        // Somebody's password with a slash in it is no URL any more, and a secret all the same.
        let (_, behind) = authority.split_once(':')?;
        let port = behind.is_empty() || behind.chars().all(|c| c.is_ascii_digit());
        if port { None } else { word.rfind('@') }
    });
    let Some(at) = at else { return Some(Found::Nothing { next: start }) };
    let web = text[..colon].ends_with("http") || text[..colon].ends_with("https");
    let user = &word[..at];
    Some(match user.split_once(':') {
        Some((_, "" | "***")) => Found::Nothing { next: start + at },
        Some((name, password)) => {
            let begin = start + name.len() + 1;
            Found::Secret(begin..begin + password.len())
        }
        None if web && !user.is_empty() && user != "***" => Found::Secret(start..start + at),
        None => Found::Nothing { next: start + at },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        let mut text = text.to_owned();
        mask(&mut text);
        text
    }

    #[test]
    fn no_password_of_a_url_is_left() {
        for (text, wanted) in [
            ("http://bob:secret@host/x.git", "http://bob:***@host/x.git"),
            ("https://ghp_a1b2@github.com/a/b", "https://***@github.com/a/b"),
            ("https://bob:se@cr:et@host:8080/x", "https://bob:***@host:8080/x"),
            ("https://bob:se/cr@host/x", "https://bob:***@host/x"),
            (
                "fatal: Authentication failed for 'http://bob:secret@host/x.git/'",
                "fatal: Authentication failed for 'http://bob:***@host/x.git/'",
            ),
            ("MONGO=mongodb://u:p@h/db, REDIS=redis://:pw@h", "MONGO=mongodb://u:***@h/db, REDIS=redis://:***@h"),
            (
                "ssh://git:pw@host/x and http://a:b@c http://d:e@f",
                "ssh://git:***@host/x and http://a:***@c http://d:***@f",
            ),
            ("http://bob:ünsafe@höst/", "http://bob:***@höst/"),
        ] {
            assert_eq!(masked(text), wanted);
            assert_eq!(masked(wanted), wanted, "once is enough");
            assert!(has_password(text) && !has_password(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_no_password_stays() {
        for text in [
            "ssh://git@github.com/a/b",
            "git@github.com:a/b.git",
            "http://host:3000/a@b",
            "http://[::1]:3000/x",
            "https://host/?mail=a@b.c",
            "http://",
            "://@",
            "http://host/ mail bob@host",
            "2026 10:30 x@y",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in ".{0,60}://.{0,60}") {
            let mut text = text;
            mask(&mut text);
        }
    }
}
