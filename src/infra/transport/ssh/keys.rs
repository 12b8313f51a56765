//! Opens private keys, each once per run: a passphrase costs half a second of computing.

use super::super::Secrets;
use crate::config::inventory::SecretSource;
use crate::model::unreachable::{KeyFailure, SecretUse};
use russh::keys::{self, PrivateKey, PublicKey, decode_secret_key};
use std::collections::BTreeMap;
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

/// A key that was not opened.
#[derive(Debug, Clone)]
pub(super) struct Unopened {
    pub(super) why: KeyFailure,
    /// The public half of a locked key, where it can be read: an agent may hold the other one.
    pub(super) public: Option<Box<PublicKey>>,
}

impl From<KeyFailure> for Unopened {
    fn from(why: KeyFailure) -> Self {
        Self { why, public: None }
    }
}

/// The public half of a private key file, as a line of authorized_keys: it can be read even of a key that is locked.
pub fn public_half(file: &Path) -> Option<String> {
    let beside = std::fs::read_to_string(format!("{}.pub", file.display())).ok();
    let within = || {
        let text = Zeroizing::new(std::fs::read_to_string(file).ok()?);
        PrivateKey::from_openssh(text.as_bytes()).ok()?.public_key().to_openssh().ok()
    };
    beside.or_else(within).map(|text| text.trim().to_owned())
}

/// The private key files beside one: those that have their public half next to them.
pub fn keys_beside(file: &Path) -> Vec<String> {
    let folder = file.parent().and_then(|folder| std::fs::read_dir(folder).ok());
    let files = folder.into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let private = files.filter(|path| path.extension().is_none_or(|end| end != "pub"));
    let pair = |path: &PathBuf| Path::new(&format!("{}.pub", path.display())).is_file();
    let mut keys: Vec<String> = private.filter(pair).map(|path| path.display().to_string()).collect();
    keys.sort();
    keys
}

type Opened = Result<Arc<PrivateKey>, Unopened>;
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
        let name = (file.to_owned(), passphrase.cloned());
        let all = || self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let cell = all().entry(name.clone()).or_default().clone();
        let opened = cell.get_or_init(|| self.read(file, passphrase)).await.clone();
        // Whoever looks again and again must find a key that comes later, as those of new machines do.
        if let Err(Unopened { why: KeyFailure::Missing { .. } | KeyFailure::Unreadable { .. }, .. }) = &opened {
            all().remove(&name);
        }
        opened
    }

    async fn read(&self, file: &Path, passphrase: Option<&SecretSource>) -> Opened {
        let name = file.display().to_string();
        let not_a_key = |error: String| KeyFailure::NotAKey { file: name.clone(), error };
        let text = tokio::fs::read(file).await.map_err(|e| match e.kind() {
            ErrorKind::NotFound => KeyFailure::Missing { file: name.clone() },
            _ => KeyFailure::Unreadable { file: name.clone(), error: e.to_string() },
        })?;
        let text = String::from_utf8(text).map(Zeroizing::new);
        let text = text.map_err(|_| not_a_key("it is not text".into()))?;
        match decode_secret_key(&text, None) {
            Ok(key) => return Ok(Arc::new(key)),
            Err(keys::Error::KeyIsEncrypted) => {}
            Err(_) if text.contains("BEGIN ENCRYPTED PRIVATE KEY") => {}
            Err(e) => return Err(not_a_key(e.to_string()).into()),
        }
        let Some(source) = passphrase else {
            let public = PrivateKey::from_openssh(&text).ok().map(|key| Box::new(key.public_key().clone()));
            return Err(Unopened { why: KeyFailure::Locked { file: name }, public });
        };
        let secret = self.secrets.get(source, &SecretUse::Passphrase { key: name.clone() }).await;
        let secret = secret.map_err(|secret| KeyFailure::NoPassphrase { secret })?;
        let task = tokio::task::spawn_blocking(move || decode_secret_key(&text, Some(secret.reveal())));
        match task.await {
            Ok(Ok(key)) => Ok(Arc::new(key)),
            // A wrong passphrase shows as a broken cipher, a broken padding or broken content, by the file's form.
            _ => Err(KeyFailure::WrongPassphrase { file: name }.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_key_that_comes_later_is_found_and_one_that_was_read_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("id_ed25519");
        let ring = KeyRing::new(Arc::new(Secrets::new("/", None)));
        let missing = ring.open(&file, None).await.map(drop);
        assert!(matches!(missing, Err(Unopened { why: KeyFailure::Missing { .. }, .. })));
        let key = PrivateKey::random(&mut russh::keys::key::safe_rng(), russh::keys::Algorithm::Ed25519).unwrap();
        std::fs::write(&file, key.to_openssh(russh::keys::ssh_key::LineEnding::LF).unwrap()).unwrap();
        assert!(ring.open(&file, None).await.is_ok());
        std::fs::remove_file(&file).unwrap();
        assert!(ring.open(&file, None).await.is_ok(), "it has been read");
    }
}
