//! The topology of a lab as a picture: user, domains, web server, upstreams, application servers. Pure: drawn from the
//! inventory, and with a [`Health`] from what was seen of it.

mod dot;
mod layout;
mod mermaid;
mod svg;
mod text;

pub use dot::dot;
pub use mermaid::mermaid;
pub use svg::{CSS, stage, svg};
pub use text::text;

use crate::config::inventory::{Host, Inventory};
use crate::languages::{ENGLISH, Language};
use crate::model::event::{Component, Machine, Topology};
use crate::model::health::{Health, HostHealth, State};
use crate::model::name::{BackendName, LabName};
use crate::model::site::Server;
use std::collections::BTreeMap;

/// The topology of a lab, as nodes and edges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    /// The name of the lab.
    pub lab: LabName,
    /// The nodes column by column, in the order of the inventory.
    pub nodes: Vec<GraphNode>,
    /// The edges, each from left to right.
    pub edges: Vec<Edge>,
    /// The language of its words.
    pub language: &'static Language,
}

/// A box of the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphNode {
    /// What it stands for.
    pub role: NodeRole,
    /// Its name, on the first line.
    pub title: String,
    /// What else there is to know about it: an address, a balance method.
    pub detail: String,
    /// How it was found; `None` if it was not checked.
    pub state: Option<State>,
    /// The reason for that state; empty if it is good.
    pub why: String,
    /// Whether no step of the run looked at it.
    pub guessed: bool,
}

/// What a node stands for, in the order of the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeRole {
    /// Somebody with a browser who opens a site.
    User,
    /// The domain of a site.
    Domain,
    /// The web server, nginx.
    Web,
    /// How the web server passes requests for a site on: balance method or `proxy_pass`.
    Upstream,
    /// An application server, one for each host, or for each instance on it.
    App,
}

/// An edge of the picture, between two nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// Its left end, an index into [`Graph::nodes`].
    pub from: usize,
    /// Its right end, an index into [`Graph::nodes`].
    pub to: usize,
    /// A weight other than 1, in words; empty otherwise.
    pub label: String,
}

/// The part of an inventory that the picture shows.
pub fn topology(inventory: &Inventory) -> Topology {
    let sites = inventory.sites();
    let machine = |host: &Host| Machine { name: host.name.clone(), address: host.address.clone() };
    let serves = |host: &Host| sites.iter().any(|site| site.is_served_by(&host.name));
    let app = |host: &&Host| serves(host) || host.groups.iter().any(|group| group.as_str() == "app");
    let apps = inventory.hosts.iter().filter(app).map(machine).collect();
    Topology { web: inventory.web().map(machine), apps, sites }
}

impl Graph {
    /// The picture of an inventory, in English.
    pub fn new(inventory: &Inventory) -> Self {
        Self::in_language(inventory, ENGLISH)
    }

    /// The picture of an inventory.
    pub fn in_language(inventory: &Inventory, language: &'static Language) -> Self {
        Self::of_topology(&inventory.lab, &topology(inventory), language)
    }

    /// The picture of a lab.
    pub fn of_topology(lab: &LabName, topology: &Topology, language: &'static Language) -> Self {
        let mut graph = Self { lab: lab.clone(), nodes: Vec::new(), edges: Vec::new(), language };
        let words = &language.picture;
        let sites = &topology.sites;

        let user = graph.add(NodeRole::User, words.user, words.browser);
        let domains: Vec<usize> = sites
            .iter()
            .map(|site| {
                let domain = graph.add(NodeRole::Domain, &site.domain, words.http);
                graph.link(user, domain, "");
                domain
            })
            .collect();
        let web = topology
            .web
            .as_ref()
            .map(|host| graph.add(NodeRole::Web, host.name.as_str(), &with_address("nginx", host.address.as_deref())));
        let upstreams: Vec<usize> = sites
            .iter()
            .zip(&domains)
            .map(|(site, domain)| {
                // One backend needs no upstream block: nginx is told its address.
                let (title, detail) = if site.is_balanced() {
                    (site.balance.word(), format!("upstream {}", site.identifier()))
                } else {
                    ("proxy_pass", (words.for_site)(&site.domain))
                };
                let upstream = graph.add(NodeRole::Upstream, title, &detail);
                if let Some(web) = web {
                    graph.link(*domain, web, "");
                }
                graph.link(web.unwrap_or(*domain), upstream, "");
                upstream
            })
            .collect();
        for host in &topology.apps {
            let here = sites.iter().flat_map(|site| &site.servers).filter(|server| *server.host() == host.name);
            let servers: BTreeMap<&BackendName, &Server> = here.map(|server| (&server.name, server)).collect();
            if servers.is_empty() {
                let detail = with_address(words.in_no_site, host.address.as_deref());
                graph.add(NodeRole::App, host.name.as_str(), &detail);
            }
            for (name, server) in servers {
                let app = graph.add(NodeRole::App, name.as_str(), &server.socket());
                for (site, upstream) in sites.iter().zip(&upstreams) {
                    if let Some(own) = site.servers.iter().find(|own| own.name == *name) {
                        let label = if own.weight == 1 { String::new() } else { (words.weight)(own.weight.into()) };
                        graph.link(*upstream, app, &label);
                    }
                }
            }
        }
        graph
    }

    /// The same picture with what was seen of everything in it.
    pub fn with(mut self, health: &Health) -> Self {
        let web = self.of(NodeRole::Web).next().map(|(_, node)| node.title.clone());
        let language = self.language;
        let of = |host: HostHealth<'_>| (language.host(&host), host == HostHealth::NotInspected);
        for node in &mut self.nodes {
            let (seen, guessed) = match (node.role, &web) {
                (NodeRole::User, _) => continue,
                (NodeRole::Domain, _) => {
                    let site = health.site(&node.title);
                    (language.site(site), site.is_none())
                }
                (NodeRole::Web, _) => of(health.host(&node.title, &[Component::WebServer, Component::Sites])),
                (NodeRole::Upstream, Some(web)) => of(health.host(web, &[Component::Sites])),
                (NodeRole::Upstream, None) => continue,
                (NodeRole::App, _) => match node.title.parse::<BackendName>() {
                    Ok(name) => of(health.backend(&name)),
                    Err(_) => continue,
                },
            };
            node.guessed = guessed;
            node.state = Some(seen.state);
            node.why = if seen.state == State::Good { String::new() } else { plain(&seen.why) };
        }
        self
    }

    /// The same picture without the states of what was not checked.
    pub fn without_guesses(mut self) -> Self {
        for node in self.nodes.iter_mut().filter(|node| node.guessed) {
            (node.state, node.why) = (None, String::new());
        }
        self
    }

    fn add(&mut self, role: NodeRole, title: &str, detail: &str) -> usize {
        let (title, detail) = (title.to_owned(), detail.to_owned());
        self.nodes.push(GraphNode { role, title, detail, state: None, why: String::new(), guessed: false });
        self.nodes.len() - 1
    }

    fn link(&mut self, from: usize, to: usize, label: &str) {
        self.edges.push(Edge { from, to, label: label.to_owned() });
    }

    fn of(&self, role: NodeRole) -> impl Iterator<Item = (usize, &GraphNode)> {
        self.nodes.iter().enumerate().filter(move |(_, node)| node.role == role)
    }

    fn after(&self, node: usize) -> impl Iterator<Item = &Edge> {
        self.edges.iter().filter(move |edge| edge.from == node)
    }
}

impl GraphNode {
    /// Its name after the sign of its state: `✓ web`.
    fn signed(&self) -> String {
        match self.state {
            Some(state) => format!("{} {}", state.sign(), self.title),
            None => self.title.clone(),
        }
    }

    /// Its CSS class: the word for its state, or `plain`.
    fn class(&self) -> &'static str {
        self.state.map_or("plain", State::word)
    }
}

fn with_address(what: &str, address: Option<&str>) -> String {
    match address {
        Some(address) if !address.is_empty() => format!("{what}, {address}"),
        _ => what.to_owned(),
    }
}

/// Text from a machine, without anything that a terminal would obey.
fn plain(text: &str) -> String {
    let obeyed = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.replace(obeyed, " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::problem::Source;
    use std::path::Path;

    fn graph(text: &str) -> Graph {
        Graph::new(&crate::config::inventory::parse(&Source::new("t", text), Path::new("t"), &[]).unwrap())
    }

    const LAB: &str = "lab: t\nhosts:\n  web: {address: 10.0.0.1, groups: [web]}\n  app1: {address: 10.0.0.2, groups: [app]}\n  app2: {address: 10.0.0.3, groups: [app]}\n  app3: {address: 10.0.0.4, groups: [app]}\nvars:\n  sites:\n    - {domain: a.b, upstream: [{host: app1, weight: 3}, app2], balance: least_conn}\n    - {domain: c.d, upstream: [app1]}\n";

    fn lines(graph: &Graph) -> Vec<String> {
        let name = |n: usize| graph.nodes[n].title.as_str();
        graph.edges.iter().map(|e| format!("{} > {} {}", name(e.from), name(e.to), e.label).trim().to_owned()).collect()
    }

    #[test]
    fn what_the_inventory_says() {
        let graph = graph(LAB);
        let nodes: Vec<String> = graph.nodes.iter().map(|n| format!("{} ({})", n.title, n.detail)).collect();
        assert_eq!(
            nodes,
            [
                "user (browser)",
                "a.b (http, port 80)",
                "c.d (http, port 80)",
                "web (nginx, 10.0.0.1)",
                "least_conn (upstream a_b)",
                "proxy_pass (for c.d)",
                "app1 (10.0.0.2:3000)",
                "app2 (10.0.0.3:3000)",
                "app3 (in no site, 10.0.0.4)",
            ]
        );
        assert_eq!(
            lines(&graph),
            [
                "user > a.b",
                "user > c.d",
                "a.b > web",
                "web > least_conn",
                "c.d > web",
                "web > proxy_pass",
                "least_conn > app1 weight 3",
                "proxy_pass > app1",
                "least_conn > app2",
            ]
        );
    }

    #[test]
    fn each_instance_on_a_machine_is_a_node_with_a_state_of_its_own() {
        let graph =
            graph(&LAB.replace("10.0.0.2, groups: [app]", "10.0.0.2, groups: [app], vars: {app: {instances: 2}}"));
        let app = |node: &&GraphNode| node.role == NodeRole::App;
        let nodes: Vec<String> =
            graph.nodes.iter().filter(app).map(|n| format!("{} ({})", n.title, n.detail)).collect();
        assert_eq!(
            nodes,
            [
                "app1:3000 (10.0.0.2:3000)",
                "app1:3001 (10.0.0.2:3001)",
                "app2 (10.0.0.3:3000)",
                "app3 (in no site, 10.0.0.4)"
            ]
        );
        let links = lines(&graph);
        for wanted in ["least_conn > app1:3000 weight 3", "least_conn > app1:3001 weight 3", "least_conn > app2"] {
            assert!(links.iter().any(|line| line == wanted), "{wanted}: {links:?}");
        }
        // The machine's step is open because of one of them.
        let mut health = Health::default();
        for (key, value) in
            [("app.dumbflix-3000", "ok process 5"), ("app.dumbflix-3001", "failed no process under pm2")]
        {
            let (host, key, value) = ("app1".parse().unwrap(), key.to_owned(), value.to_owned());
            health.add(&crate::model::event::Event {
                at_ms: 0,
                kind: crate::model::event::Kind::HostFact { host, key, value },
            });
        }
        let seen = graph.with(&health);
        let state = |title: &str| seen.nodes.iter().find(|node| node.title == title).unwrap().state;
        assert_eq!(
            (state("app1:3000"), state("app1:3001"), state("app2")),
            (Some(State::Good), Some(State::Bad), Some(State::Unsure))
        );
    }

    #[test]
    fn a_lab_without_sites_can_be_drawn_too() {
        let graph = graph("lab: t\nhosts:\n  web: {address: 10.0.0.1, groups: [web]}\n");
        assert_eq!(graph.nodes.len(), 2);
        for picture in [text(&graph, false), svg(&graph), mermaid(&graph), dot(&graph)] {
            assert!(picture.contains("web"), "{picture}");
        }
    }

    #[test]
    fn what_machines_say_drives_no_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\u{202e}c\nd"), "a [2Jb c d");
    }
}
