//! balance: who answers for each site, and how often.

use super::inventory_args::{NamedInventory, no_inventory};
use super::output::{self, Format, OutputArgs};
use crate::model::event::{Event, Kind, Remark};
use crate::model::name::HostName;
use crate::model::site::Site;
use crate::reporting::{self, sentences};
use crate::session::balance::{Balanced, balanced};
use crate::session::error::{Error, ErrorKind};
use crate::session::event_sink::EventSink;
use crate::session::site;
use crate::session::site_config;
use clap::Args;
use std::time::Instant;

#[derive(Debug, Args)]
pub struct BalanceArgs {
    /// Domains of sites (all of them)
    #[arg(value_parser = no_inventory)]
    sites: Vec<String>,
    #[command(flatten)]
    which: NamedInventory,
}

pub async fn run(args: BalanceArgs, output: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let (mut lab, _) = args.which.open()?;
    lab.plan_machines().await?;
    let mut chosen: Vec<Site> = match &args.sites[..] {
        [] => lab.inventory.sites(),
        domains => domains.iter().map(|domain| site::named(&lab, domain)).collect::<Result<_, _>>()?,
    };
    if chosen.is_empty() {
        let what = format!("{} has no sites", lab.inventory.path.display());
        return Err(Error::input(what).hint("write one: `sites: [{ domain: a.example, upstream: [app1, app2] }]`"));
    }
    lab.find_machines().await?;
    // The machines may have other addresses than was planned.
    chosen = chosen.iter().map(|site| site::named(&lab, &site.domain)).collect::<Result<_, _>>()?;
    let plan = site_config::plan(&lab)?;
    let web = lab.inventory.web().map(|web| web.name.to_string()).unwrap_or_default();
    let began = Instant::now();
    let mut sink = EventSink::new(&lab, "balance", output::story(output), lab.transport().ssh.secrets());
    let (mut broken, mut silent) = (0, 0);
    for site in &chosen {
        let Balanced { balance, seen_from, elsewhere } = balanced(&lab, &plan, site).await?;
        broken += usize::from(!balance.holds());
        let web_name = lab.inventory.web().map(|web| web.name.clone());
        let host = HostName::controller();
        let counted = Kind::SiteBalanced { host, web: web_name, seen_from: Some(seen_from), balance: balance.clone() };
        sink.emit(counted.clone());
        let nothing_came = balance.lost_why.iter().all(|(error, _)| error.is_silence());
        silent += usize::from(balance.lost() == balance.sent && nothing_came);
        match output.format {
            Format::Human => output::styled(&reporting::balance(&balance, elsewhere.as_ref(), &web, output.quiet)),
            Format::Json => {
                let at_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                let kinds = [
                    elsewhere.map(|elsewhere| {
                        let remark = Remark::Words(sentences::visitor::name_elsewhere(&elsewhere));
                        Kind::HostSaid { host: HostName::controller(), remark }
                    }),
                    Some(counted),
                ];
                for kind in kinds.into_iter().flatten() {
                    // Names and numbers always serialise.
                    output::out(&reporting::event_line(&Event { at_ms, kind }).unwrap_or_default());
                }
            }
        }
    }
    sink.end(Ok(false));
    Ok(match (broken, silent) {
        (0, _) => None,
        (_, silent) if silent == chosen.len() => Some(ErrorKind::Unreachable),
        _ => Some(ErrorKind::Failed),
    })
}
