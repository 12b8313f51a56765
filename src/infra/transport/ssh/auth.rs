//! Shows the server who we are: keys first, then a password, and nothing after the first success.

use super::agent::Agent;
use super::credentials::{Credentials, Offer};
use super::errors::link_end;
use super::handler::{ConnectionFate, Watch};
use super::login_deadline::Pace;
use super::target::SshTarget;
use crate::model::secret::Secret;
use crate::model::unreachable::{AccountFailure, LinkEnd, LoginFailure, Unreachable};
use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse as Interactive};
use russh::keys::{HashAlg, PrivateKeyWithHashAlg};
use russh::{MethodKind, MethodSet};
use std::time::Duration;
use tokio::time::sleep;

/// What sshd says when it has seen enough failures (MaxAuthTries), in lower case.
const TOO_MANY: &str = "too many authentication failures";
/// PAM asks once for a password; more rounds than this lead nowhere.
const MOST_ROUNDS: usize = 4;
/// The connection is seen to be closed a moment before the listener learns why.
const SETTLE: Duration = Duration::from_millis(20);

/// How the server answered all we had.
struct LoginAttempt<'a> {
    handle: &'a mut Handle<Watch>,
    user: &'a str,
    tried: Vec<String>,
    /// What the server would still take, by its last answer.
    open: Option<MethodSet>,
    hash: Option<Option<HashAlg>>,
}

/// Logs in with the credentials in order, and within the time that `pace` allows.
pub(super) async fn log_in(
    handle: &mut Handle<Watch>,
    target: &SshTarget,
    mut credentials: Credentials,
    fate: &ConnectionFate,
    pace: &Pace,
) -> Result<(), Unreachable> {
    let mut login = LoginAttempt { handle, user: &target.user, tried: Vec::new(), open: None, hash: None };
    let why = match pace.within(login.all(&mut credentials)).await {
        Err(_) => LoginFailure::Silent { waited_ms: target.connect_timeout_ms() },
        Ok(Ok(true)) => return Ok(()),
        Ok(Ok(false)) if !login.handle.is_closed() => login.denied(credentials),
        // The reason of a hang-up comes to the listener only.
        Ok(outcome) => {
            if fate.ended().is_none() {
                sleep(SETTLE).await;
            }
            let end = fate.ended().or_else(|| outcome.err().map(|error| link_end(&error, target.silence())));
            let end = end.unwrap_or(LinkEnd::Unknown);
            let too_many =
                matches!(&end, LinkEnd::ByServer { output } if output.to_ascii_lowercase().contains(TOO_MANY));
            let output = fate.banner();
            match account(&output) {
                // sshd says why an account may not log in, and hangs up without another word.
                Some(why) if !too_many => LoginFailure::Account { why, output },
                _ => LoginFailure::HungUp { end, tried: login.tried, too_many },
            }
        }
    };
    Err(Unreachable::Login { at: target.endpoint(), why: Box::new(why) })
}

/// Why an account may not log in, by what PAM has said of it. A greeting (`Banner`) says nothing of that.
fn account(output: &str) -> Option<AccountFailure> {
    let output = output.to_ascii_lowercase();
    match () {
        () if output.contains("account has expired") => Some(AccountFailure::Expired),
        () if output.contains("not permitted to log in yet") || output.contains("going down") => {
            Some(AccountFailure::NotYet)
        }
        () if ["account", "access denied", "not allowed"].iter().any(|word| output.contains(word)) => {
            Some(AccountFailure::Other)
        }
        () => None,
    }
}

impl LoginAttempt<'_> {
    async fn all(&mut self, credentials: &mut Credentials) -> Result<bool, russh::Error> {
        for offer in &credentials.offers {
            if !self.takes(MethodKind::PublicKey) || self.handle.is_closed() {
                break;
            }
            if self.key(offer, credentials.agent.as_mut()).await? {
                return Ok(true);
            }
        }
        if let Some(password) = &credentials.password {
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
            // What is shown while it is typed is not a password: such a question gets no answer.
            let replies = prompts.iter().map(|p| if p.echo { "" } else { password.reveal() }.to_owned()).collect();
            answer = self.handle.authenticate_keyboard_interactive_respond(replies).await?;
        }
        Ok(matches!(answer, Interactive::Success))
    }

    fn denied(self, credentials: Credentials) -> LoginFailure {
        let own_key = credentials.offers.into_iter().find_map(|offer| match offer {
            Offer::Own(name, _) => Some(name),
            Offer::OfAgent(..) => None,
        });
        let takes = self.open.iter().flat_map(|open| open.iter()).map(|method| <&str>::from(method).to_owned());
        LoginFailure::Denied {
            takes: takes.collect(),
            tried: self.tried,
            passed_over: credentials.passed_over,
            own_key,
            password: credentials.password.is_some(),
        }
    }
}
