//! Choosing hosts: `--limit 'app*,!app2'`.

use super::Host;
use crate::model::glob;
use crate::model::problem::did_you_mean;

/// Patterns of host and group names with `*` and `?`, separated by commas; `!` takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector(Vec<(bool, String)>);

/// Why a selector chooses nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// A pattern matches nothing, but nearly a name.
    #[error("no host or group matches `{pattern}`; did you mean `{near}`?")]
    Near {
        /// The pattern, as it was typed.
        pattern: String,
        /// The name that was probably meant.
        near: String,
    },
    /// A pattern matches nothing.
    #[error("no host or group matches `{pattern}`; there are: {}", .names.join(", "))]
    NoMatch {
        /// The pattern, as it was typed.
        pattern: String,
        /// All hosts and groups.
        names: Vec<String>,
    },
    /// There is no pattern.
    #[error("an empty pattern selects no host")]
    Empty,
}

impl Selector {
    /// Reads a selector such as `web,app*,!app2`.
    ///
    /// # Errors
    /// A pattern that matches none of `hosts`, with the name that was probably meant.
    pub fn parse(text: &str, hosts: &[Host]) -> Result<Self, SelectError> {
        let mut patterns = Vec::new();
        for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            let (wanted, pattern) = part.strip_prefix('!').map_or((true, part), |rest| (false, rest));
            if !hosts.iter().any(|host| hits(pattern, host)) {
                let names: Vec<&str> = hosts
                    .iter()
                    .flat_map(|h| std::iter::once(h.name.as_str()).chain(h.groups.iter().map(|g| g.as_str())))
                    .collect();
                let pattern = pattern.to_owned();
                return Err(match did_you_mean(&pattern, names.iter().copied()) {
                    Some(near) => SelectError::Near { near: near.to_owned(), pattern },
                    None => {
                        let names = unique(&names).into_iter().map(str::to_owned).collect();
                        SelectError::NoMatch { pattern, names }
                    }
                });
            }
            patterns.push((wanted, pattern.to_owned()));
        }
        if patterns.is_empty() {
            return Err(SelectError::Empty);
        }
        Ok(Self(patterns))
    }

    /// Whether a host is chosen. With only `!` patterns, all others are.
    pub fn chooses(&self, host: &Host) -> bool {
        let added = !self.0.iter().any(|(wanted, _)| *wanted)
            || self.0.iter().any(|(wanted, pattern)| *wanted && hits(pattern, host));
        added && !self.0.iter().any(|(wanted, pattern)| !*wanted && hits(pattern, host))
    }
}

fn unique<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for name in names {
        if !seen.contains(name) {
            seen.push(*name);
        }
    }
    seen
}

fn hits(pattern: &str, host: &Host) -> bool {
    pattern == "all"
        || glob::fits(pattern, host.name.as_str())
        || host.groups.iter().any(|group| glob::fits(pattern, group.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::inventory::Login;

    fn hosts() -> Vec<Host> {
        [("web", "web"), ("app1", "app"), ("app2", "app")]
            .map(|(name, group)| Host {
                name: name.parse().unwrap(),
                address: None,
                resolved: None,
                groups: vec![group.parse().unwrap()],
                login: Login::default(),
            })
            .into()
    }

    #[test]
    fn patterns_add_and_take_away() {
        let hosts = hosts();
        for (text, wanted) in [
            ("web", vec!["web"]),
            ("app", vec!["app1", "app2"]),
            ("app*,!app2", vec!["app1"]),
            ("!app2", vec!["web", "app1"]),
            ("all", vec!["web", "app1", "app2"]),
            ("app?", vec!["app1", "app2"]),
        ] {
            let selector = Selector::parse(text, &hosts).unwrap();
            let chosen: Vec<_> = hosts.iter().filter(|h| selector.chooses(h)).map(|h| h.name.as_str()).collect();
            assert_eq!(chosen, wanted, "{text}");
        }
    }

    #[test]
    fn a_pattern_that_matches_nothing_is_a_mistake() {
        let error = |text| Selector::parse(text, &hosts()).unwrap_err();
        assert_eq!(error("ap1"), SelectError::Near { pattern: "ap1".into(), near: "app1".into() });
        assert!(error("db").to_string().ends_with("there are: web, app1, app, app2"), "{}", error("db"));
        assert_eq!(error(" , "), SelectError::Empty);
    }
}
