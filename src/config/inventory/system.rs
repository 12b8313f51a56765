//! The systems that there are for machines that labctl makes.

macro_rules! systems {
    ($($(#[$doc:meta])* $system:ident = $name:literal, $codename:literal;)*) => {
        /// What runs on a machine that a provider makes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum System {
            $($(#[$doc])* $system,)*
        }

        impl System {
            /// All of them, those of each distribution with the oldest first.
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
    /// Ubuntu 22.04, of 2022.
    Ubuntu2204 = "ubuntu 22.04", "jammy";
    /// Ubuntu 24.04, of 2024.
    Ubuntu2404 = "ubuntu 24.04", "noble";
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
