//! What somebody asks of a drill, and the site and the server that are meant by it.

use super::error::Error;
use super::lab::Lab;
use super::site;
use crate::config::inventory::Host;
use crate::execution::drill::Mode;
use crate::model::name::HostName;
use crate::model::site::Site;

/// What to break, and how.
#[derive(Debug, Clone)]
pub struct DrillRequest {
    /// What is done to the server, one after the other.
    pub modes: Vec<Mode>,
    /// Whether a fault that means nothing on this server is passed over; else it is refused.
    pub pass_over: bool,
    /// The server to break; without it, the last backend of the site that is not on the web server's own machine.
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

/// The site that is asked, and the host that is broken.
pub fn chosen(lab: &Lab, words: &DrillRequest) -> Result<(Site, Host), Error> {
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
    let backends: Vec<&str> = site.hosts().map(HostName::as_str).collect();
    let apart =
        |name: &&&str| !lab.inventory.hosts.iter().any(|h| h.name.as_str() == **name && lab.inventory.is_web(h));
    let last = backends.iter().rfind(apart).or(backends.last()).copied();
    let name = words.host.as_deref().or(last).unwrap_or_default();
    let host = lab.inventory.hosts.iter().find(|host| host.name.as_str() == name && backends.contains(&name));
    let host = host.ok_or_else(|| {
        let what = format!("`{name}` is not a backend of {}", site.domain);
        Error::input(what).hint(format!("there are: {}", backends.join(", ")))
    })?;
    let host = host.clone();
    Ok((site, host))
}
