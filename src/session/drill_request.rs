//! What somebody asks of a drill, and the site and the server that are meant by it.

use super::error::{Error, ErrorKind};
use super::lab::Lab;
use super::site;
use crate::execution::drill::Mode;
use crate::model::event::DrillFailure;
use crate::model::name::BackendName;
use crate::model::notice::Notice;
use crate::model::site::{Server, Site};
use crate::reporting::sentences;

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

/// The faults that show something on this server. Those that do not are named, or refused.
pub fn sensible(lab: &Lab, words: &DrillRequest, site: &Site, server: &Server) -> Result<Vec<Mode>, Error> {
    let web = lab.inventory.host(server.host()).is_some_and(|host| lab.inventory.is_web(host));
    let alone = site.hosts().all(|host| host == server.host());
    let mut modes = Vec::new();
    for mode in words.modes.iter().copied() {
        let host = server.name.clone();
        let failure = match mode {
            Mode::Drop | Mode::Reboot if web => DrillFailure::BesideTheProxy { host, mode },
            Mode::Reboot if alone => DrillFailure::OnOneMachine { host, site: site.domain.clone() },
            _ => {
                modes.push(mode);
                continue;
            }
        };
        if !words.pass_over {
            let what = sentences::drill::failure(&failure);
            return Err(Error { kind: ErrorKind::Input, what, hints: sentences::drill::hints(&failure, "") });
        }
        lab.notices.show(&Notice::ModeSkipped { mode, why: failure });
    }
    Ok(modes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::notices::Notices;

    #[test]
    fn the_web_server_is_no_backend_to_reboot() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("inventory.yaml");
        let text = "lab: t\nhosts:\n  app1: { address: 10.0.0.1, groups: [web, app] }\n  app2: { address: 10.0.0.2, groups: [app] }\n\
                    vars: { sites: [{ domain: a.b, upstream: [app2, app1] }] }\n";
        std::fs::write(&path, text).unwrap();
        let lab = Lab::open(Some(path), &[], Notices::new(|_| {})).unwrap();
        let request = |host: Option<&str>, modes: &[Mode], pass_over| DrillRequest {
            modes: modes.to_vec(),
            pass_over,
            host: host.map(str::to_owned),
            site: None,
            rate: None,
            seconds: None,
            template_defaults: false,
        };
        // The last one stands beside nginx, so another one is broken.
        let all = request(None, &Mode::ALL, true);
        let (site, server) = chosen(&lab, &all).unwrap();
        assert_eq!(server.name.as_str(), "app2");
        assert_eq!(sensible(&lab, &all, &site, &server).unwrap(), Mode::ALL);
        let (_, web) = chosen(&lab, &request(Some("app1"), &[], true)).unwrap();
        assert_eq!(sensible(&lab, &all, &site, &web).unwrap(), [Mode::Stop, Mode::Kill, Mode::Freeze]);
        for mode in [Mode::Reboot, Mode::Drop] {
            let error = sensible(&lab, &request(Some("app1"), &[mode], false), &site, &web).unwrap_err().to_string();
            assert!(error.contains("app1 is also the web server"), "{error}");
        }
    }
}
