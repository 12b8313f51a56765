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
    Machine,
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
            Self::Machine => "machine",
            Self::Network => "network",
            Self::Packages => "packages",
            Self::Application => "application",
            Self::Nginx => "nginx",
            Self::Balance => "balance",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Programs read the word that people read.
    #[test]
    fn a_layer_has_one_name() {
        for layer in [
            Layer::Names,
            Layer::Login,
            Layer::Machine,
            Layer::Network,
            Layer::Packages,
            Layer::Application,
            Layer::Nginx,
            Layer::Balance,
        ] {
            assert_eq!(serde_json::to_value(layer).unwrap(), layer.word());
        }
    }
}
