//! The addresses of the lab's applications, for whoever has to write one into nginx's files.

use super::HostView;
use crate::model::problem::did_you_mean;

/// The addresses of the lab's applications.
pub(super) fn lab_sockets(view: &HostView<'_>) -> Vec<String> {
    let servers = view.sites.iter().flat_map(|site| &site.servers);
    let mut sockets: Vec<String> = servers.map(|server| view.server(server).socket()).collect();
    sockets.sort();
    sockets.dedup();
    sockets
}

/// The address of an application that was meant by a wrong one.
pub(super) fn socket(view: &HostView<'_>, wrong: &str) -> String {
    let sockets = lab_sockets(view);
    let near = did_you_mean(wrong, sockets.iter().map(String::as_str)).map(str::to_owned);
    near.or_else(|| sockets.first().cloned()).unwrap_or_else(|| wrong.to_owned())
}
