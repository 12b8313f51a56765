//! Many requests to a site from here, counted by who answered.

use super::error::Error;
use super::lab::Lab;
use super::site;
use crate::config::modules::SiteConfig;
use crate::infra::transport::http::{self, Answer, Ask, get};
use crate::model::balance::{host_at, promise};
use crate::model::event::{Balance, Share};
use crate::model::site::{Server, Site};
use crate::model::visitor::{Asked, NameElsewhere, VisitError};
use crate::planning::plan::Plan;
use std::time::Duration;

/// How long one request may take. A site whose application compiles first answers `verify`, which waits.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many requests without a good answer tell enough.
const ENOUGH_LOST: u64 = 3;
/// How long to look for a name.
const NAME: Duration = Duration::from_secs(2);

/// What was found out about a site.
pub struct Balanced {
    /// Who answered how often, and whether that is as promised.
    pub balance: Balance,
    /// That a browser on this computer would ask somebody else.
    pub elsewhere: Option<NameElsewhere>,
}

/// Asks a site until its balance is plain. `plan` says what the lab configures it to be.
///
/// # Errors
/// The web server's address cannot be found.
pub async fn balanced(lab: &Lab, plan: &Plan, site: &Site) -> Result<Balanced, Error> {
    let ask = site::ask(lab, site, PATIENCE).await?;
    let config = site::config(plan, &site.domain);
    let elsewhere = elsewhere(&ask).await;
    let balance = proved(&ask, site, config.as_ref()).await;
    Ok(Balanced { balance, elsewhere })
}

/// The name means another address on this computer than that of the web server: a browser here asks somebody else.
async fn elsewhere(ask: &Ask) -> Option<NameElsewhere> {
    let found = tokio::time::timeout(NAME, http::find(&ask.domain, ask.to.port())).await.ok()?.ok()?;
    let (domain, here, web) = (ask.domain.clone(), found.ip(), ask.to.ip());
    (here != web).then_some(NameElsewhere { domain, here, web })
}

/// Asks, and judges. Whoever else asks at the same time takes turns, too: counts may be off once, but not three times.
async fn proved(ask: &Ask, site: &Site, config: Option<&SiteConfig>) -> Balance {
    let mut round = 1;
    loop {
        let balance = counted(ask, site, config).await;
        if round == 3 || !balance.fault().is_some_and(|fault| fault.is_uneven()) {
            return balance;
        }
        round += 1;
    }
}

async fn counted(ask: &Ask, site: &Site, config: Option<&SiteConfig>) -> Balance {
    let (servers, method) = (&site.servers, site.method().word());
    let promise = promise(method, &servers.iter().map(|server| server.weight.into()).collect::<Vec<_>>());
    let share = |(server, (least, most)): (&Server, &(u64, u64))| Share {
        host: server.host.clone(),
        address: server.socket(),
        weight: server.weight.into(),
        answered: 0,
        least: *least,
        most: *most,
    };
    let backends = servers.iter().zip(&promise.ranges).map(share).collect();
    let mut count = Balance { site: site.domain.clone(), method: method.to_owned(), backends, ..Balance::default() };
    while count.sent < promise.requests && count.lost() < ENOUGH_LOST {
        count.sent += 1;
        let by = get(ask).await.and_then(|answer| who(&answer, &count.backends, config));
        match by {
            Err(error) => count.lost_why.add(error, 1),
            Ok(by) => match count.backends.iter_mut().find(|share| share.address == by) {
                Some(share) => share.answered += 1,
                None => *count.strangers.entry(by).or_default() += 1,
            },
        }
    }
    count
}

/// Who gave a good answer; empty if it does not say.
fn who(answer: &Answer, backends: &[Share], config: Option<&SiteConfig>) -> Result<String, VisitError> {
    let by = answer.asked.last();
    if answer.status != 200 {
        let asked = Asked::read(by.map(String::as_str), |socket| host_at(backends, socket));
        return Err(VisitError::Status { status: answer.status, asked });
    }
    match (&answer.config, config) {
        (Some(loaded), Some(wanted)) if loaded != &wanted.hash => Err(VisitError::OtherConfiguration),
        _ => Ok(by.cloned().unwrap_or_default()),
    }
}
