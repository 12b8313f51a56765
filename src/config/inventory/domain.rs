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

/// Whether a text is where packets can go: an IP address, or a name that can resolve to one.
pub fn is_address(text: &str) -> bool {
    let numbers = text.split('.').all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit()));
    text.parse::<std::net::IpAddr>().is_ok() || (!numbers && (is_domain(text) || is_domain(&format!("{text}.x"))))
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

    #[test]
    fn addresses() {
        for good in ["10.0.0.1", "::1", "web", "web.lab.local"] {
            assert!(is_address(good), "{good}");
        }
        for bad in ["", "10.0.0.300", "10.0.0", "1", "a b", "web:22", "[::1]"] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
