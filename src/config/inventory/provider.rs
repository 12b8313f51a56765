//! The providers that an inventory can name. What each does is in `infra/machines`.

/// Makes [`ProviderKind`] and its names from one list.
macro_rules! providers {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)*) => {
        /// Who makes the machines.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ProviderKind {
            $($(#[$doc])* $kind,)*
        }

        impl ProviderKind {
            /// What inventories call them.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// The provider of that name.
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$kind),)*
                    _ => None,
                }
            }
        }
    };
}

providers! {
    /// Nobody: they are there already.
    Existing = "existing",
    /// labctl, on this computer.
    Sandbox = "sandbox",
}
