//! What each host counted last at each site, as a run's report shows it: what holds at the end, what does not with the task
//! that failed by it.

use super::sentences::balance::{shares, verdict};
use crate::languages::ENGLISH;
use crate::model::event::Sighting;
use crate::model::name::HostName;

/// The last count of each site by each host.
#[derive(Debug, Default)]
pub struct Counts(Vec<(HostName, Sighting)>);

impl Counts {
    /// A new count takes the place of the one before it.
    pub fn add(&mut self, host: &HostName, seen: Sighting) {
        match self.0.iter_mut().find(|(by, old)| by == host && old.balance.site == seen.balance.site) {
            Some((_, old)) => *old = seen,
            None => self.0.push((host.clone(), seen)),
        }
    }

    /// What is wrong with this host's counts, and what to do about it. It is reported once.
    pub fn take_faults(&mut self, host: &HostName) -> Vec<(String, Vec<String>)> {
        let wrong = self.0.extract_if(.., |(by, seen)| by == host && !seen.balance.holds());
        let shown = |seen: Sighting| (ENGLISH.sighting_verdict(&seen), ENGLISH.sighting_hints(&seen, host.as_str()));
        wrong.map(|(_, seen)| shown(seen)).collect()
    }

    /// `a.b: app1 100, app2 100 of 200: round_robin promises 100 each`, for each site that is as it should be.
    pub fn kept(&self) -> Vec<String> {
        let kept = self.0.iter().map(|(_, seen)| &seen.balance).filter(|balance| balance.holds());
        kept.map(|balance| format!("{}: {}: {}", balance.site, shares(balance), verdict(balance))).collect()
    }

    /// Whether somebody on this computer was given the site's page, and a browser would be, too.
    pub fn opens(&self, site: &str) -> bool {
        self.0.iter().any(|(_, seen)| seen.balance.site == site && seen.opens())
    }

    /// What a person should know of the sites that answer, each with what to do in the lines behind it.
    pub fn warnings(&self) -> Vec<Vec<String>> {
        let kept = self.0.iter().filter(|(_, seen)| seen.balance.holds());
        let shown = |seen: &Sighting| {
            let site = &seen.balance.site;
            let mut all: Vec<Vec<String>> = seen.warnings().iter().map(|each| ENGLISH.warning(seen, each)).collect();
            all.iter_mut().for_each(|lines| lines[0] = format!("{site}: {}", lines[0]));
            all
        };
        kept.flat_map(|(_, seen)| shown(seen)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::{Balance, Share};
    use crate::model::visitor::{Indirect, SeenFrom};

    #[test]
    fn the_last_count_is_told() {
        let share = |host: &str, answered| Share {
            host: host.parse().unwrap(),
            address: format!("{host}:3000"),
            weight: 1,
            answered,
            least: 96,
            most: 104,
        };
        let count = |site: &str, first| Balance {
            site: site.into(),
            method: "round_robin".into(),
            sent: 200,
            backends: vec![share("app1", first), share("app2", 200 - first)],
            ..Balance::default()
        };
        let web: HostName = "web".parse().unwrap();
        let mut counts = Counts::default();
        [count("a.b", 200), count("c.d", 100), count("a.b", 100), count("c.d", 200)]
            .iter()
            .for_each(|balance| counts.add(&web, Sighting { web: None, from: None, balance: balance.clone() }));
        assert_eq!(counts.kept(), ["a.b: app1 100, app2 100 of 200: round_robin promises 100 each"]);
        assert_eq!(counts.take_faults(&"app1".parse().unwrap()), []);
        let faults = counts.take_faults(&web);
        assert!(faults.len() == 1 && faults[0].0 == "c.d was answered only by app1 of: app1 app2", "{faults:?}");
        assert!(faults[0].1[1].starts_with("next: labctl doctor") && counts.take_faults(&web).is_empty());
    }

    #[test]
    fn only_what_answered_here_and_to_a_browser_is_to_be_opened() {
        let here = SeenFrom::ThisComputer { address: Some("10.0.0.1".parse().unwrap()), instead_of: None };
        let inside = SeenFrom::WebItself { why: Indirect::Bastion { through: "me@gate:22".into() } };
        let by = HostName::controller();
        for (site, from, holds, opens, warned) in [
            ("a.test", Some(&here), true, true, None),
            ("a.test", Some(&here), false, false, None),
            (
                "a.test",
                Some(&inside),
                true,
                false,
                Some("a.test: seen only from web itself: this computer reaches it only through me@gate:22"),
            ),
            ("a.test", None, true, false, None),
            ("a.dev", Some(&here), true, false, Some("a.dev: no browser shows http://a.dev/: ")),
            ("a.local", Some(&here), true, true, Some("a.local: a Mac may wait for seconds whenever it opens")),
            ("local.test", Some(&here), true, true, None),
        ] {
            let (method, sent) = ("proxy".to_owned(), 2);
            let mut balance = Balance { site: site.into(), method, sent, ..Balance::default() };
            if !holds {
                balance.strangers.insert(String::new(), 2);
            }
            let mut counts = Counts::default();
            counts.add(&by, Sighting { web: Some("web".parse().unwrap()), from: from.cloned(), balance });
            assert_eq!(counts.opens(site), opens, "{site} {from:?} {holds}");
            let warnings = counts.warnings();
            assert_eq!(warnings.len(), usize::from(warned.is_some()), "{warnings:?}");
            assert!(warned.is_none_or(|wanted| warnings[0][0].starts_with(wanted)), "{warnings:?}");
        }
    }
}
