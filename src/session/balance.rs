//! Many requests to a site from here, counted by who answered.

use super::error::Error;
use super::lab::Lab;
use super::site;
use super::site_config;
use crate::execution::SiteQuestion;
use crate::infra::transport::http::{self, Ask};
use crate::model::event::Balance;
use crate::model::site::Site;
use crate::model::visitor::{NameElsewhere, SeenFrom};
use crate::planning::plan::Plan;
use std::time::Duration;

/// How long one request may take. A site whose application compiles first answers `verify`, which waits.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to look for a name.
const NAME: Duration = Duration::from_secs(2);

/// What was found out about a site.
pub struct Balanced {
    /// Who answered how often, and whether that is as promised.
    pub balance: Balance,
    /// From where the site was asked.
    pub seen_from: SeenFrom,
    /// That a browser on this computer would ask somebody else.
    pub elsewhere: Option<NameElsewhere>,
}

/// Asks a site until its balance is plain. `plan` says what the lab configures it to be.
///
/// # Errors
/// The web server's address cannot be found.
pub async fn balanced(lab: &Lab, plan: &Plan, site: &Site) -> Result<Balanced, Error> {
    let ask = site::ask(lab, site, PATIENCE).await?;
    let config = site_config::config(plan, &site.domain);
    let elsewhere = elsewhere(&ask).await;
    let (address, instead_of) = (Some(ask.to.ip()), None);
    let config = config.map(|config| config.hash);
    let question = SiteQuestion { ask, site: site.clone(), config, marker: String::new() };
    let balance = question.many().await;
    Ok(Balanced { balance, seen_from: SeenFrom::ThisComputer { address, instead_of }, elsewhere })
}

/// The name means another address on this computer than that of the web server: a browser here asks somebody else.
async fn elsewhere(ask: &Ask) -> Option<NameElsewhere> {
    let found = tokio::time::timeout(NAME, http::find(&ask.domain, ask.to.port())).await.ok()?.ok()?;
    let (domain, here, web) = (ask.domain.clone(), found.ip(), ask.to.ip());
    (here != web).then_some(NameElsewhere { domain, here, web })
}
