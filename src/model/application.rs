//! The application of a lab, as it is to run on one host.

use std::collections::BTreeMap;
use std::time::Duration;

/// A Node.js application under pm2: the variables `app` of an inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// Its name in pm2.
    pub name: String,
    /// A git URL, or a folder or bare repository on this computer.
    pub repo: String,
    /// A branch, tag or commit; empty for the default branch.
    pub version: String,
    /// Where it is checked out on the host: an absolute path, or one that begins with `~/`.
    pub folder: String,
    /// The TCP port that it listens on; of several instances, the first.
    pub port: u16,
    /// How many instances of it run on the host, each on the port after the one before.
    pub instances: u16,
    /// The command that starts it: `npm start`.
    pub start: String,
    /// Environment variables for it.
    pub env: BTreeMap<String, String>,
    /// Declared files of the checkout: path and template.
    pub files: BTreeMap<String, String>,
    /// A text in its page that no other page has; empty if nobody looks for one.
    pub marker: String,
    /// How long its first answer may take.
    pub ready: Duration,
    /// Whether Node.js 17 and newer start it with `--openssl-legacy-provider`.
    pub legacy_openssl: bool,
}

impl Application {
    /// Each instance of it, with a name and a port of its own; itself where there is only one.
    pub fn each(&self) -> Vec<Self> {
        let all = entries(&self.name, self.port, self.instances).into_iter();
        all.map(|(name, port)| Self { name, port, instances: 1, ..self.clone() }).collect()
    }
}

/// What pm2 calls each of so many instances of an application, and its port: `demo-3000`, `demo-3001`. One alone has the
/// application's own name.
pub fn entries(name: &str, port: u16, instances: u16) -> Vec<(String, u16)> {
    match instances {
        0 | 1 => vec![(name.to_owned(), port)],
        // Reading has refused what would go beyond the last port.
        _ => (port..=port.saturating_add(instances - 1)).map(|port| (format!("{name}-{port}"), port)).collect(),
    }
}
