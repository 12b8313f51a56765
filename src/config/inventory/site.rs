//! A site: a domain, and who answers for it.

use crate::model::name::HostName;

/// A domain that the web server answers for. One backend makes it a reverse proxy, several a load balancer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The name that a browser asks for, in lower case.
    pub domain: String,
    /// How requests are shared out: one of [`super::BALANCE`].
    pub balance: String,
    /// Who answers, in the order of the inventory file.
    pub upstream: Vec<Backend>,
}

/// One server of an upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backend {
    /// The host it runs on.
    pub host: HostName,
    /// Its share of the requests, relative to the others.
    pub weight: u16,
}

impl Site {
    /// The domain as an nginx identifier: `app.budi.id` is `app_budi_id`.
    pub fn identifier(&self) -> String {
        self.domain.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
    }
}

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
