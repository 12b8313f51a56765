//! Gathers what a login shows to the server, before the server's clock runs: nobody has to hurry with a passphrase.

use super::SshState;
use super::agent::Agent;
use super::keys::Unopened;
use super::target::SshTarget;
use crate::model::secret::Secret;
use crate::model::unreachable::{KeyFailure, LoginFailure, SecretUse, Unreachable};
use russh::keys::{PrivateKey, PublicKey};
use std::path::Path;
use std::sync::Arc;

/// sshd hangs up at the sixth failure (MaxAuthTries), which leaves one for a password.
const MOST_KEYS: usize = 5;
/// The files that `ssh` tries too, best first.
const USUAL: [&str; 3] = ["id_ed25519", "id_ecdsa", "id_rsa"];
/// A key to offer.
#[derive(Debug)]
pub(super) enum Offer {
    Own(String, Arc<PrivateKey>),
    OfAgent(String, Box<PublicKey>),
}

/// All that a login will need.
#[derive(Debug)]
pub(super) struct Credentials {
    pub(super) offers: Vec<Offer>,
    pub(super) agent: Option<Agent>,
    pub(super) password: Option<Secret>,
    /// Keys that were passed over, and why.
    pub(super) passed_over: Vec<KeyFailure>,
}

impl SshState {
    /// Gathers keys and passwords.
    pub(super) async fn credentials(&self, target: &SshTarget) -> Result<Credentials, Unreachable> {
        let mut credentials = Credentials { offers: Vec::new(), agent: None, password: None, passed_over: Vec::new() };
        if let Some(source) = &target.password {
            let what = SecretUse::Password { user: target.user.clone() };
            credentials.password = Some(self.secrets.get(source, &what).await?);
        }
        let mut files = target.identities.clone();
        if let Some(key) = &target.key {
            files = vec![key.clone()];
        }
        let alone = target.key.is_some() || (target.identities_only && !files.is_empty());
        let passphrase = target.passphrase.as_ref();
        for file in &files {
            match self.keys.open(file, passphrase).await {
                Ok(key) => credentials.own(file, key),
                Err(Unopened { why: KeyFailure::Locked { file: name }, public }) => {
                    self.ask_agent(&mut credentials).await;
                    match public.filter(|public| credentials.agent_holds(public)) {
                        Some(public) => credentials.offers.push(Offer::OfAgent(name, public)),
                        None => credentials.passed_over.push(KeyFailure::Locked { file: name }),
                    }
                }
                // As in ssh: a key that only the SSH configuration names may be missing.
                Err(Unopened { why: KeyFailure::Missing { .. }, .. }) if target.key.is_none() => {}
                Err(unopened) => credentials.passed_over.push(unopened.why),
            }
        }
        if !alone {
            self.ask_agent(&mut credentials).await;
            let held = credentials.agent.as_ref().map(|agent| agent.keys.clone()).unwrap_or_default();
            for (key, comment) in held {
                credentials.offers.push(Offer::OfAgent(format!("{comment} (agent)"), Box::new(key)));
            }
        }
        if files.is_empty() {
            self.usual_keys(&mut credentials).await;
        }
        credentials.offers.truncate(if credentials.password.is_some() { MOST_KEYS - 1 } else { MOST_KEYS });
        // Without anything to show, what is wrong with the key is the answer; no need to go there.
        match credentials.passed_over.first() {
            Some(key) if alone && credentials.offers.is_empty() && credentials.password.is_none() => {
                let why = Box::new(LoginFailure::Key { key: key.clone() });
                Err(Unreachable::Login { at: target.endpoint(), why })
            }
            _ => Ok(credentials),
        }
    }

    async fn ask_agent(&self, credentials: &mut Credentials) {
        if let (None, Some(socket)) = (&credentials.agent, &self.person.agent) {
            credentials.agent = Agent::ask(socket).await;
        }
    }

    async fn usual_keys(&self, credentials: &mut Credentials) {
        let Some(home) = &self.person.home else { return };
        for name in USUAL {
            let file = home.join(".ssh").join(name);
            match self.keys.open(&file, None).await {
                Ok(key) => credentials.own(&file, key),
                Err(Unopened { why: KeyFailure::Missing { .. }, .. }) => {}
                Err(Unopened { public: Some(public), .. }) if credentials.agent_holds(&public) => {}
                Err(unopened) => credentials.passed_over.push(unopened.why),
            }
        }
    }
}

impl Credentials {
    fn own(&mut self, file: &Path, key: Arc<PrivateKey>) {
        let public = key.public_key().key_data();
        let twice = self.offers.iter().any(|offer| matches!(offer, Offer::OfAgent(_, k) if k.key_data() == public));
        if !twice {
            self.offers.push(Offer::Own(file.display().to_string(), key));
        }
    }

    fn agent_holds(&self, key: &PublicKey) -> bool {
        self.agent.as_ref().is_some_and(|agent| agent.keys.iter().any(|(k, _)| k.key_data() == key.key_data()))
    }
}
