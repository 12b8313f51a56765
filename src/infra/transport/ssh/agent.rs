//! The person's ssh-agent: it holds keys that nobody else may read, and signs with them.

use russh::AgentAuthError;
use russh::client::{AuthResult, Handle};
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::{HashAlg, PublicKey};
use std::fmt;
use std::path::Path;
use std::time::Duration;
use tokio::time::timeout;

/// An agent that hangs must not stop a login by other means.
const PATIENCE: Duration = Duration::from_secs(5);

#[cfg(unix)]
type AgentStream = tokio::net::UnixStream;
#[cfg(windows)]
type AgentStream = Box<dyn russh::keys::agent::client::AgentStream + Send + Unpin>;

#[cfg(unix)]
async fn connect(socket: &Path) -> Option<AgentClient<AgentStream>> {
    AgentClient::connect_uds(socket).await.ok()
}

/// The agent of Windows, or else Pageant, PuTTY's own, which listens elsewhere.
#[cfg(windows)]
async fn connect(pipe: &Path) -> Option<AgentClient<AgentStream>> {
    match AgentClient::connect_named_pipe(pipe).await {
        Ok(client) => Some(client.dynamic()),
        Err(_) => AgentClient::connect_pageant().await.ok().map(AgentClient::dynamic),
    }
}

/// How many keys the agent behind a socket holds; `None` if it does not answer.
pub async fn agent_keys(socket: &Path) -> Option<usize> {
    Some(Agent::ask(socket).await?.keys.len())
}

/// A connection to the agent, and the keys it holds.
pub(super) struct Agent {
    client: AgentClient<AgentStream>,
    /// Each key, and what it is called.
    pub(super) keys: Vec<(PublicKey, String)>,
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Agent({} keys)", self.keys.len())
    }
}

impl Agent {
    /// Asks the agent behind a socket for its keys. A dead or silent agent is as good as none.
    pub(super) async fn ask(socket: &Path) -> Option<Self> {
        let asked = async {
            let mut client = connect(socket).await?;
            let found = client.request_identities().await.ok()?;
            let keys = found.into_iter().filter_map(|identity| match identity {
                AgentIdentity::PublicKey { key, comment } => Some((key, comment)),
                // A certificate comes beside its plain key, which is offered.
                AgentIdentity::Certificate { .. } => None,
            });
            Some(Self { keys: keys.collect(), client })
        };
        timeout(PATIENCE, asked).await.ok().flatten()
    }

    /// Offers one key to a server.
    pub(super) async fn offer<H: russh::client::Handler>(
        &mut self,
        handle: &mut Handle<H>,
        user: &str,
        key: &PublicKey,
        hash: Option<HashAlg>,
    ) -> Result<AuthResult, AgentAuthError> {
        handle.authenticate_publickey_with(user, key.clone(), hash, &mut self.client).await
    }
}
