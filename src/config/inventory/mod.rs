//! What the user wrote about the lab: machines, groups, variables and sites. Typed and free of contradictions.

mod host;
mod read;
mod reference;
mod select;
mod setting;
mod shapes;
mod site;

pub use host::{Connection, Host, HostKeys, Login, SecretSource, SshConfig};
pub use read::{parse, read};
pub use reference::reference;
pub use select::Selector;
pub use setting::Setting;
pub use shapes::{BALANCE, schema};
pub use site::{Backend, Site, is_domain};

use crate::config::yaml::Node;
use crate::model::name::{HostName, LabName};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A lab, as its inventory describes it.
#[derive(Debug, Clone)]
pub struct Inventory {
    /// The lab's name.
    pub lab: LabName,
    /// Who makes the machines.
    pub provider: ProviderKind,
    /// The machines, in the order of the file: the order of every report.
    pub hosts: Vec<Host>,
    /// The domains, in the order of the file.
    pub sites: Vec<Site>,
    /// The file it was read from.
    pub path: PathBuf,
    /// Variables, all of them laid over each other, once for all hosts that share them. The first are everybody's: what
    /// the controller sees.
    vars: Vec<Node>,
    /// Which of them a host has.
    sorts: BTreeMap<HostName, usize>,
}

/// Who makes the machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderKind {
    /// They are there already.
    Existing,
    /// labctl makes them on this computer.
    Sandbox,
}

/// A host, as texts see it.
fn description(host: &Host) -> Value {
    json!({"name": host.name, "address": host.address.as_deref().unwrap_or_default()})
}

impl Inventory {
    /// The folder that relative paths in the inventory start from.
    pub fn folder(&self) -> PathBuf {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.into(),
            _ => PathBuf::from("."),
        }
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

    /// The address that others reach a host by. Empty until a provider has said it.
    fn address(&self, name: &HostName) -> &str {
        self.host(name).and_then(|h| h.address.as_deref()).unwrap_or_default()
    }

    /// Everything that templates and playbooks may name on a host (or on the controller).
    pub fn scope(&self, host: &HostName) -> Map<String, Value> {
        let mut scope = self.variables(host);
        scope.extend(self.described(host));
        scope.extend(self.shared());
        scope
    }

    /// A number that hosts have in common if their variables are the same.
    pub fn sort(&self, host: &HostName) -> usize {
        self.sorts.get(host).copied().unwrap_or(0)
    }

    fn vars(&self, host: &HostName) -> &Node {
        &self.vars[self.sort(host)]
    }

    /// What may be named on one host, of which others may have the same: its variables.
    pub fn variables(&self, host: &HostName) -> Map<String, Value> {
        let Ok(Value::Object(mut scope)) = serde_json::to_value(self.vars(host)) else { return Map::new() };
        if let Some(app) = scope.get_mut("app").and_then(Value::as_object_mut)
            && app.get("dir").and_then(Value::as_str) == Some("")
        {
            let repo = app.get("repo").and_then(Value::as_str).unwrap_or_default();
            app.insert("dir".into(), json!(format!("~/{}", repository_name(repo))));
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
        let web = self.web().and_then(|web| web.address.as_deref()).unwrap_or_default();
        Map::from_iter([
            ("lab".to_owned(), json!(self.lab)),
            ("hosts".to_owned(), self.hosts.iter().map(description).collect()),
            ("groups".to_owned(), json!(groups)),
            ("sites".to_owned(), self.sites.iter().map(|site| self.described_site(site)).collect()),
            ("web".to_owned(), json!({"address": web})),
        ])
    }

    /// The user that the app belongs to on a host: the variable `user`, else the login's, if either is written.
    pub fn user(&self, host: &Host) -> Option<String> {
        let written = self.vars(&host.name).get("user").and_then(Node::text);
        written.filter(|user| !user.is_empty()).map(str::to_owned).or_else(|| host.login.user.clone())
    }

    /// The machine that answers for the sites: the first of group `web`.
    pub fn web(&self) -> Option<&Host> {
        self.members("web").first().copied()
    }

    fn port(&self, host: &HostName) -> Option<&Node> {
        self.vars(host).get("app").and_then(|app| app.get("port"))
    }

    /// Where the app of a host is asked: address and port, as they stand in a URL.
    pub fn socket(&self, host: &HostName) -> String {
        let address = self.address(host);
        // Behind an IPv6 address, a port needs brackets.
        let literal = if address.contains(':') { format!("[{address}]") } else { address.to_owned() };
        format!("{literal}:{}", self.port(host).and_then(Node::text).unwrap_or_default())
    }

    fn described_site(&self, site: &Site) -> Value {
        let servers: Vec<_> = site
            .upstream
            .iter()
            .map(|backend| {
                json!({
                    "name": backend.host,
                    "address": self.address(&backend.host),
                    "port": self.port(&backend.host),
                    "socket": self.socket(&backend.host),
                    "weight": backend.weight,
                })
            })
            .collect();
        json!({"domain": site.domain, "name": site.identifier(), "balance": site.balance, "servers": servers})
    }
}

/// The last part of a repository's address: `https://host/x/dumbflix-frontend.git` is `dumbflix-frontend`.
fn repository_name(repo: &str) -> &str {
    let last = repo.trim_end_matches('/').rsplit(['/', ':', '\\']).next().unwrap_or(repo);
    last.strip_suffix(".git").unwrap_or(last)
}
