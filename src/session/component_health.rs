//! How the components of a lab are, asked once: what the nodes of its picture stand for.

use super::build_plan::all_steps;
use super::error::Error;
use super::inspect::{Inspector, WaitNotice};
use super::lab::Lab;
use super::options::RunOptions;
use super::signal::Listener;
use crate::config::playbook::Playbook;
use crate::model::event::Component;
use crate::model::health::Health;
use tokio_util::sync::CancellationToken;

/// What the nodes of the picture stand for.
const COMPONENTS: [Component; 4] = [Component::WebServer, Component::Application, Component::Sites, Component::Answers];

/// Looks at the machines as `check` does, but only for the components.
///
/// # Errors
/// A mistake in the playbooks, machines that are missing, or a defect in labctl.
pub async fn probe(lab: &mut Lab, options: &RunOptions) -> Result<Health, Error> {
    let playbooks = playbooks(lab)?;
    let cancel = CancellationToken::new();
    let inspector = Inspector::new(lab, options, &playbooks, cancel.clone()).await?;
    let _ctrl_c = Listener::new(cancel, None);
    let (mut health, mut waits) = (Health::default(), WaitNotice(lab.notices.clone()));
    inspector.inspect(lab, options, vec![&mut health, &mut waits]).await?;
    Ok(health)
}

/// The steps that say how the components are.
///
/// # Errors
/// A mistake in the playbooks.
pub fn playbooks(lab: &Lab) -> Result<Vec<Playbook>, Error> {
    let mut playbooks = all_steps(lab)?;
    playbooks.retain(|playbook| COMPONENTS.iter().any(|component| playbook.has(*component)));
    Ok(playbooks)
}
