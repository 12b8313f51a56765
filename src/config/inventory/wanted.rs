//! What an inventory says about machines that labctl makes: their system and their size.

use super::{ProviderKind, System};
use crate::config::yaml::Node;
use crate::model::problem::Problems;

/// What machines are to be, where the inventory says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// What they run.
    pub system: Option<System>,
    /// How large they are.
    pub size: Size,
}

/// How large a machine is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Size {
    /// Its processors.
    pub cpus: u8,
    /// Its memory, such as `1G`.
    pub memory: String,
    /// Its disk, such as `8G`.
    pub disk: String,
}

impl Default for Size {
    /// Enough for any part of the exercise.
    fn default() -> Self {
        Self { cpus: 1, memory: "1G".into(), disk: "8G".into() }
    }
}

/// What the machines are to be. Those that are there already are what they are; if the provider's name is misspelt, only
/// that mistake is reported.
pub fn read(root: &Node, provider: ProviderKind, mistyped: bool, problems: &mut Problems) -> Wanted {
    Wanted { system: system(root, provider, mistyped, problems), size: size(root, provider, mistyped, problems) }
}

fn system(root: &Node, provider: ProviderKind, mistyped: bool, problems: &mut Problems) -> Option<System> {
    let written = root.get("system")?;
    if !provider.chooses_addresses() && !mistyped {
        let hint = format!(
            "leave it out: these machines are there already; {} makes machines",
            ProviderKind::lines_without_addresses()
        );
        problems.add(&written.location, "only machines that labctl makes can have a `system` here", Some(hint));
    }
    let system = System::named(written.text()?)?;
    if provider.chooses_addresses() && !provider.systems().contains(&system) && !mistyped {
        let all: Vec<&str> = provider.systems().iter().map(|system| system.name()).collect();
        let hint =
            format!("choose {}; or {}", all.join(" or "), ProviderKind::lines(|k| k.systems().contains(&system)));
        let what = format!("machines of `provider: {}` cannot run {}", provider.name(), system.name());
        problems.add(&written.location, what, Some(hint));
    }
    Some(system)
}

fn size(root: &Node, provider: ProviderKind, mistyped: bool, problems: &mut Problems) -> Size {
    let Some(written) = root.get("size") else { return Size::default() };
    if !provider.sized() && !mistyped {
        let hint = format!("leave it out; {} makes machines of a size", ProviderKind::lines(ProviderKind::sized));
        let what = format!("machines of `provider: {}` cannot have a `size` here", provider.name());
        problems.add(&written.location, what, Some(hint));
    }
    let text = |key: &str| written.get(key).and_then(Node::text);
    let usual = Size::default();
    Size {
        cpus: text("cpus").and_then(|cpus| cpus.parse().ok()).unwrap_or(usual.cpus),
        memory: text("memory").map_or(usual.memory, str::to_owned),
        disk: text("disk").map_or(usual.disk, str::to_owned),
    }
}
