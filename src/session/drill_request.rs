//! What somebody asks of a drill, and the site and the server that are meant by it.

use super::error::Error;
use super::lab::Lab;
use super::site;
use crate::execution::drill::Mode;
use crate::model::name::BackendName;
use crate::model::site::{Server, Site};

/// What to break, and how.
#[derive(Debug, Clone)]
pub struct DrillRequest {
    /// What is done to the server, one after the other.
    pub modes: Vec<Mode>,
    /// Whether a fault that means nothing on this server is passed over; else it is refused.
    pub pass_over: bool,
    /// The backend to break (a machine: the last one on it); without it, the last backend of the site that is not on the web
    /// server's own machine.
    pub host: Option<String>,
    /// The site to ask; without it, the first with two or more backends.
    pub site: Option<String>,
    /// Requests per second, from 1 to 500; none: the default of the mode.
    pub rate: Option<u32>,
    /// How many seconds a fault lasts.
    pub seconds: Option<u64>,
    /// Whether nginx serves the sites with its own defaults meanwhile.
    pub template_defaults: bool,
}

/// The site that is asked, and the server of it that is broken.
pub fn chosen(lab: &Lab, words: &DrillRequest) -> Result<(Site, Server), Error> {
    let site = match &words.site {
        Some(domain) => site::named(lab, domain)?,
        None => lab.inventory.sites().into_iter().find(Site::is_balanced).ok_or_else(|| {
            Error::input(format!("no site in {} has two backends", lab.inventory.path.display()))
                .hint("with one server, no other can take over: `upstream: [app1, app2]`")
        })?,
    };
    if !site.is_balanced() {
        let what = format!("{} has only one backend: without it, nothing answers", site.domain);
        return Err(Error::input(what).hint("choose a site with two: --site DOMAIN"));
    }
    let backends: Vec<&str> = site.names().map(BackendName::as_str).collect();
    let apart = |server: &&Server| !lab.inventory.host(server.host()).is_some_and(|host| lab.inventory.is_web(host));
    let server = match words.host.as_deref() {
        // A machine stands for the last backend on it.
        Some(name) => {
            site.servers.iter().rfind(|server| server.name.as_str() == name || server.host().as_str() == name)
        }
        None => site.servers.iter().rfind(apart).or(site.servers.last()),
    };
    let server = server.cloned().ok_or_else(|| {
        let name = words.host.as_deref().unwrap_or_default();
        let what = format!("`{name}` is not a backend of {}", site.domain);
        Error::input(what).hint(format!("there are: {}", backends.join(", ")))
    })?;
    Ok((site, server))
}
