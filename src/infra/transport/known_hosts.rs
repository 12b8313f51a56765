//! Host keys that somebody has trusted before: OpenSSH's `known_hosts`, read and judged as OpenSSH does.
//!
//! russh has a helper for this, but it mistakes a rotated key for an attack and accepts a revoked one.

mod change;
mod file;

pub use change::replace;
pub use file::HostKeyFile;

use crate::model::glob;
use hmac::{Hmac, KeyInit, Mac};
use russh::keys::ssh_key::certificate::CertType;
use russh::keys::ssh_key::known_hosts::{Entry, HostPatterns, Marker};
use russh::keys::{Algorithm, Certificate, HashAlg, PublicKey};
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// What `known_hosts` says about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostKeyVerdict {
    /// Seen before, or vouched for by a trusted authority.
    Trusted,
    /// Nobody has seen this host.
    Unknown,
    /// The host is known, with another key.
    Changed {
        /// The line (from 1) of the first entry that disagrees.
        line: usize,
        /// SHA-256 fingerprint of the key there.
        known: String,
    },
    /// Somebody has marked this key `@revoked`.
    Revoked {
        /// The line (from 1).
        line: usize,
    },
    /// A certificate from a trusted authority that is not valid for this host.
    BadCertificate(String),
}

/// A key as a person compares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The algorithm as OpenSSH prints it: `ED25519`, `ECDSA` or `RSA`, with `-SK` for a key on a security token.
    pub kind: String,
    /// The fingerprint, as `ssh-keygen -l` prints it: `SHA256:…`.
    pub print: String,
}

impl Key {
    /// Of a public key.
    pub fn of(key: &PublicKey) -> Self {
        let name = key.algorithm().to_string();
        let kind = ["ed25519", "ecdsa", "rsa"].into_iter().find(|kind| name.contains(kind)).unwrap_or(&name);
        let kind = if name.starts_with("sk-") { format!("{kind}-SK") } else { kind.to_owned() };
        Self { kind: kind.to_uppercase(), print: key.fingerprint(HashAlg::Sha256).to_string() }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.print)
    }
}

/// Why a key was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum Changing {
    /// Somebody has marked it `@revoked`.
    #[error("line {0} revokes it")]
    Revoked(usize),
    /// The file has changed since the person saw it.
    #[error("the file has changed in the meantime")]
    Moved,
    /// The line covers other hosts, too.
    #[error("line {0} is a pattern for several hosts")]
    Pattern(usize),
    /// The file cannot be read or written.
    #[error(transparent)]
    Disk(#[from] io::Error),
}

/// One `known_hosts` file, read.
#[derive(Debug, Default)]
pub struct KnownHosts {
    rows: Vec<(usize, Entry)>,
    /// The rows that name a host in full.
    named: BTreeMap<String, Vec<usize>>,
    /// The rows that may be about any host: with patterns, or with names that cannot be read.
    unnamed: Vec<usize>,
    /// Lines that could not be read, as `line: why`. OpenSSH skips them, and so do we.
    pub skipped: Vec<String>,
}

impl KnownHosts {
    /// Reads the text of a file.
    pub fn parse(bytes: &[u8]) -> Self {
        let mut known = Self::default();
        known.add(bytes, 0);
        known
    }

    /// Reads more of a file, behind so many lines.
    fn add(&mut self, bytes: &[u8], lines: usize) {
        for (at, line) in bytes.split(|b| *b == b'\n').enumerate() {
            let number = lines + at + 1;
            let Ok(line) = str::from_utf8(line) else {
                self.skipped.push(format!("{number}: not UTF-8"));
                continue;
            };
            // The parser wants single spaces; people write tabs, and Windows adds carriage returns.
            let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match line.parse() {
                Ok(entry) => self.push(number, entry),
                Err(e) => self.skipped.push(format!("{number}: {e}")),
            }
        }
    }

    fn push(&mut self, number: usize, entry: Entry) {
        let row = self.rows.len();
        match entry.host_patterns() {
            HostPatterns::Patterns(names) if !names.iter().any(|name| name.contains(['*', '?', '!'])) => {
                for name in names {
                    self.named.entry(name.to_ascii_lowercase()).or_default().push(row);
                }
            }
            _ => self.unnamed.push(row),
        }
        self.rows.push((number, entry));
    }

    fn matching(&self, name: String) -> impl Iterator<Item = &(usize, Entry)> {
        let named = self.named.get(&name).into_iter().flatten();
        let unnamed = self.unnamed.iter().filter(move |row| covers(&self.rows[**row].1, &name));
        let mut rows: Vec<usize> = named.chain(unnamed).copied().collect();
        // As they stand in the file; a line may name a host twice.
        rows.sort_unstable();
        rows.dedup();
        rows.into_iter().map(|row| &self.rows[row])
    }

    /// What is known of one host: as little as a connection needs to keep.
    pub fn about(&self, host: &str, port: u16) -> Self {
        let mut labels = vec![label(host, port), label(host, 22)];
        labels.dedup();
        let mut rows: Vec<&(usize, Entry)> = labels.into_iter().flat_map(|name| self.matching(name)).collect();
        rows.sort_by_key(|(number, _)| *number);
        rows.dedup_by_key(|(number, _)| *number);
        let mut known = Self { skipped: self.skipped.clone(), ..Self::default() };
        rows.into_iter().for_each(|(number, entry)| known.push(*number, entry.clone()));
        known
    }

    /// The plain keys known for a host, each with its line (from 1).
    pub fn pinned(&self, host: &str, port: u16) -> Vec<(usize, Key)> {
        let plain = self.matching(label(host, port)).filter(|(_, entry)| entry.marker().is_none());
        plain.map(|(line, entry)| (*line, Key::of(entry.public_key()))).collect()
    }

    /// The algorithms of the keys known for a host. To be asked for first: a server that is known by its RSA key
    /// must not look new because it would rather show an Ed25519 one.
    pub fn algorithms(&self, host: &str, port: u16) -> Vec<Algorithm> {
        let mut found = Vec::new();
        for (_, entry) in self.matching(label(host, port)).filter(|(_, entry)| entry.marker().is_none()) {
            match entry.public_key().algorithm() {
                Algorithm::Rsa { .. } => {
                    found.extend([HashAlg::Sha512, HashAlg::Sha256].map(|hash| Algorithm::Rsa { hash: Some(hash) }));
                }
                other => found.push(other),
            }
        }
        let mut seen = Vec::new();
        found.retain(|a| !seen.contains(a) && (seen.push(a.clone()), true).1);
        found
    }

    /// Whether an authority may vouch for a host: only then are certificates asked for.
    pub fn has_authority(&self, host: &str, port: u16) -> bool {
        self.matching(label(host, port)).any(|(_, entry)| entry.marker() == Some(&Marker::CertAuthority))
    }

    /// Judges a plain key.
    pub fn check(&self, host: &str, port: u16, key: &PublicKey) -> HostKeyVerdict {
        let rows: Vec<_> = self.matching(label(host, port)).collect();
        let same = |entry: &Entry| entry.public_key().key_data() == key.key_data();
        if let Some((line, _)) = rows.iter().find(|(_, e)| e.marker() == Some(&Marker::Revoked) && same(e)) {
            return HostKeyVerdict::Revoked { line: *line };
        }
        let plain: Vec<_> = rows.iter().filter(|(_, e)| e.marker().is_none()).collect();
        if plain.iter().any(|(_, e)| same(e)) {
            return HostKeyVerdict::Trusted;
        }
        // With another port, OpenSSH also takes a key that it knows from port 22 of that host.
        let elsewhere = |name: &str| {
            let mut rows: Vec<_> = self.matching(label(name, 22)).filter(|(_, e)| same(e)).collect();
            rows.retain(|(_, e)| e.marker() != Some(&Marker::CertAuthority));
            rows
        };
        match plain.first() {
            Some((line, entry)) => HostKeyVerdict::Changed {
                line: *line,
                known: entry.public_key().fingerprint(HashAlg::Sha256).to_string(),
            },
            None if port == 22 => HostKeyVerdict::Unknown,
            None => match elsewhere(host).as_slice() {
                [] => HostKeyVerdict::Unknown,
                rows => match rows.iter().find(|(_, e)| e.marker().is_some()) {
                    Some((line, _)) => HostKeyVerdict::Revoked { line: *line },
                    None => HostKeyVerdict::Trusted,
                },
            },
        }
    }

    /// Judges a host certificate. Without a fitting authority it counts for nothing.
    pub fn check_certificate(&self, host: &str, port: u16, certificate: &Certificate) -> HostKeyVerdict {
        let rows: Vec<_> = self.matching(label(host, port)).collect();
        for (line, entry) in rows.iter().filter(|(_, e)| e.marker() == Some(&Marker::Revoked)) {
            let revoked = entry.public_key().key_data();
            if revoked == certificate.signature_key() || revoked == certificate.public_key() {
                return HostKeyVerdict::Revoked { line: *line };
            }
        }
        let authorities: Vec<_> = rows
            .iter()
            .filter(|(_, e)| e.marker() == Some(&Marker::CertAuthority))
            .map(|(_, e)| e.public_key().fingerprint(HashAlg::Sha256))
            .collect();
        if authorities.is_empty() {
            return HostKeyVerdict::Unknown;
        }
        if certificate.cert_type() != CertType::Host {
            return HostKeyVerdict::BadCertificate("it is a user's certificate".into());
        }
        if let Err(e) = certificate.validate(authorities.iter()) {
            return HostKeyVerdict::BadCertificate(e.to_string());
        }
        // `validate` does not look at these two.
        let principals = certificate.valid_principals();
        if !principals.is_empty() && !principals.iter().any(|principal| glob::fits_any_case(principal, host)) {
            return HostKeyVerdict::BadCertificate(format!("it is for {}", principals.join(", ")));
        }
        if !certificate.critical_options().is_empty() {
            return HostKeyVerdict::BadCertificate("it has critical options that labctl does not know".into());
        }
        HostKeyVerdict::Trusted
    }
}

fn entry_line(host: &str, port: u16, key: &PublicKey) -> io::Result<String> {
    let bare = PublicKey::new(key.key_data().clone(), "");
    let line = bare.to_openssh().map_err(io::Error::other)?;
    Ok(format!("{} {}", label(host, port), line.trim_end()))
}

fn lock_of(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_os_string();
    name.push(".lock");
    file.with_file_name(name)
}

/// How a host is written in `known_hosts`: `host`, or `[host]:port` for other ports than 22.
pub fn label(host: &str, port: u16) -> String {
    let host = host.to_ascii_lowercase();
    if port == 22 { host } else { format!("[{host}]:{port}") }
}

fn covers(entry: &Entry, name: &str) -> bool {
    match entry.host_patterns() {
        HostPatterns::HashedName { salt, hash } => Hmac::<sha1::Sha1>::new_from_slice(salt)
            .is_ok_and(|mac| mac.chain_update(name.as_bytes()).verify_slice(hash).is_ok()),
        HostPatterns::Patterns(patterns) => {
            let hit = |pattern: &str| glob::fits_any_case(pattern, name);
            !patterns.iter().any(|p| p.strip_prefix('!').is_some_and(hit)) && patterns.iter().any(|p| hit(p))
        }
    }
}

#[cfg(test)]
mod tests;
