//! Patterns of names with `*` (anything) and `?` (any one byte), as OpenSSH has them and a shell's files, too.

/// Whether a text fits a pattern. Remembers only the last star, so that no pattern takes long.
pub fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == b'?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

/// The same without regard to case, as names of hosts are compared.
pub fn fits_any_case(pattern: &str, text: &str) -> bool {
    fits(&pattern.to_ascii_lowercase(), &text.to_ascii_lowercase())
}

/// Whether a path fits a pattern of paths: as in a shell, no `*` stands for a `/` or for the dot of a hidden file.
pub fn path(pattern: &str, path: &str) -> bool {
    let part =
        |(pattern, name): (&str, &str)| (pattern.starts_with('.') || !name.starts_with('.')) && fits(pattern, name);
    pattern.split('/').count() == path.split('/').count() && pattern.split('/').zip(path.split('/')).all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, text, wanted) in [
            ("app*", "app1", true),
            ("app*", "app", true),
            ("app?", "app", false),
            ("app?", "app1", true),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a*b*c", "aXbXbc", true),
            ("a*b*c", "aXbXb", false),
            ("**a", "bba", true),
            ("[ab]", "a", false),
            ("A", "a", false),
        ] {
            assert_eq!(fits(pattern, text), wanted, "{pattern} {text}");
        }
        assert!(fits_any_case("*.LAB", "web.lab") && fits_any_case("web.lab", "WEB.lab"));
        assert!(!fits(&"*a".repeat(5_000), &"a".repeat(4_999)), "and it does not take long");
    }

    #[test]
    fn a_path_fits_part_by_part() {
        for (pattern, name, wanted) in [
            ("/etc/nginx/*/*.conf", "/etc/nginx/a/b.conf", true),
            ("/etc/nginx/*.conf", "/etc/nginx/a/b.conf", false),
            ("/etc/nginx/*", "/etc/nginx/.a.conf.swp", false),
            ("/etc/nginx/.*", "/etc/nginx/.a", true),
            ("/etc/nginx/?", "/etc/nginx/a", true),
            ("/etc/nginx?a", "/etc/nginx/a", false),
        ] {
            assert_eq!(path(pattern, name), wanted, "{pattern} {name}");
        }
    }
}
