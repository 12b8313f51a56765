//! What each host counted last at each site, as a run's report tells it: what holds at the end, what does not with the task
//! that failed by it.

use super::sentences::balance::{hints, shares, verdict};
use crate::model::event::Balance;
use crate::model::name::HostName;

/// The last count of each site by each host.
#[derive(Debug, Default)]
pub struct Counts(Vec<(HostName, Balance)>);

impl Counts {
    /// A new count takes the place of the one before it.
    pub fn add(&mut self, host: &HostName, balance: &Balance) {
        match self.0.iter_mut().find(|(by, count)| by == host && count.site == balance.site) {
            Some((_, count)) => count.clone_from(balance),
            None => self.0.push((host.clone(), balance.clone())),
        }
    }

    /// What is wrong with this host's counts, and what to do about it. It is told once.
    pub fn take_faults(&mut self, host: &HostName) -> Vec<(String, Vec<String>)> {
        let wrong = self.0.extract_if(.., |(by, balance)| by == host && !balance.holds());
        wrong.map(|(_, balance)| (verdict(&balance), hints(&balance, host.as_str()))).collect()
    }

    /// `a.b: app1 100, app2 100 of 200: round_robin promises 100 each`, for each site that is as it should be.
    pub fn kept(&self) -> Vec<String> {
        let kept = self.0.iter().filter(|(_, balance)| balance.holds());
        kept.map(|(_, balance)| format!("{}: {}: {}", balance.site, shares(balance), verdict(balance))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::Share;

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
            .for_each(|balance| counts.add(&web, balance));
        assert_eq!(counts.kept(), ["a.b: app1 100, app2 100 of 200: round_robin promises 100 each"]);
        assert_eq!(counts.take_faults(&"app1".parse().unwrap()), []);
        let faults = counts.take_faults(&web);
        assert!(faults.len() == 1 && faults[0].0 == "c.d was answered only by app1 of: app1 app2", "{faults:?}");
        assert!(faults[0].1[1].starts_with("next: labctl status") && counts.take_faults(&web).is_empty());
    }
}
