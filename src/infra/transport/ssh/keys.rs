//! Opens private keys, each once per run: a passphrase costs half a second of computing.

use super::super::Secrets;
use crate::config::inventory::SecretSource;
use russh::keys::{self, PrivateKey, PublicKey, decode_secret_key};
use std::collections::BTreeMap;
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

/// Why a key file gives no key.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum KeyTrouble {
    /// No such file.
    #[error("the key {0} does not exist")]
    Missing(String),
    /// The file cannot be read.
    #[error("the key {0} cannot be read: {1}")]
    Unreadable(String, String),
    /// It is locked, and nobody has named a passphrase. An agent may hold it.
    #[error("the key {0} is locked with a passphrase, and none is configured")]
    Locked(String, Option<Box<PublicKey>>),
    /// The passphrase does not open it.
    #[error("wrong passphrase for {0}")]
    WrongPassphrase(String),
    /// The passphrase could not be had.
    #[error("{0}")]
    NoPassphrase(String),
    /// It is something else.
    #[error("{0} is no private key that labctl can read: {1}")]
    NoKey(String, String),
}

impl KeyTrouble {
    /// What to do about it.
    pub(super) fn hints(&self) -> Vec<String> {
        match self {
            Self::Missing(file) => {
                let make = format!("make one: ssh-keygen -t ed25519 -f '{file}'");
                vec!["look for a typing mistake in the name".into(), make]
            }
            Self::Unreadable(file, _) => vec![format!("it should be yours alone: chmod 600 '{file}'")],
            Self::Locked(file, _) => vec![
                format!("give it to your agent: ssh-add '{file}'"),
                "or set `passphrase` in the inventory: `prompt`, `{ env: NAME }`, `{ file: PATH }` or `{ command: LINE }`".into(),
            ],
            Self::WrongPassphrase(file) => vec![format!("try it: ssh-keygen -y -f '{file}'")],
            Self::NoPassphrase(_) => Vec::new(),
            Self::NoKey(file, _) if file.ends_with(".pub") => vec!["name the file without .pub".into()],
            Self::NoKey(file, _) => vec![format!("bring it into today's form: ssh-keygen -p -f '{file}'")],
        }
    }
}

type Opened = Result<Arc<PrivateKey>, KeyTrouble>;
type Name = (PathBuf, Option<SecretSource>);

/// The keys of a run.
pub(super) struct KeyRing {
    secrets: Arc<Secrets>,
    opened: Mutex<BTreeMap<Name, Arc<OnceCell<Opened>>>>,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyRing")
    }
}

impl KeyRing {
    pub(super) fn new(secrets: Arc<Secrets>) -> Self {
        Self { secrets, opened: Mutex::default() }
    }

    /// Opens a key, or gives what came of it before. The passphrase is only asked for if the key is locked.
    pub(super) async fn open(&self, file: &Path, passphrase: Option<&SecretSource>) -> Opened {
        let cell = {
            let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            opened.entry((file.into(), passphrase.cloned())).or_default().clone()
        };
        cell.get_or_init(|| self.read(file, passphrase)).await.clone()
    }

    async fn read(&self, file: &Path, passphrase: Option<&SecretSource>) -> Opened {
        let name = file.display().to_string();
        let text = tokio::fs::read(file).await.map_err(|e| match e.kind() {
            ErrorKind::NotFound => KeyTrouble::Missing(name.clone()),
            _ => KeyTrouble::Unreadable(name.clone(), e.to_string()),
        })?;
        let text = String::from_utf8(text).map(Zeroizing::new);
        let text = text.map_err(|_| KeyTrouble::NoKey(name.clone(), "it is not text".into()))?;
        match decode_secret_key(&text, None) {
            Ok(key) => return Ok(Arc::new(key)),
            Err(keys::Error::KeyIsEncrypted) => {}
            Err(_) if text.contains("BEGIN ENCRYPTED PRIVATE KEY") => {}
            Err(e) => return Err(KeyTrouble::NoKey(name, e.to_string())),
        }
        let Some(source) = passphrase else {
            // The public half of a locked key can be read, and an agent may hold the other one.
            let public = PrivateKey::from_openssh(&text).ok().map(|key| Box::new(key.public_key().clone()));
            return Err(KeyTrouble::Locked(name, public));
        };
        let secret = self.secrets.get(source, &format!("passphrase of {name}")).await;
        let secret = secret.map_err(KeyTrouble::NoPassphrase)?;
        let task = tokio::task::spawn_blocking(move || decode_secret_key(&text, Some(secret.reveal())));
        match task.await {
            Ok(Ok(key)) => Ok(Arc::new(key)),
            // A wrong passphrase shows as a broken cipher, a broken padding or broken content, by the file's form.
            _ => Err(KeyTrouble::WrongPassphrase(name)),
        }
    }
}
