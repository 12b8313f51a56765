//! Which way a request takes through the picture.

use crate::planning::graph::{Graph, NodeRole};
use serde::Serialize;

/// The way to the servers of one site, as places of edges and nodes.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct Route {
    /// The domain that visitors ask for.
    pub domain: String,
    /// How its requests are shared out, as nginx calls it; `proxy_pass` where there is only one server.
    pub balance: String,
    /// The edges from the user to the upstream.
    pub trunk: Vec<usize>,
    /// Its servers in the order of the picture.
    pub ends: Vec<Stop>,
}

/// A server of a site.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct Stop {
    /// The server's host, by its name.
    pub host: String,
    /// The edge that leads to it.
    pub edge: usize,
    /// Its node in the picture, from 0.
    pub node: usize,
}

/// The ways of all sites.
pub fn routes(graph: &Graph) -> Vec<Route> {
    let of = |role| graph.nodes.iter().enumerate().filter(move |(_, node)| node.role == role);
    let into = |node: usize| graph.edges.iter().enumerate().filter(move |(_, edge)| edge.to == node);
    // The picture has one upstream for each domain, in the same order.
    let route = |((domain, node), (upstream, method)): (
        (usize, &crate::planning::graph::GraphNode),
        (usize, &crate::planning::graph::GraphNode),
    )| {
        let mut trunk: Vec<usize> = into(domain).map(|(n, _)| n).take(1).collect();
        let web = of(NodeRole::Web).next().map(|(web, _)| web);
        trunk.extend(web.and_then(|web| into(web).find(|(_, edge)| edge.from == domain)).map(|(n, _)| n));
        trunk.extend(into(upstream).map(|(n, _)| n).take(1));
        let ends = graph.edges.iter().enumerate().filter(|(_, edge)| edge.from == upstream);
        let stop = |(n, edge): (usize, &crate::planning::graph::Edge)| Stop {
            host: graph.nodes[edge.to].title.clone(),
            edge: n,
            node: edge.to,
        };
        Route { domain: node.title.clone(), balance: method.title.clone(), trunk, ends: ends.map(stop).collect() }
    };
    of(NodeRole::Domain).zip(of(NodeRole::Upstream)).map(route).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::problem::Source;
    use std::path::Path;

    #[test]
    fn every_server_of_a_site_can_be_reached() {
        let lab = "lab: t\nhosts:\n  web: {address: 10.0.0.1, groups: [web]}\n  app1: {address: 10.0.0.2, groups: [app]}\n  app2: {address: 10.0.0.3, groups: [app]}\nvars:\n  sites:\n    - {domain: a.b, upstream: [app1, app2]}\n    - {domain: c.d, upstream: [app2]}\n";
        let graph = Graph::new(&crate::config::inventory::parse(&Source::new("t", lab), Path::new("t"), &[]).unwrap());
        let routes = routes(&graph);
        let name = |n: usize| graph.nodes[n].title.as_str();
        let shown = |route: &Route| {
            let trunk: Vec<_> = route.trunk.iter().map(|e| name(graph.edges[*e].from)).collect();
            let ends: Vec<_> = route.ends.iter().map(|stop| stop.host.as_str()).collect();
            format!("{} {}: {} > {}", route.domain, route.balance, trunk.join(" "), ends.join(" "))
        };
        let all: Vec<String> = routes.iter().map(shown).collect();
        assert_eq!(all, ["a.b round_robin: user a.b web > app1 app2", "c.d proxy_pass: user c.d web > app2"]);
        for route in &routes {
            for stop in &route.ends {
                assert_eq!((name(stop.node), graph.edges[stop.edge].to), (stop.host.as_str(), stop.node));
            }
        }
    }
}
