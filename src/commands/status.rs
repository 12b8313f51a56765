//! How everything is, once or again and again.

use super::output;
use super::run::{choice, colored, end};
use crate::commands::cli::{Format, OutputArgs, TargetArgs};
use crate::config::inventory::Site;
use crate::config::playbook::{self, Playbook};
use crate::execution::{BastionLimits, execute};
use crate::infra::transport::{Either, Pool, Secrets, max_open_hosts};
use crate::model::event::{Event, Kind, Mode};
use crate::model::name::StepName;
use crate::model::summary::Summary;
use crate::planning::plan::Plan;
use crate::reporting::{FanOut, Json, Reporter, Served, Status};
use crate::session::error::{Error, ErrorKind};
use crate::session::lab::Lab;
use crate::session::options::RunOptions;
use crate::session::planning::{Machines, plan_with_machines, read_all};
use crate::session::record;
use crate::session::rerun_command::command;
use crate::session::run::prepared;
use crate::session::signal::signal;
use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// `labctl status`.
pub async fn status(work: TargetArgs, watch: Option<u32>, look: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let mut lab = super::open(work.which.inventory(), &work.options.settings)?;
    let options = work.options.into();
    let steps = playbook::order(&lab.library)?;
    let mut inspector = Inspector::new(&mut lab, &options, &steps).await?;
    let redraw = watch.is_some() && io::stdout().is_terminal() && look.format == Format::Human;
    if redraw {
        output::out("\x1b[2J");
    }
    loop {
        let mut summary = Summary::default();
        // Without colour a block is still drawn over the one before it.
        let choice = if redraw { anstream::ColorChoice::AlwaysAnsi } else { choice(look) };
        let out = anstream::AutoStream::new(io::stdout(), choice);
        let advice = format!("make it so with: {}", command(&lab, "up", &options));
        let mut people = Status::new(out, colored(look), look.quiet, served(&lab), advice);
        if let Some(seconds) = watch {
            people = people.again(format!(", every {seconds} s"), redraw);
        }
        let mut programs = Json::new(io::stdout());
        let audience: &mut dyn Reporter = if look.format == Format::Json { &mut programs } else { &mut people };
        inspector.look(&lab, &options, vec![audience, &mut summary, &mut WaitNotice]).await?;
        let Some(seconds) = watch.filter(|_| !summary.interrupted()) else { return Ok(end(&summary, Mode::Check)) };
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(u64::from(seconds))) => {}
            () = inspector.cancel.cancelled() => return Ok(Some(ErrorKind::Interrupted)),
        }
    }
}

/// Looks at machines in check mode, and asks them how they are.
pub struct Inspector {
    plan: Plan,
    transport: Pool<Either>,
    secrets: Arc<Secrets>,
    cancel: CancellationToken,
}

impl Inspector {
    /// For these steps. Machines that a provider should have made must be there.
    pub async fn new(lab: &mut Lab, options: &RunOptions, steps: &[StepName]) -> Result<Self, Error> {
        let cancel = CancellationToken::new();
        let inspector = Self::until(lab, options, read_all(lab, steps)?, cancel.clone()).await?;
        tokio::spawn(listen(cancel));
        Ok(inspector)
    }

    /// For these steps, and the doctor's questions behind them.
    pub async fn for_doctor(lab: &mut Lab, options: &RunOptions, steps: &[StepName]) -> Result<Self, Error> {
        let mut playbooks = read_all(lab, steps)?;
        playbooks.push(playbook::symptoms());
        let cancel = CancellationToken::new();
        let inspector = Self::until(lab, options, playbooks, cancel.clone()).await?;
        tokio::spawn(listen(cancel));
        Ok(inspector)
    }

    /// The same; `cancel` ends a look that is under way.
    pub async fn until(
        lab: &mut Lab,
        options: &RunOptions,
        playbooks: Vec<Playbook>,
        cancel: CancellationToken,
    ) -> Result<Self, Error> {
        let plan = plan_with_machines(lab, options, &playbooks, Machines::Find).await?;
        let any = lab.transport();
        let hosts = plan.hosts();
        let doors = BastionLimits::new(hosts.iter().filter_map(|host| lab.inventory.host(host)));
        // Those that look need room as well; and behind a crowded bastion, whoever is done makes room for others.
        let most = max_open_hosts(hosts.len() * 2).saturating_sub(usize::from(options.forks));
        let most = if doors.any() { 0 } else { most };
        Ok(Self { plan, secrets: any.ssh.secrets(), transport: Pool::new(any, most), cancel })
    }

    /// One look.
    pub async fn look(
        &mut self,
        lab: &Lab,
        options: &RunOptions,
        reporters: Vec<&mut dyn Reporter>,
    ) -> Result<(), Error> {
        let mut run = prepared(lab, self.plan.clone(), Mode::Check, options, self.secrets.clone());
        run.facts = true;
        let (events, mut heard) = mpsc::unbounded_channel();
        let mut fan = FanOut::new(record::order(lab, &self.plan), reporters);
        let work = tokio::spawn(execute(run, self.transport.clone(), events, self.cancel.clone()));
        while let Some(event) = heard.recv().await {
            fan.tell(event);
        }
        work.await.map_err(|error| Error::failed(format!("a defect in labctl: {error}")))
    }
}

/// Tells on standard error for whom a look waits.
pub struct WaitNotice;

impl Reporter for WaitNotice {
    fn live(&mut self, event: &Event) -> io::Result<()> {
        if let Kind::HostSaid { host, text } = &event.kind {
            output::progress(&format!("  {host}: {text}"));
        }
        Ok(())
    }

    fn settled(&mut self, _event: &Event) -> io::Result<()> {
        Ok(())
    }
}

/// The sites, and who may answer for them.
pub fn served(lab: &Lab) -> Vec<Served> {
    let servers =
        |site: &Site| site.upstream.iter().map(|b| (lab.inventory.socket(&b.host), b.host.to_string())).collect();
    lab.inventory.sites.iter().map(|site| Served { domain: site.domain.clone(), servers: servers(site) }).collect()
}

/// The first Ctrl-C ends the look that is under way; the second takes none for an answer.
async fn listen(cancel: CancellationToken) {
    signal().await;
    cancel.cancel();
    signal().await;
    std::process::exit(i32::from(ErrorKind::Interrupted.code()));
}
