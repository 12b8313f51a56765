//! The systems that an inventory can ask for, for machines that labctl makes.

use super::ProviderKind;
use crate::config::yaml::Node;
use crate::model::problem::Problems;

macro_rules! systems {
    ($($(#[$doc:meta])* $system:ident = $name:literal, $codename:literal;)*) => {
        /// What runs on a machine that a provider makes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum System {
            $($(#[$doc])* $system,)*
        }

        impl System {
            /// All of them, the oldest first; the first is meant where nothing else decides.
            pub const ALL: &'static [Self] = &[$(Self::$system),*];

            /// What inventories call them.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// What inventories call it: as a machine says it of itself.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$system => $name,)*
                }
            }

            /// What archives of packages call it.
            pub fn codename(self) -> &'static str {
                match self {
                    $(Self::$system => $codename,)*
                }
            }
        }
    };
}
systems! {
    /// Debian 12, of 2023.
    Debian12 = "debian 12", "bookworm";
    /// Debian 13, of 2025.
    Debian13 = "debian 13", "trixie";
}

impl System {
    /// The system of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|system| system.name() == name)
    }

    /// The system with that code name.
    pub fn coded(codename: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|system| system.codename() == codename)
    }
}

/// What the machines are to run, where an inventory says so. Those that are there already run what they run; if the
/// provider's name is misspelt, only that mistake is reported.
pub fn read(root: &Node, provider: ProviderKind, mistyped: bool, problems: &mut Problems) -> Option<System> {
    let written = root.get("system")?;
    if !provider.chooses_addresses() && !mistyped {
        let hint = format!(
            "leave it out: these machines are there already; {} makes machines",
            ProviderKind::lines_without_addresses()
        );
        problems.add(&written.location, "only machines that labctl makes can have a `system` here", Some(hint));
    }
    System::named(written.text()?)
}
