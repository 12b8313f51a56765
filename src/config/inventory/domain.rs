//! What a domain may be called.

/// Whether a text is a domain that can stand in a hosts file and in `server_name` (RFC 1123, at least two labels).
pub fn is_domain(text: &str) -> bool {
    let label = |l: &str| {
        (1..=63).contains(&l.len())
            && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    text.len() <= 253
        && text.contains('.')
        && text.split('.').all(label)
        && !text.rsplit('.').next().is_some_and(|last| last.chars().all(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains() {
        for good in ["dumbflix.xyz", "app1.budi.studentdumbways.my.id", "a-b.c"] {
            assert!(is_domain(good), "{good}");
        }
        for bad in ["", "localhost", "a..b", "-a.b", "a_b.c", "10.0.0.1", "http://a.b", "a.b/", "a.b;", "a b.c"] {
            assert!(!is_domain(bad), "{bad}");
        }
    }
}
