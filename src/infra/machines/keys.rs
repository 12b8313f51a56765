//! The keys of a lab, made before the first boot: one to log in with, one host key per machine. So `known_hosts` is
//! right from the start, and no machine spends its first boot on making keys.

use super::MachinesError;
use super::trouble::{trouble, while_doing};
use russh::keys::key::safe_rng;
use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, PrivateKey, PublicKey};
use std::fs;
use std::io::Write;
use std::path::Path;

/// Writes a file in one step: whoever reads it sees the old or the new one, also after a crash. Windows has no such modes:
/// there, a file is as private as the folder that it is in.
///
/// # Errors
/// The folder cannot be written.
pub fn write_whole(path: &Path, content: &str, mode: u32) -> Result<(), MachinesError> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let written = || -> std::io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
        file.write_all(content.as_bytes())?;
        #[cfg(unix)]
        file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode))?;
        #[cfg(not(unix))]
        let _ = mode;
        file.persist(path)?;
        Ok(())
    };
    written().map_err(while_doing("write", path))
}

/// The public half of the key at `path`; the key is made there when there is none.
///
/// # Errors
/// The file cannot be written, or does not hold a key.
pub fn key_at(path: &Path, comment: &str) -> Result<PublicKey, MachinesError> {
    let bad = |error: russh::keys::ssh_key::Error| trouble(format!("no usable key at {}: {error}", path.display()));
    if path.exists() {
        let text = fs::read_to_string(path).map_err(while_doing("read", path))?;
        return Ok(PrivateKey::from_openssh(text).map_err(bad)?.public_key().clone());
    }
    let mut key = PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519).map_err(bad)?;
    key.set_comment(comment);
    write_whole(path, &key.to_openssh(LineEnding::LF).map_err(bad)?, 0o600)?;
    Ok(key.public_key().clone())
}

/// A public key as one line, as `authorized_keys` and `.pub` files have it.
///
/// # Errors
/// The key has no such form.
pub fn line(key: &PublicKey) -> Result<String, MachinesError> {
    key.to_openssh().map_err(|error| trouble(format!("cannot write a public key: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let first = line(&key_at(&path, "labctl flix").unwrap()).unwrap();
        assert_eq!(first, line(&key_at(&path, "other").unwrap()).unwrap());
        assert!(first.starts_with("ssh-ed25519 ") && first.ends_with(" labctl flix"), "{first}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
