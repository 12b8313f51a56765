//! Asks the sites from this computer, by their domains: where a browser here would go.

use super::super::site_count::{SiteQuestion, nothing};
use super::super::transcript::SeenSite;
use super::Controller;
use crate::config::modules::Word;
use crate::infra::transport::http::{self, Ask};
use crate::model::site::Site;
use crate::model::visitor::{SeenFrom, VisitError};
use crate::planning::plan::PlannedTask;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The port that browsers ask where a domain has none.
const HTTP: u16 = 80;
/// How long to look for a name, and how long connecting may take.
const NEAR: Duration = Duration::from_secs(2);
/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(5);
/// How long a task asks again, unless its playbook says otherwise.
const USUAL: Duration = Duration::from_secs(30);

impl Controller {
    /// How long a task may ask again.
    pub fn patience(&self, task: &PlannedTask) -> Duration {
        word(task, 1).parse().map_or(USUAL, Duration::from_secs)
    }

    /// Asks all sites of a task at the same time. `often`: so often that every promise is plain, at once; `thorough`: only where a
    /// few times proved nothing.
    pub async fn ask_sites(&self, task: &PlannedTask, often: bool, thorough: bool) -> Vec<SeenSite> {
        let mut asking = JoinSet::new();
        for (at, site) in task.call.sites.iter().cloned().enumerate() {
            let (own, marker) = (self.clone(), word(task, 0).to_owned());
            asking.spawn(async move { (at, own.ask_site(site, marker, often, thorough).await) });
        }
        let mut seen = Vec::new();
        while let Some(site) = asking.join_next().await {
            // It only fails if it panicked, which is a defect of ours.
            seen.extend(site);
        }
        seen.sort_by_key(|(at, _)| *at);
        seen.into_iter().map(|(_, site)| site).collect()
    }

    async fn ask_site(&self, site: Site, marker: String, often: bool, thorough: bool) -> SeenSite {
        let to = match self.resolved(&site.domain).await {
            Ok(to) => to,
            Err(error) => {
                let mut balance = nothing(&site);
                balance.sent = 1;
                balance.lost_why.add(error, 1);
                return SeenSite { from: SeenFrom::ThisComputer { address: None, instead_of: None }, balance };
            }
        };
        let from = SeenFrom::ThisComputer { address: Some(to.ip()), instead_of: self.instead_of(to.ip()).await };
        let ask = Ask { to, domain: site.domain.clone(), connect: NEAR, total: ANSWER };
        let config = self.configs.get(&site.domain).cloned();
        let question = SiteQuestion { ask, site, config, marker };
        let few = if often { Err(None) } else { question.few().await };
        let balance = match few {
            Ok(balance) | Err(Some(balance)) => balance,
            Err(None) if often || thorough => question.many().await,
            // This is only the look before anything is changed: the site is asked again afterwards.
            Err(None) => {
                let mut balance = nothing(&question.site);
                balance.lost_why.add(VisitError::UnderWay, 1);
                balance
            }
        };
        SeenSite { from, balance }
    }

    /// Where a browser on this computer finds a domain: by its hosts file, else by its resolver, which reads that file as well.
    async fn resolved(&self, domain: &str) -> Result<SocketAddr, VisitError> {
        if self.own_file
            && let Ok(Some(address)) = self.hosts_file.address(domain)
        {
            return Ok(SocketAddr::new(address, HTTP));
        }
        let unknown = || VisitError::NameNotFound { name: domain.to_owned(), text: String::new() };
        // The resolver's own words name only itself.
        let found = timeout(NEAR, http::find_all(domain, HTTP)).await.map_err(|_| unknown())?.map_err(|_| unknown())?;
        http::first_open(&found, NEAR).await.ok_or_else(unknown)
    }

    /// The web server's address, if it is another one than that which the domain has here.
    async fn instead_of(&self, here: IpAddr) -> Option<IpAddr> {
        let address = self.web.as_ref()?.reached_at()?;
        let web = match address.parse() {
            Ok(address) => address,
            Err(_) => timeout(NEAR, http::find(&address, HTTP)).await.ok()?.ok()?.ip(),
        };
        (web != here).then_some(web)
    }
}

/// A word of the call, as `answers` has them: the marker first, then the seconds.
fn word(task: &PlannedTask, at: usize) -> &str {
    match task.call.words.get(at) {
        Some(Word::Text(text)) => text,
        _ => "",
    }
}
