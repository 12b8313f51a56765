//! Explains a lab: what each step is for, and what to type.

use super::error::Error;
use super::lab::Lab;
use crate::config::playbook::{self, Playbook};
use crate::infra::hosts_file::HostsFile;
use crate::languages::{Language, Topics};
use crate::model::problem::{Problem, Problems, did_you_mean};
use crate::planning::explain::{self, TOPICS, Typed, summary};
use crate::planning::plan::Plan;
use serde_json::json;
use std::path::PathBuf;

/// The explanations of a lab's steps and topics, in one language.
pub struct Handbook {
    lab: Lab,
    language: &'static Language,
    hosts_file: String,
}

impl Handbook {
    /// A handbook of this lab. `hosts_file` is this computer's; `None`: the system's.
    pub async fn new(mut lab: Lab, hosts_file: Option<PathBuf>, language: &'static Language) -> Self {
        // Existing machines have a key, which scp needs. Where none can be made, the addresses stay open.
        if lab.find_machines().await.is_err() {
            let _ = lab.plan_machines().await;
        }
        let hosts_file = match hosts_file {
            Some(path) => path,
            None if cfg!(windows) => "/etc/hosts".into(), // Windows has a line of its own in the explanation
            None => HostsFile::default().path().to_owned(),
        };
        Self { lab, language, hosts_file: hosts_file.display().to_string() }
    }

    /// The names of all steps, in their order.
    ///
    /// # Errors
    /// The order of the steps cannot be read.
    pub fn order(&self) -> Result<Vec<String>, Error> {
        Ok(playbook::order(&self.lab.library)?.iter().map(ToString::to_string).collect())
    }

    /// A step, and what to type for it.
    fn step(&self, name: &str) -> Result<(Playbook, Vec<Typed>), Error> {
        let Some(step) = self.lab.library.playbook(name).and_then(|_| name.parse().ok()) else {
            let near = did_you_mean(name, self.lab.library.playbooks().chain(TOPICS.iter().copied()));
            let hint = near.map_or_else(
                || "labctl explain lists all of them".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(Error::input(format!("there is no step or topic `{name}`")).hint(hint));
        };
        let playbook = playbook::read(&step, &self.lab.library)?;
        let books = std::slice::from_ref(&playbook);
        let plan = Plan::new(&self.lab.inventory, |_| true, books, &self.lab.library, &self.lab.artifacts())?;
        let typed = explain::typed(&plan, &playbook, &self.lab.inventory, &self.hosts_file);
        Ok((playbook, typed))
    }

    /// The page of a step or topic, as Markdown.
    ///
    /// # Errors
    /// There is no such page, or its playbook has mistakes.
    pub fn page(&self, name: &str) -> Result<String, Error> {
        let (inventory, library) = (&self.lab.inventory, &self.lab.library);
        let problem = |problem: Box<Problem>| Error::from(Problems(vec![*problem]));
        if let Some(topic) = explain::topic(name, inventory, library, self.language).map_err(problem)? {
            return Ok(topic);
        }
        let (playbook, typed) = self.step(name)?;
        explain::step(&playbook, &typed, inventory, library, self.language).map_err(problem)
    }

    /// All pages: the topics, then the steps.
    ///
    /// # Errors
    /// A playbook has mistakes.
    pub fn everything(&self) -> Result<Vec<String>, Error> {
        let order = self.order()?;
        TOPICS.iter().copied().chain(order.iter().map(String::as_str)).map(|name| self.page(name)).collect()
    }

    /// What there is to read.
    ///
    /// # Errors
    /// A playbook has mistakes.
    pub fn list(&self) -> Result<String, Error> {
        let Topics { steps, background, read_one } = &self.language.explain.topics;
        let mut out = format!("# {steps}\n\n");
        for name in self.order()? {
            out.push_str(&format!("  **{name:<15}** {}\n", summary(&self.page(&name)?).1));
        }
        out.push_str(&format!("\n# {background}\n\n"));
        for name in TOPICS {
            out.push_str(&format!("  **{name:<15}** {}\n", summary(&self.page(name)?).1));
        }
        out.push_str(&format!("\n{read_one}: `labctl explain nginx`\n"));
        Ok(out)
    }

    /// One line of JSON for each thing to type, in order; the host `controller` is the person's own computer.
    ///
    /// # Errors
    /// There is no such step, or its playbook has mistakes.
    pub fn commands(&self, steps: &[String]) -> Result<String, Error> {
        let mut out = String::new();
        for name in steps.iter().filter(|name| !TOPICS.contains(&name.as_str())) {
            let (playbook, typed) = self.step(name)?;
            for Typed { hosts, by_hand } in typed {
                let places = if by_hand.here { vec!["controller"] } else { hosts.iter().map(|h| h.as_str()).collect() };
                for host in places {
                    let line = json!({"step": playbook.name, "host": host, "command": by_hand.command});
                    out.push_str(&format!("{line}\n"));
                }
            }
        }
        Ok(out)
    }
}
