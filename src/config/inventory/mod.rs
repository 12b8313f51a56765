//! What the user wrote about the lab: machines, groups, variables and sites. Typed and free of contradictions.

mod checks;
mod domain;
mod host;
mod own;
mod provider;
mod read;
mod reference;
mod repository;
mod select;
mod setting;
mod shapes;
mod sites;
mod system;
mod wanted;

pub(super) use domain::is_address;
pub use host::{Connection, Host, HostKeys, Login, SecretSource, SshConfig};
pub use own::Own;
pub use provider::ProviderKind;
pub(crate) use provider::each_provider;
pub use read::{parse, read, read_own};
pub use reference::reference;
pub use select::Selector;
pub use setting::Setting;
pub use shapes::schema;
pub use system::System;
pub use wanted::Wanted;

use crate::config::shape::duration;
use crate::config::yaml::Node;
use crate::model::application::Application;
use crate::model::name::{BackendName, HostName, LabName};
use crate::model::problem::Location;
use crate::model::proxy::Proxy;
use crate::model::site::Site;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What the shipped variables are called where a mistake is shown.
const DEFAULTS: &str = "defaults.yaml";

/// A lab, as its inventory describes it.
#[derive(Debug, Clone)]
pub struct Inventory {
    /// The lab's name, from the key `lab`.
    pub lab: LabName,
    /// Who makes the machines.
    pub provider: ProviderKind,
    /// What they are to be, where labctl makes them.
    pub wanted: Wanted,
    /// The machines, in the order of the file: the order of every report.
    pub hosts: Vec<Host>,
    /// The sites, in the order of the file, with the addresses that the file gives. See [`Inventory::sites`].
    sites: Vec<Site>,
    /// How a person names it: the file it was read from, or for one lab of a class `class.yaml:s07`.
    pub path: PathBuf,
    /// The folder that relative paths in it start from.
    folder: PathBuf,
    /// Variables, all of them laid over each other, once for all hosts that share them. The first are everybody's: what
    /// the controller sees.
    vars: Vec<Node>,
    /// Which of them a host has.
    sorts: BTreeMap<HostName, usize>,
}

/// A host, as texts see it.
fn description(host: &Host) -> Value {
    json!({"name": host.name, "address": host.reached_at().unwrap_or_default()})
}

impl Inventory {
    /// The folder that relative paths in the inventory start from.
    pub fn folder(&self) -> PathBuf {
        self.folder.clone()
    }

    /// The host of that name.
    pub fn host(&self, name: &HostName) -> Option<&Host> {
        self.hosts.iter().find(|host| &host.name == name)
    }

    /// The hosts that a playbook's `hosts:` names: a group, a host, or `all`.
    pub fn members(&self, name: &str) -> Vec<&Host> {
        let belongs =
            |h: &&Host| name == "all" || h.name.as_str() == name || h.groups.iter().any(|g| g.as_str() == name);
        self.hosts.iter().filter(belongs).collect()
    }

    /// The sites, in the order of the file, with the addresses that their servers have now.
    pub fn sites(&self) -> Vec<Site> {
        let mut sites = self.sites.clone();
        for server in sites.iter_mut().flat_map(|site| &mut site.servers) {
            server.address = self.host(server.host()).and_then(Host::reached_at);
        }
        sites
    }

    /// The application as it is to run on a host.
    pub fn application(&self, host: &HostName) -> Application {
        application(self.vars(host))
    }

    /// Where the variable at a path such as `app.repo` has the value that it has on a host; `None` if nobody wrote it there.
    pub fn location(&self, host: &HostName, path: &str) -> Option<&Location> {
        let node = path.split('.').try_fold(self.vars(host), |node, key| node.get(key))?;
        (node.location.source.name != DEFAULTS).then_some(&node.location)
    }

    /// Everything that templates and playbooks may name on a host (or on the controller).
    pub fn scope(&self, host: &HostName) -> Map<String, Value> {
        let mut scope = self.variables(host);
        scope.extend(self.described(host));
        scope.extend(self.shared());
        scope
    }

    /// The index of a host's set of variables, which hosts with the same variables share.
    pub fn variable_set(&self, host: &HostName) -> usize {
        self.sorts.get(host).copied().unwrap_or(0)
    }

    fn vars(&self, host: &HostName) -> &Node {
        &self.vars[self.variable_set(host)]
    }

    /// What may be named on one host, of which others may have the same: its variables.
    pub fn variables(&self, host: &HostName) -> Map<String, Value> {
        let Ok(Value::Object(mut scope)) = serde_json::to_value(self.vars(host)) else { return Map::new() };
        if let Some(app) = scope.get_mut("app").and_then(Value::as_object_mut) {
            let described = self.application(host);
            let entry = |each: Application| json!({"name": each.name, "port": each.port});
            app.insert("entries".into(), described.each().into_iter().map(entry).collect());
            app.insert("dir".into(), json!(described.folder));
        }
        scope
    }

    /// What only this host is: `host`.
    pub fn described(&self, host: &HostName) -> Map<String, Value> {
        let this = self.host(host).map_or_else(|| json!({"name": host, "address": ""}), description);
        Map::from_iter([("host".to_owned(), this)])
    }

    /// What is the same wherever it is named: `lab`, `hosts`, `groups`, `sites`, `web`.
    pub fn shared(&self) -> Map<String, Value> {
        let mut groups: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for each in &self.hosts {
            for group in &each.groups {
                groups.entry(group.as_str()).or_default().push(description(each));
            }
        }
        let address = self.web().and_then(Host::reached_at).unwrap_or_default();
        let sites = self.sites();
        let serves = self.web().is_some_and(|web| sites.iter().any(|site| site.is_served_by(&web.name)));
        Map::from_iter([
            ("lab".to_owned(), json!(self.lab)),
            ("hosts".to_owned(), self.hosts.iter().map(description).collect()),
            ("groups".to_owned(), json!(groups)),
            ("sites".to_owned(), json!(sites)),
            ("web".to_owned(), json!({"address": address, "serves": serves})),
        ])
    }

    /// The user that the app belongs to on a host: the variable `user`, else the login's, if either is written.
    pub fn user(&self, host: &Host) -> Option<String> {
        let written = self.vars(&host.name).get("user").and_then(Node::text);
        written.filter(|user| !user.is_empty()).map(str::to_owned).or_else(|| host.login.user.clone())
    }

    /// The way of a host to the internet, where the inventory names one.
    pub fn proxy(&self, host: &HostName) -> Option<Proxy> {
        let proxy = |key: &str| self.vars(host).get("proxy")?.get(key)?.text().map(str::to_owned);
        let url = proxy("url").filter(|url| !url.is_empty())?;
        Some(Proxy { url, except: proxy("except").unwrap_or_default() })
    }

    /// The machine that answers for the sites: the first of group `web`.
    pub fn web(&self) -> Option<&Host> {
        self.members("web").first().copied()
    }

    /// Whether a host is the web server's machine, whatever else runs on it.
    pub fn is_web(&self, host: &Host) -> bool {
        self.web().is_some_and(|web| web.name == host.name)
    }

    /// The backends that a host can be, each with what runs as it there.
    pub fn backends(&self, host: &HostName) -> Vec<(BackendName, Application)> {
        backends(host, &self.application(host))
    }
}

/// The backends that a host can be with this application: one for each instance.
fn backends(host: &HostName, application: &Application) -> Vec<(BackendName, Application)> {
    let several = application.instances > 1;
    let name = |port| if several { BackendName::instance(host.clone(), port) } else { host.clone().into() };
    application.each().into_iter().map(|each| (name(each.port), each)).collect()
}

/// The application that variables describe. Their shapes have been checked; what was refused has its default.
fn application(vars: &Node) -> Application {
    let app = |key: &str| vars.get("app").and_then(|app| app.get(key));
    let text = |key: &str| app(key).and_then(Node::text).unwrap_or_default().to_owned();
    let texts = |key: &str| {
        let pairs = app(key).map(Node::pairs).unwrap_or_default().iter();
        pairs.filter_map(|(key, value)| Some((key.text()?.to_owned(), value.text()?.to_owned()))).collect()
    };
    let (repo, written) = (text("repo"), text("dir"));
    Application {
        name: text("name"),
        version: text("version"),
        folder: if written.is_empty() { format!("~/{}", repository_name(&repo)) } else { written },
        repo,
        port: text("port").parse().unwrap_or(3000),
        instances: text("instances").parse().unwrap_or(1),
        start: text("start"),
        env: texts("env"),
        files: texts("files"),
        marker: text("marker"),
        ready: duration(&text("ready")).unwrap_or_default(),
        legacy_openssl: text("legacy_openssl") == "true",
    }
}

/// The last part of a repository's address: `https://host/x/dumbflix-frontend.git` is `dumbflix-frontend`.
fn repository_name(repo: &str) -> &str {
    let last = repo.trim_end_matches('/').rsplit(['/', ':', '\\']).next().unwrap_or(repo);
    last.strip_suffix(".git").unwrap_or(last)
}
