//! Choosing hosts: `--limit 'app*,!app2'`.

use super::Host;
use crate::model::glob;
use crate::model::problem::did_you_mean;

/// Patterns of host and group names with `*` and `?`, separated by commas; `!` takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector(Vec<(bool, String)>);

impl Selector {
    /// Reads a selector.
    ///
    /// # Errors
    /// A pattern that matches none of `hosts`, with the name that was probably meant.
    pub fn parse(text: &str, hosts: &[Host]) -> Result<Self, String> {
        let mut patterns = Vec::new();
        for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            let (wanted, pattern) = part.strip_prefix('!').map_or((true, part), |rest| (false, rest));
            if !hosts.iter().any(|host| hits(pattern, host)) {
                let names: Vec<&str> = hosts
                    .iter()
                    .flat_map(|h| std::iter::once(h.name.as_str()).chain(h.groups.iter().map(|g| g.as_str())))
                    .collect();
                let hint = did_you_mean(pattern, names.iter().copied()).map_or_else(
                    || format!("there are: {}", unique(&names).join(", ")),
                    |n| format!("did you mean `{n}`?"),
                );
                return Err(format!("no host or group matches `{pattern}`; {hint}"));
            }
            patterns.push((wanted, pattern.to_owned()));
        }
        if patterns.is_empty() {
            return Err("no host is selected by an empty pattern".into());
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
        let error = Selector::parse("ap1", &hosts()).unwrap_err();
        assert!(error.contains("did you mean `app1`?"), "{error}");
        assert!(Selector::parse("db", &hosts()).unwrap_err().contains("web, app1, app, app2"));
    }
}
