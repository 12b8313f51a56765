//! How hosts that serve a site together are changed one after the other: what the web server does before and after.

use super::{Job, JobId, Plan, PlannedStep, PlannedTask};
use crate::config::inventory::Inventory;
use crate::config::modules::{Turns, rotation_call, rotation_limits};
use crate::model::event::TaskRef;
use crate::model::name::{HostName, StepName};
use crate::model::site::Server;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What the web server does around the change of a server that others can stand in for.
#[derive(Debug, Clone, PartialEq)]
pub struct Rotation {
    /// The web server that takes servers out of its turns.
    pub web: HostName,
    /// Before the change: nobody is sent to the server any more.
    pub out: PlannedStep,
    /// After it: once the web server gets its page, it has its turns again.
    pub back: PlannedStep,
    /// The servers of the same sites.
    pub peers: BTreeSet<HostName>,
}

/// The rotations of all servers that are not alone behind every one of their sites.
pub fn all(inventory: &Inventory) -> BTreeMap<HostName, Rotation> {
    let Some(web) = inventory.web().map(|web| web.name.clone()) else { return BTreeMap::new() };
    let sites: Vec<_> = inventory.sites().into_iter().filter(|site| site.is_balanced()).collect();
    let servers: BTreeSet<&HostName> = sites.iter().flat_map(|site| site.hosts()).collect();
    let described = inventory.variables(&web);
    let folder =
        described.get("nginx").and_then(|nginx| nginx.get("folder")).and_then(Value::as_str).unwrap_or_default();
    let rotation = |host: &HostName| {
        let own: Vec<_> = sites.iter().filter(|site| site.is_served_by(host)).collect();
        let here = own.iter().flat_map(|site| &site.servers).filter(|server| server.host() == host);
        let sockets: BTreeSet<String> = here.map(Server::socket).collect();
        let peers: BTreeSet<HostName> =
            own.iter().flat_map(|site| site.hosts()).filter(|peer| *peer != host).cloned().collect();
        if peers.is_empty() {
            return None; // nobody else is there to send visitors to
        }
        let marker = inventory.application(host).marker;
        let step = |to| {
            let files = own.iter().map(|site| format!("/etc/nginx/{folder}/{}.conf", site.domain));
            let call = rotation_call(to, sockets.iter().map(String::as_str), &marker, files);
            let name = StepName::rotation();
            let task = TaskRef { host: web.clone(), step: name.clone(), task: name.to_string(), component: None };
            let task = PlannedTask { id: 0, task, call, notify: None, limits: rotation_limits() };
            PlannedStep { name, needs: Vec::new(), rolling: false, tasks: vec![task] }
        };
        Some(Rotation { web: web.clone(), out: step(Turns::Out), back: step(Turns::In), peers })
    };
    servers.into_iter().filter_map(|host| Some((host.clone(), rotation(host)?))).collect()
}

impl Plan {
    /// How the web server goes round a host while it is changed; `None` if nobody else serves what it serves.
    pub fn rotation(&self, host: &HostName) -> Option<&Rotation> {
        self.rotations.get(host)
    }

    /// The jobs that a host which serves has to wait for, so that its sites are served meanwhile: those of its peers that do
    /// not serve and are put right first, and those of its peers that serve and come before it. `changes` says of a host
    /// that was reached whether it serves, if there is something to change on it.
    pub fn turn_after(&self, host: &HostName, changes: impl Fn(&HostName) -> Option<bool>) -> BTreeSet<JobId> {
        let Some(rotation) = self.rotations.get(host) else { return BTreeSet::new() };
        let position = |of: &HostName| self.of(of).map(|(id, _)| id).next();
        let earlier = |peer: &HostName| changes(peer).is_some_and(|serves| !serves || position(peer) < position(host));
        let rolling = |peer| self.of(peer).filter(|(_, job): &(JobId, &Job)| job.is_rolling()).map(|(id, _)| id);
        rotation.peers.iter().filter(|peer| earlier(peer)).flat_map(rolling).collect()
    }
}
