//! What the names of the sites mean on this computer: what resolves, and which lines of the hosts file speak of it.

use super::lab::Lab;
use super::options::RunOptions;
use crate::config::inventory::Host;
use crate::infra::hosts_file::{HostsFile, HostsText};
use crate::infra::transport::http;
use crate::planning::doctor::{HostsLine, NameSeen, Names};
use std::net::IpAddr;

/// Asks for every site's domain as a browser on this computer would. Another hosts file than the system's is read as the
/// system would read it, for then the system's own answers mean nothing.
pub async fn names_here(lab: &Lab, options: &RunOptions) -> Names {
    let address = lab.inventory.web().and_then(Host::reached_at).unwrap_or_default();
    let web = http::find(&address, 80).await.ok().map(|found| found.ip());
    let file = options.hosts_file.as_ref().map_or_else(HostsFile::default, HostsFile::at);
    let bytes = std::fs::read(file.path()).unwrap_or_default();
    let text = HostsText::parse(&bytes);
    let entries = text.entries();
    let mut names = Names { file: file.path().display().to_string(), web, ..Names::default() };
    let ours = |number: usize| text.is_ours(lab.inventory.lab.as_str(), number);
    for site in lab.inventory.sites() {
        let own = entries.iter().filter(|entry| entry.name.eq_ignore_ascii_case(&site.domain));
        let own: Vec<IpAddr> = own.map(|entry| entry.address).collect();
        let addresses = if options.hosts_file.is_some() { own } else { resolved(&site.domain).await };
        let lines = text.mentions(&site.domain);
        let lines = lines.map(|(number, text)| HostsLine { number, text, ours: ours(number) }).collect();
        names.seen.push(NameSeen { domain: site.domain, addresses, lines });
    }
    names.others = entries.into_iter().map(|entry| (entry.name, entry.address)).collect();
    names
}

async fn resolved(domain: &str) -> Vec<IpAddr> {
    let found = http::find_all(domain, 80).await;
    let mut all: Vec<IpAddr> = found.map(|found| found.into_iter().map(|at| at.ip()).collect()).unwrap_or_default();
    all.dedup();
    all
}
