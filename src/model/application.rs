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
    /// The TCP port that it listens on.
    pub port: u16,
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
