//! Holds the machines of a drill as a run does, so that nobody's `up` works on what is broken on purpose. Whoever comes
//! meanwhile waits, and learns for whom.

use crate::config::inventory::Host;
use crate::config::modules::Piece;
use crate::execution::Sudo;
use crate::execution::host_session::leave;
use crate::execution::transcript::refusal;
use crate::infra::transport::{Listening, Session, Transport};
use crate::model::name::{HostName, LabName};
use crate::model::unreachable::{ScriptFailure, Unreachable};
use crate::planning::script::{LOCK, PATH, PRELUDE, ScriptLine, ScriptMessage, program, read};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const SHELL: Piece = Piece::Shell(include_str!("host_lock.sh"));

/// Machines that are held until this is let go.
pub struct HeldHosts {
    let_go: CancellationToken,
    holding: JoinSet<()>,
}

enum LockUpdate {
    Ours,
    Waits(String),
    Failed(Unreachable),
}

impl HeldHosts {
    /// Waits until all of these hosts are ours. `waits` gets the host and for whom it waits.
    ///
    /// # Errors
    /// One of them cannot be reached.
    pub async fn take<T: Transport>(
        transport: &std::sync::Arc<T>,
        hosts: Vec<(Host, Sudo)>,
        lab: &LabName,
        owner: &str,
        waits: &(dyn Fn(&HostName, String) + Sync),
    ) -> Result<Self, Unreachable> {
        let mut held = Self { let_go: CancellationToken::new(), holding: JoinSet::new() };
        // One after the other, in the order of the inventory: two who come together cannot hold half each for ever.
        for (host, sudo) in hosts {
            let (owner, run) = (format!("{owner} (a drill)"), format!("/run/labctl/{lab}"));
            let token = sudo.token().to_owned();
            let variables = [("token", token.as_str()), ("owner", &owner), ("run", &run), ("PATH", PATH)];
            // One compound command: a shell runs all of it or, if it was cut, nothing.
            let script = format!("(\n{}) 2>/dev/null </dev/null\n", program(&variables, &[PRELUDE, LOCK, SHELL]));
            let (sender, mut updates) = mpsc::unbounded_channel();
            let (transport, let_go, name) = (transport.clone(), held.let_go.clone(), host.name.clone());
            let lab = lab.clone();
            held.holding.spawn(async move {
                let session = match transport.open(&host).await {
                    Ok(session) => session,
                    Err(why) => return drop(sender.send(LockUpdate::Failed(why))),
                };
                let mut refused = None;
                let mut line = |line: &[u8]| {
                    for line in read(line, &token) {
                        // Nobody has to listen any more.
                        match line {
                            ScriptLine::Message(ScriptMessage::Locked) => drop(sender.send(LockUpdate::Ours)),
                            ScriptLine::Message(ScriptMessage::Held(by)) => drop(sender.send(LockUpdate::Waits(by))),
                            ScriptLine::Message(ScriptMessage::Stop(why)) => refused = Some(why),
                            ScriptLine::Message(_) | ScriptLine::Printed(_) => {}
                        }
                    }
                    Listening::More
                };
                let never = CancellationToken::new();
                let holding = session.run(sudo.script(script), &mut line, &never);
                let asked_to_stop = async {
                    let_go.cancelled().await;
                    leave(&session, &sudo, &lab, &token, "stop").await;
                };
                let ended = {
                    tokio::pin!(holding);
                    tokio::select! {
                        ended = &mut holding => ended,
                        () = asked_to_stop => holding.await,
                    }
                };
                let why = match (ended, refused) {
                    (Err(lost), _) => lost.into(),
                    (Ok(_), Some(why)) => Unreachable::Script { why: refusal(&why) },
                    (Ok(_), None) => no_lock(&host.name),
                };
                // A machine that reboots in a drill gives up its lock with everything else.
                drop(sender.send(LockUpdate::Failed(why)));
            });
            let mut last = String::new();
            loop {
                match updates.recv().await {
                    Some(LockUpdate::Ours) => break,
                    Some(LockUpdate::Waits(by)) if by != last => {
                        waits(&name, by.clone());
                        last = by;
                    }
                    Some(LockUpdate::Waits(_)) => {}
                    Some(LockUpdate::Failed(why)) => return Err(why),
                    None => return Err(no_lock(&name)),
                }
            }
        }
        Ok(held)
    }

    /// Lets them go, and waits until they are free, so that whoever comes next finds no lock; but only a little: one that has gone
    /// itself says nothing more, and where this computer has gone, its script ends by itself.
    pub async fn let_go(mut self) {
        self.let_go.cancel();
        let all = async { while self.holding.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(Duration::from_secs(3), all).await;
    }
}

fn no_lock(host: &HostName) -> Unreachable {
    Unreachable::Script { why: ScriptFailure::NoLock { host: host.to_string() } }
}
