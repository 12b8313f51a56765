//! The sites of an inventory: domains, and who answers for them.

use super::domain::is_domain;
use super::{Host, backends};
use crate::config::yaml::{Node, Value};
use crate::model::application::Application;
use crate::model::name::{BackendName, HostName};
use crate::model::problem::{Problems, did_you_mean};
use crate::model::site::{BalanceMethod, Server, Site};

/// The sites that the variables of all hosts name. `application` says what is to run on a host.
pub fn read(
    common: &Node,
    hosts: &[Host],
    application: &dyn Fn(&HostName) -> Application,
    problems: &mut Problems,
) -> Vec<Site> {
    let mut sites: Vec<Site> = Vec::new();
    for node in list(common.get("sites")) {
        let Some(written) = node.get("domain") else { continue };
        let domain = written.text().unwrap_or_default().to_lowercase();
        if !is_domain(&domain) {
            let hint = "write a name with a dot and without http://, such as dumbflix.budi.studentdumbways.my.id";
            problems.add(&written.location, format!("`{domain}` is not a domain"), Some(hint.into()));
        }
        if sites.iter().any(|site| site.domain == domain) {
            let hint = "list all its backends in the `upstream` of one site";
            problems.add(&written.location, format!("two sites have the domain `{domain}`"), Some(hint.into()));
        }
        let servers = upstream(node, hosts, application, problems);
        if servers.is_empty() && node.get("upstream").is_some_and(|u| list(Some(u)).is_empty()) {
            let hint = "one host is a reverse proxy, several are a load balancer: `upstream: [app1, app2]`";
            problems.add(&node.location, format!("no server answers for `{domain}`"), Some(hint.into()));
        }
        let balance = node.get("balance").and_then(Node::text).and_then(BalanceMethod::named).unwrap_or_default();
        sites.push(Site { domain, balance, servers, config_hash: None });
    }
    sites
}

/// The servers of a site. A host on which several instances run stands for all of them; with a port behind it, for one.
fn upstream(
    site: &Node,
    hosts: &[Host],
    application: &dyn Fn(&HostName) -> Application,
    problems: &mut Problems,
) -> Vec<Server> {
    let mut servers: Vec<Server> = Vec::new();
    for node in list(site.get("upstream")) {
        let written = node.get("host").unwrap_or(node);
        let Some(name) = written.text() else { continue };
        let weight = node.get("weight").and_then(Node::text).and_then(|w| w.parse().ok()).unwrap_or(1);
        let one = name.parse::<BackendName>().ok().filter(|backend| backend.port().is_some());
        let is = |host: &Host| match &one {
            Some(backend) => host.name == *backend.host(),
            None => host.name.as_str() == name || host.groups.iter().any(|group| group.as_str() == name),
        };
        let named: Vec<&Host> = hosts.iter().filter(|host| is(host)).collect();
        if named.is_empty() && !hosts.is_empty() {
            let known: Vec<&str> = hosts.iter().map(|h| h.name.as_str()).collect();
            let hint = did_you_mean(name, known.iter().copied())
                .map_or_else(|| format!("there are: {}", known.join(", ")), |n| format!("did you mean `{n}`?"));
            problems.add(&written.location, format!("no host or group is called `{name}`"), Some(hint));
        }
        for host in named {
            let all = backends(&host.name, &application(&host.name));
            let port = one.as_ref().and_then(BackendName::port);
            if port.is_some_and(|port| all.iter().all(|(_, each)| each.port != port)) {
                let ports: Vec<String> = all.iter().map(|(_, each)| format!("`{}:{}`", host.name, each.port)).collect();
                let ports = ports.join(", ");
                let hint = format!("{} has {ports}; `app.port` and `app.instances` say which", host.name);
                problems.add(&written.location, format!("no application is at `{name}`"), Some(hint));
            }
            for (name, each) in all.into_iter().filter(|(_, each)| port.is_none_or(|port| port == each.port)) {
                if servers.iter().any(|server| server.name == name) {
                    let hint = "give it a `weight` if it is to get more requests";
                    problems.add(&written.location, format!("`{name}` is in this upstream twice"), Some(hint.into()));
                } else {
                    servers.push(Server { name, address: host.address.clone(), port: each.port, weight });
                }
            }
        }
    }
    servers
}

/// The items of a list; a single value is a list of one.
pub fn list(node: Option<&Node>) -> Vec<&Node> {
    match node {
        None => Vec::new(),
        Some(Node { value: Value::Null, .. }) => Vec::new(),
        Some(Node { value: Value::List(items), .. }) => items.iter().collect(),
        Some(one) => vec![one],
    }
}
