//! A host key that a person decides about: asked of the host, and accepted.

use super::error::Error;
use super::lab::Lab;
use crate::infra::transport::{Changing, HostKeyVerdict, Key, Shown, replace};
use crate::reporting::sanitize;

/// The key that a host offers: of the host itself, or of the first bastion before it whose key is not trusted.
///
/// # Errors
/// There is no such host, it does not answer, or its key can never be accepted: it is revoked, or its certificate is bad.
pub async fn offered(lab: &mut Lab, name: &str) -> Result<Shown, Error> {
    // Report a wrong name before looking for machines.
    lab.host(name)?;
    lab.find_machines().await?;
    let host = lab.host(name)?;
    let shown = lab.transport().ssh.probe(&host).await?;
    match &shown.verdict {
        HostKeyVerdict::Revoked { line } => Err(revoked(&shown, *line)),
        HostKeyVerdict::BadCertificate(why) => {
            let what = format!("the host certificate of {} is not valid: {}", sanitize(&shown.endpoint), sanitize(why));
            Err(Error::failed(what)
                .hint("give the machine a new certificate: a key that an authority vouches for is not pinned")
                .hint(format!("or look at the @cert-authority lines of {}", shown.file.display())))
        }
        HostKeyVerdict::Trusted | HostKeyVerdict::Unknown | HostKeyVerdict::Changed { .. } => Ok(shown),
    }
}

/// Pins the key in place of the ones that a person was shown, which it returns with their lines.
///
/// # Errors
/// The file of host keys cannot be changed, or has changed since.
pub async fn accept(shown: Shown) -> Result<Vec<(usize, Key)>, Error> {
    let file = shown.file.clone();
    // The file may be locked by somebody else for a moment.
    let task = tokio::task::spawn_blocking(move || {
        let done = replace(&shown.file, &shown.host, shown.port, &shown.key, &shown.pinned);
        done.map_err(|error| match error {
            Changing::Revoked(line) => revoked(&shown, line),
            error => {
                let error = Error::failed(format!("cannot change {}: {error}", file.display()));
                error.hint("nothing was changed; edit that line by hand, or run the same command again")
            }
        })
    });
    task.await.map_err(|error| Error::failed(error.to_string()))?
}

fn revoked(shown: &Shown, line: usize) -> Error {
    let what = format!("the host key of {} is revoked by {}:{line}", shown.endpoint, shown.file.display());
    Error::failed(format!("{what}: {}", Key::of(&shown.key)))
        .hint("give the machine a new host key; a revoked one is never accepted")
}
