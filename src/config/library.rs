//! Playbooks and templates: those compiled in, with the user's own of the same name in front of them.
//! All are read before planning, so that planning itself touches no file.

use crate::model::problem::Source;
use std::collections::BTreeMap;
use std::sync::Arc;

macro_rules! shipped {
    ($folder:literal: $($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../", $folder, "/", $name)))),+]
    };
}

const PLAYBOOKS: &[(&str, &str)] = shipped!(
    "playbooks": "site.yaml", "update.yaml", "nginx.yaml", "node.yaml", "dumbflix.yaml", "pm2.yaml", "proxy.yaml", "hosts.yaml",
    "verify.yaml",
);

const TEMPLATES: &[(&str, &str)] =
    shipped!("templates": "nginx/site.conf.j2", "nginx/defaults.conf.j2", "pm2/ecosystem.config.js.j2");

/// Every playbook and template that a run may use.
#[derive(Debug, Clone, Default)]
pub struct Library {
    playbooks: BTreeMap<String, Arc<Source>>,
    templates: BTreeMap<String, Arc<Source>>,
    explanations: BTreeMap<String, Arc<Source>>,
}

impl Library {
    /// What is compiled in.
    pub fn shipped() -> Self {
        let sources = |folder: &str, files: &[(&str, &str)]| -> BTreeMap<String, Arc<Source>> {
            let source = |name: &str, text: &str| Source::new(format!("{folder}/{name} (shipped with labctl)"), text);
            files.iter().map(|(name, text)| ((*name).to_owned(), source(name, text))).collect()
        };
        Self {
            playbooks: sources("playbooks", PLAYBOOKS),
            templates: sources("templates", TEMPLATES),
            explanations: BTreeMap::new(),
        }
    }

    /// Puts a playbook of the user's in front of one of the same name.
    pub fn add_playbook(&mut self, file: String, source: Arc<Source>) {
        self.playbooks.insert(file, source);
    }

    /// Puts a template in front of one of the same name.
    pub fn add_template(&mut self, file: &str, text: &str) {
        self.templates.insert(file.to_owned(), Source::new(format!("templates/{file}"), text));
    }

    /// Puts a template of the user's in front of one of the same name.
    pub fn add_template_file(&mut self, file: String, source: Arc<Source>) {
        self.templates.insert(file, source);
    }

    /// Puts an explanation of the user's (`playbooks/explain/STEP.LANGUAGE.md`) in front of the one that is shipped.
    pub fn add_explanation(&mut self, file: String, source: Arc<Source>) {
        self.explanations.insert(file, source);
    }

    /// What the user wrote to explain a step or a topic, in this language (`en`, `id`). The pages that are shipped belong to
    /// the languages.
    pub fn explanation(&self, name: &str, language: &str) -> Option<&Arc<Source>> {
        self.explanations.get(&format!("{name}.{language}.md"))
    }

    /// A template by its path under `templates/`.
    pub fn template(&self, name: &str) -> Option<&Arc<Source>> {
        self.templates.get(name)
    }

    /// The names of all templates.
    pub fn templates(&self) -> impl Iterator<Item = &str> {
        self.templates.keys().map(String::as_str)
    }

    /// A playbook by its file name without `.yaml`.
    pub fn playbook(&self, name: &str) -> Option<&Arc<Source>> {
        self.playbooks.get(&format!("{name}.yaml"))
    }

    /// The names of all playbooks, without the list of the order.
    pub fn playbooks(&self) -> impl Iterator<Item = &str> {
        self.playbooks.keys().filter_map(|file| file.strip_suffix(".yaml")).filter(|name| *name != "site")
    }
}
