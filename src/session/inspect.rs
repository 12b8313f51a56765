//! Inspects machines without changing anything, once or repeatedly.

use super::build_plan::{Machines, plan_with_machines};
use super::error::Error;
use super::lab::Lab;
use super::notices::Notices;
use super::options::RunOptions;
use super::run::{RunRequest, drive};
use crate::config::playbook::Playbook;
use crate::execution::BastionLimits;
use crate::infra::transport::{Either, Pool, Secrets, max_open_hosts};
use crate::model::event::{Event, Kind, Mode};
use crate::model::notice::Notice;
use crate::model::summary::Summary;
use crate::planning::plan::Plan;
use crate::reporting::Reporter;
use std::io;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Inspects machines in check mode, and collects their facts. Logins are kept from one inspection to the next.
pub struct Inspector {
    plan: Plan,
    transport: Pool<Either>,
    secrets: Arc<Secrets>,
    cancel: CancellationToken,
}

impl Inspector {
    /// Plans the inspection; `cancel` ends one that is under way.
    ///
    /// # Errors
    /// A mistake in the playbooks, or machines that a provider should have made are missing.
    pub async fn new(
        lab: &mut Lab,
        options: &RunOptions,
        playbooks: &[Playbook],
        cancel: CancellationToken,
    ) -> Result<Self, Error> {
        let plan = plan_with_machines(lab, options, playbooks, Machines::Find).await?;
        let any = lab.transport();
        let hosts = plan.hosts();
        let bastions = BastionLimits::new(hosts.iter().filter_map(|host| lab.inventory.host(host)));
        // Inspections under way need room as well; and behind a crowded bastion, a finished one makes room for others.
        let most = max_open_hosts(hosts.len() * 2).saturating_sub(usize::from(options.forks));
        let most = if bastions.any() { 0 } else { most };
        Ok(Self { plan, secrets: any.ssh.secrets(), transport: Pool::new(any, most), cancel })
    }

    /// Inspects all machines once.
    ///
    /// # Errors
    /// A defect in labctl; failures of hosts and tasks are in the summary.
    pub async fn inspect(
        &self,
        lab: &Lab,
        options: &RunOptions,
        reporters: Vec<&mut dyn Reporter>,
    ) -> Result<Summary, Error> {
        let request = RunRequest {
            plan: self.plan.clone(),
            mode: Mode::Check,
            facts: true,
            max_fail: None,
            recorded_as: None,
            transport: self.transport.clone(),
            secrets: self.secrets.clone(),
            cancel: self.cancel.clone(),
        };
        drive(lab, options, request, reporters).await
    }
}

/// Says which run an inspection waits for.
pub struct WaitNotice(pub Notices);

impl Reporter for WaitNotice {
    fn live(&mut self, event: &Event) -> io::Result<()> {
        if let Kind::HostSaid { host, remark } = &event.kind {
            self.0.show(&Notice::Remark { host: host.clone(), remark: remark.clone() });
        }
        Ok(())
    }

    fn settled(&mut self, _event: &Event) -> io::Result<()> {
        Ok(())
    }
}
