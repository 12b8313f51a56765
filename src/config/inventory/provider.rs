//! The providers that an inventory can name. What each does is in its folder of `infra/machines`.

use super::System;

/// The list of providers, handed to a macro. A new provider is a row here and a folder of that name in `infra/machines`
/// that has a `provider(lab, wanted)`. Its folder is also its name in inventories; `addresses` says who decides them (a line of
/// the inventory, or the provider), `systems` what its machines can run, `sized` whether an inventory can say how large
/// they are, `where` on which computers it works.
macro_rules! each_provider {
    ($then:ident) => {
        $then! {
            /// Nobody makes the machines: they are there already.
            Existing = existing { addresses: Written, systems: [], sized: false, where: all() }
            /// labctl makes them, on this computer.
            Sandbox = sandbox {
                addresses: Chosen, systems: [Debian12, Debian13], sized: false, where: target_os = "linux"
            }
            /// labctl has Multipass make them, on this computer.
            Multipass = multipass { addresses: Chosen, systems: [Ubuntu2204, Ubuntu2404], sized: true, where: all() }
        }
    };
}
pub(crate) use each_provider;

/// Who decides where a machine answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Addresses {
    /// Whoever writes the inventory: each host has an `address`.
    Written,
    /// The provider: no host has one.
    Chosen,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $folder:ident {
        addresses: $addresses:ident, systems: [$($system:ident),*], sized: $sized:literal, where: $on:meta
    })*) => {
        /// Who makes the machines.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ProviderKind {
            $($(#[$doc])* $kind,)*
        }

        impl ProviderKind {
            /// All of them, in the order of the list; the first is meant where an inventory names none.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// What inventories call them.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($folder)),*];

            /// What inventories call it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => stringify!($folder),)*
                }
            }

            /// What its machines can run, where that is a choice.
            pub fn systems(self) -> &'static [System] {
                match self {
                    $(Self::$kind => &[$(System::$system),*],)*
                }
            }

            /// Whether an inventory can say how large its machines are.
            pub fn sized(self) -> bool {
                match self {
                    $(Self::$kind => $sized,)*
                }
            }

            fn addresses(self) -> Addresses {
                match self {
                    $(Self::$kind => Addresses::$addresses,)*
                }
            }
        }
    };
}
each_provider!(kinds);

impl ProviderKind {
    /// The provider of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Whether it decides the addresses of its machines, so that no inventory can.
    pub fn chooses_addresses(self) -> bool {
        self.addresses() == Addresses::Chosen
    }

    /// The providers that make machines where the inventory names no address, as an inventory writes them:
    /// `provider: sandbox`, with "or" between several.
    pub fn lines_without_addresses() -> String {
        Self::lines(Self::chooses_addresses)
    }

    /// The providers that are such, as an inventory writes them.
    pub fn lines(such: impl Fn(Self) -> bool) -> String {
        let all = Self::ALL.iter().filter(|kind| such(**kind));
        all.map(|kind| format!("`provider: {}`", kind.name())).collect::<Vec<_>>().join(" or ")
    }
}
