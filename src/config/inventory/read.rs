//! Reads an inventory file. Every mistake is found before the first connection is opened, and all are shown at once.

use super::domain::is_address;
use super::setting::Setting;
use super::shapes::INVENTORY;
use super::sites::{self, list};
use super::{Connection, DEFAULTS, Host, Inventory, Login, ProviderKind, application, repository};
use super::{Own, checks, own, wanted};
use crate::config::shape::Shape;
use crate::config::yaml::{self, Node, Value};
use crate::model::name::{GroupName, HostName, LabName, NameError};
use crate::model::problem::{Problems, ReadError, Source, did_you_mean};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

/// Reads the inventory at `path`, with `settings` above all its variables.
///
/// # Errors
/// The file cannot be read, or every mistake in it.
pub fn read(path: &Path, settings: &[Setting]) -> Result<Inventory, ReadError> {
    let text = std::fs::read_to_string(path).map_err(|cause| ReadError::File { path: path.to_owned(), cause })?;
    Ok(parse(&Source::new(path.display().to_string(), text), path, settings)?)
}

/// Reads an inventory from its text.
///
/// # Errors
/// Every mistake in it.
pub fn parse(source: &Arc<Source>, path: &Path, settings: &[Setting]) -> Result<Inventory, Problems> {
    parse_for(source, path, settings, None)
}

/// Reads the inventory of one of many labs from the file that they share.
///
/// # Errors
/// The file cannot be read, or every mistake in it and in what the lab has of its own.
pub fn read_own(path: &Path, settings: &[Setting], own: &Own) -> Result<Inventory, ReadError> {
    let text = std::fs::read_to_string(path).map_err(|cause| ReadError::File { path: path.to_owned(), cause })?;
    let source = Source::new(path.display().to_string(), text);
    Ok(Inventory { path: own.path.clone(), ..parse_for(&source, path, settings, Some(own))? })
}

fn parse_for(
    source: &Arc<Source>,
    path: &Path,
    settings: &[Setting],
    own: Option<&Own>,
) -> Result<Inventory, Problems> {
    let mut problems = Problems::default();
    let root = own::applied(&yaml::parse(source)?, own, &mut problems);
    let defaults = Source::new(DEFAULTS, include_str!("defaults.yaml"));
    let defaults = yaml::parse(&defaults).unwrap_or_else(|problems| unreachable!("our own file: {problems}"));
    let any_version = yaml::parse(&Source::new("defaults.yaml", "node: { version: \"\" }"))
        .unwrap_or_else(|problems| unreachable!("our own text: {problems}"));
    let mut reader = Reader { problems, root: &root, settings, defaults, any_version };
    Shape::Map(INVENTORY).check(&root, "the inventory", &mut reader.problems);
    let inventory = reader.inventory(path);
    reader.problems.or(inventory)
}

struct Reader<'a> {
    problems: Problems,
    root: &'a Node,
    settings: &'a [Setting],
    /// The variables that are shipped.
    defaults: Node,
    /// Variables that ask for whatever version of Node.js there is.
    any_version: Node,
}

impl Reader<'_> {
    fn inventory(&mut self, path: &Path) -> Option<Inventory> {
        let lab = self.root.get("lab").and_then(|node| self.name::<LabName>(node));
        // A name that is unknown is a mistake that the shapes find.
        let named = self.root.get("provider").and_then(Node::text).and_then(ProviderKind::named);
        let provider = named.unwrap_or(ProviderKind::ALL[0]);
        let wanted = wanted::read(self.root, provider, self.mistyped(provider), &mut self.problems);
        checks::secrets(self.root, &mut self.problems);
        let hosts = self.hosts(provider);
        let common = self.vars(&[self.root.get("vars")]);
        let mut vars = vec![common.clone()];
        let sorts = self.sorts(&hosts, &mut vars);
        let hosts: Vec<Host> = hosts.into_iter().map(|(host, _)| host).collect();
        self.repositories(&vars);
        self.groups(&hosts);
        checks::settings(self.root, self.settings, &mut self.problems);
        checks::passwords(&vars, &mut self.problems);
        checks::ports(&vars, &mut self.problems);
        checks::starts(&vars, &mut self.problems);
        let application = |host: &HostName| application(&vars[sorts.get(host).copied().unwrap_or(0)]);
        let sites = sites::read(&common, &hosts, &application, &mut self.problems);
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        Some(Inventory { lab: lab?, provider, wanted, hosts, sites, path: path.to_owned(), folder, vars, sorts })
    }

    fn name<T: FromStr<Err = NameError>>(&mut self, node: &Node) -> Option<T> {
        match node.text().unwrap_or_default().parse() {
            Ok(name) => Some(name),
            Err(error) => {
                self.problems.add(&node.location, error.to_string(), None);
                None
            }
        }
    }

    /// Whether the inventory names a provider that there is not, which has a message of its own: what follows from it would
    /// only hide that.
    fn mistyped(&self, provider: ProviderKind) -> bool {
        self.root.get("provider").is_some_and(|node| node.text() != Some(provider.name()))
    }

    fn hosts(&mut self, provider: ProviderKind) -> Vec<(Host, Node)> {
        let mut hosts: Vec<(Host, Node)> = Vec::new();
        // By address and port.
        let mut taken = BTreeMap::new();
        let Some(all) = self.root.get("hosts") else { return hosts };
        if all.pairs().is_empty() {
            let hint = "name the machines, such as `web: { address: 192.168.56.10, groups: [web] }`";
            self.problems.add(&all.location, "the inventory has no hosts", Some(hint.into()));
        }
        for (key, node) in all.pairs() {
            let Some(name) = self.name::<HostName>(key) else { continue };
            if name.is_controller() {
                let hint = "`controller` stands for the computer that labctl runs on; choose another name";
                self.problems.add(&key.location, "a host cannot be called `controller`", Some(hint.into()));
            }
            let groups: Vec<GroupName> =
                list(node.get("groups")).into_iter().filter_map(|group| self.name(group)).collect();
            if groups.is_empty() {
                let hint = "say what it is for: `groups: [web]` or `groups: [app]`";
                self.problems.add(&key.location, format!("host `{name}` is in no group"), Some(hint.into()));
            }
            let address = self.address(&name, key, node, provider, &mut taken);
            let layers: Vec<&Node> = [self.root.get("ssh")]
                .into_iter()
                .chain(groups.iter().map(|g| self.root.get("groups")?.get(g.as_str())?.get("ssh")))
                .chain([node.get("ssh")])
                .flatten()
                .collect();
            let mut login = Login::of(&layers);
            if node.get("connection").and_then(Node::text) == Some("local") {
                login.connection = Connection::Local;
            }
            hosts.push((Host { name, address, resolved: None, groups, login }, node.clone()));
        }
        hosts
    }

    fn address(
        &mut self,
        name: &HostName,
        key: &Node,
        node: &Node,
        provider: ProviderKind,
        others: &mut BTreeMap<(String, Option<String>), HostName>,
    ) -> Option<String> {
        let local = node.get("connection").and_then(Node::text) == Some("local");
        let Some(written) = node.get("address") else {
            if !provider.chooses_addresses() && !local && !self.mistyped(provider) {
                let hint = format!(
                    "write `address: 192.168.56.10`, or {} if labctl should create the machines",
                    ProviderKind::lines_without_addresses()
                );
                self.problems.add(&key.location, format!("host `{name}` has no address"), Some(hint));
            }
            return local.then(|| "127.0.0.1".to_owned());
        };
        if provider.chooses_addresses() {
            let hint = format!("leave it out: `provider: {}` chooses the addresses of its machines", provider.name());
            self.problems.add(&written.location, format!("host `{name}` cannot have an `address` here"), Some(hint));
        }
        let text = written.text()?.to_owned();
        if !is_address(&text) {
            let hint = "write an IP address such as 192.168.56.10, or a name that resolves";
            self.problems.add(&written.location, format!("`{text}` is not an address"), Some(hint.into()));
        }
        let port = |n: &Node| n.get("ssh").and_then(|s| s.get("port")).and_then(Node::text).map(str::to_owned);
        match others.entry((text.clone(), port(node))) {
            Entry::Occupied(twin) => {
                let what = format!("host `{name}` has the same address as `{}`", twin.get());
                self.problems.add(&written.location, what, Some(
                    "give each host its own address; several instances of the application on one machine are one host, with \
                     `vars: { app: { instances: 2 } }`"
                        .into(),
                ));
            }
            Entry::Vacant(free) => {
                free.insert(name.clone());
            }
        }
        Some(text)
    }

    /// Variables laid over each other: defaults, then `layers`, then `--set`.
    fn vars(&self, layers: &[Option<&Node>]) -> Node {
        let layers = layers.iter().flatten().copied();
        let settings = self.settings.iter().map(Setting::node);
        let written = layers.chain(settings).filter(|n| n.value != Value::Null);
        let node = |vars: &Node, key: &str| vars.get("node").and_then(|node| node.get(key)).cloned();
        let mut versioned = false;
        let vars = written.fold(self.defaults.clone(), |below, above| {
            versioned |= node(above, "version").is_some();
            below.overlaid(above)
        });
        // The shipped version is one of nodejs.org's. A distribution has its own.
        let own = !versioned && node(&vars, "source").is_some_and(|source| source.text() == Some("distribution"));
        if own { vars.overlaid(&self.any_version) } else { vars }
    }

    /// Lays the variables of every host over each other. Hosts of the same groups, without any of their own, share them.
    fn sorts(&self, hosts: &[(Host, Node)], vars: &mut Vec<Node>) -> BTreeMap<HostName, usize> {
        let groups = self.root.get("groups");
        let mut shared: BTreeMap<&[GroupName], usize> = BTreeMap::new();
        let mut sorts = BTreeMap::new();
        for (host, node) in hosts {
            let own = node.get("vars");
            let known = shared.get(host.groups.as_slice()).copied().filter(|_| own.is_none());
            let sort = known.unwrap_or_else(|| {
                let of_groups = host.groups.iter().map(|g| groups?.get(g.as_str())?.get("vars"));
                let layers: Vec<Option<&Node>> =
                    [self.root.get("vars")].into_iter().chain(of_groups).chain([own]).collect();
                vars.push(self.vars(&layers));
                vars.len() - 1
            });
            if own.is_none() {
                shared.insert(&host.groups, sort);
            }
            sorts.insert(host.name.clone(), sort);
        }
        sorts
    }

    /// Addresses that cannot be a repository's; each is reported once, where it stands.
    fn repositories(&mut self, vars: &[Node]) {
        let mut reported: Vec<&str> = Vec::new();
        for node in vars.iter().filter_map(|vars| vars.get("app")?.get("repo")) {
            let repo = node.text().unwrap_or_default();
            if let Some((what, hint)) = repository::mistake(repo).filter(|_| !reported.contains(&repo)) {
                self.problems.add(&node.location, what, Some(hint));
                reported.push(repo);
            }
        }
    }

    fn groups(&mut self, hosts: &[Host]) {
        let Some(groups) = self.root.get("groups") else { return };
        let known: Vec<&str> = hosts.iter().flat_map(|h| h.groups.iter().map(GroupName::as_str)).collect();
        for (key, _) in groups.pairs() {
            let name = key.text().unwrap_or_default();
            if !known.contains(&name) {
                let hint = did_you_mean(name, known.iter().copied()).map(|n| format!("did you mean `{n}`?"));
                self.problems.add(&key.location, format!("no host is in group `{name}`"), hint);
            }
        }
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
