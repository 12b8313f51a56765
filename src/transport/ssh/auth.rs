//! Shows the server who we are: keys first, then a password, and nothing after the first success.

use super::super::Unreachable;
use super::Inner;
use super::agent::Agent;
use super::keys::KeyTrouble;
use super::resolve::Target;
use super::watch::{Told, Watch};
use super::words::{timed_out, unreachable};
use crate::secret::Secret;
use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse as Interactive};
use russh::keys::{HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKey};
use russh::{MethodKind, MethodSet};
use std::path::Path;
use std::sync::Arc;
use tokio::time::{Instant, timeout_at};

/// sshd hangs up at the sixth failure (MaxAuthTries), which leaves one for a password.
const MOST_KEYS: usize = 5;
/// The files that `ssh` tries too, best first.
const USUAL: [&str; 3] = ["id_ed25519", "id_ecdsa", "id_rsa"];
/// PAM asks once for a password; more rounds than this lead nowhere.
const MOST_ROUNDS: usize = 4;

/// A key to offer.
#[derive(Debug)]
enum Offer {
    Own(String, Arc<PrivateKey>),
    OfAgent(String, Box<PublicKey>),
}

/// All that a login will need, so that nobody types a passphrase while the server's clock runs.
#[derive(Debug)]
pub(super) struct Papers {
    offers: Vec<Offer>,
    agent: Option<Agent>,
    password: Option<Secret>,
    /// Keys that were passed over, and why.
    passed_over: Vec<KeyTrouble>,
}

impl Inner {
    /// Gathers keys and passwords.
    pub(super) async fn papers(&self, target: &Target) -> Result<Papers, Unreachable> {
        let mut papers = Papers { offers: Vec::new(), agent: None, password: None, passed_over: Vec::new() };
        if let Some(source) = &target.password {
            let secret = self.secrets.get(source, &format!("password of {}", target.user)).await;
            papers.password = Some(secret.map_err(|why| unreachable(why, [] as [&str; 0]))?);
        }
        let mut files = target.identities.clone();
        if let Some(key) = &target.key {
            files = vec![key.clone()];
        }
        let alone = target.key.is_some() || (target.identities_only && !files.is_empty());
        let passphrase = target.passphrase.as_ref();
        for file in &files {
            match self.keys.open(file, passphrase).await {
                Ok(key) => papers.own(file, key),
                Err(KeyTrouble::Locked(name, public)) => {
                    self.ask_agent(&mut papers).await;
                    let held = public.as_ref().is_some_and(|public| papers.agent_holds(public));
                    match (held, public) {
                        (true, Some(public)) => papers.offers.push(Offer::OfAgent(name, public)),
                        (_, public) => papers.passed_over.push(KeyTrouble::Locked(name, public)),
                    }
                }
                // As in ssh: a key that only the SSH configuration names may be missing.
                Err(KeyTrouble::Missing(_)) if target.key.is_none() => {}
                Err(trouble) => papers.passed_over.push(trouble),
            }
        }
        if !alone {
            self.ask_agent(&mut papers).await;
            let held = papers.agent.as_ref().map(|agent| agent.keys.clone()).unwrap_or_default();
            for (key, comment) in held {
                papers.offers.push(Offer::OfAgent(format!("{comment} (agent)"), Box::new(key)));
            }
        }
        if files.is_empty() {
            self.usual_keys(&mut papers).await;
        }
        papers.offers.truncate(if papers.password.is_some() { MOST_KEYS - 1 } else { MOST_KEYS });
        // Without anything to show, the trouble with the key is the answer; no need to go there.
        match papers.passed_over.first() {
            Some(trouble) if alone && papers.offers.is_empty() && papers.password.is_none() => {
                Err(unreachable(format!("cannot log in to {target}: {trouble}"), trouble.hints()))
            }
            _ => Ok(papers),
        }
    }

    async fn ask_agent(&self, papers: &mut Papers) {
        if let (None, Some(socket)) = (&papers.agent, &self.person.agent) {
            papers.agent = Agent::ask(socket).await;
        }
    }

    async fn usual_keys(&self, papers: &mut Papers) {
        let Some(home) = &self.person.home else { return };
        for name in USUAL {
            let file = home.join(".ssh").join(name);
            match self.keys.open(&file, None).await {
                Ok(key) => papers.own(&file, key),
                Err(KeyTrouble::Missing(_)) => {}
                Err(KeyTrouble::Locked(_, Some(public))) if papers.agent_holds(&public) => {}
                Err(trouble) => papers.passed_over.push(trouble),
            }
        }
    }
}

impl Papers {
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

/// How the server answered all we had.
struct Login<'a> {
    handle: &'a mut Handle<Watch>,
    user: &'a str,
    tried: Vec<String>,
    /// What the server would still take, by its last answer.
    open: Option<MethodSet>,
    hash: Option<Option<HashAlg>>,
}

/// Logs in. `Err` carries what a person needs to know.
pub(super) async fn log_in(
    handle: &mut Handle<Watch>,
    target: &Target,
    mut papers: Papers,
    told: &Told,
    deadline: Instant,
) -> Result<(), Unreachable> {
    let mut login = Login { handle, user: &target.user, tried: Vec::new(), open: None, hash: None };
    match timeout_at(deadline, login.all(&mut papers)).await {
        Err(_) => Err(timed_out(target, "the login did not end")),
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) if !login.handle.is_closed() => Err(login.denied(target, &papers)),
        // The reason of a hang-up comes to the listener only.
        Ok(outcome) => {
            let why = told.ended().or_else(|| outcome.err().map(|e| e.to_string()));
            let why = why.unwrap_or_else(|| "it closed the connection".into());
            let reason = format!("login failed on {target}: {why}{}", login.story());
            let hint = match why.to_ascii_lowercase().contains("too many authentication failures") {
                true => "too many keys were offered: name the right one as `key` in the inventory",
                false => "see the log of its SSH server: `journalctl -u ssh` there",
            };
            Err(unreachable(reason, [hint]))
        }
    }
}

impl Login<'_> {
    async fn all(&mut self, papers: &mut Papers) -> Result<bool, russh::Error> {
        for offer in &papers.offers {
            if !self.takes(MethodKind::PublicKey) || self.handle.is_closed() {
                break;
            }
            if self.key(offer, papers.agent.as_mut()).await? {
                return Ok(true);
            }
        }
        if let Some(password) = &papers.password {
            if self.takes(MethodKind::Password) && !self.handle.is_closed() {
                self.tried.push("password".into());
                let answer = self.handle.authenticate_password(self.user, password.reveal()).await?;
                if self.note(answer) {
                    return Ok(true);
                }
            }
            if self.takes(MethodKind::KeyboardInteractive) && !self.handle.is_closed() {
                self.tried.push("keyboard-interactive".into());
                return self.interactive(password).await;
            }
        }
        if self.tried.is_empty() {
            // Nothing to show: ask what would be taken, for the words of the failure.
            let answer = self.handle.authenticate_none(self.user).await?;
            return Ok(self.note(answer));
        }
        Ok(false)
    }

    /// Whether a method is worth a try: before the first answer all are.
    fn takes(&self, method: MethodKind) -> bool {
        self.open.as_ref().is_none_or(|open| open.contains(&method))
    }

    fn note(&mut self, answer: AuthResult) -> bool {
        match answer {
            AuthResult::Success => true,
            AuthResult::Failure { remaining_methods, .. } => {
                self.open = Some(remaining_methods);
                false
            }
        }
    }

    async fn key(&mut self, offer: &Offer, agent: Option<&mut Agent>) -> Result<bool, russh::Error> {
        let (name, rsa) = match offer {
            Offer::Own(name, key) => (name, key.algorithm().is_rsa()),
            Offer::OfAgent(name, key) => (name, key.algorithm().is_rsa()),
        };
        self.tried.push(name.clone());
        let hash = if rsa { self.rsa_hash().await? } else { None };
        let answer = match (offer, agent) {
            (Offer::Own(_, key), _) => {
                let key = PrivateKeyWithHashAlg::new(key.clone(), hash);
                self.handle.authenticate_publickey(self.user, key).await?
            }
            (Offer::OfAgent(_, key), Some(agent)) => match agent.offer(self.handle, self.user, key, hash).await {
                Ok(answer) => answer,
                // It would not sign: another key may do.
                Err(_) => return Ok(false),
            },
            (Offer::OfAgent(..), None) => return Ok(false),
        };
        Ok(self.note(answer))
    }

    /// The best signature that the server takes for RSA keys. It may take a second to find out, so only once.
    async fn rsa_hash(&mut self) -> Result<Option<HashAlg>, russh::Error> {
        if self.hash.is_none() {
            self.hash = Some(self.handle.best_supported_rsa_hash().await?.flatten());
        }
        Ok(self.hash.flatten())
    }

    async fn interactive(&mut self, password: &Secret) -> Result<bool, russh::Error> {
        let mut answer = self.handle.authenticate_keyboard_interactive_start(self.user, None::<String>).await?;
        for _ in 0..MOST_ROUNDS {
            let prompts = match answer {
                Interactive::Success => return Ok(true),
                Interactive::Failure { remaining_methods, .. } => {
                    self.open = Some(remaining_methods);
                    return Ok(false);
                }
                Interactive::InfoRequest { prompts, .. } => prompts,
            };
            // What is shown while it is typed is no password: such a question gets no answer.
            let replies = prompts.iter().map(|p| if p.echo { "" } else { password.reveal() }.to_owned()).collect();
            answer = self.handle.authenticate_keyboard_interactive_respond(replies).await?;
        }
        Ok(matches!(answer, Interactive::Success))
    }

    fn story(&self) -> String {
        match self.tried.as_slice() {
            [] => String::new(),
            tried => format!(" (tried: {})", tried.join(", ")),
        }
    }

    fn denied(&self, target: &Target, papers: &Papers) -> Unreachable {
        let open: Vec<&str> = self.open.iter().flat_map(|open| open.iter()).map(Into::into).collect();
        let tried = match self.tried.as_slice() {
            [] => "there is no key or password to try".into(),
            tried => format!("it took none of: {}", tried.join(", ")),
        };
        let mut reason = format!("login denied by {target}: {tried}");
        for trouble in &papers.passed_over {
            reason.push_str(&format!("; {trouble}"));
        }
        if !open.is_empty() {
            reason.push_str(&format!("; the server takes {}", open.join(", ")));
        }
        let mut hints: Vec<String> = papers.passed_over.first().map(KeyTrouble::hints).unwrap_or_default();
        let own = papers.offers.iter().find_map(|offer| match offer {
            Offer::Own(name, _) => Some(format!("-i '{name}' ")),
            Offer::OfAgent(..) => None,
        });
        if open.contains(&"password") || open.contains(&"keyboard-interactive") {
            let (key, port) = (own.unwrap_or_default(), target.port);
            hints.push(format!("put your key there: ssh-copy-id {key}-p {port} {}@{}", target.user, target.host));
            match papers.password {
                None => hints
                    .push("or set `password` in the inventory: `prompt`, `{ env: NAME }` or `{ file: PATH }`".into()),
                Some(_) => hints.push("is the password right?".into()),
            }
        } else {
            hints.push(format!("put your public key into ~{}/.ssh/authorized_keys there", target.user));
        }
        hints.push(format!("is `{}` the right user?", target.user));
        unreachable(reason, hints)
    }
}
