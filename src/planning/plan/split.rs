//! Which hosts of a run belong to a shard.

use crate::config::inventory::{Host, Inventory};
use crate::config::playbook::Playbook;
use crate::model::name::{HostName, StepName};
use crate::model::shard::Shard;
use std::collections::{BTreeMap, BTreeSet};

/// The part of a run that belongs to one shard.
#[derive(Debug)]
pub struct Split {
    hosts: BTreeSet<HostName>,
    shard: Shard,
    /// Steps of this computer that wait for hosts of other shards: no shard can do them.
    after_all: BTreeSet<StepName>,
}

/// Why a run cannot be split this way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoSplit {
    /// Some shards would have nothing to do.
    Few {
        /// How many hosts take part in the run.
        hosts: usize,
    },
    /// Hosts would wait for hosts of another shard, whose progress they cannot see.
    WaitsForOtherShard {
        /// The first step that waits.
        step: StepName,
        /// The hosts it runs on, as its playbook says.
        hosts: String,
        /// The step of other hosts that it waits for.
        need: StepName,
        /// The steps before it.
        before: Vec<StepName>,
        /// That step, and those after it.
        rest: Vec<StepName>,
    },
}

impl Split {
    /// Splits the chosen hosts that take part in these playbooks. Every shard computes the same split.
    ///
    /// # Errors
    /// There are fewer hosts than shards, or hosts of one shard would wait for hosts of another.
    pub fn new(
        inventory: &Inventory,
        chosen: impl Fn(&Host) -> bool,
        playbooks: &[Playbook],
        shard: Shard,
    ) -> Result<Self, NoSplit> {
        let of = |playbook: &Playbook| inventory.members(&playbook.hosts).into_iter().filter(|host| chosen(host));
        // In the order of a report, so that merged reports have that order, too.
        let mut positions: BTreeMap<&HostName, usize> = BTreeMap::new();
        for playbook in playbooks {
            for host in of(playbook) {
                let next = positions.len();
                positions.entry(&host.name).or_insert(next);
            }
        }
        if positions.len() < shard.of() {
            return Err(NoSplit::Few { hosts: positions.len() });
        }
        // Work on this computer belongs to the first shard.
        let shards = |playbook: &Playbook| -> BTreeSet<usize> {
            if playbook.hosts == "controller" {
                return BTreeSet::from([0]);
            }
            of(playbook).filter_map(|host| positions.get(&host.name)).map(|position| position % shard.of()).collect()
        };
        let mut after_all = BTreeSet::new();
        for (at, playbook) in playbooks.iter().enumerate() {
            for need in &playbook.needs {
                let Some(needed) = playbooks[..at].iter().find(|other| &other.name == need) else { continue };
                let (own, theirs) = (shards(playbook), shards(needed));
                if own.iter().any(|own| theirs.iter().any(|their| their != own)) {
                    if playbook.hosts == "controller" {
                        after_all.insert(playbook.name.clone());
                        continue;
                    }
                    let names = |of: &[Playbook]| of.iter().map(|playbook| playbook.name.clone()).collect();
                    return Err(NoSplit::WaitsForOtherShard {
                        step: playbook.name.clone(),
                        hosts: playbook.hosts.clone(),
                        need: need.clone(),
                        before: names(&playbooks[..at]),
                        rest: names(&playbooks[at..]),
                    });
                }
            }
        }
        let own = positions.into_iter().filter(|(_, position)| shard.has(*position)).map(|(host, _)| host.clone());
        Ok(Self { hosts: own.collect(), shard, after_all })
    }

    /// Whether the shard has this host.
    pub fn has(&self, host: &Host) -> bool {
        self.hosts.contains(&host.name)
    }

    /// The steps of this computer that are to be done when every shard is done.
    pub fn after_all(&self) -> &BTreeSet<StepName> {
        &self.after_all
    }

    /// The playbooks in which the shard can have a part: this computer's hosts file is written by one of them only.
    pub fn playbooks(&self, all: &[Playbook]) -> Vec<Playbook> {
        let own = |playbook: &&Playbook| match playbook.hosts.as_str() {
            "controller" => self.shard.first() && !self.after_all.contains(&playbook.name),
            _ => true,
        };
        all.iter().filter(own).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::library::Library;
    use crate::config::playbook;
    use crate::model::problem::Source;
    use std::path::Path;

    fn lab(apps: usize) -> Inventory {
        let mut text = "lab: t\nhosts:\n  web: {address: 10.0.0.1, groups: [web]}\n".to_owned();
        for n in 1..=apps {
            text.push_str(&format!("  app{n}: {{address: 10.1.0.{n}, groups: [app]}}\n"));
        }
        text.push_str("vars: {sites: [{domain: a.b, upstream: app}]}\n");
        crate::config::inventory::parse(&Source::new("t.yaml", text), Path::new("t.yaml"), &[]).unwrap()
    }

    fn books(steps: &[&str]) -> Vec<Playbook> {
        let library = Library::shipped();
        steps.iter().map(|s| playbook::read(&s.parse().unwrap(), &library).unwrap()).collect()
    }

    fn split(apps: usize, steps: &[&str], shard: &str, chosen: impl Fn(&Host) -> bool) -> Result<String, NoSplit> {
        let (lab, books) = (lab(apps), books(steps));
        let split = Split::new(&lab, chosen, &books, shard.parse().unwrap())?;
        let hosts: Vec<&str> = lab.hosts.iter().filter(|h| split.has(h)).map(|h| h.name.as_str()).collect();
        let steps: Vec<String> = split.playbooks(&books).iter().map(|book| book.name.to_string()).collect();
        Ok(format!("{}: {}", hosts.join(" "), steps.join(" ")))
    }

    #[test]
    fn hosts_with_a_part_in_the_run_are_dealt_out() {
        let all = |_: &Host| true;
        assert_eq!(split(4, &["update", "node", "hosts"], "1/2", all).unwrap(), "web app2 app4: update node hosts");
        assert_eq!(split(4, &["update", "node", "hosts"], "2/2", all).unwrap(), "app1 app3: update node");
        // The web server has no part in `node`, and is not counted.
        assert_eq!(split(4, &["node"], "1/2", all).unwrap(), "app1 app3: node");
        let some = |host: &Host| host.name.as_str() != "app1";
        assert_eq!(split(4, &["node"], "1/2", some).unwrap(), "app2 app4: node");
        // In the order of the report, not of the inventory.
        assert_eq!(split(2, &["node", "update"], "3/3", all).unwrap(), "web: node update");
    }

    #[test]
    fn nobody_waits_for_another_shard() {
        let all = ["update", "nginx", "node", "dumbflix", "pm2", "proxy", "hosts", "verify"];
        for shard in ["1/2", "2/2"] {
            let Err(NoSplit::WaitsForOtherShard { step, hosts, need, before, rest }) = split(4, &all, shard, |_| true)
            else {
                panic!("the web server waits for all application servers")
            };
            assert_eq!((step.as_str(), hosts.as_str(), need.as_str()), ("proxy", "web", "pm2"));
            assert_eq!((before.len(), rest.len()), (5, 3));
            // Each half for itself waits for nobody.
            assert!(split(4, &all[..5], shard, |_| true).is_ok());
            // Nor does this computer, which asks the sites when all are done.
            let rest = split(4, &all, shard, |host| host.name.as_str() != "web").unwrap();
            assert!(!rest.contains("verify") && rest.contains("hosts") == (shard == "1/2"), "{rest}");
        }
        assert!(split(4, &all, "1/1", |_| true).unwrap().ends_with("hosts verify"), "one shard has everybody");
    }

    #[test]
    fn a_shard_without_hosts_is_told_by_every_shard() {
        for shard in ["1/4", "4/4"] {
            assert_eq!(split(2, &["update"], shard, |_| true), Err(NoSplit::Few { hosts: 3 }));
        }
    }
}
