//! The lab as a visitor on this computer finds it.

use super::lab::Lab;
use super::options::RunOptions;
use crate::infra::transport::http::{self, Ask};
use crate::planning::doctor::Outside;
use std::time::Duration;

/// How long a visitor on this computer waits for a connection, and for everything.
const CONNECT: Duration = Duration::from_secs(2);
const TOTAL: Duration = Duration::from_secs(5);

/// What a browser on this computer would be answered, past the hosts file. Only when the web server is looked at.
pub async fn visitors(lab: &Lab, options: &RunOptions) -> Outside {
    let Some(web) = lab.inventory.web() else { return Outside::new() };
    let address = web.reached_at().unwrap_or_default();
    let to = match http::find(&address, 80).await {
        Ok(to) if options.hosts.contains(&web.name) && web.login.jump.is_none() => to,
        _ => return Outside::new(),
    };
    let visits = lab.inventory.sites().into_iter().map(|site| site.domain).map(|domain| {
        let ask = Ask { to, domain: domain.clone(), connect: CONNECT, total: TOTAL };
        tokio::spawn(async move { (domain, http::get(&ask).await.map(|answer| answer.status)) })
    });
    let visits: Vec<_> = visits.collect();
    let mut outside = Outside::new();
    for visit in visits {
        outside.extend(visit.await);
    }
    outside
}
