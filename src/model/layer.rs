//! The parts of a lab where something can be wrong.

use serde::Serialize;

/// Where on the way from a visitor to the application a cause lies. Earlier ones are looked for first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// The names that this computer resolves.
    Names,
    /// Logging in to a machine.
    Login,
    /// The machine itself: disk, memory, clock.
    MachineFacts,
    /// The network between the machines.
    Network,
    /// What must be installed.
    Packages,
    /// The application, and pm2.
    Application,
    /// The web server, nginx itself.
    Nginx,
    /// How requests are shared out.
    Balance,
}

impl Layer {
    /// Its name in reports and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Names => "names",
            Self::Login => "login",
            Self::MachineFacts => "machine",
            Self::Network => "network",
            Self::Packages => "packages",
            Self::Application => "application",
            Self::Nginx => "nginx",
            Self::Balance => "balance",
        }
    }
}
