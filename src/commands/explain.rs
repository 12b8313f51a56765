//! The exercise by hand: what each step is for, and what to type.

use super::output;
use crate::commands::cli::{Color, Form, Format, Lang, OutputArgs};
use crate::config::inventory::Setting;
use crate::config::playbook::{self, Playbook};
use crate::infra::hosts_file::HostsFile;
use crate::model::problem::{Problem, Problems, did_you_mean};
use crate::planning::explain::{self, Language, TOPICS, Typed, html, plain, styled, summary};
use crate::planning::plan::Plan;
use crate::session::error::{Error, ErrorKind};
use crate::session::lab::Lab;
use serde_json::json;
use std::path::PathBuf;

/// What a user wants to know.
pub struct Asked {
    /// A step or a topic.
    pub about: Option<String>,
    /// The inventory.
    pub inventory: Option<PathBuf>,
    /// The language.
    pub lang: Option<Lang>,
    /// As what.
    pub form: Form,
    /// Variables above all others.
    pub settings: Vec<Setting>,
    /// The hosts file of this computer.
    pub hosts_file: Option<PathBuf>,
}

/// `labctl explain`.
pub async fn explain(asked: Asked, look: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let book = Book::open(&asked).await?;
    match (&asked.about, look.format, asked.form) {
        (None, Format::Json, _) => output::out(&book.commands(&book.order()?)?),
        (Some(about), Format::Json, _) => output::out(&book.commands(std::slice::from_ref(about))?),
        (None, _, Form::Text) => told(&book.list()?, look),
        (None, _, form) => handed_out(&book.everything()?, form, &book, look),
        (Some(about), _, form) => handed_out(&[book.page(about)?], form, &book, look),
    }
    Ok(None)
}

fn handed_out(pages: &[String], form: Form, book: &Book, look: &OutputArgs) {
    match form {
        Form::Text => told(&pages.join("\n\n"), look),
        Form::Markdown => output::out(&pages.join("\n")),
        Form::Html => output::out(&html(pages, book.lab.inventory.lab.as_str(), book.language)),
    }
}

fn told(markdown: &str, look: &OutputArgs) {
    match look.color {
        Color::Never => output::out(&plain(markdown)),
        Color::Always => output::out(&styled(markdown)),
        Color::Auto => output::styled(&styled(markdown)),
    }
}

/// The language that is asked for, or that of the system.
pub(super) fn language(lang: Option<Lang>) -> Language {
    match lang {
        Some(Lang::En) => Language::English,
        Some(Lang::Id) => Language::Indonesian,
        None => {
            let spoken = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().filter_map(|name| std::env::var(name).ok());
            Language::of_locale(&spoken.into_iter().find(|locale| !locale.is_empty()).unwrap_or_default())
        }
    }
}

/// Everything that can be explained about a lab.
struct Book {
    lab: Lab,
    language: Language,
    hosts_file: String,
}

impl Book {
    async fn open(asked: &Asked) -> Result<Self, Error> {
        let mut lab = super::open_or_example(asked.inventory.clone(), &asked.settings)?;
        // Machines that are made already have a key, which scp needs. Where none can be made, the addresses stay open.
        if lab.find_machines().await.is_err() {
            let _ = lab.plan_machines().await;
        }
        let hosts_file = match &asked.hosts_file {
            Some(path) => path.clone(),
            None if cfg!(windows) => "/etc/hosts".into(), // Windows has a line of its own in the explanation
            None => HostsFile::default().path().to_owned(),
        };
        let language = language(asked.lang);
        Ok(Self { lab, language, hosts_file: hosts_file.display().to_string() })
    }

    fn order(&self) -> Result<Vec<String>, Error> {
        Ok(playbook::order(&self.lab.library)?.iter().map(ToString::to_string).collect())
    }

    /// A step and what is typed for it.
    fn step(&self, name: &str) -> Result<(Playbook, Vec<Typed>), Error> {
        let Some(step) = self.lab.library.playbook(name).and_then(|_| name.parse().ok()) else {
            let near = did_you_mean(name, self.lab.library.playbooks().chain(TOPICS.iter().copied()));
            let hint =
                near.map_or_else(|| "labctl explain lists all".to_owned(), |near| format!("did you mean `{near}`?"));
            return Err(Error::input(format!("there is no step or topic `{name}`")).hint(hint));
        };
        let playbook = playbook::read(&step, &self.lab.library)?;
        let books = std::slice::from_ref(&playbook);
        let plan = Plan::new(&self.lab.inventory, |_| true, books, &self.lab.library, &self.lab.artifacts())?;
        let typed = explain::typed(&plan, &playbook, &self.lab.inventory, &self.hosts_file);
        Ok((playbook, typed))
    }

    fn page(&self, name: &str) -> Result<String, Error> {
        let (inventory, library) = (&self.lab.inventory, &self.lab.library);
        let problem = |problem: Box<Problem>| Error::from(Problems(vec![*problem]));
        if let Some(topic) = explain::topic(name, inventory, library, self.language).map_err(problem)? {
            return Ok(topic);
        }
        let (playbook, typed) = self.step(name)?;
        explain::step(&playbook, &typed, inventory, library, self.language).map_err(problem)
    }

    fn everything(&self) -> Result<Vec<String>, Error> {
        let order = self.order()?;
        TOPICS.iter().copied().chain(order.iter().map(String::as_str)).map(|name| self.page(name)).collect()
    }

    fn list(&self) -> Result<String, Error> {
        let (steps, topics, more) = match self.language {
            Language::English => ("The steps, in their order", "What is behind them", "Read one"),
            Language::Indonesian => ("Langkah-langkahnya, berurutan", "Latar belakangnya", "Baca salah satu"),
        };
        let mut out = format!("# {steps}\n\n");
        for name in self.order()? {
            out.push_str(&format!("  **{name:<15}** {}\n", summary(&self.page(&name)?).1));
        }
        out.push_str(&format!("\n# {topics}\n\n"));
        for name in TOPICS {
            out.push_str(&format!("  **{name:<15}** {}\n", summary(&self.page(name)?).1));
        }
        out.push_str(&format!("\n{more}: `labctl explain nginx`\n"));
        Ok(out)
    }

    /// One line of JSON for each thing to type, in order; the host `controller` is the person's own computer.
    fn commands(&self, steps: &[String]) -> Result<String, Error> {
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
